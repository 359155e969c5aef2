#!/usr/bin/python3
# Goal: kap may be killed at any moment of writing, sharing or syncing; nothing is lost, nothing is doubled, and a plain
# `kap sync` completes.
import os
import random
import signal
import sys
import time

from people import clinic_people
from story import House, Story

ROUNDS = int(os.environ.get("ROUNDS", "30"))


def span_of(person):
    """How long an exchange takes here that has something to send: the median of five, in seconds."""
    spans = []
    for number in range(5):
        person.kap("quick", text=f"before all rounds, {number}")
        began = time.monotonic()
        person.kap("sync")
        spans.append(time.monotonic() - began)
    return sorted(spans)[2]


def killed(dice, span, person, *words, **options):
    """Starts the command and kills it at a moment within `span` seconds; True if it was quicker and succeeded."""
    process = person.start(*words, **options)
    end = time.monotonic() + dice.uniform(0, span)
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == 0


def main():
    with Story() as story:
        seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
        story.note(f"SEED={seed}")
        dice = random.Random(seed)
        house = House(story)
        people = clinic_people(story, house)
        jo, ana = people["jo"], people["ana"]
        span = span_of(jo)
        sure, maybe, cut = {f"before all rounds, {n}" for n in range(5)}, set(), 0
        for number in range(ROUNDS):
            for part in range(3):
                text = f"round {number}, part {part}"
                if part == 2:
                    (sure if killed(dice, span, jo, "quick", text=text) else maybe).add(text)
                else:
                    jo.kap("quick", text=text)
                    sure.add(text)
            if number % 3 == 0:
                newest = jo.json("list")["entries"][-1]["number"]
                killed(dice, span, jo, "--yes", "share", str(newest), "--with", "Ana")
            cut += not killed(dice, span, dice.choice([jo, jo, ana]), "sync")
        story.ok(cut >= ROUNDS // 3, f"of {ROUNDS} exchanges a third was cut at least", f"{cut}")
        for person in (jo, ana, jo):
            code, said = person.run("sync")
            story.equal((code, "aside" in said), (0, False), f"a plain sync of {person.name} completes")
        entries = jo.json("list")["entries"]
        texts = [entry["text"] for entry in entries]
        story.equal(len(texts), len(set(texts)), "nothing is there twice")
        story.equal(sure - set(texts), set(), "nothing that was saved is lost")
        story.equal(set(texts) - sure - maybe, set(), "nothing is there that nobody wrote")
        story.equal([e["number"] for e in entries if not e["on-server"]], [], "everything is on the server")
        story.equal(jo.json("status")["waiting"], 0, "nothing waits")
        shared = sorted(e["text"] for e in entries if e["visibility"] == "shared")
        story.ok(shared, "some were shared")
        story.equal(sorted(e["text"] for e in ana.json("list", "jo")["entries"]), shared,
                    "the reader has what is shared, each once, and nothing else")
        story.equal(ana.json("status")["kept-aside"], [], "and found nothing wrong")
        house.whole()


sys.exit(main())
