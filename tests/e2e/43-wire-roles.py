#!/usr/bin/python3
# Goal: nobody may ask or write what is not theirs: every request by every role, every class of record to everybody.
import sys

import kap_peer as kap
from story import GONE, House, Story

NOBODY, NOTHING = bytes(16), bytes(32)
ROLES = ("guest", "client", "therapist", "prescriber", "medical", "auditor", "admin", "paper")
# What each role is answered, by its letter; W is the paper device of a client. The requests are well formed and ask for
# nothing that is there, so that who may ask gets the answer in `may`.
TABLE = [
    # op, may, who may
    ("hello", "ORDER", "gctpmuaW"),
    ("chain_get", "NOT_FOUND", "ctpmuaW"),
    ("chain_put", "NOT_FOUND", "ctpmuaW"),
    ("invite_put", "LINK", "ta"),
    ("invite_get", "CODE_UNKNOWN", "gctpmua"),
    ("join", "CODE_UNKNOWN", "g"),
    ("push", "OK", "ctpmua"),
    ("pull", "GENERATION", "ctpmua"),
    ("fetch", "OK", "ctpmua"),
    ("watch", "OK", "ctpmua"),
    ("status", "OK", "ctpmua"),
    ("chain_list", "OK", "ctpmuaW"),
    ("mailbox_put", "NOT_FOUND", "gctpmua"),
    ("mailbox_get", "NOT_FOUND", "gctpmua"),
    ("blob_put", "SHAPE", "ctpmua"),
    ("blob_get", "NOT_FOUND", "ctpmua"),
    ("blob_stat", "NOT_FOUND", "ctpmua"),
]
LETTERS = dict(zip(ROLES, "gctpmuaW"))


def requests(clinic):
    """Arguments for each op."""
    foreign = kap.Peer()
    foreign.me = kap.KeyChain([kap.make_key_chain(foreign.device, kap.Device(), foreign.epoch,
                                                  kap.InviteKeys("0" * 26)).data])
    link = foreign.link((NOTHING, 5, NOTHING), kap.POLICY, None, [[1, 1]])
    return {"hello": [1, 1, "x"], "chain_get": [NOTHING, 0, 1], "chain_put": [NOTHING, link.data],
            "invite_put": [NOBODY, b"packet", link.data], "invite_get": [NOBODY],
            "join": [NOBODY, link.data, [link.data]], "push": [[[b"record", b"payload"]]],
            "pull": [NOBODY, 0, NOTHING, 1], "fetch": [[NOTHING]], "watch": [], "status": [], "chain_list": [None],
            "mailbox_put": [NOBODY, 1, b"x"], "mailbox_get": [NOBODY, 1, 0], "blob_put": [NOBODY, 584, 1, b"x"],
            "blob_get": [NOBODY, 0], "blob_stat": [NOBODY]}


def every_op(story, clinic, people):
    arguments = requests(clinic)
    for op, may, who in TABLE:
        for role in ROLES:
            person = people[role]
            with person.connect() as conn:
                status, _ = conn.request(op, *arguments[op])
                wanted = may if LETTERS[role] in who else "GUEST" if role == "guest" else "ROLE"
                story.equal(kap.STATUS[status], wanted, f"{op} by {role}: {wanted}")
                alive = ("chain_get", NOTHING, 0, 1) if role == "paper" else ("invite_get", NOBODY)
                if wanted not in ("ORDER",) and conn.request(*alive)[0] not in (313, 404):
                    story.ok(False, f"and {role} is still connected")


def every_op_of_the_excluded(story, clinic, people):
    """A device that was revoked, paper that was replaced, both devices of a person who was removed."""
    client = people["client"]
    lost, old_paper, gone = client.add_device(), Paper(client), clinic.staff(kap.MEDICAL)
    clinic.sync()
    client.revoke(lost.device.did)
    client.rotate_recovery()
    clinic.admin.remove(gone.me.genesis)
    out = {"a revoked device": lost, "a replaced paper device": old_paper, "a removed person": gone, "their paper": Paper(gone)}
    arguments = requests(clinic)
    for what, person in out.items():
        said = set()
        for op, _, _ in TABLE:
            with kap.Connection(*client.address, person.device) as conn:
                try:
                    said.add(kap.STATUS[conn.request("hello", 1, 1, "x")[0]])
                    said.add(kap.STATUS[conn.request(op, *arguments[op])[0]])
                except GONE:
                    said.add("closed")
        story.equal(said, {"REVOKED", "closed"}, f"{what} is refused at hello, whatever it asks then")


class Paper:
    """What a Peer is to a test, with the paper device of a person."""

    def __init__(self, person):
        self.person, self.device = person, kap.Device.of_recovery_code(person.recovery_code)

    def connect(self):
        conn = kap.Connection(*self.person.address, self.device)
        conn.hello()
        return conn


def paper(story, people):
    """It is known, reads its person's chain with the boxes, lets a device in, and does nothing else."""
    client = people["client"]
    with people["paper"].connect() as conn:
        links = conn.call("chain_get", client.me.genesis, 0, 256)[2]
        story.ok(all(kap.Link(data).boxes is not None for data in links), "paper is served the boxes of its own person's chain")
        listed = {chain for chain, _, _ in conn.call("chain_list", None)[0]}
        story.ok(client.me.genesis in listed and people["other"].me.genesis not in listed, "and the list of chains its person may see")
        then = kap.Epoch(client.epoch.number + 1)
        rotate = kap.make_epoch_rotate(client.me, people["paper"].device, (client.epoch, then))
        story.equal(kap.STATUS[conn.request("chain_put", client.me.genesis, rotate.data)[0]], "ROLE", "it begins no epoch")
        fresh = kap.Device()
        add = kap.make_device_add(client.me, people["paper"].device, client.epoch, kap.prove_device(fresh, client.me.genesis))
        with client.connect() as own:
            story.equal(kap.STATUS[own.request("chain_put", client.me.genesis, add.data)[0]], "NOT_AUTHOR",
                        "what paper signed is not sent by another device")
        story.equal(kap.STATUS[conn.request("chain_put", client.me.genesis, add.data)[0]], "OK", "it lets a device in")
    client.me.add(add.data)
    with kap.Connection(*client.address, fresh) as conn:
        _, _, _, pid, role, _, _ = conn.hello()
        story.equal((pid, role), (client.me.genesis[:16], kap.CLIENT), "which is the person's now")


# Who may put whom into the audience of a record of each class, beside oneself. The therapist and the prescriber are on
# the client's team; the medical staff is on none; the other client has only the therapist.
MAY = {
    kap.SHARED: {"client": {"therapist", "prescriber"}, "therapist": {"client", "prescriber", "other"},
                 "prescriber": {"client", "therapist"}, "medical": set(), "other": {"therapist"}},
    kap.CLINICAL: {"therapist": {"client", "other", "prescriber", "medical"},
                   "prescriber": {"client", "therapist", "medical"}, "medical": {"therapist", "prescriber"}},
    kap.CONTROL: {"client": {"therapist", "prescriber", "admin"}, "other": {"therapist", "admin"},
                  "therapist": {"client", "other", "prescriber", "medical", "auditor", "admin"},
                  "prescriber": {"client", "therapist", "medical", "auditor", "admin"},
                  "medical": {"therapist", "prescriber", "auditor", "admin"},
                  "auditor": {"therapist", "prescriber", "medical", "admin"},
                  "admin": {"client", "other", "therapist", "prescriber", "medical", "auditor"}},
}


def stop_of(person, sealed, conn=None):
    """The name of the status with which a push of one record stops."""
    accepted, _, _, stop = (conn or person.c).call("push", [[sealed.record, sealed.payload]])
    if not accepted:
        person.take_back([sealed])
    return kap.STATUS[stop]


def every_class(story, people):
    content = kap.content_make(kap.JOURNAL, {2: "for whom?"})
    for cls, name in ((kap.PRIVATE, "private"), (kap.SHARED, "shared"), (kap.CLINICAL, "clinical"), (kap.CONTROL, "control")):
        for author, person in people.items():
            if author in ("guest", "paper"):
                continue
            wrong, asked = [], []
            for reader, other in people.items():
                if reader not in ("guest", "paper"):
                    sealed = person.seal(content, cls, to=[other.me])
                    asked.append((reader, person.c.ask("push", [[sealed.record, sealed.payload]])))
            for reader, number in asked:
                got = kap.STATUS[person.c.answer(number)[1][3]]
                may = MAY.get(cls, {}).get(author)
                if cls == kap.PRIVATE:
                    wanted = "OK" if reader == author else "CLASS"
                elif may is None:
                    wanted = "ROLE"
                else:
                    wanted = "OK" if reader == author or reader in may else "NO_GRANT"
                if got != wanted:
                    wrong.append((reader, got, wanted))
            story.equal(wrong, [], f"{name} records by {author}: given to whom they may be given and to nobody else")
    client, therapist = people["client"], people["therapist"]
    stranger = kap.Peer()
    stranger.me = kap.KeyChain([kap.make_key_chain(stranger.device, kap.Device(), stranger.epoch,
                                                   kap.InviteKeys("1" * 26)).data])
    story.equal(stop_of(client, client.seal(content, kap.SHARED, to=[therapist.me, stranger.me])), "NO_GRANT",
                "one stranger among those who may is enough to refuse")
    story.equal(stop_of(client, client.seal(content, kap.SHARED, to=[therapist.me, people["prescriber"].me])), "OK",
                "the control: without the stranger it is stored")


def foreign_devices(story, clinic, people):
    """A valid certificate of nobody here; a paper device; a device of another clinic's member."""
    client = people["client"]
    client.pull()
    for what, device in (("a device of nobody", kap.Device()),
                         ("a device with the sign and seal keys of a member", kap.Device(None, client.device.sign, client.device.seal))):
        with kap.Connection(*client.address, device) as conn:
            _, _, _, pid, role, _, _ = conn.hello()
            story.equal((pid, role), (None, 0), f"{what} is a guest")
            story.equal(kap.STATUS[conn.request("pull", *client.cursor, 1)[0]], "GUEST", "and pulls nothing")
    with people["paper"].connect() as conn:
        story.equal(kap.STATUS[conn.request("pull", *client.cursor, 1)[0]], "ROLE", "nor does the paper device")
    with client.connect() as conn:
        story.equal(kap.STATUS[conn.request("pull", *client.cursor, 1)[0]], "OK", "the control: the client's own device can")


def main():
    with Story() as story:
        clinic = House(story).found()
        admin, therapist, prescriber, client = clinic.four()
        people = {"guest": kap.Peer(), "client": client, "therapist": therapist, "prescriber": prescriber,
                  "medical": clinic.staff(kap.MEDICAL), "auditor": clinic.staff(kap.AUDITOR), "admin": admin}
        people["guest"].address = admin.address
        people["paper"] = Paper(client)
        every_op(story, clinic, people)
        people["other"] = clinic.client(therapist)
        clinic.sync()
        every_class(story, people)
        foreign_devices(story, clinic, people)
        paper(story, people)
        every_op_of_the_excluded(story, clinic, people)
        clinic.house.whole()


sys.exit(main())
