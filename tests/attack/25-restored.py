#!/usr/bin/python3
# Goal: a store that was put back is believed to be that only by an admin's word, and gives nobody more than they had.
import shutil

from world import ALARM, ARRIVES, SENDS, Trial, case, copy_tree, main

KNOWN = {"CURSOR", "STREAM_IN", "STREAM_OUT", "LINK", "CHAIN", "FACT"}


def new_generation(w, copy=None):
    """The store (or a copy of it in its place) begins a new generation."""
    def change():
        if copy:
            shutil.rmtree(w.house.state)
            copy_tree(w.story.place / copy, w.house.state)
        done = w.house.kapctl("restored")
        if done.returncode:
            raise RuntimeError(done.stderr)
    w.restart_with(change)


def keeps(w, number, who, author, *texts):
    shown = [e["text"] for e in w.json(who, "list", *([author] if author else []))["entries"]]
    w.story.ok(all(t in shown for t in texts), f"{number} {who} still has what was there", shown)


@case("K06", "an old store under a new generation, and no notice")
def _(w):
    w.give("since then")
    w.kap("ana", "sync")
    return Trial("ana", lambda: new_generation(w, "first/kapd"), says=ALARM["generation"],
                 after=lambda: keeps(w, "K06", "ana", "Jo", "since then"))


@case("K06", "a new generation of the very same store, and no notice")
def _(w):
    w.give("since then")
    w.kap("ana", "sync")
    return Trial("ana", lambda: new_generation(w), says=ALARM["generation"],
                 after=lambda: keeps(w, "K06", "ana", "Jo", "since then"))


@case("K06", "the notice is of another generation than the server's")
def _(w):
    """An admin announced one; the server then goes back once more and has begun another."""
    w.give("since then")
    w.kap("ana", "sync")

    def attack():
        new_generation(w)
        w.kap("maria", "--yes", "clinic", "restored")
        new_generation(w)
    return Trial("ana", attack, says=ALARM["generation"], moves=KNOWN)


@case("F05", "an old store with a notice is healed")
def _(w):
    """The control shows the same words: whoever reads on a new day finds all that was there."""
    w.give("since then")
    w.kap("ana", "sync")
    w.kap("maria", "sync")

    def attack():
        new_generation(w, "first/kapd")
        w.kap("maria", "--yes", "clinic", "restored")

    def after():
        w.kap("jo", "sync")
        w.kap("ana", "sync")
        keeps(w, "F05", "ana", "Jo", "since then")
        w.give("after that")
        w.kap("ana", "sync")
        keeps(w, "F05", "ana", "Jo", "since then", "after that")
    return Trial("ana", attack, exit=0, moves=KNOWN | SENDS, gains=ARRIVES | KNOWN, after=after)


main()
