#!/usr/bin/python3
# Goal: the second implementation gives the known answers, and refuses what is not canonical, before it meets a server.
import hashlib
import sys

import kap_peer as kap
from story import ROOT, Story


def rows(name):
    for line in (ROOT / "tests/vectors" / name).read_text().splitlines():
        if line and not line.startswith("#"):
            yield [b"" if word == "-" else word for word in line.split()]


def hexed(*words):
    return [bytes.fromhex(word) if word else b"" for word in words]


def pattern(n):
    return bytes(i * 7 + 3 & 255 for i in range(n))


def cobblestone(story):
    good = tampered = 0
    lines = list(rows("cobblestone.txt"))
    for key, context, salt, length, digest, _ in lines:
        key, context, salt = hexed(key, context, salt)
        plain = pattern(int(length))
        sealed = kap.cobblestone_seal(key, context, plain, salt)
        good += hashlib.sha256(sealed).hexdigest() == digest and kap.cobblestone_open(key, context, sealed) == plain
        for damaged in (sealed[:-1], sealed + b"\0", sealed[:30] + b"\0" + sealed[31:], sealed[:-16],
                        bytes([sealed[0] ^ 1]) + sealed[1:]):
            try:
                kap.cobblestone_open(key, context, damaged)
            except kap.Bad:
                tampered += 1
    story.equal(good, len(lines), "Cobblestone-256: every known answer")
    story.equal(tampered, 5 * len(lines), "Cobblestone-256: nothing that was damaged or cut opens")


def hpke(story):
    lines = [hexed(*line) for line in rows("hpke-aes256gcm.txt")]
    good = sum(kap.hpke_seal(public, info, plain, ephemeral) == sealed and kap.hpke_open(private, info, sealed) == plain
               for info, ephemeral, private, public, plain, sealed in lines)
    story.equal(good, len(lines), "HPKE: every known answer")


def keys(story):
    points = [bytes.fromhex(point) for _, _, point in rows("ed25519-small.txt")]
    story.equal([p.hex() for p in points if kap.good_sign_key(p)], [], "no Ed25519 point of small order is a good key")
    small = [(0).to_bytes(32, "little"), (1).to_bytes(32, "little"), (kap.CURVE_P - 1).to_bytes(32, "little"),
             kap.CURVE_P.to_bytes(32, "little"), (kap.CURVE_P + 9).to_bytes(32, "little"), b"\xff" * 32]
    story.equal([p.hex() for p in small if kap.good_seal_key(p)], [], "nor is a small or too large X25519 key")
    made = [kap.Device() for _ in range(8)]
    story.ok(all(kap.good_sign_key(d.public[0]) and kap.good_seal_key(d.public[2]) for d in made), "keys in use are good")


def canonical(story):
    for value in ([], [None, True, False], [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53 - 1],
                  [-1, -32, -33, -128, -129, -32768, -32769], ["", "a" * 31, "a" * 32, "a" * 255, "\u00e9" * 40000],
                  [b"", b"a" * 255, b"a" * 256, b"a" * 65536], [[[[[[[[]]]]]]]], [0] * 15, [0] * 16, [0] * 8192):
        if kap.unpack(kap.pack(value)) != value:
            story.ok(False, f"{value!r:.40} survives")
            break
    else:
        story.ok(True, "values of every form survive pack and unpack")
    wrong = ["", "00", "c0", "a0", "91", "9000", "dc0000", "dc000f" + "00" * 15, "dd00000010" + "00" * 16, "91cc7f", "91cd00ff",
             "91ce0000ffff", "91cf00000000ffffffff", "91d07f", "91d0ff", "91d1ff80", "91d2ffff8000", "91d3ffffffff80000000",
             "91d900", "91d91f" + "61" * 31, "91da00ff" + "61" * 255, "91c500ff" + "61" * 255, "91c60000ffff", "91c1", "9180",
             "91c70000", "91d400", "91ca00000000", "91cb0000000000000000", "91a1ff", "91a3eda080", "91a2c080", "91a4f4908080",
             "91" * 8 + "90", "dc2001" + "00" * 8193, "ddffffffff", "91c6ffffffff"]
    read = []
    for data in wrong:
        try:
            kap.unpack(bytes.fromhex(data))
            read.append(data)
        except kap.Bad:
            pass
    story.equal(read, [], "nothing is read that is not canonical")


def codes_and_padding(story):
    code = kap.code_new(kap.INVITATION)
    kind, secret = kap.code_read(code)
    story.ok(kind == kap.INVITATION and kap.code_format(kind, secret) == code, "a code is read as it was made")
    typed = " " + code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    story.equal(kap.code_read(typed), (kind, secret), "and as somebody types it")
    caught = 0
    for i, c in enumerate(code):
        if c != "-":
            other = kap.SYMBOLS[(kap.SYMBOLS.index(c) + 1) % 32]
            try:
                caught += kap.code_read(code[:i] + other + code[i + 1:])[0] != kind
            except kap.Bad:
                caught += 1
    story.equal(caught, 30, "each mistyped symbol is noticed")
    lengths = [(0, 512), (510, 512), (511, 512), (512, 544), (1000, 1024), (9000, 9216), (100000, 100352), (10**6, 1015808)]
    story.equal([(n, len(kap.pad(b"x" * n))) for n, _ in lengths], lengths, "padding to Padme lengths")
    story.equal(kap.unpad(kap.pad(b"a\x80\0")), b"a\x80\0", "and back")
    for name, padded in (("too long", kap.pad(b"a" * 600) + b"\0" * 32), ("no end", b"\0" * 512), ("too short", b"a\x80\0")):
        story.bad("PADDING", f"padding refused: {name}", kap.unpad, padded)


def main():
    with Story() as story:
        for part in (cobblestone, hpke, keys, canonical, codes_and_padding):
            part(story)


sys.exit(main())
