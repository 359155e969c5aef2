#!/usr/bin/env bash
# Goal: a whole session without the server, events by another of the team, and everything in its place afterwards.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
staff mira medical 'Mira Lund'
sync mira maria ana osei maria mira
quietly maria team jo --set 'Ana,Osei,Mira'
sync jo osei ana mira jo ana mira
ready
sync mira
quietly mira order ack jo
sync ana

# saved DESC ARGS...: it is saved here, and says so once
saved() {
    fails "$1" 10 by ana "${@:2}"
    is "$1: said once" "$(grep -c 'cannot be reached just now' <<<"$ERR")|$(grep -c 'safe on this device' <<<"$(said)")" '1|1'
}
kapd_stop
saved 'it opens' session start jo "${ANSWERS[@]}" --bp 122/79
like 'by what this device last knew' "$(told)" \
    "^\(The server cannot be reached: order and clearance are as this device last knew them\.\) Order r1 acknowledged yes .* Within order r1\. Session 1 open $CLOCK\."
saved 'a dose' session dose jo 300mg sl --at "$(ago 121)"
saved 'vitals above the limit' session vitals jo 168/102 --at "$(ago 80)"
is 'say that nobody knows yet' "$(told)" \
    "ABOVE act-at limit 160/100 (order r1). Dr. Osei does NOT know yet: it is sent when the server can be reached. Telephone. Retake by $(clock 70 | cut -d' ' -f1)."
saved 'within again' session vitals jo 151/92 --at "$(ago 70)"
like 'says so, too' "$(told)" '^Back below act-at limit\. Dr\. Osei does NOT know yet'
saved 'a check' session check jo --set responding=yes
saved 'something adverse' session ae jo nausea --severity 2
saved 'a note' session note jo --file "$(text note 'Quiet.')"
saved 'a correction' session correct E5 --set comfort=8
saved 'the end, with its report' --yes session end jo "${DISCHARGE[@]}" --bp 124/80
is 'all of it is here' "$(events ana 'e["what"]')" "['dose', 'vitals', 'vitals', 'vitals', 'check', 'ae', 'note', 'vitals']"
is 'and ended' "$(ask ana 'd["state"], d["reported"], d["mg"]' session show jo)" "('closed', True, 300.0)"

kapd_start
sync ana osei mira jo
is 'the prescriber has everything in its order' "$(events osei '(e["number"] != "", e["minute"], e["what"], e["revision"])')" \
    "$(events ana '(e["number"] != "", e["minute"], e["what"], e["revision"])')"
is 'and the report' "$(ask osei 'd["state"], d["reported"]' session show jo)|$(by osei inbox | grep -c '300 mg, BP')" "('closed', True)|1"
is 'nothing waits any more' "$(ask ana 'd["sent"]' sync)" 0
like 'the client may sign nothing today' "$(by jo consent sign D1 2>&1 < <(echo 'Jo M.') | tr '\n' ' ')" 'Medicine days are not signing days'

# --- another of the team ---

quietly ana session start jo "${ANSWERS[@]}" --bp 118/76
sync mira
ok 'medical staff add vitals to a session that the therapist opened' by mira session vitals jo 119/77 66 98
ok 'and a dose' by mira session dose jo 200 --at "$(ago 20)"
sync ana
is 'she sees them in the session' "$(events ana '(e["what"], e["by"])')" \
    "[('dose', 'Mira Lund'), ('vitals', 'Ana Reyes'), ('vitals', 'Mira Lund')]"
refuses 'over the order counts what the other gave' 3 \
    'Over the order (300 mg max, r1). With what was given before, 200 mg, it is 301 mg. If this is what was taken, repeat with --confirm "why". It will be recorded and Dr. Osei told.' \
    ana session dose jo 101
refuses 'who did not open it does not end it' 4 'Ana Reyes opened this session, and ends it. You can add events, notes and vitals. Not saved.' \
    mira session end jo "${DISCHARGE[@]}"
hers=$(ask ana '[e["number"] for e in d["events"] if e["by"] == "Mira Lund"][0]' session show jo)
refuses 'nobody corrects what another wrote' 4 "Mira Lund wrote $hers and can correct it. Not saved." ana session correct "$hers" --set mg=100
quietly ana session end jo "${DISCHARGE[@]}" --set 'early-reason=She feels well.' --bp 118/76
finish
