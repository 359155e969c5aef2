#!/usr/bin/env bash
# Goal: the example of every command runs as its help and the manual page print it; both documents are those of the
# program.
# timeout: 240
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

# --- documents made by the program ---

same() { # FILE COMMAND
    diff -u "$ROOT/$1" <(kap ${2#kap }) >"$T/diff" || {
        diag "$(head -20 "$T/diff")" "Make it again with: $2 >$1"
        return 1
    }
}
ok 'the manual page is that of the commands' same docs/man/kap.1 'kap help --man'
ok 'the tables of kinds are those of the program' same docs/KINDS.md 'kap kinds --markdown'
if same docs/man/kap.1 'kap kinds' >/dev/null; then fail 'control: another text is told apart'; else pass 'control: another text is told apart'; fi

# --- a clinic ---

clinic_people
staff lund therapist 'Ms. Lund'
staff ibarra prescriber 'Dr. Ibarra'
sync lund ibarra maria lund ibarra ana osei
cd "$T" || exit 1
printf 'Called at 10:05.\n' >note.txt
printf 'The kitchen.\nMum at the sink.\n' >reflection.txt
printf 'I can stop at any time.\n' >treatment.txt
printf 'OggS\0\2%022dOpusHead%0600d' 0 0 >walk.ogg
printf '#!/bin/sh\necho more >>"$1"\n' >editor.sh && chmod +x editor.sh
export EDITOR=$T/editor.sh

declare -A RAN
# example NAME: the command line that the help of this command shows, and what is typed at it, a line each
example() { kap --json help $1 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["example"])'; }

# ex NAME WHO CODE [SWAP...]: runs the example of a command. SWAP is FROM=TO for what stands otherwise in this clinic, or
# +WORD for a word more at its end. Standard input is what the caller gives.
ex() {
    local name=$1 who=$2 want=$3 line swap words
    shift 3
    line=$(example "$name" | head -1)
    RAN[$name]=1
    case $line in
    "kap $name"*) ;;
    *)
        fail "$name: an example" "$line"
        return
        ;;
    esac
    for swap in "$@"; do
        case $swap in
        +*) line+=" ${swap#+}" ;;
        *) line=${line/${swap%%=*}/${swap#*=}} ;;
        esac
    done
    eval "words=(${line#kap })"
    case $who in
    tty:*) run at_terminal "${who#tty:}" "${words[@]}" ;;
    *) run by "$who" "${words[@]}" ;;
    esac
    if [ "$CODE" -eq "$want" ]; then pass "$line"; else fail "$line" "exit code $CODE, not $want" "$OUT" "$ERR"; fi
}
# at_terminal WHO ARGS...: the same as `by`, at a terminal at which standard input is typed
at_terminal() {
    local who=$1
    shift
    KAP_HOME=$T/$who "$PYTHON" -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' kap --passphrase-fd 9 "$@" 9<"$T/.passphrase"
}
typed() { printf '%s\n' "$@"; }

# --- before anything is written ---

ex 'help-now' jo 0
ex help jo 0
ex kinds jo 0
ex today ana 0
ex sync jo 0
ex status jo 0
ex watch jo 0 +--for +1
ex team maria 0
by ana check jo >"$T/check" 2>&1 < <(typed yes) &
ex check jo 0 < <(typed yes)
wait $!
ex 'clinic contact' maria 0
ex 'oncall' maria 0
sync jo ana osei

# --- a client writes ---

ex quick jo 0 < <(example quick | sed -n 's/^> //p')
ex write jo 0
ex prompts jo 0
ex answer jo 0 < <(typed 'my sister laughing in the kitchen')
ex list jo 0
ex find jo 0
ex edit tty:jo 0 < <(sleep 1)
ex attach jo 0
ex history jo 0
ex merge jo 3
ex share jo 0 +--yes
sync ana
ex read ana 0 'jo 3=jo 2'
ex save ana 0 'jo 3=jo 2' walk.ogg=back.ogg
mkdir -p elsewhere
ex comment ana 0 'jo 3=jo 2' 'lines 2=lines 1' < <(typed 'What would allowed look like?')
sync jo
ex who-can-see jo 0
ex unshare jo 0 +--yes
ex give tty:jo 0 < <(sleep 0.5; typed give; sleep 2)
ex given ana 0
quietly jo write --file reflection.txt
quietly jo write --file reflection.txt
ex delete jo 0 '3=4' +--yes
ex bin jo 0
ex undelete jo 0 '3=4'
ex checkin jo 0
ex checkins ana 0
ex inbox jo 0

# --- what is asked of a client ---

ex assign ana 0
quietly ana assign jo first-03
quietly ana assign jo weeks-01
ex assignments jo 0
ex 'assign withdraw' ana 0

# --- questionnaires ---

cat >who5.json <<'PACK'
{"kap-pack": 1, "id": "garden-walk", "name": "Garden walk", "version": 1, "licence": "Our own words",
 "attribution": "Meadow Clinic", "permission": "Ours", "source": "Meadow Clinic, 2026", "about": "being outside",
 "window": "the last 7 days", "items": ["I was outside in daylight", "I walked for ten minutes"],
 "answers": ["Never", "Some days", "Most days", "Every day"], "scorer": "sum"}
PACK
ex measures jo 0
ex 'measures pack' jo 0
ex 'measures set' ana 0
ex measure jo 0 < <(yes 0 | head -12)
ex show jo 0 M3=M1
ex trend jo 0
ex 'measure external' ana 0

# --- clearance, order, consent, medicines, supply ---

ex clear osei 0 "2027=$(date -u -d '60 days' +%Y)" "5 Jun=$(date -u -d '60 days' '+%-d %b')"
ex clearance jo 0 'kap clearance jo=kap clearance'
quietly osei order jo "${ORDER[@]}"
ex order osei 0 < <(yes '' | head -60)
sync ana jo
ex 'order ack' ana 0
ex hold osei 0 < <(typed 'Waiting for the EKG.' '')
ex holds osei 0
ex lift osei 0 H3=H1 < <(typed 'The EKG is fine.')
ex 'consent offer' ana 0
sync jo
ex 'consent sign' jo 0 < <(typed 'Jo M.')
ex consents ana 0
ex 'med add' jo 0 < <(typed sertraline '50 mg' '' '' '' '')
ex meds osei 0
ex 'med list' osei 0
sync osei
ex supply osei 0
ex 'med stop' jo 0 R2=R1 < <(yes '' | head -6)
sync osei
for number in $(ask osei '" ".join(str(m["number"]) for m in d["messages"] if m["from"] == "Jo M.")' inbox); do
    quietly osei ack inbox "$number" --note 'Fine.'
done
sync ana

# --- a session ---

ex 'session start' ana 0 < <(typed Maya sister 555-0182 y y n n 6.5 5 0 n n n na y '122/79 68 98')
ex 'session dose' ana 0 < <(typed '')
ex 'session vitals' ana 0
ex 'session check' ana 0
ex 'session ae' ana 0
ex 'session note' ana 0
ex 'session correct' ana 0 "E5=$(ask ana '[e["number"] for e in d["events"] if e["what"] == "dose"][0]' session show jo)"
ex 'session end' ana 0 < <(typed 'She asked to go.' '124/80' y y y y 0 y y y y 6 6 2 'Quiet.')
ex undocumented ana 0
ex 'session report' ana 0 +--yes
ex 'session show' ana 0
ex summary ana 0
ex 'consent withdraw' jo 0 K2=K1 +--yes

# --- messages and flags ---

ex msg ana 0 < <(typed 'Please call me.')
sync osei
number=$(ask osei '[m["number"] for m in d["messages"]][-1]' inbox)
ex ack osei 0 "inbox 1=inbox $number"
ex flag ana 0 < <(typed 'PHQ-9 item 9 = 1 (total 11)')
sync osei
flag=$(ask osei '[f["number"] for f in d["flags"]][-1]' flags)
ex flags osei 0
ex escalate osei 0 "F7=$flag" +--yes
quietly osei ack "$flag" --note 'On it.'
ex close osei 0 "F7=$flag"
quietly ana msg care jo --to osei --file note.txt
ex 'msg withdraw' ana 0 "4=$(ask ana '[m["number"] for m in d["messages"] if m["from"] in ("you", "Ana Reyes")][-1]' inbox)" +--yes
ex plan jo 0 < <(typed 'my chest gets tight' '' 'walk the dog' '' '' '' '' '' '')
ex note ana 0
ex notes ana 0 N2=N1

# --- people, devices, what leaves ---

ex invite ana 0
code=$(code_of "$OUT")
ex 'team remove' maria 0 +--yes
ex suspend maria 0 +--yes
ex succession maria 3 +--yes
ex regive ana 0 +--yes
ex 'clinic restored' maria 0 +--yes
ex 'device list' jo 0
# join and device join run with a code; what the help shows is typed where it is asked for
newcomer() { # WHO NAME CODE
    RAN[$2]=1
    run env KAP_HOME="$T/$1" kap --passphrase-fd 9 ${2} --kdf-cost 16 9<"$T/.passphrase" < <(typed "$3")
    if [ "$CODE" -eq 0 ]; then pass "kap $2, with the code typed"; else fail "kap $2" "$CODE" "$OUT" "$ERR"; fi
}
newcomer newjo join "$code"
by jo --json --yes device add >"$T/add" 2>&1 </dev/null &
adding=$!
wait_for 10 grep -q '"code"' "$T/add"
newcomer phone 'device join' "$("$PYTHON" -c 'import json,sys; print(json.loads(sys.stdin.readline())["code"])' <"$T/add")"
wait "$adding"
is 'kap device add' $? 0
RAN['device add']=1
sync jo
other=$(ask jo '[x["name"] for x in d["devices"] if x["state"] != "this one"][0]' device list)
ex 'device rename' jo 0 "rename phone=rename '$other'"
ex 'device revoke' jo 0 'revoke phone=revoke "old phone"' +--yes
ex 'recovery new' jo 0 +--yes
paper=$(grep -oE '([0-9A-Z]{5}-){3,}[0-9A-Z]+' <<<"$OUT" | head -1)
ex 'recovery test' jo 0 < <(typed "$paper")
newcomer back recover "$(at "$paper")"
sync ana
printf '%s\n%s\n' "$PASSPHRASE" 'another good passphrase' >"$T/two"
run env KAP_HOME="$T/ana" kap --passphrase-fd 9 export -o my-journal.tar.age 9<"$T/two"
is 'kap export -o my-journal.tar.age' "$CODE" 0
RAN[export]=1
quietly ana export --evidence -o history.kapev
ex audit ana 0
printf '%s\n%s\n%s\n' "$PASSPHRASE" 'another good passphrase' 'another good passphrase' >"$T/three"
run env KAP_HOME="$T/ibarra" kap --passphrase-fd 9 passphrase 9<"$T/three"
is 'kap passphrase' "$CODE" 0
RAN[passphrase]=1
run env KAP_HOME="$T/osei" kap --passphrase-fd 9 unlock --minutes 10 9<"$T/.passphrase"
like 'kap unlock --minutes 10' "$CODE $ERR" '^0|keyring|keeps no keys'
RAN[unlock]=1
ex lock osei 0
ex 'device wipe' tty:lund 0 < <(sleep 0.5; typed wipe; sleep 2)

# --- none was left out ---

all=$(kap --json help | "$PYTHON" -c 'import json, sys; print("\n".join(sorted(c["name"] for c in json.load(sys.stdin)["commands"])))')
is 'the example of every command was run' "$(printf '%s\n' "${!RAN[@]}" | LC_ALL=C sort | comm -13 - <(LC_ALL=C sort <<<"$all") | paste -sd, )" ''
finish
