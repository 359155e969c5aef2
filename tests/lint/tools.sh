#!/usr/bin/env bash
# The test tools themselves: tests/run must notice every way a test program can go wrong, and the assertions of
# tests/e2e/lib.sh must be able to fail. Uses nothing of lib.sh, for that is under test.
set -u
cd "${0%/*}/../.." || exit 1
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
n=0

judge() { # DESC WANTED-LAST-LINE WANTED-CODE: looks at $out and $code
    n=$((n + 1))
    if [ "${out##*$'\n'}" = "$2" ] && [ "$code" = "$3" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "wanted: $2 ($3), got code $code and:" "$out" | sed 's/^/#   /'
    fi
}

program() { # NAME: a test program from standard input
    { echo '#!/bin/bash' && cat; } >"$T/$1"
    chmod +x "$T/$1"
}

runner() { # DESC LINE CODE ARGS...
    local desc=$1 line=$2 wanted=$3
    shift 3
    out=$(tests/run "$@" 2>&1)
    code=$?
    judge "tests/run: $desc" "$line" "$wanted"
}

program good <<<$'echo ok 1 - a\necho ok 2 - b\necho 1..2'
program bad <<<$'echo ok 1 - a\necho not ok 2 - b\necho 1..2'
program crash <<<$'echo ok 1 - a\necho 1..1\nkill -SEGV $$'
program code <<<$'echo ok 1 - a\necho 1..1\nexit 3'
program short <<<$'echo 1..3\necho ok 1 - a'
program noplan <<<$'echo ok 1 - a'
program empty <<<'true'
program skipped <<<$'echo ok 1 - a\necho ok 2 - b "# SKIP no keyring"\necho 1..2'
program onlyskip <<<$'echo 1..0 "# SKIP nothing here"'
program hang <<<$'echo 1..1\nsleep 300 & echo $! >"$PIDS"; sleep 300'
program asks <<<$'# timeout: 1\nsleep 300'
program leaves <<<$'echo ok 1 - a\necho 1..1\nsleep 300 &'
program environment <<<$'[ "$A$B" = 12 ] && echo ok 1 - a\necho 1..1'
program wrapper <<<$'"$@" | sed "s/not ok/ok/"'

runner 'counts what passed' '2 passed, 0 failed' 0 "$T/good"
runner 'adds up programs, two at a time' '4 passed, 0 failed' 0 -j 2 "$T/good" "$T/good"
runner 'a failed test fails, though the exit code is 0' '1 passed, 1 failed' 1 "$T/bad"
runner 'a crash fails' '1 passed, 1 failed' 1 "$T/crash"
runner 'an exit code fails' '1 passed, 1 failed' 1 "$T/code"
runner 'a short plan fails' '1 passed, 1 failed' 1 "$T/short"
runner 'a missing plan fails' '1 passed, 1 failed' 1 "$T/noplan"
runner 'no tests fail' '0 passed, 1 failed' 1 "$T/empty"
runner 'a skip is neither' '1 passed, 0 failed' 0 "$T/skipped"
runner 'skipping everything fails' '0 passed, 1 failed' 1 "$T/onlyskip"
runner 'a missing program fails' '0 passed, 1 failed' 1 "$T/nowhere"
runner 'no programs fail' '0 passed, 1 failed' 1
runner 'leftover processes fail' '1 passed, 1 failed' 1 "$T/leaves"
runner 'a script may ask for its own time' '0 passed, 1 failed' 1 -t 60 "$T/asks"
runner 'sets the environment' '1 passed, 0 failed' 0 A=1 B=2 "$T/environment"
runner 'runs through a wrapper' '2 passed, 0 failed' 0 -w "$T/wrapper" "$T/bad"
runner 'a program out of time fails' '0 passed, 1 failed' 1 -t 1 "PIDS=$T/pids" "$T/hang"
# a zombie that init has not yet buried is gone, too; on a busy machine the kernel may still be about it, so that is
# waited for, but not for long
for _ in $(seq 100); do
    out=$(grep -s '^State:' "/proc/$(cat "$T/pids")/status" | grep -v 'Z (zombie)' || echo gone)
    code=$?
    [ "$out" != gone ] || break
    sleep 0.05
done
judge 'tests/run: and all of its group is gone' gone 0

story() { # DESC LINE CODE: a story from standard input
    { echo '#!/bin/bash' && echo ". '$PWD/tests/e2e/lib.sh'" && cat; } >"$T/story"
    chmod +x "$T/story"
    out=$(BUILD=$T TMPDIR=$T "$T/story" 2>&1)
    code=$?
    out=$(grep -v '^#' <<<"$out" | tail -n 1)
    judge "lib.sh: $1" "$2" "$3"
}
one() { # DESC LINE CODE: a one-line story, judged by its first line
    { echo '#!/bin/bash' && echo ". '$PWD/tests/e2e/lib.sh'" && cat && echo finish; } >"$T/story"
    chmod +x "$T/story"
    out=$(BUILD=$T TMPDIR=$T "$T/story" 2>&1)
    code=$?
    out=$(grep '^\(not \)\?ok' <<<"$out" | head -n 1)
    judge "lib.sh: $1" "$2" "$3"
}
one 'ok passes' 'ok 1 - a' 0 <<<'ok a true'
one 'ok fails' 'not ok 1 - a' 1 <<<'ok a false'
one 'is passes' 'ok 1 - a' 0 <<<'is a 1 1'
one 'is fails' 'not ok 1 - a' 1 <<<'is a 1 2'
one 'like passes' 'ok 1 - a' 0 <<<"like a xyz 'y.$'"
one 'like fails' 'not ok 1 - a' 1 <<<"like a xyz '^y'"
one 'unlike passes' 'ok 1 - a' 0 <<<"unlike a xyz '^y'"
one 'unlike fails' 'not ok 1 - a' 1 <<<'unlike a xyz y'
one 'fails passes' 'ok 1 - a' 0 <<<'fails a 1 false'
one 'fails wants that very code' 'not ok 1 - a' 1 <<<'fails a 2 false'
one 'fails wants a failure' 'not ok 1 - a' 1 <<<'fails a 1 true'
one 'ok keeps the output' 'ok 1 - b' 0 <<<$'run echo hello\nis b "$OUT" hello'
# shellcheck disable=SC2016
one 'as sets the profile' 'ok 1 - a' 0 <<<'is a "$(as maya printenv KAP_HOME)" "$T/maya"'
one 'kapd_start returns when kapd is ready' 'ok 1 - a' 0 <<'STORY'
printf '#!/bin/bash\ntrap "exit 7" TERM\necho hello\necho ready port=4242\nwhile :; do sleep 0.05; done' >"$T/kapd"
chmod +x "$T/kapd"; PATH=$T:$PATH
kapd_start; is a "$KAPD_PORT" 4242; run kapd_stop; is b "$CODE" 7
STORY
one 'kapd_start fails when kapd does not start' 'ok 1 - a' 0 <<'STORY'
printf '#!/bin/bash\nexit 3' >"$T/kapd"; chmod +x "$T/kapd"; PATH=$T:$PATH
fails a 1 kapd_start
STORY
story 'a story prints its plan' '1..1' 0 <<<$'ok a true\nfinish'
story 'a story cut short prints none' 'ok 1 - a' 1 <<<$'ok a true\nexit 1'
out=$(find "$T" -maxdepth 1 -name 'kap.*' | wc -l)
code=$?
judge 'lib.sh: leaves nothing behind' 0 0
echo "1..$n"
