#!/usr/bin/env bash
# Goal: every way of joining with a wrong code, and of using kap before joining or while it is locked, is told apart in
# plain words; a code that failed still works for the person it was made for.
. "${0%/*}/lib.sh"

# said DESC CODE SENTENCE CMD...
said() {
    local desc=$1 code=$2 sentence=$3 all
    shift 3
    run setsid -w "$@" </dev/null
    all=$(tr -s '\n ' '  ' <<<"$OUT $ERR")
    if [ "$CODE" -ne "$code" ] || [[ $all != *"$sentence"* ]]; then
        fail "$desc" "wanted $code: $sentence" "said $CODE:   $all"
    else
        pass "$desc"
    fi
}
fresh() { rm -rf "$T/fresh"; }
export KAP_HOME=$T/fresh
cost=(--kdf-cost 16)

clinic_people

# --- before joining ---

for command in write 'read 1' list sync 'share 1 --with Ana' inbox 'msg Ana' status unlock team watch; do
    # shellcheck disable=SC2086
    said "kap $command before joining" 7 'Nothing is set up here yet. With the code from your clinic: kap join' kap $command
done
said 'help works before joining' 0 'join' kap help
said 'so does help-now' 0 '988' kap help-now
is 'and nothing was made' "$(ls -A "$T/fresh/vault" 2>&1 | grep -c mdb)" 0

# --- codes ---

code=$(invite maria --role therapist --name 'New One')
host=${code#*@}
first=${code:0:1}
other=A && [ "$first" != A ] || other=B
said 'a code of nonsense' 3 'That is not a code' kap join hello
said 'a code without a host' 3 'It looks like XXXXX' kap join "${code%@*}"
said 'one mistyped symbol' 3 'That is not a code. Check it for a mistyped character.' kap join "$other${code:1}"
said 'two symbols swapped' 3 'Nothing was joined.' kap join "${code:1:1}${code:0:1}${code:2}"
is 'a mistyped code never reaches the server' "$(grep -c 'invite' "$T/kapd.log")" 0
recovery=$(KAP_HOME=$T/second kap join "$code" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase" 2>&1 |
    grep -oE '([0-9A-Z]{5}-){5}[0-9A-Z]{5}' | tail -1)
like 'a recovery code is shown at joining' "$recovery" '^[0-9A-Z-]{35}$'
said 'a code of another kind' 3 'That code is for something else.' kap join "$recovery@$host"
unlike 'is not called mistyped' "$ERR" 'mistyped'

# --- used, unknown, elsewhere ---

said 'a used code' 4 'This code has been used already. If that was not you, tell the clinic' \
    kap join "$code" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"
is 'the inviter sees that it was tried' "$(ask maria '[i["refused"] for i in d["invitations"] if i["invited"] == "New One"]' status)" '[1]'
like 'in words' "$(by maria status 2>&1)" 'Somebody tried this code after it was used'
is 'nothing is left of the attempt' "$(find "$T/fresh" -name '*.mdb' 2>/dev/null | wc -l)" 0
KAPD_PORT_NOW=$KAPD_PORT
second=$(invite maria --role medical --name 'Nurse')
kapd_stop
said 'a server that does not answer' 10 'cannot be reached' kap join "$second" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"
unlike 'is not called a wrong code' "$ERR" 'not a code'
like 'and the code is still good' "$(tr -s '\n' ' ' <<<"$ERR")" 'The code can be used again'
KAPD_PORT=$KAPD_PORT_NOW
kapd_start
said 'then it works' 0 'You have joined' kap join "$second" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"
third=$(invite maria --role medical --name 'Another')
said 'joining twice on one device' 4 'This device has already joined Meadow Clinic. For another person set KAP_HOME' \
    kap join "$third" --passphrase-fd 9 9<"$T/.passphrase"
fresh
said 'does not spend the code' 0 'You have joined' kap join "$third" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"

# --- passphrases ---

printf 'wrong horse battery staple\n' >"$T/wrong"
said 'a wrong passphrase' 5 'That passphrase does not open it.' kap list --passphrase-fd 9 9<"$T/wrong"
said 'none at all' 5 'there is no terminal to ask for the passphrase. Give it with --passphrase-fd' kap list
fresh
fourth=$(invite maria --role medical --name 'Fourth')
printf 'short\nshort\n' >"$T/short"
printf 'correct horse battery\ncorrect horse batterie\n' >"$T/differ"
said 'a short new passphrase' 3 '10 characters' kap join "$fourth" --passphrase-fd 9 "${cost[@]}" 9<"$T/short"
said 'a cost out of bounds' 3 '--kdf-cost is a number from 16 to 20' kap join "$fourth" --kdf-cost 30
said 'neither spends the code' 0 'You have joined' kap join "$fourth" --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"
by jo lock >/dev/null 2>&1
rm -f "$T/.unlocked.jo"
KAP_HOME=$T/jo said 'locked means locked' 5 'It is locked' kap list
KAP_HOME=$T/jo said 'help-now works while locked' 0 '988' kap help-now

# --- founding ---

export KAP_HOME=$T/founder
said 'the founding code works once' 4 'This code has been used already' \
    kap join "$(at "$FOUNDING")" --name 'Second Founder' --passphrase-fd 9 "${cost[@]}" 9<"$T/.passphrase"
like 'there is one admin' "$(ask ana '[p["role"] for p in d["people"]].count("admin")' team)" '^1$'
unlike 'the log has no code' "$(cat "$T/kapd.log")" "${code%%-*}|${FOUNDING%%-*}|${second%%-*}"
finish
