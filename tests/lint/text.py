#!/usr/bin/env python3
"""Text is as .editorconfig says, links in the documents lead somewhere, error texts are whole sentences, scripts parse,
and C is formatted (where clang-format 14 is)."""
import os
import re
import subprocess
import tempfile

from support import house

C = (".c", ".h", ".def")
TEXTS = C + (".md", ".sh", ".py", ".mk", ".service", ".socket", ".timer", ".mjs", "Makefile", ".conf", ".1", ".5", ".8")
COLUMNS, SENTENCE = 120, 76
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r'^ERR\((\w+),\s*(\d+),\s*(\d+),\s*"(.*)"\)', re.MULTILINE)


def whitespace(root):
    for path in house.files(root, TEXTS, (".",)):
        raw = house.read(root, path)
        for i, line in enumerate(raw.split("\n"), 1):
            if line != line.rstrip():
                yield f"{path}:{i}: ends in blanks"
            if path.endswith((".c", ".h")) and len(line.expandtabs(4)) > COLUMNS:
                yield f"{path}:{i}: {len(line.expandtabs(4))} columns, at most {COLUMNS}"
            if path.endswith((".md", ".py", ".sh")) and "\t" in line[:len(line) - len(line.lstrip())]:
                yield f"{path}:{i}: indented with a tab"
        if raw and not raw.endswith("\n"):
            yield f"{path}: the last line does not end"


def links(root):
    for path in house.files(root, (".md",), (".",)):
        raw = re.sub(r"```.*?```|`[^`\n]*`", lambda m: house.blank(m.group(0)), house.read(root, path), flags=re.DOTALL)
        for m in LINK.finditer(raw):
            target = m.group(1).split("#")[0]
            if target and "://" not in target and not target.startswith("mailto:") \
                    and not os.path.exists(os.path.join(root, os.path.dirname(path), target)):
                yield f"{path}:{house.line_of(raw, m.start())}: {target} is not there"


def errors(root):
    numbers, names = {}, {}
    for path in house.files(root, ("err.def",)):
        for name, number, wire, text in ROW.findall(house.read(root, path)):
            for seen, key in ((numbers, number), (names, name)):
                if key in seen:
                    yield f"{path}: {name}: {key} is taken by {seen[key]}"
                seen[key] = name
            if not re.fullmatch(r"[A-Z].*\.", text) or len(text) > SENTENCE:
                yield f"{path}: {name}: not one sentence of at most {SENTENCE} columns: {text}"


def scripts(root):
    for path in house.files(root, (".sh", "run"), ("tests", ".ci")):
        full = os.path.join(root, path)
        head = house.read(root, path).split("\n", 1)[0]
        if head.startswith("#!") and not os.access(full, os.X_OK):
            yield f"{path}: has an interpreter line and is not executable"
        if "bash" in head:
            run = subprocess.run(["bash", "-n", full], stderr=subprocess.PIPE, text=True, check=False)
            yield from (f"{path}: {line}" for line in run.stderr.splitlines())


def formatting(root):
    paths = house.files(root, (".c", ".h"), house.PRODUCT + ("tests",))
    if not paths:
        return
    config = house.read(house.ROOT, ".clang-format")
    with tempfile.TemporaryDirectory() as where:
        file = os.path.join(where, ".clang-format")
        with open(file, "w", encoding="utf-8") as f:
            f.write(config)
        run = subprocess.run(["clang-format", f"--style=file:{file}", "--dry-run", "-Werror", *paths], cwd=root,
                             stderr=subprocess.PIPE, text=True, check=False)
    places = {m.group(1): m.group(2) for m in re.finditer(r"^([^\s:]+):(\d+):\d+: error", run.stderr, re.MULTILINE)}
    yield from (f"{path}: not formatted (first seen before line {line}); `make fmt` does it" for path, line in places.items())


def clang_format():
    try:
        out = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    except OSError:
        return False
    return re.search(r"version 14\.", out) is not None


CHECKS = [
    (whitespace, "text is laid out as .editorconfig says", [
        ("clean text", {"proto/a.c": "int a;\n"}, None),
        ("blanks at the end of a line", {"docs/a.md": "a \n"}, "ends in blanks"),
        ("a last line without an end", {"Makefile": "a"}, "does not end"),
        ("a line of 121 columns", {"proto/a.h": "\t" + "a" * 117 + "\n"}, "121 columns"),
        ("a long row of a table", {"proto/a.def": "A(" + "a" * 119 + ")\n"}, None),
        ("a line of 120 columns", {"proto/a.h": "\t" + "a" * 116 + "\n"}, None),
        ("a tab in Python", {"tests/a.py": "if a:\n\tb\n"}, "indented with a tab"),
    ]),
    (links, "links between documents lead somewhere", [
        ("a link to a file", {"docs/a.md": "[b](b.md#part) [c](https://example.org/)\n", "docs/b.md": ""}, None),
        ("a broken link", {"docs/a.md": "[b](../b.md)\n"}, "b.md is not there"),
        ("an array in code", {"docs/a.md": "`a[i](x)`\n"}, None),
    ]),
    (errors, "every error has its own number and one whole sentence", [
        ("two rows", {"proto/err.def": 'ERR(A, 1, 500, "It is so.")\nERR(B, 2, 500, "It is not.")\n'}, None),
        ("a number used twice", {"proto/err.def": 'ERR(A, 1, 500, "It is so.")\nERR(B, 1, 500, "It is not.")\n'}, "is taken"),
        ("half a sentence", {"proto/err.def": 'ERR(A, 1, 500, "is so")\n'}, "not one sentence"),
        ("a long sentence", {"proto/err.def": f'ERR(A, 1, 500, "I{"t" * 76}.")\n'}, "not one sentence"),
    ]),
    (scripts, "scripts parse and can be run", [
        ("a broken script", {"tests/a.sh": "#!/bin/bash\nif true; then\n"}, "syntax error"),
        ("a script that is not executable", {"tests/a.sh": "#!/bin/bash\ntrue\n"}, "not executable"),
        ("a library", {"tests/lib.sh": "f() { true; }\n"}, None),
    ]),
]
FORMATTING = (formatting, "C is formatted", [
    ("formatted C", {"proto/a.c": "int a;\n"}, None),
    ("unformatted C", {"proto/a.c": "int  a;\n"}, "not formatted"),
])


def main():
    tap = house.Tap()
    have = clang_format()
    for check, what, controls in CHECKS + ([FORMATTING] if have else []):
        for name, tree, expect in controls:
            house.control(tap, lambda root, c=check: list(c(root)), name, tree, expect)
        tap.point(what, list(check(house.ROOT)))
    if not have:
        tap.skip(FORMATTING[1], "clang-format 14 is not here")
    tap.end()


main()
