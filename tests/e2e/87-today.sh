#!/usr/bin/env bash
# Goal: `kap today` says who needs whom today, to each role what is theirs, and `kap summary` has a client on one screen.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
today() { ask "$1" "[${2:-(t['what'], t['count'], t['client'], t['text'])} for t in d['today']]" today; }
wide() { "$PYTHON" -c 'import sys; [print(l, end="") for l in sys.stdin if len(l) > 77]' <<<"$1"; }

# --- nothing yet ---

is 'nobody waits for the therapist' "$(by ana today)" 'Nothing waits for you.'
is 'nothing is asked of the client' "$(by jo today)" 'Nothing is asked of you today.'
is 'and nothing is a list in JSON' "$(by ana --json today)" '{"today": []}'

# --- a client's day ---

quietly ana assign jo --text --file "$(text q 'What would a quiet Sunday look like?')"
quietly ana consent offer jo --title Treatment --scope treatment --file "$(text treatment 'I can stop at any time.')"
quietly ana msg jo --file "$(text hello 'Hello Jo.')"
sync jo
is 'the client sees what is offered' "$(today jo)" \
    "[('messages', 1, '', 'new'), ('assignment', 1, '', 'What would a quiet Sunday look like?'), ('form', 1, '', 'Treatment')]"
like 'each in a line, with what to type' "$(by jo today)" 'kap answer A1'
unlike 'no word of guilt' "$(by jo today | tr '[:upper:]' '[:lower:]')" 'overdue|late|missed|still|must|due'
ok 'reading the message' by jo read inbox 1
by jo consent sign D1 < <(echo 'Jo M.') >/dev/null 2>&1
quietly jo answer A1 --file "$(text sunday 'The garden.')"
quietly jo plan --edit --set 'alone=walk the dog'
is 'what is done is gone, the plan is near' "$(today jo)" "[('plan', 1, '', 'your safety plan: kap plan')]"

# --- a flag, entries, a message, an order ---

quietly jo write --file "$(text a 'The kitchen.')"
quietly jo write --file "$(text b 'The hall.')"
quietly jo --yes share 2,3 --with Ana
quietly osei clear jo --set decision=cleared --set "valid-until=$(day 5)" --set sessions=6 --set basis=interview
quietly osei order jo "${ORDER[@]}"
quietly osei supply jo dispensed 12 --unit-mg 100
sync jo
quietly jo med add --set name=antibiotic
quietly osei flag jo --severity urgent --text 'PHQ-9 item 9 = 1 (total 11)'
sync ana
quietly ana order ack jo
sync osei ana
flag="'flag', 1, 'Jo M.', 'PHQ-9 item 9 = 1 (total 11)'"
is 'the therapist: the flag first' "$(ask ana '(lambda t: (t["what"], t["count"], t["client"], t["text"]))(d["today"][0])' today)" "($flag)"
like 'then entries' "$(today ana)" "\('shared', [23], 'Jo M.', '[23] entries'\)"
is 'urgent, with the time by which' "$(today ana '(t["urgent"], t["overdue"], t["due"] is not None, t["acknowledged-by"])' | cut -d')' -f1)" \
    "[(True, False, True, None"
like 'in words' "$(by ana today)" "^ *URGENT +1 +flag +Jo M\. +PHQ-9 item 9 = 1 \(total 11\)
 +F1 · $CLOCK · not acknowledged · due $CLOCK"
is 'no line is wider than the screen' "$(wide "$(by ana today; by osei today; by jo today)")" ''
like 'plain' "$(by ana --plain today)" 'urgent: yes'
quietly ana ack F1 --note 'Called her.'
unlike 'once acknowledged it is off the therapist'"'"'s list' "$(today ana)" "'flag'"
sync osei
like 'the prescriber is told by whom' "$(by osei today)" "F1 · $CLOCK · acknowledged by Ana Reyes $CLOCK"
like 'and what is to be followed up this week' "$(by osei today)" 'follow-up +due this week
 +Jo M\.: clearance ends'
like 'and of the medicine, until a prescriber acknowledges it' "$(today osei)" "\('med-change', 1, 'Jo M.'"
quietly osei ack inbox "$(ask osei '[m["number"] for m in d["messages"] if "antibiotic" in m["text"]][-1]' inbox)" --note 'Fine.'
unlike 'then no more' "$(today osei)" 'med-change'
quietly osei close F1 --how 'Seen today.'
unlike 'what is closed is off every list' "$(today osei)" "'flag'"
quietly osei order jo --set fasting=4
sync ana
like 'a new revision of the order waits for the therapist' "$(today ana)" "\('order', 1, 'Jo M.', 'order r2 not acknowledged'\)"
quietly ana order ack jo

# --- a session ---

quietly ana session start jo "${ANSWERS[@]}" --bp 122/79 --hr 68 --spo2 98
quietly ana session dose jo 300mg sl --hold 12 --at "$(ago 60)"
quietly ana session vitals jo 151/92 88 97 --at "$(ago 30)"
quietly ana session ae jo nausea --severity 1
like 'an open session has its timer' "$(by ana today)" "session +Jo M\. +session 1 open since $CLOCK
 +S1 · (check|vitals) due $CLOCK"
quietly ana session end jo "${DISCHARGE[@]}" --bp 124/80 --set 'early-reason=She asked.' --set response=6 --set distance=6 --set distress=2
like 'a session without its report is told' "$(today ana)" "\('report', 1, 'Jo M.', 'medicine session 1 closed, report not sent \(0 h\)'\)"
sync osei
like 'to the prescriber as a follow-up' "$(by osei today)" 'Jo M\.: medicine session 1 closed, report not sent \(0 h\)'
quietly ana --yes session report jo
unlike 'until it is sent' "$(today ana)" "'report'"
sync osei jo
quietly osei supply jo count 5 --unit-mg 100
like 'a supply that does not add up' "$(today osei)" "\('supply', 5, 'Jo M.', '100 mg units: 9 expected, 5 counted'\)"
sync jo
unlike 'the client sees none of it' "$(by jo today)" 'flag|session|report|supply'

# --- the admin ---

like 'the admin sees no clinical word' "$(by maria today)" 'with whom you compared no words'
unlike 'of nobody' "$(by maria --json today)" 'PHQ|session|clearance|order'
sync maria
quietly maria --yes team remove Osei from Jo
like 'but who has nobody' "$(today maria)" "Jo M\. has no prescriber now"
fails 'an auditor has no such list' 4 by "$(staff audi auditor 'Au Ditor'; echo audi)" today

# --- the summary ---

sync ana
s() { ask ana "$1" summary jo; }
is 'sessions with the highest and lowest' "$(s '[(x["session"], x["mg"], x["route"], x["bp-max"], x["hr-max"], x["spo2-min"], x["adverse"], x["reported"]) for x in d["sessions"]]')" \
    "[(1, 300.0, 'sl', '151/92', 88, 97, 'nausea 1', True)]"
is 'the supply' "$(s '[(x["dispensed"], x["taken"], x["left"], x["count"]) for x in d["supply"]]')" "[(12, 3, 9, 'differs')]"
is 'clearance, order, hold, consent' "$(s '[d[k]["state"] for k in ("clearance", "order", "hold", "consent")]')" \
    "['valid', 'valid', 'none', 'valid']"
OUT=$(by ana summary jo)
is 'on one screen' "$([ "$(wc -l <<<"$OUT")" -le 40 ] && wide "$OUT")" ''
like 'in words' "$OUT" 'Clearance +valid, r1, until .*, [01] of 6 sessions used'
fails 'a client has no summary of this kind' 4 by jo summary jo
fails 'nor of somebody who is not there' 3 by ana summary nobody
finish
