#!/usr/bin/env bash
# Goal: two people compare four words: they agree on both sides when keys and records are the same; what has not arrived
# is said in words; other words stop what is written to that person until they are compared again, or it is accepted.
. "${0%/*}/lib.sh"

said() { tr -s '\n ' '  ' <<<"$OUT $ERR"; }
words_of() { grep -oE '^(words: |Words +).*' "$T/check.$1" | sed -E 's/^(words: |Words +)//'; }
checked() { ask "$1" "[p['checked'] for p in d['people'] if p['name'] == '$2'][0]" team; }
# both ANSWER ANSWER: ana and jo check each other at the same time; each says what the words are like.
begin_check() { # PROFILE OTHER ANSWER
    (wait_for 20 grep -qE '^words: |stays so' "$T/check.$1" && echo "$3") |
        by "$1" --plain check "$2" --wait 30 >"$T/check.$1" 2>&1
    echo $? >"$T/code.$1"
}
both() { # ANSWER ANSWER [PROFILE OF JO]
    local jo=${3:-jo} other
    rm -f "$T"/check.* "$T"/code.*
    : >"$T/check.ana" >"$T/check.$jo"
    begin_check ana jo "$1" &
    other=$!
    begin_check "$jo" ana "$2"
    wait $other
    CODES="$(cat "$T/code.ana") $(cat "$T/code.$jo")"
}

clinic_people
quietly jo write --title 'Before' --file "$(text before 'warm orange')"
quietly jo --yes share 1 --with Ana
quietly ana msg jo --file "$(text hello 'See you on Tuesday.')"

is 'nobody was checked yet' "$(checked jo 'Ana Reyes')" never
fails 'nobody checks alone' 6 by jo check ana --wait 1
like 'which is said' "$(said)" 'Ana Reyes did not answer. Do it together'
fails 'there is nothing to accept' 3 by jo check ana --accept
fails 'nobody checks with themselves' 4 by jo check jo

both yes yes
is 'both come to an end' "$CODES" '0 0'
is 'there are four words' "$(words_of ana | wc -w)" 4
is 'the same on both sides' "$(words_of ana)" "$(words_of jo)"
like 'and it is noted' "$(cat "$T/check.jo")" "each other's true keys"
is 'the outcome is kept' "$(checked jo 'Ana Reyes') $(checked ana 'Jo M.')" 'equal equal'
first=$(words_of ana)
both yes yes
is 'again' "$CODES" '0 0'
unlike 'with other words' "$(words_of ana)" "^$first\$"

both no yes
is 'other words are an alarm' "$CODES" '4 0'
like 'which says what it means' "$(tr '\n' ' ' <"$T/check.ana")" 'ALARM: different words mean.*nothing new is sealed for them'
is 'and are kept' "$(checked ana 'Jo M.')" different
quietly ana msg jo --file "$(text waits 'This waits.')"
like 'what is written waits' "$(by ana sync 2>&1 | tr -s '\n ' '  ')" '1 of what you wrote waits here'
is 'as pending' "$(ask ana 'd["waiting"]' status)" 1
quietly ana msg care jo --to Osei --file "$(text osei 'A word for Osei.')"
is 'what is for others goes' "$(ask ana 'd["waiting"]' status)" 1
quietly jo msg ana --file "$(text back 'Thank you.')"
sync ana jo
is 'reading goes on' "$(ask ana '"Thank you." in [m["text"] for m in d["messages"]]' inbox)" 'True'
is 'nothing arrived there' "$(ask jo 'len(d["messages"])' inbox)" 2
fails 'accepting asks first' 3 by ana check jo --accept </dev/null
ok 'it can be accepted' by ana --yes check jo --accept
sync jo
is 'then it arrives' "$(ask jo '"This waits." in [m["text"] for m in d["messages"]]' inbox)" 'True'
is 'which is kept, too' "$(checked ana 'Jo M.')" accepted

# --- keys that are replaced ---

both yes yes
is 'they check again' "$CODES $(checked ana 'Jo M.')" '0 0 equal'
PAPER=$(by jo --json --yes recovery new | sed -n 's/.*"recovery-code": *"\([0-9A-Z-]*\)".*/\1/p' | tail -1)
sync ana
is 'a new paper, made with a device, changes nothing' "$(checked ana 'Jo M.')" equal
ok 'the paper is used' env KAP_HOME="$T/back" kap --passphrase-fd 9 --json recover "$(at "$PAPER")" --device-name laptop --kdf-cost 16 9<"$T/.passphrase"
quietly ana msg jo --file "$(text after 'For true eyes.')"
like 'what is written afterwards waits' "$(by ana sync 2>&1 | tr -s '\n ' '  ')" '1 of what you wrote waits here'
is 'the list of people says why' "$(checked ana 'Jo M.')" recovered
like 'to people, too' "$(by ana team)" 'NOT CHECKED: keys were replaced or differed; what you write to them waits'
quietly back msg ana --file "$(text lost 'I lost my phone.')"
sync ana
number=$(ask ana '[m["number"] for m in d["messages"] if m["text"] == "I lost my phone."][0]' inbox)
like 'reading goes on, marked' "$(by ana read inbox "$number" 2>&1 | tr -s '\n ' '  ')" 'NOT CHECKED: the keys of Jo M.*I lost my phone'
both yes yes back
is 'they compare words again' "$CODES" '0 0'
is 'the same on both sides' "$(words_of ana)" "$(words_of back)"
sync back
is 'and what waited arrives' "$(ask back '"For true eyes." in [m["text"] for m in d["messages"]]' inbox)" True
is 'nothing waits any more' "$(ask ana 'd["waiting"]' status)" 0
finish
