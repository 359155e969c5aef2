#!/usr/bin/env bash
# Goal: medicines and their changes reach who must know, and a supply that does not add up is refused or said aloud.
. "${0%/*}/lib.sh"

clinic_people
said() { tr '\n' ' ' <<<"$ERR" | sed 's/ *$//'; }
told() { tr '\n' ' ' <<<"$OUT" | sed 's/ *$//'; }
refuses() { # DESC CODE WORDS WHO ARGS...
    fails "$1" "$2" by "${@:4}"
    is "$1: the words" "$(said)" "$3"
}
meds() { ask "$1" '[(m["number"], m["author"], m["state"], m["text"]) for m in d["medicines"]]' "${@:2}"; }
day() { date -u -d "$1 days" +%Y-%m-%d; }

# --- medicines ---

is 'none yet' "$(by jo meds)" 'No medicines are written down.'
ok 'a client writes one' by jo med add --set name=sertraline --set 'dose=50 mg in the morning' --set since=2026-01-05
is 'before a clearance nobody is told' "$(told)" 'Saved. Your care team can read it.'
sync osei ana
is 'the team reads it' "$(meds osei meds jo)" "[('R1', 'Jo M.', 'taking', 'sertraline · 50 mg in the morning · taking · Mon 5 Jan')]"
is 'also as med list' "$(meds ana med list jo)" "$(meds osei meds jo)"
refuses 'without a name' 3 'Medicine is missing (--set name=...). Not saved.' jo med add --set dose=1
refuses 'a day that is none' 3 '30 Feb 2026 is not a real date. Not saved.' jo med add --set name=a --set since=2026-02-30
refuses 'a state that there is not' 3 'State is taking, stopped or as-needed; not "maybe". Not saved.' jo med add --set name=a --set state=maybe
refuses 'a name that is too long' 3 'Medicine has 81 characters; at most 80 fit. Not saved.' jo med add --set "name=$(printf '%081d' 0)"
refuses 'a client names themselves' 4 'This is about yourself: leave the name out. Nothing was changed.' jo med add jo --set name=a
refuses 'an admin has nothing to do with it' 4 '"med add" is not for a admin.' maria med add jo --set name=a
quietly osei clear jo --set decision=cleared --set sessions=4
sync ana jo
ok 'after one they are' by jo med add --set name=clonazepam --set 'dose=0.5 mg'
is 'and the client knows' "$(told)" \
    'Saved. Ana Reyes and Dr. Osei are told. A prescriber must acknowledge it before the next session can open.'
sync ana osei
is 'the message says what' "$(ask osei 'd["type"], d["priority"], d["text"].split(",")[0], d["text"].split(". ")[-1]' read inbox 1)" \
    "('med-change', 'needs-attention', 'clonazepam: started', 'Told by Jo M..')"
like 'until then no session opens' "$(by ana meds jo)" 'A change waits to be acknowledged by a prescriber'
quietly ana ack inbox 1
sync osei
like 'a therapist'"'"'s word does not do' "$(by ana meds jo)" 'A change waits to be acknowledged by a prescriber'
quietly osei ack inbox 1
sync ana jo
unlike 'a prescriber'"'"'s does' "$(by ana meds jo)" 'A change waits'
unlike 'on the client'"'"'s device too' "$(by jo meds)" 'A change waits'
ok 'the therapist hears of an end' by ana med stop R2 --set 'source=Jo, on the phone'
sync osei jo
is 'it goes to both others' "$(ask osei 'd["priority"], d["text"].split(",")[0]' read inbox 2)" "('soon', 'clonazepam: stopped')"
is 'and the list has it once' "$(meds jo meds | tr -d '[]')" "$(meds osei meds jo | tr -d '[]')"
like 'as stopped' "$(meds jo meds)" "'R3', 'Ana Reyes', 'stopped'"
unlike 'not as taken' "$(meds jo meds)" "'R2'"
refuses 'what is stopped' 3 'R3 is stopped already. Not saved.' ana med stop R3
refuses 'what is not there' 3 'There is no R9 here.' jo med stop R9
ok 'one'"'"'s own gets a revision' by jo med stop R1
like 'and keeps its number' "$(meds jo meds)" "'R1', 'Jo M.', 'stopped'"
sync osei
ok 'a prescriber who writes one waits for nobody' by osei med add jo --set name=metoprolol --set source=Jo
is 'and the therapist is told' "$(told)" 'Saved. Ana Reyes is told.'

# --- supply ---

like 'nothing yet' "$(by osei supply jo)" 'Nothing was dispensed or counted\.'
like 'and what it is not' "$(by osei supply jo)" 'This is a clinical aid\. It is not a DEA record\.'
refuses 'a therapist writes none' 4 'A therapist reads the supply; the prescriber and medical staff write it. Not saved.' ana supply jo dispensed 6 --unit-mg 100
refuses 'a client only counts' 4 'You can count what you have (kap supply count UNITS). The clinic writes the rest. Not saved.' \
    jo supply wasted 1 --unit-mg 100
refuses 'how strong is not known' 3 'How strong is one unit? Say --unit-mg. Not saved.' osei supply jo dispensed 12
refuses 'more than there is' 3 \
    'That would leave -1. There are 0: 0 dispensed, 0 wasted, 0 returned, 0 lost, 0 taken in sessions. Not saved.' \
    osei supply jo wasted 1 --unit-mg 100
refuses 'less than nothing' 3 'Units -1 is outside 0–10000. Check for a slipped digit. Not saved.' osei supply jo -- dispensed -1
refuses 'half a unit' 3 'Units is a whole number; not "1.5". Not saved.' osei supply jo dispensed 1.5 --unit-mg 100
refuses 'something else' 3 'What is dispensed, wasted, returned, lost or count; not "eaten". Not saved.' osei supply jo eaten 1
refuses 'half a command' 2 'It is: kap supply CLIENT [WHAT UNITS]' osei supply jo dispensed
ok 'dispensed' by osei supply jo dispensed 12 --unit-mg 100
is 'in words' "$(told)" 'Saved. 12 units of 100 mg are left. This is a clinical aid. It is not a DEA record.'
ok 'the strength is known now' by osei supply jo wasted 1 --note 'fell down'
ok 'returned' by osei supply jo returned 2
ok 'lost' by osei supply jo lost 1
refuses 'one more than is left' 3 \
    'That would leave -1. There are 8: 12 dispensed, 1 wasted, 2 returned, 1 lost, 0 taken in sessions. Not saved.' osei supply jo lost 9
is 'it adds up' "$(ask osei '[(r["what"], r["units"], r["left"]) for r in d["ledger"]], d["sums"][0]["left"]' supply jo)" \
    "([('dispensed', 12, 12), ('wasted', 1, 11), ('returned', 2, 9), ('lost', 1, 8)], 8)"
sync jo ana
is 'the client sees what the clinic wrote' "$(ask jo '[(r["what"], r["units"]) for r in d["ledger"]]' supply)" \
    "[('dispensed', 12), ('wasted', 1), ('returned', 2), ('lost', 1)]"
ok 'and counts' by jo supply count 8
sync osei ana
unlike 'a count that fits is nothing' "$(by osei supply jo)" 'differs'
ok 'one that does not' by jo supply count 7
sync osei ana
like 'is said' "$(by osei supply jo | tr '\n' ' ')" 'The last count of 100 mg units differs: 8 expected, 7 counted\. A flag tells the team\.'
is 'with numbers' "$(ask osei 'd["sums"][0]["expected"], d["sums"][0]["counted"]' supply jo)" '(8, 7)'
unlike 'and flagged once' "$(by osei supply jo)" 'A flag tells'
sync ana
like 'the therapist sees the same' "$(by ana supply jo)" '8 expected, 7 counted'
unlike 'and flags nothing a second time' "$(by ana supply jo)" 'A flag tells'
ok 'the order names the unit' by osei order jo --set route=sl --set unit-mg=50 --set units=2 --set max-mg=100 --set sessions=4 --set "valid-until=$(day 60)"
ok 'which is then meant' by osei supply jo dispensed 4
is 'each strength for itself' "$(ask osei '[(s["unit-mg"], s["left"]) for s in d["sums"]]' supply jo)" '[(100.0, 8), (50.0, 4)]'
ok 'a count by the prescriber is compared at once' by osei supply jo count 5
like 'and says so' "$(told)" 'The last count of 50 mg units differs: 4 expected, 5 counted\. A flag tells the team\.'
finish
