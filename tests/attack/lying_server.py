"""lying_server: a machine in the place of the clinic's server, with its keys. It ends kap's TLS, speaks to the real kapd
as the same device (the tests have its key), decodes every frame, and tells the lies it was given. Without a lie it
passes everything on as it is, which is the control run of every case.

    liar.answer["pull"] = lambda call: (status, body)     in place of what kapd answered
    liar.ask["push"] = lambda arguments: arguments        what kapd is asked in place of what kap asked

An answer is made from a Call: the arguments, what kapd says (asked when it is first looked at), and `liar`.
"""
import pathlib
import socket
import ssl
import struct
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import kap_peer as kap


def key_file(path):
    """The seed in a key file of kapd (certs/keyfile.h)."""
    return bytes.fromhex(pathlib.Path(path).read_text().split("\n")[1])


class Call:
    """One request on its way."""

    def __init__(self, liar, far, name, arguments):
        self.liar, self.far, self.name, self.arguments = liar, far, name, arguments
        self.said = None

    @property
    def truth(self):
        """(status, body) of kapd."""
        if self.said is None:
            self.said = self.far.request(self.name, *self.arguments)
        return self.said

    @property
    def body(self):
        """The body of an answer that must be good."""
        status, body = self.truth
        kap.need(status == 0, f"kapd answers {status}")
        return body


class Liar:
    def __init__(self, world, port):
        self.world = world
        self.state = world.house.state
        self.device = None  # whom it speaks to kapd as; None: a stranger
        self.forget()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(0.05)
        self.threads, self.stopping = [], False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def forget(self):
        """Back to the truth."""
        self.answer, self.ask, self.frames, self.errors = {}, {}, [], []
        self.tls, self.after = self.honest_tls, None
        self.plain = False  # pass TLS on as it is

    # keys

    def tls_seed(self):
        return key_file(self.state / "tls.key")

    def log_seed(self):
        return key_file(self.state / "log.key")

    def honest_tls(self):
        return tls_context(self)

    def sign(self, label, statement):
        return kap.sign(self.log_seed(), label, statement)

    # connections

    def accept(self):
        while not self.stopping:
            try:
                near, _ = self.listener.accept()
            except socket.timeout:
                continue
            except OSError:
                return
            near.settimeout(60)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self.serve, args=(near,), daemon=True)
            self.threads = [t for t in self.threads if t.is_alive()] + [thread]
            thread.start()

    def stop(self):
        self.stopping = True
        self.listener.close()
        for thread in self.threads:
            thread.join(5)
        self.thread.join(5)

    def settle(self):
        """Waits until what was begun is over."""
        for thread in self.threads:
            thread.join(10)

    def serve(self, near):
        try:
            if self.plain:
                self.splice(near)
            else:
                self.talk(near)
        except (OSError, EOFError):  # the other side went away, or did not like what it saw
            pass
        except Exception as e:  # a fault of the harness: the case must not look like a success
            self.errors.append(repr(e))
        finally:
            near.close()

    def splice(self, near):
        with socket.create_connection(("127.0.0.1", self.world.house.port), 20) as far:
            def down():
                try:
                    while data := far.recv(65536):
                        near.sendall(data)
                    near.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            thread = threading.Thread(target=down, daemon=True)
            thread.start()
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    def upstream(self, device):
        return kap.Connection("127.0.0.1", self.world.house.port, device, timeout=40)

    def talk(self, near):
        near = self.tls().wrap_socket(near, server_side=True)
        device = self.world.device_of(self.device) or kap.Device()
        far = self.upstream(device)
        try:
            hold = bytearray()
            while True:
                message = read_frame(near, hold)
                if message is None:
                    return
                for reply in self.handle(far, message):
                    self.frames.append(("down", reply))
                    near.sendall(kap.frame(kap.pack(reply)))
        finally:
            far.close()
            near.close()

    def handle(self, far, message):
        """What goes down for one request."""
        _, number, op, arguments = message
        self.frames.append(("up", message))
        name = kap.OPS[op - 1] if 0 < op <= len(kap.OPS) else op
        arguments = self.ask.get(name, lambda a: a)(arguments)
        call = Call(self, far, name, arguments)
        if name in self.answer:
            status, body = self.answer[name](call)
        else:
            status, body = call.truth
        while far.events:
            topic, event = far.events.popleft()
            yield [2, topic, event]
        yield [1, number, status, body]

    # help for lies

    def change(self, name, edit):
        """`edit` gets the body of every good answer to this request and may change it in place, or return another."""
        def answer(call):
            status, body = call.truth
            if status == 0:
                body = edit(body) or body
            return status, body
        self.answer[name] = answer

    def feed_head(self, clinic, pid, cursor):
        head = kap.pack([1, clinic, cursor.generation, pid, cursor.seq, cursor.head, kap.now_ms()])
        return head, self.sign("feed-head", head)

    def true_feed(self, person):
        """[[event, rid, record, payload]...] from the first, as kapd gives it to this person."""
        device = self.world.device_of(person)
        with self.upstream(device) as conn:
            hello = conn.hello()
            cursor, rows, more = kap.feed_start(hello[3], hello[2]), [], True
            while more:
                page, more, _, _ = conn.call("pull", *cursor, 1000000)
                for seq, event, rid, record, payload in page:
                    cursor = kap.feed_next(cursor, event, rid)
                    rows.append([event, rid, record, payload])
        return rows

    def feed(self, edit):
        """Gives another feed: `edit` gets the rows of the true one and changes them or returns others. All heads fit and
        are signed, so only the content can tell. The same rows for the rest of the case, but for what is new."""
        def answer(call):
            generation, seq, head, size = call.arguments
            rows = self.true_feed(self.device)
            rows = edit(rows) or rows
            hello = self.last_hello
            clinic, pid = hello[1], hello[3]
            cursor, news = kap.feed_start(pid, generation), []
            at = cursor if seq == 0 else None
            for event, rid, record, payload in rows:
                cursor = kap.feed_next(cursor, event, rid)
                if cursor.seq > seq:
                    news.append([cursor.seq, event, rid, record, payload])
                if cursor.seq == seq:
                    at = cursor
            if at is None or at.head != head:
                return kap.STATUS_OF["CURSOR"], []
            page, used = [], 0
            while news and len(page) < 1024 and (not page or used + row_size(news[0]) < min(size, 900000)):
                used += row_size(news[0])
                page.append(news.pop(0))
            statement, signature = self.feed_head(clinic, pid, cursor)
            return 0, [page, bool(news), statement, signature]

        def fetched(call):
            rows = self.true_feed(self.device)
            known = {r[1]: [r[2], r[3]] for r in reversed(edit(rows) or rows) if r[2]}
            return 0, [[known.get(rid, [None, None]) for rid in call.arguments[0]]]
        self.answer["pull"], self.answer["fetch"] = answer, fetched

    def true_chain(self, person, chain):
        """The links of a chain as kapd gives them to this person."""
        with self.upstream(self.world.device_of(person)) as conn:
            conn.hello()
            return chain_of(conn, chain)

    def chain(self, edit, chain=None):
        """Gives another chain, by default the clinic's: `edit` gets its links and changes them or returns others."""
        def answer(call):
            asked, start, count = call.arguments
            if asked != (chain or self.last_hello[1]):
                return call.truth
            links = chain_of(call.far, asked)
            links = edit(links) or links
            head = kap.Link(links[-1])
            return 0, [head.seq, head.hash, links[start:start + count]]
        self.answer["chain_get"] = answer

    @property
    def last_hello(self):
        """The body of the newest good answer to `hello`."""
        number = [m[1] for way, m in self.frames if way == "up" and m[2] == 1][-1]
        return [m[3] for way, m in self.frames if way == "down" and m[0] == 1 and m[1] == number][-1]


def chain_of(conn, chain):
    links = []
    while True:
        seq, _, part = conn.call("chain_get", chain, len(links), 256)
        links += part
        if len(links) > seq or not part:
            return links


def row_size(row):
    return 64 + sum(len(v) for v in row[2:] if v)


def read_frame(sock, hold):
    """The next frame, decoded; None at the end."""
    while len(hold) < 4 or len(hold) < 4 + struct.unpack(">I", hold[:4])[0]:
        data = sock.recv(1 << 17)
        if not data:
            return None
        hold += data
    length = struct.unpack(">I", hold[:4])[0]
    body = bytes(hold[4:4 + length])
    del hold[:4 + length]
    return kap.unpack(body)


def tls_context(liar, seed=None, newest=ssl.TLSVersion.TLSv1_3, alpn="kap/1"):
    """TLS as kapd speaks it, or not quite."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = newest
    context.num_tickets = 0
    if alpn:
        context.set_alpn_protocols([alpn])
    private = Ed25519PrivateKey.from_private_bytes(seed or liar.tls_seed())
    kap.load_certificate(context, kap.certificate(private), private)
    return context
