#!/usr/bin/env bash
# Goal: a server that was put back from an older copy is found out, and once an admin says so every device heals it.
. "${0%/*}/lib.sh"

flat() { tr -s '\n ' '  ' <<<"$1"; }
copy() { kapd_stop && cp -a "$T/clinic" "$T/$1" && kapd_start; }
words() { "$ROOT/tests/e2e/store_words.py" "$@"; }
dump() { kapd_stop && words dump "$T/clinic" "$T/$1" && kapd_start; }
# put_back COPY [restored]
put_back() {
    kapd_stop
    rm -rf "$T/clinic" && cp -a "$T/$1" "$T/clinic" && rm -f "$T/clinic/lock.mdb"
    [ -z "${2:-}" ] || run kapctl restored -c "$T/kapd.conf"
    kapd_start
}
# phone: jo's second device
phone() {
    local code
    by jo --json --yes device add >"$T/.add" 2>"$T/.add.err" </dev/null &
    wait_for 20 grep -qE '([0-9A-Z]{5}-){5}' "$T/.add" "$T/.add.err" || return
    code=$(code_of "$(cat "$T/.add" "$T/.add.err")")
    KAP_HOME=$T/phone kap --passphrase-fd 9 device join "$code" --kdf-cost 16 --device-name phone 9<"$T/.passphrase" >"$T/.join" 2>&1
    wait $!
}

clinic_new
kapd_start
join maria "$(at "$FOUNDING")" --name 'Maria Ortiz'
copy founded
join ana "$(invite maria --role therapist --name 'Ana Reyes')"
join osei "$(invite maria --role prescriber --name 'Dr. Osei')"
sync maria ana osei maria ana
join jo "$(invite ana --role client --name 'Jo M.' --team 'Ana Reyes,Osei')"
sync jo ana osei jo
quietly jo write --title 'The kitchen' --file "$(text a 'Mum at the sink.')"
quietly jo write --file "$(text b 'To be deleted.')"
quietly jo write --file "$(text c 'Kept private.')"
quietly jo --yes share 1,2 --with Ana,Osei
sync jo ana osei
copy older

# --- what comes after the copy ---

quietly jo write --file "$(text d 'Written after the copy.')"
quietly jo --yes share 4 --with Ana
quietly jo edit 1 --file "$(text a2 'Mum at the sink, laughing.')"
quietly ana msg jo --file "$(text m 'How was the week?')"
sync jo ana osei
quietly jo --yes unshare 1 --from Osei
quietly jo --yes delete 2 --now
quietly jo attach "$(text sound 'Words of a file.')" 4
phone
join kim "$(invite ana --role client --name 'Kim B.' --team 'Ana Reyes')"
sync maria ana kim ana jo phone osei jo
quietly kim write --file "$(text k 'From Kim.')"
quietly kim --yes share 1 --with Ana
sync kim ana maria phone jo ana osei kim maria
dump before
copy newest

# --- nobody has said so ---

put_back older
fails 'a copy that is put back in silence is found out' 4 by jo sync
like 'and how is said' "$(flat "$ERR")" 'ALARM: the server shows an older or different history'
run by jo write --file "$(text e 'Written meanwhile.')"
is 'writing goes on' "$(ask jo '[e["number"] for e in d["entries"]]' list)" '[1, 3, 4, 5]'
dump silent
ok 'nothing was sent' /usr/bin/python3 -c "
import json
a, b = (json.load(open('$T/' + n)) for n in ('before', 'silent'))
raise SystemExit(0 if set(b['records']) < set(a['records']) else 1)"

# --- the operator says so, the clinic does not ---

put_back older restored
like 'the operator is told what comes next' "$(flat "$OUT")" 'kap clinic restored'
fails 'without an admin it is an alarm' 4 by ana sync
like 'another one' "$(flat "$ERR")" "ALARM: the server's store is another than before, and nobody of the clinic has said so"
fails 'a person whom the server has forgotten waits' 10 by kim sync
like 'and is told that nothing is lost' "$(flat "$ERR")" "does not know this device any more.*nothing is lost"
fails 'so does a device' 10 by phone sync
fails 'only an admin can announce it' 4 by ana --yes clinic restored
dump silent
ok 'nothing was sent' /usr/bin/python3 -c "
import json
a, b = (json.load(open('$T/' + n)) for n in ('before', 'silent'))
raise SystemExit(0 if set(b['records']) < set(a['records']) else 1)"

# --- an admin says so ---

heal_all() {
    ok "$1: the admin announces it" by maria --yes clinic restored
    ok "$1: a reader heals" by ana sync
    ok "$1: the author heals" by jo sync
    ok "$1: the others heal" by kim sync
    sync osei phone maria ana jo kim
}
healed() {
    dump after
    ok "$1: every record, payload, feed, link and part is there again" words same "$T/before" "$T/after"
    kapd_stop
    ok "$1: the store checks" kapctl check -c "$T/kapd.conf"
    ok "$1: and its audit log" kapctl audit verify -c "$T/kapd.conf"
    kapd_start
    is "$1: nothing was kept aside" "$(for w in ana jo kim osei phone maria; do ask $w 'len(d["kept-aside"])' status; done | tr -d '\n')" 000000
    like "$1: what was deleted is gone" "$(flat "$(by ana read jo 2 2>&1)")" 'deleted'
    like "$1: what was taken back stays back" "$(flat "$(by osei read jo 1 2>&1)")" 'took this back'
}
heal_all 'healing'
healed 'healing'
is 'what was written meanwhile is private and safe' "$(ask jo '[e["visibility"] for e in d["entries"] if e["number"] == 5]' list)" "['private']"
quietly jo --yes share 5 --with Ana
sync jo ana
like 'new words flow' "$(by ana find meanwhile)" 'Written meanwhile'
ok 'a second announcement changes nothing' by maria --yes clinic restored
like 'and says so' "$(flat "$OUT")" 'is the one this device knows'
sync maria ana osei kim jo phone jo ana
dump before

# --- only the founding is left ---

put_back founded restored
fails 'a client is forgotten' 10 by jo sync
heal_all 'from the founding'
healed 'from the founding'
quietly jo write --file "$(text f 'After all of it.')"
quietly jo --yes share 6 --with Ana
sync jo ana osei kim phone jo
like 'new words flow again' "$(by ana find After)" 'After all of it'

# --- what the admin has not seen: a new epoch of jo's, and what was written under it ---

quietly jo --yes recovery new
quietly jo write --file "$(text g 'Under a new epoch.')"
quietly jo --yes share 7 --with Ana
sync jo phone ana jo
dump before
put_back older restored
ok 'the admin announces what she knows' by maria --yes clinic restored
ok 'who knows more of somebody waits for them' by ana sync
ok 'who gives back their own chain' by jo sync
sync osei kim phone maria ana jo
healed 'with the rest by its owner'
dump before

# --- killed in the middle ---

put_back older restored
quietly maria --yes clinic restored
for wait in 0.05 0.1 0.15 0.2 0.3; do
    for who in ana jo; do KAP_HOME=$T/$who timeout -s KILL $wait kap sync >/dev/null 2>&1; done
done
kapd_kill
kapd_start
sync ana jo kim osei phone maria ana jo kim
healed 'after being killed'
finish
