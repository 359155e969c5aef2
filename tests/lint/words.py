#!/usr/bin/env python3
"""Words that must not stand where they would do harm."""
import re

from support import house

C = (".c", ".h", ".def")
CODE, STRINGS, RAW = "code", "strings", "raw"
TESTS = r"tests/.*"
# what is looked at, pattern, files excepted, what to say
RULES = [
    (CODE, r"\b(strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|alloca|tmpnam)\s*\(", TESTS, "writes without a bound or keeps hidden state"),
    (CODE, r"\b(system|popen)\s*\(", r"$^", "runs a shell"),
    (CODE, r"\bato(i|l|ll|f)\s*\(", TESTS, "takes anything for a number; use strtoul and look at the end"),
    (CODE, r"\b(rand|random|srand|drand48|rand_r)\s*\(", r"$^", "is not random; crypto_random is"),
    (CODE, r"\bexit\s*\(", r".*_main\.c|tests/.*", "only a main file ends the program"),
    (CODE, r"\bEVP_(sha\d\w*|aes_\w+|get_\w*byname)\s*\(", r"proto/crypto\.c|tests/.*", "crypto.c fetches algorithms once"),
    (STRINGS, r'"[^"\n]*kap1\.', r"proto/label\.h|tests/.*", "labels stand in proto/label.h"),
    (RAW, r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b", r"$^", "finish it or leave it out"),
]
SECRET = re.compile(r"\bmemcmp\s*\(([^;]*)")
SECRET_NAME = re.compile(r"secret|seed|priv|pass|(content|self|root|wrap|vault|erase)_key|\bmac\b|token|\bcode\b|_code\b")
PUBLIC = re.compile(r"/\*[^*]*\bpublic\b")
TEXTS = (".md", ".sh", ".py", ".mk", ".service", ".socket", ".timer", ".mjs", ".1", ".5", ".8")


def check(root):
    found = []
    for path in house.files(root, C, house.PRODUCT + ("tests",)):
        raw = house.read(root, path)
        views = {RAW: raw, CODE: house.code(raw), STRINGS: house.code(raw, keep_strings=True)}
        for view, pattern, excepted, why in RULES:
            if re.fullmatch(excepted, path):
                continue
            for m in re.finditer(pattern, views[view]):
                word = m.group(0).split("(")[0].strip('" ')
                found.append(f"{path}:{house.line_of(raw, m.start())}: {word}: {why}")
        if not path.startswith("tests/"):
            found += compared_secrets(path, raw, views[CODE])
    for path in house.files(root, TEXTS, (".",)):
        raw = house.read(root, path)
        found += [f"{path}:{house.line_of(raw, m.start())}: {m.group(0)}: {RULES[-1][3]}"
                  for m in re.finditer(RULES[-1][1], raw)]
    return found


def compared_secrets(path, raw, text):
    """memcmp tells by its time where two secrets differ. A comment with the word "public" on the line, or the line
    before, says that these bytes are no secret."""
    lines = raw.split("\n")
    for m in SECRET.finditer(text):
        at = house.line_of(text, m.start())
        near = "\n".join(lines[max(0, at - 2):at])
        names = re.sub(r"\w*pub\w*", "", m.group(1).split(")")[0])
        if SECRET_NAME.search(names) and not PUBLIC.search(near):
            yield f"{path}:{at}: memcmp on what looks secret; use crypto_equal, or say in a comment that it is public"


def c(text):
    return {"proto/a.c": "int f(void)\n{\n" + text + "\n}\n"}


CONTROLS = [
    ("strcpy", c("strcpy (a, b);"), "strcpy"),
    ("sprintf", c("sprintf(a, b);"), "sprintf"),
    ("snprintf", c("snprintf(a, 1, b);"), None),
    ("strcat", c("strcat(a, b);"), "strcat"),
    ("gets", c("gets(a);"), "gets"),
    ("fgets", c("fgets(a, 1, b);"), None),
    ("a banned word in a comment or a string", c('/* strcpy(a) */ x = "system(";'), None),
    ("system", c("system(a);"), "runs a shell"),
    ("popen", c("popen(a, b);"), "runs a shell"),
    ("atoi", c("atoi(a);"), "atoi"),
    ("exit in a module", c("exit(1);"), "only a main file"),
    ("_exit in a child", c("_exit(1);"), None),
    ("exit in a main file", {"daemon/kapd_main.c": "exit(1);"}, None),
    ("memcmp of a secret", c("memcmp(a->self_key, key, 32);"), "looks secret"),
    ("memcmp of what is said to be public", c("memcmp(a->code, code, 32); /* public */"), None),
    ("memcmp of ids and public keys", c("memcmp(a->rid, b->pub_key, CRYPTO_KEY);"), None),
    ("a label outside label.h", c('x = "kap1.record";'), "proto/label.h"),
    ("a label in a comment", c('/* SHA-256("kap1." label) */'), None),
    ("the labels in label.h", {"proto/label.h": '#define P "kap1."\n'}, None),
    ("a fetch per call", c("EVP_sha256();"), "fetches algorithms once"),
    ("an implicit cipher", {"certs/a.c": "EVP_aes_256_gcm();"}, "fetches algorithms once"),
    ("the same in crypto.c", {"proto/crypto.c": "EVP_aes_256_gcm();"}, None),
    ("an unfinished place", c("/* TO" "DO: later */"), "finish it"),
    ("an unfinished place in prose", {"docs/a.md": "FIX" "ME\n"}, "finish it"),
    ("the name of a temporary file", {"tests/a.sh": "mktemp /tmp/kap.XX" "XXXX\n"}, None),
]
house.main(check, "no banned words", CONTROLS)
