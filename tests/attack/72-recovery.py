#!/usr/bin/python3
# Goal: who comes back with the paper code is not led to another history, nor to keys of the server's.
import re

from world import Person, case, kap, main

BARE = re.compile(r"(?:[0-9A-Z]{5}-){5}[0-9A-Z]{5}")


class Coming:
    """Jo has a new paper code, loses everything, and types it on a fresh machine."""

    def __init__(self, w):
        self.w, w.liar.device = w, "jo"
        code, said = w.run("jo", "--yes", "recovery", "new")
        self.code = BARE.search(said).group()
        self.genesis = w.genesis_of("jo")
        self.links = w.link_count("jo")

    def back(self):
        """(exit code, what was said)"""
        w = self.w
        fresh = w.people["fresh"] = Person(w.story, w.house, "fresh", None)
        w.devices["fresh"], w.liar.device = kap.Device.of_recovery_code(self.code), "fresh"
        code, said = fresh.run("--yes", "--json", "recover", f"{self.code}@127.0.0.1:{w.port}", "--kdf-cost", "16")
        w.liar.settle()
        return code, said

    def refused(self, number, what, words="ALARM"):
        code, said = self.back()
        w = self.w
        w.story.ok(code not in (0, 10) and re.search(words, said), f"{number} {what}: it is noticed", f"{code} {said}")
        w.story.ok('"joined": true' not in said, f"{number} {what}: and nobody is led anywhere", said)
        w.liar.forget()
        w.liar.device = "jo"
        w.story.equal(w.link_count("jo"), self.links, f"{number} {what}: the true chain is as it was")
        code, said = w.run("jo", "sync")
        w.story.equal(code, 0, f"{number} {what}: the device one has goes on")


def resigned(link, seed):
    outer, _, inner, boxes = kap.unpack(link.data)
    return kap.pack([outer, kap.sign(seed, "link", outer), inner, boxes])


def servers_paper(w, links):
    """The newest link again, which put the paper in force, signed by the server's key."""
    return links[:-1] + [resigned(kap.Link(links[-1]), w.liar.tls_seed())]


LIES = {
    "the link that names the paper is signed by the server": servers_paper,
    "a link of the server's own stands behind it": lambda w, links: links + [resigned(kap.Link(links[-1]), w.liar.tls_seed())],
    "somebody else's chain": lambda w, links: [w.key_link("ana").link.data],
}
for name, lie in LIES.items():
    @case("S16", name)
    def _(w, name=name, lie=lie):
        coming = Coming(w)
        w.liar.chain(lambda links: lie(w, links), chain=coming.genesis)
        coming.refused("S16", name)


@case("N09", "a chain from before the paper")
def _(w):
    coming = Coming(w)
    w.liar.chain(lambda links: links[:-1], chain=coming.genesis)
    coming.refused("N09", "a chain from before the paper", "ALARM|not|no longer")


@case("N09", "a chain in which a device that is out is not out yet")
def _(w):
    coming = Coming(w)
    w.liar.device = "jo"
    jo = w.peer_of("jo")
    second = jo.add_device()
    w.run("jo", "sync")
    jo = w.peer_of("jo")
    jo.revoke(second.device.did)
    w.run("jo", "sync")
    coming.links = w.link_count("jo")
    w.liar.chain(lambda links: links[:-1], chain=coming.genesis)
    coming.refused("N09", "a device that is not out yet", ".")


@case("N10", "a paper that was replaced")
def _(w):
    coming = Coming(w)
    w.liar.device = "jo"
    w.run("jo", "--yes", "recovery", "new")
    coming.links = w.link_count("jo")
    coming.refused("N10", "a paper that was replaced", "no longer|replaced|over|not")


if __name__ == "__main__":
    main()
