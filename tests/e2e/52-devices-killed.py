#!/usr/bin/python3
# Goal: letting a device in, putting one out and coming back with the paper may be killed at any moment; the same
# command again goes on, nothing that was written is lost, and nobody finds anything wrong.
import json
import os
import random
import signal
import sys
import time

from people import Person, clinic_people
from story import House, Story

ROUNDS = int(os.environ.get("ROUNDS", "2"))
KILLS = 3


def killed(dice, person, longest, *words):
    """Starts the command and kills it after a random while; True if it was quicker and succeeded."""
    process = person.start(*words)
    end = time.monotonic() + dice.uniform(0, longest)
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    person.said = process.communicate()[0]
    return process.returncode == 0


def first_line(process):
    return json.loads(process.stdout.readline() or "{}")


def let_in(story, house, dice, old, name):
    """Another device of `old`, whose joining is killed a few times."""
    adding = old.start("--json", "--yes", "device", "add")
    code = first_line(adding)["code"]
    new, cut = Person(story, house, name, None), 0
    join = ["--json", "device", "join", code, "--kdf-cost", "16", "--device-name", name]
    while cut < KILLS and not killed(dice, new, 0.9, *join):
        cut += 1
    code, said = (0, "") if cut < KILLS else new.run(*join)
    story.ok(code == 0 or "already joined" in said, f"{name} joins after {cut} attempts that were cut off", said)
    out, err = adding.communicate(timeout=30)
    story.equal(adding.returncode, 0, "and the other device let it in once")
    new.run("sync")
    return new


def states(person):
    return {d["name"]: d["state"] for d in person.json("device", "list", "--all")["devices"]}


def put_out(story, dice, old, name):
    cut = 0
    while states(old)[name] != "put out" and cut < 8:
        cut += not killed(dice, old, 0.12, "--yes", "device", "revoke", name)
        if dice.random() < 0.5:
            old.run("sync")
    story.equal(old.run("sync")[0], 0, f"a plain sync completes after {cut} that were cut off")
    if states(old)[name] != "put out":
        old.kap("--yes", "device", "revoke", name)
    story.equal(states(old)[name], "put out", f"{name} is out")


def come_back(story, house, dice, old):
    lines = old.start("--json", "--yes", "recovery", "new").communicate(timeout=30)[0].splitlines()
    paper = json.loads(lines[0])["recovery-code"]
    back, cut = Person(story, house, "back", None), 0
    words = ["--json", "recover", f"{paper}@127.0.0.1:{house.port}", "--kdf-cost", "16", "--device-name", "back"]
    while cut < 2 * KILLS and not killed(dice, back, 0.7, *words):
        cut += 1
    code, said = (0, "") if cut < 2 * KILLS else back.run(*words)
    story.equal((code, said if code else ""), (0, ""), f"the paper brings one back after {cut} that were cut off")
    return back


def main():
    with Story() as story:
        seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
        story.note(f"SEED={seed}")
        dice = random.Random(seed)
        house = House(story)
        people = clinic_people(story, house)
        jo, ana = people["jo"], people["ana"]
        texts = set()
        for number in range(ROUNDS):
            name = f"phone {number}"
            phone = let_in(story, house, dice, jo, name)
            for person, text in ((jo, f"old {number}"), (phone, f"new {number}")):
                person.kap("quick", text=text)
                texts.add(text)
                newest = person.json("list")["entries"][-1]["number"]
                person.kap("--yes", "share", str(newest), "--with", "Ana")
            for person in (phone, jo, ana, phone, jo):
                person.kap("sync")
            put_out(story, dice, jo, name)
            story.equal(phone.run("sync")[0], 7, "and is refused")
            for person in (ana, jo, ana):
                person.kap("sync")
        back = come_back(story, house, dice, jo)
        story.equal({e["text"] for e in back.json("list")["entries"]}, texts, "everything is there")
        story.equal(jo.run("sync")[0], 7, "the device that was not kept is out")
        story.equal(sorted(s for s in states(back).values() if s != "put out"), ["this one"], "one device is left")
        back.kap("quick", text="after")
        back.kap("--yes", "share", str(back.json("list")["entries"][-1]["number"]), "--with", "Ana")
        for person in (back, ana, back):
            person.kap("sync")
        story.equal({e["text"] for e in ana.json("list", "jo")["entries"]}, texts | {"after"}, "the reader has all")
        for person in (ana, back):
            story.equal(person.json("status")["kept-aside"], [], f"{person.name} found nothing wrong")
        house.whole()


sys.exit(main())
