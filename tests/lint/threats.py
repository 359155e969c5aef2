#!/usr/bin/env python3
"""What docs/THREATS.md names as proof is there: cases of the attack series by id, also those that a story in tests/e2e says it is
(a docstring or comment that begins with the id), tests and stories by file."""
import pathlib
import re

from support import house

PAGE = "docs/THREATS.md"
CASE = re.compile(r"""^\s*@?\w+\(\s*"([A-Z]\d\d)",""", re.MULTILINE)
IDS = re.compile(r"\b([XKGCSDNFM])(\d\d)(?: to \1(\d\d))?\b")
STORY = re.compile(r"""(?:^ *\"{3}|^ *# (?:Goal: )?)((?:[A-Z]\d\d(?:, )?)+)[.:] """, re.MULTILINE)
NAMED = re.compile(r"`((?:\d\d-[\w.-]+|test_\w+\*?|fuzz_\w+))`")


def cases(root):
    found = {}
    for path in sorted(pathlib.Path(root, "tests/attack").glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        for number in set(CASE.findall(text)):
            found.setdefault(number, []).append(path.name)
    for path in sorted([*pathlib.Path(root, "tests/e2e").glob("[0-9]*"), *pathlib.Path(root, "tests/attack").glob("[0-9]*")]):
        for names in STORY.findall(path.read_text(encoding="utf-8")):
            for number in re.findall(r"[A-Z]\d\d", names):
                found.setdefault(number, []).append(path.name)
    return found


def exists(root, name):
    if name.startswith("test_"):
        return any(pathlib.Path(root, "tests/unit").glob(f"*/{name}.c"))
    if name.startswith("fuzz_"):
        return any(pathlib.Path(root, "tests/fuzz").rglob(f"{name}.c"))
    return any(pathlib.Path(root, "tests").glob(f"*/{name}"))


def check(root):
    page, known, found = pathlib.Path(root, PAGE), cases(root), []
    if not page.exists():
        return [f"{PAGE} is not there"]
    text = page.read_text(encoding="utf-8")
    for m in IDS.finditer(text):
        at = f"{PAGE}:{house.line_of(text, m.start())}"
        ends = [m.group(1) + m.group(2)] + ([m.group(1) + m.group(3)] if m.group(3) else [])
        found += [f"{at}: there is no case {end} in tests/attack" for end in ends if end not in known]
    for m in NAMED.finditer(text):
        if not exists(root, m.group(1)):
            found.append(f"{PAGE}:{house.line_of(text, m.start())}: there is no {m.group(1)}")
    named = set()
    for letter, first, last in IDS.findall(text):
        named |= {f"{letter}{n:02}" for n in range(int(first), int(last or first) + 1)}
    found += [f"tests: {known[number][0]}: no promise in {PAGE} names {number}"
              for number in sorted(set(known) - named)]
    return found


def tree(page, script='@case("X01", "a")\n', more=None):
    return {PAGE: page, "tests/attack/10-a.py": script, **(more or {})}


CONTROLS = [
    ("a case that is there", tree("X01"), None),
    ("a case that is not", tree("X01, X02"), "no case X02"),
    ("the end of a range that is not", tree("X01 to X03"), "no case X03"),
    ("a range", tree("X01 to X03", '@case("X01", "a")\n@case("X03", "b")\n@case("X02", "c")\n'), None),
    ("a case that nothing is promised by", tree("X01", '@case("X01", "a")\n@case("X02", "b")\n'), "names X02"),
    ("a unit test that is there", tree("X01 `test_a`", more={"tests/unit/proto/test_a.c": "\n"}), None),
    ("a unit test that is not", tree("X01 `test_a`"), "no test_a"),
    ("a family of unit tests", tree("X01 `test_a*`", more={"tests/unit/proto/test_a_b.c": "\n"}), None),
    ("a story that is not", tree("X01 `20-b.sh`"), "no 20-b.sh"),
    ("a case that a story is", tree("X01, D06", more={"tests/e2e/62-a.py": '    """D06. It goes."""\n'}), None),
    ("a story that no promise names", tree("X01", more={"tests/e2e/62-a.py": '    """D06, D07. It goes."""\n'}), "names D07"),
    ("a case made by a function", tree("S07", 'signed("S07", "b", None)\n'), None),
]
house.main(check, "the page on threats names what is there", CONTROLS)
