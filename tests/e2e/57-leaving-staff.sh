#!/usr/bin/env bash
# Goal: somebody leaves the clinic: the admin hears first who is left without whom; from that moment the server refuses
# them, also on a connection that is open; nobody's kap gives them anything new; their names stay on what they wrote.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
list() { ask "$1" '[e["text"] for e in d["entries"]]' list "${@:2}"; }

clinic_people
staff lund prescriber 'Ms. Lund'
sync lund maria
ok 'a second client joins' join kim "$(invite maria --role client --name 'Kim S.' --team 'Ana,Osei,Lund')"
sync maria lund ana osei kim jo maria lund ana osei kim jo

quietly jo write --title 'Before' --file "$(text before 'warm orange')"
quietly jo --yes share 1 --with Ana,Osei
sync osei ana
quietly ana comment jo 1 --file "$(text comment 'Thank you for this.')"
quietly osei msg jo --file "$(text hello 'See you on Tuesday.')"
sync jo ana

# --- off one team ---

fails 'who is not on the team does not take anybody off it' 4 by osei team remove ana from jo
fails 'a word that is not "from" is not guessed at' 2 by maria team remove lund of kim
fails 'somebody is not taken off a team they are not on' 3 by maria --yes team remove lund from jo
like 'which is said' "$(said)" 'Ms. Lund is not on the team of Jo M.'
ok 'the admin takes one off one team' by maria --yes team remove lund from kim
like 'and hears what follows' "$(said)" 'Kim S.*will not care for this client any more'
sync kim lund
is 'the client sees it' "$(ask kim "[p['team'] for p in d['people'] if p['name'] == 'Kim S.'][0].count('Lund')" team)" 0

# --- leaving ---

fails 'only an admin ends a membership' 4 by ana suspend osei
fails 'nobody does without being asked' 3 by maria suspend osei </dev/null
like 'she hears what follows' "$(said)" 'Dr. Osei \(prescriber\) will have no access from now on'
like 'and who is left without a prescriber' "$(said)" '2 clients will have no prescriber: Jo M. Kim S.'
fails 'the only admin stays' 4 by maria --yes suspend maria
like 'which is said' "$(said)" 'only admin left'

by osei watch >"$T/watch.out" 2>"$T/watch.err" &
watcher=$!
sync jo
wait_for 10 grep -q . "$T/watch.out" || true
quietly jo write --title 'During' --file "$(text during 'a door')"
quietly jo --yes share 2 --with Osei
wait_for 10 sh -c "[ -s '$T/watch.out' ]"
ok 'the admin suspends the prescriber' by maria --yes suspend osei
like 'who has no access any more' "$(said)" 'Suspended. Dr. Osei has no access any more.'
wait $watcher
is 'the watch that was open ends at once' $? 7
like 'and says why' "$(cat "$T/watch.err" "$T/watch.out")" 'no longer has access'
fails 'a new exchange is refused' 7 by osei sync
like 'with what stays theirs' "$(said)" 'What is on it stays readable here'
like 'what was shared before is still there' "$(by osei read jo 1 2>&1)" 'warm orange'

quietly jo write --title 'After' --file "$(text after 'for Osei')"
quietly jo edit 1 --file "$(text edited 'warm orange, and a door')"
fails 'sharing that was begun before the news is not done' 4 by jo --yes share 3 --with Osei
like 'the entry stays with its author' "$(said)" 'private to you now'
sync jo ana
is 'the edit reached who is still there' "$(ask ana 'd["text"]' read jo 1)" 'warm orange, and a door'
is 'what was said beside it stays' "$(ask jo '[c["author"] for c in d["comments"]]' read 1)" "['Ana Reyes']"
is 'the name of who has left stays on the message' "$(ask jo 'd["messages"][0]["from"]' inbox)" 'Dr. Osei'
is 'the list says who has left' "$(ask jo '[p["active"] for p in d["people"] if p["name"] == "Dr. Osei"]' team)" '[False]'
fails 'they cannot be written to' 4 by jo msg Osei --file "$T/after.txt"
like 'which is said in plain words' "$(said)" "Dr. Osei's account is paused since"
is 'not even a new version reached them' "$(ask osei 'd["text"]' read jo 1)" 'warm orange'

fails 'the last one on a team is not taken off it' 3 by maria --yes team remove ana
like 'but somebody takes over first' "$(said)" 'Nobody else is on the team of .* Say who takes over first'
ok 'who takes over joins the team' by maria team jo --set ana,lund
ok 'and the other' by maria team kim --set ana,lund
ok 'then one can be taken off all teams at once' by maria --yes team remove ana
is 'which is counted' "$(tr -d '\n' <<<"$OUT" | grep -c 'Changed')" 1
sync lund jo lund jo
is 'the client sees it, too' "$(ask jo "[p['team'] for p in d['people'] if p['name'] == 'Jo M.'][0]" team)" 'Ms. Lund'
finish
