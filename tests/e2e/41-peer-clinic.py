#!/usr/bin/python3
# Goal: peers that share no code with the server found a clinic, join it, and exchange, take back and acknowledge records.
import subprocess
import sys
import threading
import time

import kap_peer as kap
from story import GONE, Clinic, House, Story, text_of


def founding(story, house):
    code = house.init()
    house.start()
    guest = kap.Peer()
    guest.address = ("127.0.0.1", house.port)
    with guest.connect() as conn:
        version, clinic, _, pid, role, now, limits = conn.hello_body
        story.equal((version, clinic, pid, role), (1, None, None, 0), "before the founding there is no clinic, only guests")
        story.equal(limits, [kap.FRAME_MAX, kap.IN_FLIGHT, 64, kap.PAYLOAD_MAX], "hello says the limits")
        story.ok(abs(now - kap.now_ms()) < 5000, "hello says the time")
    late = kap.Peer()
    conn, invite, packet = late.look_at(code, "127.0.0.1", house.port)
    late.key_link = kap.make_key_chain(late.device, kap.Device.of_recovery_code(late.recovery_code), late.epoch, invite)
    late.me = kap.KeyChain([late.key_link.data])
    links = [link.data for link in late.found(invite, packet)]
    admin = kap.Peer().join(code, "127.0.0.1", house.port)
    status, _ = conn.request("join", invite.id, late.key_link.data, links)
    conn.close()
    story.equal(kap.STATUS[status], "CODE_USED", "of two who found the clinic at the same moment one is too late")
    story.equal([m.role for m in admin.clinic.members.values()], [kap.ADMIN], "the founding code makes the first admin")
    with admin.connect() as conn:
        _, clinic, _, pid, role, _, _ = conn.hello_body
        story.equal((clinic, pid, role), (admin.clinic_id, admin.me.pid, kap.ADMIN), "who is known as such from now on")
    story.refused("CODE_USED", "the founding code works once", kap.Peer().join, code, "127.0.0.1", house.port)
    return admin


def joining(story, clinic):
    admin = clinic.admin
    code = admin.invite(kap.THERAPIST, name="Thea")
    conn, invite, packet = kap.Peer().look_at(code, "127.0.0.1", clinic.house.port)
    conn.close()
    story.equal((packet.name, packet.role, packet.inviter), ("Thea", kap.THERAPIST, admin.me.genesis),
                "a guest opens the packet of an invitation")
    therapist = clinic.join(code)
    story.refused("CODE_USED", "a code is refused the second time", clinic.join, code)
    clinic.people = [p for p in clinic.people if p.me is not None]
    states = {number: (state, refusals) for number, state, _, refusals in admin.c.call("status")[3]}
    story.equal(states[invite.id], (2, 1), "and its maker sees that somebody tried")
    story.refused("CODE_UNKNOWN", "a code that was never made is unknown", clinic.join, kap.code_new(kap.INVITATION))
    prescriber = clinic.staff(kap.PRESCRIBER)
    client = clinic.client(therapist, prescriber)
    other = clinic.client(therapist)
    clinic.sync()
    story.equal(client.clinic.teams, {client.me.genesis: sorted([therapist.me.genesis, prescriber.me.genesis])},
                "a client reads their own team from the chain and nobody else's")
    story.equal(len(therapist.clinic.teams), 2, "the therapist reads both clients' teams")
    story.equal((len(prescriber.clinic.teams), len(prescriber.clinic.withheld)), (1, 2),
                "the prescriber sees that the other client's links exist, not whom they concern")
    story.equal([x.hash for x in prescriber.clinic.links], [x.hash for x in admin.clinic.links], "all hold the same chain")
    story.refused("NOT_FOUND", "the key chain of a client is not served to whom they are not related to",
                  prescriber.chain_get, other.me.genesis)
    story.refused("NOT_FOUND", "as little as a chain that is not there", prescriber.chain_get, kap.random(32))
    own, others = client.chain_get(client.me.genesis)[0], therapist.chain_get(client.me.genesis)[0]
    boxes = kap.Link(own[0]).boxes, kap.Link(others[0]).boxes
    story.ok(boxes[0] is not None and boxes[1] is None, "the boxes with the seed are served to oneself only")
    box = kap.KeyChain(own).boxes[0]
    story.equal(kap.Epoch.from_box(client.device, box, 1, client.me.seal).seed, client.epoch.seed, "and hold the seed")
    return therapist, prescriber, client, other


def records(story, therapist, prescriber, client, other):
    private = client.write("only mine")
    shared = client.write("for both", kap.SHARED, [therapist.me, prescriber.me])
    story.equal([text_of(c) for _, _, c in client.pull()], ["only mine", "for both"], "a client reads what they wrote")
    story.equal([text_of(c) for _, _, c in therapist.pull()], ["for both"], "the therapist what was shared, and no more")
    story.equal([text_of(c) for _, _, c in prescriber.pull()], ["for both"], "the prescriber too")
    story.equal(other.pull(), [], "the other client nothing")
    record = therapist.records[shared.rid][0]
    story.equal([isinstance(w, bytes) for w in record.wraps].count(True), 2, "each is served their own wrap alone")
    story.equal(len([w for w in client.records[shared.rid][0].wraps if isinstance(w, list)]), 3, "the author all of them")
    story.equal(other.fetch(shared.rid, private.rid, kap.random(32)), [[None, None]] * 3,
                "what one is not in the audience of is answered like what does not exist")
    story.equal([bool(r) for r, _ in therapist.fetch(shared.rid, private.rid)], [True, False], "fetch gives what is one's own")
    return shared


def taking_back(story, therapist, prescriber, client, shared):
    fields = {60: client.records[shared.rid][1].item, 61: [prescriber.me.pid]}
    back = client.seal(kap.content_make(kap.UNSHARE_CONTENT, fields), kap.SHARED, kap.UNSHARE, to=[prescriber.me],
                       targets=[shared.rid])
    client.push(back)
    news = prescriber.pull()
    story.equal([(event, rid) for event, rid, _ in news], [(kap.NEW_RECORD, back.rid), (kap.WRAP_TAKEN, shared.rid)],
                "who a record is taken from is told, after the record that says so")
    data, payload = prescriber.fetch(shared.rid)[0]
    story.ok(data is None or kap.Record(data).wrap_of(prescriber.me.pid) is None, "and is served its wrap no more")
    story.ok(data is None or payload is None, "nor the payload")
    data, payload = therapist.fetch(shared.rid)[0]
    record = kap.Record(data)
    story.ok(record.rid == shared.rid and record.wrap_of(therapist.me.pid) and payload, "the others keep theirs")
    data, _ = client.fetch(shared.rid)[0]
    story.equal([w for w in kap.Record(data).wraps if isinstance(w, bytes)], [kap.H("wrap", kap.pack(
        [w for w in client.records[shared.rid][0].wraps if isinstance(w, list) and w[0] == prescriber.me.pid][0]))],
        "even the author is served a hash in its place")
    late = kap.Peer.load(story.place / "prescriber")
    client.write("after that", kap.SHARED, [prescriber.me])
    story.equal([(event, text_of(c)) for event, _, c in late.pull()],
                [(1, None), (1, None), (2, None), (1, "after that")], "a device that comes later counts the record and reads on")
    story.equal(late.bad, [], "without finding anything wrong")
    late.close()
    prescriber.pull()


def clinical(story, therapist, prescriber, client):
    until = int(time.time()) + 3600
    asked = therapist.write("please look today", kap.CLINICAL, [prescriber.me], kind=kap.MESSAGE, answer_by=until)
    story.equal([text_of(c) for _, _, c in prescriber.pull()], ["please look today"], "staff ask staff for an answer")
    done = prescriber.seal(kap.content_make(kap.ACKNOWLEDGEMENT, {2: "seen"}), kap.CLINICAL, kap.ACKNOWLEDGE,
                           to=[therapist.me], targets=[asked.rid])
    story.equal(len(prescriber.push(done)), 1, "who was asked acknowledges")
    opened = prescriber.seal(kap.content_make(kap.RECEIPT_CONTENT, {50: 2}), kap.CONTROL, kap.RECEIPT, to=[therapist.me],
                             targets=[asked.rid])
    story.equal(len(prescriber.push(opened)), 1, "and says that it was opened")
    therapist.pull()
    story.ok({done.rid, opened.rid} <= set(therapist.records) and not therapist.bad, "the asker reads both")
    profile = client.write("Cleo", kap.CONTROL, [therapist.me], kind=kap.PROFILE)
    therapist.pull()
    story.equal(therapist.records[profile.rid][1].fields, {40: "Cleo"}, "a client's profile reaches their therapist")


def again(story, client):
    sealed = client.seal(kap.content_make(kap.JOURNAL, {2: "twice"}), kap.PRIVATE)
    first, before = client.push(sealed), client.c.call("status")
    second, after = client.push(sealed), client.c.call("status")
    story.equal(second, first, "the same record again gets the same entry of a receipt")
    story.equal(after, before, "and is no second row of the feed")
    many = [client.seal(kap.content_make(kap.JOURNAL, {2: f"number {i}"}), kap.PRIVATE) for i in range(64)]
    entries = client.push(*many)
    story.equal([seq for _, seq, _ in entries], list(range(after[0] + 1, after[0] + 65)), "64 records in one push")
    client.pull(1)
    story.equal((client.cursor.seq, client.cursor.head), tuple(entries[-1][1:]), "pulled one by one they end where the receipt says")
    story.equal(client.bad, [], "and all of them verify")
    generation, seq, head = client.cursor
    story.refused("CURSOR", "a cursor with another head is not known", client.c.call, "pull", generation, seq, bytes(32), 1)
    story.refused("CURSOR", "nor one from the future", client.c.call, "pull", generation, seq + 1, head, 1)
    story.refused("GENERATION", "nor one of another life of the store", client.c.call, "pull", bytes(16), seq, head, 1)
    story.equal(client.c.call("pull", generation, seq, head, 1)[:2], [[], False], "one's own cursor is")


def watching(story, clinic, therapist, client):
    with therapist.connect() as conn:
        seq, head = conn.call("watch")
        therapist.pull()
        story.equal((seq, head), therapist.cursor[1:], "watch says where one's feed ends")
        began = time.monotonic()
        client.write("news", kap.SHARED, [therapist.me])
        event = conn.event(5)
        story.ok(event and time.monotonic() - began < 1, "an event comes within a second of the commit", repr(event))
        therapist.pull()
        story.equal(event, (1, list(therapist.cursor)), "and says where the feed ends now")
        prescriber = clinic.people[2]
        old = prescriber.write("before the change", kap.SHARED, [client.me])
        clinic.admin.set_role(prescriber.me.genesis, kap.AUDITOR)
        story.equal(conn.event(5), (2, list(clinic.admin.clinic.head[1:])), "so does one when the clinic chain grows")
        story.equal(conn.event(0.05), None, "and no more than these")
    client.sync()
    client.pull()
    story.ok(old.rid in client.records, "what somebody wrote before their role changed is read")
    story.refused("ROLE", "what they may not write any more is refused", prescriber.write, "after it", kap.SHARED, [client.me])


def invitations_in_one_breath(story, admin):
    """Requests that wait for the disk together keep what is theirs."""
    admin.sync()
    made, asked, head = [], [], admin.clinic.head
    for _ in range(8):
        invite, expires = kap.InviteKeys(kap.code_read(kap.code_new(kap.INVITATION))[1]), kap.now_ms() + kap.DAY_MS
        link = admin.link(head, kap.INVITE, None, [invite.public, kap.AUDITOR, [], expires])
        head = (admin.clinic_id, link.seq, link.hash)
        made.append((invite.id, kap.random(100), link.data))
    for arguments in made:
        asked.append(admin.c.ask("invite_put", *arguments))
    story.equal([admin.c.answer(number)[0] for number in asked], [0] * 8, "eight invitations in one breath")
    story.equal([admin.c.call("invite_get", number)[0] for number, _, _ in made], [packet for _, packet, _ in made],
                "are all there, each with its own packet")
    admin.sync()


def at_once(story, clinic):
    """Several join, and an admin writes, at the same moment: all but one of them sign again."""
    admin, house = clinic.admin, clinic.house
    behind, done = [], []
    codes = [admin.invite(kap.MEDICAL) for _ in range(4)]
    barrier = threading.Barrier(len(codes))
    request = kap.Connection.request

    def counted(conn, op, *arguments):
        if op == "join":
            if conn.last_id == 2:  # hello and invite_get are answered: all have read the same head
                barrier.wait(20)
            status, body = request(conn, op, *arguments)
            behind.append(status == kap.STATUS_OF["CHAIN_BEHIND"])
            return status, body
        return request(conn, op, *arguments)

    def join(code):
        done.append(kap.Peer().join(code, "127.0.0.1", house.port))
    kap.Connection.request = counted
    threads = [threading.Thread(target=join, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kap.Connection.request = request
    clinic.people += done
    story.equal(len(done), len(codes), "four who join at the same moment all come in")
    story.ok(sum(behind) >= 3, "all but the first were told that the chain had grown", repr(behind))
    before = admin.clinic.head
    stale = admin.link(before, kap.POLICY, None, [[kap.INVITE_DAYS, 30]])
    admin.sync()
    status, body = admin.c.request("chain_put", admin.clinic_id, stale.data)
    story.equal((kap.STATUS[status], body), ("CHAIN_BEHIND", list(admin.clinic.head[1:])),
                "a link on an old head is refused with the head that there is")
    link = admin.append(kap.POLICY, None, [[kap.INVITE_DAYS, 30]])
    story.equal(admin.clinic.policy[kap.INVITE_DAYS], 30, "signed again it is taken")
    story.equal(admin.c.call("chain_put", admin.clinic_id, link.data), list(admin.clinic.head[1:]),
                "and the same link once more is answered as the first time")
    story.equal(len(admin.chain_get(admin.clinic_id)[0]), admin.clinic.head[1] + 1, "without a second place in the chain")


def by_hand(story, clinic):
    """The command line of kap_peer.py."""
    file = story.place / "hand"

    def run(*words):
        done = subprocess.run([kap.__file__, file, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    code = f"{clinic.admin.invite(kap.THERAPIST)}@127.0.0.1:{clinic.house.port}"
    story.equal(run("join", code)[0], 0, "by hand: join")
    colleague = clinic.people[1].me.genesis.hex()[:8]
    for words, wanted in ((("people",), colleague), (("write", "a line"), ""), (("write", "for a colleague", colleague, "--clinical"), ""),
                          (("pull",), "a line"), (("status",), "own records 2"), (("invite", "client"), "@127.0.0.1:")):
        code, out = run(*words)
        story.ok(code == 0 and wanted in out, f"by hand: {' '.join(words[:2])}", out)
    story.ok(file.stat().st_mode & 0o777 == 0o600, "the file with the keys is for its owner alone")
    story.equal(run("join", "no code")[0], 1, "by hand: a code that is none")


def leaving(story, clinic, therapist, client, other):
    with client.connect() as open_one, client.connect() as watching_one:
        watching_one.call("watch")
        clinic.admin.remove(client.me.genesis)
        story.closed("the connections of somebody who is removed are closed", open_one)
        story.closed("those that watch, too", watching_one)
    client.close()
    story.refused("REVOKED", "and a new one is told why", client.connect)
    status = None
    try:
        with kap.Connection(*client.address, client.device, client.pins) as conn:
            conn.request("hello", 1, 1, "kap_peer")
            status, _ = conn.request("pull", *client.cursor, 1)
    except GONE:
        pass
    story.equal(status, None, "nothing is served on it")
    therapist.sync()
    story.ok(not therapist.clinic.active(client.me.genesis), "the therapist reads that they have left")
    story.refused("NO_GRANT", "and cannot write to them any more", therapist.write, "hello?", kap.SHARED, [client.me])
    story.ok(therapist.write("hello", kap.SHARED, [other.me]), "but to the other client")


def main():
    with Story() as story:
        house = House(story)
        admin = founding(story, house)
        clinic = Clinic(house, admin)
        therapist, prescriber, client, other = joining(story, clinic)
        prescriber.save(story.place / "prescriber")
        shared = records(story, therapist, prescriber, client, other)
        taking_back(story, therapist, prescriber, client, shared)
        clinical(story, therapist, prescriber, client)
        again(story, client)
        watching(story, clinic, therapist, client)
        invitations_in_one_breath(story, admin)
        at_once(story, clinic)
        by_hand(story, clinic)
        clinic.admin.sync()
        leaving(story, clinic, therapist, client, other)
        house.whole()




sys.exit(main())
