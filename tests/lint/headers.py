#!/usr/bin/env python3
"""Every header compiles alone, twice over, with gcc and with clang."""
import concurrent.futures
import os
import subprocess

from support import house

WARN = "-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Werror".split()
MODULES = "libcrypto libssl libevent_core libedit libkeyutils jansson libqrencode".split()


def cflags():
    pkg = os.environ.get("PKG", "pkg-config")
    out = subprocess.run([pkg, "--cflags"] + MODULES, stdout=subprocess.PIPE, text=True, check=False)
    return out.stdout.split()


FLAGS = cflags()


def compile_one(job):
    root, path, compiler = job
    run = subprocess.run([compiler, "-std=c11", "-D_GNU_SOURCE", "-I.", "-fsyntax-only", *WARN, *FLAGS, "-x", "c", "-"],
                         input=f'#include "{path}"\n#include "{path}"\n', text=True, cwd=root, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [f"{path}: {compiler}: {line}" for line in run.stdout.splitlines()[:6]] if run.returncode else []


def check(root):
    jobs = [(root, path, compiler) for path in house.files(root, (".h",), house.PRODUCT + ("tests/unit/support",))
            for compiler in ("gcc", "clang")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [finding for result in pool.map(compile_one, jobs) for finding in result]


GUARD = "#ifndef A\n#define A\n{}\n#endif\n"
CONTROLS = [
    ("a header that brings what it uses", {"proto/a.h": GUARD.format("#include <stddef.h>\nsize_t f(void);")}, None),
    ("a header that leans on another", {"proto/a.h": GUARD.format("size_t f(void);")}, "proto/a.h: clang"),
    ("the same with gcc", {"proto/a.h": GUARD.format("size_t f(void);")}, "proto/a.h: gcc"),
    ("a header without a guard", {"proto/a.h": "struct s {\n\tint a;\n};\n"}, "proto/a.h"),
    ("a declaration without a prototype", {"proto/a.h": GUARD.format("int f();")}, "proto/a.h"),
]
house.main(check, "every header compiles alone", CONTROLS)
