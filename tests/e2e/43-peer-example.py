#!/usr/bin/python3
# Goal: the second implementation opens, verifies and recomputes the worked example of docs/PROTOCOL.md, every value of it.
import hashlib
import re
import struct
import sys

import kap_peer as kap
from story import ROOT, Story

LINE = re.compile(r'(?P<name>[\w.]+) (?:= "(?P<text>[^"]*)"|= (?P<hex>[0-9a-f]*)|: (?P<number>\d+))')
PEOPLE, CODES = ("ana", "jo"), ("founding", "invitation")
LINKS = ("genesis", "server_pin", "policy", "invite", "join")


class Example:
    """The values by name. What is compared, or gives what is compared, counts as seen."""

    def __init__(self, story):
        self.story, self.values, self.seen, self.wrong = story, {}, set(), []
        for line in (ROOT / "tests/vectors/worked-example.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                m = LINE.fullmatch(line)
                text, digits, number = m.group("text", "hex", "number")
                value = text if text is not None else int(number) if number else bytes.fromhex(digits)
                self.values[m.group("name")] = value

    def __getitem__(self, name):
        self.seen.add(name)
        return self.values[name]

    def same(self, **values):
        self.wrong += [name for name, value in values.items() if self[name.replace("__", ".")] != value]

    def under(self, prefix, **values):
        self.same(**{f"{prefix}__{name}": value for name, value in values.items()})

    def point(self, what):
        self.story.equal(self.wrong, [], what)
        self.wrong = []


def codes(x):
    for name in CODES:
        kind, secret = kap.code_read(x[f"{name}.code"])
        keys = kap.InviteKeys(secret)
        x.under(name, secret=secret, invite_id=keys.id, invite_key=keys.key, invite_sign_seed=keys.seed,
                invite_public=keys.public)
        x.story.equal(kind, {"founding": kap.FOUNDING, "invitation": kap.INVITATION}[name], f"{name}: the kind of its code")
        packet = kap.packet_open(keys, x[f"{name}.packet"])
        x.under(name, packet_plain=kap.pack(list(packet)))
        x.story.equal([packet.server, packet.log], [x["server.tls_public"], x["server.log_public"]],
                      f"{name}: the packet names the server's keys")
    x.same(server__tls_public=kap.sign_public(x["server.tls_private"]),
           server__log_public=kap.sign_public(x["server.log_private"]))
    x.point("codes, their keys, their packets, the server's keys")


def device(x, name, which, made):
    for part, private, public in zip(("tls", "sign", "seal"), (made.tls, made.sign, made.seal), made.public):
        x.under(name, **{f"{which}_{part}_private": private, f"{which}_{part}_public": public})


def link(x, name, data):
    """A link's parts and its hash."""
    made = kap.Link(data)
    outer, _, inner, boxes = kap.decode(kap.LINK, data)
    x.under(name, outer=outer, inner=inner, hash=made.hash)
    if boxes is not None:
        x.under(name, boxes=boxes)
    return made


def person(x, name):
    mine = kap.Device(*(x[f"{name}.device_{key}_private"] for key in ("tls", "sign", "seal")))
    paper = kap.Device.of_recovery_code(x[f"{name}.recovery_code"])
    chain = kap.KeyChain([x[f"{name}.link"]])
    device(x, name, "device", mine)
    device(x, name, "recovery", paper)
    link(x, name, x[f"{name}.link"])
    seeds = {kap.Epoch.from_box(d, box, x[f"{name}.epoch"], chain.seal).seed for d, box in zip((mine, paper), chain.boxes)}
    x.story.equal(seeds, {x[f"{name}.epoch_seed"]}, f"{name}: both boxes hold the seed")
    epoch = kap.Epoch(1, x[f"{name}.epoch_seed"])
    x.under(name, did=mine.did, recovery_did=paper.did, genesis=chain.genesis, pid=chain.pid,
            boxes_root=kap.boxes_root(chain.boxes), epoch_seal_private=epoch.seal, epoch_seal_public=epoch.public,
            epoch_self_key=epoch.self_key, epoch_previous_key=kap.kdf(epoch.seed, "epoch-prev"))
    x.point(f"{name}: keys and key chain")
    return chain


def clinic(x, chains):
    fold = kap.Clinic(chains.__getitem__)
    for name in LINKS:
        fold.add(x[f"clinic.{name}.link"])
        made = link(x, f"clinic.{name}", x[f"clinic.{name}.link"])
        x.under(f"clinic.{name}", seq=made.seq, type=made.type)
    x.point("the clinic chain: every link, and the fold takes them all")
    roles = [(m.role, m.active) for m in (fold.members[x[f"{name}.genesis"]] for name in PEOPLE)]
    x.story.equal(roles, [(kap.ADMIN, True), (kap.CLIENT, True)], "Ana is an admin, Jo a client")
    return fold


def entry(x, chains):
    record = kap.Record(x["entry.record"])
    core, jo = record.core, chains[x["jo.genesis"]]
    kap.verify(jo.device[1], "record", record.signed, record.signature)
    x.under("entry", rid=record.rid, core=record.core_bytes, core_hash=kap.H("core", record.core_bytes), salt=core.salt,
            wraps_root=record.signed[32:], signature=record.signature,
            payload_hash=hashlib.sha256(x["entry.payload"]).digest())
    x.story.equal([core.clinic, core.pid, core.did, core.chain_head, core.payload, core.cls, core.op],
                  [x["clinic.genesis.hash"], jo.pid, jo.did, jo.head, [len(x["entry.payload"]), x["entry.payload_hash"]],
                   kap.SHARED, kap.CONTENT], "the core says what it should")
    for name in PEOPLE:
        wrap = record.wrap_of(x[f"{name}.pid"])
        info = kap.wrap_info(x["entry.core_hash"], x[f"{name}.pid"], 1)
        plain = kap.aes_open(x["jo.epoch_self_key"], info, wrap[2]) if name == "jo" else \
            kap.hpke_open(x["ana.epoch_seal_private"], info, wrap[2])
        context = kap.payload_context(core.clinic, core.pid, core.did, core.salt)
        content = kap.unpad(kap.cobblestone_open(plain[:32], context, x["entry.payload"]))
        x.under("entry", **{f"wrap_{name}": kap.pack(wrap), f"wrap_{name}_hash": kap.wrap_hash(wrap),
                            f"wrap_{name}_plain": plain}, content=content)
        x.story.equal(plain[32:], struct.pack(">Q", 1) + bytes(32), f"{name}: the first of the stream")
    x.under("entry", item=kap.content_read(content, core.op, core.cls).item)
    served = kap.Record(x["entry.record_for_ana"])
    x.story.equal([served.rid, served.wrap_of(x["jo.pid"]), served.wrap_of(x["ana.pid"])],
                  [record.rid, None, record.wrap_of(x["ana.pid"])], "what Ana is served: the same record, her wrap alone")
    x.point("the entry: core, wraps, payload, content")


def delivery(x):
    for name in PEOPLE:
        start = kap.feed_start(x[f"{name}.pid"], x["server.generation"])
        after = kap.feed_next(start, kap.NEW_RECORD, x["entry.rid"])
        x.under("feed", **{f"{name}_head_0": start.head, f"{name}_head_1": after.head})
    kap.verify(x["server.log_public"], "receipt", x["feed.receipt"], x["feed.receipt_signature"])
    kap.verify(x["server.log_public"], "feed-head", x["feed.ana_feed_head"], x["feed.ana_feed_head_signature"])
    receipt = kap.decode(kap.SERVER_RECEIPT, x["feed.receipt"])
    head = kap.decode(kap.FEED_HEAD, x["feed.ana_feed_head"])
    where = [1, x["clinic.genesis.hash"], x["server.generation"]]
    x.story.equal(receipt[:5], where + [x["jo.pid"], [[x["entry.rid"], 1, x["feed.jo_head_1"]]]], "the receipt")
    x.story.equal(head[:6], where + [x["ana.pid"], 1, x["feed.ana_head_1"]], "the feed head")
    x.point("feeds")


def later_link(x, name, chain):
    """The next link of the key chain: taken, with its parts."""
    chain.add(x[f"{name}.link"])
    made = link(x, name, x[f"{name}.link"])
    x.under(name, seq=made.seq, type=made.type, boxes_root=kap.boxes_root(kap.decode(kap.BOXES, made.boxes)))
    return kap.decode(kap.NEXT_INNER[made.type], made.inner)


def epoch(x, name, number, before, chain):
    """An epoch, and the one before it, which it opens."""
    made = kap.Epoch(number, x[f"{name}.epoch_seed"])
    x.under(name, epoch=number, epoch_seal_private=made.seal, epoch_seal_public=made.public, prev=chain.prevs[number],
            epoch_self_key=made.self_key, epoch_previous_key=kap.kdf(made.seed, "epoch-prev"))
    x.story.equal(made.open_prev(chain.genesis, chain.prevs[number], chain.epochs[number - 1][1]).seed, before,
                  f"{name}: the seed before it opens")
    return made


def goes_on(x, chain):
    """Jo's key chain after the first link."""
    phone = kap.Device(*(x[f"jo.add.device_{key}_private"] for key in ("tls", "sign", "seal")))
    paper = kap.Device.of_recovery_code(x["jo.recovery.recovery_code"])
    device(x, "jo.add", "device", phone)
    device(x, "jo.recovery", "recovery", paper)
    x.under("jo.add", did=phone.did, core=later_link(x, "jo.add", chain)[1])
    _, out, head, _ = later_link(x, "jo.revoke", chain)
    x.story.equal([out, head], [[x["jo.did"]], [4, x["clinic.join.hash"]]], "whom the phone puts out, and at which place")
    second = epoch(x, "jo.revoke", 2, x["jo.epoch_seed"], chain)
    x.under("jo.recovery", recovery_did=paper.did, core=later_link(x, "jo.recovery", chain)[1])
    third = epoch(x, "jo.recovery", 3, second.seed, chain)
    for who in (phone, paper):
        seeds = {n: e.seed for n, e in chain.open_epochs(who).items()}
        x.story.equal(seeds, {1: x["jo.epoch_seed"], 2: second.seed, 3: third.seed}, "the newest box leads to all three seeds")
    x.story.equal([d.did for d in chain.active()], [phone.did], "one device is left")
    x.point("the key chain that goes on")


def frames(x):
    entries = [[1, 1, x["entry.rid"], x["entry.record_for_ana"], x["entry.payload"]]]
    for name, wanted in {
            "jo_push": [0, 2, kap.OP["push"], [[[x["entry.record"], x["entry.payload"]]]]],
            "jo_push_answer": [1, 2, 0, [1, x["feed.receipt"], x["feed.receipt_signature"], 0]],
            "ana_pull": [0, 2, kap.OP["pull"], [x["server.generation"], 0, x["feed.ana_head_0"], 1000000]],
            "ana_pull_answer": [1, 2, 0, [entries, False, x["feed.ana_feed_head"], x["feed.ana_feed_head_signature"]]],
    }.items():
        body = kap.pack(wanted)
        x.under("frame", **{name: struct.pack(">I", len(body)) + body})
    x.point("the frames that carry it")


def main():
    with Story() as story:
        x = Example(story)
        codes(x)
        chains = {chain.genesis: chain for chain in (person(x, name) for name in PEOPLE)}
        clinic(x, chains)
        entry(x, chains)
        delivery(x)
        frames(x)
        goes_on(x, chains[x["jo.genesis"]])
        story.equal(sorted(set(x.values) - x.seen), [], "no value is left out")


sys.exit(main())
