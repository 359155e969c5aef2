#!/usr/bin/env bash
# Goal: a person's second device is let in with a code and four words, has the whole history, is named, and is put out
# again: at once, its live connection too, and what is written later is closed to it. Wrong, old and used codes do
# nothing, and what was interrupted goes on.
. "${0%/*}/lib.sh"

# add NAME [yes]: `kap device add` in the background; its code is in CODE_P, what it prints in $T/add.
add() {
    rm -f "$T/add"
    by "$1" --json ${2:+--yes} device add >"$T/add" 2>"$T/add.err" </dev/null &
    ADD_PID=$!
    wait_for 10 grep -q '"code"' "$T/add" || diag "no code: $(cat "$T/add.err")"
    CODE_P=$("$PYTHON" -c 'import json,sys; print(json.loads(sys.stdin.readline())["code"])' <"$T/add")
}
# device NAME ARGS...: makes the profile $T/NAME another device with CODE_P.
device() {
    local who=$1
    shift
    KAP_HOME=$T/$who kap --json --passphrase-fd 9 device join "$CODE_P" --kdf-cost 16 "$@" 9<"$T/.passphrase" || return
    if by "$who" unlock --minutes 60 >/dev/null 2>&1; then : >"$T/.unlocked.$who"; fi
}
words() { grep -o '"words": *"[a-z ]*"' <<<"$1" | head -1; }

clinic_people
by jo write --file "$(text first 'The water was loud')" >/dev/null
by jo share 1 --with ana --yes >/dev/null
sync jo ana
by ana msg jo --file "$(text hello 'How did you sleep?')" >/dev/null
sync ana jo

# --- letting it in ---
add jo yes
ok "the new device joins" device phone --device-name phone
P_OUT=$OUT
wait "$ADD_PID"
is "the old one let it in" $? 0
is "both showed the same four words" "$(words "$P_OUT")" "$(words "$(cat "$T/add")")"
like "four of them" "$(words "$P_OUT")" '"[a-z]+ [a-z]+ [a-z]+ [a-z]+"'
like "its history is there" "$(by phone read 1 2>&1)" 'The water was loud'
like "the clinic's name" "$(by phone status 2>&1)" 'Clinic +Meadow Clinic'
like "the message, too" "$(by phone inbox 2>&1)" 'How did you sleep'
is "and the people" "$(ask phone "sorted(p['name'] for p in d['people'])" team)" "$(ask jo "sorted(p['name'] for p in d['people'])" team)"
is "nobody was told anything twice" "$(ask phone "d['sent']" sync)" 0
fails "a used code opens nothing" 4 device other
like "and says so" "$ERR" 'nothing behind this code|used this code'
fails "another passphrase's vault is not made by it" 7 by other list

# --- both write ---
by phone write --file "$(text second 'From the phone')" >/dev/null
by phone share 2 --with ana --yes >/dev/null
sync phone jo ana
like "what the phone writes reaches the old device" "$(by jo read 2 2>&1)" 'From the phone'
like "and the therapist" "$(by ana read jo 2 2>&1)" 'From the phone'
by ana msg jo --file "$(text both 'To both of you')" >/dev/null
sync ana jo phone
like "what is written to Jo reaches both" "$(by jo inbox 2>&1)$(by phone inbox 2>&1)" 'To both.*To both'

# --- names ---
is "the old device knows its name" "$(ask jo "[x['name'] for x in d['devices'] if x['state'] != 'this one']" device list)" "['phone']"
ok "it is called something else" by jo device rename phone 'old phone'
sync phone
is "on both" "$(ask phone "[x['name'] for x in d['devices'] if x['state'] == 'this one']" device list)" "['old phone']"
fails "a name that is none of them" 3 by jo device rename tablet x
fails "nobody puts itself out" 4 by phone device revoke 'old phone' --yes

# --- putting it out ---
by phone watch >"$T/watch" 2>&1 &
WATCH_PID=$!
wait_for 10 grep -q . "$T/watch" || :
ok "it is put out" by jo device revoke 'old phone' --yes
like "and that is said" "$OUT" 'is out'
wait_for 5 bash -c "! kill -0 $WATCH_PID" || kill "$WATCH_PID"
wait "$WATCH_PID"
is "its watch ended at once, refused" $? 7
fails "it is refused" 7 by phone sync
is "the list says so" "$(ask jo "[(x['name'], x['state']) for x in d['devices'] if x['state'] != 'this one']" device list --all)" "[('old phone', 'put out')]"
by jo write --file "$(text third 'Closed to the phone')" >/dev/null
by jo share 3 --with ana --yes >/dev/null
sync jo ana jo
like "words go on between the others" "$(by ana read jo 3 2>&1)" 'Closed to the phone'
like "what the phone wrote before stays" "$(by ana read jo 2 2>&1)" 'From the phone'
is "nothing was set aside anywhere" "$(ask jo "d['kept-aside']" status)$(ask ana "d['kept-aside']" status)" '[][]'

# --- codes that do nothing ---
fails "a mistyped code never leaves the device" 3 env KAP_HOME="$T/x" kap device join "$([ "${CODE_P:0:1}" = X ] && echo Y || echo X)${CODE_P:1}" --passphrase-fd 9 9<"$T/.passphrase"
like "and says so" "$ERR" 'mistyped'
fails "an invitation is no pairing code" 3 env KAP_HOME="$T/x" kap device join "$(invite maria --role medical --name Mo)" --passphrase-fd 9 9<"$T/.passphrase"
ok "nothing was made of it" test ! -e "$T/x/vault"

# --- without a yes ---
add jo
(device tablet --device-name tablet >"$T/tablet.out" 2>"$T/tablet.err") &
TABLET_PID=$!
wait "$ADD_PID"
is "without a terminal nobody says yes" $? 4
kill "$TABLET_PID" && wait "$TABLET_PID" 2>/dev/null
is "and the tablet is no device" "$(ask jo "len(d['devices'])" device list)" 1

# --- interrupted: the tablet keeps its keys, and another code lets the same ones in ---
add jo yes
ok "an attempt that was cut off goes on with another code" device tablet --device-name tablet
wait "$ADD_PID"
is "with the whole history" "$(ask tablet "sorted(e['text'] for e in d['entries'])" list)" "$(ask jo "sorted(e['text'] for e in d['entries'])" list)"
is "in good order" "$(ask tablet "d['kept-aside']" status)" '[]'

kapd_stop
finish
