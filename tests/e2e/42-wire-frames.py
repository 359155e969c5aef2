#!/usr/bin/python3
# Goal: whatever bytes a peer sends, before, in and after TLS, it is answered or dropped as the protocol says, and others are served on.
import os
import random
import socket
import ssl
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import kap_peer as kap
from story import GONE, House, Story

CLOSED = "closed"
NOBODY = bytes(16)
GET = kap.OP["invite_get"]


def say(*parts):
    return kap.pack(list(parts))


def outcome(conn):
    """What comes until the server closes: statuses by name, and `closed` or not."""
    came = []
    conn.sock.settimeout(5)
    try:
        while True:
            message = conn.read()
            came.append(kap.STATUS[message[2]])
    except TimeoutError:
        return came
    except GONE:
        return came + [CLOSED]


def exchange(address, device, *frames, raw=b"", hello=True):
    """Sends whole frames and then bytes, says that no more will come, and returns the outcome."""
    with kap.Connection(*address, device) as conn:
        if hello:
            conn.hello()
        try:
            conn.send(b"".join(map(kap.frame, frames)) + raw)
        except GONE:
            pass
        return outcome(conn)


class Attacks:
    """Each attack is followed by a good peer's request; one point says both."""

    def __init__(self, story, good):
        self.story, self.good, self.address = story, good, good.address
        self.conn = good.connect()

    def served(self):
        return bool(self.conn.call("status"))

    def equal(self, got, wanted, what):
        self.story.ok(got == wanted and self.served(), what, f"got:    {got!r}\nwanted: {wanted!r}")

    def guest(self, what, wanted, *frames, **options):
        self.equal(exchange(self.address, kap.Device(), *frames, **options), wanted, what)

    def member(self, what, wanted, *frames, **options):
        self.equal(exchange(self.address, self.good.device, *frames, **options), wanted, what)


# --- before TLS -------------------------------------------------------------------------------------------------------

def plain(address, data, half=False):
    """What a peer gets that speaks no TLS."""
    with socket.create_connection(address, 5) as sock:
        sock.sendall(data)
        if half:
            sock.shutdown(socket.SHUT_WR)
        try:
            while answer := sock.recv(4096):
                if answer[0] != 21:  # an alert
                    return answer
        except ConnectionError:
            pass
        return CLOSED


def before_tls(a):
    hello = kap.frame(say(0, 1, kap.OP["hello"], [1, 1, "x"]))
    for what, data in (("a request without TLS", hello), ("zeroes", bytes(64)), ("noise", kap.random(500)),
                       ("a request of HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("a TLS record that is too long", b"\x16\x03\x01\xff\xff" + bytes(100)),
                       ("a TLS handshake message that is too long", b"\x16\x03\x01\x00\x04\x01\xff\xff\xff")):
        a.equal(plain(a.address, data), CLOSED, f"{what} is dropped")
    a.equal(plain(a.address, b"", half=True), CLOSED, "a connection that says nothing and ends is dropped")
    a.equal(plain(a.address, b"\x16\x03\x01", half=True), CLOSED, "so is one that ends inside a TLS record")


# --- TLS --------------------------------------------------------------------------------------------------------------

def try_tls(address, context):
    """`served` if a connection with this context gets an answer to hello."""
    try:
        with kap.Connection(*address, context=context) as conn:
            conn.hello()
            return "served"
    except GONE:
        return CLOSED


def signed_by(private, algorithm, **names):
    """A context that shows a certificate for this key."""
    context, builder = kap.tls_context(), kap.x509.CertificateBuilder()
    name = kap.x509.Name([kap.x509.NameAttribute(kap.NameOID.COMMON_NAME, names.get("name", "kap"))])
    start = kap.datetime.datetime(names.get("year", 2020), 1, 1)
    builder = builder.subject_name(name).issuer_name(name).public_key(private.public_key()).serial_number(1)
    builder = builder.not_valid_before(start).not_valid_after(start + kap.datetime.timedelta(names.get("days", 9999)))
    kap.load_certificate(context, builder.sign(private, algorithm), private)
    return context


def tls(a):
    def refused(what, context):
        a.equal(try_tls(a.address, context), CLOSED, f"{what} is refused")

    def control(what, context):
        a.equal(try_tls(a.address, context), "served", what)

    def changed(change):
        context = kap.tls_context(kap.Device())
        change(context)
        return context

    def older(context):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2

    control("a context of our own is served", kap.tls_context(kap.Device()))
    refused("TLS 1.2", changed(older))
    refused("another ALPN", changed(lambda c: c.set_alpn_protocols(["h2", "kap/2"])))
    control("kap/1 among others is served", changed(lambda c: c.set_alpn_protocols(["h2", "kap/1"])))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    private = Ed25519PrivateKey.generate()
    kap.load_certificate(context, kap.certificate(private), private)
    refused("no ALPN", context)
    refused("another key exchange than X25519", changed(lambda c: c.set_ecdh_curve("prime256v1")))
    refused("no certificate", kap.tls_context())
    refused("an RSA certificate", signed_by(rsa.generate_private_key(65537, 2048), hashes.SHA256()))
    refused("a P-256 certificate", signed_by(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()))
    control("an Ed25519 certificate that expired long ago is served: dates mean nothing",
            signed_by(Ed25519PrivateKey.generate(), None, year=1990, days=1))
    control("so is one with a strange name", signed_by(Ed25519PrivateKey.generate(), None, name="\u202eadmin\n"))
    with kap.Connection(*a.address, kap.Device()) as conn:
        conn.hello()
        session = conn.sock.session
        a.equal((conn.sock.version(), session is None or not session.has_ticket), ("TLSv1.3", True), "no session tickets")
        a.equal(conn.pin, a.good.pins[0], "the server shows the key that the clinic chain names")
    a.story.bad("PIN", "a peer that expects another key goes no further", kap.Connection, *a.address, kap.Device(), [bytes(32)])


# --- frames -----------------------------------------------------------------------------------------------------------

def filled(length, op, arguments):
    """A request of exactly this length; arguments(n) gives arguments with n bytes to fill."""
    rest = length - len(say(0, 2, op, arguments(length - 100))) + length - 100
    request = say(0, 2, op, arguments(rest))
    assert len(request) == length
    return request


def lengths(a):
    for n in range(4):
        a.guest(f"a frame of length {n} ends the connection", [CLOSED], raw=struct.pack(">I", n) + b"\x90" * n)
    guest, member = kap.GUEST_FRAME_MAX - 4, kap.FRAME_MAX - 4
    a.guest("a guest's largest frame is read, and its body is too long for this request", ["TOO_BIG", CLOSED],
            filled(guest, GET, lambda n: [bytes(n)]))
    a.guest("one byte more is not read", [CLOSED], filled(guest + 1, GET, lambda n: [bytes(n)]))
    a.member("a member's largest frame is read", ["SHAPE", CLOSED],
             filled(member, kap.OP["push"], lambda n: [[[bytes(99), bytes(n)]]]))
    a.member("a guest's limit is not a member's", ["SHAPE", CLOSED],
             filled(guest + 1, kap.OP["push"], lambda n: [[[bytes(99), bytes(n)], []]]))
    for n, what in ((member + 1, "one byte more"), (1 << 31, "2^31"), ((1 << 32) - 1, "2^32 - 1")):
        a.member(f"a frame that announces {what} ends the connection", [CLOSED], raw=struct.pack(">I", n) + bytes(100))
        a.guest("the same as a guest", [CLOSED], raw=struct.pack(">I", n) + bytes(100))


def noise(a):
    for what, data in (("noise", b"\xff" + kap.random(500)), ("a request of HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("a second TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + kap.random(500))):
        a.guest(f"{what} inside TLS, before hello, ends the connection", [CLOSED], raw=data, hello=False)
        a.member(f"{what} after hello, too", [CLOSED], raw=data)
    a.guest("the control: hello instead", ["CODE_UNKNOWN", "ORDER", CLOSED], say(0, 2, GET, [NOBODY]), say(0, 1, GET, [NOBODY]))


def mutations(a):
    """Good requests of every kind with a few bits changed: answered or dropped, and nothing else comes of it."""
    seed = int(os.environ.get("KAP_SEED", random.randrange(1 << 32)))
    a.story.note(f"KAP_SEED={seed}")
    chance, good = random.Random(seed), a.good
    sealed = good.seal(kap.content_make(kap.JOURNAL, {2: "x"}), kap.PRIVATE)
    good.take_back([sealed])
    link = good.link(good.clinic.head, kap.POLICY, None, [[kap.INVITE_DAYS, 14]])
    start = kap.feed_start(good.me.pid, good.c.hello_body[2])
    requests = [("chain_get", [good.clinic_id, 0, 256]), ("chain_put", [good.clinic_id, link.data]),
                ("invite_put", [NOBODY, b"packet", link.data]), ("invite_get", [NOBODY]),
                ("join", [NOBODY, good.key_link.data, [link.data]]), ("push", [[[sealed.record, sealed.payload]]]),
                ("pull", [*start, 1000]), ("fetch", [[sealed.rid]]), ("watch", []), ("status", []), ("hello", [1, 1, "x"])]
    odd, answered = [], 0
    for turn in range(220):
        op, arguments = requests[turn % len(requests)]
        body = bytearray(say(0, 2, kap.OP[op], arguments))
        for _ in range(chance.randint(1, 3)):
            # mostly where lengths, types and numbers are, which is at the front
            body[int(len(body) * chance.random() ** 3)] ^= 1 << chance.randrange(8)
        with kap.Connection(*a.address, good.device) as conn:
            conn.hello()
            conn.send(kap.frame(bytes(body)) + kap.frame(say(0, 2**32 - 1, kap.OP["status"], [])))
            try:
                while (message := conn.read())[0] == 2 or message[1] != 2**32 - 1:
                    if message[0] not in (1, 2) or message[0] == 1 and message[2] in (500, 501, 502):
                        odd.append((op, bytes(body).hex(), message))
                answered += 1
            except GONE:
                pass
    a.equal(odd, [], "220 requests with bits changed are answered, or end the connection, and none is a fault of the server's")
    a.story.ok(0 < answered < 220, f"both happened: {answered} connections lived on")


def cut(a):
    """A valid frame cut at every byte, then the end of the connection."""
    request = kap.frame(say(0, 2, kap.OP["status"], []))
    hello = kap.frame(say(0, 1, kap.OP["hello"], [1, 1, "x"]))
    for what, data, greeted in (("hello", hello, False), ("a request", request, True)):
        came = []
        for i in range(len(data)):
            with kap.Connection(*a.address, a.good.device) as conn:
                if greeted:
                    conn.hello()
                conn.send(data[:i])
                conn.sock.unwrap()  # the end of what we say; the server closes without an answer
        a.equal(came, [], f"{what} cut at each of its {len(data)} bytes is passed over")
    sealed = a.good.seal(kap.content_make(kap.JOURNAL, {2: "cut"}), kap.PRIVATE)
    data = kap.frame(say(0, 2, kap.OP["push"], [[[sealed.record, sealed.payload]]]))
    for i in list(range(0, 60)) + list(range(60, len(data), 29)) + [len(data) - 1]:
        with kap.Connection(*a.address, a.good.device) as conn:
            conn.hello()
            conn.send(data[:i])
            conn.sock.unwrap()
    a.equal(a.conn.call("fetch", [sealed.rid])[0], [[None, None]], "no part of a push that was cut is stored")
    a.good.take_back([sealed])


def in_pieces(a):
    """The same requests byte by byte, and many in one write."""
    with kap.Connection(*a.address, a.good.device) as conn:
        conn.asked.update({1: "hello", 2: "status"})
        for byte in kap.frame(say(0, 1, 1, [1, 1, "x"])) + kap.frame(say(0, 2, kap.OP["status"], [])):
            conn.send(bytes([byte]))
        a.equal((conn.answer(1)[0], conn.answer(2)[0]), (0, 0), "requests that come byte by byte are answered")
    frames = [say(0, 1, 1, [1, 1, "x"])] + [say(0, i, kap.OP["status"], []) for i in range(2, 102)]
    with kap.Connection(*a.address, a.good.device) as conn:
        conn.asked.update({i: "status" for i in range(1, 102)})
        conn.send(b"".join(map(kap.frame, frames)))
        a.equal([conn.answer(i)[0] for i in range(1, 102)], [0] * 101, "101 requests in one write are all answered")


# --- messages ---------------------------------------------------------------------------------------------------------

def order(a):
    unknown = "CODE_UNKNOWN"  # what the control is answered: the request was understood

    def case(what, wanted, *frames, **options):
        a.guest(what, wanted, *frames, **options)

    good = say(0, 2, GET, [NOBODY])
    case("the control: a request after hello is answered", [unknown, "ORDER", CLOSED], good, say(0, 2, GET, [NOBODY]))
    case("no hello", ["ORDER", CLOSED], say(0, 1, GET, [NOBODY]), hello=False)
    case("a second hello", ["ORDER", CLOSED], say(0, 2, 1, [1, 1, "x"]))
    case("the id of hello again", ["ORDER", CLOSED], say(0, 1, GET, [NOBODY]))
    case("an id that goes down", [unknown, "ORDER", CLOSED], say(0, 9, GET, [NOBODY]), say(0, 8, GET, [NOBODY]))
    case("the largest id, and none after it", [unknown, "ORDER", CLOSED], say(0, 2**32 - 1, GET, [NOBODY]), good)
    for number, what in ((0, "0"), (2**32, "2^32"), (-1, "-1"), ("2", "a str"), (None, "nil")):
        case(f"an id that is {what}", [CLOSED], say(0, number, GET, [NOBODY]))
    case("an answer instead of a request", [CLOSED], say(1, 2, 0, []))
    case("an event instead of a request", [CLOSED], say(2, 1, []))
    case("a message of kind 3", [CLOSED], say(3, 2, GET, [NOBODY]))
    for op in (0, 100, 2**53):
        case(f"request number {op}", ["OP", CLOSED], say(0, 2, op, []))
    for what, arguments in (("versions from the future", [2, 3, "x"]), ("versions the wrong way round", [3, 2, "x"])):
        case(f"a hello with {what}", ["VERSION", CLOSED], say(0, 1, 1, arguments), hello=False)
    for what, arguments in (("version 0", [0, 1, "x"]), ("version 65536", [1, 65536, "x"]), ("no name", [1, 1, ""]),
                            ("a name of 65 bytes", [1, 1, "x" * 65]), ("an argument more", [1, 1, "x", 0])):
        case(f"a hello with {what}", ["SHAPE", CLOSED], say(0, 1, 1, arguments), hello=False)
    case("a hello of 257 bytes", ["TOO_BIG", CLOSED], say(0, 1, 1, [1, 1, "x" * 248]), hello=False)
    for arguments in ([1, 65535, "x"], [1, 1, "x" * 64]):
        with kap.Connection(*a.address, kap.Device()) as conn:
            a.equal(conn.call("hello", *arguments)[0], 1, f"the control: hello {arguments[1]} and {len(arguments[2])} bytes")


def encodings(a):
    head = b"\x94\x00\x02\x05"
    for what, status, data in (
            ("an integer in a longer form", "CANON", b"\x94\x00\xcc\x02\x05\x91\xc4\x10" + NOBODY),
            ("bin in a longer form", "CANON", head + b"\x91\xc5\x00\x10" + NOBODY),
            ("an array in a longer form", "CANON", head + b"\xdc\x00\x01\xc4\x10" + NOBODY),
            ("a byte after the array", "CANON", say(0, 2, GET, [NOBODY]) + b"\0"),
            ("a second array after the first", "CANON", say(0, 2, GET, [NOBODY]) * 2),
            ("a request that stops in the middle", "PROTO", say(0, 2, GET, [NOBODY])[:-1]),
            ("a map", "PROTO", head + b"\x91\x80"), ("a float", "PROTO", head + b"\x91\xca\x00\x00\x00\x00"),
            ("an extension", "PROTO", head + b"\x91\xd4\x00\x00"), ("a byte that is never used", "PROTO", head + b"\x91\xc1"),
            ("an array of 2^32 - 1 elements", "PROTO", head + b"\xdd\xff\xff\xff\xff"),
            ("bin of 2^32 - 1 bytes", "PROTO", head + b"\x91\xc6\xff\xff\xff\xff"),
            ("nine levels", "PROTO", head + b"\x91" * 7 + b"\x90"), ("eight levels", "SHAPE", head + b"\x91" * 6 + b"\x90"),
            ("broken UTF-8", "UTF8", head + b"\x91\xa1\xff"), ("a surrogate", "UTF8", head + b"\x91\xa3\xed\xa0\x80"),
            ("str for bin", "SHAPE", say(0, 2, GET, ["a" * 16])), ("15 bytes for 16", "SHAPE", say(0, 2, GET, [bytes(15)])),
            ("nil for bin", "SHAPE", say(0, 2, GET, [None])), ("no argument", "SHAPE", say(0, 2, GET, [])),
            ("one argument more", "SHAPE", say(0, 2, GET, [NOBODY, 1])), ("nil for arguments", "SHAPE", say(0, 2, GET, None)),
            ("a body longer than this request's", "TOO_BIG", say(0, 2, GET, [bytes(130)]))):
        a.guest(what, [status, CLOSED], data)
    for what, data in (("three elements", say(0, 2, GET)), ("five elements", say(0, 2, GET, [NOBODY], 0)),
                       ("no array", b"\x00" * 8), ("an empty array", b"\x90\x90\x90\x90")):
        a.guest(f"{what}: no id can be read", [CLOSED], data)
    many = [bytes(32)] * 65
    for what, op, arguments in (("no records", "push", [[]]), ("65 records", "push", [[[b"a", b"b"]] * 65]),
                                ("an empty record", "push", [[[b"", b"a"]]]), ("no rids", "fetch", [[]]),
                                ("65 rids", "fetch", [many]), ("no bytes", "pull", [NOBODY, 0, bytes(32), 0]),
                                ("too many bytes", "pull", [NOBODY, 0, bytes(32), 1000001]),
                                ("2^53", "pull", [NOBODY, 2**53, bytes(32), 1]), ("no links", "chain_get", [bytes(32), 0, 0]),
                                ("257 links", "chain_get", [bytes(32), 0, 257]), ("an argument", "watch", [1]),
                                ("a bool for an integer", "pull", [NOBODY, False, bytes(32), 1])):
        a.member(f"{op} of {what}", ["SHAPE", CLOSED], say(0, 2, kap.OP[op], arguments))


def guests_patience(a):
    frames = [say(0, i, GET, [NOBODY]) for i in range(2, 14)]
    a.guest("the eleventh request of a guest ends the connection", ["CODE_UNKNOWN"] * 9 + ["RATE", CLOSED], *frames)


def main():
    with Story() as story:
        clinic = House(story).found()
        attacks = Attacks(story, clinic.admin)
        for part in (before_tls, tls, noise, lengths, cut, in_pieces, order, encodings, mutations, guests_patience):
            part(attacks)
        attacks.conn.close()
        clinic.house.whole()


sys.exit(main())
