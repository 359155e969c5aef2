#!/usr/bin/python3
# Goal: what a client gives to the clinic's record stays there, once, word for word; what was only shown does not; and
# both are called by their names before and after.
import sys

from people import Terminal, clinic_people
from story import House, Story


def at(person, *words):
    """A kap at a terminal, past its passphrase."""
    terminal = Terminal(person, *words, term="dumb")
    if not person.unlocked:
        terminal.expect("Passphrase: ").type("correct horse battery staple\n")
    return terminal


def access(person, *words):
    return {r["person"]: r["access"] for r in person.json("who-can-see", *words)["readers"]}


def give(story, jo, word, *words):
    terminal = at(jo, "give", *words)
    terminal.expect("Type give: ").type(word + "\n")
    return terminal.end(), " ".join(terminal.seen.split())


def refused(story, person, code, what, sentence, *words):
    got, said = person.run(*words)
    story.equal(got, code, what)
    story.ok(sentence in said, "with the reason", said)


def giving(story, cast):
    jo, ana, osei = cast["jo"], cast["ana"], cast["osei"]
    for words in ("The kitchen.\nI was allowed to be there.", "only shown", "kept"):
        jo.kap("write", text=words)
    jo.kap("--yes", "share", "1,2", "--with", "Ana,Osei")
    code, said = give(story, jo, "yes", 1, "--with", "Ana")
    story.equal((code, said.endswith("Nothing was given.")), (0, True), "another word than \"give\" gives nothing")
    refused(story, jo, 3, "--yes does not give", 'it needs the word "give" typed at a terminal. Nothing was given.',
            "--yes", "give", 1, "--with", "Ana")
    refused(story, jo, 2, "nor does naming nobody", "To whom?", "give", 1)
    refused(story, jo, 3, "nor naming somebody unknown", "Nobody you know here is called \"Lund\"", "give", 1, "--with", "Lund")
    ana.kap("sync")
    story.equal(ana.json("given")["given"], [], "nothing is in the record so far")
    code, said = give(story, jo, "give", 1, "--with", "Ana")
    story.equal(code, 0, "the word gives it")
    for sentence in ("Ana Reyes (therapist) will have this entry for the clinic's record.",
                     "A copy becomes part of your clinic record.", "It cannot be taken back",
                     "Given. The copy goes into the clinic's record"):
        story.ok(sentence in said, f"it is said: {sentence}", said)
    story.equal([e["visibility"] for e in jo.json("list")["entries"]], ["given", "shared", "private"],
                "the list tells the three apart")
    story.equal(access(jo, 1), {"Ana Reyes": "given", "Dr. Osei": "shown"}, "and who-can-see whom it was given")
    story.ok("GIVEN: a copy is part of your clinic record" in jo.kap("who-can-see", 1), "in words, too")
    story.equal(jo.json("read", 1)["visibility"], "given", "so does reading it")


def copying(story, cast):
    jo, ana, osei = cast["jo"], cast["ana"], cast["osei"]
    ana.kap("sync")
    osei.kap("sync")
    copies = ana.json("given", "jo")["given"]
    story.equal([c["text"] for c in copies], ["The kitchen.\nI was allowed to be there."], "the therapist's device copies it")
    story.equal(ana.json("given", "G1")["compared"], "same", "word for word")
    ana.kap("sync")
    ana.kap("sync")
    story.equal(len(ana.json("given")["given"]), 1, "once")
    story.equal(osei.json("given")["given"], [], "the prescriber, to whom it was shown, has no copy")
    story.equal([e["visibility"] for e in osei.json("list", "jo")["entries"]], ["shared", "shared"],
                "nor is told that somebody has")
    story.equal([e["visibility"] for e in ana.json("list", "jo")["entries"]], ["given", "shared"], "the therapist is")
    jo.kap("sync")
    jo.kap("edit", 1, text="other words")
    jo.kap("sync")
    ana.kap("sync")
    story.equal(ana.json("read", "jo", 1)["text"], "other words", "a later version is read")
    story.equal(ana.json("given", "jo")["given"][0]["text"].split("\n")[0], "The kitchen.", "and the copy stays as it was given")
    code, _ = give(story, jo, "give", 1, "--with", "Ana")
    ana.kap("sync")
    story.equal((code, len(ana.json("given")["given"])), (0, 2), "the later version may be given, too")
    code, said = give(story, jo, "give", 1, "--with", "Ana")
    story.equal((code, "They were given these words before. Nothing was given." in said), (3, True), "but not twice")


def taking_back(story, cast):
    jo, ana, osei = cast["jo"], cast["ana"], cast["osei"]
    stays = "Entry 1 was given to Ana Reyes: a copy is part of your clinic record, so it cannot be "
    refused(story, jo, 4, "what is given is not taken back from her", stays + "taken back. Nothing was changed.",
            "unshare", 1, "--from", "Ana")
    refused(story, jo, 4, "nor from everybody", stays + "taken back.", "unshare", 1)
    refused(story, jo, 4, "nor deleted", stays + "deleted. Nothing was deleted.", "delete", 1)
    refused(story, jo, 4, "not even for good", stays + "deleted.", "--yes", "delete", 1, "--now")
    refused(story, jo, 4, "nor with others", stays + "taken back.", "unshare", "2,1")
    story.equal(access(jo, 2), {"Ana Reyes": "shown", "Dr. Osei": "shown"}, "which stay as they were")
    jo.kap("unshare", 1, "--from", "Osei")
    story.equal(access(jo, 1), {"Ana Reyes": "given"}, "what was shown is taken back from who was shown it")
    osei.kap("sync")
    story.ok("took this back" in osei.kap("read", "jo", 1), "who does not read it any more")
    ana.kap("sync")
    story.equal(ana.json("given", "G1")["compared"], "same", "the one it was given to can still compare")
    jo.kap("unshare", 2)
    jo.kap("delete", 2)
    story.equal([e["number"] for e in jo.json("list")["entries"]], [1, 3], "what was only shown can be deleted")
    refused(story, ana, 4, "a clinician gives nothing", "not for a therapist", "give", 1, "--with", "Osei")
    refused(story, jo, 4, "a client has no list of copies", "not for a client", "given")


def for_the_prescriber(story, cast):
    jo, ana, osei = cast["jo"], cast["ana"], cast["osei"]
    code, _ = give(story, jo, "give", 3, "--with", "Osei")
    osei.kap("sync")
    ana.kap("sync")
    story.equal((code, [c["text"] for c in osei.json("given")["given"]]), (0, ["kept"]),
                "what only the prescriber was given, the prescriber's device copies")
    story.equal(len(ana.json("given", "jo")["given"]), 3, "and the therapists read it in the record")


def main():
    with Story() as story:
        house = House(story)
        cast = clinic_people(story, house)
        giving(story, cast)
        copying(story, cast)
        taking_back(story, cast)
        for_the_prescriber(story, cast)
        house.whole()


sys.exit(main())
