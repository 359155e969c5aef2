#!/usr/bin/env bash
# Goal: a server that is out of space, or whose answer never arrives, costs nobody a word; nothing is stored twice.
. "${0%/*}/lib.sh"

clinic_people
status() { ask jo 'd["waiting"], d.get("stored")' status; }
texts() { ask "$1" 'sorted(e["text"] for e in d["entries"])' list "${@:2}"; }

# --- the answer is lost ---

for i in 1 2 3; do
    head -c 20000 /dev/zero | tr '\0' "$i" >"$T/lost.$i"
    quietly jo write --title "Lost answer $i" --file "$T/lost.$i"
done
is 'three entries wait' "$(status)" '(3, 1)'
real=$KAPD_PORT
kapd_stop
KAPD_PORT=0 # the relay takes the known one
kapd_start
inner=$KAPD_PORT
mkfifo "$T/relay.said"
"$PYTHON" "$ROOT/tests/e2e/broken_relay.py" "$real" "$inner" 30000 >"$T/relay.said" &
RELAY=$!
exec 7<"$T/relay.said"
read -r -t 10 -u 7 line
like 'a relay stands in between' "$line" '^ready'
fails 'the answer to the upload does not arrive' 10 by jo sync
like 'they are told that it is kept' "$(tr -s '\n' ' ' <<<"$ERR")" 'Everything is safe on this device and will be sent later'
read -r -t 10 -u 7 line
is 'though the server had answered' "$line" cut
is 'all wait still, and all are stored' "$(status)" '(3, 4)'
ok 'the next exchange goes through' by jo sync
is 'nothing waits, nothing is there twice' "$(status)" '(0, 4)'
is 'on the device neither' "$(texts jo)" "['Lost answer 1', 'Lost answer 2', 'Lost answer 3']"
kill "$RELAY"
wait "$RELAY" 2>/dev/null
kapd_stop
KAPD_PORT=$real

# --- out of space ---

used=$(stat -c %s "$T/clinic"/*.mdb | sort -n | tail -1)
mib=$((used / 1048576 + 8))
kapd_start --set "store_mib=$mib"
head -c 960000 /dev/zero | tr '\0' f >"$T/big.txt"
n=0
until [ $n -ge 30 ]; do
    n=$((n + 1))
    quietly jo write --title "Big $n" --file "$T/big.txt"
    run by jo sync
    [ "$CODE" -eq 0 ] || break
done
is 'the server fills up' "$CODE" 10
is 'which is said in these words' "$(tr -s '\n' ' ' <<<"$ERR" | sed 's/ $//')" \
    'Clinic server is out of space. Your words are safe on this device. The clinic was told.'
like 'after a few of them' "$n" '^([3-9]|1[0-9])$'
is 'the entry is there' "$(ask jo 'len(d["entries"])' list)" $((n + 3))
is 'and waits' "$(ask jo 'd["waiting"]' status)" 1
ok 'writing goes on' by jo write --title 'After full' --file "$(text after 'still here')"
fails 'the second attempt says the same' 10 by jo sync
fails 'a shared one waits too' 10 by jo --yes share 1 --with Ana
like 'and what can be read stays readable' "$(by jo read 1 2>&1 | head -3)" 'Written by'
ok 'others still read' by ana list
like 'the operator is told in the log' "$(cat "$T/kapd.log")" 'level=error event=store_full'
kapd_stop
ok 'the full store is whole' kapctl check -c "$T/kapd.conf" --set "store_mib=$mib"
kapd_start --set "store_mib=$((mib + 64))"
ok 'with room again everything goes through' by jo sync
is 'nothing waits' "$(ask jo 'd["waiting"]' status)" 0
is 'nothing is lost or doubled' "$(ask jo 'len(d["entries"]) == len(set(e["text"] for e in d["entries"])), len(d["entries"])' list)" \
    "(True, $((n + 4)))"
sync ana
is 'what was shared meanwhile arrives' "$(texts ana jo)" "['Lost answer 1']"
finish
