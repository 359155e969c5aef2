#!/usr/bin/env python3
"""search TEXTS PLACE...: looks in the files at PLACE (folders too) for every line of TEXTS and for its words of five letters
and more, as UTF-8, UTF-16, hex and base64. Prints what it did; exit code 1 when anything was found. A control file with
the first line in it is searched as well and must be found, so that finding nothing means something."""
import base64
import os
import re
import sys
import tempfile


def forms(text):
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):  # base64 of the text at any offset in a longer one
        whole = base64.b64encode(b"\0" * shift + raw)
        yield whole[(shift * 8 + 5) // 6 + (0 if shift == 0 else 1) : len(whole) - 4]


def files(places):
    for place in places:
        if os.path.isdir(place):
            for folder, _, names in os.walk(place):
                yield from (os.path.join(folder, name) for name in names)
        else:
            yield place


def needles(path):
    found = set()
    for line in open(path, encoding="utf-8").read().splitlines():
        line = line.strip()
        if len(line) < 5:
            continue
        found.update(f for f in forms(line) if len(f) >= 5)
        for word in re.findall(r"\w{6,}", line):
            found.add(word.encode())
    return found


def search(wanted, paths):
    hits, size = [], 0
    pattern = re.compile(b"|".join(re.escape(n) for n in sorted(wanted, key=len, reverse=True)))
    for path in paths:
        data = open(path, "rb").read()
        size += len(data)
        match = pattern.search(data)
        if match:
            hits.append((path, match.group(0)))
    return hits, size


def main():
    wanted = needles(sys.argv[1])
    with tempfile.NamedTemporaryFile() as control:
        control.write(b"\0\xff" + open(sys.argv[1], "rb").read().splitlines()[0] + b"\0")
        control.flush()
        if not search(wanted, [control.name])[0]:
            sys.exit("the control was not found: this search proves nothing")
    paths = sorted(files(sys.argv[2:]))
    hits, size = search(wanted, paths)
    for path, what in hits:
        print(f"  FOUND in {os.path.basename(path)}: {what[:60]!r}")
    print(f"  {len(wanted)} forms of every text, message, title and name; {size} bytes in {len(paths)} files searched:",
          "found!" if hits else "nothing found.")
    sys.exit(1 if hits else 0)


main()
