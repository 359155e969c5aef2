#!/usr/bin/python3
# Goal: kap and a second implementation compare words, whoever speaks first, and get the same four; what is promised and
# not kept, signed by another device, or for another conversation is an alarm and makes no words.
import pathlib
import re
import sys

import kap_peer as kap
from kap_peer_check import Talk
from people import Person
from story import House, Story

WORDS = re.findall(r'^WORD\("([a-z]+)"\)',
                   (pathlib.Path(__file__).parents[2] / "client/ui/words.def").read_text(), re.MULTILINE)


class Both:
    """ana's kap, and eve, who is the second implementation."""

    def __init__(self, story, house):
        self.story = story
        code = house.init()
        house.start()
        maria = Person(story, house, "maria", f"{code}@127.0.0.1:{house.port}", "--name", "Maria Ortiz")
        self.ana = Person(story, house, "ana", maria.invite("therapist", "Ana Reyes"))
        for person in (maria, self.ana):
            person.kap("sync")
        self.eve = kap.Peer().join(self.ana.invite("client", "Eve", "--team", "Ana Reyes"), "127.0.0.1", house.port)
        self.ana.kap("sync")
        self.chain = self.eve.key_chain(next(g for g, m in self.eve.clinic.members.items() if m.role == kap.THERAPIST))
        self.eve.write("Eve", kap.CONTROL, [self.chain], kind=kap.PROFILE)
        self.ana.kap("sync")

    def tell(self, text):
        self.eve.push(self.eve.seal(kap.content_make(kap.JOURNAL, {2: text}), kap.SHARED, to=[self.chain]))

    def compare(self, what, before=None, wait=20):
        """`what(talk)` is eve's side, `before(talk)` what she does before kap begins. Returns (talk, exit code, what kap
        said)."""
        self.eve.sync()
        self.eve.pull()
        talk = Talk(self.eve, self.chain)
        if before:
            before(talk)
        process = self.ana.start("--plain", "check", "Eve", "--wait", wait)
        try:
            what(talk)
        except (kap.Bad, kap.Refused) as error:
            talk.error = str(error)
        out, err = process.communicate(timeout=60)
        return talk, process.returncode, " ".join((out + " " + err).split())


def words_of(said):
    found = re.search(r"words: ((?:[a-z]+ ){3}[a-z]+)", said)
    return found and found.group(1)


def agree(story, both):
    both.tell("warm orange")
    for name, before, side in (("second", None, Talk.second), ("first", Talk.begin, Talk.first),
                               ("second again", None, Talk.second)):
        talk, code, said = both.compare(side, before)
        story.ok(talk.theirs and talk.agrees(), f"the two agree, eve speaking {name}", said)
        story.equal(words_of(said), talk.theirs and talk.words(WORDS), "and make the same four words")
        story.equal(code, 6, "which kap notes only when it is told that they are the same")


def differ(story, both):
    def missing(talk):
        talk.sent = [[s[0], s[1] + 2, kap.random(32)] for s in talk.sent]
        talk.second()
        talk.second()
    _, code, said = both.compare(missing)
    story.ok(code == 6 and "2 of those of Eve have not reached this device" in said and not words_of(said),
             "what has not arrived is said, and makes no words", f"{code} {said}")

    def keys(talk):
        talk.lies = {2: kap.random(32)}
        talk.second()
        talk.second()
    _, code, said = both.compare(keys)
    story.ok(code == 6 and "The keys of Eve were changed, and the server has not shown it here" in said
             and not words_of(said), "so is a key chain that is not shown", f"{code} {said}")


def deceive(story, both):
    stranger = kap.Device()
    lies = {
        "signed by a device that is not eve's": lambda talk: talk.second(device=stranger),
        "in eve's name, by another key": lambda talk: talk.second(device=as_eve(both, stranger)),
        "for another commitment": lambda talk: talk.second(answered=b"another"),
        "other than promised": lambda talk: talk.second(other_reveal=kap.pack([1])),
        "for somebody else": lambda talk: (talk.lies.update({1: kap.random(32)}), talk.second()),
        "of another form": lambda talk: (talk.lies.update({6: b"short"}), talk.second()),
    }
    for what, lie in lies.items():
        _, code, said = both.compare(lie)
        story.ok(code == 4 and "ALARM: what answered is not a device of Eve" in said and not words_of(said),
                 f"a statement {what} is an alarm", f"{code} {said}")


def as_eve(both, stranger):
    device = kap.Device(stranger.tls, stranger.sign, stranger.seal)
    device.did = both.eve.device.did
    return device


def main():
    with Story() as story:
        both = Both(story, House(story))
        agree(story, both)
        differ(story, both)
        deceive(story, both)
        both.eve.close()


sys.exit(main())
