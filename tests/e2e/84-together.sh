#!/usr/bin/env bash
# Goal: what one part of the record means for another: a flag that a prescriber takes on opens a session, an open session
# closes the client's questionnaires and shares, an assignment is answered, a signature is countersigned.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
ready
start() { by ana session start jo "${ANSWERS[@]}" --bp 122/79 --hr 68 --spo2 98 "$@"; }
measure() { by jo measure phq2 --answers "$1" "${@:2}"; }

# --- a signature is countersigned ---

ok 'a clinician countersigns' by ana ack K1 --note 'Talked it through.'
sync jo
is 'the client sees by whom' "$(ask jo '[c["countersigned"] for c in d["consents"] if c["number"] == "K1"]' consents)" "['Ana Reyes']"

# --- a questionnaire that was asked for ---

quietly ana assign jo --measure phq2 --due "$(day 2)"
sync jo
is 'it is offered' "$(ask jo '[(a["number"], a["state"]) for a in d["assignments"]]' assignments)" "[('A1', 'open')]"
ok 'it is filled in' measure 1,2 --assignment A1
sync ana osei
is 'whoever asked sees that' "$(ask ana '[a["state"] for a in d["assignments"]]' assignments jo)" "['done']"
is 'and reads it' "$(ask ana 'd["instrument"], d["total"]' show M1)" "('phq2', 3)"
is 'so does the prescriber' "$(ask osei 'd["total"]' show M1)" 3

# --- a red answer, taken on by the prescriber ---

fails 'a red answer keeps the session closed' 4 start --set alcohol=yes
sync osei
flag=$(ask osei '[f["number"] for f in d["flags"]][-1]' flags)
fails 'and closed it stays' 4 start --set alcohol=yes
ok 'until the prescriber has taken it on' by osei ack "$flag" --note 'One beer at noon yesterday. Go on.'
sync ana
ok 'then it opens' start --set alcohol=yes
ok 'a dose' by ana session dose jo 300mg sl
sync jo

# --- what the client leaves alone meanwhile ---

quietly jo quick --file "$(text warm 'warm orange')"
is 'writing always works' "$(ask jo 'len(d["entries"])' list)" 1
refuses 'a questionnaire waits' 4 \
    'A session is open. Questionnaires wait until it is over. Nothing was saved.' jo measure phq2 --answers 1,2
fails 'and so does sharing' 4 by jo --yes share 1 --with Ana
fails 'and signing' 4 by jo consent sign D1 < <(echo 'Jo M.')
ok 'what was signed can be taken back at any time' by jo consent withdraw K1 --yes

# --- afterwards ---

ok 'the session ends' by ana --yes session end jo --bp 124/80 "${DISCHARGE[@]}" --set response=6 --set distance=6 \
    --set distress=2 --set 'early-reason=She wants to go home.'
sync jo
ok 'then the questionnaire is there again' measure 0,1
fails 'the entry of that evening waits for the morning' 4 by jo --yes share 1 --with Ana
like 'in words' "$(said)" 'sharing waits until (tomorrow |today )?6:00 am'
sync osei
fails 'the next session has no consent' 4 start
like 'which is said' "$(said)" 'took the consent to treatment back'
like 'the prescriber has it all on one screen' "$(by osei summary jo)" '300 mg'
kapd_stop
ok 'the store is whole' kapctl check -c "$T/kapd.conf"
finish
