#!/usr/bin/env bash
# Goal: a client signs what they read, with their name, takes it back at any time, and a release has its end.
. "${0%/*}/lib.sh"

clinic_people
said() { tr '\n' ' ' <<<"$ERR" | sed 's/ *$//'; }
told() { tr '\n' ' ' <<<"$OUT" | sed 's/ *$//'; }
refuses() { # DESC CODE WORDS WHO ARGS...
    fails "$1" "$2" by "${@:4}"
    is "$1: the words" "$(said)" "$3"
}
day() { date -u -d "$1 days" +%Y-%m-%d; }
human() { date -u -d "$1 days" '+%a %-d %b %Y'; }
# signs NAME ARGS...: what is typed at the question for the name
signs() { by jo consent sign "${@:2}" < <(printf '%s\n' "$1"); }
consents() { ask "$1" '[(c["number"], c["scope"], c["state"], c["name"], c["countersigned"], c["text-matches"]) for c in d["consents"]]' consents "${@:2}"; }

treatment=$(text treatment 'I understand what the sessions are.' '' 'I can stop at any time.')

# --- offering ---

refuses 'a client offers nothing' 4 '"consent offer" is not for a client.' jo consent offer jo --title a --scope treatment --file "$treatment"
refuses 'without a title' 2 'A form needs --title and --scope. Nothing was offered.' ana consent offer jo --scope treatment --file "$treatment"
refuses 'without a scope' 2 'A form needs --title and --scope. Nothing was offered.' ana consent offer jo --title a --file "$treatment"
refuses 'a scope that there is not' 3 \
    'Scope is treatment, recording, messaging, release, psychotherapy-note- release or part2; not "all". Nothing was offered.' \
    ana consent offer jo --title a --scope all --file "$treatment"
refuses 'version nought' 3 'Version 0 is outside 1–10000. Check for a slipped digit. Nothing was offered.' \
    ana consent offer jo --title a --scope treatment --form-version 0 --file "$treatment"
printf 'one\0two' >"$T/nul.txt"
refuses 'a text with a zero byte' 3 'The text is not valid UTF-8 text (byte 4). Convert it, or attach it as a file. Nothing was offered.' \
    ana consent offer jo --title a --scope treatment --file "$T/nul.txt"
fails 'a text that is too long' 3 by ana consent offer jo --title a --scope treatment --file <(head -c 65537 /dev/zero | tr '\0' x)
is 'nothing of it was offered' "$(ask ana 'd["forms"], d["consents"]' consents jo)" '([], [])'
ok 'a text of the limit is offered' by ana consent offer jo --title Long --scope messaging --file <(head -c 65536 /dev/zero | tr '\0' x)
ok 'the form is offered' by ana consent offer jo --title 'Treatment' --scope treatment --template kap-1 --form-version 2 --file "$treatment"
is 'in words' "$(told)" 'Offered. Jo M. can read and sign it. `kap consents NAME` shows its number.'
sync jo
is 'the client sees it' "$(ask jo '[(f["number"], f["title"], f["state"]) for f in d["forms"]]' consents)" \
    "[('D1', 'Long', 'offered'), ('D2', 'Treatment', 'offered')]"

# --- signing ---

refuses 'a clinician signs nothing' 4 '"consent sign" is not for a therapist.' ana consent sign D2
refuses 'a form that is not there' 3 'There is no D9 here.' jo consent sign D9
refuses 'something else than a form' 3 '"K1" is no such number: it is D and a number, like D3.' jo consent sign K1
fails 'Enter alone signs nothing' 3 signs '' D2
is 'in words' "$(said)" 'No name was typed. Nothing was signed.'
fails 'nor does the end of input' 3 by jo consent sign D2 </dev/null
is 'said as such' "$(said)" 'The input ended before the last answer. Nothing was signed.'
fails 'nor a name in an option' 3 by jo consent sign D2 --set 'name=Jo M.' < <(echo)
fails 'a name that is too long' 3 signs "$(printf '%081d' 0)" D2
is 'nothing of it is signed' "$(consents jo)" '[]'
ok 'a name is typed' signs 'Jo Miller' D2
like 'the whole text was shown before' "$OUT" 'I understand what the sessions are\..*I can stop at any time\..*type your name.*Signed\.'
sync ana osei
is 'the team reads it' "$(consents osei jo)" "[('K1', 'treatment', 'signed', 'Jo Miller', None, True)]"
is 'with what was signed' "$(ask ana 'd["forms"][1]["state"]' consents jo)" answered

# --- a release has its end ---

release=$(text release 'The clinic may tell the person named what is named.')
quietly ana consent offer jo --title 'Release' --scope release --file "$release"
sync jo
refuses 'to nobody' 3 'To is missing (--set to=...). Nothing was signed.' jo consent sign D3 --set what=dates --set "until=$(day 30)"
refuses 'for ever' 3 'Until is missing (--set until=...). Nothing was signed.' jo consent sign D3 --set 'to=Dr. Lund' --set what=dates
refuses 'of nothing' 3 'What is missing (--set what=...). Nothing was signed.' jo consent sign D3 --set 'to=Dr. Lund' --set "until=$(day 30)"
refuses 'for more than a year' 3 "A release lasts a year at most: until $(human 365). Nothing was signed." \
    jo consent sign D3 --set 'to=Dr. Lund' --set what=dates --set "until=$(day 366)"
refuses 'until a day that is over' 3 "Until $(human -1) lies in the past. Nothing was signed." \
    jo consent sign D3 --set 'to=Dr. Lund' --set what=dates --set "until=$(day -1)"
ok 'for a year' signs 'Jo Miller' D3 --set 'to=Dr. Lund' --set what=dates --set "until=$(day 365)"
like 'asked one by one' "$(by jo consent sign D3 < <(printf '%s\n' 'Dr. Lund' 'dates of sessions' "$(day 30)" 'Jo Miller') 2>&1)" 'Signed\.'
is 'who, what and until when' "$(ask jo 'd["consents"][2]["to"], d["consents"][2]["what"], d["consents"][2]["until"]' consents)" \
    "('Dr. Lund', 'dates of sessions', '$(day 30)')"
like 'people see it too' "$(by jo consents)" 'to Dr\. Lund: dates of sessions'

# --- taking back ---

refuses 'a clinician takes nothing back' 4 '"consent withdraw" is not for a prescriber.' osei consent withdraw K1
refuses 'what is not there' 3 'There is no K9 here.' jo consent withdraw K9
ok 'the client does' by jo consent withdraw K1
is 'and hears what it means' "$(told)" 'Taken back. No medicine session can open without a consent. Your care team is told.'
refuses 'once' 3 'K1 was taken back already. Nothing was changed.' jo consent withdraw K1
ok 'a release too, after a year' by jo consent withdraw K2
sync ana
is 'the team sees both' "$(ask ana '[(c["number"], c["state"]) for c in d["consents"]]' consents jo)" \
    "[('K1', 'taken back'), ('K2', 'taken back'), ('K3', 'signed')]"
ok 'it can be signed anew' signs 'Jo Miller' D2
kapd_stop
fails 'without a server too' 10 signs 'Jo Miller' D1
is 'and stands here' "$(ask jo 'd["consents"][4]["state"]' consents)" signed
finish
