#!/usr/bin/env bash
# Goal: people learn each other's names; who leaves a team gets nothing new, whoever comes to it can be shared with, and
# what was on its way to somebody who left stays with its author.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
names() { ask "$1" 'sorted(p["name"] for p in d["people"])' team; }
list() { ask "$1" '[e["text"] for e in d["entries"]]' list "${@:2}"; }
team_of() { ask "$1" "[', '.join(sorted(p['team'].split(', '))) for p in d['people'] if p['name'] == '$2'][0]" team; }

clinic_people
staff lund therapist 'Ms. Lund'
sync lund maria ana osei maria lund ana osei jo

# --- names ---

is 'the admin knows her staff by name, the client too' "$(names maria | grep -c "Ana Reyes.*Dr. Osei.*Maria Ortiz.*Ms. Lund")" 1
is 'the therapist knows the client' "$(names ana | grep -c "Jo M\.")" 1
is 'and the prescriber, who did not invite them' "$(names osei | grep -c "Jo M\.")" 1
is 'staff know each other' "$(names lund | grep -c "Ana Reyes.*Dr. Osei.*Maria Ortiz")" 1
unlike 'who does not care for the client does not know their name' "$(names lund)" 'Jo M'
unlike 'the client does not learn the names of other staff' "$(names jo)" 'Lund'

# --- a change of the team ---

quietly jo write --title 'Before' --file "$(text before 'warm orange')"
quietly jo --yes share 1 --with Ana,Osei
sync ana osei
quietly ana comment jo 1 --file "$(text comment 'Thank you for this.')"
quietly osei msg jo --file "$(text hello 'See you on Tuesday.')"
sync jo ana
ok 'the admin takes one off the team and puts another on' by maria team jo --set 'Ana,Lund'
quietly jo write --title 'After' --file "$(text after 'a door')"
fails 'sharing that was begun before the news is refused' 4 by jo --yes share 2 --with Osei
unlike 'is not called shared' "$(said)" 'Shared'
like 'but private' "$(said)" 'could not be given to anyone any more and is private to you now'
sync jo osei ana lund jo
is 'the client sees the new team' "$(team_of jo 'Jo M.')" 'Ana Reyes, Ms. Lund'
is 'the removed one got nothing new' "$(list osei jo)" "['Before']"
quietly jo edit 1 --file "$(text edited 'warm orange, and a door')"
sync jo osei ana
is 'not even a new version' "$(ask osei 'd["text"]' read jo 1)" 'warm orange'
is 'which the others have' "$(ask ana 'd["text"]' read jo 1)" 'warm orange, and a door'
is 'what was said beside it stays' "$(ask jo '[c["author"] for c in d["comments"]]' read 1)" "['Ana Reyes']"
is 'the name of who was taken off stays on their messages' "$(ask jo 'd["messages"][0]["from"]' inbox)" 'Dr. Osei'
fails 'they cannot be shared with any more' 4 by jo --yes share 2 --with Osei
like 'which is said' "$(said)" 'Dr. Osei is not on your care team, so they cannot be given a key. Ask the clinic to add them. Nothing was shared.'
fails 'nor be written to' 4 by jo msg Osei --file "$T/after.txt"
like 'which is said, too' "$(said)" 'not on the care team'
fails 'they cannot comment' 4 by osei comment jo 1 --file "$T/comment.txt"
fails 'nor write to the client' 4 by osei msg jo --file "$T/hello.txt"
ok 'the new one can be shared with' by jo --yes share 2 --with Lund
sync lund
is 'gets that and no more' "$(list lund jo)" "['After']"
is 'and knows the name now' "$(names lund | grep -c 'Jo M\.')" 1
is 'who can see is right' "$(ask jo '[r["person"] for r in d["readers"]]' who-can-see 2)" "['Ms. Lund']"
ok 'what the removed one was given can still be taken back' by jo unshare 1 --from Osei
sync osei jo
like 'it is gone from their device' "$(by osei read jo 1 2>&1)" 'took this back'
is 'nobody but the others can see it' "$(ask jo '[r["person"] for r in d["readers"]]' who-can-see 1)" "['Ana Reyes']"
fails 'a therapist who is not on the team does not change it' 4 by osei team jo --set Osei
fails 'nor does a client' 4 by jo team jo --set Osei

# --- a share that waited ---

kapd_stop
quietly jo write --title 'Waiting' --file "$(text waiting 'for Lund alone')"
quietly jo write --title 'Also waiting' --file "$(text also 'for Lund and Ana')"
fails 'sharing while the server is away is kept' 10 by jo --yes share 3 --with Lund
fails 'so is sharing with two' 10 by jo --yes share 4 --with 'Lund,Ana'
fails 'so is a message' 10 by jo msg Lund --file "$(text private 'a word for Lund')"
kapd_start
quietly maria team jo --set 'Ana'
ok 'the next exchange succeeds' by jo sync
like 'and says what became private' "$(said)" '2 could not be given to anyone any more and are private to you now'
sync jo lund ana
is 'who left gets none of it' "$(list lund jo)" "['After']"
is 'no message either' "$(ask lund 'len(d["messages"])' inbox)" 0
is 'who stayed gets what was for both' "$(list ana jo)" "['Before', 'Also waiting']"
is 'every entry is there, once' "$(list jo)" "['Before', 'After', 'Waiting', 'Also waiting']"
is 'the one that waited is private' "$(ask jo 'd["entries"][2]["visibility"], d["entries"][2]["readers"]' list)" "('private', '')"
is 'its text is whole' "$(ask jo 'd["text"]' read 3)" 'for Lund alone'
is 'the message is kept' "$(by jo --json inbox | grep -c 'a word for Lund')" 1
is 'and says that it went nowhere' "$(ask jo 'd["messages"][-1]["state"]' inbox)" 'not-sent'
is 'nothing waits' "$(ask jo 'd["waiting"]' status)" 0

# --- two clients of one therapist ---

ok 'a second client of hers joins' join kim "$(invite ana --role client --name 'Kim S.' --team 'Ana Reyes')"
sync kim ana kim ana
like 'and knows her name' "$(names kim)" 'Ana Reyes'
unlike 'but not the other client' "$(names kim)" 'Jo'
like 'she knows both' "$(names ana | tr '\n' ' ')" 'Jo M.*Kim S|Kim S.*Jo M'
fails 'nobody writes to both at once' 4 by ana msg 'jo,kim' --file "$T/hello.txt"
ok 'nothing was refused on the way' by ana sync
unlike 'or kept back' "$(said)" 'private to you now'
finish
