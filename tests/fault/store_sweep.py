#!/usr/bin/env python3
"""Lets the calls to the disk of a small storing program fail, one after the other, in every way a disk fails, and looks at
what is left: everything acknowledged is there, nothing refused as full is, the store is whole, and a program whose commit failed
says so and ends. Prints TAP. By default every 7th place; with FAULT_FULL=1 every one."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = os.path.abspath(os.environ.get("BUILD", "build/plain"))
PROGRAM, SHIM = BUILD + "/fault/store_faults", BUILD + "/fault/fault_shim.so"
STRIDE = 1 if os.environ.get("FAULT_FULL") == "1" else 7
SEEDED, WRITTEN = 10, 5
EIO, ENOSPC, EINTR, EDQUOT = 5, 28, 4, 122
# Each way, and what a writer that meets it at some call must have said at least once.
WAYS = {
    "EIO": ({"FAULT_ERRNO": EIO}, "STORE_FATAL"),
    "ENOSPC": ({"FAULT_ERRNO": ENOSPC}, "FULL"),
    "EDQUOT": ({"FAULT_ERRNO": EDQUOT}, "FULL"),
    "EINTR": ({"FAULT_ERRNO": EINTR}, "ACK"),
    "EIO from then on": ({"FAULT_ERRNO": EIO, "FAULT_HOW": "sticky"}, "STORE_FATAL"),
    "ENOSPC from then on": ({"FAULT_ERRNO": ENOSPC, "FAULT_HOW": "sticky"}, "FULL"),
    "half a write": ({"FAULT_HOW": "short"}, "ACK"),
    "the end of the process": ({"FAULT_HOW": "kill"}, "ACK"),
}


def run(args, faults=None):
    env = dict(os.environ)
    if faults is not None:
        env.update({k: str(v) for k, v in faults.items()}, LD_PRELOAD=SHIM)
    return subprocess.run([PROGRAM, *map(str, args)], env=env, stdout=subprocess.PIPE, text=True, timeout=60)


def numbers(out, word, name=None):
    rows = (line.split() for line in out.splitlines())
    return {int(r[1]) for r in rows if r[0] == word and (name is None or r[2] == name)}


class Sweep:
    def __init__(self, work):
        self.seed, self.dir = work / "seed", work / "store"
        self.count_file = work / "count"
        self.failed = self.told = 0
        self.said = set()

    def fresh(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(self.seed, self.dir)

    def points(self, args):
        done = run(args, {"FAULT_NTH": 0, "FAULT_COUNT": self.count_file})
        assert done.returncode == 0, done.stdout
        return int(self.count_file.read_text())

    def problem(self, faults):
        """What is wrong after one run of the writer with these faults; None if nothing is."""
        self.fresh()
        wrote = run(["write", self.dir, SEEDED, WRITTEN], faults)
        acked, full = numbers(wrote.stdout, "ACK"), numbers(wrote.stdout, "ERR", "FULL")
        fatal = numbers(wrote.stdout, "ERR", "STORE_FATAL")
        self.said.update(wrote.stdout.split())
        if wrote.returncode not in (0, 3, 74, 137):
            return f"the writer ended with {wrote.returncode}"
        if fatal and (wrote.returncode != 74 or acked and max(acked) > min(fatal)):
            return "it went on after a commit had failed"
        checked = run(["verify", self.dir, SEEDED + WRITTEN])
        have = numbers(checked.stdout, "HAVE")
        if checked.returncode != 0:
            return f"the store does not check: {checked.stdout.strip()[-200:]}"
        if not acked | set(range(SEEDED)) <= have:
            return f"lost: {sorted((acked | set(range(SEEDED))) - have)}"
        if full & have:
            return f"refused and stored: {sorted(full & have)}"
        return None

    def tell(self, ok, name, why=None):
        self.told += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.told} - {name}", flush=True)
        if why:
            print(f"# {why}", flush=True)

    def sweep(self, way, points):
        faults, expected = WAYS[way]
        self.said = set()
        places = range(1 + self.told % STRIDE, points + 1, STRIDE)
        bad = [(n, why) for n in places if (why := self.problem({"FAULT_NTH": n, **faults}))]
        if expected not in self.said:
            bad.append((0, f"no writer said {expected}"))
        self.tell(not bad, f"{way} at {len(places)} of {points} calls: nothing false, nothing lost",
                  "; ".join(f"call {n}: {why}" for n, why in bad[:5]))

    def creation(self, points):
        """A birth that fails leaves nothing that opens, or the whole; and another birth finds its place."""
        bad = []
        for n in range(1, points + 1, STRIDE):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir.mkdir()
            made = run(["create", self.dir], {"FAULT_NTH": n, "FAULT_HOW": "kill"}).returncode == 0
            again = run(["create", self.dir])
            if "EXISTS" in again.stdout:
                again.returncode = 0
            if made or again.returncode or run(["verify", self.dir, 1]).returncode:
                bad.append(n)
        self.tell(not bad, "a birth cut off at any call can be done again", f"calls {bad}" if bad else None)

    def control(self, points):
        """A disk that says it wrote and did not must be found out, or the rows above show nothing."""
        found = [n for n in range(1, points + 1, 3) if self.problem({"FAULT_NTH": n, "FAULT_HOW": "lie"})]
        self.tell(bool(found), "control: a disk that lies is found out")


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="kap-fault-"))
    try:
        sweep = Sweep(work)
        sweep.seed.mkdir()
        for args in (["create", sweep.seed], ["write", sweep.seed, 0, SEEDED]):
            assert run(args).returncode == 0
        sweep.fresh()
        points = sweep.points(["write", sweep.dir, SEEDED, WRITTEN])
        print(f"1..{len(WAYS) + 2}")
        for way in WAYS:
            sweep.sweep(way, points)
        shutil.rmtree(sweep.dir)
        sweep.dir.mkdir()
        sweep.creation(sweep.points(["create", sweep.dir]))
        sweep.control(points)
        return 1 if sweep.failed else 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
