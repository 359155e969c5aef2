#!/usr/bin/python3
# Goal: who joins, joins the clinic that invited them, and only who was invited; whoever tries otherwise is noticed.
import shutil
import time

from world import CODE, Person, case, kap, main
from lying_server import tls_context


def newcomer(w, code, *options):
    """(exit code, what was said) of somebody who tries to join, and their profile."""
    person = Person(w.story, w.house, "nina", None)
    w.people["nina"] = person
    shutil.rmtree(person.home, ignore_errors=True)
    w.liar.device = "nina"
    code_, said = person.run("--json", "join", code, "--kdf-cost", "16", *options)
    w.liar.settle()
    w.said.append(said)
    return code_, said


def gone(w, number):
    """Nothing of a join that failed is left, and nobody joined."""
    code, out, _ = w.raw("nina", "--json", "list")
    w.story.ok(code == 7 or code == 5 or code == 4, f"{number} there is no membership here", f"{code} {out}")
    links = [kap.Link(data) for data in w.true_clinic("maria")]
    w.story.equal([link.seq for link in links if link.type & ~kap.CONFINED == kap.JOIN], w.joins, f"{number} and nobody joined")


def invited(w):
    code = CODE.search(w.kap("maria", "invite", "--role", "medical", "--name", "Nina")).group()
    links = [kap.Link(data) for data in w.true_clinic("maria")]
    w.joins = [link.seq for link in links if link.type & ~kap.CONFINED == kap.JOIN]
    return code


@case("N01", "a code with a mistyped character")
def _(w):
    code = invited(w)
    symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    w.liar.frames.clear()
    for at in (0, 6, 13, 34):
        other = symbols[(symbols.index(code[at]) + 1) % 32]
        number, said = newcomer(w, code[:at] + other + code[at + 1:])
        w.story.equal((number, "mistyped" in said), (3, True), f"N01 character {at} mistyped is noticed here")
    swapped = next(i for i in range(4) if code[i] != code[i + 1])
    number, said = newcomer(w, code[:swapped] + code[swapped + 1] + code[swapped] + code[swapped + 2:])
    w.story.equal((number, "mistyped" in said), (3, True), "N01 two that are exchanged are noticed here")
    w.story.equal(w.liar.frames, [], "N01 the server never hears of it")
    gone(w, "N01")
    w.liar.plain = True
    w.story.equal(newcomer(w, code)[0], 0, "N01 the code as it was written is good")


@case("N02", "a code that has expired")
def _(w):
    maria = w.peer_of("maria")
    code = maria.invite(kap.MEDICAL, expires=kap.now_ms() + 1500)
    w.joins = joins(w)
    time.sleep(1.6)
    number, said = newcomer(w, f"{code}@127.0.0.1:{w.port}")
    w.story.equal((number, "has expired" in said), (4, True), "N02 it is refused and said")
    gone(w, "N02")


def joins(w):
    return [link.seq for link in map(kap.Link, w.true_clinic("maria")) if link.type & ~kap.CONFINED == kap.JOIN]


@case("N02", "a join that is late, which the server lets pass")
def _(w):
    maria = w.peer_of("maria")
    code = maria.invite(kap.MEDICAL, expires=kap.now_ms() + 400)
    maria.sync()
    time.sleep(0.5)
    peer, join, _ = late(w, code)
    w.kap("ana", "sync")
    show(w, peer, join)
    number, said = w.run("ana", "sync")
    w.story.ok(number == 4 and "ALARM" in said, "N02 every reader refuses it", f"{number} {said}")


def late(w, code, secret=None):
    """What a newcomer would send to join: (their key chain's first link, the join, the invitation's keys)."""
    peer = kap.Peer()
    invite = kap.InviteKeys(secret or kap.code_read(code)[1])
    genesis = kap.make_key_chain(peer.device, kap.Device.of_recovery_code(peer.recovery_code), peer.epoch, invite)
    links = [kap.Link(data) for data in w.true_clinic("maria")]
    seq = [link.seq for link in links if link.type == kap.INVITE][-1]
    last = links[-1]
    join = kap.make_link((last.chain_id, last.seq, last.hash), kap.JOIN, invite.public[:16], invite.seed,
                         [kap.random(16), None, [genesis.hash, seq]])
    return genesis, join, invite


def show(w, genesis, join):
    """The server shows this join to everybody."""
    links = w.true_clinic("ana") + [join.data]
    own = kap.pack(kap.unpack(genesis.data)[:3] + [None])

    def answer(call):
        asked, start, count = call.arguments
        if asked == genesis.hash:
            return 0, [0, genesis.hash, [own]]
        if asked == w.liar.last_hello[1]:
            return 0, [join.seq, join.hash, links[start:start + count]]
        return call.truth
    w.liar.answer["chain_get"] = answer


@case("N03", "a code is used a second time")
def _(w):
    code = invited(w)
    w.liar.plain = True
    w.story.equal(newcomer(w, code)[0], 0, "N03 the first who uses it joins")
    w.liar.plain = False
    w.joins = joins(w)
    number, said = newcomer(w, code)
    w.story.equal((number, "has been used already" in said), (4, True), "N03 the second is refused and told")
    w.story.equal(joins(w), w.joins, "N03 and joins nothing")
    states = w.json("maria", "status")["invitations"]
    w.story.ok(any(i["state"] == "used" and i["refused"] >= 1 for i in states), "N03 who invited sees that somebody tried", states)


# --- N04: the packet ---

def packet_lie(number, what, edit, says=None, code=4):
    @case(number, what)
    def _(w):
        written = invited(w)
        keys = kap.InviteKeys(kap.code_read(written.split("@")[0])[1])
        w.liar.change("invite_get", lambda body: edit(w, keys, body))
        got, said = newcomer(w, written)
        w.story.ok(got == code and (says or "ALARM") in said and not w.liar.errors, f"{number} {what}: noticed",
                   f"{got} {said} {w.liar.errors}")
        gone(w, number)
        w.liar.forget()
        w.liar.plain = True
        w.story.equal(newcomer(w, written)[0], 0, f"{number} with the true packet the same code joins")


def resealed(edit):
    """What a server could do if it had the code's key: shows that the rest is checked, too."""
    def change(w, keys, body):
        packet = kap.packet_open(keys, body[0])
        fields = list(packet)
        edit(w, fields)
        body[0] = kap.packet_seal(keys, kap.Packet(*fields))
    return change


def other_packet(w, keys, body):
    """The packet of another invitation of the same clinic, in the place of this one."""
    code = w.kap_code("maria", "medical", "Somebody else")
    with w.liar.upstream(kap.Device()) as conn:
        conn.hello()
        body[0] = conn.call("invite_get", kap.InviteKeys(kap.code_read(code)[1]).id)[0]


def sealed_by_server(w, keys, body):
    packet = kap.packet_open(keys, body[0])
    body[0] = kap.aes_seal(kap.random(32), kap.labelled("packet", keys.id), kap.pack(list(packet)))


packet_lie("N04", "a packet of the server's making", sealed_by_server)
packet_lie("N04", "a packet of noise", lambda w, k, body: body.__setitem__(0, kap.random(400)))
packet_lie("N04", "a packet with a byte changed", lambda w, k, body: body.__setitem__(0, body[0][:-1] + bytes([body[0][-1] ^ 1])))
packet_lie("N04", "the packet of another invitation", other_packet)


@case("N04", "the server shows another clinic than the packet names")
def _(w):
    written = invited(w)
    device, founding = kap.Device(), kap.InviteKeys("1" * 26)
    own = kap.make_key_chain(device, kap.Device(), kap.Epoch(), founding)
    first = kap.make_link(None, kap.GENESIS, device.did, device.sign, [kap.random(16), None, [own.hash, founding.public]])

    def answer(call):
        return (0, [0, first.hash, [first.data]]) if call.arguments[0] != own.hash else (0, [0, own.hash, [own.data]])
    w.liar.answer["chain_get"] = answer
    got, said = newcomer(w, written)
    w.story.ok(got == 4 and "ALARM" in said, "N04 another clinic is noticed", f"{got} {said}")
    w.story.ok("Nina" not in str(w.shown("ana")), "N04 and nobody is told anything")


@case("N04", "another machine answers with the packet that it copied")
def _(w):
    written = invited(w)
    w.liar.tls = lambda: tls_context(w.liar, seed=kap.random(32))
    got, said = newcomer(w, written)
    w.story.ok(got == 4 and "ALARM: another machine" in said, "N04 it is noticed", f"{got} {said}")
    asked = {m[2] for way, m in w.liar.frames if way == "up"}
    w.story.ok(kap.OP["join"] not in asked, "N04 before anything is joined", asked)
    gone(w, "N04")


@case("N05", "the server joins in the place of who was invited, without the code")
def _(w):
    code = invited(w)
    w.kap("ana", "sync")
    genesis, join, _ = late(w, None, secret="0" * 26)
    show(w, genesis, join)
    got, said = w.run("ana", "sync")
    w.story.ok(got == 4 and "ALARM" in said, "N05 every reader refuses it", f"{got} {said}")
    genesis, join, _ = late(w, code.split("@")[0])
    show(w, genesis, join)
    w.story.equal(w.run("ana", "sync")[0], 0, "N05 control: with the code the same is taken")


@case("N06", "somebody who got hold of the code joins first")
def _(w):
    code = invited(w)
    thief = kap.Peer().join(code.split("@")[0], "127.0.0.1", w.house.port)
    thief.close()
    w.joins = joins(w)
    number, said = newcomer(w, code)
    w.story.equal((number, "If that was not you, tell the clinic" in said), (4, True), "N06 the one it was for is told")
    code, out, _ = w.raw("maria", "status")
    w.story.ok("Somebody tried this code after it was used" in out, "N06 and who invited is told", out)
    gone(w, "N06")


main()
