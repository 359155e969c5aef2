#!/usr/bin/env bash
# Goal: a server that goes back in time, or another machine in its place, is noticed by every device, gets nothing, and
# takes nothing away.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
clinic_people
quietly jo write --title 'First' --file "$(text first 'warm orange')"
quietly jo --yes share 1 --with Ana
sync jo ana osei maria

# --- an old copy of the store ---

kapd_stop
cp -a "$T/clinic" "$T/old"
kapd_start
quietly jo write --title 'Second' --file "$(text second 'a door')"
quietly jo --yes share 2 --with Ana
sync jo ana
kapd_stop
mv "$T/clinic" "$T/true"
cp -a "$T/old" "$T/clinic"
kapd_start
for who in jo ana; do
    fails "$who notices the old store" 4 by $who sync
    like 'and is told so' "$(said)" 'ALARM: the server shows an older or different history'
    like 'that everything is kept' "$(said)" 'Everything here is kept'
done
is 'jo keeps both entries' "$(ask jo 'len(d["entries"])' list)" 2
is 'ana too' "$(ask ana '[e["text"] for e in d["entries"]]' list jo)" "['First', 'Second']"
quietly jo write --title 'Third' --file "$(text third 'written meanwhile')"
fails 'the alarm comes each time' 4 by jo sync
ok 'writing and reading go on' by jo read 3
fails 'sharing says it too' 4 by jo --yes share 3 --with Ana
fails 'a message says it too' 4 by jo msg Ana --file "$T/third.txt"
kapd_stop
rm -rf "$T/clinic"
mv "$T/true" "$T/clinic"
kapd_start
for who in jo ana; do ok "with the true store $who goes on as before" by $who sync; done
is 'what was written meanwhile has arrived' "$(ask ana '[e["text"] for e in d["entries"]]' list jo)" "['First', 'Second', 'Third']"
is 'and the message, once' "$(ask ana 'len(d["messages"])' inbox)" 1
is 'nothing waits' "$(ask jo 'd["waiting"]' status)" 0
kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"

# --- an old store that has grown another way ---

cp -a "$T/clinic" "$T/true"
rm -rf "$T/clinic"
cp -a "$T/old" "$T/clinic"
kapd_start
quietly osei write --file "$(text other 'another way')"
fails 'one who had not seen more than the copy does not notice' 0 by osei sync
fails 'but who has does' 4 by ana sync
like 'as an alarm' "$(said)" 'ALARM'
kapd_stop
rm -rf "$T/clinic"
cp -a "$T/true" "$T/clinic"
kapd_start
fails 'and the one who was led away notices when the true store is back' 4 by osei sync
like 'as an alarm, too' "$(said)" 'ALARM'
is 'and keeps what was written there' "$(ask osei 'd["entries"][-1]["text"]' list)" 'another way'
kapd_stop

# --- another machine ---

mv "$T/clinic" "$T/true.clinic"
run kapctl init -c "$T/kapd.conf" --name 'Meadow Clinic' --address localhost
is 'somebody makes a server of the same name' "$CODE" 0
kapd_start
before=$(wc -c <"$T/kapd.log")
quietly jo write --title 'Fourth' --file "$(text fourth 'for nobody else')"
for who in jo ana osei maria; do
    fails "$who does not talk to it" 4 by $who sync
    like 'and is told so' "$(said)" "ALARM: another machine answered in the place of the clinic's server. Nothing was sent to it"
done
is 'the entry waits' "$(ask jo 'd["entries"][-1]["on-server"]' list)" False
fails 'inviting there is refused' 4 by ana invite --role client --name X --team Ana
fails 'changing a team is refused' 4 by maria team jo --set ana
fails 'so is watching' 4 by jo watch --for 2
unlike 'nothing reached the other machine' "$(tail -c +"$((before + 1))" "$T/kapd.log")" 'refused|joined|push'
kapd_stop
rm -rf "$T/clinic"
mv "$T/true.clinic" "$T/clinic"
kapd_start
ok 'the true server gets it' by jo sync
is 'and nothing waits' "$(ask jo 'd["entries"][-1]["on-server"]' list)" True

# --- a code for the wrong place ---

code=$(invite maria --role medical --name 'Nurse')
kapd_stop
mv "$T/clinic" "$T/true.clinic"
run kapctl init -c "$T/kapd.conf" --name 'Meadow Clinic' --address localhost
OTHER=$(sed -n 's/^ *\([0-9A-Z-]*\)@.*/\1/p' <<<"$OUT")
kapd_start
run env KAP_HOME="$T/nurse" kap join "$code" --passphrase-fd 9 --kdf-cost 16 9<"$T/.passphrase"
like 'a code of the clinic is unknown to the other machine' "$(said)" 'does not know this code'
is 'with exit code 4' "$CODE" 4

# --- two foundings at once ---

for who in one two; do
    KAP_HOME=$T/$who kap join "$(at "$OTHER")" --name "Founder $who" --passphrase-fd 9 --kdf-cost 16 9<"$T/.passphrase" \
        >"$T/$who.out" 2>&1 &
    eval "pid_$who=$!"
done
# shellcheck disable=SC2154
wait "$pid_one"
one=$?
# shellcheck disable=SC2154
wait "$pid_two"
two=$?
like 'of two foundings at once one succeeds' "$one $two" '^(0 4|4 0)$'
like 'the other is told that the code is used' "$(cat "$T/one.out" "$T/two.out" | tr -s '\n' ' ')" 'This code has been used already'
kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"
finish
