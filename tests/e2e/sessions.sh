# shellcheck shell=bash disable=SC2034
# What the stories about medicine sessions share: a client who may have one, what is answered, and times.

# Times are counted from the beginning of the story: ago MINUTES, for --at; clock MINUTES, how people read it. CLOCK fits
# any time of day in an extended regular expression.
NOW=$(date +%s)
CLOCK='[0-9]+:[0-9]{2} [ap]m'
ago() { date -u -d "@$((NOW - $1 * 60))" '+%Y-%m-%d %H:%MZ'; }
clock() { date -u -d "@$((NOW - $1 * 60))" '+%-I:%M %P'; }
# short DAYS: "5 Jun", with the year when it is another
short() {
    if [ "$(date -u +%Y)" = "$(date -u -d "$1 days" +%Y)" ]; then date -u -d "$1 days" '+%-d %b'; else date -u -d "$1 days" '+%-d %b %Y'; fi
}
day() { date -u -d "$1 days" +%Y-%m-%d; }
# What was said, on one line: words that were broken at their hyphen are whole again.
one_line() { tr '\n' ' ' | sed -E 's/ *$//; s/([a-z-])- ([a-z])/\1-\2/g'; }
told() { one_line <<<"$OUT"; }
said() { one_line <<<"$ERR"; }
# refuses DESC CODE WORDS WHO ARGS...: exit code and the whole sentence
refuses() {
    fails "$1" "$2" by "${@:4}"
    is "$1: the words" "$(said)" "$3"
}

ORDER=(--set route=sl --set unit-mg=100 --set units=3 --set max-mg=300 --set sessions=4 --set "valid-until=$(day 60)"
    --set pre-sys=140 --set pre-dia=90 --set pre-hr=100 --set act-sys=160 --set act-dia=100 --set act-spo2=90
    --set retake=10 --set check-every=15 --set "schedule=-10,40,120" --set observe=120)
# All that the pre-check needs, without anything red.
ANSWERS=(--set new-meds=no --set alcohol=no --set cannabis=no --set sleep=6.5 --set food=5 --set si=0 --set elevated=no
    --set psychosis=no --set urinary=no --set consent=yes)
DISCHARGE=(--set oriented=yes --set steady=yes --set nausea-ok=yes --set vitals-ok=yes --set si-again=0 --set escort=yes
    --set no-drive=yes --set no-signing=yes --set instructions=yes)

# ready: order and clearance by osei, acknowledged by ana; jo's consent. Ana has all of it.
ready() {
    quietly ana consent offer jo --title Treatment --scope treatment --file "$(text treatment 'I can stop at any time.')"
    quietly osei clear jo --set decision=cleared --set "valid-until=$(day 60)" --set sessions=6 --set basis=interview
    quietly osei order jo "${ORDER[@]}"
    sync jo
    by jo consent sign D1 < <(echo 'Jo M.') >/dev/null 2>&1
    sync ana
    quietly ana order ack jo
}
# events NAME EXPRESSION: of each event of jo's newest session, as this person has it
events() { ask "$1" "[$2 for e in d['events']]" session show jo; }
