#!/usr/bin/python3
# Goal: what was written survives: newer programs, older ones, and a store that was damaged or emptied.
import shutil

from world import case, kap, main
from hostile import entry, flip, forge


@case("F06", "entries of a newer program")
def _(w):
    """A kind that is not known, a field that is not known: kept, shown as such, and in nobody's way."""
    ana = w.chain(w.eve, "ana")
    newer = kap.content_make(5064, {1: "of a newer kind", 900: [1, ["two", b"three"]]})
    field = kap.content_make(kap.JOURNAL, {2: "with a field to come", 4000000000: [True, None, "x" * 100]})
    for content in (newer, field, entry("an ordinary one")):
        w.eve.push(forge(w.eve, content, to=[ana]))
    code, said = w.run("ana", "sync")
    w.story.equal(code, 0, "F06 all of it is taken")
    shown = w.json("ana", "list", "Eve")["entries"]
    texts = [e["text"] for e in shown]
    w.story.ok("with a field to come" in texts and "an ordinary one" in texts, "F06 what can be read is read", texts)
    stored = [kap.unpack(row)[5] for row in w.vault("ana").rows()["TIMELINE"].values()]
    w.story.ok(newer in stored and field in stored, "F06 and everything is kept as it came, byte by byte")


@case("F06", "kinds between, which no program has yet")
def _(w):
    ana = w.chain(w.eve, "ana")
    for kind in (0, 20, 63):
        content = kap.pack([1, kind, kap.random(16), [], 1, 0, 1, None, [[2, "between"]]])
        w.eve.push(forge(w.eve, content, to=[ana]))
        code, said = w.run("ana", "sync")
        w.story.equal((code, "between" in str(w.shown("ana"))), (4, False), f"F06 kind {kind} is kept aside")
    w.eve.push(forge(w.eve, entry("an ordinary one"), to=[ana]))
    w.story.equal(w.run("ana", "sync")[0], 0, "F06 what comes after is taken")


@case("F05", "a server that was emptied")
def _(w):
    """Somebody makes a new clinic with the old keys: nothing is given to it, nothing here is lost."""
    w.people["jo"].kap("write", text="written before")
    keys = {name: (w.house.state / name).read_bytes() for name in ("tls.key", "log.key")}

    def emptied():
        shutil.rmtree(w.house.state)
        w.house.init()
        for name, data in keys.items():
            (w.house.state / name).write_bytes(data)
    before = w.vault("jo").rows()
    w.restart_with(emptied)
    for who in ("jo", "ana"):
        code, said = w.run(who, "sync")
        w.story.ok(code in (4, 7), f"F05 {who} is told", f"{code} {said}")
    asked = {m[2] for way, m in w.liar.frames if way == "up"}
    w.story.ok(kap.OP["push"] not in asked, "F05 nothing was sent to it", asked)
    now = w.vault("jo").rows()
    w.story.ok(all(now[t].get(k) == v for t in before for k, v in before[t].items()), "F05 all that was here is here")


@case("F07", "every part of a stored record damaged in the store")
def _(w):
    """With the store's own checks made good: a reader refuses what is not what was written."""
    w.give("whole")
    rid = w.last("ana")[1]
    with w.stopped() as store:
        _, _, record, payload = store.record(rid)
        store.put_record(rid, record=flip(record, 40), payload=payload)
    code, said = w.run("ana", "sync")
    w.story.ok(code != 0 and "whole" not in str(w.shown("ana")), "F07 a changed record is noticed", f"{code} {said}")
    with w.stopped() as store:
        store.put_record(rid, record=record, payload=payload)
    code, said = w.run("jo", "sync")
    w.story.equal(code, 0, "F07 its author goes on as before")


@case("F07", "a value in the store that does not prove itself")
def _(w):
    """Without making the check good: kapd itself notices, and serves nothing of it."""
    w.give("unproven")
    rid = w.last("ana")[1]
    with w.stopped() as store:
        arrival, _, _, payload = store.record(rid)
        stored = store.txn.get(arrival, db=store.table("PAYLOADS"))
        store.txn.put(arrival, flip(stored, 20), db=store.table("PAYLOADS"))
        assert payload
    code, said = w.run("ana", "sync")
    w.story.ok(code != 0 and "unproven" not in str(w.shown("ana")), "F07 nothing of it is shown", f"{code} {said}")
    w.house.stop()
    w.story.ok(w.house.kapctl("check").returncode != 0, "F07 kapctl check finds it")
    w.start()


@case("F08", "a store whose feed leads nowhere")
def _(w):
    w.give("not there")
    rid = w.last("ana")[1]
    with w.stopped() as store:
        store.drop("RIDS", rid)
    code, said = w.run("ana", "sync")
    w.story.ok(code != 0, "F08 the reader is told", f"{code} {said}")
    w.house.stop()
    w.story.ok(w.house.kapctl("check").returncode != 0, "F08 kapctl check finds it")
    w.start()


main()
