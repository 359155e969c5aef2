#!/usr/bin/env bash
# Goal: a safety plan opens where it is needed and says nothing while locked; a psychotherapy note is its writer's alone.
. "${0%/*}/lib.sh"

clinic_people
said() { tr '\n' ' ' <<<"$ERR" | sed 's/ *$//'; }
told() { tr '\n' ' ' <<<"$OUT" | sed 's/ *$//'; }
refuses() { # DESC CODE WORDS WHO ARGS...
    fails "$1" "$2" by "${@:4}"
    is "$1: the words" "$(said)" "$3"
}

# --- the plan ---

is 'none yet' "$(by jo plan)" 'There is no safety plan yet. `kap plan --edit` writes one.'
unlike 'and none in an emergency' "$(by jo help-now)" 'Your safety plan'
refuses 'a plan without words' 3 'The plan has no words yet. Not saved.' jo plan --edit --set starts=
fails 'asked, with every part left out' 3 by jo plan --edit < <(yes '' | head -7)
is 'in words' "$(said)" 'The plan has no words yet. Not saved.'
ok 'asked part by part, one thing a line' by jo plan --edit < <(
    printf '%s\n' 'my chest gets tight' 'I stop answering' '' 'walk the dog' '' '' 'my sister' '' 'Ana' '' '' 'the garden; in spring' ''
)
like 'and it says who can read it' "$(told)" 'Saved\. Your care team can read it\. `kap plan` opens it, without a network too\.'
is 'in their own words' "$(ask jo 'd["starts"], d["alone"], d.get("places"), d["people"], d["reasons"]' plan)" \
    "('my chest gets tight\nI stop answering', 'walk the dog', None, 'my sister', 'the garden; in spring')"
sync ana osei
is 'the team reads it' "$(ask ana 'd["alone"]' plan jo)|$(ask osei 'd["people"]' plan jo)" 'walk the dog|my sister'
refuses 'a prescriber does not write it' 4 'The client writes the plan, or the therapist with them. Not saved.' osei plan jo --edit
refuses 'a therapist keeps none to themselves' 4 'Only a client keeps a plan to themselves. Not saved.' ana plan jo --edit --only-me --set alone=a
refuses 'a line that is too long' 3 'A line has 501 characters; at most 500 fit. Not saved.' jo plan --edit < <(printf '%0501d\n' 0)
ok 'a line of the limit is kept' by jo plan --edit < <(printf '%0500d\n' 0; yes '' | head -7)
fails 'seventeen lines are too many' 3 by jo plan --edit < <(seq 17; yes '' | head -7)
is 'in words' "$(said)" 'A part has at most 16 lines. Not saved.'
ok 'sixteen are not' by jo plan --edit < <(seq 16; yes '' | head -7)
ok 'Enter keeps, - empties' by jo plan --edit < <(printf '%s\n' - '' 'call Maya' '' '' '' '' '')
is 'so it is' "$(ask jo 'd.get("starts"), d["alone"], d["places"]' plan)" "(None, 'walk the dog', 'call Maya')"
sync ana
ok 'the therapist adds to it' by ana plan jo --set 'safer=pills with Maya'
sync jo
is 'the newest has it all' "$(ask jo 'd["author"], d["alone"], d["safer"]' plan)" "('Ana Reyes', 'walk the dog', 'pills with Maya')"
kapd_stop
like 'it opens without a server' "$(by jo plan)" 'walk the dog'
like 'and below the card of help-now' "$(by jo help-now | tr '\n' ' ')" 'call 911 now.*Your safety plan.*walk the dog'
is 'programs get it too' "$(ask jo 'd["plan"]["alone"]' help-now)" 'walk the dog'
unlike 'a therapist'"'"'s card shows nobody'"'"'s' "$(by ana help-now)" 'walk the dog'
[ ! -e "$T/.unlocked.jo" ] || quietly jo lock
OUT=$(KAP_HOME=$T/jo kap help-now </dev/null 2>&1)
like 'locked, the card is there' "$OUT" 'call 911 now'
unlike 'and nothing personal' "$OUT" 'walk|Maya|plan: |Your safety plan|Jo'
if [ -e "$T/.unlocked.jo" ]; then KAP_HOME=$T/jo kap --passphrase-fd 9 unlock --minutes 60 9<"$T/.passphrase" >/dev/null; fi
fails 'writing without a server is saved here' 10 by jo plan --set 'alone=read'
kapd_start
ok 'one that is for nobody else' by jo plan --only-me --set 'alone=my own'
is 'in words' "$(told)" 'Saved. Only you can read it. `kap plan` opens it, without a network too.'
sync jo ana
is 'is for nobody else' "$(ask ana 'd["alone"]' plan jo)|$(ask jo 'd["alone"]' plan)" 'read|my own'

# --- psychotherapy notes ---

refuses 'a prescriber writes none' 4 '"note" is not for a prescriber.' osei note jo --file "$(text n 'x')"
refuses 'nor does a client' 4 '"note" is not for a client.' jo note jo --file "$(text n 'x')"
refuses 'nor reads any' 4 '"notes" is not for a client.' jo notes
is 'none yet' "$(by ana notes)" 'There are no psychotherapy notes.'
belongs() { echo "$1 belong in the session record, not in psychotherapy notes (45 CFR 164.501). Use: kap session $2 …"; }
refuses 'a dose' 3 "$(belongs Doses dose)" ana note jo --file "$(text n 'We spoke of her mother.' 'Dose: 300 mg')"
refuses 'in a list' 3 "$(belongs Doses dose)" ana note jo --file "$(text n '- dose : 300 mg')"
refuses 'a blood pressure' 3 "$(belongs Vitals vitals)" ana note jo --file "$(text n 'BP: 120/80')"
refuses 'vitals' 3 "$(belongs Vitals vitals)" ana note jo --file "$(text n 'vitals: fine')"
refuses 'a measure' 3 'Measures belong in the clinical record, not in psychotherapy notes (45 CFR 164.501). Use: kap measure …' \
    ana note jo --file "$(text n 'PHQ-9: 11')"
refuses 'a score' 3 'Measures belong in the clinical record, not in psychotherapy notes (45 CFR 164.501). Use: kap measure …' \
    ana note jo --file "$(text n 'Score: 11')"
refuses 'a time it began' 3 'Start and stop times belong in the session record, not in psychotherapy notes (45 CFR 164.501). Use: kap session start …' \
    ana note jo --file "$(text n 'Start time: 2 pm')"
fails 'nothing at all' 3 by ana note jo --file "$(text n '')"
is 'none of it was saved' "$(ask ana 'd["notes"]' notes)" '[]'
fails 'what was typed is kept' 3 by ana note jo < <(printf '%s\n' 'dose: 1')
is 'as a private entry' "$(ask ana 'd["entries"][0]["text"]' list)" 'dose: 1'
ok 'a note that speaks of a dose without being one is kept' by ana note jo --file "$(text n 'The dose frightened her, she said: "too far".')"
is 'in words' "$(told)" 'Saved. Only you can read it. `kap notes` shows it.'
sync osei jo maria
is 'its writer lists it' "$(ask ana '[(n["number"], n["about"]) for n in d["notes"]]' notes jo)" "[('N1', 'Jo M.')]"
like 'and reads it' "$(by ana notes N1)" 'The dose frightened her'
ok 'a revision' by ana note N1 --file "$(text n 'The distance frightened her.')"
is 'keeps the number' "$(ask ana 'd["number"], d["revision"], d["text"]' notes N1)" "('N1', 2, 'The distance frightened her.')"
refuses 'a number that is not there' 3 'There is no N9 here.' ana notes N9
refuses 'a client who is not in care' 3 'Nobody you know here is called "kim". `kap team` lists who there is.' ana notes kim
sync ana jo osei
for who in jo osei maria; do
    unlike "$who has no word of it" "$(by "$who" list 2>&1; by "$who" inbox 2>&1)" 'frightened'
done
finish
