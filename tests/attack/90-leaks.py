#!/usr/bin/python3
# Goal: what is seen from outside, or by a reader, tells nothing of what was not given: no counter, no length, no hint.
import os
import re
import statistics
import time

from world import case, kap, main
from hostile import entry, forge

MANY = 1000 if os.environ.get("ATTACK") == "all" else 40


# --- M05: what a therapist's device gets, whatever else the client wrote ---

def shape(value):
    """What is left of a value when all that is random, or says who and when, is taken away: lengths and numbers stay."""
    if isinstance(value, (bytes, bytearray)):
        try:
            inner = kap.unpack(value)
        except kap.Bad:
            return f"{len(value)} bytes"
        return ["encoded", *map(shape, inner)]
    if isinstance(value, list):
        return list(map(shape, value))
    if isinstance(value, int) and not isinstance(value, bool) and value > 1600000000:
        return "a time"
    return value


def day(w, private, leak=None):
    """Jo shares an entry, writes so many private ones, shares another; Ana syncs. What Ana's device got, and keeps."""
    w.reset()
    w.give("the one before")
    w.kap("ana", "sync")
    jo = w.people["jo"]
    for i in range(private):
        jo.kap("write", text=f"private entry {i}")
        if i % 16 == 0:
            w.kap("jo", "sync")
    w.kap("jo", "sync")
    w.give("the one after")
    if leak:
        leak(w, private)
    w.liar.frames.clear()
    code, said = w.run("ana", "sync")
    got = [message for way, message in w.liar.frames if way == "down"]
    asked = [message for way, message in w.liar.frames if way == "up"]
    rows = w.vault("ana").rows()
    kept = {table: sorted(map(repr, (shape(list_of(value)) for value in values.values()))) for table, values in rows.items()}
    return code, {"answers": [shape(m) for m in got], "requests": [shape(m) for m in asked], "vault": kept,
                  "shown": timeless(w.shown("ana")), "plain": wraps(w, rows)}


def list_of(value):
    try:
        return kap.unpack(value)
    except kap.Bad:
        return [bytes(value)]


def timeless(shown):
    return {k: re.sub(r"\d{4}-\d\d-\d\dT[\d:+]+", "T", text) for k, text in shown.items()}


def wraps(w, rows):
    """What the sealed part of each record says to Ana: the place in the stream, and the content but for text and ids."""
    found, device = [], w.vault("ana").identity()
    epoch = kap.Epoch(1, device[2][0][1])
    for _, row in sorted(rows["TIMELINE"].items()):
        record = kap.Record(kap.unpack(row)[4])
        wrap = record.wrap_of(w.pid("ana"))
        if wrap is None or record.core.pid != w.pid("jo"):
            continue
        info = kap.wrap_info(kap.H("core", record.core_bytes), w.pid("ana"), wrap[1])
        plain = kap.hpke_open(epoch.seal, info, wrap[2])
        content = kap.unpack(kap.unpack(row)[5])
        found.append([int.from_bytes(plain[32:40], "big"), shape(content)])
    return found


def difference(a, b, at=""):
    """Where two shapes differ, in words."""
    if type(a) is not type(b) or not isinstance(a, (list, dict)):
        return [] if a == b else [f"{at}: {a!r} / {b!r}"]
    if isinstance(a, dict):
        a, b = list(a.items()), list(b.items())
    if len(a) != len(b):
        return [f"{at}: {len(a)} / {len(b)} of them"]
    return [line for i, (x, y) in enumerate(zip(a, b)) for line in difference(x, y, f"{at}.{i}")]


@case("M05", "a reader cannot tell how much lies between two entries")
def _(w):
    none, many = day(w, 0), day(w, MANY)
    w.story.equal((none[0], many[0]), (0, 0), "M05 both days arrive")
    found = difference(none[1], many[1])
    w.story.ok(not found, f"M05 frames, vault and screen are the same with 0 and with {MANY} private entries between",
               "\n".join(found[:20]))


def leak_number(w, private):
    """A counter in a sealed place: Jo's number of all entries as the item's time of making."""
    jo = hostile_jo(w)
    content = kap.pack([1, kap.JOURNAL, kap.random(16), [], kap.now_ms(), 0, kap.now_ms(), None, [[2, "x"], [4, private % 11]]])
    send(w, jo, content)


def leak_length(w, private):
    """A counter in the length of a payload."""
    send(w, hostile_jo(w), entry("x" * (600 if private else 10)))


def leak_stream(w, private):
    """A stream that counts what the reader does not get."""
    jo = hostile_jo(w)
    ana = jo.me_ana
    jo.push(forge(jo, entry("x"), to=[ana], place={ana.pid: jo.out[ana.pid]._replace(seq=jo.out[ana.pid].seq + private)}))


def leak_count(w, private):
    """A record for each."""
    jo = hostile_jo(w)
    for _ in range(1 + private):
        send(w, jo, entry("x"))


def send(w, jo, content):
    jo.push(forge(jo, content, to=[jo.me_ana]))


def hostile_jo(w):
    """A peer with the keys of Jo's device and its place in the streams."""
    peer = w.peer_of("jo")
    for pid, value in w.vault("jo").rows()["STREAM_OUT"].items():
        peer.out[pid] = kap.Stream(*kap.unpack(value))
    peer.me_ana = w.chain(w.eve, "ana")
    return peer


for name, leak in (("in a field", leak_number), ("in a length", leak_length), ("in the stream", leak_stream),
                   ("in how many there are", leak_count)):
    @case("M05", f"the comparison finds a counter {name}")
    def _(w, name=name, leak=leak):
        found = difference(day(w, 0, leak)[1], day(w, 3, leak)[1])
        w.story.ok(found, f"M05 control: a counter {name} is found")
        w.story.ok(not difference(day(w, 2, leak_nothing)[1], day(w, 3, leak_nothing)[1]),
                   "M05 control: the same record without one is not")


def leak_nothing(w, _):
    send(w, hostile_jo(w), entry("x"))


# --- what lies and passes outside ---

@case("M04", "lengths of payloads and wraps")
def _(w):
    for length in (0, 1, 50, 480, 600, 1500, 5000, 33333):
        w.people["jo"].kap("write", text="a" * length + ".")
        number = w.people["jo"].json("list")["entries"][-1]["number"]
        w.kap("jo", "--yes", "share", number, "--with", "Ana,Osei")
    sizes, sealed = set(), set()
    with w.stopped() as store:
        for _, row in store.rows("RECORDS"):
            record = kap.Record(row[48:])
            sizes.add(record.core.payload[0])
            sealed |= {(pid == record.core.pid, len(one[2])) for pid, one in zip(record.core.audience, record.wraps)
                       if isinstance(one, list)}
    w.story.equal(sealed, {(True, 100), (False, 120)}, "M04 every wrap has one of two lengths")
    odd = [size for size in sizes if size not in PADDED]
    w.story.ok(not odd and len(sizes) > 4, "M04 every payload has one of the few lengths of Padme", f"{odd} {sizes}")


PADDED = set()
for n in range(1, 120000):
    size = kap.padded_length(n)
    PADDED.add(24 + 32 + size + 16 * (size // kap.CHUNK + 1))


@case("M04", "what a guest is told is always as long")
def _(w):
    """Codes that were never given, were used, are open for another: a stranger learns no more than that."""
    def ask(number):
        with kap.Connection("127.0.0.1", w.house.port, kap.Device()) as conn:
            conn.hello()
            conn.ask("invite_get", number)
            length = int.from_bytes(conn.exactly(4), "big")
            return length, conn.exactly(length)
    unknown = [ask(kap.random(16)) for _ in range(3)]
    w.story.equal(len({u[0] for u in unknown}), 1, "M04 three unknown codes, one length")
    for op, arguments in (("pull", [bytes(16), 0, bytes(32), 1000]), ("fetch", [[kap.random(32)]]), ("status", []),
                          ("chain_get", [kap.random(32), 0, 1]), ("push", [[[b"x", b"x"]]])):
        with kap.Connection("127.0.0.1", w.house.port, kap.Device()) as conn:
            conn.hello()
            w.story.equal(conn.request(op, *arguments), (200, []), f"M04 a stranger who asks for {op} learns nothing")


@case("M07", "how long an answer takes says nothing of a code", quick=False)
def _(w):
    known = kap.InviteKeys(kap.code_read(w.kap_code("maria", "medical", "Nurse"))[1]).id
    times = {"known": [], "unknown": []}
    for _ in range(14):  # a server answers strangers only so many refusals
        with kap.Connection("127.0.0.1", w.house.port, kap.Device()) as conn:
            conn.hello()
            for name, number in (("known", known), ("unknown", kap.random(16))) * 4:
                began = time.perf_counter_ns()
                conn.request("invite_get", number)
                times[name].append(time.perf_counter_ns() - began)
    medians = {name: statistics.median(values) / 1000 for name, values in times.items()}
    w.story.note(f"median {medians}")
    w.story.ok(abs(medians["known"] - medians["unknown"]) < 1000, "M07 within a millisecond of each other", medians)


@case("M06", "nothing is left when it is locked")
def _(w):
    """What `unlock` keeps is in the kernel's keyring and goes with `lock`; no process stays that could hold more."""
    w.story.equal(w.run("jo", "list")[0], 0, "M06 unlocked, it opens")
    if not w.people["jo"].unlocked:
        return w.story.skip("M06 locked, it does not", "no keyring here")
    w.people["jo"].run("lock")
    code, out, err = w.without_passphrase("jo", "list")
    w.story.ok(code == 5 and "river" not in out + err, "M06 locked, it does not", f"{code} {out} {err}")
    mine = [p for p in os.listdir("/proc") if p.isdigit() and str(w.people["jo"].home) in environment(p)]
    w.story.equal(mine, [], "M06 and no process of this profile is left")
    w.people["jo"].unlocked = False
    w.people["jo"].unlocked = w.people["jo"].run("unlock", "--minutes", "60")[0] == 0


def environment(pid):
    try:
        with open(f"/proc/{pid}/environ", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


main()
