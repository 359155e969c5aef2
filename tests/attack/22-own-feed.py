#!/usr/bin/python3
# Goal: what a server promised to one device alone it has to keep: a receipt, and one history for all devices of a person.
from world import ALARM, ARRIVES, FAKETIME, SENDS, Trial, case, kap, main
from hostile import entry, forge
from story import SANITIZED


# --- a receipt, and the author's own feed ---

def promised(what, edit):
    """The record is taken with a good receipt; then the author's own feed is another. `edit` gets rows and the rid."""
    @case("K16", what)
    def _(w):
        w.people["jo"].kap("write", text="taken with a receipt")
        taken = []

        def push(call):
            status, body = call.truth
            if status == 0 and not taken:
                taken.append(kap.unpack(body[1])[4][0][0])
                w.liar.feed(lambda rows: edit(w, rows, taken[0]))
            return status, body

        def after():
            entry = w.json("jo", "list")["entries"][-1]
            w.story.equal(entry["text"], "taken with a receipt", "K16 the words are here")
            w.liar.forget()
            code, said = w.run("jo", "sync")
            w.story.equal((code, w.json("jo", "list")["entries"][-1]["on-server"]), (0, True),
                          "K16 and an honest server is believed again")
        return Trial("jo", lambda: w.liar.answer.__setitem__("push", push), says=ALARM["rollback"], gains=ARRIVES,
                     moves=SENDS, after=after)


promised("a record is taken with a receipt, and left out of its author's feed",
         lambda w, rows, rid: [r for r in rows if r[1] != rid])


@case("K16", "it is left out, and the feed goes on without it")
def _(w):
    w.people["jo"].kap("write", text="left out")
    w.kap("jo", "sync")
    rid = w.last("jo", "jo")[1]
    w.kap("ana", "msg", "Jo", text="later than that")
    return Trial("jo", lambda: w.liar.feed(lambda rows: [r for r in rows if r[1] != rid]), says=ALARM["rollback"],
                 hidden=["later than that"])


@case("K16", "another record stands where one was promised")
def _(w):
    """One of the same person, which only a second device could have made."""
    w.people["jo"].kap("write", text="promised")
    jo = w.peer_of("jo")
    other = forge(jo, entry("in its place"), kap.PRIVATE, take=False)

    def push(call):
        status, body = call.truth
        if status == 0:
            rid = kap.unpack(body[1])[4][0][0]
            w.liar.feed(lambda rows: [[kap.NEW_RECORD, other.rid, other.record, other.payload] if r[1] == rid else r
                                      for r in rows])
        return status, body
    return Trial("jo", lambda: w.liar.answer.__setitem__("push", push), says=ALARM["rollback"], gains=ARRIVES, moves=SENDS,
                 after=lambda: w.story.ok("in its place" not in str(w.shown("jo")), "K16 what stands there is not shown"))


@case("K16", "a receipt for a place that was read already")
def _(w):
    w.people["jo"].kap("write", text="promised behind")

    def push(call):
        status, body = call.truth
        if status == 0:
            fields = kap.unpack(body[1])
            fields[4] = [[rid, 1 + at, head] for at, (rid, _, head) in enumerate(fields[4])]
            body = [body[0], kap.pack(fields), None, body[3]]
            body[2] = w.liar.sign("receipt", body[1])
        return status, body
    return Trial("jo", lambda: w.liar.answer.__setitem__("push", push), says=ALARM["rollback"], gains=ARRIVES, moves=SENDS)


# --- two devices of one person, two copies of the store ---

def second_device(w):
    """Jo's second device, made from what Jo's first one knows: a peer that is let in, and has pulled."""
    jo = w.peer_of("jo")
    other = jo.add_device()
    other.sync()
    other.pull()
    w.kap("jo", "sync")
    return jo, other


@case("K01", "what one's own other device wrote is left out, and its later records are given")
def _(w):
    _, other = second_device(w)
    for text in ("written on the laptop", "written later on the laptop"):
        other.push(forge(other, entry(text), kap.PRIVATE))

    def lie(rows):
        del rows[-2]
    return Trial("jo", lambda: w.liar.feed(lie), aside=1, why="STREAM",
                 hidden=["written on the laptop", "written later on the laptop"])


@case("K07", "two devices of one person are shown two stores that grow apart")
def _(w):
    """Each gets a receipt on its own store. Whoever is shown the other one notices, and keeps its words."""
    _, other = second_device(w)
    other.push(forge(other, entry("on both"), kap.PRIVATE))
    w.kap("jo", "sync")

    def fork():
        w.copy_store("fork")
        w.people["jo"].kap("write", text="on the phone's store")
        w.run("jo", "sync")
        w.restore_store("fork")
        other.address = ("127.0.0.1", w.house.port)
        other.close()
        other.push(forge(other, entry("on the laptop's store"), kap.PRIVATE))

    def after():
        texts = [e["text"] for e in w.json("jo", "list")["entries"]]
        w.story.ok("on the phone's store" in texts and "on the laptop's store" not in texts,
                   "K07 the phone keeps its words, and takes nothing of the other store", texts)
        kept = [kap.unpack(row) for row in w.vault("jo").rows()["RECEIPT"].values()]
        w.story.ok(kept, "K07 and the receipts of the store that is gone, as evidence")
    return Trial("jo", fork, says=ALARM["rollback"], after=after)


# --- a server that takes everything, and never says so ---

@case("K09", "the server is reached for days, and gives no receipt")
def _(w):
    w.people["jo"].kap("write", text="waits for a receipt")
    never = lambda call: (kap.STATUS_OF["BUSY"], [])  # noqa: E731
    later = {"LD_PRELOAD": FAKETIME, "FAKETIME": "+4d", "FAKETIME_DONT_RESET": "1"}
    if SANITIZED:
        return w.story.skip("K09 the fourth day", "sanitizers do not like to be preloaded")
    w.liar.answer["push"] = never
    code, said = w.run("jo", "sync")
    w.story.ok(code == 10 and "3 days" not in said, "K09 on the first day it only waits", f"{code} {said}")
    w.people["jo"].more = later
    try:
        code, said = w.run("jo", "sync")
        w.story.ok(code == 10 and "1 of what you wrote waits for more than 3 days, though the server was reached" in said,
                   "K09 on the fourth it is said", f"{code} {said}")
        code, said = w.run("jo", "status")
        w.story.ok("waits for more than 3 days" in said, "K09 and by status", f"{code} {said}")
        w.liar.forget()
        code, said = w.run("jo", "sync")
        w.story.ok(code == 0 and "3 days" not in said, "K09 an honest server takes it, and nothing waits", f"{code} {said}")
    finally:
        w.people["jo"].more = {}


main()
