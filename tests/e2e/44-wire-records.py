#!/usr/bin/python3
# Goal: a record, link, invitation or join that breaks a rule is refused by name, changes nothing, and each rule has a control that passes.
import sys
import time

import kap_peer as kap
from story import House, Story

OTHER = bytes(range(32))
TODAY = int(time.time()) // 86400


class Records:
    """Pushes records that were changed in one place."""

    def __init__(self, story, author):
        self.story, self.author = story, author
        self.conn = author.connect()
        self.content = kap.content_make(kap.JOURNAL, {2: "text"})

    def stop(self, sealed):
        accepted, _, _, stop = self.conn.call("push", [[sealed.record, sealed.payload]])
        if not accepted:
            self.author.take_back([sealed])
        return kap.STATUS[stop]

    def case(self, what, wanted, cls=kap.PRIVATE, op=kap.CONTENT, to=(), payload=None, wraps=None, **changed):
        """One record; `wraps` changes its wraps, `payload` replaces what travels beside it, `changed` goes into the core."""
        sealed = self.author.seal(self.content, cls, op, to=[p.me for p in to], **changed)
        if wraps is not None:
            core, old, _ = kap.decode(kap.RECORD, sealed.record, 1 << 20)
            record, rid = kap.make_record(core, wraps(old), self.author.device.sign)
            sealed = sealed._replace(record=record, rid=rid)
        if payload is not None:
            sealed = sealed._replace(payload=payload(sealed.payload))
        got = self.stop(sealed)
        self.story.equal(got, wanted, f"{what}: {wanted}")
        return sealed

    def raw(self, what, wanted, change):
        """A record whose encoding is changed after it was signed."""
        sealed = self.author.seal(self.content, kap.PRIVATE)
        self.author.take_back([sealed])
        self.story.equal(self.stop(sealed._replace(record=change(sealed.record))), wanted, f"{what}: {wanted}")


def bad_records(story, people):
    admin, therapist, prescriber, client, other = people
    r = Records(story, client)
    r.case("the control", "OK")
    r.case("another clinic", "NO_GRANT", clinic=OTHER)
    r.case("another author", "SHAPE", pid=therapist.me.pid)
    r.case("another author, in the audience", "NOT_AUTHOR", kap.SHARED, to=[therapist], pid=therapist.me.pid,
           wraps=lambda old: [[w[0], 1, bytes(100 if w[0] == therapist.me.pid else 120)] for w in old])
    r.case("another device of the author", "NOT_AUTHOR", did=therapist.device.did)
    r.case("another suite", "SHAPE", suite=2)
    r.case("class 4", "CLASS", cls=4)
    r.case("a class of 256", "SHAPE", cls=256)
    for op in (6, 255):
        r.case(f"op {op}", "CLASS", op=op)
    r.case("op 256", "SHAPE", op=256)
    r.case("a blob", "SHAPE", blobs=[[bytes(16), 1, OTHER]])
    r.case("a private record for two", "CLASS", to=[therapist])
    r.case("a shared record for two", "OK", kap.SHARED, to=[therapist])
    r.case("an audience without the author", "SHAPE", kap.SHARED, audience=[therapist.me.pid])
    both = sorted([client.me.pid, therapist.me.pid])
    r.case("an audience in the wrong order", "SHAPE", kap.SHARED, to=[therapist], audience=both[::-1],
           wraps=lambda old: old[::-1])
    r.case("somebody twice in the audience", "SHAPE", kap.SHARED, to=[therapist], audience=[both[0], *both],
           wraps=lambda old: [old[0], *old])
    r.case("nobody in the audience", "SHAPE", audience=[], wraps=lambda old: [])
    r.case("33 people", "SHAPE", kap.SHARED, audience=sorted([client.me.pid] + [kap.random(16) for _ in range(32)]))
    r.case("a wrap too few", "SHAPE", kap.SHARED, to=[therapist], wraps=lambda old: old[:1])
    r.case("a wrap too many", "SHAPE", wraps=lambda old: old * 2)
    r.case("the wraps of the others", "SHAPE", kap.SHARED, to=[therapist], wraps=lambda old: old[::-1])
    r.case("a wrap's hash in its place", "SHAPE", kap.SHARED, to=[therapist],
           wraps=lambda old: [old[0], kap.H("wrap", kap.pack(old[1]))])
    r.case("an epoch of 0", "SHAPE", wraps=lambda old: [[old[0][0], 0, old[0][2]]])
    r.case("an epoch of 2^32", "SHAPE", wraps=lambda old: [[old[0][0], 2**32, old[0][2]]])
    r.case("a sealed part that is too long", "SHAPE", wraps=lambda old: [[old[0][0], 1, old[0][2] + b"\0"]])
    r.case("another payload", "HASH", payload=lambda p: p[:-1] + bytes([p[-1] ^ 1]))
    r.case("a longer payload", "HASH", payload=lambda p: p + b"\0")
    r.case("a shorter payload", "HASH", payload=lambda p: p[:-1])
    r.case("a deadline by a client", "ROLE", kap.SHARED, to=[therapist], answer_by=int(time.time()) + 60)
    r.case("a deadline on a private record", "CLASS", answer_by=1)
    r.case("a day to be kept until on a private record", "CLASS", retain_until=TODAY + 9999)
    r.case("a clinical record by a client", "ROLE", kap.CLINICAL, to=[therapist])
    r.case("targets on content", "TARGET", targets=[OTHER])
    r.case("65 targets", "SHAPE", kap.SHARED, kap.UNSHARE, to=[therapist], targets=[kap.H("x", bytes([i])) for i in range(65)])
    r.case("the stranger", "NO_GRANT", kap.SHARED, to=[other])
    r.raw("a byte after the record", "CANON", lambda data: data + b"\0")
    r.raw("a record that is cut", "PROTO", lambda data: data[:-1])
    r.raw("four elements", "SHAPE", lambda data: b"\x94" + data[1:] + b"\xc0")
    r.raw("a map for a record", "PROTO", lambda data: b"\x80")
    s = Records(story, therapist)
    soon = TODAY + 2557
    s.case("a clinical record kept as long as the policy says", "OK", kap.CLINICAL, to=[prescriber], retain_until=soon)
    s.case("three days less", "RETAINED", kap.CLINICAL, to=[prescriber], retain_until=soon - 3)
    s.case("not kept at all", "CLASS", kap.CLINICAL, to=[prescriber], retain_until=0)
    s.case("a deadline by staff", "OK", kap.SHARED, to=[client], answer_by=int(time.time()) + 60)
    s.case("a deadline on a share", "OK", kap.SHARED, kap.SHARE, to=[client], answer_by=int(time.time()) + 60)
    s.case("a deadline on a profile", "CLASS", kap.CONTROL, to=[client], answer_by=int(time.time()) + 60)
    for cls in (kap.SHARED, kap.CLINICAL, kap.CONTROL):
        day = soon if cls == kap.CLINICAL else 0
        s.case(f"one client in class {cls}", "OK", cls, to=[other], retain_until=day)
        s.case(f"two clients in class {cls}", "NO_GRANT", cls, to=[client, other], retain_until=day)
    for conn in (r.conn, s.conn):
        conn.close()


def targets(story, people):
    admin, therapist, prescriber, client, other = people
    mine = client.write("mine", kap.SHARED, [therapist.me])
    secret = client.write("secret")
    elsewhere = other.write("another client's", kap.SHARED, [therapist.me])
    note = therapist.write("a note", kap.CLINICAL, [prescriber.me])
    theirs = therapist.write("theirs", kap.SHARED, [client.me])
    c, t = Records(story, client), Records(story, therapist)
    for what, wanted, who, cls, op, to, rids in (
            ("unshare of somebody else's record", "NOT_AUTHOR", t, kap.SHARED, kap.UNSHARE, [client], [mine.rid]),
            ("unshare of what is not there", "TARGET", c, kap.SHARED, kap.UNSHARE, [therapist], [OTHER]),
            ("unshare of nothing", "TARGET", c, kap.SHARED, kap.UNSHARE, [therapist], []),
            ("unshare of the same record twice", "TARGET", c, kap.SHARED, kap.UNSHARE, [therapist], [mine.rid] * 2),
            ("unshare of one's own and another's", "NOT_AUTHOR", t, kap.SHARED, kap.UNSHARE, [client], [theirs.rid, mine.rid]),
            ("unshare of a clinical record", "CLASS", t, kap.SHARED, kap.UNSHARE, [prescriber], [note.rid]),
            ("a receipt for what one may not read", "TARGET", t, kap.CONTROL, kap.RECEIPT, [client], [secret.rid]),
            ("a receipt for another client's record", "TARGET", c, kap.CONTROL, kap.RECEIPT, [therapist], [elsewhere.rid]),
            ("a receipt for one's own record", "TARGET", c, kap.CONTROL, kap.RECEIPT, [therapist], [mine.rid]),
            ("a receipt for nothing", "TARGET", t, kap.CONTROL, kap.RECEIPT, [client], []),
            ("a receipt", "OK", t, kap.CONTROL, kap.RECEIPT, [client], [mine.rid]),
            ("an acknowledgement of one's own record", "TARGET", c, kap.SHARED, kap.ACKNOWLEDGE, [therapist], [mine.rid]),
            ("an acknowledgement of two records", "TARGET", t, kap.SHARED, kap.ACKNOWLEDGE, [client], [mine.rid, elsewhere.rid]),
            ("an acknowledgement of what is not there", "TARGET", t, kap.SHARED, kap.ACKNOWLEDGE, [client], [OTHER]),
            ("an acknowledgement in a control record", "CLASS", t, kap.CONTROL, kap.ACKNOWLEDGE, [client], [mine.rid]),
            ("an acknowledgement", "OK", t, kap.SHARED, kap.ACKNOWLEDGE, [client], [mine.rid]),
            ("unshare of one's own shared record", "OK", c, kap.SHARED, kap.UNSHARE, [therapist], [mine.rid]),
            ("a tombstone for somebody else's record", "NOT_AUTHOR", c, kap.SHARED, kap.TOMBSTONE, [therapist], [theirs.rid]),
            ("a tombstone for what is not there", "TARGET", c, kap.SHARED, kap.TOMBSTONE, [therapist], [OTHER]),
            ("a tombstone for nothing", "TARGET", c, kap.PRIVATE, kap.TOMBSTONE, [], []),
            ("a tombstone of another class", "CLASS", c, kap.SHARED, kap.TOMBSTONE, [therapist], [secret.rid]),
            ("a tombstone for another audience", "TARGET", c, kap.SHARED, kap.TOMBSTONE, [], [mine.rid]),
            ("a tombstone for a control record", "CLASS", c, kap.CONTROL, kap.TOMBSTONE, [therapist], [mine.rid]),
            ("a tombstone for one's own private record", "OK", c, kap.PRIVATE, kap.TOMBSTONE, [], [secret.rid]),
            ("a tombstone for what is deleted already", "OK", c, kap.PRIVATE, kap.TOMBSTONE, [], [secret.rid]),
            ("a tombstone for what was shared", "OK", c, kap.SHARED, kap.TOMBSTONE, [therapist], [mine.rid]),
            ("a receipt for what was taken away since", "TARGET", t, kap.CONTROL, kap.RECEIPT, [client], [mine.rid])):
        who.case(what, wanted, cls, op, to, targets=rids)
    c.conn.close()
    t.conn.close()


def partly(story, client):
    """A push stops at the first record that is refused; those before it are stored, those after it are not."""
    content = kap.content_make(kap.JOURNAL, {2: "one of three"})
    good, bad, last = (client.seal(content, kap.PRIVATE), client.seal(content, 4), client.seal(content, kap.PRIVATE))
    accepted, receipt, signature, stop = client.c.call("push", [[s.record, s.payload] for s in (good, bad, last)])
    entries = client.check_receipt(receipt, signature)
    story.equal((accepted, kap.STATUS[stop], [e[0] for e in entries]), (1, "CLASS", [good.rid]),
                "a push stops at the first record that is refused")
    story.equal([bool(r) for r, _ in client.fetch(good.rid, bad.rid, last.rid)], [True, False, False],
                "what was before it is stored, what came after it is not")
    client.take_back([bad, last])


def what_readers_find(story, people):
    """Records that the server cannot judge: the reader sets them aside, shows nothing of them, and reads on."""
    _, therapist, _, client, _ = people
    therapist.pull()
    therapist.bad.clear()
    good = kap.content_make(kap.JOURNAL, {2: "text"})

    def read(what, rule, sealed):
        shown = len(therapist.records)
        client.push(sealed)
        therapist.pull()
        got = [why.split(":")[0] for _, why in therapist.bad], len(therapist.records) - shown
        story.equal(got, ([rule], 0) if rule else ([], 1), f"the reader of {what}: {rule or 'reads it'}")
        therapist.bad.clear()

    def seal(content=good, cls=kap.SHARED):
        return client.seal(content, cls, to=[therapist.me])

    def uncounted(what, rule, make):
        """A record that fails before its place in the stream was read, and so does not move the stream."""
        before = dict(client.out)
        read(what, rule, make())
        client.out = before

    def unsigned():
        sealed = seal()
        core, wraps, _ = kap.decode(kap.RECORD, sealed.record)
        return sealed._replace(record=kap.pack([core, wraps, bytes(64)]))

    def ahead():
        seal()
        return seal()

    def padded(how):
        keep, kap.pad = kap.pad, how
        try:
            return seal()
        finally:
            kap.pad = keep

    read("a good record", None, seal())
    for what, rule, kind, fields in (
            ("a kind that is not in use", "SCHEMA", 9, {}), ("a kind from the future", None, 5064, {1: [1, 2, "x"]}),
            ("a field from the future", None, kap.JOURNAL, {2: "x", 99: [None]}),
            ("a mood of 11", "SHAPE", kap.JOURNAL, {2: "x", 4: 11}), ("a journal without a body", "SCHEMA", kap.JOURNAL, {1: "x"}),
            ("an escape sequence", "SHAPE", kap.JOURNAL, {2: "\x1b[2J"}), ("text not in NFC", "SHAPE", kap.JOURNAL, {2: "e\u0301"}),
            ("an acknowledgement in op 0", "SCHEMA", kap.ACKNOWLEDGEMENT, {})):
        read(what, rule, seal(kap.content_make(kind, fields)))
    read("content that is not canonical", "CANON", seal(good.replace(b"\xa4text", b"\xd9\x04text")))
    read("content with a byte after it", "CANON", seal(good + b"\0"))
    for what, how in (("too long", lambda c: (c + b"\x80").ljust(1024, b"\0")), ("missing", lambda c: c.ljust(512, b"x")),
                      ("without an end", lambda c: bytes(512))):
        read(f"padding that is {what}", "PADDING", padded(how))
    uncounted("a number that is skipped", "STREAM", ahead)
    read("the right number after all", None, seal())
    uncounted("a signature that is none", "SIGNATURE", unsigned)
    read("the next after it", None, seal())


def bad_links(story, clinic, people):
    admin, therapist, prescriber, client, other = people
    for person in people:
        person.sync()
    head = admin.clinic.head

    def put(what, wanted, link, who=admin, chain=None):
        status, _ = who.c.request("chain_put", chain or clinic.admin.clinic_id, link.data)
        story.equal(kap.STATUS[status], wanted, f"chain_put of {what}: {wanted}")

    def link(kind, about, body, who=admin, after=head, **options):
        return who.link(after, kind, about, body, **options)

    days, about = [[kap.INVITE_DAYS, 14]], admin.about(client.me.genesis)
    good = link(kap.POLICY, None, days)
    forged = kap.Link(kap.pack([good.outer, bytes(64), good.inner, None]))
    put("a policy with a signature that is none", "SIGNATURE", forged)
    swapped = [good.outer, good.signature, kap.pack([bytes(16), None, [[kap.INVITE_DAYS, 13]]]), None]
    status, _ = admin.c.request("chain_put", admin.clinic_id, kap.pack(swapped))
    story.equal(kap.STATUS[status], "HASH", "chain_put of another inner part: HASH")
    status, _ = admin.c.request("chain_put", admin.clinic_id, kap.pack([good.outer, good.signature, None, None]))
    story.equal(kap.STATUS[status], "LINK", "chain_put without an inner part: LINK")
    put("a policy for another chain", "NOT_FOUND", good, chain=OTHER)
    put("a policy by a therapist", "ROLE", link(kap.POLICY, None, days, therapist), therapist)
    put("a link signed by somebody else", "NOT_AUTHOR", link(kap.POLICY, None, days, therapist))
    put("a policy of 91 days", "LINK", link(kap.POLICY, None, [[kap.INVITE_DAYS, 91]]))
    put("a policy of nothing", "SHAPE", link(kap.POLICY, None, []))
    put("a policy with keys in the wrong order", "LINK", link(kap.POLICY, None, [[3, 14], [2, 2557]]))
    put("a link far ahead", "CHAIN_BEHIND", link(kap.POLICY, None, days, after=(head[0], head[1] + 5, head[2])))
    put("a link on another past", "CHAIN_BEHIND", link(kap.POLICY, None, days, after=(head[0], head[1], OTHER)))
    put("a link of another clinic", "LINK", link(kap.POLICY, None, days, after=(OTHER, head[1], head[2])))
    put("a link with boxes", "LINK", link(kap.POLICY, None, days, boxes=[[bytes(16), bytes(80)]]))
    put("an invite", "LINK", link(kap.INVITE, None, [admin.me.device[0], 2, [], kap.now_ms() + 9999]))
    put("a second genesis", "LINK", link(kap.GENESIS, None, [admin.me.genesis, admin.me.invite]))
    put("type 24", "LINK", link(24, None, []))
    put("a policy about a client", "LINK", link(kap.POLICY + kap.CONFINED, about, days))
    put("the last admin's removal", "LINK", link(kap.REMOVE, None, [admin.me.genesis]))
    put("another role for the last admin", "LINK", link(kap.ROLE, None, [admin.me.genesis, kap.THERAPIST]))
    put("a client's promotion", "LINK", link(kap.ROLE, None, [client.me.genesis, kap.ADMIN]))
    put("a therapist's demotion to client", "LINK", link(kap.ROLE, None, [therapist.me.genesis, kap.CLIENT]))
    put("the removal of nobody", "LINK", link(kap.REMOVE, None, [OTHER]))
    put("a client's removal that all may read", "LINK", link(kap.REMOVE, None, [client.me.genesis]))
    team = kap.TEAM + kap.CONFINED
    put("a team that all may read", "LINK", link(kap.TEAM, None, [client.me.genesis, [therapist.me.genesis]]))
    put("a team without about", "LINK", link(team, None, [client.me.genesis, [therapist.me.genesis]]))
    put("a team about another client", "LINK", link(team, admin.about(other.me.genesis), [client.me.genesis, [therapist.me.genesis]]))
    put("an older about", "LINK", link(team, about - 1, [client.me.genesis, [therapist.me.genesis]]))
    put("a team with a client", "LINK", link(team, about, [client.me.genesis, [other.me.genesis]]))
    put("a team of nobody", "LINK", link(team, about, [client.me.genesis, []]))
    both = sorted([therapist.me.genesis, prescriber.me.genesis])
    put("a team in the wrong order", "LINK", link(team, about, [client.me.genesis, both[::-1]]))
    put("a team by a prescriber", "ROLE", link(team, about, [client.me.genesis, both], prescriber), prescriber)
    put("a team by the client", "ROLE", link(team, about, [client.me.genesis, both], client), client)
    put("no server key", "LINK", link(kap.SERVER_PIN, None, [[], admin.log]))
    put("the same server key twice", "LINK", link(kap.SERVER_PIN, None, [admin.pins * 2, admin.log]))
    put("a server key of small order", "SHAPE", link(kap.SERVER_PIN, None, [[bytes(32)], admin.log]))
    put("the control, a good policy", "OK", good)
    admin.sync()
    therapist.sync()
    story.equal(therapist.set_team(client.me.genesis, both).type, team, "the control: a team by a therapist of that team")
    admin.sync()
    story.equal(len(admin.clinic.links), head[1] + 3, "only the two good links were added")


def bad_invitations(story, clinic, people):
    admin, therapist, prescriber, client, other = people
    for person in people:
        person.sync()
    soon = kap.now_ms() + kap.DAY_MS
    used = [m.chain.invite for m in admin.clinic.members.values()][1]

    def put(what, wanted, who, role, team=(), public=None, expires=soon, packet=b"packet", confined=None):
        confined = kap.CONFINED if (role == kap.CLIENT if confined is None else confined) else 0
        body = [public or kap.Device().public[0], role, [p.me.genesis for p in team], expires]
        link = who.link(admin.clinic.head, kap.INVITE + confined, None, body)
        status, _ = who.c.request("invite_put", kap.random(16), packet, link.data)
        story.equal(kap.STATUS[status], wanted, f"invite_put of {what}: {wanted}")

    team = sorted([therapist, prescriber], key=lambda p: p.me.genesis)
    put("staff by a therapist", "ROLE", therapist, kap.MEDICAL)
    put("a client by a therapist who is not in the list", "ROLE", therapist, kap.CLIENT, [prescriber])
    put("a client with nobody", "LINK", therapist, kap.CLIENT)
    put("a client with a client", "LINK", admin, kap.CLIENT, [other])
    put("a client with the list in the wrong order", "LINK", admin, kap.CLIENT, team[::-1])
    put("staff with a list", "LINK", admin, kap.MEDICAL, team)
    put("role 7", "SHAPE", admin, 7)
    put("a client that all may read", "LINK", admin, kap.CLIENT, team, confined=False)
    put("staff that not all may read", "LINK", admin, kap.MEDICAL, confined=True)
    put("a key used before", "LINK", admin, kap.MEDICAL, public=used)
    put("a key of small order", "SHAPE", admin, kap.MEDICAL, public=bytes(32))
    put("an end before the beginning", "LINK", admin, kap.MEDICAL, expires=1)
    put("an end after 15 days", "LINK", admin, kap.MEDICAL, expires=soon + 14 * kap.DAY_MS)
    put("a packet of 16 KiB and a byte", "SHAPE", admin, kap.MEDICAL, packet=bytes(kap.PACKET_MAX + 1))
    admin.close()
    put("the control, with a packet of 16 KiB", "OK", admin, kap.MEDICAL, packet=bytes(kap.PACKET_MAX))
    admin.sync()
    for person in people:
        person.sync()


def bad_joins(story, clinic, people):
    admin, therapist = people[:2]

    def newcomer(code):
        """A guest with everything ready to join."""
        peer = kap.Peer()
        conn, invite, packet = peer.look_at(code, "127.0.0.1", clinic.house.port)
        return peer, conn, invite, packet

    def ready(peer, invite, keys=None, device=None, recovery=None):
        recovery = recovery or kap.Device.of_recovery_code(peer.recovery_code)
        peer.key_link = kap.make_key_chain(device or peer.device, recovery, peer.epoch, keys or invite)

    def join(what, wanted, code, change):
        peer, conn, invite, packet = newcomer(code)
        with conn:
            ready(peer, invite)
            arguments = change(peer, conn, invite, packet)
            status, _ = conn.request("join", *arguments)
            story.equal(kap.STATUS[status], wanted, f"join with {what}: {wanted}")

    def usual(peer, packet, invite, **other):
        after = [packet.clinic] + peer.invite_head
        seq = packet.head[0]
        keys, signed = other.get("keys", invite), other.get("link_seq", seq)
        inner = [kap.random(16), other.get("about"), [other.get("genesis", peer.key_link.hash), signed]]
        return kap.make_link(after, other.get("kind", kap.JOIN), other.get("signer", keys.public[:16]),
                             keys.seed, inner, time_ms=other.get("time_ms")).data

    code = admin.invite(kap.MEDICAL)
    wrong = kap.InviteKeys("2" * 26)

    def with_link(**other):
        return lambda peer, conn, invite, packet: [invite.id, peer.key_link.data, [usual(peer, packet, invite, **other)]]

    def with_chain(**other):
        def change(peer, conn, invite, packet):
            ready(peer, invite, **other)
            return [invite.id, peer.key_link.data, [usual(peer, packet, invite)]]
        return change

    def damaged(peer, conn, invite, packet):
        return [invite.id, peer.key_link.data[:-1] + b"\0", [usual(peer, packet, invite)]]

    join("a link signed by another key", "ROLE", code, with_link(keys=wrong))
    join("the right signer's name and another key", "SIGNATURE", code,
         lambda peer, conn, invite, packet: [invite.id, peer.key_link.data, [usual(
             peer, packet, invite, keys=wrong, signer=invite.public[:16])]])
    join("a key chain made for another invitation", "LINK", code, with_chain(keys=wrong))
    join("a device that is not the one of the connection", "NOT_AUTHOR", code, with_chain(device=kap.Device()))
    taken = kap.Device(None, admin.device.sign, admin.device.seal)
    join("the sign key of somebody else", "NOT_AUTHOR", code, with_chain(device=taken))
    join("somebody else's genesis", "LINK", code, with_link(genesis=admin.me.genesis))
    join("another invite's number", "LINK", code, with_link(link_seq=0))
    join("about", "LINK", code, with_link(about=3))
    join("the type for clients", "LINK", code, with_link(kind=kap.JOIN + kap.CONFINED))
    join("another type of link", "LINK", code, with_link(kind=kap.POLICY))
    join("a time after the end", "CODE_EXPIRED", code, with_link(time_ms=kap.now_ms() + 8 * kap.DAY_MS))
    join("no link", "SHAPE", code, lambda peer, conn, invite, packet: [invite.id, peer.key_link.data, []])
    join("an id that is not there", "CODE_UNKNOWN", code,
         lambda peer, conn, invite, packet: [bytes(16), peer.key_link.data, [usual(peer, packet, invite)]])
    join("two links", "SHAPE", code, lambda peer, conn, invite, packet: [
        invite.id, peer.key_link.data, [usual(peer, packet, invite)] * 2])
    join("a recovery device that is the device", "SHAPE", code, lambda peer, conn, invite, packet: [
        ready(peer, invite, recovery=peer.device) or invite.id, peer.key_link.data, [usual(peer, packet, invite)]])
    join("boxes that were changed", "HASH", code, damaged)
    join("no boxes", "SHAPE", code, lambda peer, conn, invite, packet: [
        invite.id, kap.pack(kap.unpack(peer.key_link.data)[:3] + [None]), [usual(peer, packet, invite)]])
    clinic.join(code)
    story.ok(True, "the control: the same code still lets somebody join")
    admin.sync()
    for person in people:
        person.sync()
    short = admin.invite(kap.MEDICAL, expires=kap.now_ms() + 300)
    expires = admin.clinic.invites[admin.clinic.head[1]].expires
    peer, invite = kap.Peer(), kap.InviteKeys(kap.code_read(short)[1])
    peer.address, peer.invite_head = admin.address, list(admin.clinic.head[1:])
    packet = kap.Packet(1, 1, admin.clinic_id, peer.invite_head, *[None] * 8)
    ready(peer, invite)
    link = usual(peer, packet, invite, time_ms=expires - 1)
    time.sleep(max(expires - kap.now_ms(), 0) / 1000 + 0.01)
    with peer.connect() as conn:
        status, _ = conn.request("join", invite.id, peer.key_link.data, [link])
        story.equal(kap.STATUS[status], "CODE_EXPIRED", "join with a code whose time is over: CODE_EXPIRED")
    story.refused("CODE_EXPIRED", "and its packet is not served", kap.Peer().look_at, short, "127.0.0.1", clinic.house.port)
    states = {number: state for number, state, _, _ in admin.c.call("status")[3]}
    story.equal(states[invite.id], 3, "its maker sees that it expired")


def main():
    with Story() as story:
        house = House(story)
        clinic = house.found()
        admin, therapist, prescriber, client = clinic.four()
        other = clinic.client(therapist)
        clinic.sync()
        people = admin, therapist, prescriber, client, other
        bad_records(story, people)
        targets(story, people)
        partly(story, client)
        what_readers_find(story, people)
        bad_links(story, clinic, people)
        bad_invitations(story, clinic, people)
        bad_joins(story, clinic, people)
        house.whole()


sys.exit(main())
