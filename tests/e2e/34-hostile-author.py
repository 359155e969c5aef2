#!/usr/bin/python3
# Goal: what a hostile device writes is kept aside or shown harmlessly; a terminal never obeys it, and nothing else is
# touched. Who has left the clinic cannot be written to, and what was written stays.
import re
import sys

import kap_peer as kap
from people import Person, Terminal
from story import House, Story

# what a terminal may obey: C0 but newline, C1, bidi controls, line separators
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\udc80-\udcff]")

REFUSED = {
    "an escape sequence in a text": {2: "look \033[2J here"},
    "an escape sequence in a title": {1: "\033]0;owned\007", 2: "text"},
    "NUL in a text": {2: "before\0after"},
    "a control character of the second set": {2: "\x9b31m red"},
    "a carriage return": {2: "one\rtwo"},
    "a backspace in a title": {1: "safe\b\b\b\bevil", 2: "text"},
    "a text that is not composed": {2: "cafe\u0301"},
    "a mood of 11": {2: "text", 4: 11},
    "a tag of two words": {2: "text", 3: ["two words"]},
    "a tag with an escape sequence": {2: "text", 3: ["\033[2J"]},
    "a title of 121 characters": {1: "x" * 121, 2: "text"},
    "a text that is a number": {2: 7},
    "no text": {1: "title"},
}
SHOWN = {
    "bidi controls in a text": {2: "user \u202etxt.exe\u2066 end"},
    "bidi controls in a title": {1: "a\u202eb\u2067c", 2: "text"},
    "line separators": {2: "one\u2028two\u2029three"},
    "a title of two lines": {1: "PRIVATE\n  9  Mon  not real", 2: "text"},
    "a tab in a title": {1: "a\tb", 2: "text"},
    "two hundred combining marks": {2: "z" + "\u0335" * 200},
    "a text of spaces and newlines": {2: " \n\n\n \n"},
    "an empty text": {2: ""},
    "an unknown prompt": {2: "text", 5: "\u202eno-such-prompt"},
}


def harmless(story, person, what, *words):
    """What is shown has nothing that a terminal obeys."""
    process = person.start(*words)
    out, err = process.communicate(timeout=30)
    return story.ok(not OBEYED.search(out + err) and process.returncode == 0, what,
                    f"exit code {process.returncode}: {(out + err)!r}"[:1500])


def entries(ana, eve, cast):
    story, to = cast["story"], [eve.key_chain(cast["ana"])]
    good = eve.write("a good entry", kap.SHARED, to)
    story.equal(ana.run("sync")[0], 0, "a good entry of the same device arrives")
    for what, fields in REFUSED.items():
        eve.push(eve.seal(kap.content_make(kap.JOURNAL, fields), kap.SHARED, to=to))
        code, said = ana.run("sync")
        story.equal((code, "1 record was kept aside and not shown: The content does not fit its kind." in said), (4, True),
                    f"{what} is kept aside, and said")
    sealed = kap.content_make(kap.JOURNAL, {2: "XXXX"}).replace(b"XXXX", b"\xff\xfe\xff\xfe")
    eve.push(eve.seal(sealed, kap.SHARED, to=to))
    story.equal(ana.run("sync")[0], 4, "what is not UTF-8 is kept aside")
    story.equal(len(ana.json("list", "eve")["entries"]), 1, "none of it is in the list")
    story.equal(len(ana.json("status")["kept-aside"]), len(REFUSED) + 1, "kap status counts them")
    for what, fields in SHOWN.items():
        eve.push(eve.seal(kap.content_make(kap.JOURNAL, fields), kap.SHARED, to=to))
        code, said = ana.run("sync")
        number = ana.json("list", "eve")["entries"][-1]["number"]
        story.ok(code == 0, f"{what}: taken", said)
        harmless(story, ana, "and harmless when it is read", "read", "eve", number)
        harmless(story, ana, "and as lines for a program", "--plain", "read", "eve", number)
        harmless(story, ana, "and in its history", "history", "eve", number)
    harmless(story, ana, "the list is harmless", "list", "eve")
    harmless(story, ana, "for programs, too", "--plain", "list", "eve")
    process = ana.start("list", "eve")
    rows = process.communicate()[0].splitlines()
    story.equal(len(rows), 2 + len(SHOWN), "and has a row for each entry, no more")
    at = Terminal(ana, "list", "eve", term="xterm", NO_COLOR="1")
    if not ana.unlocked:
        at.expect("Passphrase: ").type("correct horse battery staple\n")
    at.end()
    story.ok(not OBEYED.search(at.seen.replace("\r\n", "\n")), "at a terminal too", repr(at.seen)[:800])
    return good


def names(ana, eve, cast):
    story, to = cast["story"], [eve.key_chain(cast["ana"])]
    for what, name, shown in (("an escape sequence", "\033[2JEve", False), ("a bidi control", "E\u202eve", True),
                              ("two lines", "Eve\nAna Reyes", None), ("81 characters", "x" * 81, False)):
        eve.push(eve.seal(kap.content_make(kap.PROFILE, {40: name}), kap.CONTROL, to=to))
        code, _ = ana.run("sync")
        story.ok(shown is None or code == (0 if shown else 4), f"a name with {what} is {'taken' if shown else 'kept aside'}")
        for words in (["team"], ["list"], ["--plain", "team"], ["inbox"]):
            harmless(story, ana, f"`{' '.join(words)}` is harmless after it", *words)
        rows = [row for row in ana.start("team").communicate()[0].splitlines() if re.match(r" *Ana Reyes\b", row)]
        story.equal(rows, [], "and nobody else is called like somebody here")


def messages(ana, eve, cast):
    story, to = cast["story"], [eve.key_chain(cast["ana"])]
    fields = {2: "see \u202ebelow", 20: kap.random(16), 21: 0}
    eve.push(eve.seal(kap.content_make(kap.MESSAGE, {**fields, 22: "\033[2J"}), kap.SHARED, to=to))
    story.equal(ana.run("sync")[0], 4, "a message whose type has an escape sequence is kept aside")
    eve.push(eve.seal(kap.content_make(kap.MESSAGE, {**fields, 22: "\u202ekind"}), kap.SHARED, to=to))
    story.equal(ana.run("sync")[0], 0, "one with a bidi control is taken")
    harmless(story, ana, "and harmless in the inbox", "inbox")
    harmless(story, ana, "and when it is read", "read", "inbox", 1)
    eve.push(eve.seal(kap.content_make(kap.MESSAGE, {**fields, 20: kap.random(16), 21: 2}), kap.SHARED, to=to))
    code, _ = ana.run("sync")
    urgent = [m for m in ana.json("inbox")["messages"] if m["priority"] == "urgent"]
    story.ok(not urgent, "a client's device cannot make a message urgent", f"exit code {code}: {urgent}")


def leaving(story, house, admin, jo, cast):
    """A person is removed while words for them wait."""
    jo.kap("write", text="for somebody who leaves")
    jo.kap("sync")
    number = jo.json("list")["entries"][-1]["number"]
    admin.sync()
    admin.remove(cast["dora"])
    code, said = jo.run("--yes", "share", number, "--with", "Dora")
    story.equal((code, "private to you now" in said), (4, True), "sharing with somebody who was just removed is refused")
    code, said = jo.run("msg", "Dora", text="are you there?")
    story.ok(code == 4 and "account is paused since" in said and "kept as a draft" in said,
             "a message to them is refused in words", f"{code} {said}")
    story.equal(jo.json("list")["entries"][-1]["visibility"], "private", "the entry is private")
    story.equal(jo.json("read", number)["text"], "for somebody who leaves", "and whole")


def main():
    with Story() as story:
        house = House(story)
        code = house.init()
        house.start()
        admin = kap.Peer().join(code, "127.0.0.1", house.port)

        def invite(role, name, team=()):
            admin.sync()
            return f"{admin.invite(role, list(team), name=name)}@127.0.0.1:{house.port}"

        def genesis():
            """Of who has just joined."""
            admin.sync()
            return [g for g in admin.clinic.members if g not in cast.values() and g != admin.me.genesis][0]

        cast = {}
        ana = Person(story, house, "ana", invite(kap.THERAPIST, "Ana Reyes"))
        cast["ana"] = genesis()
        dora = Person(story, house, "dora", invite(kap.PRESCRIBER, "Dora"))
        cast["dora"] = genesis()
        jo = Person(story, house, "jo", invite(kap.CLIENT, "Jo M.", [cast["ana"], cast["dora"]]))
        cast["jo"] = genesis()
        for person in (jo, ana, dora, jo):
            person.kap("sync")
        eve = kap.Peer().join(invite(kap.CLIENT, "Eve", [cast["ana"]]))
        cast.update(story=story)
        eve.write("Eve", kap.CONTROL, [eve.key_chain(cast["ana"])], kind=kap.PROFILE)
        ana.kap("sync")
        code, said = ana.run("write", text="a\033[2Jb")
        story.equal((code, "control character (0x1b)" in said), (3, True), "kap write refuses an escape sequence")
        entries(ana, eve, cast)
        messages(ana, eve, cast)
        names(ana, eve, cast)
        jo.kap("write", "--title", "Jo's own", text="untouched by all that")
        jo.kap("--yes", "share", 1, "--with", "Ana")
        story.equal(ana.run("sync")[0], 0, "others' entries arrive as ever")
        story.equal([e["text"] for e in ana.json("list", "jo")["entries"]], ["Jo's own"], "and are read as ever")
        jo.kap("unshare", 1)
        leaving(story, house, admin, jo, cast)
        eve.close()
        admin.close()
        house.whole()


sys.exit(main())
