#!/usr/bin/python3
# Goal: what a changed device of a therapist writes as a prescriber's counts nowhere, and is shown as what it is.
import sys

import kap_peer as kap
from people import Person
from story import House, Story

CLEARANCE, ORDER, HOLD, CLOSING, CONSENT, PSYNOTE = 67, 68, 69, 70, 77, 79
TODAY = kap.now_ms() // 86400000


class Forger:
    """A therapist of Jo's team whose device writes whatever it likes."""

    def __init__(self, peer, jo, prescriber, readers):
        self.peer, self.jo, self.prescriber, self.readers = peer, jo, prescriber, readers

    def forge(self, kind, fields, cls=kap.CLINICAL):
        content = kap.content_make(kind, fields, subject=self.jo[:16])
        self.peer.push(self.peer.seal(content, cls, to=self.readers))


def forged_decisions(story, eve, ana, osei, jo):
    eve.forge(CLEARANCE, {101: 2, 104: TODAY + 30, 105: 9})
    eve.forge(ORDER, {100: 0, 101: 0, 102: 1000, 103: 2, 107: 2000, 108: 9, 126: TODAY + 30})
    for person, of in ((ana, ("jo",)), (osei, ("jo",)), (jo, ())):
        story.equal(person.run("sync")[0], 0, f"{person.name}: it is taken and read")
        seen = person.json("clearance", *of)
        story.equal((seen["state"], [h["holds"] for h in seen["history"]]), ("missing", [False]),
                    f"{person.name}: a therapist's clearance counts nowhere")
        story.ok("Does not hold: Eve may not write this." in person.run("clearance", *of)[1],
                 f"{person.name}: and is shown as what it is")
        story.ok("There is no order" in person.run("order", *of)[1], f"{person.name}: a therapist's order is none")
    code, said = ana.run("order", "ack", "jo")
    story.equal((code, "There is no order to acknowledge." in said), (3, True), "and is not there to acknowledge")
    code, said = osei.run("clear", "jo", "--set", "decision=cleared", "--set", "sessions=2")
    story.equal((code, "clearance r1" in said), (0, True), "the prescriber's is the first")
    ana.kap("sync")
    story.equal(ana.json("clearance", "jo")["state"], "valid", "and counts")


def forged_ends(story, eve, ana, osei):
    """A hold of the prescriber, lifted by a therapist."""
    osei.kap("hold", "jo", "--reason", "Labs are open.")
    story.equal(osei.json("holds", "jo")["holds"][0]["state"], "stands", "a hold stands")
    hold = [content for _, _, content in eve.peer.pull() if content and content.kind == HOLD][0]
    eve.forge(CLOSING, {100: [eve.prescriber[:16], hold.item], 101: "I say so."})
    for person in (ana, osei):
        person.kap("sync")
        story.equal(person.json("holds", "jo")["holds"][0]["state"], "stands", f"{person.name}: and stands all the same")
    story.equal(osei.run("lift", "H1", "--reason", "Labs came.")[0], 0, "the prescriber can still lift it")
    ana.kap("sync")
    story.equal(ana.json("holds", "jo")["holds"][0]["state"], "lifted", "then it is lifted")


def forged_shape(story, eve, osei):
    for what, kind, fields in (
            ("a note that is given to others", PSYNOTE, {2: "She said."}),
            ("a consent by a clinician that is no client's class", CONSENT, {103: bytes(32), 104: "Jo", 105: 0}),
            ("a clearance for ever", CLEARANCE, {101: 2}),
            ("a clearance for two years", CLEARANCE, {101: 2, 104: TODAY + 730}),
            ("an order that does not add up", ORDER,
             {100: 0, 101: 0, 102: 1000, 103: 3, 107: 2000, 108: 9, 126: TODAY + 30})):
        eve.forge(kind, fields)
        code, said = osei.run("sync")
        story.equal((code, "The content does not fit its kind." in said), (4, True), f"{what} is kept aside, and said")


def main():
    with Story() as story:
        house = House(story)
        code = house.init()
        house.start()
        admin = kap.Peer().join(code, "127.0.0.1", house.port)
        known = {admin.me.genesis}

        def join(name, role, full, team=()):
            admin.sync()
            code = f"{admin.invite(role, list(team), name=full)}@127.0.0.1:{house.port}"
            person = Person(story, house, name, code) if name else kap.Peer().join(code)
            admin.sync()
            new = [g for g in admin.clinic.members if g not in known][0]
            known.add(new)
            return person, new

        ana, ana_is = join("ana", kap.THERAPIST, "Ana Reyes")
        osei, osei_is = join("osei", kap.PRESCRIBER, "Dr. Osei")
        peer, eve_is = join(None, kap.THERAPIST, "Eve")
        jo, jo_is = join("jo", kap.CLIENT, "Jo M.", [ana_is, osei_is, eve_is])
        for person in (jo, ana, osei, jo):
            person.kap("sync")
        peer.sync()
        peer.pull()
        readers = [peer.key_chain(who) for who in (ana_is, osei_is, jo_is)]
        peer.write("Eve", kap.CONTROL, readers, kind=kap.PROFILE)
        eve = Forger(peer, jo_is, osei_is, readers)
        forged_decisions(story, eve, ana, osei, jo)
        eve.readers = readers[:2]
        forged_ends(story, eve, ana, osei)
        eve.readers = readers[1:2]
        forged_shape(story, eve, osei)
        peer.close()
        admin.close()
        house.whole()


sys.exit(main())
