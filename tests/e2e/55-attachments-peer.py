#!/usr/bin/python3
# Goal: attachments that a second implementation makes are opened by kap, and the other way round; parts that are wrong
# in any way are refused by the server or found out by the reader, and what is right beside them is taken.
import os
import sys

import kap_peer as kap
from people import Person
from story import House, Story

TEXT = b"plain words, attached\n"


def entry(peer, attachments, to=(), **options):
    """A sealed journal entry with these attachments, which the core names as given or as it should."""
    content = kap.content_make(kap.JOURNAL, {2: "with a file", 7: attachments})
    options.setdefault("blobs", kap.core_blobs(attachments))
    return peer.seal(content, kap.SHARED if to else kap.PRIVATE, to=to, **options)


def newest(person, author):
    return str(person.json("list", author)["entries"][-1]["number"])


def from_peer(story, eve, ana, chain):
    """A second implementation's files, in the hands of kap."""
    data = b"OggS" + bytes(24) + b"OpusHead" + os.urandom(700000)
    parts, sound = kap.blob_make(data, "..\u202ewalk.ogg", "audio/ogg")
    note_parts, note = kap.blob_make(TEXT, "..", "text/plain")
    story.equal(len(parts), 3, "a file of 700 kB has three parts")
    eve.c.call("blob_put", sound[0], sound[2], 1, parts[1])
    story.equal(eve.send_blob(sound, parts), 2, "what is there is not sent again")
    eve.send_blob(note, note_parts)
    eve.push(entry(eve, [sound, note], to=[chain]))
    story.equal(ana.run("sync")[0], 0, "the entry arrives")
    number, out = newest(ana, "eve"), story.place / "saved"
    shown = ana.kap("read", "eve", number)
    story.ok("recording" in shown and "700 KB" in shown and "\u202e" not in shown, "and is shown with its files", shown)
    story.equal(ana.run("save", "eve", number)[0], 6, "of two, one must be chosen")
    ana.kap("save", "eve", number, "1", "-o", out)
    story.equal(out.read_bytes() == data, True, "what is saved is what was attached")
    story.equal(out.stat().st_mode & 0o777, 0o600, "for its owner alone")
    here = os.getcwd()
    os.chdir(story.place)
    ana.kap("save", "eve", number, "2")
    ana.kap("save", "eve", number, "1")
    os.chdir(here)
    made = sorted(path.name for path in story.place.iterdir() if path.name in ("attachment.txt", "walk.ogg"))
    story.equal(made, ["attachment.txt", "walk.ogg"], "names that are none, or would turn text around, are made into others")
    story.equal((story.place / "attachment.txt").read_bytes(), TEXT, "with what was in them")
    return sound


def refusals(story, eve):
    parts, a = kap.blob_make(os.urandom(600000), "a.pdf", "application/pdf")
    other_parts, b = kap.blob_make(os.urandom(600000), "b.pdf", "application/pdf")
    blob, length, put = a[0], a[2], eve.c.call
    longer = kap.blob_make(bytes(900000), "c", "a/b")[1][2]
    story.refused("SHAPE", "a part that is too short is refused", put, "blob_put", blob, length, 0, parts[0][:-1])
    story.refused("SHAPE", "a part beyond the last is refused", put, "blob_put", blob, length, 3, parts[0])
    story.refused("SHAPE", "a length that no file has is refused", put, "blob_put", blob, length + 1, 0, parts[0])
    story.refused("NOT_FOUND", "nothing of it is there", put, "blob_stat", blob)
    put("blob_put", blob, length, 0, parts[0])
    story.refused("EXISTS", "other bytes in a part's place are refused", put, "blob_put", blob, length, 0, parts[1])
    story.refused("EXISTS", "another length is refused", put, "blob_put", blob, longer, 0, parts[0])
    story.refused("TARGET", "a record before its parts is refused", eve.push, entry(eve, [a]))
    story.equal(put("blob_stat", blob), [length, b"\x01"], "the server says what it has")
    eve.send_blob(a, parts)
    eve.send_blob(b, other_parts)
    swapped = [[a[0], a[2], b[3]], [b[0], b[2], a[3]]]
    story.refused("TARGET", "roots that are swapped are refused", eve.push, entry(eve, [a, b], blobs=swapped))
    story.refused("TARGET", "a blob named twice is refused", eve.push, entry(eve, [a], blobs=kap.core_blobs([a, a])))
    story.refused("TARGET", "an id that is not there is refused", eve.push,
                  entry(eve, [a], blobs=[[kap.random(16), a[2], a[3]]]))
    eve.push(entry(eve, [a, b]))
    story.ok(True, "and the record is taken when all is there and right")
    return a, parts


def others(story, tom, mine):
    """Somebody who may read nothing of it."""
    blob, parts = mine[0][0], mine[1]
    story.refused("NOT_FOUND", "nobody else gets a part", tom.c.call, "blob_get", blob, 0)
    story.refused("NOT_FOUND", "or learns that it is there", tom.c.call, "blob_stat", blob)
    story.refused("EXISTS", "nor can take its id", tom.c.call, "blob_put", blob, mine[0][2], 0, parts[0])
    story.refused("TARGET", "nor name it", tom.push, entry(tom, [mine[0]]))
    many = [kap.blob_make(b"x", "x.txt", "text/plain") for _ in range(32)]
    for one, row in many:
        tom.c.call("blob_put", row[0], row[2], 0, one[0])
    extra = kap.blob_make(b"x", "x.txt", "text/plain")
    story.refused("QUOTA", "who leaves 32 of them lying begins no more", tom.c.call, "blob_put", extra[1][0], extra[1][2], 0,
                  extra[0][0])
    tom.push(entry(tom, [row for _, row in many[:16]]))
    story.equal(tom.send_blob(extra[1], extra[0]), 1, "until a record names some")


def lies(story, eve, ana, chain):
    """What the server cannot see and the reader does."""
    parts, a = kap.blob_make(os.urandom(300000), "a.pdf", "application/pdf")
    other_parts, b = kap.blob_make(os.urandom(300000), "b.pdf", "application/pdf")
    eve.send_blob(a, parts)
    eve.send_blob(b, other_parts)
    number = len(ana.json("list", "eve")["entries"])
    for what, said, named in (("another blob than the core names", [b], [a]), ("none in the core", [a], []),
                              ("none in the content", [], [a]), ("an order of its own", [a, b], [b, a]),
                              ("a size that does not fit", [[*a[:4], a[4] + 100000, *a[5:]]], [a])):
        eve.push(entry(eve, said, to=[chain], blobs=kap.core_blobs(named)))
        story.equal(ana.run("sync")[0], 4, f"an entry with {what} is kept aside")
    story.equal(len(ana.json("list", "eve")["entries"]), number, "and not shown")
    eve.push(entry(eve, [[a[0], kap.random(32), *a[2:]]], to=[chain]))
    story.equal(ana.run("sync")[0], 0, "that a key is another one shows when it is opened")
    code, said = ana.run("save", "eve", newest(ana, "eve"), "-o", story.place / "lie")
    story.equal((code, (story.place / "lie").exists()), (4, False), "and nothing is saved")
    story.ok("not what was attached" in said, "and it is said", said)


def to_peer(story, jo, tom):
    """kap's file, in the hands of a second implementation."""
    data = b"\x89PNG\r\n\x1a\n" + os.urandom(400000)
    (story.place / "drawing.png").write_bytes(data)
    jo.kap("attach", story.place / "drawing.png", "--title", "A drawing")
    jo.kap("--yes", "share", "1", "--with", "Tom")
    tom.sync()
    found = [content for _, _, content in tom.pull() if content and content.kind == kap.JOURNAL]
    story.equal(tom.bad, [], "a second implementation finds nothing wrong")
    attachment = found[-1].fields[7][0]
    story.equal(attachment[4:], [len(data), "drawing.png", "image/png"], "and reads what is attached")
    story.equal(tom.fetch_blob(attachment) == data, True, "and the file itself")
    jo.kap("unshare", "1", "--from", "Tom")
    jo.kap("sync")
    story.refused("NOT_FOUND", "until it is taken back", tom.c.call, "blob_get", attachment[0], 0)


def main():
    with Story() as story:
        house = House(story)
        code = house.init()
        house.start()
        admin = kap.Peer().join(code, "127.0.0.1", house.port)

        def invite(role, name, team=()):
            admin.sync()
            return f"{admin.invite(role, list(team), name=name)}@127.0.0.1:{house.port}"

        ana = Person(story, house, "ana", invite(kap.THERAPIST, "Ana Reyes"))
        admin.sync()
        ana_id = next(g for g in admin.clinic.members if g != admin.me.genesis)
        tom = kap.Peer().join(invite(kap.THERAPIST, "Tom"))
        eve = kap.Peer().join(invite(kap.CLIENT, "Eve", [ana_id]))
        jo = Person(story, house, "jo", invite(kap.CLIENT, "Jo M.", [ana_id, tom.me.genesis]))
        for peer in (tom, eve):
            peer.sync()
            story.ends.append(peer.close)
        chain = eve.key_chain(ana_id)
        eve.write("Eve", kap.CONTROL, [chain], kind=kap.PROFILE)
        jo.kap("sync")
        jo_id = next(g for g in tom.clinic.members if g not in (admin.me.genesis, ana_id, tom.me.genesis, eve.me.genesis))
        tom.write("Tom", kap.CONTROL, [tom.key_chain(jo_id)], kind=kap.PROFILE)
        ana.kap("sync")
        jo.kap("sync")
        from_peer(story, eve, ana, chain)
        mine = refusals(story, eve)
        others(story, tom, mine)
        lies(story, eve, ana, chain)
        to_peer(story, jo, tom)
        admin.close()
        house.whole()


sys.exit(main())
