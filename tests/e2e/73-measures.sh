#!/bin/bash
# Goal: questionnaires are asked, scored, shared and kept as the person was told; item 9 leads to help and to the team.
. "${0%/*}/lib.sh"

clinic_people
staff lund therapist 'Ms. Lund'
sync lund maria ana
quietly maria team jo --set ana,osei,lund
sync lund ana jo lund jo
quietly maria team jo --set ana,osei
sync lund ana jo
# said: what was printed, on one line
said() { tr -s ' \n' ' ' <<<"$OUT$ERR"; }
# answers N...: a file with one answer a line, as a person would type them
answers() { printf '%s\n' "$@" >"$T/typed"; }
typed() { by "$@" <"$T/typed"; }
last() { ask "$1" "d['measures'][-1]['number']" measure "${@:2}"; }

# --- what there is, and whose it is ---
ok "the questionnaires are listed" by jo measures
like "with their attribution" "$(said)" 'PHQ-9: Developed by Drs\. Robert L\. Spitzer, Janet B\.W\. Williams, Kurt Kroenke and colleagues, with an educational grant from Pfizer Inc\. No permission required'
like "and what is not here is said to be not here" "$(said)" 'who5 +WHO-5 +5 +client +not here'
is "with a licence each" "$(ask jo "all(m['licence'] and m['attribution'] for m in d['measures'])" measures)" True
is "PCL-5 has 20 questions" "$(ask jo "len(d['items'])" measures pcl5)" 20

# --- a client by themselves: private, item by item ---
answers 1 1 1 2 2 1 1 1 1 0
ok "PHQ-9 is asked question by question" typed jo measure phq9
like "it says first who will see it" "$(said)" '^9 questions about the last 2 weeks\. Only you will see your answers\.'
like "and that one may skip and stop" "$(said)" 's skips a question, q stops and saves\.'
like "the stem, and the last question with its answers" "$(said)" ' 9/9 Thoughts that you would be better off dead or of hurting yourself in some way 0 Not at all 1 Several days 2 More than half the days 3 Nearly every day'
like "the total and the range" "$(said)" 'Saved\. Your total is 11 of 27\. Only you can read it\.'
like "help comes after the save" "$(said)" 'Only you can read it\..*If you might hurt yourself or you are in danger, call 911 now\..*988.*Nobody is watching this app'
like "and what is true about who was told" "$(said)" 'Nobody was told: your answers are private to you\..*Your safety plan: kap plan'
unlike "no word for a number" "$(said)" 'mild|moderate|severe|depress(ion|ive) |disorder'
sync jo ana osei
fails "the team has nothing of it" 3 by ana show M1
fails "and no flag" 3 by ana show F1
fails "not for the prescriber either" 3 by osei show F1
ok "the client sees it" by jo show M1
like "number, range and what it asks about" "$(said)" 'Total 11 .*low mood, interest, sleep.*Range 0 to 27'
unlike "and no word for it" "$(said)$(by jo --json show M1)" 'moderate|"band"|"symptom-count"'

# --- shared: sent, and the flag with it ---
ok "with a name it is shared" by jo measure phq9 --answers 1,1,1,2,2,1,1,1,1 --with Ana,Osei
like "which is said first" "$(said)" 'Ana and Dr\. Osei will see your answers\. It may be days before they look\.'
like "and that it was sent" "$(said)" 'call 911 now.*Your answer was sent to Ana and Dr\. Osei\..*Your safety plan: kap plan'
sync ana osei
ok "the therapist reads the flag" by ana show F1
like "with its text" "$(said)" 'PHQ-9 item 9 = 1 \(total 11\)'
like "and its urgency" "$(said)" 'urgent'
ok "so does the prescriber" by osei show F1
M=$(last ana jo)
ok "a clinician reads the answers" by ana show "$M"
like "with the band, the count of symptoms and item 9" "$(said)" 'Band +moderate.*Parts +PHQ-2 2.*Symptom count +other|Band +moderate.*Symptom count +none'
like "item 9 apart" "$(said)" 'Item 9 +1'
fails "one flag for one cause" 3 by ana show F2
is "the client's device says that it was opened" "$(sync ana jo; ask jo "d['revision']" show M2)" 1
ok "to one person alone" by jo measure phq9 --answers 0,0,0,0,0,0,0,0,1 --with Ana
like "who alone is named" "$(said)" 'Your answer was sent to Ana\.'
sync ana osei
ok "and gets the flag" by ana show F2
fails "which nobody else does" 3 by osei show F2

# --- wrong and missing answers ---
ok "an answer that there is not" by jo measure phq9 --answers 1,1,1,1,4,1,1,1,0
like "leaves the question unanswered" "$(said)" 'Answers are 0, 1, 2 or 3\. Question 5 stays unanswered\.'
like "and there is no score" "$(said)" 'Saved\. 8 of 9 answered — no score\.'
ok "8 numbers" by jo measure phq9 --answers 1,1,1,1,1,1,1,1
like "are saved as incomplete" "$(said)" 'PHQ-9 has 9 questions; you gave 8\. Saved as incomplete, no score\.'
fails "10 numbers are not" 3 by jo measure phq9 --answers 1,1,1,1,1,1,1,1,1,1
like "and that is said" "$(said)" 'PHQ-9 has 9 questions; you gave 10\. Not saved\.'
fails "nothing but skipped ones" 3 by jo measure phq9 --answers s,s,s,s,s,s,s,s,s
like "are nothing to save" "$(said)" 'None of the questions was answered\. Nothing was saved\.'
answers 1 s 7 0 q
ok "s skips, q stops and saves" typed jo measure phq9
like "what is no answer leaves the question" "$(said)" 'Answers are 0, 1, 2 or 3\. Question 3 stays unanswered\.'
like "and what was answered is kept" "$(said)" 'Saved\. 2 of 9 answered — no score\.'
answers q
ok "q at once saves nothing" typed jo measure gad7
like "and says so" "$(said)" 'None of the questions was answered\. Nothing was saved\.'
answers s s s s s s s s 2 q
ok "item 9 alone" typed jo measure phq9
like "counts though there is no score" "$(said)" '1 of 9 answered — no score.*call 911 now'
answers 0 0 0 0 0 0 0
ok "with nothing checked off" typed jo measure gad7
unlike "the question about difficulty is not asked" "$(said)" 'how difficult'
answers 1 0 0 0 0 0 0 2
ok "with something checked off" typed jo measure gad7
like "it is" "$(said)" 'If you checked off any problems, how difficult'
is "and is not scored" "$(ask jo "(d['total'], d['difficulty'])" show "$(last jo)")" "(1, 2)"
fails "what there is not" 3 by jo measure panas
like "is said, with where to look" "$(said)" 'There is no questionnaire "panas"\. `kap measures` lists them\.'
fails "the text of WHO-5 is not here" 3 by jo measure who5
like "and the reason" "$(said)" 'The text of WHO-5 is not part of this program: its licence does not allow that\.'
ok "its answers by number are taken" by jo measure who5 --answers 3,3,2,2,2
like "as four times their sum" "$(said)" 'Your total is 48 of 100\.'
fails "somebody off the team" 4 by jo measure phq9 --answers 0,0,0,0,0,0,0,0,0 --with Lund
like "cannot be given it" "$(said)" 'Ms\. Lund is not on your care team, so they cannot be given a key\. Ask the clinic to add them\. Nothing was saved\.'
fails "--json asks nothing" 2 by jo --json measure phq9
fails "an assignment that is not there" 3 by jo measure gad7 --answers 1,0,0,0,0,0,0 --assignment A1
like "is said" "$(said)" 'There is no A1 here\.'
fails "a context that there is not" 3 by jo measure gad7 --answers 1,0,0,0,0,0,0 --context someday
like "is said with those there are" "$(said)" 'baseline, pre, post, weekly, monthly or discharge.* Nothing was saved\.'
fails "a difficulty that there is not" 3 by jo measure gad7 --answers 1,0,0,0,0,0,0 --difficulty 4
like "is said" "$(said)" 'difficulty is 0, 1, 2 or 3, for PHQ-9 and GAD-7\. Nothing was saved\.'
ok "with what there is" by jo measure gad7 --answers 1,0,0,0,0,0,0 --context weekly --difficulty 3 --private
is "it is kept" "$(ask jo "(d['context'], d['difficulty'], d['total'])" show "$(last jo)")" "('weekly', 3, 1)"
fails "private and for somebody" 2 by jo measure gad7 --answers 1,0,0,0,0,0,0 --private --with Ana
like "do not fit together" "$(said)" 'do not fit together\. Nothing was saved\.'

# --- without the server ---
kapd_stop
fails "offline it is saved" 10 by jo measure phq9 --answers 0,0,0,0,0,0,0,0,3 --with Ana
like "help is there, and nothing is claimed" "$(said)" 'Your total is 3 of 27\..*call 911 now.*Your answer was not sent to Ana yet\. Nobody has seen it\.'
finish
