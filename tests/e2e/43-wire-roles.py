#!/usr/bin/python3
# Goal: nobody may ask or write what is not theirs: every request by every role, every class of record to everybody.
import sys

import kap_peer as kap
from story import GONE, House, Story

NOBODY, NOTHING = bytes(16), bytes(32)
ROLES = ("guest", "client", "therapist", "prescriber", "medical", "auditor", "admin")
# What each role is answered, in the order of ROLES. The requests are well formed and ask for nothing that is there, so
# that who may ask gets the answer in `may`.
TABLE = [
    # op, may, who may
    ("hello", "ORDER", "gctpmua"),
    ("chain_get", "NOT_FOUND", "ctpmua"),
    ("chain_put", "NOT_FOUND", "ctpmua"),
    ("invite_put", "LINK", "ta"),
    ("invite_get", "CODE_UNKNOWN", "gctpmua"),
    ("join", "CODE_UNKNOWN", "g"),
    ("push", "OK", "ctpmua"),
    ("pull", "GENERATION", "ctpmua"),
    ("fetch", "OK", "ctpmua"),
    ("watch", "OK", "ctpmua"),
    ("status", "OK", "ctpmua"),
]
LETTERS = dict(zip(ROLES, "gctpmua"))


def requests(clinic):
    """Arguments for each op."""
    foreign = kap.Peer()
    foreign.me = kap.KeyChain([kap.make_key_chain(foreign.device, kap.Device(), foreign.epoch,
                                                  kap.InviteKeys("0" * 26)).data])
    link = foreign.link((NOTHING, 5, NOTHING), kap.POLICY, None, [[1, 1]])
    return {"hello": [1, 1, "x"], "chain_get": [NOTHING, 0, 1], "chain_put": [NOTHING, link.data],
            "invite_put": [NOBODY, b"packet", link.data], "invite_get": [NOBODY],
            "join": [NOBODY, link.data, [link.data]], "push": [[[b"record", b"payload"]]],
            "pull": [NOBODY, 0, NOTHING, 1], "fetch": [[NOTHING]], "watch": [], "status": []}


def every_op(story, clinic, people):
    arguments = requests(clinic)
    for op, may, who in TABLE:
        for role in ROLES:
            person = people[role]
            with person.connect() as conn:
                status, _ = conn.request(op, *arguments[op])
                wanted = may if LETTERS[role] in who else "GUEST" if role == "guest" else "ROLE"
                story.equal(kap.STATUS[status], wanted, f"{op} by {role}: {wanted}")
                if wanted not in ("ORDER",) and conn.request("invite_get", NOBODY)[0] != 313:
                    story.ok(False, f"and {role} is still connected")


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
            if author == "guest":
                continue
            wrong, asked = [], []
            for reader, other in people.items():
                if reader != "guest":
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
    paper = kap.Device.of_recovery_code(client.recovery_code)
    try:
        with kap.Connection(*client.address, paper) as conn:
            got = kap.STATUS[conn.request("hello", 1, 1, "x")[0]]
            got = got, kap.STATUS[conn.request("pull", *client.cursor, 1)[0]]
    except GONE:
        got = got, "closed"
    story.equal(got, ("OK", "ROLE"), "the paper recovery device is known, and pulls nothing either")
    with client.connect() as conn:
        story.equal(kap.STATUS[conn.request("pull", *client.cursor, 1)[0]], "OK", "the control: the client's own device can")


def main():
    with Story() as story:
        clinic = House(story).found()
        admin, therapist, prescriber, client = clinic.four()
        people = {"guest": kap.Peer(), "client": client, "therapist": therapist, "prescriber": prescriber,
                  "medical": clinic.staff(kap.MEDICAL), "auditor": clinic.staff(kap.AUDITOR), "admin": admin}
        people["guest"].address = admin.address
        every_op(story, clinic, people)
        people["other"] = clinic.client(therapist)
        clinic.sync()
        every_class(story, people)
        foreign_devices(story, clinic, people)
        clinic.house.whole()


sys.exit(main())
