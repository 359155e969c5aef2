#!/usr/bin/env bash
# Goal: the tour is what the program does: each of its commands runs, and says what the page says.
# WRITE=1 prints the page as it should be instead.
# timeout: 180
. "${0%/*}/lib.sh"

clinic_people
echo 'I can stop at any time.' >"$T/treatment.txt"
echo 'My own thoughts about Tuesday.' >"$T/note.txt"
if [ -n "${WRITE:-}" ]; then
    "$PYTHON" "$ROOT/tests/e2e/tour.py" "$ROOT/docs/TOUR.md" "$T" write >&3
    FINISHED=1
    exit
fi
"$PYTHON" "$ROOT/tests/e2e/tour.py" "$ROOT/docs/TOUR.md" "$T" >"$T/tour.tap"
sed -i '/^1\.\./d' "$T/tour.tap"
cat "$T/tour.tap"
TESTS=$(grep -cE '^(not )?ok ' "$T/tour.tap") BROKEN=$(grep -c '^not ok' "$T/tour.tap")
# page NAME WORDS: a page of one command, of which the plan's line with these words is expected
page() {
    printf '%s\n' '```console jo' '$ kap --plain plan | grep alone' "$2" '```' >"$T/$1.md"
    "$PYTHON" "$ROOT/tests/e2e/tour.py" "$T/$1.md" "$T"
}
ok 'control: a page that is right passes' page right 'alone: walk the dog'
fails 'control: one other word does not' 1 page wrong 'alone: walk the cat'
finish
