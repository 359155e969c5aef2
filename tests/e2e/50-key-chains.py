#!/usr/bin/python3
# Goal: a person's chain goes on: devices let in, put out, epochs and recovery codes begun anew, by a peer and the server.
import sys

import kap_peer as kap
from story import GONE, House, Story, text_of


def second_device(story, clinic, therapist, client):
    client.write("before the second device", kap.SHARED, [therapist.me])
    tablet = client.add_device()
    clinic.people.append(tablet)
    story.equal(tablet.c.hello_body[3:5], [client.me.pid, kap.CLIENT], "the new device is the same person to the server")
    story.equal([text_of(c) for _, _, c in tablet.pull()], ["before the second device"], "and reads what was written before it")
    tablet.write("from the tablet", kap.SHARED, [therapist.me])
    story.equal([text_of(c) for _, _, c in therapist.pull()], ["before the second device", "from the tablet"],
                "the therapist reads both, once the key chain's news is here")
    story.equal(therapist.bad, [], "with nothing wrong")
    client.pull()
    return tablet


def what_is_refused(story, client, tablet, therapist):
    def put(link, peer=client):
        return peer.c.call("chain_put", client.me.genesis, link.data)

    fresh, epochs = kap.Device(), (client.epoch, kap.Epoch(client.epoch.number + 1))
    head = client.clinic.head[1:]
    good = kap.make_epoch_rotate(client.me, client.device, epochs)
    outer, signature, inner, boxes = kap.decode(kap.LINK, good.data)
    bare = kap.Link(kap.pack([outer, signature, inner, None]))
    story.refused("SHAPE", "a link without its boxes", put, bare)
    story.refused("NOT_AUTHOR", "one that another device signed", put, kap.make_epoch_rotate(client.me, tablet.device, epochs))
    story.refused("LINK", "a revocation of oneself", put,
                  kap.make_device_revoke(client.me, client.device, epochs, [client.device.did], head))
    story.refused("CHAIN_BEHIND", "a revocation that names another clinic head", put, kap.make_device_revoke(
        client.me, client.device, epochs, [tablet.device.did], (head[0], kap.random(32))))
    proven = kap.prove_device(fresh, therapist.me.genesis)
    story.refused("LINK", "a device that was proven to another person", put,
                  kap.make_device_add(client.me, client.device, client.epoch, proven))
    core, pops = kap.prove_device(fresh, client.me.genesis)
    story.refused("SIGNATURE", "a device whose proofs are swapped", put,
                  kap.make_device_add(client.me, client.device, client.epoch, [core, pops[::-1]]))
    taken = kap.prove_device(therapist.device, client.me.genesis)
    story.refused("EXISTS", "a device of somebody else", put,
                  kap.make_device_add(client.me, client.device, client.epoch, taken))
    story.refused("NOT_FOUND", "another person's chain", therapist.c.call, "chain_put", client.me.genesis, good.data)


def put_out(story, therapist, client, tablet):
    tablet.c
    client.revoke(tablet.device.did)
    story.equal(client.epoch.number, 2, "a revocation begins an epoch")
    story.closed("the connection of the device that is out is closed", tablet.conn)
    tablet.conn = None
    try:
        got = kap.STATUS[kap.Connection(*client.address, tablet.device).request("hello", 1, 1, "x")[0]]
    except GONE:
        got = "closed"
    story.equal(got, "REVOKED", "and hello tells it why")
    therapist.sync()
    note = therapist.write("to the new epoch", kap.SHARED, [client.me])
    wrap = kap.Record(therapist.fetch(note.rid)[0][0]).wrap_of(client.me.pid)
    story.equal(wrap[1], 2, "others seal to the new epoch")
    story.equal([text_of(c) for _, _, c in client.pull()], ["to the new epoch"], "which the device that stayed opens")
    try:
        kap.hpke_open(tablet.epoch.seal, kap.wrap_info(kap.H("core", kap.Record(note.record).core_bytes), client.me.pid, 1), wrap[2])
        opened = True
    except kap.Bad:
        opened = False
    story.ok(not opened, "and the one that is out does not")


def paper(story, clinic, therapist, client):
    """Everything is lost but the recovery code."""
    device, lost = kap.Device.of_recovery_code(client.recovery_code), client
    with kap.Connection(*client.address, device) as conn:
        story.equal(conn.hello()[3:5], [client.me.pid, kap.CLIENT], "the paper device is told whose it is")
        story.equal(kap.STATUS[conn.request("status")[0]], "ROLE", "but may not do what devices do")
        links = conn.call("chain_get", lost.me.genesis, 0, 256)[2]
        chain = kap.KeyChain(links)
        epochs = chain.open_epochs(device)
        story.equal([epochs[n].seed for n in (1, 2)], [lost.epochs[1].seed, lost.epoch.seed], "its box leads to every epoch")
        rotate = kap.make_epoch_rotate(chain, device, (epochs[2], kap.Epoch(3)))
        story.equal(kap.STATUS[conn.request("chain_put", chain.genesis, rotate.data)[0]], "ROLE", "it may not begin an epoch")
        fresh = kap.Peer()
        link = kap.make_device_add(chain, device, epochs[2], kap.prove_device(fresh.device, chain.genesis))
        conn.call("chain_put", chain.genesis, link.data)
    fresh.key_link, fresh.address, fresh.clinic_id = lost.key_link, lost.address, lost.clinic_id
    fresh.pins, fresh.log, fresh.names = lost.pins, lost.log, lost.names
    fresh.me = kap.KeyChain(fresh.chain_get(chain.genesis)[0])
    fresh.chains[chain.genesis] = fresh.me
    fresh.read_epochs()
    fresh.sync()
    clinic.people.append(fresh)
    story.equal([text_of(c) for _, _, c in fresh.pull()],
                ["before the second device", "from the tablet", "to the new epoch"], "and a new device reads everything again")
    # N10. A paper that was replaced.
    old = device
    fresh.rotate_recovery()
    fresh.revoke(lost.device.did)
    story.equal((fresh.epoch.number, len(fresh.me.active())), (4, 1), "which takes a new code and puts the lost device out")
    with kap.Connection(*client.address, old) as conn:
        story.equal(kap.STATUS[conn.request("hello", 1, 1, "x")[0]], "REVOKED", "the old code opens nothing any more")
    fresh.rotate()
    fresh.write("from here on", kap.SHARED, [therapist.me])
    therapist.sync()
    story.equal([text_of(c) for _, _, c in therapist.pull()][-1], "from here on", "life goes on")
    again = kap.KeyChain(fresh.chain_get(chain.genesis)[0]).open_epochs(fresh.device)
    story.equal(sorted(again), [1, 2, 3, 4, 5], "the newest box leads back through all five epochs")


def staff_sign(story, clinic, admin):
    """A link of the clinic by a device that came later, and what becomes of it when that device is put out."""
    laptop = admin.add_device()
    clinic.people.append(laptop)
    laptop.append(kap.POLICY, None, [[kap.INVITE_DAYS, 7]])
    admin.sync()
    admin.revoke(laptop.device.did)
    late = laptop.link(laptop.clinic.head, kap.POLICY, None, [[kap.INVITE_DAYS, 30]])
    try:
        got = kap.STATUS[laptop.c.request("chain_put", laptop.clinic_id, late.data)[0]]
    except (*GONE, kap.Refused):
        got = "REVOKED"
    story.equal(got, "REVOKED", "a device that is out signs nothing for the clinic")
    clinic.people.remove(laptop)
    laptop.close()
    admin.append(kap.POLICY, None, [[kap.INVITE_DAYS, 14]])
    other = clinic.staff(kap.MEDICAL)
    admin.sync()
    story.equal(len(other.clinic.links), len(admin.clinic.links), "who comes later takes what it signed before")
    for generation in (b"2", b"3"):
        admin.append(kap.RESTORE_NOTICE, None, [admin.c.hello_body[2] if generation == b"2" else b"2" * 16, generation * 16])
    other.sync()
    story.ok(other.clinic.restored(admin.c.hello_body[2], b"3" * 16), "notices of restored servers lead from one to the next")
    story.refused("LINK", "a generation comes but once", admin.append, kap.RESTORE_NOTICE, None, [b"4" * 16, b"2" * 16])


def succession(story, clinic, admin, therapist, prescriber):
    old = clinic.client(therapist)
    clinic.sync()
    new = clinic.join(admin.invite(kap.CLIENT, [prescriber.me.genesis]))
    clinic.sync()
    admin.append(kap.SUCCESSION + kap.CONFINED, admin.about(new.me.genesis), [old.me.genesis, new.me.genesis])
    story.equal(admin.clinic.successors, {old.me.genesis: new.me.genesis}, "an admin puts one client in the place of another")
    try:
        old.close()
        got = kap.STATUS[old.connect() and 0]
    except kap.Refused as e:
        got = kap.STATUS[e.status]
    story.equal(got, "REVOKED", "the old one is out")
    clinic.people.remove(old)
    clinic.sync()
    story.equal(new.clinic.predecessors, {new.me.genesis: old.me.genesis}, "the new one learns who was before")
    story.equal(prescriber.clinic.predecessors, {new.me.genesis: old.me.genesis}, "so does their team")
    story.equal((therapist.clinic.predecessors, therapist.clinic.active(old.me.genesis)), ({}, False),
                "the old one's team learns that they are gone")
    story.equal(kap.KeyChain(new.chain_get(old.me.genesis)[0]).pid, old.me.pid, "the new one may read the old one's key chain")
    story.refused("LINK", "nobody has two successors", admin.append, kap.SUCCESSION + kap.CONFINED,
                  admin.about(new.me.genesis), [old.me.genesis, new.me.genesis])


def main():
    with Story() as story:
        house = House(story)
        clinic = house.found()
        admin, therapist, prescriber, client = clinic.four()
        tablet = second_device(story, clinic, therapist, client)
        clinic.people.remove(tablet)
        what_is_refused(story, client, tablet, therapist)
        put_out(story, therapist, client, tablet)
        paper(story, clinic, therapist, client)
        clinic.people.remove(client)
        client.close()
        staff_sign(story, clinic, admin)
        succession(story, clinic, admin, therapist, prescriber)
        clinic.close()
        house.whole()


sys.exit(main())
