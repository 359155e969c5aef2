#!/usr/bin/python3
# Goal: a device that was put out is out at once: its connections, those to come, what it had under way, and for good.
import signal
import socket
import ssl
import sys
import time

import kap_peer as kap
from story import GONE, House, Story

BOX = bytes(range(16))
ROUNDS, PUSHES = 6, 12


def seconds_until_closed(conn):
    """How long from now until this connection is closed by the server; None: not within 5 s."""
    begun = time.monotonic()
    conn.sock.settimeout(5)
    try:
        while True:
            conn.read()
    except TimeoutError:
        return None
    except GONE:
        return time.monotonic() - begun


def said_at_hello(address, device, **options):
    with kap.Connection(*address, device, **options) as conn:
        return kap.STATUS[conn.request("hello", 1, 1, "x")[0]]


def live_connections(story, client, therapist):
    """D01. One that watches, one that waits, one that is idle; and a TLS session that was kept."""
    lost = client.add_device()
    watching, waiting, idle = lost.connect(), lost.connect(), lost.connect()
    watching.call("watch")
    waiting.ask("mailbox_get", BOX, 3, 25000)
    waiting.ask("mailbox_get", BOX, 4, 25000)
    context = kap.tls_context(lost.device)
    kept = kap.Connection(*lost.address, lost.device, context=context)
    kept.hello()
    session = kept.sock.session
    story.ok(session is None or not session.has_ticket, "the server gives out no TLS session to come back with")
    with client.connect() as own, therapist.connect() as other:
        own.call("watch")
        client.revoke(lost.device.did)
        for what, conn in (("watches", watching), ("waits for a mailbox", waiting), ("is idle", idle), ("is kept", kept)):
            took = seconds_until_closed(conn)
            story.ok(took is not None and took < 2, f"its connection that {what} is closed at once", took)
            conn.close()
        story.equal(kap.STATUS[own.request("status")[0]], "OK", "the control: the person's own device goes on")
        story.equal(kap.STATUS[other.request("status")[0]], "OK", "and so does everybody else's")
    story.equal(said_at_hello(client.address, lost.device), "REVOKED", "a new connection is told so at hello")
    resumed(story, client.address, context, session)
    return lost


def resumed(story, address, context, session):
    plain = socket.create_connection(address, 10)
    try:
        sock = context.wrap_socket(plain, session=session)
    except (ssl.SSLError, ValueError) as e:
        story.ok(True, f"the old TLS session is not taken up: {type(e).__name__}")
        plain.close()
        return
    with sock:
        story.ok(not sock.session_reused, "the old TLS session is not taken up")
        sock.sendall(kap.frame(kap.pack([0, 1, kap.OP["hello"], [1, 1, "x"]])))
        answer = sock.recv(4096)
        story.equal(kap.unpack(answer[4:])[2], kap.STATUS_OF["REVOKED"], "and a hello on it is refused")


def others_seal_anew(story, client, therapist):
    """What is sealed to the old epoch is not taken: the lost device has its key."""
    content = kap.content_make(kap.JOURNAL, {2: "for whom?"})
    stale = next(p for p in therapist.chains.values() if p.genesis == client.me.genesis)
    sealed = therapist.seal(content, kap.SHARED, to=[stale])
    accepted, _, _, stop = therapist.c.call("push", [[sealed.record, sealed.payload]])
    story.equal((accepted, kap.STATUS[stop]), (0, "CHAIN_BEHIND"), "a record sealed to the old epoch is not taken")
    therapist.take_back([sealed])
    therapist.sync()
    now = therapist.chains[client.me.genesis]
    story.equal(now.epoch, client.epoch.number, "who reads the chains again knows the new epoch")
    sealed = therapist.seal(content, kap.SHARED, to=[now])
    accepted, _, _, stop = therapist.c.call("push", [[sealed.record, sealed.payload]])
    story.equal((accepted, stop), (1, 0), "and what is sealed to that is taken")


def race(story, client):
    """D06. Requests of the device that goes are on their way when it is put out. What it sent before is stored, in order
    and without a gap; nothing after; and of two links for one place one is in the chain."""
    wrong, won, lost_race = [], 0, 0
    for turn in range(ROUNDS):
        thief = client.add_device()
        conn = thief.connect()
        content = kap.content_make(kap.JOURNAL, {2: "quick"})
        records = [thief.seal(content, kap.PRIVATE) for _ in range(PUSHES)]
        friend = kap.make_device_add(thief.me, thief.device, thief.epoch, kap.prove_device(kap.Device(), thief.me.genesis))
        client.sync()
        then = kap.Epoch(client.epoch.number + 1)
        out = kap.make_device_revoke(client.me, client.device, (client.epoch, then), [thief.device.did],
                                     client.clinic.head[1:])
        # all in one piece, so that the server has it at once; half of the times the link that adds comes first
        frames, number = b"", conn.last_id
        asked = [("push", [[r.record, r.payload]]) for r in records]
        asked.insert(0 if turn % 2 else PUSHES, ("chain_put", client.me.genesis, friend.data))
        for op, *arguments in asked:
            number += 1
            frames += kap.frame(kap.pack([0, number, kap.OP[op], arguments]))
        request = client.c.ask("chain_put", client.me.genesis, out.data) if turn % 3 else None
        conn.send(frames)
        if request is None:
            request = client.c.ask("chain_put", client.me.genesis, out.data)
        status, _ = client.c.answer(request)
        conn.close()
        chain = kap.KeyChain(client.chain_get(client.me.genesis)[0])
        there = [r is not None for i in range(0, PUSHES, 4)
                 for r, _ in client.c.call("fetch", [r.rid for r in records[i:i + 4]])[0]]
        if status == 0:
            won += 1
            client.me.add(out.data)
            client.epochs[client.epoch.number], client.epoch = client.epoch, then
            if any(link.signer == thief.device.did for link in map(kap.Link, client.chain_get(client.me.genesis)[0])):
                wrong.append("a link by the device that is out")
            if said_at_hello(client.address, thief.device) != "REVOKED":
                wrong.append("it is still let in")
        elif kap.STATUS[status] == "CHAIN_BEHIND":
            lost_race += 1  # the link that adds was first: put out both
            client.me = chain
            client.revoke(thief.device.did)
        else:
            wrong.append(kap.STATUS[status])
        if there != sorted(there, reverse=True):
            wrong.append(f"a gap: {there}")
        time.sleep(0.02)
        again = [r is not None for i in range(0, PUSHES, 4)
                 for r, _ in client.c.call("fetch", [r.rid for r in records[i:i + 4]])[0]]
        if status == 0 and again != there:
            wrong.append("a record came after the revocation was answered")
    story.equal(wrong, [], f"{ROUNDS} races: {won} revocations came first, {lost_race} were signed again")


def mailbox(story, client):
    """Two who do not know each other meet in a box."""
    guest = kap.Connection(*client.address, kap.Device())
    guest.hello()
    box = bytes(reversed(BOX))
    story.equal(kap.STATUS[guest.request("mailbox_put", box, 0, b"mine")[0]], "GUEST", "a guest opens no mailbox")
    held = guest.ask("mailbox_get", box, 0, 25000)
    client.c.call("mailbox_put", box, 0, b"hello")
    story.equal(guest.answer(held), (0, [b"hello"]), "a get that is held ends when the slot is filled")
    begun = time.monotonic()
    story.equal(kap.STATUS[guest.request("mailbox_get", box, 2, 300)[0]], "NOT_FOUND", "or when its time is over")
    story.ok(0.25 < time.monotonic() - begun < 3, "which is when it asked for", time.monotonic() - begun)
    story.equal(kap.STATUS[guest.request("mailbox_put", box, 1, b"answer")[0]], "OK", "the guest fills another slot")
    story.equal(client.c.call("mailbox_get", box, 1, 0)[0], b"answer", "which is found at once")
    guest.ask("mailbox_get", box, 5, 25000)
    guest.close()
    story.equal(kap.STATUS[client.c.request("mailbox_get", box, 1, 0)[0]], "OK", "one that waits and hangs up harms nobody")


def main():
    with Story() as story:
        clinic = House(story).found()
        _, therapist, _, client = clinic.four()
        therapist.sync()
        lost = live_connections(story, client, therapist)
        others_seal_anew(story, client, therapist)
        race(story, client)
        mailbox(story, client)
        waiting = client.connect()
        waiting.ask("mailbox_get", BOX, 6, 25000)
        clinic.close()
        begun = time.monotonic()
        story.equal(clinic.house.stop(signal.SIGTERM), 0, "the server ends, with somebody waiting at a mailbox")
        story.ok(time.monotonic() - begun < 5, "and soon")
        waiting.close()
        clinic.house.start()
        client.address = therapist.address = ("127.0.0.1", clinic.house.port)
        story.equal(said_at_hello(client.address, lost.device), "REVOKED", "a device that is out stays out when the server starts anew")
        story.equal(said_at_hello(client.address, client.device), "OK", "the control: the other one does not")
        clinic.close()
        clinic.house.whole()
        shown = clinic.house.kapctl("audit", "show").stdout
        for word in ("device-added", "device-revoked", "epoch-begun"):
            story.ok(f"op={word} " in shown, f"the audit log says {word}")


sys.exit(main())
