#!/usr/bin/env bash
# Goal: an admin says how the clinic can be reached and who is on call; everybody has it, also who joins later; nobody else
# can say it.
. "${0%/*}/lib.sh"

clinic_people
clock() { date -u -d "@$1" +%H:%M; }
card() { by "$1" help-now 2>&1; }

like 'nothing is known at first' "$(by jo clinic contact)" 'has not said yet how it can be reached'
unlike 'and nothing on the card' "$(card jo)" 'Clinic phone'

# --- numbers and hours ---

fails 'a client cannot say it' 4 by jo clinic contact --phone 555-0000
like 'in these words' "$ERR" 'Only an admin says how the clinic can be reached. Nothing was changed.'
fails 'nor a therapist' 4 by ana clinic contact --phone 555-0000
fails 'days that are none' 3 by maria clinic contact --hours 'Mox 9-5'
like 'are named' "$ERR" '"Mox" is not days of the week, like Mon-Fri or Sat,Sun or daily. Not saved.'
fails 'times that are none' 3 by maria clinic contact --hours 'Mon 9'
like 'are named, too' "$ERR" '"9" is not a time of the day to another, like 9-5 or 17:00-9:00. Not saved.'
fails 'a zone that is none' 3 by maria clinic contact --hours 'Mon 9-5' --zone Mars/Base
like 'is named' "$ERR" '"Mars/Base" is not a time zone here.'
fails 'a zone without hours' 2 by maria clinic contact --zone America/New_York
ok 'an admin says it' by maria clinic contact --phone 555-0137 --hours 'Mon-Fri 9-5' --after-hours 555-0199 --looks 'on weekdays'
like 'it is on the card of the admin at once' "$(card maria)" '555-0137'
sync jo ana
like 'everybody has it on the crisis card' "$(card jo)" 'Clinic phone +555-0137.*Mon-Fri 9-5.*555-0199'
is 'and to read' "$(ask ana '(d["phone"], d["hours"], d["after-hours"], d["looks"])' clinic contact)" \
    "('555-0137', 'Mon-Fri 9-5', '555-0199', 'on weekdays')"
if [ -e "$T/.unlocked.jo" ]; then
    quietly jo lock
    rm "$T/.unlocked.jo"
    unlike 'while it is locked the card says nothing of the clinic' "$(as jo kap help-now 2>&1 </dev/null)" '555-0137'
    quietly jo unlock --minutes 60 && : >"$T/.unlocked.jo"
fi
ok 'one of them changes' by maria clinic contact --phone 555-0138 --looks ''
sync jo
is 'and the others stay' "$(ask jo '(d["phone"], d["hours"], d.get("looks"))' clinic contact)" "('555-0138', 'Mon-Fri 9-5', None)"

# --- on call ---

staff ibarra prescriber 'Dr. Ibarra'
sync ibarra maria ibarra jo
like 'who joins later has it, too' "$(card ibarra)" '555-0138'
fails 'a client sets no list' 4 by jo oncall set ibarra daily 0-24
like 'in these words' "$ERR" 'Only an admin sets who is on call. Nothing was changed.'
fails 'a list that is no list' 2 by maria oncall set ibarra daily
fails 'a client is not on call' 4 by maria oncall set jo daily 9-5
now=$(date +%s)
from=$(clock $((now - 3600))) to=$(clock $((now + 3600))) past=$(clock $((now - 7200)))
ok 'an admin sets it' by maria oncall set osei daily "$past-$from" ibarra daily "$from-$to"
sync jo osei
like 'who is on call now is said' "$(by osei oncall)" 'On call now: Dr. Ibarra'
is 'in order' "$(ask osei '[(t["person"], t["now"]) for t in d["turns"]]' oncall list)" "[('Dr. Osei', False), ('Dr. Ibarra', True)]"
is 'a client who does not know them has the name' "$(ask jo 'd["on-call"]' oncall)" 'Dr. Ibarra'
is 'the numbers stayed' "$(ask jo 'd["phone"]' clinic contact)" '555-0138'

# --- the line above what a client writes ---

out=$(by jo msg Ana --file "$(text m1 'Hello.')" 2>&1)
like 'with the first message of the day' "$out" 'Your care team reads this during Mon-Fri 9-5. It is not for emergencies.'
unlike 'not with the second' "$(by jo msg Ana --file "$(text m2 'Again.')" 2>&1)" 'Your care team reads'
out=$(by jo msg Ana --urgent --file "$(text m3 'Now.')" 2>&1)
like 'the clinic is on the card before' "$out" '555-0138.*Client messages cannot be marked urgent because nobody is paged'

fails 'an admin gets no messages' 4 by jo msg Maria --file "$(text m3 'About the bill.')"
like 'and how to reach the office is said' "${ERR//$'\n'/ }" 'Maria Ortiz is an admin or auditor of the clinic.*Clinic phone: 555-0138. Nothing was sent.'
fails 'nor those between clinicians' 4 by ana msg care jo --to Maria --file "$(text m3 'About the bill.')"

# --- an account that is paused ---

quietly osei msg jo --file "$(text m0 'How are you?')"
sync jo
question=$(ask jo 'd["messages"][-1]["number"]' inbox)
quietly maria --yes suspend Osei
sync jo ana
day=$(date +'%-d %b')
fails 'a message to them is not sent' 4 by jo msg Osei --file "$(text m4 'Dear doctor, a quiet word.')"
like 'in these words' "${ERR//$'\n'/ }" "Dr. Osei's account is paused since $day. Your message was kept as a draft. On call now: Dr. Ibarra."
like 'the words are kept' "$(by jo list)" 'Dear doctor'
fails 'nor one between clinicians' 4 by ana msg care jo --to Osei --file "$(text m5 'A word.')"
like 'with the same words' "${ERR//$'\n'/ }" "Dr. Osei's account is paused since $day. Your message was kept as a draft."
fails 'nor an answer to what they wrote' 4 by jo msg --reply "$question" --file "$(text m7 'I am well, and have a question.')"
like 'with the same words' "${ERR//$'\n'/ }" "Dr. Osei's account is paused since $day. Your message was kept as a draft."
like 'which are kept, too' "$(by jo list)" 'I am well'
for word in all everyone 'all clients' Everybody; do
    fails "\"$word\" is nobody" 3 by ana msg "$word" --file "$(text m6 'To all.')"
done
like 'in these words' "${ERR//$'\n'/ }" 'A message goes to people by their names, never to everybody.*Nothing was sent'
ok 'the list can be emptied' by maria oncall set
sync jo
like 'then nobody is on it' "$(by jo oncall)" 'Nobody is on the on-call list'
finish
