#!/usr/bin/python3
# Goal: a device that is out is out; nobody but a person's own devices lets one in; no box leads to another's seed.
from world import CODE, GONE, PASSPHRASE, Person, Terminal, alarmed, case, kap, main, strip
from hostile import entry, flip, forge


def two(w):
    """Mal with a second device that Ana's device has seen."""
    second = w.mal.add_device()
    w.kap("ana", "sync")
    return second


@case("D01", "a device that is put out while it is connected")
def _(w):
    second = two(w)
    second.c
    w.mal.revoke(second.device.did)
    w.story.closed("D01 its connection is closed", second.conn)
    second.conn = None
    try:
        got = kap.STATUS[kap.Connection(*w.mal.address, second.device).request("hello", 1, 1, "x")[0]]
    except GONE:
        got = "closed"
    w.story.equal(got, "REVOKED", "D01 and a new one is refused")
    context = kap.tls_context(second.device)
    with kap.Connection(*w.mal.address, context=context) as conn:
        status, _ = conn.request("hello", 1, 1, "x")
        w.story.equal(kap.STATUS[status], "REVOKED", "D01 so is one that would be taken up again")
    w.story.equal(w.mal.c.call("status")[1] > 0, True, "D01 the device that stays is served as before")


@case("D04", "what is sealed after a device is put out")
def _(w):
    second = two(w)
    mal = w.mal.me.genesis[:16]
    w.mal.revoke(second.device.did)
    w.kap("ana", "sync")
    w.mal.sync()
    note = w.mal.seal(entry("to oneself"), kap.PRIVATE)
    w.mal.push(note)
    wrap = kap.Record(w.mal.fetch(note.rid)[0][0]).wrap_of(mal)
    w.story.equal(wrap[1], 2, "D04 what is written now is sealed to the new epoch")
    core = kap.H("core", kap.Record(note.record).core_bytes)
    for seed in (second.epoch, w.mal.epochs[1]):
        w.story.bad("OPEN", "D04 which no seed of before opens", kap.aes_open, seed.self_key, kap.wrap_info(core, mal, wrap[1]),
                    wrap[2])
    w.story.equal(len(kap.aes_open(w.mal.epoch.self_key, kap.wrap_info(core, mal, wrap[1]), wrap[2])), 72,
                  "D04 control: the new one does")
    osei = w.peer_of("osei")
    shared = forge(osei, entry("to Mal"), kap.CLINICAL, [osei.key_chain(w.mal.me.genesis)],
                   core={"retain_until": kap.now_ms() // kap.DAY_MS + 2600})
    sealed = kap.Record(shared.record).wrap_of(mal)
    w.story.equal(sealed[1], 2, "D04 others seal to the new epoch")
    w.story.bad("OPEN", "D04 which the device that is out cannot open", kap.hpke_open, second.epoch.seal,
                kap.wrap_info(kap.H("core", kap.Record(shared.record).core_bytes), mal, 2), sealed[2])


@case("D07", "the last device puts itself out")
def _(w):
    epochs = (w.mal.epoch, kap.Epoch(2))
    link = kap.make_device_revoke(w.mal.me, w.mal.device, epochs, [w.mal.device.did], w.mal.clinic.head[1:])
    w.story.refused("LINK", "D07 the server refuses it", w.mal.c.call, "chain_put", w.mal.me.genesis, link.data)
    shown(w, "D07", link, "and every reader")


def shown(w, number, link, what):
    """A link on Mal's key chain that the server shows to Ana."""
    genesis, links = w.mal.me.genesis, [strip(w.mal.me.links[0].data)] + [strip(x.data) for x in w.mal.me.links[1:]]
    w.kap("ana", "sync")
    own = links + [strip(link.data)]

    def lie():
        def got(call):
            asked, start, count = call.arguments
            return (0, [link.seq, link.hash, own[start:start + count]]) if asked == genesis else call.truth

        def heads(body):
            for row in body[0]:
                if row[0] == genesis:
                    row[1:] = [link.seq, link.hash]
        w.liar.answer["chain_get"] = got
        w.liar.change("chain_list", heads)
    alarmed(w, number, what, lie)
    w.liar.forget()
    w.story.equal(w.run("ana", "sync")[0], 0, f"{number} the true chain is taken as before")


def resigned(link, seed, signer=None):
    """The same link, signed by another; `signer` is whom it names."""
    outer, _, inner, boxes = kap.unpack(link.data)
    fields = kap.unpack(outer)
    fields[6] = signer or fields[6]
    outer = kap.pack(fields)
    return kap.Link(kap.pack([outer, kap.sign(seed, "link", outer), inner, boxes]))


def added(w, genesis=None, by=None):
    fresh = kap.Device()
    return kap.make_device_add(w.mal.me, by or w.mal.device, w.mal.epoch, kap.prove_device(fresh, genesis or w.mal.me.genesis)), fresh


def rotated(w):
    return kap.make_epoch_rotate(w.mal.me, w.mal.device, (w.mal.epoch, kap.Epoch(2)))


LINKS = {
    "a device that the server's key let in": lambda w: resigned(added(w)[0], w.liar.tls_seed()),
    "a device that lets itself in": lambda w: (lambda link, fresh: resigned(link, fresh.sign, fresh.did))(*added(w)),
    "a device that an admin let in": lambda w: resigned(added(w)[0], w.device_of("maria").sign, w.device_of("maria").did),
    "a device that was proven to another person": lambda w: added(w, w.eve.me.genesis)[0],
    "an epoch that the server's key began": lambda w: resigned(rotated(w), w.liar.tls_seed()),
    "an epoch that the paper device began": lambda w: (lambda d: resigned(rotated(w), d.sign, d.did))(
        kap.Device.of_recovery_code(w.mal.recovery_code)),
    "a device that another person's device is": lambda w: kap.make_device_add(
        w.mal.me, w.mal.device, w.mal.epoch, kap.prove_device(w.mal.device, w.mal.me.genesis)),
    "an epoch whose key is of small order": lambda w: kap.Link(small_order(w)),
}


def small_order(w):
    """An epoch whose public key is of small order, signed as it should be."""
    outer, _, inner, boxes = kap.unpack(rotated(w).data)
    fields, inner = kap.unpack(outer), kap.unpack(inner)
    inner[1][1] = bytes(32)
    inner = kap.pack(inner)
    fields[7] = kap.H("inner", inner)
    outer = kap.pack(fields)
    return kap.pack([outer, kap.sign(w.mal.device.sign, "link", outer), inner, boxes])


for name, make in LINKS.items():
    @case("S06", f"on a key chain: {name}")
    def _(w, name=name, make=make):
        link = make(w)
        try:
            status = w.mal.c.request("chain_put", w.mal.me.genesis, link.data)[0]
        except GONE:
            status = -1
        w.story.ok(status != 0, f"S06 {name}: the server refuses it", kap.STATUS.get(status))
        shown(w, "S06", link, f"{name}: every reader does")


@case("S06", "on a key chain: a device that is let in as it should be")
def _(w):
    """The control of the cases above."""
    link, _ = added(w)
    w.mal.c.call("chain_put", w.mal.me.genesis, link.data)
    w.story.equal(w.run("ana", "sync")[0], 0, "S06 control: a device that its person let in is taken")


@case("S04", "a key chain that became shorter")
def _(w):
    """Ana has seen that a device is out; the server shows the chain of before."""
    second = two(w)
    before = [strip(link.data) for link in w.mal.me.links]
    w.mal.revoke(second.device.did)
    w.kap("ana", "sync")
    last = kap.Link(before[-1])

    def heads(body):
        for row in body[0]:
            if row[0] == w.mal.me.genesis:
                row[1:] = [last.seq, last.hash]

    def lie():
        w.liar.chain(lambda links: before, w.mal.me.genesis)
        w.liar.change("chain_list", heads)
    alarmed(w, "S04", "a removal that was seen is hidden again", lie)


# --- boxes: what leads a device to a seed ---

def own_epoch(w):
    """Jo's key chain with a new epoch, made with the keys of Jo's device; Jo's kap has not heard of it."""
    jo = w.peer_of("jo")
    jo.rotate()
    jo.close()
    return jo


def boxes_edit(number, what, edit):
    @case(number, what)
    def _(w):
        jo = own_epoch(w)

        def lie(links):
            parts = kap.unpack(links[1])
            boxes = kap.unpack(parts[3])
            parts[3] = edit(w, jo, boxes)
            links[1] = kap.pack(parts)
        genesis, before = w.genesis_of("jo"), w.vault("jo").rows()
        w.liar.chain(lie, genesis)
        code, said = w.run("jo", "sync")
        w.story.ok(code == 4 and "ALARM" in said, f"{number} {what}: noticed", f"{code} {said} {w.liar.errors}")
        now = w.vault("jo").rows()
        w.story.equal((now["IDENTITY"], now["LINK"]), (before["IDENTITY"], before["LINK"]), f"{number} {what}: no seed is taken")
        w.liar.forget()
        w.story.equal(w.run("jo", "sync")[0], 0, f"{number} {what}: the true box opens")


def foreign_seed(w, jo, boxes):
    """A seed of the server's in the box: it does not lead to the epoch's key."""
    device = w.device_of("jo")
    boxes[0][1] = kap.hpke_seal(device.public[2], kap.box_info(device.did, 2, jo.me.seal), kap.random(32))
    return kap.pack(boxes)


boxes_edit("S10", "two boxes are exchanged", lambda w, jo, boxes: kap.pack(boxes[::-1]))
boxes_edit("S10", "a box is left out", lambda w, jo, boxes: kap.pack(boxes[1:]))
boxes_edit("S10", "a box is there twice", lambda w, jo, boxes: kap.pack([boxes[0], boxes[0]]))
boxes_edit("S10", "no boxes at all", lambda w, jo, boxes: None)
boxes_edit("S11", "a box with a seed of the server's", foreign_seed)
boxes_edit("S11", "a box of noise", lambda w, jo, boxes: kap.pack([[boxes[0][0], kap.random(80)], boxes[1]]))
# --- what a device that is out has written ---

def clinical(peer, text, **more):
    day = kap.now_ms() // kap.DAY_MS
    ana = [chain for chain in peer.chains.values() if chain.pid == peer.ana][0]
    return forge(peer, entry(text), kap.CLINICAL, [ana], core={"retain_until": day + 2600}, **more)


def put_out(w):
    """Mal's second device writes, is put out with word of what it wrote to Ana, and writes again."""
    second = two(w)
    second.ana = w.mal.ana = w.pid("ana")
    second.key_chain(w.genesis_of("ana"))
    before = clinical(second, "before it was lost")
    second.push(before)
    late = clinical(second, "by the thief")
    w.mal.pull()
    w.mal.revoke(second.device.did)
    place = second.out[second.ana]
    end = kap.content_make(9, {72: second.device.did, 73: place.seq - 1, 74: before.rid})
    return second, late, forge(w.mal, end, kap.CONTROL, [w.mal.key_chain(w.genesis_of("ana"))])


def injected(late):
    return lambda rows: rows + [[kap.NEW_RECORD, late.rid, late.record, late.payload]]


@case("D02", "a device that is out writes on, and the server passes it off")
def _(w):
    second, late, end = put_out(w)
    second.conn = None
    w.story.refused("REVOKED", "D02 an honest server takes nothing of it", second.push, late)
    w.mal.push(end)
    w.liar.feed(injected(late))
    code, said = w.run("ana", "sync")
    w.story.ok(code == 4, "D02 a reader keeps it aside", f"{code} {said}")
    shown = str(w.json("ana", "list", "Mal"))
    w.story.ok("by the thief" not in shown, "D02 and shows nothing of it", shown)
    w.story.ok("before it was lost" in shown, "D03 what it wrote before is read", shown)


@case("D02", "the same, before the reader has heard that it is out")
def _(w):
    second, late, end = put_out(w)
    w.mal.push(end)
    hidden, genesis = [strip(link.data) for link in w.mal.me.links[:-1]], w.mal.me.genesis
    last = kap.Link(hidden[-1])

    def heads(body):
        for row in body[0]:
            if row[0] == genesis:
                row[1:] = [last.seq, last.hash]
    w.liar.chain(lambda links: hidden, genesis)
    w.liar.change("chain_list", heads)
    w.liar.feed(lambda rows: injected(late)(rows[:-1]))
    code, said = w.run("ana", "sync")
    w.story.ok("by the thief" in str(w.json("ana", "list", "Mal")), "D02 as long as nobody has heard of it, it reads as the device's",
               f"{code} {said}")
    w.liar.answer.pop("chain_get"), w.liar.answer.pop("chain_list")
    w.liar.feed(lambda rows: injected(late)(rows[:-1]) + rows[-1:])
    code, said = w.run("ana", "sync")
    shown = str(w.json("ana", "list", "Mal"))
    aside = w.json("ana", "status")["kept-aside"]
    w.story.ok("by the thief" not in shown and aside, "D02 afterwards it is taken out of view, and kept aside",
               f"{code} {said} {shown} {aside}")
    w.story.ok("1 entry written on a device of Mal after it was put out does not count and is no longer shown" in said,
               "D02 which is said", said)
    w.story.ok("before it was lost" in shown, "D03 what it wrote before stays", shown)


@case("S03", "a record names a newer key chain than the server shows")
def _(w):
    second = two(w)
    second.ana = w.mal.ana = w.pid("ana")
    hidden, genesis = [strip(link.data) for link in w.mal.me.links], w.mal.me.genesis
    w.mal.rotate()
    w.mal.key_chain(w.genesis_of("ana"))
    w.mal.push(clinical(w.mal, "of the newer chain"))
    last = kap.Link(hidden[-1])

    def heads(body):
        for row in body[0]:
            if row[0] == genesis:
                row[1:] = [last.seq, last.hash]
    w.liar.chain(lambda links: hidden, genesis)
    w.liar.change("chain_list", heads)
    code, said = w.run("ana", "sync")
    w.story.ok(code == 4 and "of the newer chain" not in str(w.json("ana", "list", "Mal")), "S03 it is noticed, and not shown",
               f"{code} {said}")
    w.liar.forget()
    code, said = w.run("ana", "sync")
    w.story.ok("of the newer chain" in str(w.json("ana", "list", "Mal")), "S03 with the true chain it is read", f"{code} {said}")


# --- pairing ---

class Pairing:
    """Jo's device waits with a code on its screen."""

    def __init__(self, w):
        self.w, w.liar.device = w, "jo"
        self.old = Terminal(w.people["jo"], "device", "add")
        if not w.people["jo"].unlocked:
            self.old.expect("Passphrase: ").type(PASSPHRASE + "\n")
        while not CODE.search(self.old.seen) and self.old.read(1):
            pass
        self.code = CODE.search(self.old.seen).group()

    def join(self, code=None):
        """A machine that types the code; its process."""
        w = self.w
        phone = w.people["phone"] = Person(w.story, w.house, "phone", None)
        w.liar.device = "phone"
        return phone.start("--json", "device", "join", code or self.code, "--kdf-cost", "16", "--device-name", "Phone")

    def end(self, process, answer):
        """(exit code and words of the new device, those of the old one)"""
        seen = len(self.old.seen)
        if answer:
            self.old.expect("same four words?").type(answer + "\n")
        code = self.old.end(60)
        out, err = process.communicate(timeout=60) if process else ("", "")
        said = " ".join((out + " " + err).split())
        return (process.returncode if process else None, said), (code, " ".join(self.old.seen[seen:].split()))


def devices(w):
    return w.link_count("jo")


@case("N07", "a new device is let in")
def _(w):
    w.liar.plain = True
    before, pairing = devices(w), Pairing(w)
    process = pairing.join()
    new, old = pairing.end(process, "yes")
    w.story.ok((new[0], old[0]) == (0, 0), "N07 control: both say that it is done", f"{new} {old}")
    w.story.equal(devices(w), before + 1, "N07 control: and it is in the chain")


@case("N07", "the words differ")
def _(w):
    before, pairing = devices(w), Pairing(w)
    process = pairing.join()
    pairing.old.expect("same four words?").type("no\n")
    code = pairing.old.end(60)
    process.kill()
    process.communicate()
    w.story.ok(code != 0 and "it was not let in" in " ".join(pairing.old.seen.split()), "N07 a no lets nobody in", pairing.old.seen)
    w.story.equal(devices(w), before, "N07 and the chain is as it was")


def slot(number, change):
    """mailbox_get of this slot gives other bytes."""
    def answer(call):
        status, body = call.truth
        if status == 0 and call.arguments[1] == number:
            body = [change(call, body[0])]
        return status, body
    return answer


def offer(call):
    return call.far.call("mailbox_get", call.arguments[0], 0, 0)[0]


TO_NEW = {
    "the offer with a byte changed": slot(0, lambda call, b: flip(b, 30)),
    "an offer of noise": slot(0, lambda call, b: kap.random(len(b))),
    "an offer cut short": slot(0, lambda call, b: b[:20]),
    "a reveal with a byte changed": slot(2, lambda call, b: flip(b, 20)),
    "the offer in the reveal's place": slot(2, lambda call, b: offer(call)),
}
TO_OLD = {
    "its own offer comes back to the old device": slot(1, lambda call, b: offer(call)),
    "an answer with a byte changed": slot(1, lambda call, b: flip(b, 60)),
    "an answer of noise": slot(1, lambda call, b: kap.random(len(b))),
}
for name, lie in TO_NEW.items():
    @case("N07", f"{name} (to the new device)")
    def _(w, name=name, lie=lie):
        w.liar.answer["mailbox_get"] = lie
        before, pairing = devices(w), Pairing(w)
        process = pairing.join()
        out, err = process.communicate(timeout=60)
        w.story.ok(process.returncode == 4 and "ALARM" in out + err, f"N07 {name}: the new device notices", out + err)
        pairing.old.close()
        w.story.equal(devices(w), before, f"N07 {name}: and nothing is let in")
REVEALS = {
    "another number than was committed to": lambda number, before: [flip(number, 0), before],
    "a reveal for other slots": lambda number, before: [number, flip(before, 0)],
}
for name, change in REVEALS.items():
    @case("N07", f"{name} (to the new device, by who has the code)")
    def _(w, name=name, change=change):
        """Well sealed, by a server that knows the code: still no words are shown for it."""
        before, pairing = devices(w), Pairing(w)
        secret = kap.code_read(pairing.code.split("@")[0])[1].encode()
        key, box = kap.kdf(secret, "pair-key", 32), kap.kdf(secret, "pair-id", 16)
        about = b"kap1.pair\0" + box + b"\x02"

        def forge(_call, sealed):
            suite, number, slots = kap.unpack(kap.aes_open(key, about, sealed))
            return kap.aes_seal(key, about, kap.pack([suite, *change(number, slots)]))
        w.liar.answer["mailbox_get"] = slot(2, forge)
        process = pairing.join()
        out, err = process.communicate(timeout=60)
        w.story.ok(process.returncode == 4 and "ALARM" in out + err, f"N07 {name}: the new device notices", out + err)
        w.story.ok('"words"' not in out, f"N07 {name}: and shows no words", out)
        pairing.old.close()
        w.story.equal(devices(w), before, f"N07 {name}: and nothing is let in")
for name, lie in TO_OLD.items():
    @case("N07", f"{name} (to the old device)")
    def _(w, name=name, lie=lie):
        w.liar.answer["mailbox_get"] = lie
        before, pairing = devices(w), Pairing(w)
        process = pairing.join()
        code = pairing.old.end(60)
        w.story.ok(code == 4 and "ALARM" in pairing.old.seen, f"N07 {name}: the old device notices", pairing.old.seen[-400:])
        process.kill()
        process.communicate()
        w.story.equal(devices(w), before, f"N07 {name}: and nothing is let in")


@case("N07", "a second machine that has the code")
def _(w):
    """Whoever fills the slot first is seen in the words; the other is told."""
    before, pairing = devices(w), Pairing(w)
    box = kap.kdf(kap.code_read(pairing.code.split("@")[0])[1].encode(), "pair-id", 16)
    with kap.Connection("127.0.0.1", w.house.port, kap.Device()) as thief:
        thief.hello()
        w.story.equal(thief.call("mailbox_get", box, 0, 0) != [], True, "N07 who has the code may ask")
        thief.call("mailbox_put", box, 1, kap.random(300))
        code = pairing.old.end(60)
    w.story.ok(code == 4 and "ALARM" in pairing.old.seen, "N07 but an answer without the code's key is noticed",
               pairing.old.seen[-300:])
    w.story.equal(devices(w), before, "N07 and nothing is let in")


@case("N08", "boxes are guessed")
def _(w):
    """What is not there and what is empty look alike, and a stranger may ask only so often."""
    pairing = Pairing(w)
    box = kap.kdf(kap.code_read(pairing.code.split("@")[0])[1].encode(), "pair-id", 16)
    asked, said = 0, set()
    with kap.Connection("127.0.0.1", w.house.port, kap.Device()) as conn:
        conn.hello()
        w.story.equal(conn.request("mailbox_get", box, 2, 0), conn.request("mailbox_get", kap.random(16), 2, 0),
                      "N08 an empty slot and a box that is not there are answered alike")
        try:
            while asked < 50:
                said.add(conn.request("mailbox_get", kap.random(16), 0, 0)[0])
                asked += 1
        except GONE:
            pass
    w.story.ok(asked < 12, "N08 after ten requests a stranger's connection is closed", asked)
    w.story.equal(kap.Connection("127.0.0.1", w.house.port, kap.Device()).request("mailbox_put", box, 0, b"x" * 20)[0] != 0, True,
                  "N08 a stranger cannot open a box")
    pairing.old.close()


main()
