#!/usr/bin/env python3
"""Budgets: .c 500 lines (aim 350), .h 200, a function 100 lines (aim 60), five parameters.
A pointer and the length right after it count as one parameter (an array to fill: with its room and its count), and so
do a callback and its argument, and argc and argv: they are one thing said in several words."""
import re

from support import house

FILE_MAX = {".c": 500, ".h": 200}
FILE_AIM, FUNCTION_AIM, FUNCTION_MAX, PARAMETERS_MAX = 350, 60, 100, 5
LENGTH = re.compile(r"\b(size_t|unsigned|int|u?int\d+_t)\s*\*?\s*(const\s+)?(len|n|count|size|max|cap|\w+_(len|n|count|size|max|cap)|n_\w+)$")
CLOSURE = re.compile(r"\bvoid \*(arg|ctx|user)$")
NAME = re.compile(r"(\w+)\s*\($")


def functions(text):
    """(name, first line, last line, parameters) of every function defined in stripped C text of the house's style:
    its braces stand alone in the first column."""
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        start = i
        while start > 0 and lines[start - 1].strip() and not re.search(r"[;}]\s*$|^#", lines[start - 1]):
            start -= 1
        end = next((j for j in range(i, len(lines)) if lines[j].startswith("}")), len(lines) - 1)
        head = " ".join(lines[start:i])
        name, params = split_head(head)
        if name:
            yield name, start + 1, end + 1, params


def prototypes(text):
    """(name, line, parameters) of every function declared at the top level of stripped header text."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: house.blank(m.group(0)), text, flags=re.MULTILINE)
    depth = begin = 0
    for i, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if depth == 0 and c in ";}":
            head = text[begin:i]
            name, params = split_head(re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head, flags=re.DOTALL))
            if c == ";" and name and "typedef" not in head:
                yield name, house.line_of(text, begin + len(head) - len(head.lstrip())), params
            begin = i + 1


def split_head(head):
    open_at = head.find("(")
    m = NAME.search(head[:open_at + 1]) if open_at >= 0 else None
    if not m:
        return None, []
    params, depth, last = [], 0, open_at + 1
    for i in range(open_at, len(head)):
        depth += (head[i] in "([") - (head[i] in ")]")
        if (depth == 1 and head[i] == ",") or depth == 0:
            params.append(" ".join(head[last:i].split()))
            last = i + 1
            if depth == 0:
                break
    return m.group(1), [p for p in params if p not in ("", "void")]


def weight(params):
    count, prev, pair = 0, "", False
    for p in params:
        after_pointer = ("*" in prev or "[" in prev) and not LENGTH.search(prev)
        pair = LENGTH.search(p) and (after_pointer or (pair and "*" in p))
        argv = prev == "int argc" and p.endswith("argv")
        count += 0 if pair or argv or (prev and CLOSURE.search(p)) else 1
        prev = p
    return count


def check(root):
    found = []
    for path in house.files(root, (".c", ".h")):
        raw = house.read(root, path)
        limit, lines = FILE_MAX[path[-2:]], raw.count("\n")
        if lines > limit:
            found.append(f"{path}: {lines} lines, at most {limit}")
        text = house.code(raw)
        for name, first, last, params in functions(text):
            if last - first + 1 > FUNCTION_MAX:
                found.append(f"{path}:{first}: {name} has {last - first + 1} lines, at most {FUNCTION_MAX}")
            if weight(params) > PARAMETERS_MAX:
                found.append(f"{path}:{first}: {name} has {weight(params)} parameters, at most {PARAMETERS_MAX}")
        for name, line, params in prototypes(text) if path.endswith(".h") else ():
            if weight(params) > PARAMETERS_MAX:
                found.append(f"{path}:{line}: {name} has {weight(params)} parameters, at most {PARAMETERS_MAX}")
    return found


def notes(root):
    long, files, total = [], [], 0
    for path in house.files(root, (".c", ".h")):
        raw = house.read(root, path)
        total += raw.count("\n")
        if raw.count("\n") > FILE_AIM:
            files.append(f"{path} {raw.count(chr(10))}")
        long += [f"{path}:{first} {name} {last - first + 1}" for name, first, last, _ in functions(house.code(raw))
                 if last - first + 1 > FUNCTION_AIM]
    yield f"{total} lines; {len(files)} files over {FILE_AIM} lines; {len(long)} functions over {FUNCTION_AIM} lines"
    yield from files + long


def body(n):
    return "static int f(int a,\n\tint b)\n{\n" + "\ta++;\n" * (n - 4) + "}\n"


def proto(params):
    return f"/* f(a, b, c, d, e, f, g) */\nint f({params});\n"


CONTROLS = [
    ("a .c of 500 lines", {"proto/a.c": "\n" * 500}, None),
    ("a .c of 501 lines", {"proto/a.c": "\n" * 501}, "501 lines"),
    ("a .h of 200 lines", {"client/care/a.h": "\n" * 200}, None),
    ("a .h of 201 lines", {"client/care/a.h": "\n" * 201}, "201 lines"),
    ("a function of 100 lines", {"certs/a.c": "int g;\n\n" + body(100)}, None),
    ("a function of 101 lines", {"certs/a.c": "int g;\n\n" + body(101)}, "f has 101 lines"),
    ("five parameters", {"proto/a.h": proto("int a, int b, int c, int d, int e")}, None),
    ("six parameters", {"proto/a.h": proto("int a, int b, int c,\n\tint d, int e, int f")}, "f has 6 parameters"),
    ("a length as part of its pointer", {"proto/a.h": proto(
        "const uint8_t key[32], const void *info, size_t info_len, const void *in, size_t len, struct buf *out, int *x")}, None),
    ("a callback and its argument", {"proto/a.h": proto("int a, int b, int c, int d, visit *fn, void *arg")}, None),
    ("an array to fill", {"proto/a.h": proto("int a, int b, int c, int d, int *out, size_t max, size_t *n")}, None),
    ("argc and argv", {"client/a.h": proto("int a, int argc, char **argv, int b, int c, int d")}, None),
    ("lengths that belong to nothing", {"proto/a.h": proto(
        "size_t a_len, size_t b_len, size_t c_len, size_t d_len, size_t e_len, size_t f_len")}, "6 parameters"),
    ("six parameters of a static function", {"proto/a.c": "static int f(int a, int b, int c, int d, int e, int g)\n{\n}\n"},
     "f has 6 parameters"),
    ("commas inside a parameter", {"proto/a.h": proto("int (*fn)(int, int, int), int b[f(1, 2)], int c, int d, int e")}, None),
]
house.main(check, "files, functions and parameter lists are within their budgets", CONTROLS, notes)
