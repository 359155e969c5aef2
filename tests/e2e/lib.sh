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
