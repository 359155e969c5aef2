#!/bin/bash
# Goal: what clinicians read and fill in: words for totals, parts, cut-points, ratings, results from elsewhere; and
# questionnaires that a clinic adds.
. "${0%/*}/lib.sh"

clinic_people
# said: what was printed, on one line
said() { tr -s ' \n' ' ' <<<"$OUT$ERR"; }
# answers N...: a file with one answer a line, as a person would type them
answers() { printf '%s\n' "$@" >"$T/typed"; }
typed() { by "$@" <"$T/typed"; }
last() { ask "$1" "d['measures'][-1]['number']" measure "${@:2}"; }

# --- PCL-5 ---
ok "PCL-5" by jo measure pcl5 --answers 2,0,0,0,0,2,0,2,2,0,0,0,0,0,2,2,0,0,0,0 --with Ana
like "has no card" "$(said)" 'Your total is 12 of 80\. *Sent to Ana\.'
sync ana
M=$(last ana jo)
ok "a clinician reads it" by ana show "$M"
like "with parts, pattern, cut-point and item 16" "$(said)" 'Cut-point +below 33.*Parts +B 2, C 2, D 4, E 4.*Pattern +met.*Item 16 +2: look at it with the client'
unlike "and nothing about change" "$(said)" 'reliable'
ok "the cut-point is a setting" by ana measures set pcl5-cut 12
like "that holds from now on" "$(by ana show "$M")" 'Cut-point +at or above 12'
fails "within its range" 3 by ana measures set pcl5-cut 81
like "and that is said" "$(said)" 'The cut-point is a number from 1 to 80\. Nothing was changed\.'

# --- prorated totals, where a clinician wants them ---
quietly jo measure phq9 --answers 1,1,1,1,1,1,1,s,0 --with Ana >/dev/null
sync ana
M=$(last ana jo)
ok "an incomplete one" by ana show "$M"
like "has no score" "$(said)" '8 of 9 answered — no score\.'
unlike "nor a prorated one" "$(said)" 'prorated'
ok "unless that is wanted" by ana measures set prorate yes
ok "and then" by ana show "$M"
like "it is called what it is" "$(said)" 'Total 8, prorated from 8 of 9 answers'
unlike "and has no band" "$(said)" 'Band'
fails "yes or no" 3 by ana measures set prorate maybe
like "is said" "$(said)" 'prorate is yes or no\. Nothing was changed\.'

# --- clinicians ---
fails "CGI is not for clients" 4 by jo measure cgi
like "and that is said" "$(said)" 'CGI is filled in by clinicians\. Nothing was saved\.'
answers 4 2
ok "a prescriber rates" typed osei measure cgi jo
like "severity and change" "$(said)" 'Severity \(CGI-S\).*7 Among the most extremely ill.*1 Very much improved.*Saved\.'
sync osei ana
ok "the therapist reads the words" by ana show "$(last ana jo)"
like "of both" "$(said)" 'Moderately ill.*Much improved'
fails "a clinician does not answer for a client" 4 by ana measure phq9 jo
like "but may keep a result from elsewhere" "$(said)" 'PHQ-9 is filled in by the client\. A result from elsewhere: kap measure external CLIENT\.'
ok "which is kept by name" by ana measure external jo --set external=MDQ --set external-total=7 --set external-max=13 --set external-by='Jo M.'
fails "not above its highest" 3 by ana measure external jo --set external=MDQ --set external-total=14 --set external-max=13
like "and that is said" "$(said)" 'The total is above the highest possible\. Not saved\.'
fails "an unlike item is not there" 3 by ana show M999
like "which is said" "$(said)" 'There is no M999 here\.'

# --- packs ---
cat >"$T/walk.json" <<'PACK'
{"kap-pack": 1, "id": "garden-walk", "name": "Garden walk", "version": 1, "licence": "Our own words",
 "attribution": "Meadow Clinic", "permission": "Ours", "source": "Meadow Clinic, 2026", "about": "being outside",
 "window": "the last 7 days", "items": ["I was outside in daylight", "I walked for ten minutes"],
 "answers": ["Never", "Some days", "Most days", "Every day"], "scorer": "sum"}
PACK
ok "a pack is taken in" by jo measures pack "$T/walk.json"
like "with its licence" "$(said)" 'Our own words.*Garden walk is on this device now: kap measure garden-walk\.'
answers 3 1
ok "and asked" typed jo measure garden-walk --with Ana
like "with its own words" "$(said)" '2 questions about the last 7 days\. Ana will see your answers\. .*2/2 I walked for ten minutes.*3 Every day.*Your total is 4 of 6\.'
sync ana
ok "who has no pack reads the numbers" by ana show "$(last ana jo)"
like "and that they were not checked" "$(said)" 'Its questions are not on this device, so the total could not be checked here\.'
sed 's/"licence": "Our own words",//' "$T/walk.json" >"$T/bad.json"
fails "a pack without a licence" 3 by jo measures pack "$T/bad.json"
like "is refused" "$(said)" '"licence" is missing, or is not a text\. Nothing of it was kept\.'
sed 's/garden-walk/phq9/' "$T/walk.json" >"$T/bad.json"
fails "one in the place of PHQ-9, too" 3 by jo measures pack "$T/bad.json"
like "with words" "$(said)" 'PHQ-9 is built in\. A pack cannot take its place\. Nothing of it was kept\.'
fails "one that is not there" 3 by jo measures pack "$T/nowhere.json"
finish
