#!/usr/bin/env bash
# The main job, played from an empty folder: a clinic, its people, sealed journals and messages, a real sync. Prints every
# command and what it really answers. Everything happens in a temporary folder and on loopback ports it picks itself.
# A step that goes wrong ends the play with exit code 1.
#     tests/demo/demo.sh BUILD_DIR        PAUSE=1 waits a moment between the steps; ENTRIES=N instead of 500
set -u
BUILD=$(cd "${1:-build/plain}" && pwd) || exit 1
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
PYTHON=$(command -v /usr/bin/python3 || command -v python3)
export PATH=$BUILD:$PATH LC_ALL=C.UTF-8
unset KAP_HOME XDG_DATA_HOME XDG_RUNTIME_DIR
T=$(mktemp -d "${TMPDIR:-/tmp}/kap-demo.XXXXXX") || exit 1
export HOME=$T
KAPD='' RELAY='' WATCH=''
STORE=$T/server
PASS='correct horse battery staple'
ENTRIES=${ENTRIES:-500}

cleanup() {
    trap - EXIT
    for pid in $WATCH $KAPD $RELAY; do kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    for who in maria ana osei jo; do KAP_HOME=$T/$who kap lock >/dev/null 2>&1; done
    rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then B=$(printf '\033[1m') N=$(printf '\033[0m'); else B='' N=''; fi
step() { printf '\n%s--- %s%s\n' "$B" "$1" "$N"; [ -z "${PAUSE:-}" ] || sleep 2; }
note() { printf '    %s\n' "$@"; }
die() { printf '\nThe demonstration stopped: %s\n' "$1" >&2; [ ! -s "$T/kapd.log" ] || tail -5 "$T/kapd.log" >&2; exit 1; }

# play WHO SHOWN-COMMAND...: as this person; shows the command and its output, which is kept in $OUT. WANT is the exit code.
WANT=0
play() {
    local who=$1 code
    shift
    printf '\n%s%s$ kap %s%s\n' "$B" "$who" "$(printf '%s ' "$@" | sed 's/ $//')" "$N"
    quiet "$who" "$@" >"$T/out" 2>&1
    code=$?
    sed 's/^/  /' "$T/out"
    OUT=$(cat "$T/out")
    [ $code -eq "$WANT" ] || die "kap $* answered with $code, not $WANT"
}
# quiet WHO ARGS...: the same without showing. Where the kernel keeps no keys the passphrase is given each time.
quiet() {
    local who=$1
    shift
    if [ -e "$T/$who.unlocked" ]; then
        KAP_HOME=$T/$who kap "$@" </dev/null
    else
        KAP_HOME=$T/$who kap --passphrase-fd 9 "$@" 9<"$T/pass" </dev/null
    fi
}
unlock() { ! quiet "$1" unlock >/dev/null 2>&1 || : >"$T/$1.unlocked"; }
shows() { grep -qF -- "$1" <<<"$OUT" || die "\"$1\" is not in the answer"; }
hides() { ! grep -qF -- "$1" <<<"$OUT" || die "\"$1\" should not be in the answer"; }

start_kapd() { # waits until it says itself that it serves
    local line='' fifo=$T/ready
    rm -f "$fifo" && mkfifo "$fifo"
    kapd --set "state_dir=$STORE" --set store_mib=4096 --set listen=127.0.0.1 --set "port=$1" >"$fifo" 2>>"$T/kapd.log" &
    KAPD=$!
    exec 8<"$fifo"
    read -r -t 20 -u 8 line || die "kapd did not start"
    [[ $line == "ready port="* ]] || die "kapd said: $line"
    PORT=${line#ready port=}
}
stop_kapd() { kill -TERM "$KAPD" && wait "$KAPD"; KAPD=''; }
code_in() { grep -oE '([0-9A-Z]{5}-){5}[0-9A-Z]{5}@[^ ]+' <<<"$OUT" | head -1; }

printf '%s\n%s\n' "$PASS" "$PASS" >"$T/pass"

step "1. The operator makes the clinic's server"
# a relay stands between the devices and kapd, so that every byte on the wire can be searched at the end
exec 7< <(exec "$PYTHON" "$HERE/relay.py" 0 0 /dev/null 2>/dev/null & echo $!; wait)
read -r -u 7 RELAY; read -r -u 7 line; kill "$RELAY" 2>/dev/null
RELAY_PORT=${line#ready port=}
printf '\n%sserver# kapctl init --name "Meadow Clinic" --address 127.0.0.1:%s%s\n' "$B" "$RELAY_PORT" "$N"
kapctl init --name "Meadow Clinic" --address "127.0.0.1:$RELAY_PORT" --set "state_dir=$STORE" --set store_mib=4096 --any-filesystem >"$T/out" 2>&1 ||
    { cat "$T/out"; die "kapctl init failed"; }
sed 's/^/  /' "$T/out"
OUT=$(cat "$T/out")
FOUNDING=$(code_in)
printf '\n%sserver# kapd%s\n' "$B" "$N"
start_kapd 0
KAPD_PORT=$PORT
note "ready port=$KAPD_PORT"
"$PYTHON" "$HERE/relay.py" "$RELAY_PORT" "$KAPD_PORT" "$T/wire" >"$T/relay.out" &
RELAY=$!
until grep -q ready "$T/relay.out" 2>/dev/null; do kill -0 "$RELAY" 2>/dev/null || die "the relay did not start"; sleep 0.02; done

JOIN=(--kdf-cost 16)
step "2. The first admin joins with the founding code: the clinic begins on her device"
play maria join "$FOUNDING" --name "Maria Ortiz" "${JOIN[@]}"
shows "You have joined"
unlock maria

step "3. Invitations: each code tells the newcomer the true clinic, server and people"
play maria invite --role therapist --name "Ana Reyes"
play ana join "$(code_in)" "${JOIN[@]}"
unlock ana
play maria invite --role prescriber --name "Dr. Osei"
play osei join "$(code_in)" "${JOIN[@]}"
unlock osei
quiet maria sync >/dev/null 2>&1; quiet ana sync >/dev/null 2>&1; quiet osei sync >/dev/null 2>&1
quiet maria sync >/dev/null 2>&1; quiet ana sync >/dev/null 2>&1
play ana invite --role client --name "Jo M." --team "Ana Reyes,Osei"
play jo join "$(code_in)" "${JOIN[@]}"
unlock jo
quiet ana sync >/dev/null 2>&1; quiet osei sync >/dev/null 2>&1
play jo team
shows "Ana Reyes"

step "4. The server is stopped. Jo writes all the same"
stop_kapd
cat >"$T/reflection.txt" <<'TEXT'
The kitchen. Mum at the sink, nobody waiting to be cross.
I keep thinking I was allowed to be there.

What I want to keep: the sound of my sister laughing, and that I was not waiting for it to stop.
TEXT
printf 'warm orange. a door that was only a curtain\n' >"$T/line.txt"
printf 'my sister laughing in the kitchen\n' >"$T/answer.txt"
printf 'Café, naïve, Ångström — 🌅🫶🏽 — שלום עולם — مرحبا بالعالم\n' >"$T/script.txt"
play jo quick --file "$T/line.txt"
shows "Only you can read it"
play jo write --title "The kitchen" --file "$T/reflection.txt"
play jo answer first-03 --file "$T/answer.txt"
play jo write --file "$T/script.txt"
WANT=10 play jo sync
start_kapd "$KAPD_PORT"
note "" "kapd runs again."
play jo sync
shows "Sent"
play jo sync
shows "Nothing to send"
play jo list
hides "SHARED"

step "5. Jo shares one entry with Ana; Ana comments; Jo edits"
play jo --yes share 2 --with Ana
play jo who-can-see 2
shows "Ana Reyes"
play ana sync
play ana list jo
shows "The kitchen"
hides "warm orange"
play ana read jo 1
shows "allowed to be there"
printf 'What would "allowed" look like on a Sunday with your mother?\n' >"$T/comment.txt"
play ana comment jo 1 --lines 2 --file "$T/comment.txt"
play jo sync
play jo read 2
shows "on a Sunday with your mother"
printf 'The kitchen. Mum at the sink, nobody waiting to be cross.\nI was allowed to be there.\n' >"$T/edit.txt"
play jo edit 2 --file "$T/edit.txt"
play jo sync
play ana sync
play ana read jo 1
shows "I was allowed to be there."
play ana history jo 1
play ana who-can-see jo 1
play jo who-can-see 2
quiet osei sync >/dev/null 2>&1
play osei list
hides "kitchen"

step "6. Ana asks Dr. Osei about Jo, urgently; stored, delivered, opened, acknowledged are four things"
printf 'BP stayed at 168/102 after the second reading. Please look today.\n' >"$T/msg.txt"
printf '\n%sosei$ kap watch --until-news%s\n' "$B" "$N"
quiet osei watch --until-news --for 30 >"$T/watch" 2>&1 &
WATCH=$!
until grep -q Watching "$T/watch" 2>/dev/null; do kill -0 "$WATCH" 2>/dev/null || die "kap watch ended early"; sleep 0.02; done
play ana msg care jo --to Osei --urgent --file "$T/msg.txt"
SENT=$(date +%s%N)
wait "$WATCH" || die "kap watch failed: $(cat "$T/watch")"
ARRIVED=$(date +%s%N)
WATCH=''
printf '\n%sosei$ kap watch --until-news%s\n' "$B" "$N"
sed 's/^/  /' "$T/watch"
grep -q 168/102 "$T/watch" || grep -qi urgent "$T/watch" || die "the message did not arrive"
note "It arrived $(((ARRIVED - SENT) / 1000000)) ms after \`kap msg\` had ended."
play ana sync
play ana read inbox 1
play osei read inbox 1
quiet osei sync >/dev/null 2>&1
quiet ana sync >/dev/null 2>&1
play ana read inbox 1
printf 'Seen. New limits today, I call you at 3 pm.\n' >"$T/note.txt"
play osei ack inbox 1 --file "$T/note.txt"
play ana sync
play ana read inbox 1
shows "New limits today"
quiet jo sync >/dev/null 2>&1
play jo inbox
hides "168/102"
play osei list
hides "kitchen"

step "7. kapd is killed in the middle of a push of $ENTRIES entries"
printf '\n%sjo$ for i in 1..%s: kap quick%s\n' "$B" "$ENTRIES" "$N"
for i in $(seq 1 "$ENTRIES"); do
    printf 'entry %03d of a long month\n' "$i" >"$T/line.$i"
    quiet jo quick --file "$T/line.$i" >/dev/null || die "kap quick failed"
done
cat "$T"/line.[0-9]* >"$T/month.txt"
note "$ENTRIES entries wait on Jo's device."
quiet jo sync >"$T/killed" 2>&1 &
SYNC=$!
before=$(stat -c %s "$T/wire")
until [ "$(stat -c %s "$T/wire")" -gt $((before + ENTRIES * 400)) ]; do kill -0 "$SYNC" 2>/dev/null || break; done
kill -KILL "$KAPD" && wait "$KAPD" 2>/dev/null
KAPD=''
wait "$SYNC"
printf '\n%sserver# kill -KILL kapd%s\n' "$B" "$N"
sed 's/^/  /' "$T/killed"
start_kapd "$KAPD_PORT"
note "kapd runs again."
play jo sync
play jo sync
shows "Nothing to send"
TOTAL=$(quiet jo --json list | "$PYTHON" -c 'import json,sys; print(len(json.load(sys.stdin)["entries"]))')
note "Entries on Jo's device: $TOTAL, expected $((ENTRIES + 4))."
[ "$TOTAL" = $((ENTRIES + 4)) ] || die "entries were lost or doubled"
stop_kapd
printf '\n%sserver# kapctl check%s\n' "$B" "$N"
kapctl check --set "state_dir=$STORE" --set store_mib=4096 --any-filesystem >"$T/out" 2>&1 || { cat "$T/out"; die "the store is damaged"; }
sed 's/^/  /' "$T/out"

step "8. Is any of it to be found in the store, in the log, or on the wire?"
cat "$T"/{line,reflection,answer,script,comment,edit,msg,note,month}.txt >"$T/texts"
printf '%s\n' "Maria Ortiz" "Ana Reyes" "Dr. Osei" "Jo M." "The kitchen" "Meadow Clinic" >>"$T/texts"
"$PYTHON" "$HERE/search.py" "$T/texts" "$STORE" "$T/kapd.log" "$T/wire" || die "something was found"

printf '\n%sThat is the main job.%s\n' "$B" "$N"
