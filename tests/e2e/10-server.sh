#!/usr/bin/env bash
# Goal: an operator makes a clinic's server, starts it, stops it, and is told what is wrong in plain words.
. "${0%/*}/lib.sh"

clinic_new 'Meadow Clinic'
is 'init succeeds' "$CODE" 0
like 'and prints a founding code' "$FOUNDING" '^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]+)+$'
is 'the state is for its owner alone' "$(stat -c %a "$T/clinic")" 700
is 'and so is every file in it' "$(find "$T/clinic" -type f ! -perm 600)" ''
unlike 'the code is kept nowhere' "$(cat "$T"/clinic/* | tr -d '\0' | grep -ac "${FOUNDING//-/}\|$FOUNDING")" '[1-9]'
run kapctl init -c "$T/kapd.conf" --name 'Another' --address localhost
unlike 'a second init is refused' "$CODE" '^0$'

ok 'kapd starts' kapd_start
first=$KAPD_PID
like 'on a free port' "$KAPD_PORT" '^[1-9][0-9]+$'
run timeout 20 kapd -c "$T/kapd.conf"
unlike 'a second kapd on the same state is refused' "$CODE" '^0$'
run kapctl check -c "$T/kapd.conf"
unlike 'kapctl check leaves a running server alone' "$CODE" '^0$'
ok 'the first one still runs' kill -0 "$first"
ok 'kapd stops when asked' kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"
ok 'the audit log is whole' kapctl audit verify -c "$T/kapd.conf"

ok 'it starts again' kapd_start
run kapd_kill
is 'killed' "$CODE" 137
ok 'the store is whole after a kill' kapctl check -c "$T/kapd.conf"
ok 'and it starts again' kapd_start
run timeout 10 openssl s_client -tls1_2 -alpn kap/1 -connect "localhost:$KAPD_PORT"
like 'TLS 1.2 is refused' "$OUT$ERR" 'alert protocol version'
ok 'and kapd minds no strangers' kapd_stop

run timeout 20 kapd -c "$T/nowhere.conf"
is 'a missing configuration is a usage error' "$CODE" 2
echo 'colour = blue' >>"$T/kapd.conf"
run timeout 20 kapd -c "$T/kapd.conf"
is 'an unknown key is a usage error' "$CODE" 2
like 'and is named with its line' "$ERR" 'kapd\.conf:6: .*colour'
unlike 'no log line has a name or a code' "$(cat "$T/kapd.log")" "Meadow|${FOUNDING%%-*}"
finish
