#!/usr/bin/python3
# Goal: a reader finds its way through streams that are not whole: what is missing is waited for, a wrap that does not
# open stops nothing, what a removed device wrote counts as far as its owner says, and nobody is told a stale list of
# readers. Eve's devices are the second implementation's, and do as they please.
import sys
from types import SimpleNamespace

import kap_peer as kap
from people import Person
from story import House, Story

STREAM_END, DID, LAST_SEQ, LAST_RID = 9, 72, 73, 74


def entry(text):
    return kap.content_make(kap.JOURNAL, {2: text})


def texts(ana):
    return [e["text"] for e in ana.json("list", "Eve")["entries"]]


def aside(ana):
    return sorted(row["why"] for row in ana.json("status")["kept-aside"])


def missing(story, ana, eve, to):
    """Sealed in this order, sent in another: what is behind the missing one waits and is read in its place."""
    first, second, third, fourth = (eve.seal(entry(f"stream {n}"), kap.SHARED, to=to) for n in (1, 2, 3, 4))
    eve.push(first)
    eve.push(fourth)
    eve.push(third)
    code, said = ana.run("sync")
    story.equal((code, "2 records were kept aside" in said), (4, True), "two that come behind one that is missing are told of")
    story.equal(texts(ana), ["stream 1"], "and not shown")
    story.equal(ana.run("sync")[0], 0, "they are told of once")
    eve.push(second)
    code, said = ana.run("sync")
    story.equal((code, texts(ana), aside(ana)), (0, [f"stream {n}" for n in (1, 2, 3, 4)], []),
                "when it comes, all are read, in the order of writing")


def hole(story, ana, eve, to):
    """Sealed to another key, under Ana's name."""
    wrong = SimpleNamespace(pid=to.pid, epoch=to.epoch, seal=eve.me.seal)
    eve.push(eve.seal(entry("for nobody"), kap.SHARED, to=[wrong]))
    eve.push(eve.seal(entry("behind the hole"), kap.SHARED, to=[to]))
    code, said = ana.run("sync")
    story.equal((code, "It cannot be opened with this key." in said), (4, True), "a wrap that does not open is told of")
    story.equal(texts(ana)[-1], "behind the hole", "and what comes behind it is read")
    story.equal(aside(ana), ["It cannot be opened with this key."], "it is kept aside")
    eve.push(eve.seal(entry("and on"), kap.SHARED, to=[to]))
    story.equal((ana.run("sync")[0], texts(ana)[-1]), (0, "and on"), "the stream goes on")


def false_head(story, ana, eve, to):
    """A place in Eve's key chain that no server can show. Nothing is lost of her other device."""
    before = eve.out.copy()
    eve.push(eve.seal(entry("from nowhere"), kap.SHARED, to=[to], chain_head=bytes(32)))
    code, said = ana.run("sync")
    story.equal((code, "The server shows an older or different history." in said), (4, True),
                "a link that the server cannot show is told of")
    story.ok("from nowhere" not in texts(ana), "and the record is not shown")
    eve.out = before


def removed(story, ana, eve, to):
    """Eve puts her phone out: what it wrote waits for her word, which says where its stream ends."""
    phone = eve.add_device()
    sealed = [phone.seal(entry(f"phone {n}"), kap.SHARED, to=[to]) for n in (1, 2, 3)]
    phone.push(sealed[0])
    story.equal((ana.run("sync")[0], texts(ana)[-1]), (0, "phone 1"), "a new device of hers is read at once")
    phone.push(*sealed[1:])
    eve.sync()
    eve.revoke(phone.device.did)
    code, said = ana.run("sync")
    story.equal((code, "2 written with a removed device wait until its owner says how far it counts." in said), (0, True),
                "what it wrote and nobody spoke for is held, which is no alarm")
    story.equal(texts(ana)[-1], "phone 1", "and not shown")

    def word(seq, rid):
        content = kap.content_make(STREAM_END, {DID: phone.device.did, LAST_SEQ: seq, LAST_RID: rid})
        eve.push(eve.seal(content, kap.CONTROL, to=[to]))
        return ana.run("sync")
    code, said = word(2, sealed[1].rid)
    story.equal((code, "It was written with a device that its owner had removed." in said), (4, True),
                "the word comes: what is beyond is told of")
    story.equal(texts(ana)[-2:], ["phone 1", "phone 2"], "and what is not is shown")
    word(0, bytes(32))
    story.ok(not [t for t in texts(ana) if "phone" in t], "a word that says less takes out of view what was shown", texts(ana))
    word(3, sealed[2].rid)
    story.equal([t for t in texts(ana) if "phone" in t], ["phone 1", "phone 2", "phone 3"], "one that says more brings it back")


def readers(story, ana, osei, jo):
    jo.kap("write", text="for two")
    jo.kap("--yes", "share", 1, "--with", "Ana,Osei")
    osei.kap("sync")
    story.equal(osei.json("list", "Jo")["entries"][-1]["readers"].count(","), 1, "control: one of two readers is told of both")
    jo.kap("unshare", 1, "--from", "Ana")
    ana.kap("sync")
    osei.kap("sync")
    rows = osei.json("list", "Jo")["entries"]
    story.equal([(r["text"], "Ana" in r["readers"]) for r in rows], [("for two", False)],
                "after it was taken back from the other, the one who keeps it is told that nobody else has it")


def main():
    with Story() as story:
        house = House(story)
        code = house.init()
        house.start()
        admin = kap.Peer().join(code, "127.0.0.1", house.port)

        def invite(role, name, team=()):
            admin.sync()
            return f"{admin.invite(role, list(team), name=name)}@127.0.0.1:{house.port}"

        def genesis():
            admin.sync()
            return [g for g in admin.clinic.members if g not in cast and g != admin.me.genesis][0]

        cast = []
        ana = Person(story, house, "ana", invite(kap.THERAPIST, "Ana Reyes"))
        cast.append(genesis())
        osei = Person(story, house, "osei", invite(kap.PRESCRIBER, "Dr. Osei"))
        cast.append(genesis())
        jo = Person(story, house, "jo", invite(kap.CLIENT, "Jo M.", cast))
        cast.append(genesis())
        for person in (jo, ana, osei, jo):
            person.kap("sync")
        eve = kap.Peer().join(invite(kap.CLIENT, "Eve", [cast[0]]))
        to = eve.key_chain(cast[0])
        eve.write("Eve", kap.CONTROL, [to], kind=kap.PROFILE)
        ana.kap("sync")
        missing(story, ana, eve, [to])
        hole(story, ana, eve, to)
        false_head(story, ana, eve, to)
        removed(story, ana, eve, to)
        readers(story, ana, osei, jo)
        eve.close()
        admin.close()
        house.whole()


sys.exit(main())
