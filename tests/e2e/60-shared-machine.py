#!/usr/bin/python3
# Goal: on a machine that others use, locking is at once and everywhere, and nothing of what was written stays in memory, on
# a disk, in an argument or in a history.
import mmap
import os
import pathlib
import re
import secrets
import subprocess
import sys
import time

from people import BUILD, PASSPHRASE, Terminal, clinic_people
from story import House, Story

CANARY = "heliotrope-" + secrets.token_hex(3)  # others may run this at the same time
FORMS = [CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode().hex().encode()]


def ours():
    """This process and those above it: the story itself knows the words."""
    pids, pid = set(), os.getpid()
    while pid > 1:
        pids.add(pid)
        pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return pids


def in_memory(pids):
    """Those of the processes whose memory holds the words."""
    found = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
                for line in maps:
                    part = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
                    if not part or "[vvar" in line or "[vsyscall" in line:
                        continue
                    start, end = (int(x, 16) for x in part.groups())
                    if end - start > 1 << 30:  # the vault's map: its pages are on the disk, which is searched too
                        continue
                    try:
                        memory.seek(start)
                        data = memory.read(end - start)
                    except OSError:
                        continue
                    if any(form in data for form in FORMS):
                        found.append(pid)
                        break
        except OSError:
            continue
    return found


def everybody():
    return [int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit() and int(p.name) not in ours()]


def on_disk(*places):
    found = []
    for place in places:
        for path in pathlib.Path(place).rglob("*"):
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_size:
                    with open(path, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
                        if any(data.find(form) >= 0 for form in FORMS):
                            found.append(str(path))
            except (OSError, ValueError):
                continue
    return found


def unlock(jo):
    jo.unlocked = False
    jo.unlocked = jo.run("unlock", "--minutes", "60")[0] == 0


def lock(jo):
    jo.run("lock", "--keep-screen")
    jo.unlocked = False


def opened(jo, *words):
    """At a terminal, with the passphrase where the kernel keeps no keys."""
    at = Terminal(jo, *words)
    return at if jo.unlocked else at.expect("assphrase").type(f"{PASSPHRASE}\n")


def piped(jo, words, text):
    """What is written goes in through a pipe, so that no file has it."""
    said = subprocess.run([BUILD / "kap", *words], input=text, text=True, env=jo.environment(), capture_output=True, timeout=60)
    if said.returncode:
        raise RuntimeError(f"kap {words}: {said}")


def locking(story, jo):
    at = opened(jo, "watch")
    at.expect("Watching")
    began = time.monotonic()
    lock(jo)
    code = at.end()
    story.equal(code, 5, "kap lock in one window ends a watch in another")
    story.ok(time.monotonic() - began < 5, "at once", f"{time.monotonic() - began:.1f} s")
    story.ok("Locked, so watching has ended" in at.seen, "and it says why", at.seen)
    at = Terminal(jo, "list")
    at.expect("assphrase").type("\x03")
    story.ok(at.end() != 0, "what comes next asks for the passphrase")
    at = Terminal(jo, "lock")
    story.equal(at.end(), 0, "lock works while locked")
    story.ok("\033[2J" in at.seen and "\033[3J" in at.seen, "it clears the screen and what can be scrolled back to", at.seen)


def scanning(story, jo):
    if os.geteuid() != 0:
        print(f"ok {story.points + 1} - memory is searched # SKIP only root may read the memory of others")
        story.points += 1
        return
    unlock(jo)
    at = opened(jo, "write")
    at.prompt().type(f"first {CANARY} line\n").prompt()
    story.equal(in_memory(everybody()), [at.process.pid], "control: words that are being typed are found in one process alone")
    status = pathlib.Path(f"/proc/{at.process.pid}/status").read_text()
    story.ok(int(re.search(r"VmLck:\s+(\d+)", status).group(1)) > 0, "whose keys cannot be swapped out", status)
    story.ok(int(re.search(r"VmSwap:\s+(\d+)", status).group(1)) == 0, "and of which nothing is swapped out", status)
    limits = pathlib.Path(f"/proc/{at.process.pid}/limits").read_text()
    story.ok(re.search(r"Max core file size\s+0\s+0", limits), "it leaves no core file", limits)
    for what in ("cmdline", "environ"):
        story.ok(CANARY.encode() not in pathlib.Path(f"/proc/{at.process.pid}/{what}").read_bytes(), f"nothing stands in its {what}")
    at.type(".\n").expect("Saved")
    at.end()
    if jo.unlocked:
        piped(jo, ["quick", "--file", "-"], f"quick {CANARY}")
    editor = story.place / "editor.sh"
    editor.write_text(f"#!/bin/sh\nprintf 'edited %s\\n' {CANARY[:6]}'{CANARY[6:]}' >\"$1\"\n")
    editor.chmod(0o755)
    os.environ["EDITOR"] = str(editor)
    jo.run("write", "--editor")
    jo.run("edit", "1", "--editor")
    del os.environ["EDITOR"]
    jo.run("--yes", "share", "1", "--with", "Ana")
    jo.kap("sync")
    story.ok(CANARY in jo.kap("read", "1") and CANARY in jo.kap("find", CANARY[:10]), "control: the words are there to read")
    # M06. After the lock: memory of every process, every file.
    lock(jo)
    story.equal(in_memory(everybody()), [], "after the lock no process has them in its memory")
    home = jo.home
    runtime = [p for p in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", "/var/tmp") if p and os.path.isdir(p)]
    (story.place / "control.txt").write_text(f"a {CANARY} here")
    story.equal(on_disk(story.place), [str(story.place / "control.txt")], "no file has them, but the control's")
    story.equal(on_disk(*runtime), [], "nor is there one where temporary files are")
    story.ok(os.path.isdir(home), "control: the profile was among what was searched")


def history(story, jo):
    unlock(jo)
    histfile = story.place / "histfile"
    environment = {**jo.environment(), "HISTFILE": str(histfile), "PS1": "$ ", "PATH": f"{BUILD}:{os.environ['PATH']}"}
    lines = ["set -o history", "kap quick", f"typed {CANARY} here", "kap find", CANARY[:10], "history -w", "exit"]
    shell = subprocess.run(["bash", "--norc", "-i"], input="\n".join(lines) + "\n", text=True, env=environment,
                           capture_output=True, timeout=60, start_new_session=True)
    kept = histfile.read_text()
    story.ok("kap quick" in kept, "a shell's history has the commands", kept + shell.stderr)
    story.ok("typed" not in kept, "and not the words", kept)
    lock(jo)


def wiping(story, jo):
    """D11: before a journey everything goes, the seeds of all epochs with it."""
    unlock(jo)
    jo.kap("write", text="not sent")
    code, said = jo.run("device", "wipe")
    story.equal(code, 6, "what was never sent is not wiped unasked")
    story.ok("not been sent yet and would be lost" in said, "which is said", said)
    jo.kap("sync")
    vault = next(p.parent for p in jo.home.rglob("header"))
    kept = story.place / "kept"
    kept.mkdir()
    for name in ("header", "data.mdb"):  # a second name for the same file: what a disk might keep
        os.link(vault / name, kept / name)
    at = opened(jo, "device", "wipe").expect("wipe").type("yes\n")
    story.equal(at.end(), 6, "another word is no answer")
    story.ok((vault / "header").exists(), "and leaves everything as it was")
    at = opened(jo, "device", "wipe").expect('Type "wipe"').type("wipe\n")
    story.equal(at.end(), 0, "the right one takes it away")
    jo.unlocked = False
    story.ok(not vault.exists(), "no vault is left")
    story.equal(set((kept / "header").read_bytes()), {0}, "the sealed keys were overwritten where they lay")
    vault.mkdir(mode=0o700)
    for name in ("header", "data.mdb"):
        (vault / name).write_bytes((kept / name).read_bytes())
        (vault / name).chmod(0o600)
    code, said = jo.run("list")
    story.ok(code not in (0, 10), "what a disk may have kept opens with no passphrase", f"{code} {said}")


def main():
    with Story() as story:
        house = House(story)
        jo = clinic_people(story, house)["jo"]
        locking(story, jo)
        scanning(story, jo)
        history(story, jo)
        wiping(story, jo)


if __name__ == "__main__":
    sys.exit(main())
