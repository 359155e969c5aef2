"""People with the real kap, for stories in Python: each a profile of their own, unlocked where the kernel keeps keys.
lib.sh is the same for the stories in shell."""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from story import BUILD

PASSPHRASE = "correct horse battery staple"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){5}[0-9A-Z]{5}@[^\s\"]+")


class Person:
    def __init__(self, story, house, name, code, *options):
        """Joins with the code if there is one."""
        self.story, self.house, self.name = story, house, name
        self.home, self.unlocked = story.place / f"home-{name}", False
        self.more = {}  # of the environment: another clock
        if code is None:
            return
        self.kap("join", code, "--kdf-cost", "16", *options)
        self.unlocked = self.run("unlock", "--minutes", "60")[0] == 0
        if self.unlocked:
            story.ends.append(lambda: self.run("lock"))

    def environment(self):
        return {**{k: v for k, v in os.environ.items() if not k.startswith("XDG_")}, "KAP_HOME": str(self.home),
                "HOME": str(self.story.place), "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", **self.more}

    def start(self, *words, text=None, **options):
        """A kap that runs, with no terminal; `text` is what it is given to read."""
        words, given = list(map(str, words)), ()
        if text is not None:
            file = self.story.place / f"text-{self.name}"
            file.write_bytes(text if isinstance(text, bytes) else text.encode() + b"\n")
            words += ["--file", str(file)]
        if not self.unlocked:
            read, write = os.pipe()
            os.write(write, f"{PASSPHRASE}\n{PASSPHRASE}\n".encode())
            os.close(write)
            words, given = ["--passphrase-fd", str(read), *words], (read,)
        process = subprocess.Popen([BUILD / "kap", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="surrogateescape", start_new_session=True,
                                   env=self.environment(), pass_fds=given, **options)
        for descriptor in given:
            os.close(descriptor)
        return process

    def run(self, *words, text=None):
        """(exit code, all that was said with single spaces)"""
        process = self.start(*words, text=text)
        out, err = process.communicate(timeout=60)
        return process.returncode, " ".join((out + " " + err).split())

    def kap(self, *words, text=None):
        """What it said; it must succeed."""
        code, said = self.run(*words, text=text)
        if code:
            raise RuntimeError(f"{self.name}: kap {words}: {code} {said}")
        return said

    def json(self, *words):
        process = self.start("--json", *words)
        out, err = process.communicate(timeout=60)
        try:
            return json.loads(out)
        except ValueError:
            raise RuntimeError(f"{self.name}: kap --json {words}: {process.returncode} {out!r} {err!r}") from None

    def invite(self, role, name, *options):
        return CODE.search(self.kap("invite", "--role", role, "--name", name, *options)).group()


def clinic_people(story, house):
    """maria (admin), ana (therapist), osei (prescriber) and jo (their client), who know each other's names."""
    code = house.init()
    house.start()
    maria = Person(story, house, "maria", f"{code}@127.0.0.1:{house.port}", "--name", "Maria Ortiz")
    ana = Person(story, house, "ana", maria.invite("therapist", "Ana Reyes"))
    osei = Person(story, house, "osei", maria.invite("prescriber", "Dr. Osei"))
    for person in (maria, ana, osei, maria, ana):
        person.kap("sync")
    jo = Person(story, house, "jo", ana.invite("client", "Jo M.", "--team", "Ana Reyes,Osei"))
    for person in (jo, ana, osei, jo):
        person.kap("sync")
    return {"maria": maria, "ana": ana, "osei": osei, "jo": jo}


class Terminal:
    """A kap at a terminal of its own. `seen` is all that it has written there."""

    def __init__(self, person, *words, term="xterm", **variables):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**person.environment(), "TERM": term, **variables}
        self.process = subprocess.Popen(
            [BUILD / "kap", *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env=environment, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.ours, self.seen, self.at = ours, "", 0
        person.story.ends.append(self.close)

    def read(self, seconds):
        """Reads what there is; False at the end."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.ours, 65536)
        except OSError:
            data = b""
        self.seen += data.decode(errors="replace")
        return bool(data)

    def expect(self, words, seconds=20):
        """Waits until these words come after what was expected before."""
        end = time.monotonic() + seconds
        while words not in self.seen[self.at:]:
            if time.monotonic() > end or not self.read(0.2) and words not in self.seen[self.at:]:
                raise RuntimeError(f"{words!r} did not come: {self.seen!r}")
        self.at = self.seen.index(words, self.at) + len(words)
        return self

    def prompt(self, seconds=20):
        """Waits for the line editor: for its prompt, and until it reads keys itself. Before that the terminal holds what
        is typed, and drops it on Ctrl-C."""
        self.expect("> ")
        end = time.monotonic() + seconds
        while self.echoes():
            if time.monotonic() > end:
                raise RuntimeError(f"no line editor: {self.seen!r}")
            time.sleep(0.005)
        return self

    def type(self, text):
        os.write(self.ours, text.encode())
        return self

    def end(self, seconds=30):
        """Reads to the end; the exit code."""
        end = time.monotonic() + seconds
        while self.read(0.2) and time.monotonic() < end:
            pass
        return self.process.wait(5)

    def echoes(self):
        return bool(termios.tcgetattr(self.ours)[3] & termios.ECHO)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1
