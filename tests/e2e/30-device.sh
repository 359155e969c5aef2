#!/usr/bin/env bash
# Goal: on one device, alone: help at once, locked means locked, unlocking ends, nothing is left in the clear or in a list
# of processes, and exit codes are what scripts were promised.
. "${0%/*}/lib.sh"

PASS='correct horse battery staple'
CANARY='CANARY-a-door-that-was-only-a-curtain'
# kap as Jo, with the passphrase on descriptor 3.
jo() { KAP_HOME=$T/jo kap "$@" 3<<<"$PASS" --passphrase-fd 3; }
# the same without any passphrase and without a terminal
locked() { KAP_HOME=$T/jo setsid -w kap "$@" </dev/null; }

# --- before anything is set up ---
ok "help-now works where nothing is set up" locked help-now
like "it says whom to call" "$OUT" 'call 911 now.*988'
ok "help lists commands" locked help
like "among them write" "$OUT" 'write +write an entry'
fails "a command that needs a vault says there is none" 7 locked list
like "and how to begin" "$ERR" 'kap join'
fails "a mistyped command is a usage error" 2 locked wriet
like "with a suggestion" "$ERR" 'Did you mean "write"'
fails "an unknown option is a usage error" 2 locked list --nonsense
fails "in JSON a refusal is JSON" 7 locked list --json
is "an object on standard error" "$(python3 -c 'import json,sys; print(json.load(sys.stdin)["exit"])' <<<"$ERR")" 7
is "and nothing on standard output" "$OUT" ""
ok "a directory is not made by looking" test ! -e "$T/jo"

# --- a clinic, so that there is a vault ---
clinic_new
kapd_start
fails "a short passphrase is refused" 3 env KAP_HOME="$T/jo" kap join "$(at "$FOUNDING")" --yes --passphrase-fd 3 3<<<"short"
like "with the reason" "$ERR" 'at least 10 characters'
ok "joining makes the vault" jo join "$(at "$FOUNDING")" --name Jo --kdf-cost 16 --yes
ok "the passphrase opens it" jo status
fails "a wrong passphrase does not" 5 env KAP_HOME="$T/jo" kap status --passphrase-fd 3 3<<<"wrong horse battery staple"
like "and says so" "$ERR" 'does not open it'
fails "without a terminal and a passphrase it stays locked" 5 locked status
like "and says what to do" "$ERR" '--passphrase-fd'

# --- unlocking ---
run jo unlock --minutes 1
if [ "$CODE" -eq 0 ]; then
    pass "unlock keeps the key"
    ok "the next command needs no passphrase" locked status
    ok "lock forgets it" locked lock
else
    is "where there is no keyring, unlock says so" "$CODE" 5
    like "plainly" "$ERR" 'no keyring'
fi
fails "locked again" 5 locked status
ok "help-now works locked" locked help-now
begin=$(date +%s%N)
locked help-now >/dev/null
ms=$((($(date +%s%N) - begin) / 1000000))
ok "in less than a second ($ms ms)" test "$ms" -lt 1000

# --- what can be seen from outside ---
chmod 755 "$T/jo"
fails "a profile open to others is refused" 1 jo status
like "with the way to close it" "$ERR" 'chmod 700'
ok "help-now works even then" locked help-now
chmod 700 "$T/jo"
is "every file is its owner's alone" "$(find "$T/jo" -perm /077 | wc -l)" 0
ok "an entry is written" jo write --file - <<<"$CANARY"
unlike "no word of it is in any file" "$(grep -rlaF CANARY "$T/jo" "$T/clinic" || :)" .
unlike "nor the passphrase" "$(grep -rlaF 'battery staple' "$T/jo" "$T/clinic" || :)" .

# a kap that waits, to look at it while it does
mkfifo "$T/wait"
KAP_DISCREET=1 KAP_HOME=$T/jo kap write --file - --passphrase-fd 3 3<<<"$PASS" <"$T/wait" >/dev/null 2>&1 &
waiting=$!
exec 4>"$T/wait"
wait_for 5 grep -q notes "/proc/$waiting/comm" || :
is "a discreet kap is called something else" "$(cat "/proc/$waiting/comm")" notes
unlike "and its verbs are not listed" "$(tr '\0' ' ' <"/proc/$waiting/cmdline")" 'kap|write|passphrase'
like "it leaves no core behind" "$(grep "Max core file size" "/proc/$waiting/limits")" 'size +0 +0 '
echo "quiet words" >&4
exec 4>&-
wait "$waiting"
is "and it works" $? 0
KAP_DISCREET=1 locked help >"$T/help"
unlike "help under another name does not say kap" "$(cat "$T/help")" '\bkap\b'

# --- three forms ---
ok "JSON is one object a line" bash -c "KAP_HOME=$T/jo kap list --json --passphrase-fd 3 3<<<'$PASS' | python3 -c 'import json,sys; [json.loads(l) for l in sys.stdin]'"
jo list --plain >"$T/plain"
is "plain is key: value on every line" "$(grep -cvE '^[a-z0-9.-]+: ?' "$T/plain")" 0
TERM=xterm jo list >"$T/human"
is "no control bytes reach a pipe" "$(LC_ALL=C tr -d '\n[:print:]\200-\377' <"$T/human" | wc -c)" 0
ok "lines fit into 76 columns" test "$(awk '{ if (length($0) > 76) n++ } END { print n + 0 }' "$T/human")" -eq 0
fails "an answer that cannot be written is an error" 1 bash -c "KAP_HOME=$T/jo kap help >/dev/full"

kapd_stop
finish
