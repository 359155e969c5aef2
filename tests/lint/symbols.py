#!/usr/bin/env python3
"""foo.o exports only foo_*, and nothing keeps mutable globals: looked at in the objects, where nothing can hide.
A module in several files shares its first word: store_feed.c may export store_*."""
import os
import pathlib
import subprocess
import tempfile

from support import house

BUILD = os.environ.get("BUILD", "build/plain")
# Files whose exports have another name, and why.
EXPORTS = {}
# The files that may keep state: what runs once, the log, and the algorithms fetched at start.
GLOBALS = ("proto/crypto.c", "daemon/log.c")
MUTABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*")


def symbols(obj):
    """(name, section, exported) of everything defined in an object."""
    out = subprocess.run(["objdump", "-t", obj], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in out.splitlines():
        fields, _, rest = line.partition("\t")
        if not rest or len(fields) < 26 or fields[22:24] == "df" or " d " in fields[16:25]:
            continue
        name = rest.split()[-1]
        section = fields[25:].strip() if len(fields) > 25 else ""
        if section in ("", "*UND*", "*ABS*") or name == section:
            continue
        yield name, section, fields[17] in "gu!" or section == "*COM*"


def prefixes(path):
    """Words an export of this file may begin with: client/care/mood_scale.c may say mood_scale_*, mood_* or care_*."""
    parts = pathlib.PurePath(path)
    words = parts.stem.split("_")
    names = ["_".join(words[:i]) for i in range(1, len(words) + 1)] + list(EXPORTS.get(path, ()))
    return tuple(names + list(parts.parts[1:-1]))


def check_object(path, obj):
    for name, section, exported in symbols(obj):
        mutable = section in MUTABLE or (section.startswith(tuple(m + "." for m in MUTABLE))
                                         and not section.startswith(".data.rel.ro"))
        if mutable and path not in GLOBALS:
            yield f"{path}: {name} is a mutable global ({section})"
        if exported and not any(name == p or name.startswith(p + "_") for p in prefixes(path)):
            yield f"{path}: exports {name}"


def check(root):
    found = []
    for path in house.files(root, (".c",)):
        if path.endswith("_main.c"):
            continue
        obj = pathlib.Path(root, BUILD, path).with_suffix(".o")
        found += check_object(path, obj) if obj.exists() else [f"{path}: {obj} is not built"]
    return found


def check_source(root):
    """The same for a made-up tree: compiles it first."""
    found = []
    for path in house.files(root, (".c",)):
        with tempfile.NamedTemporaryFile(suffix=".o") as obj:
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-fPIE", "-c", "-o", obj.name, str(pathlib.Path(root, path))],
                           check=True)
            found += check_object(path, obj.name)
    return found


CONTROLS = [
    ("its own name", "proto/foo.c", "int foo_a(void) { return 1; }", None),
    ("the first word of its name", "daemon/store_feed.c", "int store_read(void) { return 1; }", None),
    ("a foreign name", "proto/foo.c", "int bar_a(void) { return 1; }", "exports bar_a"),
    ("a name that only begins alike", "proto/foo.c", "int foobar(void) { return 1; }", "exports foobar"),
    ("an exported constant of a foreign name", "proto/foo.c", "const int bar = 1;", "exports bar"),
    ("constants", "proto/foo.c", "static const char *const t[] = {\"a\", \"b\"};\nconst char *foo_t(int i) { return t[i]; }", None),
    ("a static variable", "proto/foo.c", "static int n;\nint foo_a(void) { return ++n; }", "n is a mutable global"),
    ("one inside a function", "proto/foo.c", "int foo_a(void) { static int n = 1; return ++n; }", "is a mutable global"),
    ("a table that is not const", "proto/foo.c", "static const char *t[] = {\"a\"};\nvoid foo_a(void) { t[0] = 0; }\n"
     "const char *foo_b(void) { return t[0]; }", "t is a mutable global"),
    ("a thread's variable", "proto/foo.c", "static _Thread_local int n;\nint foo_a(void) { return ++n; }", "mutable global"),
    ("state in crypto.c", "proto/crypto.c", "static int n;\nint crypto_a(void) { return ++n; }", None),
]
tap = house.Tap()
for name, path, text, expect in CONTROLS:
    house.control(tap, check_source, name, {path: text}, expect)
tap.point("objects export only their own names and keep no mutable globals", check(house.ROOT))
tap.end()
