#!/usr/bin/env bash
# Goal: what one person writes on two devices at once is all kept, shown as one entry, and joined without losing a word;
# what is deleted on one device is deleted on the other, but for what the one could not know of.
. "${0%/*}/lib.sh"

# device OLD NEW: makes the profile $T/NEW another device of the person whose profile is $T/OLD.
device() {
    local code
    by "$1" --json --yes device add >"$T/.add" 2>"$T/.add.err" </dev/null &
    wait_for 10 grep -q '"code"' "$T/.add" || diag "no code: $(cat "$T/.add.err")"
    code=$("$PYTHON" -c 'import json,sys; print(json.loads(sys.stdin.readline())["code"])' <"$T/.add")
    KAP_HOME=$T/$2 kap --passphrase-fd 9 device join "$code" --kdf-cost 16 --device-name "$2" 9<"$T/.passphrase" >"$T/.join" 2>&1 ||
        diag "no device: $(cat "$T/.join")"
    wait $!
    if by "$2" unlock --minutes 60 >/dev/null 2>&1; then : >"$T/.unlocked.$2"; fi
}
flat() { tr -s '\n ' '  ' <<<"$1"; }
said() { ask "$1" 'd["text"]' read "${@:2}"; }
states() { ask "$1" 'sorted(r["state"] for r in d["revisions"])' history "${@:2}"; }
heads() { ask "$1" '[(e["number"], e["versions"]) for e in d["entries"]]' list; }
apart() { # NUMBER LAPTOP-FILE PHONE-FILE: both change it, neither knowing of the other
    quietly jo edit "$1" --file "$2" "${@:4}"
    quietly phone edit "$1" --file "$3"
    sync jo phone jo
}

clinic_people
quietly jo write --title 'The week' --tag water --file "$(text a 'Monday: rain.' '' 'Tuesday: the pool.' '' 'Wednesday: rest.')"
sync jo
device jo phone
is 'the second device has it' "$(said phone 1)" "$(ask jo 'd["text"]' read 1)"

# --- changes in different places ---

apart 1 "$(text l 'Monday: rain, and a long walk.' '' 'Tuesday: the pool.' '' 'Wednesday: rest.')" \
    "$(text p 'Monday: rain.' '' 'Tuesday: the pool.' '' 'Wednesday: rest.' '' 'Thursday: Ana.')" --tag walk
is 'it is one entry with two versions, on both' "$(heads jo)$(heads phone)" '[(1, 2)][(1, 2)]'
like 'the list says so' "$(by jo list)" '2 versions: all are kept. .kap merge 1. joins them'
like 'read too' "$(flat "$(by jo read 1)")" 'There are 2 versions of this, written apart. .kap merge 1. joins them'
is 'history names both' "$(states jo 1)" "['a current version', 'a current version', 'earlier']"
fails 'one of them is not changed past the other' 6 by jo edit 1 --file "$T/a.txt"
like 'and why is said' "$(flat "$ERR")" 'has 2 versions, written apart. Join them first'
ok 'joining them needs no question' by jo merge 1
like 'it says what became of them' "$(flat "$OUT")" '2 versions are one again. Only you can read it'
is 'every word is there' "$(by jo read 1 --plain | sed -n 's/^text: //p' | paste -sd'|')" \
    'Monday: rain, and a long walk.||Tuesday: the pool.||Wednesday: rest.||Thursday: Ana.'
is 'and the tags of both' "$(ask jo '[e["number"] for e in d["entries"]]' list --tag walk)" '[1]'
is 'nothing went from the history' "$(states jo 1)" "['current', 'earlier', 'earlier', 'earlier']"
fails 'there is nothing more to join' 3 by jo merge 1
sync jo phone
is 'the other device has the same' "$(said phone 1)|$(heads phone)" "$(said jo 1)|[(1, 1)]"

# --- both join, neither knowing of it ---

apart 1 "$(text l2 'Monday: snow.' '' 'Tuesday: the pool.' '' 'Wednesday: rest.' '' 'Thursday: Ana.')" \
    "$(text p2 'Monday: rain, and a long walk.' '' 'Tuesday: the pool.' '' 'Wednesday: rest.' '' 'Thursday: Ana, at ten.')"
quietly jo merge 1
quietly phone merge 1
sync jo phone jo
is 'two joined ones are two versions again' "$(heads jo)$(heads phone)" '[(1, 2)][(1, 2)]'
ok 'which are the same and join' by phone merge 1
sync phone jo
is 'then there is one, on both' "$(heads jo)$(heads phone)" '[(1, 1)][(1, 1)]'
like 'with the words of both' "$(flat "$(by jo read 1)")" 'Monday: snow.*Thursday: Ana, at ten'

# --- changes in the same place ---

quietly jo write --mood 5 --file "$(text b 'One line.')"
sync jo phone
apart 2 "$(text l3 'One line from the laptop.')" "$(text p3 'One line from the phone.')"
fails 'what only a person can choose is not chosen' 6 by jo merge 2
like 'it says what, and how' "$(flat "$ERR")" '1 place in the text.*--keep N takes one of them whole. Nothing was saved; all versions stay'
is 'both are there' "$(heads jo)" '[(1, 1), (2, 2)]'
fails 'a version that is not there' 3 by jo merge 2 --keep 3
fails 'nor is this one' 3 by jo merge 2 --keep 0
fails 'marks are no text' 6 by jo merge 2 --file "$(text marks '=== version 1' 'One' '=== version 2' 'Two' '=== end')"
is 'and both stay' "$(heads jo | grep -o '(2, 2)')" '(2, 2)'
ok 'a text can be given' by jo merge 2 --file "$(text both 'One line from both.')"
is 'it is the entry' "$(said jo 2)" 'One line from both.'
sync jo phone
apart 2 "$(text l4 'Laptop again.')" "$(text p4 'Phone again.')"
number=$(ask jo '[v["version"] for v in d["versions"] if v["text"].startswith("Phone")][0]' merge 2)
ok 'or one kept whole' by jo merge 2 --keep "$number"
is 'it is that one' "$(said jo 2)" 'Phone again.'
sync jo phone
is 'on both' "$(said phone 2)" 'Phone again.'
quietly jo edit 2 --file "$(text l5 'Phone again.')" --mood 2
quietly phone edit 2 --file "$(text p5 'Phone again.')" --mood 9
sync jo phone jo
fails 'a mood is a choice, too' 6 by jo merge 2
like 'and named' "$(flat "$ERR")" 'only you can choose: mood'
quietly jo merge 2 --keep 1
sync jo phone

# --- what was private stays private ---

quietly jo write --file "$(text c 'For myself and for Ana.')"
sync jo phone ana
quietly jo --yes share "$(ask jo 'd["entries"][-1]["number"]' list)" --with Ana
quietly phone edit "$(ask phone 'd["entries"][-1]["number"]' list)" --file "$(text p6 'For myself and for Ana.' 'For myself alone.')"
sync jo phone jo
n=$(ask jo 'd["entries"][-1]["number"]' list)
ok 'a private version and a shared one join' by jo merge "$n"
like 'for oneself alone, and it says so' "$(flat "$OUT")" 'Not everybody could read each of them, so the joined one is for you alone'
sync jo ana
is 'she keeps what she was given' "$(said ana jo 1)" 'For myself and for Ana.'
is 'and no more' "$(ask ana 'len(d["revisions"])' history jo 1)" 1

# --- deleting on one device, writing on the other ---

sync phone
quietly jo delete 1
sync jo phone
is 'the bin is the same on both' "$(ask phone '[e["number"] for e in d["bin"]]' bin)|$(ask phone '1 in [e["number"] for e in d["entries"]]' list)" '[1]|False'
ok 'what one puts in the other takes out' by phone undelete 1
sync phone jo
is 'it is back on both' "$(ask jo '1 in [e["number"] for e in d["entries"]]' list)" 'True'
quietly jo delete 2
quietly phone edit 2 --file "$(text late 'Written where nobody knew that it was deleted.')"
sync jo phone jo
is 'what is written meanwhile is not lost' "$(said jo 2)|$(said phone 2)" \
    'Written where nobody knew that it was deleted.|Written where nobody knew that it was deleted.'
quietly jo --yes delete 1 --now
quietly phone edit 1 --file "$(text late2 'The week, once more.')"
sync phone jo
is 'nor when it was deleted for good' "$(said jo 1)|$(said phone 1)" 'The week, once more.|The week, once more.'
is 'only what was deleted is' "$(ask phone 'sorted(set(r["state"] for r in d["revisions"]))' history 1)" "['current', 'deleted by its author']"
quietly phone --yes delete 1 --now
sync jo phone
fails 'now it is gone on both' 3 by jo read 1
like 'and said why' "$ERR" 'You deleted entry 1 on'
is 'nothing was kept aside anywhere' "$(ask jo 'd["kept-aside"]' status)$(ask phone 'd["kept-aside"]' status)$(ask ana 'd["kept-aside"]' status)" '[][][]'

# --- a device that comes later ---

device jo tablet
is 'it passes over what is deleted and has the rest' "$(ask tablet '[e["text"] for e in d["entries"]]' list)" "$(ask jo '[e["text"] for e in d["entries"]]' list)"
is 'without an alarm' "$(ask tablet 'd["kept-aside"]' status)" '[]'
unlike 'nor the deleted words' "$(by tablet list; by tablet find rain)" 'rain|pool'

finish
