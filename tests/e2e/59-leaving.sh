#!/usr/bin/env bash
# Goal: a person leaves with everything they can read, in a file that the age program opens and nobody else.
. "${0%/*}/lib.sh"

# unseal FILE FOLDER PASSPHRASE: with the age program, which asks at a terminal.
unseal() {
    mkdir -p "$2"
    "$PYTHON" - "$@" <<'PY'
import os, pty, sys
file, folder, words = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp("age", ["age", "-d", "-o", os.path.join(folder, "all.tar"), file])
seen, sent = b"", False
while True:
    try:
        seen += os.read(terminal, 4096)
    except OSError:
        break
    if b"passphrase:" in seen and not sent:
        os.write(terminal, words.encode() + b"\n")
        sent = True
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(seen.decode(errors="replace").strip(), file=sys.stderr)
sys.exit(code)
PY
}

clinic_people
quietly jo write --title 'The kitchen' --tag family --mood 6 --file "$(text a 'Mum at the sink. CANARY-7731' 'I was allowed to be there.')"
quietly jo edit 1 --file "$(text a2 'A second look. CANARY-7732' 'I was allowed to be there.')"
quietly jo quick --file "$(text b "Only for me: $(printf '\xe2\x80\xae')naïve")"
sync jo
quietly jo --yes share 1 --with Ana
sync jo ana
quietly ana comment jo 1 --lines 2 --file "$(text c 'What would allowed look like?')"
quietly ana msg jo --file "$(text m 'See you on Tuesday. CANARY-7733')"
head -c 300000 /dev/zero | tr '\0' 'x' >"$T/scan of my drawing.txt"
quietly jo attach "$T/scan of my drawing.txt" 2
sync ana jo

printf '%s\n' "$PASSPHRASE" 'a file of my own' >"$T/.words"
KAP_HOME=$T/jo run kap --passphrase-fd 9 export -o "$T/jo.age" 9<"$T/.words"
is 'export writes a file' "$CODE" 0
like 'and says what is in it and how to open it' "$OUT" '2 entries, 1 message and 1 comment.*1 attached file.*age -d'
is 'readable by its owner alone' "$(stat -c %a "$T/jo.age")" 600
is 'and nothing beside it' "$(find "$T" -name 'jo.age*' | wc -l)" 1
unlike 'nothing of it can be read in the file' "$(cat "$T/jo.age" | tr -d '\0')" 'CANARY|kitchen|Ana Reyes'
fails 'another file is not put in its place' 6 by jo export -o "$T/jo.age" --to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
like 'which is said' "$ERR" 'exists already'
fails 'a key that is none is refused' 3 by jo export -o "$T/x.age" --to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk
fails 'and a folder that is not there' 3 by jo export -o "$T/nowhere/x.age" --to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj

fails 'the age program does not open it with other words' 1 unseal "$T/jo.age" "$T/wrong" 'another file of mine'
ok 'it does with the right ones' unseal "$T/jo.age" "$T/open" 'a file of my own'
ok 'and tar unpacks it' tar -C "$T/open" -xf "$T/open/all.tar"
is 'two pages of entries, one of a message, data for each, and word of what it is' \
    "$(cd "$T/open" && find . -type f ! -name all.tar | sed 's/-20[0-9]*-[0-9]*-[0-9]*//' | sort | tr '\n' ' ')" \
    './README.txt ./entries/0001.json ./entries/0001.md ./entries/0002-1-scan-of-my-drawing.txt ./entries/0002.json ./entries/0002.md ./messages/0001.json ./messages/0001.md '
page=$(cat "$T"/open/entries/0001-*.md)
like 'a page has the title, the text, the reader and the comment' "$page" 'The kitchen.*Can be read by: Ana Reyes.*Mood: 6 of 10.*Tags: family.*CANARY-7732.*Ana Reyes.*What would allowed'
like 'and the version before' "$page" 'Earlier version 1.*CANARY-7731'
like 'an entry for nobody else says so' "$(cat "$T"/open/entries/0002-*.md)" 'Private'
unlike 'nothing in it turns a line around' "$(cat "$T"/open/entries/0002-*.md)" $'\u202e'
is 'the data has every version with its words' "$("$PYTHON" -c '
import glob, json, sys
d = json.load(open(glob.glob(sys.argv[1] + "/entries/0001-*.json")[0]))
print(d["kind"], [r["fields"].get("body", "").split("\n")[0] for r in d["revisions"] if r["class"] == "private"],
      d["author"]["role"], [c["fields"]["body"] for c in d["comments"][0]["revisions"]], d["revisions"][-1]["current"])' "$T/open")" \
    "journal ['Mum at the sink. CANARY-7731', 'A second look. CANARY-7732'] client ['What would allowed look like?'] True"
ok 'the file that was attached is there' cmp "$T/open/entries/"0002-*-1-scan-of-my-drawing.txt "$T/scan of my drawing.txt"
like 'messages are there' "$(cat "$T"/open/messages/*.md)" 'CANARY-7733'

age-keygen -o "$T/key.txt" 2>"$T/.pub"
ok 'it can be sealed to an age key' by jo export -o "$T/key.age" --to "$(grep -o 'age1[a-z0-9]*' "$T/key.txt")"
ok 'whose owner opens it' age -d -i "$T/key.txt" -o "$T/key.tar" "$T/key.age"
is 'and finds the same' "$(tar -tf "$T/key.tar" | sort | md5sum)" "$(tar -tf "$T/open/all.tar" | sort | md5sum)"
quietly ana export -o "$T/ana.age" --to "$(grep -o 'age1[a-z0-9]*' "$T/key.txt")"
age -d -i "$T/key.txt" -o "$T/ana.tar" "$T/ana.age"
is 'somebody else leaves with what they can read, and no more' \
    "$(tar -tf "$T/ana.tar" | sed 's/-[0-9a-f]\{4\}\//\//; s/-20[0-9]*-[0-9]*-[0-9]*//' | sort | tr '\n' ' ')" \
    'README.txt from/jo-m/0001.json from/jo-m/0001.md messages/0001.json messages/0001.md '
unlike 'the version before the sharing is not among it' "$(tar -xOf "$T/ana.tar" --wildcards 'from/*')" 'CANARY-7731'

# --- evidence ---

# audit EXPRESSION FILE: what an expression makes of the report, on a machine without a profile
audit() {
    KAP_HOME=$T/nobody kap --json audit "$2" 2>/dev/null | head -1 | "$PYTHON" -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1" 2>&1 | tail -1
}
# forge FILE OUT CHANGE: the pieces of a file, changed by a Python expression over the list `p`, with a right last piece
forge() {
    PYTHONPATH="$ROOT/tests/e2e" "$PYTHON" - "$@" <<'PY'
import hashlib, struct, sys
import kap_peer as peer
source, target, change = sys.argv[1:]
data = open(source, "rb").read()
start, p = data.index(b"\n") + 1, []
at = start
while at < len(data):
    n, = struct.unpack(">I", data[at:at + 4])
    p.append(peer.unpack(data[at + 4:at + 4 + n]))
    at += 4 + n
p.pop()
exec(change)
head = bytes(32)
out = data[:start]
for piece in p + [None]:
    body = peer.pack(piece if piece else [7, len(p), head])
    head = hashlib.sha256(b"kap1.evidence\0" + head + body).digest()
    out += struct.pack(">I", len(body)) + body
open(target, "wb").write(out)
PY
}
findings='sorted({f["finding"] for f in d["what-does-not-hold"]})'

ok 'the signed history goes into a file' by jo export --evidence -o "$T/jo.kapev"
unlike 'in which no words stand' "$(tr -d '\0' <"$T/jo.kapev")" 'CANARY|kitchen|Ana|Jo M'
ok 'anybody verifies it, without the clinic' env KAP_HOME="$T/nobody" kap audit "$T/jo.kapev"
like 'and is told that everything holds' "$OUT" 'Everything in the file holds'
is 'all records and receipts are judged' "$(audit 'd["findings"] == 0 and d["records"] >= 6 and d["receipts"] >= 3 and d["people"] >= 4' "$T/jo.kapev")" True
ok 'staff can do the same' by ana export --evidence -o "$T/ana.kapev"
is 'and theirs holds' "$(audit 'd["findings"]' "$T/ana.kapev")" 0
forge "$T/jo.kapev" "$T/same" pass
is 'a file written again without a change is the same, byte for byte' "$(cmp "$T/jo.kapev" "$T/same" && echo same)" same

head -c 3000 "$T/jo.kapev" >"$T/cut"
fails 'a file that was cut is refused' 3 env KAP_HOME="$T/nobody" kap audit "$T/cut"
{ cat "$T/jo.kapev"; echo; } >"$T/more"
fails 'and one that has grown' 3 env KAP_HOME="$T/nobody" kap audit "$T/more"
"$PYTHON" -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read())
d[len(d) // 2] ^= 1
open(sys.argv[2], "wb").write(d)' "$T/jo.kapev" "$T/bit"
fails 'and one with a changed bit' 3 env KAP_HOME="$T/nobody" kap audit "$T/bit"
fails 'another file is no evidence' 3 env KAP_HOME="$T/nobody" kap audit "$T/jo.age"
fails 'nor is one that is not there' 3 env KAP_HOME="$T/nobody" kap audit "$T/not-there"

# judged DESC CHANGE WANT: a file that is whole, but says something else
judged() {
    forge "$T/jo.kapev" "$T/forged" "$2"
    fails "$1: refused" 3 env KAP_HOME="$T/nobody" kap audit "$T/forged"
    is "$1: and said what it is" "$(audit "$findings" "$T/forged")" "$3"
}
first='i = next(i for i, x in enumerate(p) if x[0] == %d)'
# shellcheck disable=SC2059
of() { printf "$first" "$1"; }
judged 'a record with another signature' "$(of 3); r = peer.unpack(p[i][1]); r[2] = bytes(64); p[i][1] = peer.pack(r)" "['record']"
judged 'a record left out' "$(of 3); del p[i]" "['receipt-missing']"
judged 'a receipt of another server' "$(of 5); p[i][2] = bytes(64)" "['receipt-forged']"
judged 'a link with another signature, and what rests on it' "i = max(i for i, x in enumerate(p) if x[0] == 2); l = peer.unpack(p[i][2]); l[1] = bytes(64); p[i][2] = peer.pack(l)" "['link', 'record']"
judged 'the receipts of somebody else' "q = p[:]; $(of 5); r = peer.unpack(p[i][1]); r[3] = bytes(16); p[i][1] = peer.pack(r)" "['receipt-forged']"
is 'a record that was refused and really is bad is said, too' \
    "$(forge "$T/jo.kapev" "$T/forged" "p.insert(-1, [4, b'no record', 105])" && audit "$findings" "$T/forged")" "['aside']"
finish
