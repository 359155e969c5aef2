#!/usr/bin/python3
# Goal: at a terminal, merge asks for what only a person can choose and delete --now for a yes, and whoever stops halfway
# has lost nothing.
import json
import sys

from people import PASSPHRASE, Person, Terminal, clinic_people
from story import House, Story


def phone_of(story, house, jo):
    """Another device of jo's."""
    adding = jo.start("--json", "--yes", "device", "add")
    code = json.loads(adding.stdout.readline())["code"]
    phone = Person(story, house, "phone", None)
    phone.kap("device", "join", code, "--kdf-cost", "16", "--device-name", "phone")
    adding.communicate(timeout=30)
    phone.unlocked = phone.run("unlock", "--minutes", "60")[0] == 0
    if phone.unlocked:
        story.ends.append(lambda: phone.run("lock"))
    return phone


def ask(person, *words, **variables):
    at = Terminal(person, *words, **variables)
    if not person.unlocked:
        at.expect("Passphrase: ").type(PASSPHRASE + "\n")
    return at


def apart(jo, phone, number):
    """Both change the same line and the mood."""
    jo.kap("edit", number, "--mood", "2", text="the top\n\nfrom the laptop")
    phone.kap("edit", number, "--mood", "9", text="the top\n\nfrom the phone")
    for device in (jo, phone, jo):
        device.kap("sync")


def versions(person):
    return [entry["versions"] for entry in person.json("list")["entries"]]


def choosing(story, jo, phone):
    apart(jo, phone, 1)
    at = ask(jo, "merge", "1").expect("Version").expect("another mood each").expect("version 1:").expect("version 2:")
    at.expect("Which mood? Type the number of the version: ").type("7\n").expect("No version was chosen.")
    at.expect("all versions stay")
    story.equal((at.end(), versions(jo)), (6, [2]), "another number chooses nothing, and nothing is changed")
    at = ask(jo, "merge", "1").expect("Which mood?").type("2\n").expect("=== version 1").expect("from the")
    at.expect("=== version 2").expect("=== end").prompt().type("\x03")
    story.ok(at.end() != 0, "Ctrl-C ends it")
    story.equal(versions(jo), [2], "and both versions stay")
    moods = {v["text"].split()[-1]: v["version"] for v in json.loads(said(jo, "merge", "1"))["versions"]}
    at = ask(jo, "merge", "1").expect("Which mood?").type(f"{moods['phone']}\n").expect("=== end")
    for line in ("the top", "", "from both", "."):
        at.prompt().type(line + "\n")
    at.expect("2 versions are one again. Only you can read it.")
    story.equal(at.end(), 0, "a number and a text join them")
    entry = jo.json("read", "1")
    story.equal((entry["text"], entry["mood"]), ("the top\n\nfrom both", 9), "as was chosen and written")
    jo.kap("sync")
    phone.kap("sync")
    story.equal(phone.json("read", "1")["text"], "the top\n\nfrom both", "on the other device, too")


def editing(story, jo, phone):
    """In an editor, which here leaves the marks in, and then takes them out and keeps what both say."""
    jo.kap("edit", "1", text="the top\n\nlaptop again")
    phone.kap("edit", "1", text="the top\n\nphone again")
    for device in (jo, phone, jo):
        device.kap("sync")
    at = ask(jo, "merge", "1", EDITOR="true").expect("The text still has lines that begin with ===")
    story.equal(at.end(), 6, "marks that were left in are no text")
    kept = jo.json("list")["entries"][1:]
    story.equal([len(kept), kept[0]["text"].count("===")], [1, 3], "what was in the editor is kept beside it")
    jo.kap("--yes", "delete", kept[0]["number"], "--now")
    at = ask(jo, "merge", "1", EDITOR="sed -i /^===/d").expect("2 versions are one again")
    story.equal(at.end(), 0, "an editor joins them")
    story.equal(sorted(jo.json("read", "1")["text"].split("\n")), ["", "laptop again", "phone again", "the top"], "with what both say")
    for device in (jo, phone):
        device.kap("sync")


def said(person, *words):
    """What --json printed, also when kap did not end with 0."""
    out, _ = person.start("--json", *words).communicate(timeout=60)
    return out.splitlines()[0]


def deleting(story, jo, ana):
    jo.kap("--yes", "share", "1", "--with", "Ana")
    ana.kap("sync")
    for answer in ("y\n", "\n", "no\n"):
        at = ask(jo, "delete", "1", "--now").expect("could be read by Ana Reyes").expect("This cannot be undone")
        at.expect("Delete entry 1 for good? Type yes: ").type(answer).expect("Nothing was deleted.")
        story.equal((at.end(), versions(jo)), (0, [1]), f"{answer!r} is no yes")
    at = ask(jo, "delete", "1", "--now").expect("Type yes: ").type("yes\n").expect("Deleted from the clinic's server")
    story.equal((at.end(), versions(jo)), (0, []), "yes is")


def main():
    with Story() as story:
        house = House(story)
        people = clinic_people(story, house)
        jo = people["jo"]
        jo.kap("write", "--mood", "5", text="the top\n\nthe end")
        jo.kap("sync")
        phone = phone_of(story, house, jo)
        choosing(story, jo, phone)
        editing(story, jo, phone)
        deleting(story, jo, people["ana"])


sys.exit(main())
