#!/usr/bin/env bash
# Goal: D09. A profile whose folder was copied and is used in both places loses no text, and the person is told plainly; one
# that was put back from a backup goes on behind what it had written since.
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
    like 'and is told so' "$(said)" 'Another copy of this profile writes as this device.'
    like 'and what to do' "$(said)" '`kap device revoke` removes this device from another of yours'
done
is 'nothing is lost on the first' "$(texts jo)" "['before the copy', 'on the first', 'on the second']"
is 'nor on the second' "$(texts twin)" "['before the copy', 'on the first', 'on the second']"
is 'everything went to the server' "$(ask jo 'd["waiting"]' status)|$(ask twin 'd["waiting"]' status)" '0|0'
ok 'control: without news from the copy nothing is said' by jo sync
number() { ask "$1" 'next(e["number"] for e in d["entries"] if e["text"] == "'"$2"'")' list; }
run by twin --yes share "$(number twin 'on the second')" --with Ana
run by jo --yes share "$(number jo 'on the first')" --with Ana
like 'sharing says it as well' "$(said)" 'Another copy of this profile writes as this device'
ok 'a reader gets both' by ana sync
is 'whole' "$(texts ana jo)" "['on the second', 'on the first']"
is 'and nothing is kept aside' "$(ask ana 'len(d["kept-aside"])' status)" 0
# an older state of the profile comes back, after it wrote on: it writes behind what it finds in its own feed
give() { run by jo --yes share "$(number jo "$1")" --with Ana; }
quietly jo write --file "$(text three 'written before the backup')"
rm -rf "$T/twin" && cp -a "$T/jo" "$T/older"
sync jo
quietly jo write --file "$(text four 'written after it')"
sync jo
give 'written after it'
rm -rf "$T/jo" && cp -a "$T/older" "$T/jo"
fails 'a backup put back notices what it has written since' 4 by jo sync
like 'in these words' "$(said)" 'If this is a backup put back, that is all.'
is 'everything is here, and once' "$(ask jo 'sorted(e["text"] for e in d["entries"])[2:]' list)" \
    "['on the second', 'written after it', 'written before the backup']"
quietly jo write --file "$(text five 'after the restore')"
ok 'and goes on' by jo sync
give 'written before the backup'
give 'after the restore'
ok 'its readers see no break' by ana sync
is 'and have everything' "$(texts ana jo)" \
    "['on the second', 'on the first', 'written after it', 'written before the backup', 'after the restore']"
ok 'others go on' by osei sync
kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"
finish
