#!/usr/bin/env bash
# Goal: clearance, order and holds say what a person decided, refuse what does not fit, and nobody else's word counts.
. "${0%/*}/lib.sh"

clinic_people
# the last line of what a person was told on stderr
said() { tr '\n' ' ' <<<"$ERR" | sed 's/ *$//'; }
# refuses DESC CODE WORDS WHO ARGS...: exit code and the whole sentence
refuses() {
    fails "$1" "$2" by "${@:4}"
    is "$1: the words" "$(said)" "$3"
}
day() { date -u -d "$1 days" +%Y-%m-%d; }
human() { date -u -d "$1 days" '+%a %-d %b %Y'; }

# --- clearance ---

refuses 'a therapist clears nobody' 4 '"clear" is not for a therapist.' ana clear jo --set decision=cleared --set sessions=4
refuses 'nor does a client' 4 '"clear" is not for a client.' jo clear jo
refuses 'cleared for ever' 3 'Say until when it is valid (--set valid-until=...), or for how many sessions (--set sessions=...). Not saved.' \
    osei clear jo --set decision=cleared
refuses 'no decision' 3 'Decision is missing (--set decision=...). Not saved.' osei clear jo --set sessions=4
refuses 'a decision that there is not' 3 \
    'Decision is pending, needs-info, cleared, cleared-with-conditions, hold or not-cleared; not "fine". Not saved.' \
    osei clear jo --set decision=fine
refuses 'longer than a year' 3 "A clearance is valid for 365 days at most: until $(human 365). Not saved." \
    osei clear jo --set decision=cleared --set "valid-until=$(day 366)"
refuses 'until a day that is over' 3 "Valid until $(human -1) lies in the past. Not saved." \
    osei clear jo --set decision=cleared --set "valid-until=$(day -1)"
refuses 'conditions that are not named' 3 'Cleared with conditions: which ones? (--set conditions=...) Not saved.' \
    osei clear jo --set decision=cleared-with-conditions --set sessions=2
refuses 'a refusal without reasons' 3 'This decision needs its reasons (--set reasons=...). Not saved.' osei clear jo --set decision=hold
refuses 'something that must be known is not' 3 \
    'Nobody can be cleared while something that must be known is unknown: pregnancy. Answer yes, no or na, or decide otherwise. Not saved.' \
    osei clear jo --set decision=cleared --set sessions=4 --set 'items=pregnancy:unknown:yes:asked; liver:unknown:no'
refuses 'more sessions than there are' 3 'Sessions allowed 13 is outside 1–12. Check for a slipped digit. Not saved.' \
    osei clear jo --set decision=cleared --set sessions=13
is 'nothing of it was saved' "$(ask osei 'd["state"]' clearance jo)" missing
ok 'what is not known may be unknown where it need not be known' by osei clear jo --set decision=cleared \
    --set "valid-until=$(day 90)" --set sessions=4 --set basis=interview,labs --set 'items=pregnancy:no:yes; liver:unknown:no:labs ordered'
is 'and the words say what was decided' "$(tr '\n' ' ' <<<"$OUT")" \
    "Saved as clearance r1: cleared, valid until $(human 90), for 4 sessions. The care team and Jo M. can read it. "
sync ana jo
is 'therapist and client read it' "$(ask ana 'd["state"],d["decision"],d["sessions"]' clearance jo)|$(ask jo 'd["state"]' clearance)" \
    "('valid', 'cleared', 4)|valid"
is 'with each answer' "$(ask ana '[(i["code"], i["answer"], i["must"], i.get("note")) for i in d["items"]]' clearance jo)" \
    "[('pregnancy', 'no', True, None), ('liver', 'unknown', False, 'labs ordered')]"
is 'nothing of it is used yet' "$(ask ana 'd["sessions-used"]' clearance jo)" 0
ok 'the last day may be a year away' by osei clear jo --set decision=cleared --set "valid-until=$(day 365)"
ok 'the next decision is a revision' by osei clear jo --set decision=not-cleared --set 'reasons=New heart findings.'
sync ana
is 'it holds, and what came before is there' \
    "$(ask ana 'd["state"], [(h["revision"], h["decision"]) for h in d["history"]]' clearance jo)" \
    "('not-cleared', [(1, 'cleared'), (2, 'cleared'), (3, 'not-cleared')])"
# asked one by one: eight that must be known and ten more, the decision, ...
ok 'asked one by one' by osei clear jo --screening < <(
    printf '%s\n' no no 'no since May' no no no no na q cleared 'Stable since May.' "$(day 30)" 4 interview
)
like 'the question suggests and the person decides' "$OUT" "90 days from today is $(human 90)\. 365 days is the most\."
is 'eight answers' "$(ask osei 'len(d["items"]), d["items"][2]["note"], d["valid-until"]' clearance jo)" "(8, 'since May', '$(day 30)')"
fails 'an answer that there is not' 3 by osei clear jo --screening < <(echo maybe)
is 'says which there are' "$(said)" \
    'Answer yes, no, unknown or na, and a note behind it if you like; not "maybe". Not saved.'
fails 'input that ends early saves nothing' 3 by osei clear jo --screening < <(echo no)
is 'and says so' "$(said)" 'The input ended before the last answer. Not saved.'

# --- order ---

order=(--set route=sl --set unit-mg=100 --set units=2 --set max-mg=300 --set sessions=4 --set "valid-until=$(day 60)")
refuses 'a therapist writes no order' 4 'Only a prescriber writes orders. Nothing was saved.' ana order jo --edit
refuses 'nor does a client' 4 'Only a prescriber writes orders. Nothing was saved.' jo order --set units=3
refuses 'more than the most' 3 '4 x 100 mg make 400 mg, more than the most in a session (300 mg). Not saved.' \
    osei order jo "${order[@]}" --set units=4
refuses 'the booster counts' 3 '2 x 100 mg and a booster of 2 make 400 mg, more than the most in a session (300 mg). Not saved.' \
    osei order jo "${order[@]}" --set booster-units=2
refuses 'a booster that ends before it begins' 3 'The booster ends (60 min) before it begins (90 min). Not saved.' \
    osei order jo "${order[@]}" --set booster-units=1 --set booster-from=90 --set booster-to=60
refuses 'times of a booster that is not there' 3 'There are times for a booster, but no booster units. Not saved.' \
    osei order jo "${order[@]}" --set booster-from=60
refuses 'minutes that go down' 3 'The minutes of vitals go up, each once, like 0,40,120. Not saved.' \
    osei order jo "${order[@]}" --set schedule=0,60,40
refuses 'the same minute twice' 3 'The minutes of vitals go up, each once, like 0,40,120. Not saved.' \
    osei order jo "${order[@]}" --set schedule=0,40,40
refuses 'limits that cross' 3 'No value can be below the upper and above the lower limit for starting. Not saved.' \
    osei order jo "${order[@]}" --set pre-sys=140 --set pre-sys-min=140
refuses 'esketamine in other steps' 3 \
    'Esketamine is 28, 56 or 84 mg in a session; 2 x 100 mg make 200 mg. For anything else the medicine is "other". Not saved.' \
    osei order jo "${order[@]}" --set drug=esketamine
refuses 'no route' 3 'Route is missing (--set route=...). Not saved.' osei order jo --set units=2 --set unit-mg=100
refuses 'a unit that is too much' 3 'Unit 1000.1 is outside 0.1–1000 mg. Check for a slipped digit. Not saved.' \
    osei order jo "${order[@]}" --set unit-mg=1000.1
refuses 'a day that is over' 3 "Valid until $(human -1) lies in the past. Not saved." osei order jo "${order[@]}" --set "valid-until=$(day -1)"
refuses 'a hold of a medicine that is too long' 3 'hours 337 is outside 0–336 h. Check for a slipped digit. Not saved.' \
    osei order jo "${order[@]}" --set 'holds=clonazepam:337'
is 'there is no order yet' "$(by ana order jo)" 'There is no order yet.'
fails 'and none to acknowledge' 3 by ana order ack jo
is 'in words' "$(said)" 'There is no order to acknowledge. Nothing was changed.'
ok 'esketamine in its steps adds up' by osei order jo --set drug=esketamine --set route=in --set unit-mg=28 --set units=3 --set max-mg=84 \
    --set sessions=8 --set "valid-until=$(day 60)"
ok 'so does this' by osei order jo "${order[@]}" --set drug=ketamine --set booster-units= --set schedule=0,40 --set pre-sys=140 --set pre-dia=90 \
    --set pre-hr=100 --set act-sys=160 --set act-dia=100 --set observe=120 --set holds=clonazepam:24
ok 'the next revision' by osei order jo --set units=3
like 'shows what it changes' "$OUT" 'SL 100 mg x 3 units \(was x2\) · max 300 mg/session · booster none'
like 'and all the rest' "$OUT" 'start only below 140/90, HR 100 · act at 160/100 · vitals pre, \+40, end'
like 'of it' "$OUT" 'observe 120 min'
like 'holds and days' "$OUT" 'clonazepam hold 24 h · valid until .* · sessions allowed 4'
like 'and who must acknowledge' "$(tr '\n' ' ' <<<"$OUT")" \
    'Saved\. Ana Reyes must acknowledge before the next session can open\. Jo M\. can read it in plain words\.'
is 'the same again is nothing' "$(by osei order jo --set units=3)" 'Nothing is different. Nothing was saved.'
# asked, Enter keeps, - drops, and nobody is at a terminal to say yes
fails 'an order needs a yes' 3 by osei order jo --edit < <(yes '' | head -27 | sed '4s/.*/2/;24s/.*/-/')
is 'in words' "$(said)" 'An order needs your yes. Run it at a terminal, or say --yes. Not saved.'
ok 'which --yes gives' by osei --yes order jo --edit < <(yes '' | head -27 | sed '4s/.*/2/;24s/.*/-/')
like 'it shows what was dropped' "$OUT" 'x 2 units \(was x3\)'
sync ana jo
is 'the therapist reads it' "$(ask ana 'd["revision"], d["units"], d["unit-mg"], d["route"], d["acknowledged"]' order jo)" "(4, 2, 100.0, 'sl', [])"
like 'the client reads it in plain words' "$(by jo order)" 'Medicine +ketamine, held under the tongue'
like 'with units' "$(by jo order)" 'In a session +2 units of 100 mg'
like 'and limits' "$(by jo order)" 'Most in a session +300 mg'
refuses 'its author does not acknowledge it' 4 'You wrote order r4 yourself. Others acknowledge it.' osei order ack jo
ok 'the therapist does' by ana order ack jo --note 'Read.'
like 'and is told' "$OUT" 'Acknowledged order r4 .*\. Dr\. Osei sees this note\.'
like 'twice is once' "$(by ana order ack jo)" 'You acknowledged order r4 already: '
ok 'so does the client' by jo order ack
sync osei
is 'the prescriber sees both' "$(ask osei 'sorted(a["by"] for a in d["acknowledged"])' order jo)" "['Ana Reyes', 'Jo M.']"
like 'one unit is one' "$(by osei order jo --set units=1)" 'SL 100 mg x 1 unit \(was x2\) · max'
sync ana
is 'a new revision is acknowledged by nobody' "$(ask ana 'd["revision"], d["acknowledged"]' order jo)" '(5, [])'
like 'and says so' "$(by ana order jo)" 'Nobody has acknowledged order r5 yet\.'

# --- holds ---

refuses 'a client holds nothing' 4 '"hold" is not for a client.' jo hold jo
refuses 'a reason that says nothing' 3 'Reason has 1 characters; it needs at least 3. Not saved.' ana hold jo --reason x
refuses 'no reason' 3 'Reason is missing (--set reason=...). Not saved.' ana hold jo --set "until=$(day 3)"
ok 'the therapist holds' by ana hold jo --reason 'A hard week. We talk first.'
like 'and is told who knows' "$(tr '\n' ' ' <<<"$OUT")" 'No session of Jo M\. can open until this is lifted\. Dr\. Osei is told\.'
sync osei
ok 'the prescriber too' by osei hold jo --reason 'Wait for the labs.' --until "$(day 3)"
sync ana jo
is 'both stand' "$(ask ana '[(h["number"], h["author"], h["state"]) for h in d["holds"]]' holds jo)" \
    "[('H1', 'Ana Reyes', 'stands'), ('H2', 'Dr. Osei', 'stands')]"
is 'the other side was told at once' "$(ask osei 'd["type"], d["priority"], d["text"]' read inbox 1)" "('hold', 'urgent', 'A hard week. We talk first.')"
refuses 'a therapist does not lift the other'"'"'s' 4 'Only Dr. Osei or a prescriber can lift H2. Nothing was changed.' ana lift H2 --reason 'Labs came.'
refuses 'a number that is not there' 3 'There is no H9 here.' ana lift H9 --reason 'Labs came.'
refuses 'something else than a number' 3 '"jo" is no such number: it is H and a number, like H3.' ana lift jo --reason 'Labs came.'
refuses 'without a reason' 3 '{"error": "Lifting a hold needs a reason (--reason). Nothing was changed.", "exit": 3}' ana --json lift H1
ok 'their own they do' by ana lift H1 --reason 'We talked.'
is 'in words' "$OUT" 'Lifted H1, a hold for Jo M..'
refuses 'once' 3 'H1 was lifted by you already. Nothing was changed.' ana lift H1 --reason 'We talked.'
ok 'a prescriber lifts any: another of the therapist' by ana hold jo --reason 'Again.'
sync osei
ok 'this one' by osei lift H3 --reason 'Spoke with Ana.'
sync ana
is 'who sees it' "$(ask ana '[(h["number"], h["state"], h["lifted-by"]) for h in d["holds"]]' holds jo)" \
    "[('H1', 'lifted', 'Ana Reyes'), ('H2', 'stands', None), ('H3', 'lifted', 'Dr. Osei')]"
kapd_stop
fails 'without a server it is written all the same' 10 by ana hold jo --reason 'Offline.'
is 'and stands here' "$(ask ana 'd["holds"][3]["state"]' holds jo)" stands
finish
