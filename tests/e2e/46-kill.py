#!/usr/bin/python3
# Goal: kapd killed at any moment of a stream of pushes has every record that it acknowledged, and everybody goes on.
# KAP_SEED=N repeats the moments of a run; KAP_ROUNDS=N makes more of them.
import os
import random
import signal
import sys
import threading
import time

import kap_peer as kap
from story import GONE, House, Story, text_of

ROUNDS = int(os.environ.get("KAP_ROUNDS", 12))


class Writer:
    """Somebody who pushes without pause, several at a time, and remembers what was acknowledged."""

    def __init__(self, person, readers):
        self.person, self.readers = person, readers
        self.waiting, self.entries, self.places, self.count = [], {}, {}, 0  # places: of every record in the feed

    def fill(self):
        """Seals until twelve records wait; the streams go on from where they were."""
        while len(self.waiting) < 12:
            self.count += 1
            content = kap.content_make(kap.JOURNAL, {2: f"{self.count} " + "x" * random.randrange(3000)})
            self.waiting.append(self.person.seal(content, kap.SHARED, to=[r.me for r in self.readers]))

    def acknowledged(self, body):
        accepted, receipt, signature, stop = body
        if stop:
            raise kap.Refused(stop, body)
        for rid, seq, head in self.person.check_receipt(receipt, signature):
            self.entries[rid] = (seq, head)
        self.waiting = self.waiting[accepted:]

    def run(self, first):
        """Until the server is gone. What was not acknowledged before is sent again first, as it was."""
        try:
            with self.person.connect() as conn:
                asked = []
                while True:
                    self.fill()
                    while len(asked) < 4:
                        part = self.waiting[3 * len(asked):3 * len(asked) + 3]
                        asked.append(conn.ask("push", [[s.record, s.payload] for s in part]))
                    status, body = conn.answer(asked.pop(0))
                    if status:
                        raise kap.Refused(status, body)
                    self.acknowledged(body)
                    first.set()
        except (*GONE, OSError):
            pass


def one_round(house, writers, chance):
    """Everybody pushes; the end comes some time after the first acknowledgement. Then kapd starts again."""
    first = [threading.Event() for _ in writers]
    threads = [threading.Thread(target=w.run, args=(event,)) for w, event in zip(writers, first)]
    for thread in threads:
        thread.start()
    ready = all(event.wait(20) for event in first)
    time.sleep(chance.random() * 0.1)
    house.stop(signal.SIGKILL)
    for thread in threads:
        thread.join(20)
    house.start()
    return ready


def check(story, person, entries, places, what):
    """Every acknowledged record is in its place of the feed, with the head that the receipt names."""
    person.close()
    pull = kap.feed_next

    def noted(cursor, event, rid):
        after = pull(cursor, event, rid)
        places[rid] = (after.seq, after.head)
        return after
    cursor = person.cursor
    kap.feed_next = noted
    try:
        person.pull(200000)
    finally:
        kap.feed_next = pull
    missing = {rid: entry for rid, entry in entries.items() if places.get(rid) != entry}
    story.equal((missing, person.bad), ({}, []), f"{what}: {len(entries)} acknowledged records are where the receipts say; "
                f"the feed goes on from {cursor.seq if cursor else 0} to {person.cursor.seq}")


def main():
    with Story() as story:
        seed = int(os.environ.get("KAP_SEED", random.randrange(1 << 32)))
        story.note(f"KAP_SEED={seed}")
        chance = random.Random(seed)
        house = House(story)
        clinic = house.found()
        admin, therapist, prescriber, client = clinic.four()
        writers = [Writer(client, [therapist, prescriber]), Writer(therapist, [client]), Writer(prescriber, [client, therapist])]
        for number in range(1, ROUNDS + 1):
            story.ok(one_round(house, writers, chance), f"round {number} had pushes in flight")
            for writer in writers:
                check(story, writer.person, writer.entries, writer.places, f"round {number}")
        for writer in writers:
            writer.person.close()
            body = writer.person.c.call("push", [[s.record, s.payload] for s in writer.waiting])
            writer.acknowledged(body)
            story.equal(writer.waiting, [], "what was not acknowledged is stored when it is sent again")
        for writer in writers:
            check(story, writer.person, writer.entries, writer.places, "in the end")
        wrote = {w.person.me.pid: w.count for w in writers}
        got = {pid: 0 for pid in wrote}
        for record, content in therapist.records.values():
            got[record.core.pid] += text_of(content).split()[0] == str(got[record.core.pid] + 1)
        story.equal(got, wrote, "the therapist has read every record of everybody, each once and in order")
        house.whole()


sys.exit(main())
