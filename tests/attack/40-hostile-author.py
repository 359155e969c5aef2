#!/usr/bin/python3
# Goal: whoever signs with a key of their own, and whatever they sign, reaches nobody's words but their own.
import time

from world import ALARM, ARRIVES, Trial, case, kap, main, strip
from hostile import entry, forge, row

DAY = int(time.time()) // 86400


def pushed(number, what, make, why, count=1, text=None, to="ana", cls=kap.SHARED):
    """What the server takes, because only a reader can tell, is kept aside by the reader."""
    text = text or f"case {number}"

    @case(number, what)
    def _(w):
        other = w.chain(w.eve, to)

        def good():
            w.eve.push(forge(w.eve, entry(text), cls, [other]))

        def attack():
            for sealed in make(w, other, text):
                w.eve.push(sealed)
        return Trial(to, attack, control=good, hidden=[text], aside=count, why=why)


def at(seq, rid=bytes(32)):
    return kap.Stream(seq, rid)


pushed("C01", "a number of the stream is passed over",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], place={ana.pid: w.eve.out[ana.pid]._replace(
           seq=w.eve.out[ana.pid].seq + 1)})], "STREAM")
pushed("C01", "a number of the stream comes again",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], place={ana.pid: at(0)})], "STREAM")
pushed("C01", "another record is named as the one before",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], place={ana.pid: at(w.eve.out[ana.pid].seq,
                                                                                  kap.random(32))})], "STREAM")
pushed("C01", "the number of the stream is the largest there is",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], place={ana.pid: at(2**64 - 2)})], "STREAM")
pushed("C02", "an author who claims another key chain",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], core={"chain_head": kap.random(32)}, take=False)],
       ("AUTHOR", "ROLLBACK"))
pushed("C05", "another content key for one reader",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], keys={ana.pid: kap.random(32)})], "OPEN")
pushed("C06", "a wrap of noise for one reader",
       lambda w, ana, text: [forge(w.eve, entry(text), to=[ana], wraps=lambda ws: [
           one if one[0] != ana.pid else one[:2] + [kap.random(120)] for one in ws])], "OPEN")


def displaced(what, kind, fields, cls):
    """A content that is right but for the class of its record."""
    pushed("C21", f"{what} in a record of class {cls}", lambda w, to, _: [forge(w.eve, kap.content_make(kind, fields), cls, [to])],
           "SCHEMA")


displaced("a profile", kap.PROFILE, {40: "Somebody Else"}, kap.SHARED)
displaced("an entry", kap.JOURNAL, {2: "as a profile travels"}, kap.CONTROL)
displaced("a message", kap.MESSAGE, {2: "as a profile travels", 20: bytes(16), 21: 0}, kap.CONTROL)
displaced("the end of a stream", 9, {72: bytes(16), 73: 0, 74: bytes(32)}, kap.SHARED)
displaced("the name of a device", 8, {70: bytes(16), 71: "a device"}, kap.SHARED)
displaced("what lies in the bin", kap.BIN, {60: bytes(16), 62: [], 63: 0}, kap.SHARED)
displaced("what was given back", 10, {80: b"x", 81: bytes(32), 82: bytes(24), 83: b"x"}, kap.CONTROL)
displaced("the outcome of a check", 13, {90: bytes(32), 91: bytes(32), 92: 1}, kap.SHARED)


@case("C06", "what comes after a wrap of noise")
def _(w):
    """One record that cannot be opened stands for itself: the next is read."""
    ana = w.chain(w.eve, "ana")
    w.eve.push(forge(w.eve, entry("noise"), to=[ana], wraps=lambda ws: [
        one if one[0] != ana.pid else one[:2] + [kap.random(120)] for one in ws]))
    w.run("ana", "sync")
    w.eve.push(forge(w.eve, entry("and after it"), to=[ana]))
    code, said = w.run("ana", "sync")
    shown = str(w.json("ana", "list", "Eve"))
    w.story.ok("and after it" in shown and "noise" not in shown, "C06 the next of the same author is read", f"{code} {said}")
    w.give("of somebody else")
    w.run("ana", "sync")
    w.story.ok("of somebody else" in str(w.json("ana", "list", "Jo")), "C06 and so are others'")


@case("C20", "one author fills the place for what is kept aside", quick=False)
def _(w):
    """Sixty-six records of a megabyte that cannot be opened: everybody else's must arrive all the same."""
    ana = w.chain(w.eve, "ana")
    for _ in range(72):
        w.eve.push(forge(w.eve, entry("x" * 900000), to=[ana], take=False, keys={ana.pid: kap.random(32)}))
    code, said = w.run("ana", "sync")
    w.story.ok(code == 4, "C20 they are kept aside", f"{code} {said}")
    w.give("of somebody else")
    code, said = w.run("ana", "sync")
    w.story.ok("of somebody else" in str(w.json("ana", "list", "Jo")), "C20 others' entries arrive all the same", f"{code} {said}")


@case("C05", "another content key for one of two readers")
def _(w):
    """The other reader is not touched."""
    ana, osei = w.chain(w.mal, "ana"), w.chain(w.mal, "osei")
    for bad, good in (("ana", "osei"), ("osei", "ana")):
        text, victim = f"two readers, {bad} deceived", {"ana": ana, "osei": osei}[bad]
        w.mal.push(forge(w.mal, entry(text), kap.CLINICAL, [ana, osei], core={"retain_until": DAY + 2600},
                         keys={victim.pid: kap.random(32)}))
        for who in (bad, good):
            code, _ = w.run(who, "sync")
            w.story.equal(code, 4 if who == bad else 0, f"C05 {who} {'is told' if who == bad else 'is untouched'}")
        w.story.ok(text in str(w.json(good, "list", "Mal")) and text not in str(w.json(bad, "list", "Mal")),
                   f"C05 {good} reads it, {bad} does not")


def refused(number, what, status, make):
    """The server does not take it, and a good one of the same author it does."""
    @case(number, what)
    def _(w):
        w.story.refused(status, f"{number} {what}: refused", w.eve.push, *make(w, w.chain(w.eve, "ana")))
        w.eve.write("good", kap.SHARED, [w.chain(w.eve, "ana")])
        w.story.equal(w.run("ana", "sync")[0], 0, f"{number} nothing is left behind")


refused("C03", "an audience with a clinician who is not on the team", "NO_GRANT",
        lambda w, ana: [forge(w.eve, entry("x"), to=[w.chain(w.eve, "osei")], take=False)])
refused("C03", "an audience with another client", "NO_GRANT",
        lambda w, ana: [forge(w.eve, entry("x"), to=[client_of(w)], take=False)])
refused("C03", "a record in the name of another", "NOT_AUTHOR",
        lambda w, ana: [forge(w.eve, entry("x"), to=[ana], core={"pid": min(ana.pid, w.eve.me.pid) if ana.pid <
                              w.eve.me.pid else ana.pid}, wraps=as_author(ana), take=False)])
refused("C04", "a private record with two wraps", "CLASS",
        lambda w, ana: [forge(w.eve, entry("x"), kap.PRIVATE, to=[ana], take=False)])
refused("C07", "an unshare of somebody else's record", "TARGET",
        lambda w, ana: [unshare(w, ana, foreign(w))])
refused("C08", "a clinical record by a client", "ROLE",
        lambda w, ana: [forge(w.eve, entry("x"), kap.CLINICAL, to=[ana], core={"retain_until": DAY + 3000}, take=False)])


def as_author(ana):
    """Lengths of wraps as an author of that pid would have them."""
    return lambda wraps: [[pid, epoch, kap.random(100 if pid == ana.pid else 120)] for pid, epoch, _ in wraps]


def client_of(w):
    """Jo's key chain, which Eve cannot see: as a malicious server would give it to her."""
    return kap.KeyChain([w.true_person("jo")])


def foreign(w):
    w.give("Jo's, not Eve's")
    return w.last("ana", "jo")[1]


def unshare(w, ana, *rids):
    content = kap.content_make(kap.UNSHARE_CONTENT, {60: kap.random(16), 61: [ana.pid]})
    return forge(w.eve, content, to=[ana], op=kap.UNSHARE, targets=rids, take=False)


@case("C04", "with the server's help: what it should have refused")
def _(w):
    """A client and the server together: what a reader can tell, it refuses as well."""
    ana, jo = w.chain(w.eve, "ana"), client_of(w)
    made = [forge(w.eve, entry("colluding"), kap.PRIVATE, [ana], take=False),
            forge(w.eve, entry("colluding"), kap.CLINICAL, [ana], core={"retain_until": DAY + 3000}, take=False),
            forge(w.eve, entry("colluding"), kap.SHARED, [ana], core={"retain_until": DAY + 3000}, take=False),
            forge(w.eve, entry("colluding"), kap.SHARED, [ana, jo], take=False),
            forge(w.eve, entry("colluding"), kap.PRIVATE, [], take=False),
            forge(w.eve, entry("colluding"), kap.CONTROL, [ana], op=kap.SHARE, take=False),
            forge(w.eve, entry("colluding"), kap.SHARED, [ana], op=kap.UNSHARE, targets=[], take=False),
            forge(w.eve, entry("colluding"), kap.SHARED, [ana], op=kap.CONTENT, targets=[kap.random(32)], take=False)]
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [row(s.record, s.payload) for s in made]),
                 control=lambda: w.eve.push(forge(w.eve, entry("colluding"), to=[ana])), hidden=["colluding"],
                 aside=len(made), why=("AUDIENCE", "CLASS", "TARGET", "SHAPE"))


@case("C07", "with the server's help: an unshare of somebody else's record")
def _(w):
    ana, rid = w.chain(w.eve, "ana"), foreign(w)
    w.kap("ana", "sync")
    sealed = unshare(w, ana, rid)

    def after():
        w.story.ok("Jo's, not Eve's" in str(w.json("ana", "list", "Jo")), "C07 Jo's words are still there")
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [row(sealed.record, sealed.payload)]), exit=0,
                 gains=ARRIVES, after=after)


@case("C07", "a revision of somebody else's entry")
def _(w):
    """An item is its author's: what names another's revisions as its parents is an item of its own."""
    ana, rid = w.chain(w.eve, "ana"), foreign(w)
    w.kap("ana", "sync")
    before, item = w.json("ana", "list", "Jo"), w.items("ana", "jo")[-1]
    w.eve.push(forge(w.eve, entry("Eve writes over it", item=item, parents=[rid]), to=[ana]))
    w.story.equal(w.run("ana", "sync")[0], 0, "C07 a revision that names somebody else's entry is taken as its author's")
    w.story.equal(w.json("ana", "list", "Jo"), before, "C07 and Jo's entry is as it was")
    number = before["entries"][-1]["number"]
    w.story.equal(w.json("ana", "read", "Jo", number)["text"], "Jo's, not Eve's", "C07 when it is read, too")
    w.story.equal(len(w.json("ana", "history", "Jo", number)["revisions"]) if "revisions" in
                  w.json("ana", "history", "Jo", number) else 1, 1, "C07 and in its history")


def clinical(w, days, **more):
    osei = w.chain(w.mal, "osei")
    return forge(w.mal, entry("a clinical note", **more), kap.CLINICAL, [osei],
                 core={"retain_until": DAY + days if days else 0}, take=False)


for days, status in ((0, "CLASS"), (1, "RETAINED"), (2557 - 3, "RETAINED")):
    @case("C08", f"a clinical record kept for {days} days")
    def _(w, days=days, status=status):
        w.story.refused(status, f"C08 the server refuses a clinical record kept for {days} days", w.mal.push, clinical(w, days))
        good = clinical(w, 2558)
        w.mal.push(good)
        w.story.equal(w.run("osei", "sync")[0], 0, "C08 one that is kept long enough is taken")


@case("C09", "the time it is kept is shortened by a revision")
def _(w):
    item = kap.random(16)
    first = clinical(w, 2558, item=item)
    w.mal.push(first)
    w.mal.out[w.mal.me.pid] = kap.Stream(w.mal.out[w.mal.me.pid].seq + 1, first.rid)
    w.story.refused("RETAINED", "C09 a revision that is kept shorter is refused", w.mal.push,
                    clinical(w, 30, item=item, parents=[first.rid]))
    w.story.equal(kap.Record(w.mal.fetch(first.rid)[0][0]).core.retain_until, DAY + 2558,
                  "C09 and the first is kept as before")


LOW = [bytes(32), b"\x01" + bytes(31), bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
       bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
       bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), b"\xff" * 32]


def newcomer(w, edit=None, pops=None):
    """The first link of somebody who joins with a code of maria's, and the join; `edit` changes the core's fields."""
    code = w.kap_code("maria", "medical", "Newcomer")
    peer = kap.Peer()
    conn, invite, packet = peer.look_at(code, "127.0.0.1", w.house.port)
    recovery = kap.Device.of_recovery_code(peer.recovery_code)
    boxes = [peer.epoch.box(d.did, d.public[2]) for d in (peer.device, recovery)]
    fields = [1, list(peer.device.public), list(recovery.public),
              [1, peer.epoch.public, kap.boxes_root(boxes)], invite.public]
    if edit:
        edit(fields)
    core = kap.pack(fields)
    keys = [(peer.device.tls, "pop-tls"), (recovery.sign, "pop-recovery-sign"), (recovery.tls, "pop-recovery-tls"),
            (invite.seed, "invite-genesis")]
    proofs = [kap.sign(seed, label, core) for seed, label in keys]
    if pops:
        proofs = pops(proofs, core, peer, invite)
    did = kap.device_id(fields[1])
    peer.key_link = kap.make_link(None, kap.KEY_GENESIS, did, peer.device.sign, [kap.random(16), core, proofs], boxes)

    class Me:
        genesis = peer.key_link.hash
    peer.me = Me
    join = peer.join_link(invite, packet, [packet.clinic] + peer.invite_head)
    return conn, invite, peer.key_link.data, join.data


def bad_chain(number, what, edit=None, pops=None):
    @case(number, what)
    def _(w):
        conn, invite, genesis, join = newcomer(w, edit, pops)
        with conn:
            status, _ = conn.request("join", invite.id, genesis, [join])
            w.story.ok(status != 0, f"{number} {what}: the server refuses it", kap.STATUS.get(status))
        links = w.true_clinic("ana")

        def lies():
            """The server takes it all the same and shows it to everybody."""
            w.liar.answer["chain_get"] = lambda call: (
                (0, [0, kap.Link(genesis).hash, [strip(genesis)]]) if call.arguments[0] == kap.Link(genesis).hash else
                (0, [len(links), kap.Link(join).hash, (links + [join])[call.arguments[1]:]])
                if call.arguments[0] == w.liar.last_hello[1] else call.truth)
        w.kap("ana", "sync")
        before = w.vault("ana").rows()
        lies()
        code, said = w.run("ana", "sync")
        w.story.ok(code == 4 and ALARM["link"] in said or ALARM["signature"] in said, f"{number} and so does a reader", f"{code} {said}")
        w.story.equal(w.vault("ana").rows()["LINK"], before["LINK"], f"{number} nothing of it is kept")


@case("C10", "a newcomer as they should be")
def _(w):
    conn, invite, genesis, join = newcomer(w)
    with conn:
        w.story.equal(conn.request("join", invite.id, genesis, [join])[0], 0, "C10 the same with good keys is taken")
    w.story.equal(w.run("ana", "sync")[0], 0, "C10 and read by others")


def key_at(group, at, value):
    def edit(fields):
        fields[group][at] = value
    return edit


for i, low in enumerate(LOW):
    bad_chain("C10", f"a device's seal key of forbidden form {i}", key_at(1, 2, low))
    bad_chain("C10", f"an epoch key of forbidden form {i}", key_at(3, 1, low))
for i in (0, 3, 5):
    bad_chain("C10", f"a device's tls key of forbidden form {i}", key_at(1, 0, LOW[i]))
    bad_chain("C10", f"a paper device's sign key of forbidden form {i}", key_at(2, 1, LOW[i]))
bad_chain("C10", "two keys of a device that are the same", lambda f: f[2].__setitem__(0, f[1][0]))
for i, name in enumerate(("tls", "paper sign", "paper tls", "invitation")):
    bad_chain("C11", f"no proof of the {name} key",
              pops=lambda proofs, *_, i=i: proofs[:i] + [bytes(64)] + proofs[i + 1:])
bad_chain("C11", "proofs in another order", pops=lambda proofs, *_: proofs[::-1])
bad_chain("C11", "proofs over another core", pops=lambda proofs, core, peer, invite: [
    kap.sign(peer.device.tls, "pop-tls", core + b"\0")] + proofs[1:])


@case("C12", "many revisions with many parents")
def _(w):
    ana, item, rids = w.chain(w.eve, "ana"), kap.random(16), []
    for i in range(300):
        sealed = forge(w.eve, entry(f"revision {i}", item=item, parents=rids[-8:] if i % 3 else
                                    [kap.random(32) for _ in range(8)]), to=[ana])
        w.eve.push(sealed)
        rids.append(sealed.rid)
    began = time.monotonic()
    code, said = w.run("ana", "sync")
    w.story.equal(code, 0, "C12 300 revisions of one entry are taken")
    w.json("ana", "list", "Eve"), w.json("ana", "history", "Eve", 1)
    w.story.ok(time.monotonic() - began < 10, "C12 and shown in time", f"{time.monotonic() - began:.1f} s")


@case("C14", "times of long ago and far ahead")
def _(w):
    ana = w.chain(w.eve, "ana")
    for at_ms in (0, 1, 2**53 - 1, 253402300800000):
        content = kap.pack([1, kap.JOURNAL, kap.random(16), [], at_ms, 0, at_ms, None, [[2, f"at {at_ms}"]]])
        w.eve.push(forge(w.eve, content, to=[ana]))
        code, said = w.run("ana", "sync")
        w.story.equal(code, 0, f"C14 an entry of {at_ms} is taken")
    shown = w.raw("ana", "list", "Eve")
    w.story.equal(shown[0], 0, "C14 the list of them is shown")
    w.give("on an ordinary day")
    w.story.equal(w.run("ana", "sync")[0], 0, "C14 others' entries arrive as ever")
    w.story.ok("on an ordinary day" in str(w.json("ana", "list", "Jo")), "C14 and are shown")


@case("C15", "names that look like others'")
def _(w):
    """A name that reads like somebody else's is not taken for them; the very same name is asked about."""
    ana = w.chain(w.eve, "ana")
    for name, wanted in (("J\u043e M.", 0), ("Jo M.", 6)):
        w.eve.push(forge(w.eve, kap.content_make(kap.PROFILE, {40: name}), kap.CONTROL, [ana]))
        w.kap("ana", "sync")
        text = f"for Jo {wanted}"
        code, said = w.run("ana", "msg", "Jo M.", text=text)
        w.story.equal(code, wanted, f"C15 a message to Jo {'goes out' if wanted == 0 else 'is asked about'}")
        w.kap("jo", "sync")
        w.eve.pull()
        texts = [content.fields.get(2) for _, content in w.eve.records.values()]
        w.story.equal((text in str(w.json("jo", "inbox")), text in texts), (wanted == 0, False), "C15 to nobody else")


@case("C18", "two invitations taken up with one key chain")
def _(w):
    conn, invite, genesis, join = newcomer(w)
    with conn:
        w.story.equal(conn.request("join", invite.id, genesis, [join])[0], 0, "C18 the first is taken up")
    code = w.kap_code("maria", "medical", "Newcomer again")
    peer = kap.Peer()
    conn, other, packet = peer.look_at(code, "127.0.0.1", w.house.port)

    class Me:
        pass
    Me.genesis = kap.Link(genesis).hash
    peer.me = Me
    with conn:
        again = peer.join_link(other, packet, [packet.clinic] + peer.invite_head)
        status, _ = conn.request("join", other.id, genesis, [again.data])
        w.story.ok(status != 0, "C18 the second is refused", status)
    w.kap("ana", "sync")
    w.liar.chain(lambda links: links + [again.data])
    code, said = w.run("ana", "sync")
    w.story.ok(code == 4 and "ALARM" in said, "C18 by every reader, too", f"{code} {said}")


@case("C19", "somebody asks for the keys of whom they have nothing to do with")
def _(w):
    """Not there and not yours look alike."""
    jo = w.genesis_of("jo")
    said = [w.eve.c.request("chain_get", genesis, 0, 1) for genesis in (jo, kap.random(32))]
    w.story.equal(said[0], said[1], "C19 another client is answered like nobody")
    w.story.equal(said[0][0], 404, "C19 which is 404")
    w.story.equal(w.eve.c.request("chain_get", w.genesis_of("ana"), 0, 1)[0], 0, "C19 one's therapist is answered")
    rid = w.last("ana", "jo")[1]
    answers = w.eve.fetch(rid, kap.random(32))
    w.story.equal(answers[0], answers[1], "C19 a record that is not for one is answered like none")


@case("C16", "a member who fills the server with files that no record names")
def _(w):
    def put():
        return kap.STATUS[w.mal.c.request("blob_put", kap.random(16), 1000, 0, kap.random(1000))[0]]
    w.story.equal({put() for _ in range(32)}, {"OK"}, "C16 control: a few are taken")
    w.story.equal(put(), "QUOTA", "C16 one more is not")
    w.mal.push(w.mal.seal(entry("still here"), kap.PRIVATE))
    w.story.equal(w.run("jo", "sync")[0], 0, "C16 records of theirs and of others are taken as before")


@case("C16", "a member who only asks for what is refused")
def _(w):
    def ask():
        return kap.STATUS[w.mal.c.request("chain_put", w.mal.clinic_id, kap.random(300))[0]]
    seen = [ask() for _ in range(80)]
    w.story.ok("RATE" not in seen[:60] and "RATE" in seen, "C16 after a while they hear that it is too much", seen)
    w.story.equal(w.run("jo", "sync")[0], 0, "C16 others are served as before")


main()
