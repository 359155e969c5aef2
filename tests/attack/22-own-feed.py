#!/usr/bin/python3
# Goal: what a server promised to one device alone it has to keep: a receipt, and one history for all devices of a person.
from world import ALARM, ARRIVES, SENDS, Trial, case, kap, main
from hostile import entry, forge


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


main()
