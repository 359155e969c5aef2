# shellcheck shell=bash
# What the stories share: assertions that print TAP, a temporary place that goes away, a kapd that is ready when
# kapd_start returns. A story is a bash script that begins
#     # Goal: one sentence.
#     . "${0%/*}/lib.sh"
# and ends with `finish`. KEEP=1 leaves the temporary place behind and says where it is.

BUILD=${BUILD:-build/plain}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
PATH=$BUILD:$PATH
export BUILD ROOT PATH
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
unset KAP_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR

T=$(mktemp -d "${TMPDIR:-/tmp}/kap.XXXXXX") || exit 1
export T HOME=$T
TESTS=0 BROKEN=0 KAPD_PID='' KAPD_PORT='' FINISHED=''

cleanup() {
    local code=$?
    trap - EXIT
    [ -z "$KAPD_PID" ] || { kill -KILL "$KAPD_PID" && wait "$KAPD_PID"; } 2>/dev/null
    for mark in "$T"/.unlocked.*; do [ ! -e "$mark" ] || KAP_HOME=$T/${mark##*.} kap lock >/dev/null 2>&1; done
    if [ -n "$FINISHED" ] && [ "$BROKEN" -gt 0 ]; then code=1; fi
    if [ "$BROKEN" -gt 0 ] || [ -z "$FINISHED" ]; then
        [ -n "$FINISHED" ] || echo "# the story stopped before its end"
        [ ! -s "$T/kapd.log" ] || tail -n 40 "$T/kapd.log" | sed 's/^/# kapd: /'
    fi
    if [ -n "${KEEP:-}" ]; then echo "# kept: $T"; else rm -rf "$T"; fi
    exit "$code"
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

pass() { TESTS=$((TESTS + 1)) && echo "ok $TESTS - $1"; }
fail() { # DESC [WHY...]
    TESTS=$((TESTS + 1)) BROKEN=$((BROKEN + 1))
    echo "not ok $TESTS - $1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
    return 0
}
diag() { printf '%s\n' "$@" | sed 's/^/# /'; }

# finish: prints the plan; the last line of every story.
finish() {
    FINISHED=1
    echo "1..$TESTS"
    [ "$BROKEN" -eq 0 ]
}

# ok DESC CMD...: CMD succeeds. What it printed is in $OUT (stdout) and $ERR (stderr).
ok() {
    local desc=$1
    shift
    run "$@"
    if [ "$CODE" -eq 0 ]; then pass "$desc"; else fail "$desc" "exit code $CODE from: $1" "$OUT" "$ERR"; fi
}

# fails DESC CODE CMD...: CMD exits with CODE, no other.
fails() {
    local desc=$1 want=$2
    shift 2
    run "$@"
    if [ "$CODE" -eq "$want" ]; then
        pass "$desc"
    else
        fail "$desc" "exit code $CODE, expected $want, from: $1" "$OUT" "$ERR"
    fi
}

# run CMD...: fills OUT, ERR and CODE. Never ends the story.
run() {
    "$@" >"$T/.out" 2>"$T/.err"
    CODE=$?
    OUT=$(tr -d '\0' <"$T/.out") ERR=$(tr -d '\0' <"$T/.err")
    return 0
}

is() { # DESC GOT WANT
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}
like() { # DESC TEXT REGEX (extended, whole text)
    if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "no match for: $3" "in: $2"; fi
}
unlike() { # DESC TEXT REGEX
    if [[ $2 =~ $3 ]]; then fail "$1" "found: ${BASH_REMATCH[0]}" "in: $2"; else pass "$1"; fi
}

# wait_for SECONDS CMD...: repeats CMD until it succeeds. For what has no handshake; prefer a handshake.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.05
    done
}

# as NAME CMD...: CMD as the person whose profile is $T/NAME.
as() {
    local who=$1
    shift
    KAP_HOME=$T/$who "$@"
}

# clinic_new: makes a clinic's server, its configuration in $T/kapd.conf and its founding code in FOUNDING (without an
# address; see `at`).
clinic_new() {
    cat >"$T/kapd.conf" <<CONF
listen = 127.0.0.1
port = 0
state_dir = $T/clinic
store_mib = 4096
any_filesystem = yes
CONF
    run kapctl init -c "$T/kapd.conf" --name "${1:-Meadow Clinic}" --address localhost
    FOUNDING=$(sed -n 's/^ *\([0-9A-Z-]*\)@.*/\1/p' <<<"$OUT")
    if [ "$CODE" -ne 0 ] || [ -z "$FOUNDING" ]; then diag "no clinic: $ERR"; fi
}

# at CODE: the code, with the address of the kapd that runs.
at() { echo "${1%@*}@localhost:$KAPD_PORT"; }

# kapd_start ARGS...: starts kapd and returns when it serves; KAPD_PID and KAPD_PORT are set. kapd says so itself with
# the line "ready port=NNNN" on its standard output. Later starts take the same port. Its log is $T/kapd.log.
kapd_start() {
    local line=''
    rm -f "$T/.ready"
    mkfifo "$T/.ready"
    kapd -c "$T/kapd.conf" --set "port=${KAPD_PORT:-0}" "$@" >"$T/.ready" 2>>"$T/kapd.log" &
    KAPD_PID=$!
    exec {KAPD_OUT}<"$T/.ready"
    while read -r -t 30 -u "$KAPD_OUT" line; do
        case $line in
        "ready port="*)
            KAPD_PORT=${line#ready port=}
            return 0
            ;;
        esac
    done
    wait "$KAPD_PID"
    diag "kapd ended with exit code $? before it was ready"
    KAPD_PID=
    return 1
}

# kapd_stop: asks kapd to stop and waits; returns its exit code.
kapd_stop() { kapd_signal TERM; }
# kapd_kill: the same without asking.
kapd_kill() { kapd_signal KILL; }
kapd_signal() {
    local pid=$KAPD_PID
    [ -n "$pid" ] || return 1
    KAPD_PID=
    kill "-$1" "$pid"
    wait "$pid"
}

# --- people ---

PASSPHRASE='correct horse battery staple'
PYTHON=$(command -v /usr/bin/python3 || command -v python3)

# by NAME ARGS...: kap as the person whose profile is $T/NAME, with the key that `kap unlock` keeps, or the passphrase
# each time where the kernel keeps no keys.
by() {
    local who=$1
    shift
    if [ -e "$T/.unlocked.$who" ]; then
        KAP_HOME=$T/$who kap "$@"
    else
        KAP_HOME=$T/$who kap --passphrase-fd 9 "$@" 9<"$T/.passphrase"
    fi
}
# quietly NAME ARGS...: the same, for what is not in question; says so when it fails.
quietly() {
    local said code
    said=$(by "$@" 2>&1)
    code=$?
    [ $code -eq 0 ] || diag "kap $*: exit code $code: $said"
    return $code
}
# sync NAME...: one exchange each, in this order.
sync() {
    local who
    for who in "$@"; do quietly "$who" sync; done
}

# ask NAME EXPRESSION ARGS...: what a Python expression makes of `d`, the document that kap --json ARGS prints.
ask() {
    local who=$1 expression=$2
    shift 2
    by "$who" --json "$@" 2>/dev/null | "$PYTHON" -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$expression" 2>&1 | tail -1
}

# code_of TEXT: the code in what `kap invite` printed.
code_of() { grep -oE '([0-9A-Z]{5}-){5}[0-9A-Z]{5}@[^ "]+' <<<"$1" | head -1; }

# join NAME CODE ARGS...: makes the profile $T/NAME, joins with the code, and unlocks.
join() {
    local who=$1 code=$2
    shift 2
    [ -e "$T/.passphrase" ] || printf '%s\n%s\n' "$PASSPHRASE" "$PASSPHRASE" >"$T/.passphrase"
    quietly "$who" join "$code" --kdf-cost 16 "$@" || return
    if by "$who" unlock --minutes 60 >/dev/null 2>&1; then : >"$T/.unlocked.$who"; fi
}

# invite NAME ARGS...: a code made by this person.
invite() { code_of "$(by "$1" invite "${@:2}" 2>&1)"; }

# staff NAME ROLE "FULL NAME": a colleague invited by maria joins.
staff() { join "$1" "$(invite maria --role "$2" --name "$3")"; }

# clinic_people: a clinic whose kapd runs, with maria (admin), ana (therapist), osei (prescriber) and jo (their client);
# everybody knows everybody's name.
clinic_people() {
    local codes
    clinic_new
    kapd_start || return
    join maria "$(at "$FOUNDING")" --name 'Maria Ortiz' || return
    codes=("$(invite maria --role therapist --name 'Ana Reyes')" "$(invite maria --role prescriber --name 'Dr. Osei')")
    join ana "${codes[0]}" &
    join osei "${codes[1]}" || return
    wait $! || return
    sync maria ana osei maria ana
    join jo "$(invite ana --role client --name 'Jo M.' --team 'Ana Reyes,Osei')" || return
    sync jo ana osei jo
}

# text NAME WORDS...: a file of these words, for --file; prints its path.
text() {
    printf '%s\n' "${@:2}" >"$T/$1.txt"
    echo "$T/$1.txt"
}
