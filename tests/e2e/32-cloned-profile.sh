#!/usr/bin/env bash
# Goal: a profile whose folder was copied and is used in both places loses no text, and the person is told plainly.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
texts() { ask "$1" '[e["text"] for e in d["entries"]]' list "${@:2}"; }

clinic_people
quietly jo write --file "$(text before 'before the copy')"
sync jo
cp -a "$T/jo" "$T/twin"
cp "$T/.unlocked.jo" "$T/.unlocked.twin" 2>/dev/null
by twin unlock --minutes 60 --passphrase-fd 9 9<"$T/.passphrase" >/dev/null 2>&1
quietly jo write --file "$(text one 'on the first')"
quietly twin write --file "$(text two 'on the second')"
ok 'the first to sync notices nothing' by jo sync
for who in twin jo; do
    fails "$who notices that there is another copy" 4 by $who sync
    like 'and is told so' "$(said)" 'Another copy of this profile is in use: it writes as this device.'
    like 'and what to do' "$(said)" 'Use only one copy.'
done
is 'nothing is lost on the first' "$(texts jo)" "['before the copy', 'on the first']"
is 'nor on the second' "$(texts twin)" "['before the copy', 'on the second']"
is 'everything went to the server' "$(ask jo 'd["waiting"]' status)|$(ask twin 'd["waiting"]' status)" '0|0'
run by twin --yes share 2 --with Ana
run by jo --yes share 2 --with Ana
like 'sharing says it as well' "$(said)" 'Another copy of this profile is in use'
fails 'a reader gets what came first and is told of the rest' 4 by ana sync
is 'whose text is whole' "$(texts ana jo)" "['on the second']"
is 'it is counted' "$(ask ana 'len(d["kept-aside"])' status)" 1
ok 'others go on' by osei sync
kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"
finish
