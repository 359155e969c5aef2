#!/usr/bin/env bash
# Goal: a clinician asks, a client answers or does not, and nobody learns more than was said before; check-ins likewise.
. "${0%/*}/lib.sh"

clinic_people
said() { tr -s '\n ' ' ' <<<"$OUT $ERR"; }
asked() { ask "$1" '[(a["number"], a["from"], a["state"]) for a in d["assignments"]]' assignments "${@:2}"; }
today() { ask jo '([p["id"] for p in d["offered"]], [a["number"] for a in d["asked"]])' prompts; }
today_of() { date -u -d "$1" +%Y-%m-%d; }

# --- asking ---

ok 'a therapist asks for a prompt' by ana assign jo days-01 --due tomorrow
like 'and hears who reads that' "$(said)" 'Saved. Jo M. and the therapists on the team can read it.'
ok 'for an answer to a question of hers' by ana assign jo --text --file "$(text q 'What would a quiet Sunday look like?')"
ok 'for a check-in, every day' by ana assign jo --checkin --repeat daily --times 2
ok 'a prescriber for a measure' by osei assign jo --measure phq9
sync jo ana
is 'the client sees who asks' "$(asked jo)" \
    "[('A1', 'Ana Reyes', 'open'), ('A2', 'Ana Reyes', 'open'), ('A3', 'Ana Reyes', 'open'), ('A4', 'Dr. Osei', 'open')]"
like 'and for which day' "$(by jo assignments)" "$(date -u -d tomorrow '+%a %-d %b')"
like 'the question in full' "$(by jo assignments A2)" 'What would a quiet Sunday look like'
like 'that of a prompt, too' "$(by jo assignments A1)" 'Read yesterday'
is 'the therapist sees hers and the one of the prescriber' "$(asked ana jo)" "$(asked ana)"
is 'a prescriber sees his own' "$(asked osei jo)" "[('A1', 'you', 'open')]"

# --- what is not taken ---

fails 'two things at a time' 2 by ana assign jo days-01 --checkin
like 'is said' "$(said)" 'Ask for one thing: a PROMPT, --text, --measure ID or --checkin. Not saved.'
fails 'nothing' 2 by ana assign jo
fails 'a prompt there is not' 3 by ana assign jo days-99
like 'is named' "$(said)" 'There is no prompt "days-99". `kap prompts all` lists them. Not saved.'
fails 'a day that is over' 3 by ana assign jo days-01 --due "$(today_of yesterday)"
like 'is named, too' "$(said)" 'is over. Give a day from today on. Not saved.'
ok 'today is not over' by ana assign jo first-01 --due "$(today_of today)"
fails 'a day that does not exist' 3 by ana assign jo days-01 --due 2026-02-30
like 'is no day' "$(said)" '30 Feb 2026 is not a real date. Not saved.'
fails 'how often without how' 2 by ana assign jo days-01 --times 3
like 'needs both' "$(said)" '\-\-repeat and --times go together: --repeat daily --times 5. Not saved.'
fails '13 times' 3 by ana assign jo days-01 --repeat daily --times 13
like 'are too many' "$(said)" 'Times 13 is outside 1–12'
fails 'another rhythm' 3 by ana assign jo days-01 --repeat hourly --times 3
fails 'two characters' 3 by ana assign jo --text --file "$(text short 'ab')"
like 'are no question' "$(said)" 'The question has 2 characters; it needs at least 3.'
fails '2001 characters are too long a one' 3 by ana assign jo --text --file "$(text long "$(printf '%2001s' '' | tr ' ' x)")"
ok '2000 are not' by ana assign jo --text --file "$(text long "$(printf '%2000s' '' | tr ' ' x)")"
fails 'a client asks nobody' 4 by jo assign jo days-01
fails 'a measure with a name that is none' 3 by ana assign jo --measure 'PHQ 9'
sync jo

# --- answering ---

is 'what was asked is offered today; nothing else without medicine' "$(today)" "([], ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'])"
ok 'an answer' by jo answer A1 --file "$(text a1 'the curtain')"
like 'is private' "$(said)" 'Saved. Only you can read it.*Ana Reyes is told that you answered, not what.'
unlike 'and was not shared' "$(said)" 'Shared'
sync ana
is 'whoever asked hears that it was answered' "$(ask ana 'd["assignments"][0]["state"]' assignments jo)" done
is 'not what' "$(ask ana 'len(d["entries"])' list jo)" 0
is 'it knows its prompt' "$(ask jo 'd["prompt"][:12]' read 1)" "Read yesterd"
fails 'it is not answered twice' 3 by jo answer A1 --file "$T/a1.txt"
like 'which is said' "$(said)" 'You have answered A1 already. `kap write` is always there. Nothing was saved.'
ok 'the next is answered and shared' by jo answer A2 --share --file "$(text a2 'pancakes')"
like 'as was said' "$(said)" 'Shared with Ana Reyes.'
sync ana
is 'she reads that one' "$(ask ana '[e["text"] for e in d["entries"]]' list jo)" "['pancakes']"
is 'a prescriber does not' "$(sync osei; ask osei 'len(d["entries"])' list jo)" 0
fails 'a measure is filled in elsewhere' 3 by jo answer A4 --file "$T/a1.txt"
like 'which is said, too' "$(said)" 'A4 asks for a measure: `kap measure phq9`. Nothing was saved.'
fails 'so is a check-in' 3 by jo answer A3 --file "$T/a1.txt"
like 'with its command' "$(said)" 'A3 asks for a check-in: `kap checkin --assignment A3`. Nothing was saved.'
fails 'there is no A99' 3 by jo answer A99 --file "$T/a1.txt"
fails 'nor a prompt nobody has' 3 by jo answer days-99 --file "$T/a1.txt"

# --- skipping, later, taking back ---

ok 'skipping' by jo answer A5 --file "$(text s s)"
is 'is one word' "$(said)" 'Skipped. '
is 'it is not offered again today' "$(today)" "([], ['A3', 'A4', 'A6'])"
ok 'later' by jo answer A6 --file "$(text l l)"
is 'is not skipping' "$(today)" "([], ['A3', 'A4', 'A6'])"
sync jo ana
is 'nobody learns of either' "$(ask ana '[a["state"] for a in d["assignments"]][-2:]' assignments jo)" "['open', 'open']"
unlike 'and nothing is ever overdue' "$(by jo assignments; by jo prompts)" '[Oo]verdue|[Ll]ate|[Mm]iss|[Ss]kipped [0-9]'
mine=$(ask ana '[a["number"] for a in d["assignments"] if a["state"] == "open"][-1]' assignments jo)
fails 'a client takes nothing back' 4 by jo assign withdraw A6
fails 'what is no number is not guessed at' 3 by ana assign withdraw 6
like 'but said' "$(said)" '"6" is no such number: it is A and a number, like A3.'
ok 'she takes it back' by ana assign withdraw "$mine"
fails 'once' 3 by ana assign withdraw "$mine"
like 'and hears so' "$(said)" "$mine was taken back before. Nothing was changed."
sync jo
is 'it is not asked any more' "$(today)" "([], ['A3', 'A4'])"
fails 'and cannot be answered' 3 by jo answer A6 --file "$T/a1.txt"
like 'which is said in plain words' "$(said)" 'Ana Reyes took A6 back. Nothing was saved.'

# --- prompts as they were ---

is 'all prompts' "$(ask jo 'sum(len(v) for v in d.values() if isinstance(v, list))' prompts all)" 30
is 'those of a phase' "$(ask jo 'len(d["first"])' prompts first)" 5
like 'a heavy one warns first' "$(by jo prompts rel-03)" 'This one can bring up hard things. Skip any time.'
fails 'a phase there is not' 3 by jo prompts tomorrow
is 'staff get the whole list' "$(ask ana 'sum(len(v) for v in d.values() if isinstance(v, list))' prompts)" 30

# --- check-ins ---

ok 'a check-in' by jo checkin --set mood=4 --set sleep=6.5 --set anxiety=skip
like 'is private' "$(said)" 'Only you will see your answers. .*Saved. Only you can read it.'
unlike 'and shows no card' "$(said)" '911'
sync ana
is 'nobody else has it' "$(ask ana 'len(d["checkins"])' checkins jo)" 0
ok 'not feeling safe' by jo checkin --set safe=no
like 'shows the card after saving' "$(said)" 'Saved. Only you can read it. If you might hurt yourself.*call 911 now.*988'
like 'and says that nobody was told' "$(said)" 'Nobody was told. Only you can read this check-in.'
sync jo ana
is 'nobody was' "$(ask osei 'd["received"]' sync)" 0
ok 'the check-in that was asked for' by jo checkin --assignment A3 --set mood=2 --set safe=no
like 'says first who will see it' "$(said)" '^ *Ana Reyes will see your answers. If you answer that you do not feel safe, your care team is told: Ana Reyes, Dr. Osei. Nobody is watching this app.'
like 'then saves, then shows the card' "$(said)" 'Saved. Ana Reyes can read it. If you might hurt'
like 'and says who was told' "$(said)" 'Sent to your care team: Ana Reyes, Dr. Osei. They may not see it for hours or days.'
is 'a flag reaches the prescriber' "$(ask osei 'd["received"]' sync)" 1
sync ana
is 'the therapist has it' "$(ask ana 'len(d["checkins"])' checkins jo)" 1
like 'with its answers' "$(by ana checkins "$(ask ana 'd["checkins"][0]["number"]' checkins jo)")" 'Feels safe +no'
is 'the prescriber has not' "$(ask osei 'len(d["checkins"])' checkins jo)" 0
fails 'it is done for today' 3 by jo checkin --assignment A3 --set mood=3
like 'and comes again' "$(said)" 'You have answered A3 for now; it comes again.'
kapd_stop
fails 'with the server away' 10 by jo checkin --with Ana --set safe=no
like 'it is not claimed that anybody was told' "$(said)" 'Nobody has been told yet: it could not be sent. It goes to Ana Reyes, Dr. Osei with the next sync.'
fails 'a mood of 11 is refused' 3 by jo checkin --set mood=11
like 'with what is allowed' "$(said)" 'Mood 11 is outside 0–10. Check for a slipped digit. Nothing was saved.'
ok '10 is not' by jo checkin --set mood=10
fails 'a quarter of an hour is the smallest step of sleep' 3 by jo checkin --set sleep=6.1
fails 'a day has 24 hours' 3 by jo checkin --set sleep=24.25
ok 'all of them' by jo checkin --set sleep=24
ok 'asked one by one, Enter leaves out' by jo checkin <<<"$(printf '5\n\n\n\n\n7.25\nyes\n\n\n\n\nmagnesium')"
is 'and what was answered is there' "$(ask jo '(d["mood"], d["sleep"], d["new-meds"], "anxiety" in d)' checkins "$(ask jo 'd["checkins"][-1]["number"]' checkins)")" "(5, 7.25, 'magnesium', False)"
ok 'nothing answered' by jo checkin <<<"$(printf '\n\n\n\n\n\n\n\n\n\n\n\n.')"
like 'is nothing saved' "$(said)" 'No question was answered. Nothing was saved.'
fails 'staff do not check in' 4 by ana checkin --set mood=5
finish
