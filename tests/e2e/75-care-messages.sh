#!/usr/bin/env bash
# Goal: clinicians tell each other what matters in messages of a type, and each of them has a state that says who has
# taken it on, until it is closed; what nobody takes on is said and sent on.
. "${0%/*}/lib.sh"

clinic_people
staff ibarra prescriber 'Dr. Ibarra'
sync ibarra maria ibarra ana osei
flat() { tr '\n' ' ' <<<"$1" | tr -s ' '; }
refused() { # DESC CODE WORDS PERSON ARGS...
    fails "$1" "$2" by "${@:4}"
    like "$1: the words" "$(flat "$ERR")" "$3"
}
state() { ask "$1" 'd["messages"]['"$2"']["state"]' inbox; }

# --- types ---

refused 'a type that is none' 3 'There is no message type "gossip". There are session-report, response- ?concern, med-change' \
    ana msg care jo --to osei --type gossip --field a=b
refused 'a clearance from a therapist' 4 'A message of the type clearance comes from a prescriber. Nothing was sent.' \
    ana msg care jo --to osei --type clearance
refused 'a concern about a response to a therapist' 4 'comes from a therapist or medical staff' \
    osei msg care jo --to ana --type response-concern --field saw=x --field suggests=y
refused 'a field that is missing' 3 'Suggests is missing \(--field suggests=...\). Nothing was sent.' \
    ana msg care jo --to osei --type response-concern --field saw=shallow
refused 'a field that is none' 3 'There is no field "sawn" in a response-concern message. There are saw, suggests. Nothing' \
    ana msg care jo --to osei --type response-concern --field sawn=x
refused 'a field without a type' 2 'field needs --type' ana msg care jo --to osei --field saw=x
refused 'a field that is no field' 2 'It is --field NAME=TEXT' ana msg care jo --to osei --type response-concern --field saw
is 'nothing was sent by any of these' "$(ask ana 'len(d["messages"])' inbox)" 0

printf '%s\n' '2nd session at 200 mg felt shallow; marigold' 'Consider the next step up.' soon >"$T/answers"
asked() { by ana msg care jo --to osei --type response-concern <"$T/answers"; }
ok 'a type asks its questions' asked
like 'and says how far it came' "$(flat "$OUT")" 'Sent to Dr. Osei. Stored [0-9:]+ [ap]m. Not delivered yet.'
sync osei ana
is 'with the fields apart' "$(ask osei '[(f["name"], f["text"]) for f in d["fields"]]' read inbox 1)" \
    "[('saw', '2nd session at 200 mg felt shallow; marigold'), ('suggests', 'Consider the next step up.')]"
like 'and together, as people read it' "$(by osei read inbox 1)" 'Saw: 2nd session at 200 mg'
like 'and what is suggested' "$(by osei read inbox 1)" 'Suggests: Consider the next step up.'
is 'type and priority are there' "$(ask osei '(d["type"], d["priority"])' read inbox 1)" "('response-concern', 'soon')"
ok 'the same without questions' by ana msg care jo --to osei --type safety --field 'kind=mania signs' --field saw=fast \
    --field done=called --field where=home
like 'safety is urgent, and has a time' "$(flat "$OUT")" 'To be acknowledged by .* kapd cannot telephone anyone. If someone may be in danger, call 911 now.'
is 'whoever reads it sees it' "$(ask ana '(d["messages"][1]["priority"], d["messages"][1]["overdue"])' inbox)" "('urgent', False)"
like 'with the time' "$(by ana inbox)" 'not acknowledged +due'

# --- a client's ---

refused 'a client cannot send safety' 4 'comes from a therapist, a prescriber or medical staff' \
    jo msg osei --type safety --field kind=x
refused 'a refill to a therapist' 4 'goes to a prescriber or medical staff. Ana Reyes has another role' \
    jo msg Ana --type refill --field doses-left=2 --field 'last-session=3 Mar'
ok 'a refill goes to the prescriber' by jo msg osei --type refill --field doses-left=2 --field 'last-session=3 Mar'
ok 'and a change of medicine to both' by jo msg 'Ana,osei' --type med-change --field drug=sertraline --field change=stopped \
    --field date=today --field 'told-by=my doctor'
sync osei ana
is 'as routine' "$(ask osei '[(m["priority"], m["state"]) for m in d["messages"][2:]]' inbox)" "[('routine', 'new'), ('routine', 'new')]"

# --- from stored to closed ---

is 'delivered, once the other has been there' "$(sync ana; state ana 0)" opened
quietly osei ack inbox 1 --note 'Agree. New order today.'
like 'acknowledging says how long it took' "$(flat "$(by osei ack inbox 2 --note 'On it.')")" 'Acknowledged .* \((less than a minute|[0-9]+ min) after sending\). Ana Reyes sees this note.'
sync ana
is 'the author sees it' "$(state ana 0)|$(state ana 1)" 'acknowledged|acknowledged'
is 'with the note' "$(ask ana '[(a["by"], a["note"]) for a in d["acknowledged"]]' read inbox 1)" "[('Dr. Osei', 'Agree. New order today.')]"
unlike 'and no time runs any more' "$(by ana inbox)" 'due'
refused 'closing needs a reason' 3 'it needs at least 3. Not closed.' osei close inbox 2 --how x
ok 'closing' by osei close inbox 2 --how 'Spoke to both, seen tomorrow.'
refused 'closing twice' 3 'You closed it already' osei close inbox 2 --how again
sync ana
is 'is seen' "$(state ana 1)|$(ask ana 'd["closed"]["how"]' read inbox 2)" 'closed|Spoke to both, seen tomorrow.'
refused 'what asks for it is acknowledged before it is closed' 3 'Nobody has acknowledged it yet. First: kap ack inbox 4. Not closed.' \
    osei close inbox 4 --how 'done and done'
refused 'a client acknowledges no message' 4 'acknowledged by clinicians' jo ack inbox 1
refused 'closing what is neither' 3 '"O1" is not the number of a message' osei close O1 --how 'done'

# --- withdrawn ---

quietly jo msg Ana --file "$(text early 'Never mind, early words.')"
number() { ask "$1" 'd["messages"][-1]["number"]' inbox; }
ok 'before anybody has opened it' by jo msg withdraw "$(number jo)"
like 'the text goes' "$(flat "$OUT")" 'Withdrawn. Nobody had opened it'
sync ana
unlike 'so that nobody has it' "$(by ana inbox; by ana read inbox 5 2>&1)" 'Never mind'
quietly jo msg Ana --file "$(text late 'Please keep, late words.')"
sync ana
n=$(number ana)
quietly ana read inbox "$n"
sync ana jo
ok 'afterwards it is marked' by jo msg withdraw "$(number jo)"
like 'and kept' "$(flat "$OUT")" 'Somebody had opened it: it is marked, and the text stays for the record'
refused 'once' 3 'It is withdrawn already' jo msg withdraw "$(number jo)"
sync ana
is 'the reader sees that' "$(ask ana "[m['state'] for m in d['messages'] if m['number'] == $n]" inbox)" "['withdrawn']"
like 'and has the text' "$(by ana read inbox "$n")" 'WITHDRAWN by its author.*Please keep, late words'
quietly ana msg care jo --to osei --file "$(text clinical 'For the record.')"
ok 'what clinicians write each other stays' by ana msg withdraw "$(number ana)"
like 'marked' "$(flat "$OUT")" 'belongs to the clinical record: it is marked'
refused 'somebody else cannot' 4 'Only the person who wrote it' osei msg withdraw 1

# --- not acknowledged ---

quietly maria oncall set ibarra daily 0:00-24:00
quietly ana msg care jo --to osei --urgent --file "$(text help 'Racing thoughts since noon.')"
n=$(number ana)
sync osei ana
is 'half an hour, where no hours are known' "$(ask ana "[round((__import__('datetime').datetime.fromisoformat(m['due']) - __import__('datetime').datetime.fromisoformat(m['at'])).total_seconds() / 60) for m in d['messages'] if m['number'] == $n]" inbox)" '[30]'
ok 'it goes on to the next on call' by ana escalate inbox "$n"
like 'by name' "$(flat "$OUT")" "Escalated to Dr. Ibarra, to be acknowledged by .*stays open.*Dr. Ibarra is not on Jo M.'s care team: they get this one message"
refused 'nobody is left after that' 3 'Nobody is left on the on-call list who was not asked yet' ana escalate inbox "$n"
refused 'a client is nobody to send it to' 4 'is not a clinician here' ana escalate inbox "$n" --to jo
sync ibarra
like 'they read what it is' "$(flat "$(by ibarra read inbox 1)")" 'Not acknowledged yet: a message from Ana Reyes.*Racing thoughts since noon'
quietly ibarra ack inbox 1 --note 'Calling now.'
sync ana osei
is 'theirs is acknowledged, the first one is not' "$(ask ana '[m["state"] for m in d["messages"]][-2:]' inbox)" "['delivered', 'acknowledged']"
quietly osei ack inbox "$(ask osei '[m["number"] for m in d["messages"] if m["priority"] == "urgent"][-1]' inbox)" --note 'Mine.'
sync ana
refused 'what is acknowledged is not sent on' 3 'Dr. Osei acknowledged it' ana escalate inbox "$n"

# --- the server ---

kapd_stop
printf '%s\n' '2nd session at 200 mg felt shallow; marigold' 'Consider the next step up.' 'mania signs' sertraline \
    'Agree. New order today.' 'Spoke to both, seen tomorrow.' response-concern med-change suggests >"$T/words"
ok 'no word of fields, types, notes or reasons is on the server or in its log' \
    "$ROOT/tests/demo/search.py" "$T/words" "$T/clinic" "$T/kapd.log"
finish
