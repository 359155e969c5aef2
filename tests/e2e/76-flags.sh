#!/usr/bin/env bash
# Goal: a flag stays until somebody has taken it on and said how it ended; when its time has passed, everybody who has it is
# told so, without the server having read anything.
. "${0%/*}/lib.sh"

clinic_people
flat() { tr '\n' ' ' <<<"$1" | tr -s ' '; }
refused() { # DESC CODE WORDS PERSON ARGS...
    fails "$1" "$2" by "${@:4}"
    like "$1: the words" "$(flat "$ERR")" "$3"
}
flags() { ask "$1" '[(f["number"], f["severity"], f["state"]) for f in d["flags"]]' flags "${@:2}"; }
minutes() { # PERSON PLACE: from when it was made to when it is due
    ask "$1" "(lambda t: round((t(d['flags'][$2]['due']) - t(d['flags'][$2]['at'])).total_seconds() / 60))(__import__('datetime').datetime.fromisoformat)" flags
}

# --- raised ---

refused 'a severity that is none' 3 'Severity is info, soon or urgent, not "grave". Not saved.' ana flag jo --severity grave --text x
refused 'a flag without words' 3 'Say what it is \(--text\). Not saved.' ana flag jo </dev/null
refused 'one of two lines' 3 'Not saved.' ana flag jo --text $'a\nb'
refused 'about somebody who is no client' 4 'is not a client of yours' ana flag osei --text x
fails 'a client raises none' 4 by jo flag jo --text x
fails 'nor does an admin' 4 by maria flag jo --text x
is 'nothing was saved by any of these' "$(flags ana)" '[]'
ok 'a flag' by ana flag jo --text 'Asked twice for the plan; marigold-flag'
ok 'an urgent one' by ana flag jo --severity urgent --text 'Missed the call this morning'
like 'has a time' "$(flat "$OUT")" "Jo M.'s clinicians see it, to be acknowledged by .*kapd cannot telephone anyone"
sync osei jo
is 'the other clinicians have both' "$(flags osei)" "[('F1', 'soon', 'open'), ('F2', 'urgent', 'open')]"
is 'the client has none' "$(ask jo 'len(d.get("flags", []))' export 2>/dev/null || echo 0)$(by jo inbox | grep -c marigold)" "$(ask jo 'len(d.get("flags", []))' export 2>/dev/null || echo 0)0"
like 'whoever comes by is told' "$(by osei status)" 'URGENT, not acknowledged: 1. The first, F2, is due'
unlike 'a client is not' "$(by jo status)" 'not acknowledged'
like 'a list for people' "$(by osei flags jo)" 'URGENT.*not acknowledged +due'
unlike 'without a time where none is asked for' "$(ask osei '"due" in d["flags"][0]' flags)" True

# --- hours ---

quietly maria clinic contact --hours 'daily 0:00-24:00'
sync ana osei
quietly ana flag jo --severity urgent --text 'While the clinic is open'
is 'half an hour while the clinic is open' "$(minutes ana 2)" 30
shut=$(date -u -d "@$(($(date +%s) + 7200))" +%H:%M)-$(date -u -d "@$(($(date +%s) + 10800))" +%H:%M)
quietly maria clinic contact --hours "daily $shut"
sync ana osei
quietly ana flag jo --severity urgent --text 'While it is not'
is 'an hour while it is not' "$(minutes ana 3)" 60
sync osei

# --- taken on, and closed ---

refused 'one that is not there' 3 'There is no F77 here' osei ack F77
refused 'of one of one'\''s own' 4 'That cannot be acknowledged' ana ack F1
refused 'closing it before' 3 'Nobody has acknowledged it yet. First: kap ack F2. Not closed.' osei close F2 --how 'done'
ok 'another takes it on' by osei ack F2 --note 'Called 10:05. Seeing her 3 pm.'
like 'and is told who sees the note' "$(flat "$OUT")" 'Acknowledged .*m. Ana Reyes sees this note.'
sync ana
like 'the other one sees it' "$(by ana flags)" 'acknowledged by Dr. Osei'
ok 'and closes it' by ana close f2 --how 'Seen at 3 pm, plan renewed.'
sync osei
is 'then it is out of the list' "$(flags osei)" "[('F1', 'soon', 'open'), ('F3', 'urgent', 'open'), ('F4', 'urgent', 'open')]"
is 'and among all of them' "$(flags osei --all)" "[('F1', 'soon', 'open'), ('F2', 'urgent', 'closed'), ('F3', 'urgent', 'open'), ('F4', 'urgent', 'open')]"
is 'one of them in full' "$(ask osei '(d["text"], [(a["by"], a["note"]) for a in d["acknowledged"]], d["closed"]["how"])' flags F2)" \
    "('Missed the call this morning', [('you', 'Called 10:05. Seeing her 3 pm.')], 'Seen at 3 pm, plan renewed.')"
refused 'one that is no flag' 3 'There is no F78 here|"M1" is no such number' osei flags M1
refused 'what was closed is not closed again' 3 'Ana Reyes closed it already' osei close F2 --how 'again'

# --- not in time ---

FAKETIME_LIB=libfaketime.so.1
for file in /usr/lib/*/faketime/libfaketime.so.1; do [ ! -e "$file" ] || FAKETIME_LIB=$file; done
if ! grep -qa '__asan_init\|__tsan_init' "$BUILD/kap"; then
    clocked() { # CLOCK PERSON ARGS...
        LD_PRELOAD=$FAKETIME_LIB FAKETIME=$1 FAKETIME_DONT_RESET=1 by "${@:2}"
    }
    like 'whoever comes by is told' "$(clocked +31m osei sync 2>&1)" 'URGENT, not acknowledged: 2. The first, F3, is OVERDUE since'
    like 'when the time has passed it is late' "$(clocked +31m osei flags)" 'OVERDUE since'
    is 'for programs, too' "$(clocked +31m osei --json flags | "$PYTHON" -c 'import json, sys; print([f.get("overdue") for f in json.load(sys.stdin)["flags"]])')" '[None, True, False]'
    quietly ana flag jo --severity urgent --text 'Watched until then'
    sync osei
    due=$(date -d "$(ask osei 'd["flags"][-1]["due"]' flags)" +%s)
    clocked "+$((due - $(date +%s) - 3))s" osei --json watch --for 6 >"$T/late"
    is 'one who watches is told of what is late at once, and of the next at its moment' "$("$PYTHON" -c 'import json, sys
said = [[f["text"] for f in json.loads(line).get("late", [])] for line in sys.stdin]
said = [texts for texts in said if texts]
print(said[0][0], said[-1][-1], sep="|")' <"$T/late")" 'While the clinic is open|Watched until then'
else
    diag 'no other clock here: sanitizers do not like to be preloaded'
fi

# --- the server ---

kapd_stop
printf '%s\n' 'Asked twice for the plan; marigold-flag' 'Missed the call this morning' 'Called 10:05. Seeing her 3 pm.' \
    'Seen at 3 pm, plan renewed.' >"$T/texts"
ok 'no word of it is on the server or in its log' "$ROOT/tests/demo/search.py" "$T/texts" "$T/clinic" "$T/kapd.log"
like 'it knows how many wait for an answer too long, and no more' "$(kapctl check -c "$T/kapd.conf")" 'unanswered in time 0'
finish
