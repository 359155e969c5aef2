#!/usr/bin/env bash
# Goal: while people write, share and read, no text, name, code or passphrase stands in a process list, an environment or
# the server's log.
. "${0%/*}/lib.sh"

clinic_people

# Watches every kap and kapd of this story until the file $T/.over is there; prints what it saw of them.
cat >"$T/watcher.py" <<'PY'
import os
import sys
place = sys.argv[1].encode()
seen, looked = set(), 0
while not os.path.exists(os.path.join(place, b".over")):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as f:
                if f.read().strip() not in ("kap", "kapd", "notes"):
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read()
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    environment = f.read()
            except PermissionError:  # a process that hides its memory hides this as well
                environment = b"(hidden)"
        except OSError:
            continue
        looked += 1
        seen.add(line)
        seen.add(environment)
print(f"looked {looked} times", file=sys.stderr)
sys.stdout.buffer.write(b"\n".join(sorted(seen)).replace(b"\0", b" "))
PY
"$PYTHON" "$T/watcher.py" "$T" >"$T/seen" 2>"$T/looked" &
WATCHER=$!

export EDITOR="sh -c 'cat $T/marigold.txt >\"\$1\"' --"
printf 'marigold-text of an entry\n' >"$T/marigold.txt"
for i in 1 2 3 4 5 6; do
    printf 'marigold-piped %s\n' $i | by jo write --file - >/dev/null
    by jo quick <"$T/marigold.txt" >/dev/null
    by jo write --editor >/dev/null 2>&1
    by jo edit 1 --editor >/dev/null 2>&1
    by jo list >/dev/null && by jo read 1 >/dev/null
    quietly jo --yes share 1 --with Ana
    quietly jo sync && quietly ana sync
    by ana read jo 1 >/dev/null
    by ana comment jo 1 <"$T/marigold.txt" >/dev/null
    by ana msg care jo --to Osei --urgent <"$T/marigold.txt" >/dev/null
    quietly jo unshare 1
done
printf 'marigold\n' | by jo find >"$T/found"
like 'find asks for words that need not stand in the command' "$(cat "$T/found")" 'marigold'
code=$(invite maria --role medical --name Nurse)
: >"$T/.over"
wait "$WATCHER"
like 'the processes were seen many times' "$(cat "$T/looked")" 'looked [0-9]{2,} times'
like 'with their commands' "$(cat "$T/seen")" 'kap (--passphrase-fd 9 )?read 1'
unlike 'no text stands in a command or an environment' "$(cat "$T/seen")" 'marigold-|of an entry'
unlike 'no passphrase' "$(cat "$T/seen")" "$PASSPHRASE"
unlike 'no code' "$(cat "$T/seen")" "${code%%-*}"
unlike 'nor does the log have any of it' "$(cat "$T/kapd.log")" "marigold|$PASSPHRASE|Maria|Ana|Osei|Jo|Meadow|kitchen|${code%%-*}"
quietly ana sync
run by ana --yes share 1 --with Nobody
kapd_stop
kapd_start --set log_level=debug
quietly jo sync
quietly ana sync
run timeout 5 openssl s_client -connect "localhost:$KAPD_PORT" -alpn kap/1
kapd_stop
unlike 'not even at its most talkative' "$(cat "$T/kapd.log")" 'marigold|Maria|Ana|Osei|Jo M|Meadow|127\.0\.0\.1'
unlike 'every line is an event with ids, numbers and words of the program' "$(grep -vE \
    '^level=[a-z]+ event=[a-z_]+( [a-z_]+=([0-9]+|-?[0-9]+|[0-9a-f]{16}|[A-Za-z_-]{1,24}))*$' "$T/kapd.log")" '.'
is 'nothing of it is in the server'\''s folder' "$(grep -rlaE 'marigold|Maria|Reyes|Osei|Meadow' "$T/clinic" | wc -l)" 0
is 'nor plainly on the devices' "$(grep -rlaE 'marigold|Maria|Reyes|Osei' "$T/jo" "$T/ana" "$T/maria" | wc -l)" 0
is 'no file of the editor is left' "$(find /dev/shm "$T" -newer "$T/watcher.py" -name '*kap*' -type f -user "$(id -u)" 2>/dev/null |
    grep -cv "$T")" 0
is 'only the owner can read a profile' "$(find "$T/jo" "$T/ana" \( -perm /077 \) ! -type l | wc -l)" 0
finish
