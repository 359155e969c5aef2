"""kap_peer_check: docs/PROTOCOL.md section 14, comparing words, for the second implementation. A Talk speaks for one
person with one other, through the mailbox, and can be told to say something false."""
import time

import kap_peer as kap

COMMIT_FIRST, COMMIT_SECOND, REVEAL_FIRST, REVEAL_SECOND = range(4)
STREAMS = kap.many(kap.row(kap.ID, kap.uint(1), kap.HASH), 0, 96)
COMMIT = kap.row(kap.SUITE, kap.HASH, kap.ID, kap.SIGNATURE)
REVEAL = kap.row(kap.SUITE, kap.HASH, kap.HASH, kap.HASH, STREAMS, STREAMS, kap.HASH)


def streams(records, author, reader):
    """What passed from one person to another, by device: [[did, count, hash]...]."""
    by_did = {}
    for record in records:
        c = record.core
        if c.cls != kap.CONTROL and c.pid == author and reader in c.audience:
            by_did.setdefault(c.did, set()).add(record.rid)
    return [[did, len(rids), kap.H("check-stream", b"".join(sorted(rids)))] for did, rids in sorted(by_did.items())]


def commit(box, slot, reveal, device, answered=b""):
    digest = kap.H("check-commit", reveal)
    covered = digest + box + bytes([slot]) + (kap.H("check-commit", answered) if slot == COMMIT_SECOND else b"")
    return kap.pack([1, digest, device.did, kap.sign(device.sign, "check", covered)])


def check_commit(data, box, slot, chain, answered=b""):
    """The hash that a device of this person promised."""
    _, digest, did, signature = kap.decode(COMMIT, data, 16384)
    kap.need(did in [d.did for d in chain.active()], "AUTHOR")
    covered = digest + box + bytes([slot]) + (kap.H("check-commit", answered) if slot == COMMIT_SECOND else b"")
    kap.verify(chain.devices[did].public[1], "check", covered, signature)
    return digest


class Talk:
    def __init__(self, peer, other):
        """`other` is the key chain of the other person."""
        self.peer, self.other, self.lies = peer, other, {}
        me, them = peer.me.genesis, other.genesis
        low, high = sorted([me, them])
        self.pair = low + high
        self.box = kap.H("check-box", self.pair)[:16]
        records = [record for record, _ in peer.records.values()]
        self.sent, self.held = streams(records, me[:16], them[:16]), streams(records, them[:16], me[:16])
        self.theirs = None

    def statement(self):
        """A fresh one; lies change its parts by number."""
        self.nonce = kap.random(32)
        parts = [1, self.peer.me.genesis, self.peer.me.head, self.other.head, self.sent, self.held, self.nonce]
        for at, value in self.lies.items():
            parts[at] = value
        self.reveal = kap.pack(parts)

    def look(self, slot, wait_ms=0):
        """What lies there; None if nothing does."""
        status, body = self.peer.c.request("mailbox_get", self.box, slot, wait_ms)
        return body[0] if status == 0 else None

    def get(self, slot, seconds=4):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.look(slot, 500)
            if found:
                return found
        raise kap.Bad("TIMEOUT")

    def get_open(self):
        """A first commitment that nobody has answered yet."""
        while True:
            heard = self.get(COMMIT_FIRST, 20)
            if self.look(COMMIT_SECOND) is None:
                return heard
            time.sleep(0.1)

    def put(self, slot, data):
        self.peer.c.call("mailbox_put", self.box, slot, data)

    def hear(self, data, promised):
        kap.need(kap.H("check-commit", data) == promised, "HASH")
        self.theirs = kap.decode(REVEAL, data, 16384)
        for part in self.theirs[4:6]:
            kap.ascending([s[0] for s in part])
        kap.need(self.theirs[1] == self.other.genesis, "AUTHOR")

    def begin(self, device=None):
        """Opens the box."""
        self.statement()
        self.said = commit(self.box, COMMIT_FIRST, self.reveal, device or self.peer.device)
        self.put(COMMIT_FIRST, self.said)

    def first(self, other_reveal=None):
        """Goes on after begin."""
        promised = check_commit(self.get(COMMIT_SECOND), self.box, COMMIT_SECOND, self.other, self.said)
        self.put(REVEAL_FIRST, other_reveal or self.reveal)
        self.hear(self.get(REVEAL_SECOND), promised)
        self.put(COMMIT_FIRST, b"\0")

    def second(self, device=None, other_reveal=None, answered=None):
        promised = None
        while promised is None:  # the other side may begin anew meanwhile
            heard = self.get_open()
            promised = check_commit(heard, self.box, COMMIT_FIRST, self.other)
            self.statement()
            said = commit(self.box, COMMIT_SECOND, self.reveal, device or self.peer.device, answered or heard)
            if self.peer.c.request("mailbox_put", self.box, COMMIT_SECOND, said)[0]:
                promised = None
        self.hear(self.get(REVEAL_FIRST), promised)
        self.put(REVEAL_SECOND, other_reveal or self.reveal)

    def agrees(self):
        """As far as this side can see."""
        return (self.theirs[4] == self.held and self.theirs[5] == self.sent
                and self.theirs[2] == self.other.head and self.theirs[3] == self.peer.me.head)

    def words(self, words):
        """The four, out of the list of 2,048."""
        mine = [self.peer.me.genesis, self.peer.me.head, self.sent, self.nonce]
        theirs = [self.other.genesis, self.other.head, self.held, self.theirs[6]]
        sides = sorted([mine, theirs], key=lambda side: side[0])
        data = self.pair + b"".join(head + kap.pack(sent) for _, head, sent, _ in sides)
        number = int.from_bytes(kap.H("check-words", data + b"".join(side[3] for side in sides))[:6], "big") >> 4
        return " ".join(words[number >> 33 - 11 * i & 2047] for i in range(4))
