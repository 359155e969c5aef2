#!/usr/bin/python3
# Goal: asked to stop amid work, kapd answers what it took, keeps what it acknowledged, says so to the rest, and ends with 0.
import signal
import sys
import time

import kap_peer as kap
from story import GONE, House, Story

EACH = 10


def answers(conn, numbers):
    """What came for each of these requests until the server closed: what it says of the one record in it."""
    said = ["nothing"] * len(numbers)
    try:
        for i, number in enumerate(numbers):
            status, body = conn.answer(number)
            said[i] = kap.STATUS[status] if status else "stored" if body[0] == 1 else kap.STATUS[body[3]]
    except GONE:
        pass
    return said


def one(story, house, people, delay, each):
    """Everybody has pushes in flight, and SIGTERM comes at a moment that differs from round to round."""
    content = kap.content_make(kap.JOURNAL, {2: "x" * 2000})
    asked = []
    for person in people:
        person.close()
        sealed = [person.seal(content, kap.PRIVATE) for _ in range(each)]
        asked.append((person, sealed, [person.c.ask("push", [[s.record, s.payload]]) for s in sealed]))
    time.sleep(delay)
    house.process.send_signal(signal.SIGTERM)
    said = [answers(person.c, numbers) for person, _, numbers in asked]
    ended(story, house, "amid pushes")
    every = sum(said, [])
    counts = ", ".join(f"{every.count(word)} {word}" for word in sorted(set(every)))
    story.ok(set(every) <= {"stored", "DRAINING", "nothing"}, f"each push is acknowledged, or told to come again, or not answered: {counts}")
    house.start()
    wrong = []
    for (person, sealed, _), words in zip(asked, said):
        person.close()
        there = [bool(record) for s in sealed for record, _ in person.fetch(s.rid)]
        wrong += [(word, got) for word, got in zip(words, there) if word != "nothing" and got != (word == "stored")]
        person.push(*sealed)
        person.pull()
    story.equal(wrong, [], "what was acknowledged is there, and what was told to come again is not")
    return every


def ended(story, house, what):
    """kapd ends by itself, soon, with 0."""
    began = time.monotonic()
    process, house.process = house.process, None
    code = process.wait(20)
    process.stdout.close()
    seconds = time.monotonic() - began
    story.ok(code == 0 and seconds < 8, f"asked to stop {what} kapd ends with 0, and soon", f"exit code {code} after {seconds:.1f} s")


def others(story, house, client):
    """A stop is not kept up by those who do nothing, who watch, or who never read."""
    idle, watching, half = client.connect(), client.connect(), client.connect()
    watching.call("watch")
    half.send(b"\0\0\0")
    house.process.send_signal(signal.SIGTERM)
    for conn, who in ((idle, "does nothing"), (watching, "watches"), (half, "is in the middle of a request")):
        story.closed(f"at a stop the connection of somebody who {who} is closed", conn)
        conn.close()
    ended(story, house, "amid idle connections")
    try:
        client.connect().close()
        story.ok(False, "nobody is served any more")
    except OSError:
        story.ok(True, "nobody is served any more")
    house.start()
    client.close()


def main():
    with Story() as story:
        house = House(story)
        clinic = house.found()
        people = [*clinic.four(), clinic.staff(kap.MEDICAL)]
        every = []
        for number in range(4):
            every += one(story, house, people, number * 0.004, EACH)
        every += one(story, house, people, 0, 64)
        story.ok("stored" in every and set(every) - {"stored"}, "some pushes were in time and some were not")
        others(story, house, people[3])
        for person in people:
            person.close()
            person.pull()
        story.equal([(len(person.records), person.bad) for person in people], [(4 * EACH + 64, [])] * 5,
                    "with what was sent again every record is there, once and in order")
        house.whole()


sys.exit(main())
