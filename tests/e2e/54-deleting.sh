#!/usr/bin/env bash
# Goal: what a person deletes is gone for whom it says, when it says; what is in the bin comes back; nothing else goes.
. "${0%/*}/lib.sh"

clinic_people
numbers() { ask "$1" '[e["number"] for e in d["entries"]]' "${@:2}"; }
bin() { ask "$1" '[e["number"] for e in d["bin"]]' bin; }
states() { ask "$1" '[r["state"] for r in d["revisions"]]' history "${@:2}"; }
flat() { tr -s '\n ' '  ' <<<"$1"; }

quietly jo write --title 'The kitchen' --file "$(text a 'Mum at the sink.')"
quietly jo edit 1 --file "$(text a2 'Mum at the sink, laughing.')"
quietly jo write --file "$(text b 'A second entry.')"
quietly jo write --file "$(text c 'A third entry.')"
sync jo
quietly jo --yes share 1,2 --with Ana
sync ana jo
is 'the reader has two' "$(numbers ana list jo)" '[1, 2]'

# --- into the bin and out again ---

ok 'an entry goes into the bin' by jo delete 1
like 'until a day, it says' "$(flat "$OUT")" 'In the bin until [A-Z][a-z]{2} [0-9]+ [A-Z][a-z]{2}( [0-9]{4})?, then deleted for good.*kap undelete 1. brings it back'
like 'and what it cannot do' "$(flat "$OUT")" 'could be read by Ana Reyes. They may have read or copied it: that stays'
is 'it is in no list' "$(numbers jo list)" '[2, 3]'
is 'nor found' "$(numbers jo find laughing)" '[]'
is 'but in the bin' "$(bin jo)" '[1]'
fails 'it cannot be read' 3 by jo read 1
like 'and why is said' "$ERR" 'in the bin until'
fails 'nor edited' 3 by jo edit 1 --file "$T/a.txt"
fails 'nor shared' 3 by jo --yes share 1 --with Ana
fails 'nor deleted a second time' 3 by jo delete 1
sync ana
like 'the reader has lost it' "$(by ana read jo 1)" 'took this back'
is 'the other entry stays' "$(ask ana 'd["text"]' read jo 2)" 'A second entry.'
ok 'it comes back' by jo undelete 1
like 'private, and says so' "$(flat "$OUT")" 'Entry 1 is back. Only you can read it'
is 'it is in the list again' "$(ask jo '[(e["number"], e["visibility"]) for e in d["entries"]][0]' list)" "(1, 'private')"
is 'whole' "$(ask jo 'd["text"]' read 1)|$(states jo 1)" "Mum at the sink, laughing.|['earlier', 'earlier', 'current']"
is 'the bin is empty' "$(bin jo)" '[]'
fails 'what is not in the bin does not come back' 3 by jo undelete 1
sync jo ana
like 'the reader does not get it back by that' "$(by ana read jo 1)" 'took this back'

# --- for good ---

quietly jo --yes share 1 --with Ana
quietly jo comment 1 --file "$(text mine 'A comment of my own.')"
sync jo ana jo
fails 'for good it asks, and nobody can be asked here' 3 by jo delete 1 --now
is 'nothing is deleted' "$(ask jo 'd["text"]' read 1)" 'Mum at the sink, laughing.'
ok 'with yes it is deleted' by jo --yes delete 1 --now
like 'it is said where from' "$(flat "$OUT")" "Deleted from the clinic's server and from this device. Other devices delete it with their next sync"
like 'and that backups last longer' "$(flat "$OUT")" 'backups stay until those expire'
like 'and who could have read it' "$(flat "$OUT")" 'could be read by Ana Reyes. They may have read or copied it'
is 'it is in no list' "$(numbers jo list)|$(bin jo)" '[2, 3]|[]'
fails 'it cannot be read' 3 by jo read 1
like 'and why is said' "$ERR" 'You deleted entry 1 on'
fails 'it does not come back' 3 by jo undelete 1
like 'and why is said' "$ERR" 'deleted for good'
is 'history says who deleted it' "$(states jo 1 | sort -u)" "['deleted by its author', 'deleted by its author', 'deleted by its author', 'deleted by its author']"
is 'before the reader syncs she still has it' "$(ask ana 'd["text"]' read jo 1)" 'Mum at the sink, laughing.'
sync ana
like 'then it is deleted there too' "$(flat "$(by ana read jo 1)")" 'Jo M. deleted this on .*The text is no longer on this device'
like 'her history says so' "$(flat "$(by ana history jo 1)")" 'Deleted by its author on'
unlike 'no version of it is left, nor the comment' "$(by ana read jo 1 --rev 1 2>&1; by ana list jo; by ana find sink; by ana find own; by ana read jo 1)" 'sink|of my own'
is 'the other entry stays' "$(ask ana 'd["text"]' read jo 2)" 'A second entry.'
ok 'everything is in step' by jo sync
is 'nothing was kept aside' "$(ask jo 'd["kept-aside"]' status)$(ask ana 'd["kept-aside"]' status)" '[][]'
kapd_stop
ok 'the store checks' kapctl check -c "$T/kapd.conf"
ok 'and its audit log' kapctl audit verify -c "$T/kapd.conf"
kapd_start
sync jo ana

# --- without the network ---

quietly jo write --file "$(text d 'Never sent.')"
quietly jo write --file "$(text e 'Never sent either.')"
by jo --yes delete 4 --now >"$T/.out" 2>&1
like 'what was never sent is just gone' "$(flat "$(cat "$T/.out")")" 'Deleted. It had never left this device'
kapd_stop
fails 'without a server' 10 by jo --yes delete 2 --now
like 'it is out of sight, and it is said what will be' "$(flat "$OUT")" 'out of sight here, and will be deleted everywhere with your next'
is 'it is' "$(numbers jo list)" '[3, 5]'
is 'into the bin needs no server' "$(by jo delete 5 >/dev/null 2>&1; echo $?)" 0
kapd_start
sync jo ana
like 'then it is deleted everywhere' "$(flat "$(by ana read jo 2)")" 'Jo M. deleted this on'
is 'what is in the bin is there still' "$(bin jo)" '[5]'
ok 'and can be deleted from there' by jo --yes delete 5 --now
is 'the bin is empty' "$(bin jo)" '[]'

# --- what cannot be deleted ---

quietly jo --yes share 3 --with Ana
quietly ana msg care jo --to Osei --file "$(text care 'A clinical note.')"
sync jo ana osei
fails "somebody else's entry is not one's own" 3 by ana delete 3
fails 'a message asks for --now' 2 by ana delete inbox 1
fails 'the clinical record is kept' 4 by ana --yes delete inbox 1 --now
like 'until a day that is said' "$(flat "$ERR")" 'belongs to the clinical record, which must be kept until .* [0-9]{4}. It cannot be deleted before. Nothing was deleted'
is 'it is there' "$(ask osei '[m["text"] for m in d["messages"]]' inbox)" "['A clinical note.']"
fails "nobody deletes somebody else's message" 4 by osei --yes delete inbox 1 --now
quietly jo msg Ana --file "$(text m 'A message.')"
sync jo ana
ok 'a message of one'"'"'s own' by jo --yes delete inbox 1 --now
sync ana
unlike 'is deleted at the other end' "$(by ana inbox; by ana read inbox 2 2>&1)" 'A message\.'
like 'where it is said' "$(by ana inbox)" '\(deleted by its'
fails 'an entry that is not there' 3 by jo delete 99
fails 'named twice' 3 by jo --yes delete 3,3 --now

finish
