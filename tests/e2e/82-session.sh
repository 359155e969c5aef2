#!/usr/bin/env bash
# Goal: a medicine session from its gate to its report, as therapist, prescriber and client see it.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
start() { by ana session start jo "${ANSWERS[@]}" --bp 122/79 --hr 68 --spo2 98 "$@"; }
gate() { # DESC WORDS
    fails "$1" 4 start
    is "$1: the words" "$(said)" "$2"
}

# --- the gate: each of what can be in the way, then it opens ---

ask_order='Ask the prescriber: kap msg care --type order jo'
sign='The client signs it on their own device, on another day than a medicine day.'
gate 'nothing is decided yet' \
    "There is no clearance. Session cannot start. Ask the prescriber: kap msg care --type clearance jo There is no order. $ask_order No consent to treatment is on file. $sign"
ready
quietly osei clear jo --set decision=not-cleared --set 'reasons=New heart findings.'
gate 'the clearance says no' \
    'The clearance says: not-cleared. Session cannot start. Ask the prescriber: kap msg care --type clearance jo'
quietly osei clear jo --set decision=cleared --set "valid-until=$(day 60)" --set sessions=6 --set basis=interview
quietly osei order jo --set fasting=4
gate 'the newest order is not acknowledged' \
    'You have not acknowledged order r2. Session cannot start. Read it, then: kap order ack jo'
quietly ana order ack jo
# a day that is over where she is: 14 hours east of it, he is 12 hours west
yesterday=$(TZ=WWW12 date +%Y-%m-%d) said_day=$(TZ=WWW12 date '+%-d %b')
TZ=WWW12 quietly osei clear jo --set decision=cleared --set "valid-until=$yesterday" --set basis=interview
TZ=EEE-14 gate 'the clearance has expired' \
    "Clearance expired $said_day. Session cannot start. Ask the prescriber: kap msg care --type clearance jo"
quietly osei clear jo --set decision=cleared --set "valid-until=$(day 60)" --set sessions=6 --set basis=interview
quietly osei hold jo --set 'reason=Waiting for the EKG.'
gate 'a hold stands' 'Hold H1 by Dr. Osei stands: Waiting for the EKG. Session cannot start. kap holds jo shows it.'
quietly osei lift H1 --reason 'The EKG is fine.'
quietly jo consent withdraw K1 --yes
gate 'the consent was taken back' "The client took the consent to treatment back. Session cannot start. $sign"
by jo consent sign D1 < <(echo 'Jo M.') >/dev/null 2>&1
quietly jo msg ana,osei --type med-change --field drug='A new antibiotic' --field change=started --field date=today --field told-by=me
fails 'no prescriber has seen a change of medicines' 4 start
like 'says in which message' "$(said)" \
    '^No prescriber has acknowledged the change of medicines in message [0-9]+\. Session cannot start\. Ask them to acknowledge it\.$'
sync osei
quietly osei ack inbox "$(ask osei '[m["number"] for m in d["messages"] if "antibiotic" in m["text"]][-1]' inbox)" --note 'Fine with ketamine.'
sync ana

# --- the pre-check, asked ---

ok 'with all of it in place it opens' by ana session start jo \
    < <(printf '%s\n' Maya sister 555-0182 y y n n 6.5 5 0 n n n na y '122/79 68 98')
like 'in words' "$(told)" "^Order r2 acknowledged yes · clearance valid to $(short 60) yes · consent on file yes Within order r2\. Session 1 open $CLOCK\. Timers: check every 15 min, vitals $CLOCK, observe to $CLOCK\.$"
fails 'a second session of the same client' 3 start
like 'is refused in words' "$(said)" "^Session 1 is open since $CLOCK \(by you\)\. End it first\. Nothing was opened\.$"
is 'with who accompanies, and the answers' \
    "$(ask ana '[d["session"][k] for k in ("chaperone", "chaperone-role", "chaperone-phone", "chaperone-confirmed", "ride", "new-meds", "sleep", "si", "pregnant")]' session show jo)" \
    "['Maya', 'sister', '555-0182', True, 'Maya', False, 6.5, 'no', 'na']"
is 'the reading before is the first event, with the order it was compared with' \
    "$(events ana '(e["what"], e["sys"], e["limit"], e["order-rev"])')" "[('vitals', 122, 'within', 2)]"

# --- dose, vitals ---

ok 'a dose' by ana session dose jo 300mg sl --hold 12 --at "$(ago 122)"
is 'in words, with the times that follow from it' "$(told)" \
    "$(clock 122) · 300 mg SL (3 x 100) · order max 300. Recorded. Timers: check every 15 min, observe to $(clock 2)."
sync jo osei
like 'the client may sign nothing now' "$(by jo consent sign D1 2>&1 < <(echo 'Jo M.') | tr '\n' ' ')" 'Medicine days are not signing days'
ok 'vitals above the limit are recorded' by ana session vitals jo 168/102 96 97 --at "$(ago 80)"
like 'flagged, with the time to take them again' "$(told)" \
    "^ABOVE act-at limit 160/100 \(order r2\)\. Dr\. Osei notified $CLOCK\. Retake by $(clock 70 | cut -d' ' -f1)\.$"
ok 'a pulse alone says nothing about the pressure' by ana session vitals jo --hr 90 --at "$(ago 75)"
is 'which is still high' "$(told)" "$(clock 75) · HR 90 · before, still above act-at limit 160/100. Recorded."
ok 'vitals that are within again' by ana session vitals jo 151/92 88 97 --at "$(ago 70)"
like 'are told' "$(told)" "^Back below act-at limit\. Dr\. Osei told $CLOCK\.$"
ok 'oxygen that is low' by ana session vitals jo --spo2 89 --at "$(ago 60)"
like 'is below' "$(told)" "^BELOW act-at limit SpO2 90% \(order r2\)\. Dr\. Osei notified $CLOCK\. Retake by $(clock 50 | cut -d' ' -f1)\.$"
quietly ana session vitals jo --spo2 96 --temp 98.6F --rr 14 --at "$(ago 50)"
ok 'a check' by ana session check jo --responding yes --comfort 7
ok 'nobody answers at a check' by ana session check jo --set responding=no --set comfort=2
like 'which is flagged' "$(told)" "check: NOT RESPONDING\. Recorded\. Dr\. Osei notified .* call 911 now\."
quietly ana session ae jo nausea --severity 1
ok 'something severe' by ana session ae jo distressing dissociation --set severity=3 --set 'action=Sat with her.' --set outcome=passed
like 'is flagged, too' "$(told)" 'distressing-dissociation, severe\. Recorded\. Dr\. Osei notified'
ok 'a note' by ana session note jo --file "$(text note 'She asks for the second song again.')"
sync osei
is 'the prescriber has the timeline, in order of time' "$(events osei '(e["minute"], e["what"])')" "$(events ana '(e["minute"], e["what"])')"
is 'as it happened' "$(events osei 'e["what"]')" \
    "['dose', 'vitals', 'vitals', 'vitals', 'vitals', 'vitals', 'vitals', 'check', 'check', 'ae', 'ae', 'note']"
is 'with the temperature in one unit' "$(events osei 'e.get("temp", 0)' | tr -d '[],' | xargs -n1 | sort -u | tail -1)" 37.0

# --- a mistake ---

quietly ana session dose jo 100 sl --confirm 'Typed twice.' --at "$(ago 100)"
number=$(ask ana '[e["number"] for e in d["events"] if e["what"] == "dose"][-1]' session show jo)
ok 'what was entered by mistake is struck out' by ana session correct "$number" --strike 'Entered twice.'
is 'in words' "$(told)" "$number struck out. Revision 2; what it said before stays in the record."
is 'and counts no more' "$(ask ana 'd["mg"]' session show jo)" 300.0
refuses 'the prescriber corrects nothing of hers' 4 '"session correct" is not for a prescriber.' osei session correct "$number" --set mg=100
refuses 'what was wrong must be said' 2 \
    'What was wrong? Such as --set mg=200, --bp 122/79 or --strike "entered twice". Nothing was changed.' ana session correct "$number"
vital=$(ask ana '[e["number"] for e in d["events"] if e.get("spo2") == 96][0]' session show jo)
ok 'vitals are corrected' by ana session correct "$vital" --set hr=77
is 'and keep their time' "$(ask ana "[(e['minute'], e['hr'], e['spo2'], e['revision']) for e in d['events'] if e['number'] == '$vital']" session show jo)" "[(72, 77, 96, 2)]"

# --- the end ---

ok 'it ends' by ana session end jo < <(printf '%s\n' '124/80' y y y y 0 y y y y 6 6 2 'Quiet.')
like 'observed long enough' "$(told)" 'Observed 1[2-9][0-9] min \(order 120\)\.'
like 'with its report drafted from the timeline' "$(told)" \
    'Report to Dr\. Osei drafted: 300 mg, BP 168/102 -> 151/92 -> 122/79 -> 124/80, distance 6/10, distress 2/10, AE not responding at a check, nausea \(1 of 4\), distressing-dissociation \(3 of 4\)\.'
is 'not sent without a yes' "$(ask ana '[(s["session"], s["undocumented"]) for s in d["sessions"]]' undocumented)" '[(1, False)]'
like 'which undocumented says' "$(by ana undocumented)" 'report not sent \(0 h\)'
fails 'a line with a control character' 3 by ana --yes session report jo --line $'a\eb'
ok 'it is sent' by ana --yes session report jo --line 'It was wide.'
is 'and then it is documented' "$(ask ana 'd["sessions"]' undocumented)" '[]'
sync osei
report=$(ask osei '[m["number"] for m in d["messages"]][-1]' inbox)
like 'the prescriber has it, as urgent' "$(by osei inbox | tail -2)" 'URGENT'
like 'and in words' "$(by osei read inbox "$report" | tr -s '\n ' ' ')" 'session-report .* 300 mg, BP 168/102 -> 151/92 -> 122/79 -> 124/80'
sync jo
like 'with each thing it must say' "$(by osei read inbox "$report" | tr -s '\n ' ' ')" \
    "Session: 1, opened [0-9T:-]+Z Dose taken: 300 mg sl Vitals: before: .*; after: BP 124/80 Times: opened .*, first dose $(clock 122), ended .*; observed 1[2-9][0-9] min \\(order 120\\) Response: response 6/10, distance 6/10, distress 2/10 Adverse events: not responding at a check, .* Discharge: as planned Concerns: none in the pre-check In the client's words: It was wide\\."
like 'and that it is over' "$(ask osei 'd["state"], d["reported"]' session show jo)" "\('closed', True\)"
refuses 'there is no open session any more' 3 'No session of Jo M. is open. `kap session start "Jo M."` opens one. Nothing was saved.' \
    ana session vitals jo 120/80

# --- the next one: a red answer ---

quietly osei order jo --set min-days=7
quietly ana sync
quietly ana order ack jo
fails 'too soon after the last' 4 start
like 'says when' "$(said)" 'By order r3 the next session is not before [0-9]+ [A-Z][a-z][a-z]'
quietly osei order jo --set min-days= --set units=2 --set booster-units=1 --set booster-from=60 --set booster-to=90 --set retake=
quietly ana sync
quietly ana order ack jo
fails 'a red answer keeps it closed' 4 start --set alcohol=yes
like 'and the prescriber is asked' "$(told)" \
    "RED: alcohol in 24 h\. The session was NOT opened\. The answers are saved\. Dr\. Osei notified $CLOCK\. Once it is acknowledged, start again\.$"
fails 'a plan of suicide always does, whatever the reason' 4 start --set si=3 --reason 'She feels fine now.'
like 'with the sentence about danger' "$(told)" 'RED: a plan or intent of suicide\. .*call 911 now\.'
fails 'so do vitals above the limit for starting' 4 start --bp 150/95
like 'with the limit' "$(told)" 'RED: vitals not below 140/90\.'
fails 'and food later than the order says' 4 start --set food=3.5
fails 'consent that is not given today' 4 start --set consent=no
is 'is said as it is' "$(said)" 'Consent is not given today. Session cannot start. Nothing was opened.'
ok 'a reason opens it; who accompanies is the same' by ana session start jo \
    < <(printf '%s\n' y y n n 6.5 5 9 n n n na y '122/79 68 98' 'She talked with me; safe today.')
is 'so that it need not be typed again' "$(ask ana '[d["session"][k] for k in ("chaperone", "chaperone-role", "chaperone-phone", "chaperone-confirmed", "ride")]' session show jo)" \
    "['Maya', 'sister', '555-0182', True, 'Maya']"
like 'and is recorded' "$(told)" "RED: thoughts of suicide: declined to say\. Within order r4\. Session 2 open .* Dr\. Osei told"
is 'as declined' "$(ask ana 'd["session"]["si"], d["session"]["reason"]' session show jo)" "('declined', 'She talked with me; safe today.')"

# --- a booster; an order that names no time to take vitals again ---

quietly ana session dose jo 200 --at "$(ago 100)"
fails 'a booster before its time' 3 by ana session dose jo 100 --booster --at "$(ago 41)"
is 'says when' "$(said)" \
    'The order has a booster from minute 60; this is minute 59. If this is what was taken, repeat with --confirm "why". It will be recorded. Not saved.'
fails 'and after it' 3 by ana session dose jo 100 --booster --at "$(ago 9)"
like 'too' "$(said)" 'a booster until minute 90; this is minute 91\.'
ok 'in its time' by ana session dose jo 100 --booster --at "$(ago 40)"
is 'it counts' "$(told)" "$(clock 40) · 100 mg SL (1 x 100) · 300 mg in all · order max 300. Recorded."
fails 'and what comes then is over the order' 3 by ana session dose jo 0.5
ok 'vitals above the limit' by ana session vitals jo 170/90
like 'no time is said that the order does not name' "$(told)" "^ABOVE act-at limit 160/100 \\(order r4\\)\\. Dr\\. Osei notified $CLOCK\\.$"
is 'programs are told, too' "$(ask ana 'd["limit"]' session vitals jo 120/80)" within
quietly ana session end jo "${DISCHARGE[@]}" --set 'early-reason=She feels well.' --bp 120/80

# --- a session without medicine has no gate and no report ---

quietly osei clear jo --set decision=not-cleared --set 'reasons=New heart findings.'
ok 'integration needs no clearance' by ana session start jo --type integration
ok 'it ends' by ana session end jo --set 'text=We read two entries together.'
is 'its number is its own' "$(ask ana 'd["no"], d["type"], d["state"]' session show jo)" "(1, 'integration', 'closed')"
is 'and only medicine wants a report' "$(ask ana '[s["session"] for s in d["sessions"]]' undocumented)" '[2]'
finish
