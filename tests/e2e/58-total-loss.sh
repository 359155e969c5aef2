#!/usr/bin/env bash
# Goal: somebody loses every device and the recovery code, joins anew, and is the same person to everybody again: the
# admin signs it, the old devices are shut out, and the team gives back what had been shared, each thing once, proved to
# be their own words. What was private is gone, and that is said.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
list() { ask "$1" '[e["text"] for e in d["entries"]]' list "${@:2}"; }
names() { ask "$1" 'sorted(p["name"] for p in d["people"])' team; }

clinic_people
quietly jo write --title 'Harbour' --file "$(text harbour 'warm orange')"
quietly jo write --title 'Alone' --file "$(text alone 'for nobody else')"
quietly jo write --title 'Ferry' --file "$(text ferry 'a door')"
head -c 400000 /dev/zero | tr '\0' 'w' >"$T/map.txt"
quietly jo attach "$T/map.txt" 1
quietly jo --yes share 1,3 --with Ana,Osei
sync ana osei
quietly ana comment jo 1 --file "$(text comment 'Which door?')"
quietly ana msg jo --file "$(text hello 'See you on Tuesday.')"
sync jo
quietly jo edit 1 --file "$(text edited 'warm orange, and a curtain')"
quietly jo msg ana --file "$(text reply 'Until Tuesday.')"
sync jo ana osei jo maria
# osei and jo have compared words
: >"$T/words.osei" >"$T/words.jo"
compare() { (wait_for 20 grep -q '^words: ' "$T/words.$1" && echo yes) | by "$1" --plain check "$2" --wait 20 >"$T/words.$1" 2>&1; }
compare osei jo &
other=$!
ok 'the prescriber compared words with them' compare jo osei
wait $other
by jo lock >/dev/null 2>&1
mv "$T/jo" "$T/lost"
rm -f "$T/.unlocked.jo"

# --- joining anew ---

fails 'there is nobody to sign for yet' 3 by maria succession jo
like 'which says how to begin' "$(said)" 'invite --replaces NAME'
fails 'a role is not chosen again' 2 by maria invite --replaces jo --role client
ok 'the admin invites them anew' by maria invite --replaces jo
like 'as what they were' "$(said)" 'Invited: Jo M., as client'
like 'and hears what follows' "$(said)" 'What was private to them is gone'
ok 'they join with the new code' join jo "$(code_of "$OUT$ERR")"
sync jo
is 'and begin with nothing' "$(list jo)" '[]'
quietly jo write --title 'New' --file "$(text new 'first new words')"
ok 'the admin hears of it with the next exchange' by maria sync
like 'and what to do' "$(said)" 'Jo M. has joined with the code that replaces lost devices'
ok 'the old device still works until then' by lost sync
fails 'signing asks first' 3 by maria succession jo </dev/null
fails 'only an admin signs' 4 by ana --yes succession jo
ok 'the admin signs' by maria --yes succession jo
like 'which is said' "$(said)" 'Signed. The old devices of Jo M. are shut out'
fails 'the old device is out' 7 by lost sync
ok 'the admin hears of it no more' by maria sync
unlike 'because it is done' "$(said)" 'replaces lost devices'
fails 'nor signs twice' 3 by maria --yes succession jo

# --- one person ---

ok 'the therapist hears of it with the next exchange' by ana sync
like 'and what she can do' "$(said)" 'Jo M. joined anew after losing every device. .kap regive NAME. gives back'
ok 'once' by ana sync
unlike 'and no more' "$(said)" 'joined anew'
sync osei jo ana jo
is 'the list of people shows one of them' "$(names ana | grep -o "Jo M" | wc -l)" 1
is 'with what they had shared' "$(list ana jo)" "['Harbour', 'Ferry']"
is 'the admin sees one, too' "$(names maria | grep -o "Jo M" | wc -l)" 1
quietly ana msg jo --file "$(text again 'Welcome back.')"
sync jo
is 'messages reach the new one' "$(ask jo '[m["text"] for m in d["messages"]]' inbox)" "['Welcome back.']"

# --- giving back ---

fails 'giving back asks first' 3 by ana regive jo </dev/null
like 'and says what is gone' "$(said)" 'What they wrote for themselves alone is gone'
ok 'the therapist gives back what she has' by ana --yes regive jo
is 'each old record once' "$(ask ana 'd["given"]' --yes regive jo)" 0
ok 'it can be said again' by ana --yes regive jo
like 'with nothing left to give' "$(said)" 'nothing to give back'
ok 'it arrives' by jo sync
unlike 'and every proof is good' "$(said)" 'kept aside'
is 'their entries are there again' "$(ask jo 'sorted(e["text"] for e in d["entries"])' list)" "['Ferry', 'Harbour', 'New']"
is 'as their own' "$(ask jo 'sorted(set(e["author"] for e in d["entries"]))' list)" "['Jo M.']"
number=$(ask jo '[e["number"] for e in d["entries"] if e["text"] == "Harbour"][0]' list)
is 'in the newest version' "$(ask jo 'd["text"]' read "$number")" 'warm orange, and a curtain'
ok 'with the file that was attached to it' by jo save "$number" -o "$T/map-again.txt"
ok 'as it was' cmp "$T/map.txt" "$T/map-again.txt"
is 'with who gave it back' "$(ask jo 'd["given-back-by"]' read "$number")" 'Ana Reyes'
is 'the comment is there, too' "$(ask jo '[c["text"] for c in d["comments"]]' read "$number")" "['Which door?']"
is 'and the messages, both ways' "$(ask jo 'sorted(m["text"] for m in d["messages"])' inbox)" "['See you on Tuesday.', 'Until Tuesday.', 'Welcome back.']"
unlike 'what was private is gone' "$(by jo --json list)" 'for nobody else'
sync osei
is 'who compared words with the old identity is told' "$(ask osei '[p["checked"] for p in d["people"] if p["name"] == "Jo M."][0]' team)" succeeded
fails 'and gives nothing to the new one before' 4 by osei --yes regive jo
like 'but compares words first' "$(said)" 'these are new keys. Compare words first'
ok 'or accepts it' by osei --yes check jo --accept
like 'knowing what happened' "$(said)" "joined anew, and the clinic's admin signed"
ok 'a second one gives the same back' by osei --yes regive jo
sync jo
is 'and nothing is there twice' "$(ask jo 'sorted(e["text"] for e in d["entries"])' list)" "['Ferry', 'Harbour', 'New']"

fails 'it cannot be taken back, for the keys are lost' 4 by jo unshare "$number" --from Osei
like 'which is said' "$(said)" 'given back to you by Ana Reyes. It cannot be taken back or deleted'
fails 'nor deleted' 4 by jo delete "$number"

# --- going on ---

quietly jo edit "$number" --file "$(text more 'and the smell of rope')"
sync jo ana
is 'an old entry goes on' "$(ask ana 'd["text"]' read jo 1)" 'and the smell of rope'
ok 'and is taken back from one, as far as it is new' by jo unshare "$number" --from Osei
sync osei jo
is 'who keeps what they had' "$(ask osei 'd["text"]' read jo 1)" 'warm orange, and a curtain'
is 'which is said' "$(ask jo 'sorted(r["person"] for r in d["readers"])' who-can-see "$number")" "['Ana Reyes', 'Dr. Osei']"
is 'under its number' "$(list ana jo)" "['Harbour', 'Ferry']"
quietly ana comment jo 1 --file "$(text comment2 'Rope?')"
sync jo
is 'and is talked about' "$(ask jo '[c["text"] for c in d["comments"]][-1]' read "$number")" 'Rope?'
finish
