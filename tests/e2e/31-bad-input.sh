#!/usr/bin/env bash
# Goal: whatever a person types wrong, they are told in plain words what is wrong, with the exit code that says the same,
# and nothing is lost or done by half.
. "${0%/*}/lib.sh"

# said DESC CODE SENTENCE NAME ARGS...: exits with CODE and says SENTENCE, wherever its lines are broken. No terminal.
said() {
    local desc=$1 code=$2 sentence=$3 all
    shift 3
    run nobody_there "$@"
    all=$(tr -s '\n ' '  ' <<<"$OUT $ERR")
    if [ "$CODE" -ne "$code" ]; then
        fail "$desc" "exit code $CODE, expected $code" "$OUT" "$ERR"
    elif [[ $all != *"$sentence"* ]]; then
        fail "$desc" "wanted: $sentence" "said:   $all"
    else
        pass "$desc"
    fi
}
nobody_there() {
    local who=$1
    shift
    if [ -e "$T/.unlocked.$who" ]; then
        KAP_HOME=$T/$who setsid -w kap "$@" </dev/null
    else
        KAP_HOME=$T/$who setsid -w kap --passphrase-fd 9 "$@" 9<"$T/.passphrase" </dev/null
    fi
}
entries() { ask "$1" 'len(d["entries"])' list; }

clinic_people
staff lund therapist 'Ms. Lund'
staff gone therapist 'Dr. Gone'
sync lund gone maria ana
quietly maria team jo --set ana,osei,lund
sync lund ana jo
quietly maria team jo --set ana,osei
quietly jo write --title 'The kitchen' --file "$(text first 'warm orange' 'a door that was only a curtain')"
sync jo ana osei lund gone jo

# --- text ---

printf 'two words\0three' >"$T/nul.txt"
{ head -c 210 /dev/zero | tr '\0' a; printf '\377 tail\n'; } >"$T/latin.txt"
said 'NUL is refused by its place' 3 'is not valid UTF-8 text (byte 10). Convert it' jo write --file "$T/nul.txt"
said 'and so is what is not UTF-8' 3 'is not valid UTF-8 text (byte 211). Convert it' jo write --file "$T/latin.txt"
said 'nothing was saved of it' 3 'Nothing was saved.' jo write --file "$T/latin.txt"
printf 'a\033[2Jb\n' >"$T/escape.txt"
said 'an escape sequence is refused by its place' 3 'holds a control character (0x1b) at line 1, character 2' \
    jo write --file "$T/escape.txt"
said 'an empty text is refused' 3 'is empty' jo write --file /dev/null
said 'so is one of white space' 3 'is empty' jo write --file "$(text blank '  ' ' ')"
said 'a file that is not there is named' 3 'There is no file' jo write --file "$T/nowhere.txt"
said 'a folder is no text' 3 'is a directory' jo write --file "$T"
head -c 983040 /dev/zero | tr '\0' x >"$T/limit.txt"
head -c 983041 /dev/zero | tr '\0' x >"$T/over.txt"
said 'a text of 960 KiB is saved' 0 'Saved. Only you can read it.' jo write --file "$T/limit.txt"
said 'one byte more is refused with the limit' 3 'at most 960 KiB fit' jo write --file "$T/over.txt"
said 'and nothing is saved of it' 3 'Nothing was saved.' jo write --file "$T/over.txt"
is 'only the two good ones are there' "$(entries jo)" 2
said 'the server takes the longest' 0 'Sent' jo sync

title120=$(printf 'é%.0s' $(seq 120))
one=$(text one 'one line')
said 'a title of 120 characters is saved' 0 'Saved.' jo write --title "$title120" --file "$one"
said 'one of 121 is refused' 3 'The title has 121 characters; at most 120 fit. Nothing was saved.' \
    jo write --title "${title120}x" --file "$one"
said 'a title of two lines is refused' 3 'The title must be one line' jo write --title $'a\nb' --file "$one"
said 'so is one with an escape sequence' 3 'The title holds a control character' jo write --title $'a\033[2J' --file "$one"
said 'so is one that is not UTF-8' 3 'The title is not valid UTF-8' jo write --title $'\377' --file "$one"
said 'a tag is a-z, 0-9 and hyphens' 3 'A tag is made of a-z, 0-9 and hyphens, up to 32 characters' \
    jo write --tag 'Not A Tag' --file "$one"
said 'nor does it begin with a hyphen' 3 'A tag is made of' jo write --tag=-tag --file "$one"
said 'a tag of 32 is saved' 0 'Saved.' jo write --tag "$(printf 'a%.0s' $(seq 32))" --file "$one"
said 'one of 33 is refused' 3 'Nothing was saved.' jo write --tag "$(printf 'a%.0s' $(seq 33))" --file "$one"
said 'an empty tag is refused' 3 'Nothing was saved.' jo write --tag '' --file "$one"
tags=() && for i in $(seq 17); do tags+=(--tag "t$i"); done
said 'seventeen tags are refused' 3 'at most 16 tags' jo write "${tags[@]}" --file "$one"
said 'sixteen are saved' 0 'Saved.' jo write "${tags[@]:2}" --file "$one"
for mood in -1 11 abc '' 5.5 ' 5'; do
    said "mood \"$mood\" is refused" 3 'Mood is a whole number from 0 to 10' jo write "--mood=$mood" --file "$one"
done
said 'mood 0 is saved' 0 'Saved.' jo write --mood 0 --file "$one"
said 'mood 10 is saved' 0 'Saved.' jo write --mood 10 --file "$one"
is 'all the good ones are there' "$(entries jo)" 7
said 'an unknown prompt' 3 'There is no prompt "nope-01"' jo answer nope-01
said 'an unknown option is a usage error' 2 'colour' jo write --colour blue
said 'an unknown command too, with a suggestion' 2 'Did you mean "write"?' jo wrte
said 'so is a missing number' 2 'NUMBER' jo read

# --- times ---

said 'a day that does not exist' 3 '30 Feb 2026 is not a real date.' jo write --at '2026-02-30 19:30' --file "$one"
said 'a month that does not exist' 3 'There is no month 13' jo write --at '2026-13-01 19:30' --file "$one"
said 'a time that does not exist' 3 '25:00 is not a time of day' jo write --at '2026-02-01 25:00' --file "$one"
said 'what is no time' 3 '"soonish" is not a time that can be read. Write it like' jo write --at soonish --file "$one"
said 'a day without a time' 3 'Add the time of day' jo write --at '2026-02-01' --file "$one"
ahead=$(date -d '+2 hours +10 minutes +20 seconds' '+%Y-%m-%d %H:%M:%S')
like 'the clock in the sentence' "$(nobody_there jo write --at "$ahead" --file "$one" 2>&1 | tr -s '\n ' '  ')" \
    "That time is 2 h 10 min ahead of this computer's clock \([0-9]+:[0-9]{2} [ap]m\)\. Check the clock or the time\. Nothing was saved\."
said 'a time in the future is invalid' 3 'Nothing was saved.' jo write --at "$ahead" --file "$one"
TZ=America/New_York said 'a time that happened twice' 3 '1:30 am happened twice that night. Add -04:00 or -05:00.' \
    jo write --at '2025-11-02 01:30' --file "$one"
TZ=America/New_York said 'a time that never happened' 3 '2:30 am' jo write --at '2025-03-09 02:30' --file "$one"
TZ=America/New_York said 'nothing was saved of that' 3 'Nothing was saved.' jo write --at '2025-03-09 02:30' --file "$one"
TZ=America/New_York said 'with the offset it is one time' 0 'Saved.' jo write --at '2025-11-02 01:30 -05:00' --file "$one"
is 'which is kept with its offset' "$(TZ=America/New_York ask jo 'd["entries"][-1]["at"]' list)" 2025-11-02T01:30:00-05:00

# --- people and numbers ---

said 'an unknown number' 3 'There is no entry 99 here.' jo read 99
said 'a number that is none' 3 '"three" is not the number of an entry' jo read three
said 'zero' 3 'is not the number of an entry' jo read 0
said 'a number beyond all numbers' 3 'is not the number of an entry' jo read 99999999999999999999
said 'an unknown message' 3 'There is no message 9 in your inbox.' jo read inbox 9
said 'an unknown revision' 3 'There is no revision 7' jo read 1 --rev 7
said 'a revision that is none' 3 'There is no revision 1x' jo read 1 --rev 1x
said 'somebody unknown' 3 'Nobody you know here is called "Zoe"' jo --yes share 1 --with Zoe
said 'sharing with somebody outside the team' 4 \
    'Ms. Lund is not on your care team, so they cannot be given a key. Ask the clinic to add them. Nothing was shared.' \
    jo --yes share 1 --with Lund
said 'sharing needs a yes' 3 'Nothing was shared.' jo share 1 --with Ana
said 'sharing needs a name' 2 'With whom?' jo share 1
said 'an empty name' 3 'No name was given' jo --yes share 1 --with ''
said 'sharing what is not there' 3 'There is no entry 99 here.' jo --yes share 1,99 --with Ana
is 'shares nothing' "$(ask jo 'd["private"]' who-can-see 1)" True
said 'unsharing what is not shared' 3 'They cannot read it anyway. Nothing was changed.' jo unshare 1
said 'a name that fits two people' 6 '"dr" fits more than one person: ' maria team jo --set dr
said 'a therapist does not invite colleagues' 4 'Colleagues are invited by the clinic' ana invite --role therapist --name X
said 'an admin has no inbox' 4 'is not for a' maria inbox
said 'editing what is not there' 3 'There is no entry 99 here.' jo edit 99 --file "$one"

# --- messages ---

msg=$(text msg 'I feel uneasy about tomorrow.')
said 'a client asks for urgent: the card first' 4 'Nobody is watching this app' jo msg Ana --urgent --file "$msg"
like 'before the sentence' "$OUT" '988'
like 'which says why' "$(tr -s '\n' ' ' <<<"$ERR")" 'Client messages cannot be marked urgent because nobody is paged'
is 'and nothing was sent' "$(ask jo 'len(d["messages"])' inbox)" 0
said 'with a yes it goes as "needs attention"' 0 'Stored' jo --yes msg Ana --urgent --file "$msg"
sync ana
is 'and arrives as that' "$(ask ana 'd["messages"][0]["priority"]' inbox)" needs-attention
head -c 16384 /dev/zero | tr '\0' m >"$T/msg.limit"
head -c 16385 /dev/zero | tr '\0' m >"$T/msg.over"
said 'a message of 16 KiB' 0 'Stored' jo msg Ana --file "$T/msg.limit"
said 'one byte more' 3 'A message is 17 KiB long; at most 16 KiB fit. Nothing was sent.' jo msg Ana --file "$T/msg.over"
said 'a message to nobody' 2 'It is `kap msg NAME`' jo msg --file "$msg"
said 'a client writes no care messages' 4 'Care messages are between clinicians' jo msg care jo --to ana --file "$msg"
said 'a care message needs a client' 4 'is not a client of yours' ana msg care osei --to osei --file "$msg"
said 'a priority that is none' 3 'Priority is routine, soon, urgent or needs-attention' ana msg care jo --to osei --priority high --file "$msg"
said 'a type that is none' 3 'Nothing was sent.' ana msg care jo --to osei --type $'a\033b' --file "$msg"
said 'answering what is not there' 3 'There is no message 77' jo msg --reply 77 --file "$msg"
quietly ana msg jo --file "$msg"
said 'acknowledging what is not there' 3 'There is no message 77' ana ack inbox 77
said 'acknowledging one of one'\''s own' 4 'That cannot be acknowledged: it is your own' ana ack inbox \
    "$(ask ana '[m["number"] for m in d["messages"] if m["from"] == "you"][0]' inbox)"

# --- comments ---

quietly jo --yes share 1 --with Ana
sync ana
head -c 4096 /dev/zero | tr '\0' c >"$T/comment.limit"
head -c 4097 /dev/zero | tr '\0' c >"$T/comment.over"
said 'a comment of 4 KiB' 0 'Jo M. can read it' ana comment jo 1 --file "$T/comment.limit"
said 'one byte more' 3 'A comment is 5 KiB long; at most 4 KiB fit. Nothing was saved.' ana comment jo 1 --file "$T/comment.over"
for lines in 0 3 2-1 x 1- 99999999999999999999; do
    said "lines $lines" 3 "The entry has no lines \"$lines\"" ana comment jo 1 --lines "$lines" --file "$one"
done
said 'there is no editing what others wrote' 2 'edit NUMBER' ana edit jo 1 --file "$one"

finish
