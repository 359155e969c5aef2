#!/usr/bin/env bash
# Goal: whose devices hold what, kind by kind: every value of everybody's vault is opened and searched for a word that
# only one record has. Who is not meant to read a kind was handed no key and has no byte of it.
# timeout: 180
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
staff mei medical 'Mei Lin' &
staff lund therapist 'Ms. Lund'
wait $!
staff audi auditor 'Au Ditor'
sync maria mei maria
quietly maria --yes team Jo --set ana,osei,mei
sync maria jo ana osei mei lund audi jo ana osei mei

# --- one record of each kind, each with a word of its own ---

word() { text "$1" "$1"; }
quietly jo write --file "$(word mark-private)"
quietly jo write --file "$(word mark-shown)"
quietly jo --yes share 2 --with Ana
quietly jo checkin --set mood=4 --set new-meds=mark-checkin
quietly jo checkin --with Ana --set mood=4 --set new-meds=mark-told
quietly jo med add --set name=mark-med-own
quietly jo plan --edit --set alone=mark-plan
quietly jo msg ana --file "$(word mark-message)"
sync ana osei mei
quietly ana comment jo 1 --file "$(word mark-comment)"
quietly ana assign jo --text --file "$(word mark-assigned)"
quietly ana msg care jo --to osei --file "$(word mark-care)"
quietly ana hold jo --set reason=mark-hold
quietly ana flag jo --severity soon --text mark-flag
quietly ana note jo --file "$(word mark-note)"
quietly osei med add jo --set name=mark-medicine
quietly osei supply jo dispensed 12 --unit-mg 100 --note mark-supply
quietly ana consent offer jo --title mark-form --scope treatment --file "$(text treatment 'I can stop at any time.')"
quietly osei clear jo --set decision=cleared --set "valid-until=$(day 60)" --set sessions=6 --set basis=mark-clearance
quietly osei order jo "${ORDER[@]}" --set holds=mark-order:24
sync osei ana mei jo
by jo consent sign D1 < <(echo 'Jo M.') >/dev/null 2>&1
quietly osei lift H1 --reason mark-closing
sync ana osei
quietly ana order ack jo
for number in $(ask osei '" ".join(str(m["number"]) for m in d["messages"] if m["from"] == "Jo M.")' inbox); do
    quietly osei ack inbox "$number" --note seen
done
sync ana
quietly ana session start jo "${ANSWERS[@]}" --set chaperone=mark-session --bp 122/79 --hr 68 --spo2 98
quietly ana session dose jo 300mg sl --set lot=mark-event
sync ana osei mei jo lund maria audi ana

# --- who has them ---

holders() { # prints "WORD: who who" for each word
    "$PYTHON" - "$ROOT" "$T" "$PASSPHRASE" "$@" <<'PY'
import sys
root, home, passphrase, *words = sys.argv[1:]
sys.path[:0] = [root + "/tests/attack", root + "/tests/e2e"]
import vault_reader
people = ("jo", "ana", "osei", "mei", "maria", "audi", "lund")
found = {w: [] for w in words}
for who in people:
    values = b"\0".join(v for table in vault_reader.Vault(f"{home}/{who}", passphrase).rows().values() for v in table.values())
    for w in words:
        if w.encode() in values:
            found[w].append(who)
for w in words:
    print(f"{w}: {' '.join(found[w])}")
PY
}
WANTED='mark-private: jo
mark-shown: jo ana
mark-checkin: jo
mark-told: jo ana
mark-message: jo ana
mark-comment: jo ana
mark-assigned: jo ana
mark-care: ana osei
mark-hold: ana osei mei
mark-closing: ana osei mei
mark-flag: ana osei mei
mark-note: ana
mark-med-own: jo ana osei mei
mark-medicine: jo ana osei mei
mark-supply: jo ana osei mei
mark-form: jo ana osei mei
mark-clearance: jo ana osei mei
mark-order: jo ana osei mei
mark-plan: jo ana osei mei
mark-session: ana osei mei
mark-event: ana osei mei'
mapfile -t words < <(cut -d: -f1 <<<"$WANTED")
run holders "${words[@]}"
[ "$CODE" -eq 0 ] || diag "$ERR"
while IFS= read -r line; do
    is "${line%%:*}" "$(grep -F "${line%%:*}: " <<<"$OUT")" "$line"
done <<<"$WANTED"
is 'control: what everybody was told, everybody has' "$(holders 'Ana Reyes' | cut -d: -f2)" ' jo ana osei mei maria audi lund'
is 'control: a word that nobody wrote' "$(holders mark-nowhere)" 'mark-nowhere: '
run grep -r -a -l -e 'mark-' "$T/clinic"
is 'the server has none of it' "$CODE $OUT" '1 '

# --- and by the commands ---

fails 'an admin opens no flags' 4 by maria flags
fails 'nor an order' 4 by maria order jo
fails 'an auditor neither' 4 by audi flags
fails 'a therapist of another team does not find the client' 3 by lund flags jo
is 'and has no flag at all' "$(ask lund 'd["flags"]' flags)" '[]'
fails 'a client opens no flags' 4 by jo flags
fails 'nor sessions' 4 by jo session show jo
fails 'nor notes' 4 by jo notes
fails 'nor does a prescriber open the notes of a therapist' 4 by osei notes jo
is 'medical staff reads order and flags' "$(ask mei 'len(d["flags"])' flags jo)" 1
finish
