#!/usr/bin/python3
# Goal: nobody can change, mix, re-address or re-sign what was sealed; whatever was touched is kept aside and not shown.
import os
import time

from world import ALARM, ARRIVES, SENDS, Trial, case, kap, main
from hostile import build, entry, flip, forge, rid_of, row, take_apart

ALL = os.environ.get("ATTACK") == "all"
BITS = range(8) if ALL else (0,)


def everywhere(w, edit):
    """Rows with every bit (or one of each byte) of a part of ana's newest record changed, before the true one."""
    def lie(rows):
        _, _, record, payload = rows[-1]
        changed = [r for r in edit(take_apart(record)) if r != record]
        lie.made = lie.made or [row(r, payload) for r in changed]
        return rows[:-1] + lie.made + rows[-1:]
    lie.made = []
    count = len(list(edit(take_apart(w.last("ana")[2]))))
    return lie, count


def flips(w, number, text, edit):
    w.give(text)
    lie, count = everywhere(w, edit)

    def after():
        shown = w.json("ana", "list", "Jo")["entries"]
        w.story.equal([e["text"] for e in shown if e["text"] == text], [text], f"{number} the true one behind them is read")
    return Trial("ana", lambda: w.liar.feed(lie), aside=count, gains=ARRIVES, moves={"STREAM_OUT"},
                 after=after)


@case("X01", "every byte of the core changed")
def _(w):
    return flips(w, "X01", "core", lambda p: [build([flip(p[0], i, b), p[1], p[2]])
                                              for i in range(len(p[0])) for b in BITS])


@case("X02", "every byte of the wraps changed")
def _(w):
    def edit(parts):
        core, wraps, signature = parts
        for at, one in enumerate(wraps):
            sealed = one if isinstance(one, bytes) else one[2]
            for i in range(len(sealed)):
                for b in BITS:
                    other = flip(sealed, i, b)
                    other = other if isinstance(one, bytes) else one[:2] + [other]
                    yield build([core, wraps[:at] + [other] + wraps[at + 1:], signature])
            if isinstance(one, list):
                yield build([core, wraps[:at] + [[flip(one[0], 3)] + one[1:]] + wraps[at + 1:], signature])
                yield build([core, wraps[:at] + [[one[0], 2, one[2]]] + wraps[at + 1:], signature])
    return flips(w, "X02", "wraps", edit)


@case("X03", "every byte of the signature changed")
def _(w):
    """The same record but for its signature, hence under the same name: each is kept aside, none is shown."""
    w.give("badly signed")
    lie, _ = everywhere(w, lambda p: [build([p[0], p[1], flip(p[2], i, b)]) for i in range(64) for b in BITS])
    return Trial("ana", lambda: w.liar.feed(lambda rows: lie(rows)[:-1]), hidden=["badly signed"], aside=64 * len(BITS),
                 why="SIGNATURE")


@case("X03", "forged signatures before the true one")
def _(w):
    w.give("well signed")
    lie, _ = everywhere(w, lambda p: [build([p[0], p[1], flip(p[2], i)]) for i in range(64)])

    def after():
        texts = [e["text"] for e in w.json("ana", "list", "Jo")["entries"]]
        w.story.equal(texts.count("well signed"), 1, "X03 the true one is read, once")
    return Trial("ana", lambda: w.liar.feed(lie), aside=64, why="SIGNATURE", gains=ARRIVES, moves={"STREAM_OUT"}, after=after)


def payload_lie(w, edit):
    def lie(rows):
        rows[-1][3] = edit(rows[-1][3])
    w.liar.feed(lie)


def payload_case(number, what, edit, quick=True):
    @case(number, what, quick)
    def _(w):
        w.give("a walk " + "by the water " * 3000)
        return Trial("ana", lambda: payload_lie(w, edit), hidden=["by the water"], aside=1, why=("HASH", "SHAPE"))


CHUNK = 16 * 1024 + 16
HEAD = 24 + 32
for at in (0, 24, 56, CHUNK // 2, -1, *(range(100, 40000, 1000) if ALL else ())):
    payload_case("X03", f"byte {at} of the payload changed", lambda p, at=at: flip(p, at % len(p)))
PAYLOADS = {
    "its last byte gone": lambda p: p[:-1],
    "a byte more": lambda p: p + b"\0",
    "the last chunk gone": lambda p: p[:HEAD + CHUNK * ((len(p) - HEAD) // CHUNK)],
    "the first two chunks exchanged": lambda p: p[:HEAD] + p[HEAD + CHUNK:HEAD + 2 * CHUNK] + p[HEAD:HEAD + CHUNK]
    + p[HEAD + 2 * CHUNK:],
    "a chunk twice": lambda p: p[:HEAD + CHUNK] + p[HEAD:],
    "only the head": lambda p: p[:HEAD],
    "the salt of another": lambda p, salt=kap.random(24): salt + p[24:],  # the same whenever it is asked for
}
for what, edit in PAYLOADS.items():
    payload_case("X04", f"a payload with {what}", edit)


@case("X04", "payloads that break the form, by an author who signs their hash")
def _(w):
    ana = w.chain(w.eve, "ana")
    long = "the long way " * 3000

    def attack():
        for edit in PAYLOADS.values():
            w.eve.push(forge(w.eve, entry(long), to=[ana], payload=edit))
    return Trial("ana", attack, control=lambda: w.eve.push(forge(w.eve, entry(long), to=[ana])),
                 hidden=["the long way"], aside=len(PAYLOADS), why=("OPEN", "STREAM"))


@case("X05", "payloads of two records of one author are exchanged")
def _(w):
    w.give("first of two")
    w.give("second of two")

    def swap(rows):
        rows[-1][3], rows[-2][3] = rows[-2][3], rows[-1][3]
    return Trial("ana", lambda: w.liar.feed(swap), hidden=["first of two", "second of two"], aside=2, why="HASH")


@case("X06", "wraps of two records are exchanged")
def _(w):
    w.give("first of two")
    w.give("second of two")

    def swap(rows):
        a, b = take_apart(rows[-2][2]), take_apart(rows[-1][2])
        at = [i for i, one in enumerate(a[1]) if isinstance(one, list)][0]
        a[1][at], b[1][at] = b[1][at], a[1][at]
        rows[-2:] = [row(build(a), rows[-2][3]), row(build(b), rows[-1][3])]
    return Trial("ana", lambda: w.liar.feed(swap), hidden=["first of two", "second of two"], aside=2, why="SIGNATURE")


@case("X06", "wraps of two records are exchanged, under their true names")
def _(w):
    w.give("first of two")
    w.give("second of two")

    def swap(rows):
        rows[-2][2], rows[-1][2] = rows[-1][2], rows[-2][2]
    return Trial("ana", lambda: w.liar.feed(swap), hidden=["first of two", "second of two"], aside=2, why="HASH")


WRAPS = {
    "sealed to another person's key": lambda w, ana: {"seal": {ana.pid: w.chain(w.mal, "osei").seal}},
    "for another pid": lambda w, ana: {"info": lambda h, pid, e: kap.wrap_info(h, bytes(16), e)},
    "for another epoch": lambda w, ana: {"info": lambda h, pid, e: kap.wrap_info(h, pid, e + 1)},
    "for another record": lambda w, ana: {"info": lambda h, pid, e: kap.wrap_info(bytes(32), pid, e)},
    "with another content key": lambda w, ana: {"keys": {ana.pid: kap.random(32)}},
}
for name, hooks in WRAPS.items():
    @case("X06", f"a wrap {name}, by an author who signs it")
    def _(w, hooks=hooks):
        ana = w.chain(w.mal, "ana")

        def send(**more):
            w.mal.push(forge(w.mal, entry("wrapped wrong"), kap.CLINICAL, [ana], core=keep(), **more))
        return Trial("ana", lambda: send(**hooks(w, ana)), control=send, aside=1, why="OPEN")


def keep():
    return {"retain_until": int(time.time()) // 86400 + 1 + 2557}


@case("X08", "a private record is shown as shared")
def _(w):
    private = [r for r in w.liar.true_feed("jo") if take(r).cls == kap.PRIVATE and take(r).op == kap.CONTENT][-1]
    ana = w.chain(w.eve, "ana").pid

    def shared(record):
        core, wraps, signature = take_apart(record)
        fields = kap.unpack(core)
        fields[6] = kap.SHARED
        both = sorted([fields[2], ana])
        fields[8] = both
        wraps = [wraps[0] if pid == fields[2] else [pid, 1, bytes(120)] for pid in both]
        return build([kap.pack(fields), wraps, signature])

    def lie(rows):
        return rows + [private, row(shared(private[2]), private[3])]
    return Trial("ana", lambda: w.liar.feed(lie), hidden=[], aside=2, why=("AUDIENCE", "SIGNATURE"))


def take(feed_row):
    return kap.Record(feed_row[2]).core


@case("X09", "a record is put into the feed of somebody it is not for")
def _(w):
    w.give("for Ana alone")
    moved = w.last("ana")

    def lie(rows):
        core, wraps, signature = take_apart(moved[2])
        fields = kap.unpack(core)
        fields[8] = sorted([fields[2], w.pid("osei")])
        return rows + [moved, row(build([kap.pack(fields), wraps, signature]), moved[3])]
    return Trial("osei", lambda: w.liar.feed(lie), aside=2, why=("AUDIENCE", "SIGNATURE", "SHAPE"))


@case("X09", "a record is shown as another author's")
def _(w):
    w.give("as if by another")

    def lie(rows):
        core, wraps, signature = take_apart(rows[-1][2])
        fields = kap.unpack(core)
        eve = w.eve.me
        others = dict(zip(fields[8], wraps))
        jo, fields[2], fields[3], fields[4] = fields[2], eve.pid, w.eve.device.did, eve.head
        others[eve.pid] = others.pop(jo)
        fields[8] = sorted(others)
        rows[-1] = row(build([kap.pack(fields), [others[p] for p in fields[8]], signature]), rows[-1][3])
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["as if by another"], aside=1, why="SIGNATURE")


@case("X10", "the signature is replaced by somebody else's")
def _(w):
    w.give("signed by another")
    seeds = [w.eve.device.sign, w.mal.device.sign, w.device_of("maria").sign, w.liar.tls_seed(), w.liar.log_seed()]

    def lie(rows):
        _, _, record, payload = rows[-1]
        core, wraps, _ = take_apart(record)
        signed = kap.record_ids(core, wraps)[0]
        return rows[:-1] + [row(build([core, wraps, kap.sign(seed, "record", signed)]), payload) for seed in seeds]
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["signed by another"], aside=len(seeds), why="SIGNATURE")


LABELS = ["link", "receipt", "feed-head", "pop-tls", "pop-recovery-sign", "pop-recovery-tls", "invite-genesis", "rid",
          "core", "wrap", ""]


@case("X11", "records signed by their author as every other kind of statement")
def _(w):
    ana = w.chain(w.eve, "ana")

    def attack():
        for label in LABELS:
            w.eve.push(forge(w.eve, entry("mislabelled"), to=[ana], sign=(w.eve.device.sign, label), take=False))
    return Trial("ana", attack, control=lambda: w.eve.push(forge(w.eve, entry("mislabelled"), to=[ana])),
                 hidden=["mislabelled"], aside=len(LABELS), why="SIGNATURE")


for label in ("receipt", "record", "link"):
    @case("X11", f"the end of the feed signed as a {label}")
    def _(w, label=label):
        w.give("unsigned end")

        def edit(body):
            body[3] = w.liar.sign(label, body[2])
        return Trial("ana", lambda: w.liar.change("pull", edit), hidden=["unsigned end"], says="ALARM")


@case("X11", "a receipt signed as the end of a feed")
def _(w):
    w.people["jo"].kap("write", text="receipted wrongly")

    def edit(body):
        body[2] = w.liar.sign("feed-head", body[1]) if body[1] else None
    return Trial("jo", lambda: w.liar.change("push", edit), says=ALARM["receipt"], gains=ARRIVES, moves=SENDS)


@case("X12", "the author's tls key signs a record")
def _(w):
    ana = w.chain(w.eve, "ana")
    return Trial("ana", lambda: w.eve.push(forge(w.eve, entry("by the tls key"), to=[ana],
                                                 sign=(w.eve.device.tls, "record"))),
                 control=lambda: w.eve.push(forge(w.eve, entry("by the tls key"), to=[ana])),
                 hidden=["by the tls key"], aside=1, why="SIGNATURE")


@case("X13", "a box in the place of a wrap, and a wrap made like a box")
def _(w):
    ana = w.chain(w.eve, "ana")
    did, seal = kap.device_id(ana.device), ana.device[2]

    def as_box(wraps):
        for one in wraps:
            if one[0] == ana.pid:
                one[2] = kap.hpke_seal(seal, kap.box_info(did, 1, ana.seal), kap.random(72))
        return wraps

    def attack():
        w.eve.push(forge(w.eve, entry("boxed"), to=[ana], wraps=as_box))
        w.eve.push(forge(w.eve, entry("boxed"), to=[ana], info=lambda h, pid, e: kap.box_info(did, e, ana.seal)))
    return Trial("ana", attack, control=lambda: w.eve.push(forge(w.eve, entry("boxed"), to=[ana])), hidden=["boxed"],
                 aside=2, why="OPEN")


@case("X13", "a real box in the place of a wrap")
def _(w):
    w.give("unboxed")
    box = w.key_link("ana").boxes[0][1]

    def lie(rows):
        core, wraps, signature = take_apart(rows[-1][2])
        wraps = [one if isinstance(one, bytes) else one[:2] + [box] for one in wraps]
        record = build([core, wraps, signature])
        rows[-1] = [kap.NEW_RECORD, rid_of(record), record, rows[-1][3]]
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["unboxed"], aside=1, why=("SHAPE", "AUDIENCE", "RANGE"))


@case("X14", "ids of one kind in the place of another")
def _(w):
    """An entry whose item id is another's item id, pid or did is the author's own and nobody else's."""
    ana = w.chain(w.eve, "ana")
    w.give("Jo's own words")
    w.kap("ana", "sync")
    before = w.json("ana", "list", "Jo")
    item = w.items("ana", "jo")[-1]
    for number in (item, w.pid("jo"), w.device_of("jo").did, w.pid("ana"), bytes(16)):
        w.eve.push(w.eve.seal(entry("Eve's words", item=number), kap.SHARED, to=[ana]))
    code, said = w.run("ana", "sync")
    w.story.equal(code, 0, "X14 entries with the ids of others' items, people and devices are taken")
    w.story.equal(w.json("ana", "list", "Jo"), before, "X14 and change nothing of anybody else's")
    w.story.equal([e["text"] for e in w.json("ana", "list", "Eve")["entries"]], ["Eve's words"] * 5,
                  "X14 they are their author's entries")


@case("X14", "an author's pid that is a device's or an item's id")
def _(w):
    w.give("misnamed author")

    def lie(rows):
        core, wraps, signature = take_apart(rows[-1][2])
        fields = kap.unpack(core)
        made = []
        for pid, did in ((fields[3], fields[3]), (fields[2], fields[2]), (w.pid("ana"), w.device_of("ana").did)):
            other = list(fields)
            other[2], other[3] = pid, did
            others = dict(zip(fields[8], wraps))
            own = others.pop(fields[2])
            others[pid] = others.get(pid, own)
            other[8] = sorted(others)
            made.append(row(build([kap.pack(other), [others[p] for p in other[8]], signature]), rows[-1][3]))
        rows[-1:] = made
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["misnamed author"], aside=3,
                 why=("AUTHOR", "SIGNATURE", "AUDIENCE", "SHAPE", "RANGE"))


main()
