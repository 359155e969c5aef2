#!/usr/bin/env bash
# Goal: reading, finding, taking back and sharing again do what both sides were told they would.
. "${0%/*}/lib.sh"

clinic_people
readers() { ask "$1" 'sorted((r["person"], bool(r.get("opened"))) for r in d["readers"])' who-can-see "${@:2}"; }
read_text() { ask "$1" 'd.get("text")' read "${@:2}"; }
comments() { ask "$1" '[(c["author"], c["line"], c["text"]) for c in d["comments"]]' read "${@:2}"; }
numbers() { ask "$1" '[e["number"] for e in d["entries"]]' "${@:2}"; }

quietly jo write --title 'The kitchen' --tag family --tag food --file "$(text a 'Mum at the sink.' 'I was allowed to be there.' 'Third.')"
quietly jo write --tag family --file "$(text b 'CAFÉ with Ångström, straße')"
quietly jo write --title 'Titel der Woche' --file "$(text c 'nothing of note')"
sync jo
quietly jo --yes share 1 --with Ana,Osei
sync ana osei

# --- shared ---

is 'both read it' "$(read_text ana jo 1)|$(read_text osei jo 1 | wc -l)" "$(printf 'Mum at the sink.\nI was allowed to be there.\nThird.' | "$PYTHON" -c 'import sys; print(sys.stdin.read().replace("\n","\n"))' | tail -1)|1"
sync ana osei jo
is 'the author sees who has opened it' "$(readers jo 1)" "[('Ana Reyes', True), ('Dr. Osei', True)]"
like 'a reader sees who else can read it' "$(readers ana jo 1)" "'you', True"
is 'but not what was not shared' "$(numbers ana list jo)" '[1]'
quietly ana comment jo 1 --lines 2 --file "$(text comment 'What would allowed look like?')"
fails 'a prescriber does not comment on a journal' 4 by osei comment jo 1 --file "$(text comment2 'Thank you.')"
like 'and is told how to write' "$(tr -s '\n ' ' ' <<<"$ERR")" 'Only the client and the therapists comment on a journal. Write to them instead: `kap msg`. Not saved.'
quietly jo comment 1 --file "$T/comment2.txt"
sync jo ana osei
is 'the author sees both comments, one beside its line' "$(comments jo 1)" \
    "[('Ana Reyes', 2, 'What would allowed look like?'), ('Jo M.', 0, 'Thank you.')]"
like 'the other reader too' "$(comments osei jo 1)" 'allowed look like'

# --- a later revision ---

quietly jo edit 1 --file "$(text a2 'A new first line.' 'Mum at the sink.' 'I was allowed to be there.')"
sync jo ana osei
is 'both have the new version' "$(ask ana 'd["text"].split("\n")[0]' read jo 1)|$(ask osei 'd["revision"]' read jo 1)" 'A new first line.|2'
is 'the title stays' "$(ask jo 'd["title"]' read 1)" 'The kitchen'
is 'and the tags' "$(numbers jo list --tag food)" '[1]'
is 'a comment stays beside the line it was made on' "$(ask jo '[c["line"] for c in d["comments"]]' read 1)" '[2, 0]'
is 'which is another line by now' "$(ask jo '[c.get("line-now") for c in d["comments"]]' read 1)" '[3, None]'
like 'and says both' "$(by jo read 1)" '\(on line 3 here; made on line 2 of revision 2\)'
unlike 'on that version itself it says the line alone' "$(by jo read 1 --rev 1)" 'of revision'
is 'the first version is there to read' "$(ask ana 'd["text"].split("\n")[0]' read jo 1 --rev 1)" 'Mum at the sink.'
is 'history on both sides' "$(ask jo '[(r["revision"], r["state"]) for r in d["revisions"]]' history 1)|$(ask ana \
    '[(r["revision"], r["state"]) for r in d["revisions"]]' history jo 1)" \
    "[(1, 'earlier'), (2, 'earlier'), (3, 'current')]|[(1, 'earlier'), (2, 'current')]"

# --- find ---

is 'find does not mind case' "$(numbers jo find KITCHEN)" '[1]'
is 'nor that of letters with accents' "$(numbers jo find café)" '[2]'
is 'nor how they are composed' "$(numbers jo find $'cafe\u0301')" '[2]'
is 'nor that ß is two letters in capitals' "$(numbers jo find STRASSE ångström)" '[2]'
is 'all words must be there' "$(numbers jo find café kitchen)" '[]'
is 'a tag is found' "$(numbers jo find food)" '[1]'
is 'in titles too' "$(numbers jo find WOCHE)" '[3]'
is 'a reader finds what is shared' "$(numbers ana find sink)" '[1]'
is 'and nothing else' "$(numbers ana find café)" '[]'
is 'words that are not UTF-8 find nothing and do no harm' "$(by jo find $'\377' >/dev/null 2>&1; echo $?)" 0
is 'by tag' "$(numbers jo list --tag family)" '[1, 2]'
is 'a tag that is not there' "$(numbers jo list --tag none)" '[]'

# --- taken back from one ---

ok 'taking back from one' by jo unshare 1 --from Osei
like 'says that it was opened' "$(tr -s '\n' ' ' <<<"$OUT")" 'Dr. Osei may have read entry 1 already'
sync osei ana jo
like 'the text is gone on their device' "$(by osei read jo 1 2>&1)" 'took this back. The text is no longer on this device'
unlike 'every version of it' "$(by osei read jo 1 --rev 1 2>&1; by osei history jo 1 2>&1; by osei list jo)" 'sink|first line'
is 'nor can they find it' "$(numbers osei find sink)" '[]'
is 'the other keeps it' "$(ask ana 'd["text"].split("\n")[0]' read jo 1)" 'A new first line.'
is 'who can see it is right for the author' "$(readers jo 1)" "[('Ana Reyes', True)]"
like 'the reader is told what she can know' "$(by ana who-can-see jo 1)" 'What was taken back from others is not told here'
like 'herself among it' "$(readers ana jo 1)" "'you', True"
unlike 'and for whom it was taken from' "$(readers osei jo 1)" "'you'"
quietly jo edit 1 --file "$(text a3 'A third version.')"
sync jo osei ana
unlike 'a later version is not given' "$(by osei read jo 1 2>&1; by osei history jo 1 2>&1)" 'third version'
is 'but to the other' "$(read_text ana jo 1)" 'A third version.'

# --- taken back from all, and given again ---

ok 'taking back from everybody' by jo unshare 1
sync ana
like 'is gone there too' "$(by ana read jo 1 2>&1)" 'took this back'
like 'but what she said beside it stays for her' "$(by ana read jo 1 2>&1)" 'What would allowed look like'
is 'and for the author' "$(ask jo '[c["author"] for c in d["comments"]]' read 1)" "['Ana Reyes', 'Jo M.']"
like 'the line it was about has gone, and is named' "$(by jo read 1)" '\(on line 2 of revision 2\)'
is 'the author keeps every word' "$(read_text jo 1)|$(ask jo 'd["text"].split("\n")[0]' read 1 --rev 1)" 'A third version.|Mum at the sink.'
is 'and it is private' "$(ask jo 'd["entries"][0]["visibility"], d["entries"][0]["readers"]' list)" "('private', '')"
fails 'commenting on what was taken back is refused' 4 by ana comment jo 1 --file "$(text late 'late words')"
fails 'taking back twice is said' 3 by jo unshare 1
ok 'sharing again works' by jo --yes share 1 --with Ana
sync ana jo
is 'and gives the text again' "$(read_text ana jo 1)" 'A third version.'
is 'to her alone' "$(readers jo 1)" "[('Ana Reyes', True)]"
unlike 'and not to the other' "$(by osei read jo 1 2>&1)" 'third version'
ok 'both clients and readers are in step' by ana sync
finish
