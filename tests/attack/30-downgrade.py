#!/usr/bin/python3
# Goal: nobody is talked into an older protocol, a weaker suite, another policy, or a cheap key derivation.
import ssl
import time

from world import ALARM, ARRIVES, SENDS, Trial, case, kap, main
from lying_server import tls_context
from hostile import entry, forge, row


def transport(number, what, tls):
    @case(number, what)
    def _(w):
        w.people["jo"].kap("write", text="not over this")

        def attack():
            w.liar.tls = lambda: tls(w.liar)

        def after():
            w.story.equal(w.liar.frames, [], f"{number} not a byte was said")
            w.liar.forget()
            w.story.equal(w.run("jo", "sync")[0], 0, f"{number} the words go to an honest server")
        return Trial("jo", attack, exit=None, after=after)


transport("G01", "a server that speaks TLS 1.2", lambda liar: tls_context(liar, newest=ssl.TLSVersion.TLSv1_2))
transport("G02", "a server without the protocol's name", lambda liar: tls_context(liar, alpn=None))
transport("G02", "a server with another protocol's name", lambda liar: tls_context(liar, alpn="h2"))


@case("G01", "the true server speaks TLS 1.3 alone")
def _(w):
    for version, good in ((ssl.TLSVersion.TLSv1_2, False), (ssl.TLSVersion.TLSv1_3, True)):
        context = kap.tls_context(w.device_of("jo"))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = version
        w.story.equal(greets(w, context), good, f"G01 a device with {version.name} is {'heard' if good else 'refused'}")


@case("G02", "the true server wants the protocol's name")
def _(w):
    for name, good in ((None, False), ("h2", False), ("kap/1", True)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        private = kap.Ed25519PrivateKey.from_private_bytes(w.device_of("jo").tls)
        kap.load_certificate(context, kap.certificate(private), private)
        if name:
            context.set_alpn_protocols([name])
        w.story.equal(greets(w, context), good, f"G02 a device with the name {name} is {'heard' if good else 'refused'}")


def greets(w, context):
    try:
        with kap.Connection("127.0.0.1", w.house.port, context=context) as conn:
            return conn.hello()[4] == 1
    except (OSError, EOFError):
        return False


def hello(what, at, value, **wanted):
    @case("G03", what)
    def _(w):
        w.people["jo"].kap("write", text="not to this")

        def edit(body):
            body[at] = value(w) if callable(value) else value

        def after():
            asked = {m[2] for way, m in w.liar.frames if way == "up"}
            w.story.ok(kap.OP["push"] not in asked, "G03 nothing was pushed", asked)
        return Trial("jo", lambda: w.liar.change("hello", edit), after=after, **wanted)


hello("a hello that answers with a version of before", 0, 0, says=ALARM["answer"])
hello("a hello that answers with a version to come", 0, 2, says=ALARM["answer"])
hello("a hello without a limit", 6, [], says=ALARM["answer"])
hello("a hello of a role that there is not", 4, 99, says=ALARM["answer"])
hello("a hello of another clinic", 1, lambda w: bytes(32), says="ALARM")
hello("a hello of another life of the server", 2, lambda w: bytes(16), says=ALARM["generation"])
hello("a hello that knows another person", 3, lambda w: w.eve.me.pid, says="ALARM")


def no_answer(what, name, body):
    """What came is told as what it is, whatever was asked."""
    @case("G09", what)
    def _(w):
        w.people["jo"].kap("write", text="waits for a better answer")
        return Trial("jo", lambda: w.liar.answer.__setitem__(name, lambda call: (0, body)), says=ALARM["answer"],
                     gains=ARRIVES, moves=SENDS)


no_answer("an answer to a push that is none", "push", [1])
no_answer("an answer to a pull that is none", "pull", [])
no_answer("rows of a feed that are none", "pull", [[[1, 1, b"short", None, None]], False, b"", bytes(64)])
no_answer("an end of a feed that is none", "pull", [[], False, b"", bytes(64)])
no_answer("an answer about a chain that is none", "chain_get", [1, 2, 3])
no_answer("a list of chains that is none", "chain_list", ["no list"])


@case("G04", "records of another suite")
def _(w):
    ana, suites = w.chain(w.eve, "ana"), (0, 2, 3, 255)
    made = [forge(w.eve, entry("of another suite"), to=[ana], core={"suite": suite}, take=False) for suite in suites]
    if w.attacked:
        for suite, sealed in zip(suites, made):
            w.story.refused("SHAPE", f"G04 the server refuses a record of suite {suite}", w.eve.push, sealed)
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [row(s.record, s.payload) for s in made]),
                 control=lambda: w.eve.push(forge(w.eve, entry("of another suite"), to=[ana])),
                 hidden=["of another suite"], aside=len(suites), why=("SUITE", "SHAPE"))


def statement(what, request, at, label, suite, says):
    @case("G08", what)
    def _(w):
        w.people["jo"].kap("write", text="kept until it is proven")

        def edit(body):
            if body[at]:
                fields = kap.unpack(body[at])
                fields[0] = suite
                body[at] = kap.pack(fields)
                body[at + 1] = w.liar.sign(label, body[at])
        return Trial("jo", lambda: w.liar.change(request, edit), says=says, gains=SENDS, moves=SENDS, exit=None)


statement("a receipt of suite 2", "push", 1, "receipt", 2, ())
statement("a receipt of suite 0", "push", 1, "receipt", 0, ())
statement("the end of a feed of suite 2", "pull", 2, "feed-head", 2, ())


@case("G08", "a link of suite 2")
def _(w):
    """Signed by an admin, too: a chain that this program cannot read to its end is not half believed."""
    w.kap("maria", "invite", "--role", "medical", "--name", "Nurse")
    maria = w.device_of("maria")

    def lie(links):
        last = kap.Link(links[-1])
        outer = kap.unpack(last.outer)
        outer[0] = 2
        outer = kap.pack(outer)
        links[-1] = kap.pack([outer, kap.sign(maria.sign, "link", outer), last.inner, None])

    def answer(call):
        asked, start, count = call.arguments
        status, body = call.truth
        if asked == w.liar.last_hello[1] and start <= body[0]:
            lie(body[2])
            body[1] = kap.H("link", kap.unpack(body[2][-1])[0])
        return status, body
    return Trial("ana", lambda: w.liar.answer.__setitem__("chain_get", answer), exit=None, says=())


@case("G05", "an older policy is given once more, at the end of the chain")
def _(w):
    w.kap("maria", "sync")
    policy = next(i for i, data in enumerate(w.true_clinic("maria")) if kap.Link(data).type == kap.POLICY)
    return Trial("ana", lambda: w.liar.chain(lambda links: links + [links[policy]]), says=ALARM["rollback"])


@case("G05", "a laxer policy signed by who may not")
def _(w):
    links = w.true_clinic("ana")
    last = kap.Link(links[-1])
    after = (last.chain_id, last.seq, last.hash)
    inner = [kap.random(16), None, [[kap.RETAIN_DAYS, 1]]]
    therapist = w.device_of("osei")
    link = kap.make_link(after, kap.POLICY, therapist.did, therapist.sign, inner)
    return Trial("ana", lambda: w.liar.chain(lambda links: links + [link.data]), says="ALARM")


def planted(cost, seconds):
    @case("G06", f"a vault's header asks for a key derivation of 2^{cost}")
    def _(w):
        """Before anything is computed: neither cheap to guess nor too dear to open."""
        header = w.people["jo"].home / "vault" / "header"
        true = header.read_bytes()
        false = true[:10] + bytes([cost]) + true[11:136]
        began = time.monotonic()
        w.story.equal(w.run("jo", "list")[0], 0, "G06 with its own header the vault opens")
        header.write_bytes(false + kap.H("vault", false))
        began = time.monotonic()
        code, said = w.run("jo", "list")
        took = time.monotonic() - began
        w.story.ok(code not in (0, -9) and "river" not in said, f"G06 2^{cost} is refused", f"{code} {said}")
        w.story.ok(took < seconds, f"G06 and nothing was computed for 2^{cost}", f"{took:.2f} s")
        header.write_bytes(true)
        w.story.equal(w.run("jo", "list")[0], 0, "G06 nothing was changed")


for cost in (1, 15, 21, 30, 63, 255):
    planted(cost, 1.0)


@case("G07", "no session is taken up again")
def _(w):
    context = kap.tls_context(w.device_of("jo"))
    with kap.Connection("127.0.0.1", w.house.port, context=context) as conn:
        conn.hello()
        conn.call("status")
        session = conn.sock.session
        w.story.ok(session is None or not session.has_ticket, "G07 the server gives out no ticket")
    plain = kap.socket.create_connection(("127.0.0.1", w.house.port), 10)
    if session is None:
        return plain.close()
    with context.wrap_socket(plain, session=session) as again:
        w.story.equal(again.session_reused, False, "G07 and takes up no session")


main()
