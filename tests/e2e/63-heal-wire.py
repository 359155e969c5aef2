#!/usr/bin/python3
# Goal: what a restored server takes back, it has verified; what its author took away stays away; links only as they were.
import shutil
import sys

import kap_peer as kap
from story import House, Story


def offer(peer, *rids):
    bits = peer.c.call("heal_offer", list(rids))[0]
    return [bool(bits[i // 8] >> i % 8 & 1) for i in range(len(rids))]


def put(peer, *items):
    """(accepted, name of the status that stopped it)"""
    accepted, stop = peer.c.call("heal_put", [list(item) for item in items])
    return accepted, kap.STATUS[stop]


def parts(record):
    return kap.unpack(record)


def without(record, *pids):
    """The record with the wraps of these people as their hashes; no pids: of all."""
    core, wraps, signature = parts(record)
    wraps = [kap.wrap_hash(w) if isinstance(w, list) and (not pids or w[0] in pids) else w for w in wraps]
    return kap.pack([core, wraps, signature])


def served(record, reader):
    core, wraps, signature = parts(record)
    return kap.pack([core, [w if isinstance(w, list) and w[0] == reader.me.pid else kap.wrap_hash(w) for w in wraps],
                     signature])


def text(words):
    return kap.content_make(kap.JOURNAL, {2: words})


def generation_of(peer):
    with kap.Connection(*peer.address, peer.device) as conn:
        return conn.hello()[2]


def close_all(clinic):
    for person in clinic.people:
        person.close()


def restored(story, house, clinic, copy):
    house.stop()
    shutil.rmtree(house.state)
    shutil.copytree(copy, house.state)
    story.equal(house.kapctl("restored").returncode, 0, "kapctl restored")
    house.start()
    close_all(clinic)


def announce(admin, old, new):
    link = admin.link(admin.clinic.head, 25, None, [old, new])
    admin.c.call("chain_put", admin.clinic_id, link.data)
    admin.clinic.add(link.data)


def fetched(peer, rid):
    [record, payload] = peer.c.call("fetch", [rid])[0][0]
    return record, payload


def feed_of(peer, generation):
    cursor = kap.feed_start(peer.me.pid, generation)
    entries = peer.c.call("pull", generation, cursor.seq, cursor.head, 1000000)[0]
    return [(entry[1], entry[2]) for entry in entries]


def before_the_notice(story, therapist, client, one):
    story.refused("GENERATION", "without a notice nothing is offered", offer, client, one.rid)
    story.refused("GENERATION", "nor given", put, client, (one.record, one.payload))
    story.refused("GENERATION", "nor is a link of one's own", client.c.call, "heal_link", client.me.genesis,
                  client.me.links[0].data)
    story.refused("ROLE", "only an admin can announce it", announce, therapist, bytes(16), bytes(range(16)))


def hostile(story, therapist, prescriber, client, one, other):
    core, wraps, signature = parts(one.record)
    forged = kap.pack([core, wraps, kap.sign(therapist.device.sign, "record", kap.record_ids(core, wraps)[0])])
    story.equal(put(therapist, (served(forged, therapist), one.payload)), (0, "SIGNATURE"), "another signature is refused")
    story.equal(put(therapist, (served(one.record, therapist), other.payload)), (0, "HASH"), "so is another payload")
    story.equal(put(therapist, (served(one.record, therapist), None)), (0, "SHAPE"), "a wrap without the payload")
    story.equal(put(therapist, (without(one.record), one.payload)), (0, "SHAPE"), "a payload without a wrap")
    alone = client.seal(text("alone"), kap.PRIVATE)
    client.take_back([alone])
    story.equal(put(therapist, (without(alone.record), None)), (0, "NO_GRANT"), "what is not given to the giver")
    elsewhere = client.seal(text("elsewhere"), kap.SHARED, to=[therapist.me], clinic=bytes(32))
    client.take_back([elsewhere])
    story.equal(put(client, (elsewhere.record, elsewhere.payload)), (0, "NO_GRANT"), "another clinic's")
    brief = therapist.seal(text("brief"), kap.CLINICAL, to=[client.me], retain_until=1)
    therapist.take_back([brief])
    story.equal(put(therapist, (brief.record, brief.payload)), (0, "RETAINED"), "a clinical record not kept long enough")
    story.equal(offer(therapist, one.rid), [True], "nothing of it was stored")


def links(story, admin, therapist, client, lost):
    story.refused("LINK", "a link under another chain's name", admin.c.call, "heal_link", therapist.me.genesis, lost.data)
    broken = kap.unpack(lost.data)
    broken[1] = kap.sign(therapist.device.sign, "link", broken[0])
    try:
        admin.c.call("heal_link", client.me.genesis, kap.pack(broken))
        got = "taken"
    except kap.Refused as e:
        got = kap.STATUS[e.status]
    story.equal(got, "SIGNATURE", "a link with another signature")
    admin.c.call("heal_link", client.me.genesis, kap.pack(kap.unpack(lost.data)[:3] + [None]))
    story.ok(True, "the control: the link itself, without its boxes, as an admin has it")


def own_link(story, admin, therapist, client, lost, fork):
    story.refused("ROLE", "a link of another's chain is an admin's to give", therapist.c.call, "heal_link",
                  client.me.genesis, lost.data)
    client.c.call("heal_link", client.me.genesis, lost.data)
    story.ok(True, "and the owner gives it its boxes")
    story.refused("CHAIN_BEHIND", "a fork of a chain", client.c.call, "heal_link", client.me.genesis, fork.data)
    story.refused("CHAIN_BEHIND", "an admin's fork, too", admin.c.call, "heal_link", client.me.genesis, fork.data)
    got = client.c.call("chain_get", client.me.genesis, lost.seq, 1)[2][0]
    story.equal(got, lost.data, "the link is byte for byte what it was")


def main():
    with Story() as story:
        house = House(story)
        clinic = house.found()
        admin, therapist, prescriber, client = clinic.four()
        old = generation_of(admin)
        close_all(clinic)
        house.stop()
        copy = story.place / "copy"
        shutil.copytree(house.state, copy)
        house.start()
        close_all(clinic)
        one = client.seal(text("one"), kap.SHARED, to=[therapist.me, prescriber.me])
        other = client.seal(text("other"), kap.SHARED, to=[therapist.me, prescriber.me])
        client.push(one, other)
        taken = client.seal(kap.content_make(7, {60: bytes(16), 61: [prescriber.me.pid]}), kap.SHARED, op=kap.UNSHARE,
                            to=[prescriber.me], targets=[other.rid])
        client.push(taken)
        gone = client.seal(kap.content_make(11, {60: bytes(16), 64: 1}), kap.SHARED, op=kap.TOMBSTONE,
                           to=[therapist.me, prescriber.me], targets=[one.rid])
        final = {s.rid: fetched(client, s.rid) for s in (one, other, taken)}
        fork = kap.make_epoch_rotate(client.me, client.device, (client.epoch, kap.Epoch(client.epoch.number + 1)))
        client.rotate()
        lost = kap.Link(client.c.call("chain_get", client.me.genesis, len(client.me.links) - 1, 1)[2][0])
        clinic.sync()
        restored(story, house, clinic, copy)
        new = generation_of(admin)
        before_the_notice(story, therapist, client, one)
        links(story, admin, therapist, client, lost)
        announce(admin, old, new)
        own_link(story, admin, therapist, client, lost, fork)
        hostile(story, therapist, prescriber, client, one, other)

        story.equal(put(therapist, (served(one.record, therapist), one.payload)), (1, "OK"), "a reader gives back a record")
        story.equal(offer(prescriber, one.rid), [True], "another reader's wrap is wanted still")
        story.equal(offer(therapist, one.rid), [False], "theirs is not")
        story.ok((1, one.rid) not in feed_of(prescriber, new), "who has no wrap yet has it not in the feed")
        story.equal(put(prescriber, (served(one.record, prescriber), one.payload)), (1, "OK"), "another reader gives theirs")
        story.ok((1, one.rid) in feed_of(prescriber, new), "and has it in the feed")
        story.equal(put(client, (one.record, one.payload)), (1, "OK"), "the author gives the rest")
        story.equal(fetched(client, one.rid), final[one.rid], "it is byte for byte what it was")
        story.equal(put(prescriber, (without(other.record), None)), (1, "OK"), "who lost it gives what is left")
        story.equal(put(client, (taken.record, taken.payload)), (1, "OK"), "the unshare comes before what it took")
        story.equal(offer(prescriber, other.rid), [False], "what was taken back is not wanted")
        story.equal(put(prescriber, (served(other.record, prescriber), other.payload)), (1, "OK"), "given all the same")
        story.equal(fetched(prescriber, other.rid)[1], None, "it stays away")
        story.equal(put(client, (other.record, other.payload)), (1, "OK"), "the author gives all of it")
        story.equal(fetched(client, other.rid), final[other.rid], "without the wrap that was taken it is what it was")
        false = therapist.seal(kap.content_make(11, {60: bytes(16), 64: 1}), kap.SHARED, op=kap.TOMBSTONE,
                               to=[client.me, prescriber.me], targets=[one.rid])
        story.equal(put(therapist, (false.record, false.payload)), (1, "OK"), "somebody else's tombstone is kept")
        story.equal(fetched(client, one.rid), final[one.rid], "and takes nothing")
        story.equal(put(client, (gone.record, gone.payload)), (1, "OK"), "the author's takes it")
        story.equal(put(therapist, (served(one.record, therapist), one.payload)), (1, "OK"), "whoever gives it then")
        story.equal(fetched(therapist, one.rid)[1], None, "it stays deleted")
        story.equal(offer(client, one.rid), [False], "and is not wanted")
        for person in (client, therapist, prescriber):
            rows = feed_of(person, new)
            story.ok(all(rows.count((1, s.rid)) == 1 for s in (one, other)), "each record stands in each feed once", rows)
        house.whole()


sys.exit(main())
