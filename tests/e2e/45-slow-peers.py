#!/usr/bin/python3
# Goal: peers that are slow, silent, greedy or never read are held to their deadlines and limits, and cost the others nothing.
import socket
import struct
import sys
import threading
import time

import kap_peer as kap
from story import GONE, SANITIZED, House, Story, until

HELLO_MS, FRAME_MS, FLUSH_MS = 600, 900, 1000
SETTINGS = {"hello_ms": HELLO_MS, "frame_ms": FRAME_MS, "flush_ms": FLUSH_MS, "max_guests": 5, "max_handshakes": 12}
LATE = 2.5  # how much later than its deadline a connection may end on a busy machine


class Plain:
    """A TCP connection that may never become more."""

    def __init__(self, address):
        self.sock = socket.create_connection(address, 10)

    def send(self, data):
        self.sock.sendall(data)


def drip(send, data, seconds):
    """A byte every so often, until the far end has enough of it."""
    for i in range(len(data)):
        send(data[i:i + 1])
        time.sleep(seconds)


def client_hello():
    """The first bytes of a TLS handshake."""
    out = kap.ssl.MemoryBIO()
    tls = kap.tls_context(kap.Device()).wrap_bio(kap.ssl.MemoryBIO(), out)
    try:
        tls.do_handshake()
    except kap.ssl.SSLWantReadError:
        return out.read()


def deadlines(story, good):
    """Everybody at the same time, each in a thread; what is measured is when the server ends the connection."""
    hello = kap.frame(kap.pack([0, 1, kap.OP["hello"], [1, 1, "x" * 60]]))
    request = kap.frame(kap.pack([0, 2, kap.OP["fetch"], [[bytes(32)] * 8]]))
    first = client_hello()

    def silent(conn):
        conn.sock.settimeout(20)
        try:
            while conn.sock.recv(4096):
                pass
        except GONE:
            pass

    def slow(data):
        def run(conn):
            try:
                drip(conn.send, data, 0.05)
            except GONE:
                return
            silent(conn)
        return run

    cases = [("says nothing at all", HELLO_MS, Plain, silent), ("sends its TLS handshake byte by byte", HELLO_MS, Plain, slow(first)),
             ("says nothing after its TLS handshake", HELLO_MS, None, silent), ("sends hello byte by byte", HELLO_MS, None, slow(hello)),
             ("sends a request byte by byte", FRAME_MS, None, slow(request)),
             ("begins a request and stops", FRAME_MS, None, lambda conn: (conn.send(request[:7]), silent(conn))),
             ("sends one byte of a length", FRAME_MS, None, lambda conn: (conn.send(request[:1]), silent(conn)))]
    took = {}

    def run(what, limit, make, behave):
        began = time.monotonic()
        conn = make(good.address) if make else kap.Connection(*good.address, good.device)
        if limit == FRAME_MS:
            conn.hello()
            began = time.monotonic()
        behave(conn)
        took[what] = time.monotonic() - began
        conn.sock.close()

    patient = good.connect()
    threads = [threading.Thread(target=run, args=case) for case in cases]
    for thread in threads:
        thread.start()
    longest = 0
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        good.c.call("status")
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.02)
    for what, limit, _, _ in cases:
        seconds = took.get(what, 0)
        story.ok(limit / 1000 * 0.95 <= seconds <= limit / 1000 + LATE, f"a peer that {what} is dropped after {limit} ms",
                 f"after {seconds:.2f} s")
    story.ok(longest < 1, "others are answered all the while", f"once after {longest:.2f} s")
    for part in (request[:5], request[5:40], request[40:]):
        patient.asked[2] = "fetch"
        patient.send(part)
        time.sleep(FRAME_MS / 4000)
    story.equal(patient.answer(2)[0], 0, "the control: a request in three pieces, within its time, on a connection that was idle")
    patient.close()


def never_reads(story, house, good, other):
    """Eight connections ask for megabytes and read none of it."""
    for i in range(10):
        good.write("x" * 700000 + str(i))
    start, before = kap.feed_start(good.me.pid, good.c.hello_body[2]), house.memory()
    good.close()
    greedy = []
    for _ in range(8):
        conn = good.connect()
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.append(conn)
    with kap.Connection(*good.address, good.device) as ninth:
        story.equal(kap.STATUS[ninth.request("hello", 1, 1, "x")[0]], "BUSY", "a device has eight connections and no more")
    for conn in greedy:
        for _ in range(100):
            conn.ask("pull", *start, 1000000)
    most, longest, gone, end = 0, 0, 0, time.monotonic() + FLUSH_MS / 1000 + LATE
    while time.monotonic() < end and gone < len(greedy):
        began = time.monotonic()
        other.write("meanwhile")
        longest, most = max(longest, time.monotonic() - began), max(most, house.memory())
        gone = sum(is_gone(conn) for conn in greedy)
        time.sleep(0.02)
    story.ok(most - before < 64 * 1024, "800 answers of a megabyte that nobody reads do not fill the memory",
             f"{before} KiB before, {most} KiB at most")
    story.ok(longest < 1, "others are answered all the while", f"once after {longest:.2f} s")
    story.equal(gone, 8, f"who takes nothing for {FLUSH_MS} ms is dropped")
    for conn in greedy:
        conn.close()
    if SANITIZED:
        story.skip("and what was kept for them is given back", "sanitizers keep what is freed")
    else:
        story.ok(until(5, lambda: house.memory() < before + 16 * 1024), "and what was kept for them is given back",
                 f"{before} KiB before, {house.memory()} KiB now")
    good.cursor = None
    story.equal(len(good.pull()), 10, "the control: a peer that reads gets all of it")


def is_gone(conn):
    """True when the far end has closed; nothing is read."""
    try:
        conn.sock.setblocking(False)
        conn.sock.send(b"\0")
        return False
    except (kap.ssl.SSLWantWriteError, BlockingIOError):
        return False
    except GONE:
        return True


def all_in_flight(story, good):
    """More requests than may be unanswered, in one write."""
    content = kap.content_make(kap.JOURNAL, {2: "x"})
    sealed = [good.seal(content, kap.PRIVATE) for _ in range(17 * 4)]
    numbers = [good.c.ask("push", [[s.record, s.payload]]) for s in sealed]
    answers = [good.c.answer(number) for number in numbers]
    story.equal([status for status, _ in answers], [0] * len(sealed), f"{len(sealed)} pushes in one breath are all answered")
    seqs = [good.pushed([s], body)[0][1] for s, (_, body) in zip(sealed, answers)]
    story.equal(seqs, sorted(seqs), "in the order in which they were sent")
    good.pull()
    story.equal((good.cursor.seq, good.bad), (seqs[-1], []), "and nothing is lost between them")


def vanish(story, good, other):
    """Connections that are cut off, without a word, while their requests are in work."""
    content = kap.content_make(kap.JOURNAL, {2: "x"})
    start = kap.feed_start(good.me.pid, good.c.hello_body[2])
    for turn in range(16):
        sealed = [good.seal(content, kap.PRIVATE) for _ in range(4)]
        with good.connect() as conn:
            # closing sends a reset: the far end has no time to finish anything
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            conn.ask("watch")
            for s in sealed:
                conn.ask("push", [[s.record, s.payload]])
                conn.ask("pull", *start, 100000)
            time.sleep(turn * 0.002)
        good.push(*sealed)
    story.ok(other.write("still here"), "connections that are cut off amid requests do no harm")
    good.pull()
    story.equal(good.bad, [], "what was sent again is there once, and in order")


def crowd(story, good):
    """Guests and half-open connections have places of their own."""
    guests = []
    for _ in range(SETTINGS["max_guests"]):
        conn = kap.Connection(*good.address, kap.Device())
        conn.hello()
        guests.append(conn)
    with kap.Connection(*good.address, kap.Device()) as conn:
        status, _ = conn.request("hello", 1, 1, "x")
        story.equal(kap.STATUS[status], "BUSY", "the sixth guest is told that it is busy")
    with good.connect() as conn:
        story.equal(conn.request("status")[0], 0, "a member comes in all the same")
    for conn in guests:
        conn.close()

    def guest_again():
        with kap.Connection(*good.address, kap.Device()) as conn:
            return conn.request("hello", 1, 1, "x")[0] == 0
    story.ok(until(5, guest_again), "when guests have left, others come in")
    half_open = [Plain(good.address) for _ in range(SETTINGS["max_handshakes"] * 3)]
    began = time.monotonic()
    story.equal(good.c.call("status")[0] >= 0, True, "a crowd that does not finish its handshake is no matter for who is in")
    with good.connect() as conn:
        story.equal(conn.request("status")[0], 0, "who comes while the places are taken waits until the crowd's time is over")
    story.ok(time.monotonic() - began < HELLO_MS / 1000 * 3 + LATE, "and not longer", f"{time.monotonic() - began:.2f} s")
    for conn in half_open:
        conn.sock.close()


def main():
    with Story() as story:
        house = House(story, **SETTINGS)
        clinic = house.found()
        other = clinic.staff(kap.THERAPIST)
        deadlines(story, clinic.admin)
        never_reads(story, house, clinic.admin, other)
        all_in_flight(story, clinic.admin)
        vanish(story, clinic.admin, other)
        crowd(story, clinic.admin)
        house.whole()


sys.exit(main())
