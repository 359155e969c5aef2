#!/usr/bin/python3
# Goal: a malicious server makes nobody a member, hides nobody's leaving, and puts no key in the place of another's.
import json

from world import ALARM, Trial, alarmed, case, kap, main, strip
from hostile import entry, flip, forge
from lying_server import tls_context

def joined(w, role="medical"):
    """Somebody whom ana does not know yet."""
    peer = kap.Peer().join(w.kap_code("maria", role, "Newcomer"), "127.0.0.1", w.house.port)
    peer.close()
    return peer


def tampered(number, what, edit):
    """The first link of a newcomer's key chain, changed."""
    @case(number, what)
    def _(w):
        peer = joined(w)
        true = strip(peer.key_link.data)

        def answer(call):
            return (0, [0, kap.Link(peer.key_link.data).hash, [edit(w, true, peer)]]) \
                if call.arguments[0] == peer.me.genesis else call.truth
        alarmed(w, number, what, lambda: w.liar.answer.__setitem__("chain_get", answer))
        w.liar.forget()
        w.story.equal(w.run("ana", "sync")[0], 0, f"{number} the true one is taken")


def core_edit(link, edit, seed=None):
    """A key chain's first link whose core was changed, with everything else as it was, or signed anew."""
    outer, signature, inner, _ = kap.unpack(link)
    inner = kap.unpack(inner)
    core = kap.unpack(inner[1])
    edit(core)
    inner[1] = kap.pack(core)
    inner = kap.pack(inner)
    if seed is None:
        return kap.pack([outer, signature, inner, None])
    outer = kap.unpack(outer)
    outer[7] = kap.H("inner", inner)
    outer = kap.pack(outer)
    return kap.pack([outer, kap.sign(seed, "link", outer), inner, None])


OWN = kap.Device()
EPOCH = kap.Epoch()
tampered("S02", "the server's own epoch key in a served link",
         lambda w, link, peer: core_edit(link, lambda core: core[3].__setitem__(1, EPOCH.public)))
tampered("S02", "the server's own epoch key, the link signed by the server",
         lambda w, link, peer: core_edit(link, lambda core: core[3].__setitem__(1, EPOCH.public), w.liar.tls_seed()))
tampered("S02", "the server's own device in a served link",
         lambda w, link, peer: core_edit(link, lambda core: core.__setitem__(1, OWN.public), OWN.sign))
tampered("S02", "the server's own paper device in a served link",
         lambda w, link, peer: core_edit(link, lambda core: core.__setitem__(2, OWN.public), peer.device.sign))
tampered("S05", "another person's key chain in the place of this one", lambda w, link, peer: w.true_person("osei"))
tampered("S10", "boxes in a link that is served to others",
         lambda w, link, peer: kap.pack(kap.unpack(link)[:3] + [kap.pack([peer.epoch.box(OWN.did, OWN.public[2])])]))
tampered("S01", "a key chain of the server's making in the place of a newcomer's",
         lambda w, link, peer: strip(kap.make_key_chain(kap.Device(), kap.Device(), kap.Epoch(),
                                                        kap.InviteKeys("0" * 26)).data))


@case("S03", "the newest links of the clinic are hidden from who knows them")
def _(w):
    joined(w)
    w.kap("ana", "sync")
    alarmed(w, "S03", "the newest link is hidden", lambda: w.liar.chain(lambda links: links[:-1]))
    w.liar.forget()
    alarmed(w, "S03", "the chain ends at its first link", lambda: w.liar.chain(lambda links: links[:1]))
    w.liar.forget()
    w.story.equal(w.run("ana", "sync")[0], 0, "S03 the true chain is taken as before")


@case("S03", "the newest link of the clinic is another than before")
def _(w):
    joined(w)
    w.kap("ana", "sync")
    other = forked(w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 5]], back=1)
    alarmed(w, "S03", "the newest link is another", lambda: w.liar.chain(lambda links: links[:-1] + [other]))
    second = forked(w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 5]], back=1, more=1)
    w.liar.forget()
    alarmed(w, "S03", "and the chain goes on from there", lambda: w.liar.chain(lambda links: links[:-1] + list(second)))


def forked(w, who, kind, about, body, back=0, more=0, seed=None, did=None):
    """A link that `who` signs after the last but `back`; with `more`, another after it."""
    links, device = w.true_clinic("maria"), w.device_of(who)
    last = kap.Link(links[-1 - back])
    made = []
    for _ in range(1 + more):
        link = kap.make_link((last.chain_id, last.seq, last.hash), kind, did or device.did, seed or device.sign,
                             [kap.random(16), about, body])
        made.append(link.data)
        last = link
    return made if more else made[0]


def signed(number, what, make):
    """A link on the clinic chain that its signer may not make."""
    @case(number, what)
    def _(w):
        w.kap("maria", "sync")
        link = make(w)
        alarmed(w, number, what, lambda: w.liar.chain(lambda links: links + [link]))
        w.liar.forget()
        w.story.equal(w.run("ana", "sync")[0], 0, f"{number} the true chain is taken")


def about(w, client="jo"):
    """The seq of the newest confined link about a client."""
    links = [kap.Link(data) for data in w.true_clinic("ana")]
    genesis = w.genesis_of(client)
    team = [link.seq for link in links if link.type & kap.CONFINED and link.inner and genesis in link.inner]
    return team[-1]


signed("S06", "a link that the server's key signed", lambda w: forked(
    w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 90]], seed=w.liar.tls_seed()))
signed("S06", "a link of a device that nobody has", lambda w: forked(
    w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 90]], seed=OWN.sign, did=OWN.did))
signed("S06", "a link signed by the paper device of an admin", lambda w: forked(
    w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 90]], seed=OWN.sign, did=paper(w, "maria")))
signed("S06", "an admin's link signed with the admin's tls key", lambda w: forked(
    w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 90]], seed=w.device_of("maria").tls))
signed("S07", "a client makes themselves an admin", lambda w: forked(w, "jo", kap.ROLE, None, [w.genesis_of("jo"), 5]))
signed("S07", "a therapist makes themselves an admin", lambda w: forked(w, "osei", kap.ROLE, None, [w.genesis_of("osei"), 5]))
signed("S07", "an admin makes a client staff", lambda w: forked(w, "maria", kap.ROLE, None, [w.genesis_of("jo"), 2]))
signed("S07", "a colleague puts themselves on a team", lambda w: forked(
    w, "osei", kap.TEAM + kap.CONFINED, about(w), [w.genesis_of("jo"), sorted([w.genesis_of("osei")])]))
signed("S07", "a member's removal that a colleague signed", lambda w: forked(w, "osei", kap.REMOVE, None, [w.genesis_of("maria")]))
signed("S07", "the last admin is removed", lambda w: forked(w, "maria", kap.REMOVE, None, [w.genesis_of("maria")]))
signed("S07", "a join without an invitation", lambda w: forked(
    w, "maria", kap.JOIN, None, [w.genesis_of("osei"), 3], seed=OWN.sign, did=OWN.public[1][:16]))
signed("S07", "an invitation that a client signed", lambda w: forked(
    w, "jo", kap.INVITE, None, [OWN.public[1], 5, [], kap.now_ms() + kap.DAY_MS]))
signed("S14", "the server's key is pinned by no admin", lambda w: forked(
    w, "osei", kap.SERVER_PIN, None, [[OWN.public[0]], OWN.public[1]]))


def paper(w, who):
    return kap.device_id(w.key_link(who).recovery)


@case("S07", "the admin's link as it should be")
def _(w):
    """The control of the cases above: the same way, and it is taken."""
    link = forked(w, "maria", kap.POLICY, None, [[kap.INVITE_DAYS, 13]])
    w.liar.chain(lambda links: links + [link])
    w.story.equal(w.run("ana", "sync")[0], 0, "S07 a link that an admin signed is taken")


@case("S08", "an old team is given once more")
def _(w):
    links = w.true_clinic("ana")
    old = [data for data in links if kap.Link(data).type & kap.CONFINED][-1]
    alarmed(w, "S08", "a link of before is given once more", lambda: w.liar.chain(lambda known: known + [old]))


@case("S07", "every byte of a new link changed")
def _(w):
    joined(w)
    links = w.true_clinic("ana")
    rows = w.vault("ana").rows()["LINK"]
    new = [i for i, data in enumerate(links) if i >= len(links) - 2]
    wrong = 0
    for i in new:
        for at in range(0, len(links[i]), 1 if w.all else 9):
            bad = flip(links[i], at)

            def answer(call, i=i, bad=bad):
                asked, start, count = call.arguments
                if asked != w.liar.last_hello[1]:
                    return call.truth
                served = links[:i] + [bad] + links[i + 1:]
                return 0, [len(links) - 1, kap.Link(links[-1]).hash, served[start:start + count]]
            w.liar.answer["chain_get"] = answer
            code, said = w.run("ana", "sync")
            wrong += code == 0 or "ALARM" not in said
            if code == 0 or "ALARM" not in said:
                w.story.note(f"link {i} byte {at}: {code} {said}")
    w.story.equal(wrong, 0, "S07 every changed link raises the alarm")
    w.story.equal(w.vault("ana").rows()["LINK"], rows, "S07 and none is kept")


@case("S12", "records that nobody asked for: settings, seeds, devices of another's making")
def _(w):
    fields = {70: w.device_of("ana").did, 71: "Ana's phone", 72: bytes(16), 73: 0, 74: bytes(32)}
    for kind in (8, 9, 12, 13, 40):
        for cls in (kap.SHARED, kap.CONTROL):
            w.reset()
            ana, before = w.chain(w.eve, "ana"), w.vault("ana").rows()
            keys = {8: (70, 71), 9: (72, 73, 74)}.get(kind, ())
            sealed = forge(w.eve, kap.content_make(kind, {key: fields[key] for key in keys}), cls, [ana])
            w.eve.push(sealed)
            shown = w.shown("ana")
            code, said = w.run("ana", "sync")
            w.story.ok(w.shown("ana") == shown and "Ana's phone" not in said, f"S12 kind {kind}, class {cls}: shows nothing",
                       f"{code} {said}")
            now = w.vault("ana").rows()
            w.story.ok(now["IDENTITY"] == before["IDENTITY"] and now["NAME"] == before["NAME"],
                       f"S12 kind {kind}, class {cls}: changes no key and no name")
            sealed = forge(w.eve, entry("and then an entry"), to=[ana])
            w.eve.push(sealed)
            w.run("ana", "sync")
            w.story.ok("and then an entry" in str(w.json("ana", "list", "Eve")),
                       f"S12 kind {kind}, class {cls}: what the author writes next is read")


@case("S13", "two members are shown two clinics")
def _(w):
    """A clinic of the server's making in the place of one's own."""
    device, founding = kap.Device(), kap.InviteKeys("1" * 26)
    key_link = kap.make_key_chain(device, kap.Device(), kap.Epoch(), founding)
    first = kap.make_link(None, kap.GENESIS, device.did, device.sign,
                          [kap.random(16), None, [key_link.hash, founding.public]])
    alarmed(w, "S13", "another clinic's chain", lambda: w.liar.chain(lambda links: [first.data] * len(links)))


@case("S14", "another key than the clinic's")
def _(w):
    w.people["jo"].kap("write", text="not to another machine")

    def attack():
        w.liar.tls = lambda: tls_context(w.liar, seed=OWN.tls)
    return Trial("jo", attack, says=ALARM["pin"],
                 after=lambda: w.story.equal(w.liar.frames, [], "S14 not a byte was said"))


@case("S15", "another life of the server, in every place where it says so")
def _(w):
    w.give("of this life")
    other = bytes(16)

    def attack():
        w.liar.change("hello", lambda body: body.__setitem__(2, other))
        pid, clinic = w.pid("ana"), kap.Link(w.true_clinic("ana")[0]).hash
        start = kap.feed_start(pid, other)
        w.liar.answer["pull"] = lambda call: (0, [[], False, *w.liar.feed_head(clinic, pid, start)])
    return Trial("ana", attack, says=ALARM["generation"], hidden=["of this life"])


EMPTY = {
    "chain_get": lambda call: (0, [0, bytes(32), []]),
    "pull": lambda call: (0, [[], False, *call.liar.feed_head(call.liar.last_hello[1], call.liar.last_hello[3], kap.Cursor(
        call.liar.last_hello[2], 0, bytes(32)))]),
    "push": lambda call: (0, [0, None, None, 0]),
    "fetch": lambda call: (0, [[[None, None] for _ in call.arguments[0]]]),
    "status": lambda call: (0, [0, 0, 0, []]),
}
for name in [*EMPTY, "all"]:
    @case("S17", f"answers that are valid and empty: {name}")
    def _(w, name=name):
        w.people["jo"].kap("write", text="still here afterwards")
        before = w.vault("jo").rows()
        shown = w.shown("jo")
        for op, answer in EMPTY.items():
            if name in (op, "all"):
                w.liar.answer[op] = answer
        for words in (["sync"], ["status"], ["msg", "Ana"], ["team"]):
            code, said = w.run("jo", *words, text="hello" if "msg" in words else None)
            if words == ["sync"] and name in ("chain_get", "pull", "push", "all"):
                w.story.ok(code == 4 and "ALARM" in said, f"S17 {name}: noticed", f"{code} {said}")
        now = w.vault("jo").rows()
        gone = [(t, k) for t in ("TIMELINE", "RECORD", "LINK", "NAME", "IDENTITY") for k in before[t] if k not in now[t]]
        w.story.ok(not gone, f"S17 {name}: nothing was deleted", gone)
        w.liar.forget()
        w.story.equal(w.run("jo", "sync")[0], 0, f"S17 {name}: an honest server is spoken to as before")
        now = w.shown("jo")
        w.story.ok(all(e["text"] in now["list"] for e in json.loads(shown["list"])["entries"]),
                   f"S17 {name}: every entry is there")


@case("S18", "a member is removed, and the server takes them for a member still")
def _(w):
    """Whoever has seen the removal gives them nothing more, whatever the server says."""
    w.kap("maria", "sync")
    osei = w.genesis_of("osei")
    link = forked(w, "maria", kap.REMOVE, None, [osei])
    w.liar.chain(lambda links: links + [link])
    w.liar.device = "jo"
    w.story.equal(w.run("jo", "sync")[0], 0, "S18 Jo learns that Osei has left")
    number = w.people["jo"].json("list")["entries"][-1]["number"]
    code, said = w.run("jo", "--yes", "share", number, "--with", "Osei")
    w.story.ok(code != 0, "S18 and can share nothing with them", f"{code} {said}")
    asked = [m for way, m in w.liar.frames if way == "up" and m[2] == kap.OP["push"]]
    w.story.equal([r for m in asked for r, _ in m[3][0] if osei[:16] in kap.Record(r).core.audience], [],
                  "S18 nothing was sealed for them")


main()
