"""What the lints share: the files of the tree, C text without its comments, and a main that first shows on small made-up
trees that a rule can fail (and can pass), then applies it to the real one. Prints TAP. Standard library only."""
import os
import pathlib
import re
import sys
import tempfile

PRODUCT = ("proto", "certs", "daemon", "client")
ROOT = pathlib.Path(__file__).resolve().parents[3]
SKIP_DIRS = {".git", "build", "node_modules", "__pycache__", "corpus", "work", "vectors"}
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files(root, suffixes, dirs=PRODUCT):
    """Paths below `dirs` of `root`, as text relative to it, sorted."""
    found = []
    for top in dirs:
        for here, subdirs, names in os.walk(os.path.join(root, top)):
            subdirs[:] = [d for d in subdirs if d not in SKIP_DIRS]
            found += [os.path.join(here, n) for n in names if n.endswith(suffixes)]
    return sorted({os.path.normpath(os.path.relpath(f, root)) for f in found})


def read(root, path):
    return pathlib.Path(root, path).read_text(encoding="utf-8", errors="replace")


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def code(text, keep_strings=False):
    """C text with comments (and strings) turned into blanks; lines and columns stay."""
    def replace(m):
        tok = m.group(0)
        if tok[0] == "/":
            return blank(tok)
        return tok if keep_strings else tok[0] + blank(tok[1:-1]) + tok[-1]
    return TOKEN.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def point(self, name, findings):
        self.count += 1
        self.bad += bool(findings)
        print(f"{'not ok' if findings else 'ok'} {self.count} - {name}")
        for finding in findings:
            print(f"#   {finding}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.bad else 0)


def control(tap, check, name, tree, expect):
    """Runs `check` on a temporary tree {path: text}. `expect`: None for nothing to be found, or a part of a finding."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            target = pathlib.Path(root, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        found = check(root)
    if expect is None:
        tap.point(f"control: passes {name}", found)
    else:
        hit = any(expect in f for f in found)
        tap.point(f"control: reports {name}", [] if hit else [f"expected a finding with {expect!r}, got {found}"])


def main(check, what, controls, notes=None):
    """controls: (name, tree, expected part of a finding or None). notes(root): lines that are printed, never failures."""
    tap = Tap()
    for name, tree, expect in controls:
        control(tap, check, name, tree, expect)
    tap.point(what, check(ROOT))
    for note in notes(ROOT) if notes else []:
        print(f"# {note}")
    tap.end()
