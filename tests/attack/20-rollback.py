#!/usr/bin/python3
# Goal: what a server leaves out, repeats, reorders, takes back or promises falsely is noticed, and nobody loses a word.
from world import ALARM, ARRIVES, SENDS, Trial, case, kap, main
from hostile import build, forge, take_apart


@case("K02", "a record is left out while later ones of its author arrive")
def _(w):
    w.give("kept back")
    w.give("given later")

    def lie(rows):
        del rows[-2]
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["kept back", "given later"], aside=1, why="STREAM")


@case("K02", "the first record of an author is left out")
def _(w):
    maria = w.chain(w.mal, "maria")
    w.mal.write("Mal", kap.CONTROL, [maria], kind=kap.PROFILE)
    w.mal.write("Mallory", kap.CONTROL, [maria], kind=kap.PROFILE)

    def lie(rows):
        del rows[-2]
    return Trial("maria", lambda: w.liar.feed(lie), aside=1, why="STREAM", hidden=["Mallory"])


@case("K03", "two records are exchanged")
def _(w):
    """The stream tells the order in which they were written: it is found again, and nothing is lost or doubled."""
    w.give("written first")
    w.give("written second")

    def lie(rows):
        rows[-2:] = rows[:-3:-1]

    def after():
        texts = [e["text"] for e in w.json("ana", "list", "Jo")["entries"]]
        w.story.equal(texts[-2:], ["written first", "written second"], "K03 both are read, once, in the order of writing")
    return Trial("ana", lambda: w.liar.feed(lie), exit=0, gains=ARRIVES, moves={"STREAM_OUT"}, after=after)


@case("K12", "a wrap is gone without its author's word")
def _(w):
    """An entry that an author takes back is named by an unshare. Here it is only the server that gives it no more."""
    w.give("taken by nobody's word")

    def lie(rows):
        core, wraps, signature = take_apart(rows[-1][2])
        wraps = [one if isinstance(one, bytes) else kap.wrap_hash(one) for one in wraps]
        rows[-1][2:] = [build([core, wraps, signature]), None]
    return Trial("ana", lambda: w.liar.feed(lie), hidden=["taken by nobody's word"], aside=1, says="without")


@case("K04", "records of before are given once more")
def _(w):
    w.give("given once")
    w.kap("ana", "sync")
    again = w.liar.true_feed("ana")[-4:]
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + again), exit=0)


@case("K04", "one's own record is given once more, as new")
def _(w):
    again = w.liar.true_feed("jo")
    return Trial("jo", lambda: w.liar.feed(lambda rows: rows + again), exit=0)


@case("K05", "the whole store goes back")
def _(w):
    w.give("since then")
    w.kap("ana", "sync")
    return Trial("ana", w.restore_first, says=ALARM["rollback"], after=lambda: keeps(w, "K05", "ana", "Jo", "since then"))


@case("K05", "the whole store goes back, and its author writes on")
def _(w):
    w.give("since then")
    w.kap("jo", "sync")
    w.people["jo"].kap("write", text="and then")
    return Trial("jo", w.restore_first, says=ALARM["rollback"],
                 after=lambda: keeps(w, "K05", "jo", None, "since then", "and then"))


@case("K05", "a feed goes back, the rest of the store stays")
def _(w):
    w.give("since then")
    w.kap("ana", "sync")

    def attack():
        with w.stopped() as store:
            store.put_feed(w.pid("ana"), store.feed(w.pid("ana"))[:-2])
    return Trial("ana", attack, says=ALARM["rollback"], after=lambda: keeps(w, "K05", "ana", "Jo", "since then"))


@case("K05", "a feed is given whose last entry is another")
def _(w):
    w.give("this")
    w.give("that")
    w.kap("ana", "sync")

    def attack():
        with w.stopped() as store:
            feed = store.feed(w.pid("ana"))
            store.put_feed(w.pid("ana"), feed[:-2] + feed[:-3:-1])
    return Trial("ana", attack, says=ALARM["rollback"], after=lambda: keeps(w, "K05", "ana", "Jo", "this", "that"))


def keeps(w, number, who, author, *texts):
    shown = [e["text"] for e in w.json(who, "list", *([author] if author else []))["entries"]]
    w.story.ok(all(t in shown for t in texts), f"{number} {who} still has what was there", shown)


@case("K07", "two people are shown two stores that grow apart")
def _(w):
    """Whoever was on the one sees it when shown the other."""
    def on_a_fork():
        w.copy_store("fork")
        w.people["osei"].kap("write", text="on the one store")
        w.run("osei", "sync")
        w.kap("maria", "invite", "--role", "medical", "--name", "Nurse")
        w.restore_store("fork")
        w.kap("jo", "sync")
    return Trial("osei", on_a_fork, says=ALARM["rollback"], after=lambda: keeps(w, "K07", "osei", None, "on the one store"))


@case("K11", "a record that was taken back is given again, with its wrap")
def _(w):
    number = w.give("for a day")
    w.kap("ana", "sync")
    again = w.last("ana", "jo")
    w.kap("jo", "unshare", number)
    w.kap("ana", "sync")
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [again]), exit=0,
                 after=lambda: w.story.ok("for a day" not in str(w.json("ana", "list", "Jo")),
                                          "K11 what was taken back stays so"))


@case("K11", "the server refuses who lost their wrap")
def _(w):
    number = w.give("for a day")
    w.kap("ana", "sync")
    rid = w.last("ana", "jo")[1]
    with w.liar.upstream(w.device_of("ana")) as conn:
        conn.hello()
        w.story.ok(conn.call("fetch", [rid])[0][0][1], "K11 before, the payload is served")
    w.kap("jo", "unshare", number)
    with w.liar.upstream(w.device_of("ana")) as conn:
        conn.hello()
        record, payload = conn.call("fetch", [rid])[0][0]
        wraps = take_apart(record)[1]
        w.story.equal((payload, [one for one in wraps if isinstance(one, list)]), (None, []),
                      "K11 afterwards neither payload nor wrap")


# --- deletion ---

def tombstone(w, peer, to, rids, cls=kap.SHARED, **hooks):
    content = kap.content_make(kap.TOMBSTONE_CONTENT, {60: kap.random(16), 64: kap.JOURNAL})
    return forge(peer, content, cls, to, op=kap.TOMBSTONE, targets=rids, take=False, **hooks)


@case("K08", "a tombstone for somebody else's entry")
def _(w):
    w.give("not Eve's to delete")
    w.kap("ana", "sync")
    rid, ana = w.last("ana", "jo")[1], w.chain(w.eve, "ana")
    made = tombstone(w, w.eve, [ana], [rid])
    if not w.attacked:
        w.story.refused("TARGET", "K08 the server refuses it", w.eve.push, made)
    w.liar.device = "ana"
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [[kap.NEW_RECORD, made.rid, made.record, made.payload]]),
                 exit=0, gains=ARRIVES, after=lambda: keeps(w, "K08", "ana", "Jo", "not Eve's to delete"))


@case("K08", "a tombstone that the server made")
def _(w):
    """In the author's name, with the author's place in the streams, signed by what the server has."""
    w.give("not the server's to delete")
    w.kap("ana", "sync")
    rid, jo = w.last("ana", "jo")[1], w.peer_of("jo")
    made = tombstone(w, jo, [w.chain(w.eve, "ana")], [rid], sign=(w.liar.tls_seed(), "record"))
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [[kap.NEW_RECORD, made.rid, made.record, made.payload]]),
                 aside=1, why="SIGNATURE", after=lambda: keeps(w, "K08", "ana", "Jo", "not the server's to delete"))


@case("K08", "an entry is said to be gone, and nobody deleted it")
def _(w):
    w.give("still there")
    w.kap("ana", "sync")
    rid = w.last("ana", "jo")[1]
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows + [[kap.WRAP_TAKEN, rid, None, None]]), exit=0,
                 after=lambda: keeps(w, "K08", "ana", "Jo", "still there"))


@case("K08", "a clinical record is deleted before its day")
def _(w):
    osei = w.chain(w.mal, "osei")
    day = kap.now_ms() // kap.DAY_MS + 2600
    note = forge(w.mal, kap.content_make(kap.JOURNAL, {2: "to be kept"}), kap.CLINICAL, [osei], core={"retain_until": day})
    w.mal.push(note)
    w.story.refused("RETAINED", "K08 the server refuses it", w.mal.push, tombstone(
        w, w.mal, [osei], [note.rid], kap.CLINICAL, core={"retain_until": day}))
    w.story.equal(w.mal.fetch(note.rid)[0][1] is not None, True, "K08 the record is served as before")


@case("K10", "an entry that was deleted is given again, whole")
def _(w):
    number = w.give("deleted for good")
    w.kap("ana", "sync")
    again = w.last("ana", "jo")
    w.kap("jo", "--yes", "delete", "--now", number)
    w.kap("jo", "sync")
    w.run("ana", "sync")
    w.story.ok("deleted for good" not in str(w.shown("ana")), "K10 it is gone from the reader's device")
    stored = [kap.unpack(row) for row in w.vault("ana").rows()["TIMELINE"].values()]
    w.story.ok(not any(b"deleted for good" in (row[5] or b"") for row in stored), "K10 and from its vault")
    w.liar.feed(lambda rows: rows + [again])
    code, said = w.run("ana", "sync")
    stored = [kap.unpack(row) for row in w.vault("ana").rows()["TIMELINE"].values()]
    w.story.ok("deleted for good" not in str(w.shown("ana")) and not any(b"deleted for good" in (row[5] or b"") for row in stored),
               "K10 given again, it stays gone", f"{code} {said}")


# --- what the server signs ---

def heads(number, what, edit, says):
    @case(number, what)
    def _(w):
        w.give("not by this")

        def change(body):
            rows, more, head, signature = body
            fields = kap.unpack(head)
            edit(w, fields, body)
            if body[2] == head:
                body[2] = kap.pack(fields)
            if body[3] == signature:
                body[3] = w.liar.sign("feed-head", body[2])
        return Trial("ana", lambda: w.liar.change("pull", change), hidden=["not by this"], says=says)


def put(at, value):
    def edit(w, fields, _):
        fields[at] = value(w) if callable(value) else value
    return edit


heads("K13", "the end of the feed is that of another clinic", put(1, bytes(32)), ALARM["receipt"])
heads("K13", "the end of the feed is of another life of the server", put(2, bytes(16)), ALARM["receipt"])
heads("K13", "the end of the feed is another person's", put(3, lambda w: w.pid("jo")), ALARM["receipt"])
heads("K13", "the end of the feed lies before what is given", put(4, 0), ALARM["rollback"])
heads("K13", "the end of the feed has another head", put(5, bytes(32)), ALARM["rollback"])
heads("K13", "the end of the feed is signed by the server's other key",
      lambda w, f, body: body.__setitem__(3, kap.sign(w.liar.tls_seed(), "feed-head", body[2])), "ALARM")
heads("K13", "the end of the feed is signed by a member",
      lambda w, f, body: body.__setitem__(3, kap.sign(w.mal.device.sign, "feed-head", body[2])), "ALARM")
heads("K13", "a number of the feed is passed over", lambda w, f, body: body[0][-1].__setitem__(0, body[0][-1][0] + 1),
      ALARM["rollback"])
heads("K13", "an entry of the feed is left out under the true end", lambda w, f, body: body[0].pop(), ALARM["rollback"])
heads("K13", "more is promised and nothing given", lambda w, f, body: (body[0].clear(), body.__setitem__(1, True)),
      ALARM["rollback"])


@case("K13", "a server that gives nothing new")
def _(w):
    """That alone cannot be told from a quiet day; what was there is all there."""
    w.give("not given")
    w.liar.device = "ana"
    seen = len(w.liar.true_feed("ana")) - 1
    return Trial("ana", lambda: w.liar.feed(lambda rows: rows[:seen]), exit=0, hidden=["not given"])


def receipts(what, edit):
    @case("K15", what)
    def _(w):
        w.people["jo"].kap("write", text="kept until it is proven")

        def change(body):
            edit(w, body)
        return Trial("jo", lambda: w.liar.change("push", change), says=ALARM["receipt"], gains=ARRIVES, moves=SENDS,
                     after=lambda: still_waits(w))


def still_waits(w):
    entry = w.json("jo", "list")["entries"][-1]
    w.story.equal((entry["text"], entry["on-server"]), ("kept until it is proven", False), "K15 the words wait here")
    w.liar.forget()
    code, _ = w.run("jo", "sync")
    w.story.equal((code, w.json("jo", "list")["entries"][-1]["on-server"]), (0, True),
                  "K15 and an honest server gets them")


def receipt(at, value):
    def edit(w, body):
        fields = kap.unpack(body[1])
        fields[at] = value(w, fields[at]) if callable(value) else value
        body[1] = kap.pack(fields)
        body[2] = w.liar.sign("receipt", body[1])
    return edit


receipts("a receipt for another record", receipt(4, lambda w, rows: [[kap.random(32), *row[1:]] for row in rows]))
receipts("a receipt for somebody else", receipt(3, lambda w, _: w.pid("ana")))
receipts("a receipt of another clinic", receipt(1, bytes(32)))
receipts("a receipt of another life of the server", receipt(2, bytes(16)))
receipts("a receipt with a record too many", receipt(4, lambda w, rows: rows + [[kap.random(32), 9, bytes(32)]]))
receipts("a receipt that is not signed", lambda w, body: body.__setitem__(2, bytes(64)))
receipts("a receipt signed by the server's other key",
         lambda w, body: body.__setitem__(2, kap.sign(w.liar.tls_seed(), "receipt", body[1])))
receipts("no receipt", lambda w, body: (body.__setitem__(1, None), body.__setitem__(2, None)))
receipts("an old receipt", lambda w, body: body.__setitem__(slice(1, 3), old_receipt(w)))


def old_receipt(w):
    sealed = w.eve.seal(kap.content_make(kap.JOURNAL, {2: "x"}), kap.PRIVATE)
    return w.eve.c.call("push", [[sealed.record, sealed.payload]])[1:3]


@case("K15", "a record that was accepted is changed in the store")
def _(w):
    """kapd's own checks are made good: it serves what its readers refuse."""
    w.give("changed in the store")
    rid = w.last("ana")[1]

    def attack():
        with w.stopped() as store:
            _, _, record, payload = store.record(rid)
            core, wraps, signature = take_apart(record)
            store.put_record(rid, payload=payload[:-1] + bytes([payload[-1] ^ 1]))
            assert build([core, wraps, signature]) == record
    return Trial("ana", attack, hidden=["changed in the store"], aside=1, why="HASH")


main()
