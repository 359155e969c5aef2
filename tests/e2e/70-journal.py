#!/usr/bin/python3
# Goal: on a day of medicine writing always works, and what is written then goes to nobody before the next morning; what
# was written before, or days later, is shared as ever.
import re
import sys

import kap_peer as kap
from people import Person, Terminal
from story import House, Story

SUMMARY, FIRST_DOSE, CLOSED_AT = 75, 104, 106
HOUR = 3600000
RESTS = r"written within 24 hours of medicine, so sharing (it )?waits until (today|tomorrow) 6:00 am\."
OPEN = "Your medicine session is still open: {} waits until it has ended. Writing always works: `kap quick`. {}"


class Clinic:
    """The client's clinic: jo, ana, and a therapist whose device tells jo of a session."""

    def __init__(self, story, house):
        self.story, code = story, house.init()
        house.start()
        at = f"127.0.0.1:{house.port}"
        self.admin = kap.Peer().join(code, "127.0.0.1", house.port)
        self.ana = Person(story, house, "ana", self.invite(at, kap.THERAPIST, "Ana Reyes"))
        ana = self.newest([])
        self.nora = kap.Peer().join(self.invite(at, kap.THERAPIST, "Nora"))
        nora = self.nora.me.genesis
        self.jo = Person(story, house, "jo", self.invite(at, kap.CLIENT, "Jo M.", [ana, nora]))
        self.jo_genesis = self.newest([ana, nora])
        for person in (self.jo, self.ana, self.jo):
            person.kap("sync")
        self.item, self.last = kap.random(16), None

    def invite(self, at, role, name, team=()):
        self.admin.sync()
        return f"{self.admin.invite(role, list(team), name=name)}@{at}"

    def newest(self, known):
        self.admin.sync()
        return [g for g in self.admin.clinic.members if g not in known and g != self.admin.me.genesis][0]

    def tell(self, dose, closed=None, heard=True):
        """What the clinic tells the client of the session, anew each time; `heard` at once."""
        self.nora.sync()
        to, fields = self.nora.key_chain(self.jo_genesis), {FIRST_DOSE: dose, **({CLOSED_AT: closed} if closed else {})}
        content = kap.content_make(SUMMARY, fields, item=self.item, parents=[self.last] if self.last else [],
                                   subject=self.jo_genesis[:16])
        sealed = self.nora.seal(content, kap.CLINICAL, to=[to])
        self.nora.push(sealed)
        self.last = sealed.rid
        if heard:
            self.jo.kap("sync")

    def refused(self, what, sentence, *words, text=None):
        code, said = self.jo.run(*words, text=text)
        self.story.equal(code, 4, what)
        return self.story.ok(re.search(sentence, said), "and hears why", said)

    def offered(self):
        return [p["id"] for p in self.jo.json("prompts")["offered"]]

    def readers(self, number):
        return [r["person"] for r in self.jo.json("who-can-see", number)["readers"]]


def before(c):
    story, jo = c.story, c.jo
    jo.kap("write", text="written before")
    code, said = jo.run("--yes", "share", 1, "--with", "Ana")
    story.equal((code, "medicine" in said), (0, False), "without medicine an entry is shared at once")
    story.equal(c.offered(), [], "and no prompt is offered")


def during(c):
    story, jo = c.story, c.jo
    jo.kap("write", text="also before")
    c.tell(kap.now_ms())
    said = jo.kap("quick", text="warm orange. a door that was only a curtain")
    story.ok(re.search("Saved. Only you can read it. It was " + RESTS, said), "in an open session writing works", said)
    for what, words in (("sharing", ("--yes", "share", 2, "--with", "Ana")), ("giving", ("give", 2, "--with", "Ana"))):
        then = f"Nothing was {'shared' if what == 'sharing' else 'given'}."
        c.refused(f"{what} does not, whenever it was written", re.escape(OPEN.format(what, then)), *words)
    c.refused("nor does a check-in for others", re.escape(OPEN.format("sharing a check-in", "Nothing was saved.")),
              "checkin", "--with", "Ana", "--set", "mood=5")
    story.equal(jo.run("checkin", "--set", "mood=5")[0], 0, "one for oneself does")
    story.equal(jo.run("unshare", 1)[0], 0, "so does taking back")
    story.equal(c.offered(), ["first-01", "first-02"], "two tiny prompts are offered")
    story.ok("Skipped." in jo.kap("answer", "first-01", text="s"), "one is skipped")
    story.equal(c.offered(), ["first-02"], "and leaves its place empty")
    said = jo.kap("answer", "first-02", text="my sister laughing in the kitchen")
    story.ok(re.search("Saved. Only you can read it. It was " + RESTS, said), "an answer is kept, and rests", said)
    story.equal(c.offered(), ["first-03"], "then there is another")
    story.equal(jo.json("read", jo.json("list")["entries"][-1]["number"])["phase"], "first", "the answer knows its phase")
    said = jo.kap("write", "--at", "yesterday 7 pm", text="another date is no way out")
    story.ok(re.search(RESTS, said), "an earlier date does not release what is written now", said)


def unknowing(c):
    """A device that has not heard of the session yet."""
    story, jo, ana = c.story, c.jo, c.ana
    before = ana.json("list", "jo")["entries"]
    c.tell(kap.now_ms(), heard=False)
    jo.kap("write", text="shared too early")
    number = jo.json("list")["entries"][-1]["number"]
    c.refused("a device that hears of it only when it sends keeps the words back",
              "1 of your entries was written within 24 hours of medicine, which this device did not know when you shared: "
              "only you can read it. From the next morning on you can share again.",
              "--yes", "share", number, "--with", "Ana")
    story.equal(c.readers(number), [], "nobody can see it")
    ana.kap("sync")
    story.equal(ana.json("list", "jo")["entries"], before, "nobody has it")


def evening(c):
    story, jo, ana = c.story, c.jo, c.ana
    now = kap.now_ms()
    c.tell(now - 60000 * 5, closed=now)
    c.refused("after the session what was written rests", "^It was " + RESTS + " Nothing was shared.$",
              "--yes", "share", 3, "--with", "Ana")
    c.refused("giving it, too", "^It was " + RESTS + " Nothing was given.$", "give", 3, "--with", "Ana")
    c.tell(now - 1, closed=now)
    jo.kap("write", "--title", "new", text="after")
    newest = jo.json("list")["entries"][-1]["number"]
    code, said = jo.run("--yes", "share", f"1,{newest},2", "--with", "Ana")
    story.equal(code, 4, "of several one that rests is enough")
    story.ok(re.search(f"Entry {newest} was {RESTS} 1 of these 3 entries waits. Nothing was shared.", said),
             "it is said which", said)
    story.equal(c.readers(2), [], "and the others are not shared by halves")
    story.equal(jo.run("--yes", "share", "1,2", "--with", "Ana")[0], 0, "without it they are")
    ana.kap("sync")
    story.equal(ana.json("read", "jo", 2)["text"], "also before", "and can be read")
    c.refused("a comment for others waits, too", "is read by nobody else before (today|tomorrow) 6:00 am, comments too. "
              "`kap quick` keeps it for you. Not saved.", "comment", 2, text="and one more thing")
    story.equal(ana.run("comment", "jo", 2, text="thank you")[0], 0, "hers does not")


def editing(c):
    story, jo, ana = c.story, c.jo, c.ana
    said = jo.kap("edit", 2, text="words of the evening")
    story.ok(re.search("Only you can read this version. It was " + RESTS +
                       " Ana Reyes can still read the version before. To show this one then: `kap share 2 --with NAME`.", said),
             "a change of what is shared is for oneself", said)
    jo.kap("sync")
    ana.kap("sync")
    story.equal(ana.json("read", "jo", 2)["text"], "also before", "who reads it keeps what was there")
    story.equal(jo.json("read", 2)["text"], "words of the evening", "the client has the new words")
    story.equal([e["visibility"] for e in jo.json("list")["entries"]][1], "shared", "the entry is not called private")
    story.ok("The newest version is yours alone" in jo.kap("list"), "but its newest version is")
    story.equal(c.readers(2), ["Ana Reyes"], "and who reads the one before is told")
    story.equal(jo.run("unshare", 2)[0], 0, "it can be taken back all the same")
    ana.kap("sync")
    story.ok("took this back" in ana.kap("read", "jo", 2), "and is gone there")
    ana.kap("assign", "jo", "first-03")
    jo.kap("sync")
    code, said = jo.run("answer", "A1", "--share", text="the kitchen")
    story.equal((code, "It is saved, and was not shared." in said), (4, True), "an answer that was to be shared waits")
    number = jo.json("list")["entries"][-1]["number"]
    story.equal((jo.json("read", number)["text"], c.readers(number)), ("the kitchen", []), "it is there, for oneself")
    ana.kap("sync")
    story.equal(ana.json("assignments", "jo")["assignments"][0]["state"], "done", "whoever asked hears that it was answered")


def days_later(c):
    story, jo, ana = c.story, c.jo, c.ana
    now = kap.now_ms()
    c.tell(now - 50 * HOUR, closed=now - 47 * HOUR)
    code, said = jo.run("--yes", "share", "2,3", "--with", "Ana")
    story.equal((code, "medicine" in said), (0, False), "what was written days after is shared as ever")
    ana.kap("sync")
    story.equal(ana.json("read", "jo", 2)["text"], "words of the evening", "with its newest words")
    said = jo.kap("edit", 2, text="days later")
    story.ok("Ana Reyes will see this version too." in said, "and a change goes to who reads it", said)
    story.equal(c.offered(), ["days-01"], "one prompt of those days is offered")
    jo.kap("answer", "days-02", text="the light")
    story.equal(c.offered(), [], "the one or the other, not both")
    file = story.place / "question"
    file.write_text("What did the light do?\n")
    ana.kap("assign", "jo", "--text", "--file", file)
    jo.kap("sync")
    number = [a["number"] for a in jo.json("assignments")["assignments"] if a["state"] == "open"][-1]
    jo.kap("answer", number, text="it moved")
    story.equal(jo.json("read", jo.json("list")["entries"][-1]["number"])["phase"], "days",
                "an answer to a question without a phase has that of the day")


def at_a_terminal(c):
    """The question, a warning before a heavy one, who is told what, and sharing as a question of its own."""
    story, jo, ana = c.story, c.jo, c.ana
    ana.kap("assign", "jo", "rel-03")
    jo.kap("sync")
    number = [a["number"] for a in jo.json("assignments")["assignments"] if a["state"] == "open"][-1]
    for answer, shared in (("y", True), ("n", False)):
        at = Terminal(jo, "answer", number)
        if not jo.unlocked:
            at.expect("Passphrase: ").type("correct horse battery staple\n")
        at.expect("Ana Reyes asks:").expect("This one can bring up hard things. Skip any time.")
        at.expect("What did a younger you carry").expect("Ana Reyes is told that you answered, not what.")
        at.expect("s skip").prompt().type("a stone\n").prompt().type(".\n")
        at.expect("will be able to READ this entry until you unshare it").expect("Share it with Ana Reyes?").type(answer + "\n")
        story.equal((at.end(), "Shared with Ana Reyes." in at.seen), (0, shared), f"at a terminal \"{answer}\" is heeded")
        entry = jo.json("list")["entries"][-1]["number"]
        story.equal(c.readers(entry), ["Ana Reyes"] if shared else [], "by what is done")
        ana.kap("assign", "jo", "rel-03")
        jo.kap("sync")
        number = [a["number"] for a in jo.json("assignments")["assignments"] if a["state"] == "open"][-1]
    at = Terminal(jo, "answer", number)
    if not jo.unlocked:
        at.expect("Passphrase: ").type("correct horse battery staple\n")
    at.expect("s skip").prompt().type("s\n").prompt().type(".\n")
    story.equal((at.end(), "Skipped." in at.seen, "Share" in at.seen), (0, True, False), "skipping asks nothing more")


def main():
    with Story() as story:
        house = House(story)
        c = Clinic(story, house)
        before(c)
        during(c)
        evening(c)
        editing(c)
        days_later(c)
        at_a_terminal(c)
        unknowing(c)
        c.nora.close()
        c.admin.close()
        house.whole()


sys.exit(main())
