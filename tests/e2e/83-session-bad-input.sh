#!/usr/bin/env bash
# Goal: what cannot be is refused with words that say why; what is dangerous is recorded; nothing refused leaves a trace.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

clinic_people
ready
quietly ana session start jo "${ANSWERS[@]}" --bp 122/79
quietly ana session dose jo 100 --at "$(ago 90)"
count() { ask ana 'len(d["events"])' session show jo; }
before=$(count)
vitals() { # DESC WORDS ARGS...
    refuses "$1" 3 "$2" ana session vitals jo "${@:3}"
}
dose() {
    refuses "$1" 3 "$2" ana session dose jo "${@:3}"
}

# --- vitals ---

two='Blood pressure needs two numbers like 212/118. Nothing was saved.'
vitals 'two numbers run together' "$two" --bp 212118
vitals 'the same without the option' "$two" 212118
vitals 'a number that is missing' "$two" --bp 212/
vitals 'another that is missing' "$two" --bp /118
vitals 'letters' "$two" --bp 21O/118
vitals 'a top number alone' "$two" --set sys=120
vitals 'the wrong way round' 'Top number (118) must be larger than the bottom (121). Did you mean 121/118? Not saved.' --bp 118/121
vitals 'the same by its fields' 'Top number (118) must be larger than the bottom (121). Did you mean 121/118? Not saved.' \
    --set sys=118 --set dia=121
vitals 'both the same' 'Top number (100) must be larger than the bottom (100). Not saved.' --bp 100/100
vitals 'a slipped digit' 'Systolic 2120 is outside 40–300 mmHg. Check for a slipped digit. Not saved.' --bp 2120/118
vitals 'a slipped digit below' 'Diastolic 1180 is outside 20–200 mmHg. Check for a slipped digit. Not saved.' --bp 212/1180
vitals 'a heart that does not beat' 'Heart rate 19 is outside 20–260 bpm. Check for a slipped digit. Not saved.' 120/80 19
vitals 'oxygen above all' 'Oxygen 101 is outside 40–100 %. Check for a slipped digit. Not saved.' 120/80 70 101
vitals 'breaths' 'Breaths 61 is outside 3–60 /min. Check for a slipped digit. Not saved.' --rr 61
vitals 'half a beat' 'Heart rate is a whole number; not "70.5". Not saved.' --hr 70.5
vitals 'temperature without its unit' 'Temperature 98.6: add the unit — 98.6F or 37.0C. Not saved.' --temp 98.6
vitals 'the same as a field' 'Temperature 98.6: add the unit — 98.6F or 37.0C. Not saved.' --set temp=98.6
vitals 'a temperature of neither' 'Temperature 98.6C is outside 30–43 C. Check for a slipped digit. Not saved.' --temp 98.6C
vitals 'no number' 'Temperature is a number with its unit, such as 98.6F or 37.0C; not "warmF". Not saved.' --temp warmF
vitals 'nothing at all' 'Which vitals? Such as `kap session vitals jo 122/79 68 98`. Not saved.' --set site=left
refuses 'too much' 2 '"14" is one word too many. It is written: session vitals CLIENT [TOP/ BOTTOM] [HEART-RATE] [OXYGEN]' ana session vitals jo 120/80 70 98 14
fails 'a time to come' 3 by ana session vitals jo 120/80 --at "$(date -u -d '+130 minutes' '+%Y-%m-%d %H:%MZ')"
like 'in words' "$(said)" "^That time is 2 h [0-9]+ min ahead of this computer's clock \($CLOCK\)\. Check the clock or the time\. Not saved\.$"
vitals 'a day that is none' '30 Feb 2026 is not a real date. Not saved.' 120/80 --at '2026-02-30 10:00'
like 'a clock time that came twice needs its offset' \
    "$(TZ=America/New_York by ana session vitals jo 120/80 --at '2025-11-02 01:30' 2>&1)" 'happened twice that night\. Add -04:00 or -05:00'
vitals 'before the session' \
    'That is 24 h 0 min before the first dose. Events lie between 4 hours before and 24 hours after the first dose. Check the time. Not saved.' \
    120/80 --at "$(ago $((90 + 1440)))"
is 'nothing of it was recorded' "$(count)" "$before"
ok 'what is dangerous is' by ana session vitals jo 212/118
like 'and flagged' "$(told)" '^ABOVE act-at limit 160/100 \(order r1\)\. Dr\. Osei notified '
ok 'the limits of what can be' by ana session vitals jo --bp 300/200 --hr 260 --spo2 40 --rr 60 --temp 109.4F
ok 'and the others' by ana session vitals jo --bp 40/20 --hr 20 --spo2 100 --rr 3 --temp 30C
ok 'four hours before the dose' by ana session vitals jo 120/80 --at "$(ago $((90 + 240)))"
vitals 'and no minute more' \
    'That is 4 h 1 min before the first dose. Events lie between 4 hours before and 24 hours after the first dose. Check the time. Not saved.' \
    120/80 --at "$(ago $((90 + 241)))"

# --- doses ---

before=$(count)
dose 'grams' 'Dose is in milligrams. "4 g" = 4000 mg is above 1000 mg. Type the milligrams, e.g. 400. Not saved.' 4 g
dose 'grams in one word' 'Dose is in milligrams. "4 g" = 4000 mg is above 1000 mg. Type the milligrams, e.g. 400. Not saved.' 4g sl
dose 'few grams are not converted either' 'Dose is in milligrams. "0.2 g" = 200 mg. Type the milligrams, e.g. 200. Not saved.' 0.2 g
dose 'micrograms' 'Dose is in milligrams, not "500 mcg". Type the milligrams, e.g. 400. Not saved.' 500mcg
dose 'more than there is' 'Dose 4000 is outside 0.1–1000 mg. Check for a slipped digit. Not saved.' 4000
dose 'nothing' 'Dose 0 is outside 0.1–1000 mg. Check for a slipped digit. Not saved.' 0
dose 'less than nothing' 'Dose -5 is outside 0.1–1000 mg. Check for a slipped digit. Not saved.' -- -5
dose 'hundredths' 'Dose is a number, such as 6.5; not "0.25". Not saved.' 0.25
dose 'words' 'Dose is milligrams and a route, such as `kap session dose jo 300mg sl`. Not saved.' three
dose 'a route that there is not' '"nose" is no route: sl, oral, im, in, sc or iv. Not saved.' 100mg nose
dose 'units that do not divide it' '100 mg cannot be 7 equal units. Not saved.' 100mg sl --units 7
dose 'held too long' 'Held 61 is outside 0–60 min. Check for a slipped digit. Not saved.' 100mg sl --hold 61
dose 'over the order' \
    'Over the order (300 mg max, r1). With what was given before, 100 mg, it is 500 mg. If this is what was taken, repeat with --confirm "why". It will be recorded and Dr. Osei told.' \
    400 sl
dose 'over the order with all that came before' \
    'Over the order (300 mg max, r1). With what was given before, 100 mg, it is 301 mg. If this is what was taken, repeat with --confirm "why". It will be recorded and Dr. Osei told.' \
    201 sl
dose 'not the way that the order says' \
    'The order says sl, not im. If this is what was taken, repeat with --confirm "why". It will be recorded. Not saved.' 100 im
dose 'more than is plausible' \
    'Over the order (300 mg max, r1). With what was given before, 100 mg, it is 701 mg. 601 mg is above 600 mg, more than is plausible for sl. If this is what was taken, repeat with --confirm "why". It will be recorded and Dr. Osei told.' \
    601 sl
dose 'esketamine that is no spray' \
    'The order says sl, not in. Esketamine comes as 28, 56 or 84 mg. If this is what was taken, repeat with --confirm "why". It will be recorded. Not saved.' \
    30 in --set drug=esketamine
dose 'esketamine that is one' \
    'The order says sl, not in. If this is what was taken, repeat with --confirm "why". It will be recorded. Not saved.' 28 in --set drug=esketamine
dose 'a booster that the order has not' \
    'The order (r1) has no booster. If this is what was taken, repeat with --confirm "why". It will be recorded. Not saved.' 100 sl --booster
dose 'a reason that says nothing' 'Reason has 1 characters; it needs at least 3. Not saved.' 400 sl --confirm x
is 'nothing of it was recorded' "$(count)" "$before"
ok 'with a reason it is recorded' by ana session dose jo 350.5 sl --confirm 'She took four by mistake.'
like 'and told' "$(told)" "· 350\.5 mg SL · 450\.5 mg in all · ABOVE order max 300\. Recorded\. Dr\. Osei told $CLOCK\."
is 'with the reason' "$(ask ana '[(e["mg"], e["reason"]) for e in d["events"] if e["what"] == "dose" and "reason" in e]' session show jo)" \
    "[(350.5, 'She took four by mistake.')]"

# --- the rest ---

before=$(count)
refuses 'an adverse event that is not in the list' 3 \
    "\"sleepy\" is not in the list: nausea, vomiting, dizziness, headache, double-vision, high-bp, fast-pulse, chest-pain, short-of-breath, over-sedated, distressing-dissociation, panic, agitation, confusion, late-hallucination, mania-signs, psychosis-signs, suicidal-thoughts, fall, allergic, urinary, misuse, other. Not saved." \
    ana session ae jo sleepy
refuses 'a severity that there is not' 3 'Severity 5 is outside 1–4. Check for a slipped digit. Not saved.' ana session ae jo nausea --severity 5
refuses 'other without words' 3 'In other words is missing (--set other=...). Not saved.' ana session ae jo other --set severity=1
ok 'with words' by ana session ae jo other --set severity=1 --set 'other=itching'
refuses 'a check that says nothing' 3 'Awake or responding is missing (--set responding=...). Not saved.' ana session check jo --set comfort=3
refuses 'comfort of eleven' 3 'Comfort 11 is outside 0–10. Check for a slipped digit. Not saved.' ana session check jo --responding yes --comfort 11
printf 'one\0two' >"$T/nul.txt"
refuses 'a note with a zero byte' 3 'A note is not valid UTF-8 text (byte 4). Convert it, or attach it as a file. Not saved.' \
    ana session note jo --file "$T/nul.txt"
refuses 'not in one'"'"'s care' 4 'Ana Reyes is not a client of yours. Nothing was changed.' osei session show ana
refuses 'a client opens none' 4 '"session start" is not for a client.' jo session start jo
refuses 'nor does a prescriber' 4 '"session dose" is not for a prescriber.' osei session dose jo 100
refuses 'a number that is not there' 3 'There is no E99 here.' ana session correct E99 --set mg=1
refuses 'something else than an event' 3 '"S1" is no such number: it is E and a number, like E3.' ana session correct S1 --set mg=1
first=$(ask ana '[e["number"] for e in d["events"] if e["what"] == "dose"][0]' session show jo)
refuses 'a correction over the order' 3 \
    'Over the order (300 mg max, r1). With what was given before, 350.5 mg, it is 550.5 mg. If this is what was taken, repeat with --confirm "why". It will be recorded and Dr. Osei told.' \
    ana session correct "$first" --set mg=200

refuses 'struck out without a reason' 3 'Something is missing, or two of the values do not fit together. The event stays as it was.' \
    ana session correct "$first" --set struck=yes

# --- the end ---

fails 'not observed long enough' 3 by ana session end jo "${DISCHARGE[@]}"
like 'in words' "$(said)" '^Observed (9|10)[0-9] min, and the order asks for 120\. To end now, say why \(--set early-reason="why"\)\. Not saved\.$'
refuses 'a discharge that is not answered' 3 'Steady is missing (--set steady=...). Not saved.' \
    ana session end jo --set early-reason='She feels well.' --set oriented=yes --bp 118/76
refuses 'a report of what is not over' 3 'The session is still open. End it first: kap session end "Jo M.". Not sent.' ana --yes session report jo
is 'it is still open' "$(ask ana 'd["state"]' session show jo)" open
ok 'with its reasons it ends' by ana session end jo "${DISCHARGE[@]}" --set steady=no --set 'early-reason=She feels well.' --bp 118/76
is 'as it was' "$(ask ana 'd["state"], d["session"]["early-reason"], d["session"]["steady"]' session show jo)" "('closed', 'She feels well.', False)"

# --- without a dose ---

refuses 'thoughts of suicide by a number that is not asked' 3 \
    'Thoughts of suicide is no, passive, active-no-plan, plan or declined; not "4". Nothing was opened.' \
    ana session start jo --set si=4
refuses 'a question that was left out' 3 'Urinary symptoms is missing (--set urinary=...). Nothing was opened.' \
    ana session start jo "${ANSWERS[@]}" --set urinary= --bp 122/79
refuses 'a session of no type' 3 'Type is prep, medicine, integration or follow-up; not "dance". Nothing was opened.' \
    ana session start jo --type dance
quietly ana session start jo "${ANSWERS[@]}" --bp 122/79
refuses 'no dose and no reason' 3 'No dose is recorded: record it, or say why none was given (--set no-dose="why"). Not saved.' \
    ana session end jo "${DISCHARGE[@]}"
refuses 'no vitals and no reason' 3 \
    'No vitals were read after the dose: read them, or say why not (--set no-vitals="why"). Not saved.' \
    ana session end jo "${DISCHARGE[@]}" --set 'no-dose=She did not want to today.'
ok 'with both it ends' by ana --yes session end jo "${DISCHARGE[@]}" --set 'no-dose=She did not want to today.' --set 'no-vitals=Left early.'
like 'and reports so' "$(told)" 'Report to Dr\. Osei drafted: no dose, BP 122/79, AE none\.'
finish
