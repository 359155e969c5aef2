"""What the stories in Python share: points of TAP, a temporary place that goes away, a kapd of one's own that is ready
when start() returns, and people who join it. lib.sh is the same for the stories in shell.

    with Story() as story:
        clinic = House(story).found()
        story.equal(what_came, what_should, "what this shows")

KEEP=1 leaves the temporary place behind and says where it is."""
import os
import pathlib
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

import kap_peer as kap

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(ROOT, os.environ.get("BUILD", "build/plain"))
SANITIZED = BUILD.name in ("asan", "tsan")
# What a connection gives when the far end has closed it.
GONE = (EOFError, ConnectionError, BrokenPipeError, ssl.SSLError)


class Story:
    def __init__(self):
        self.points = self.broken = 0
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="kap."))
        self.ends = []

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        # who runs the tests in the background, or with nohup, ignores these, and programs would inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and kind is not SystemExit:
            lines = traceback.format_exception(kind, error, trace)
            self.ok(False, "the story comes to its end", "".join(lines))
        for end in reversed(self.ends):
            end()
        if self.broken:
            for log in sorted(self.place.glob("*.log")):
                self.note(*(f"{log.stem}: {line}" for line in log.read_text(errors="replace").splitlines()[-40:]))
        if os.environ.get("KEEP"):
            self.note(f"kept: {self.place}")
        else:
            shutil.rmtree(self.place, ignore_errors=True)
        print(f"1..{self.points}")
        sys.exit(143 if kind is SystemExit else 1 if self.broken else 0)

    @staticmethod
    def note(*lines):
        for line in lines:
            print(f"# {line}", flush=True)

    def ok(self, condition, what, why=""):
        self.points += 1
        self.broken += not condition
        print(f"{'ok' if condition else 'not ok'} {self.points} - {what}", flush=True)
        if not condition and why:
            self.note(*str(why).splitlines())
        return condition

    def skip(self, what, why):
        self.points += 1
        print(f"ok {self.points} - {what} # SKIP {why}", flush=True)

    def equal(self, got, wanted, what):
        return self.ok(got == wanted, what, f"got:    {got!r}\nwanted: {wanted!r}")

    def refused(self, status, what, ask, *arguments, **named):
        """ask(...) is refused with this status, by its name."""
        try:
            got = f"no refusal but {ask(*arguments, **named)!r}"
        except kap.Refused as e:
            got = kap.STATUS[e.status]
        return self.equal(got, status, what)

    def bad(self, rule, what, ask, *arguments, **named):
        """ask(...) ends in Bad with a rule that begins like this."""
        try:
            got = f"nothing bad but {ask(*arguments, **named)!r}"
        except kap.Bad as e:
            got = e.args[0]
        return self.ok(got.startswith(rule), what, f"got: {got}\nwanted: {rule}")

    def closed(self, what, conn, seconds=5):
        """The server closes this connection, with nothing more than answers before it."""
        conn.sock.settimeout(seconds)
        try:
            while True:
                conn.read()
        except TimeoutError:
            return self.ok(False, what, f"still open after {seconds} s")
        except GONE:
            return self.ok(True, what)


class House:
    """A kapd with its state folder. Settings are keys of kapd.conf."""

    def __init__(self, story, name="kapd", **settings):
        self.story, self.state, self.log_file = story, story.place / name, story.place / f"{name}.log"
        self.settings = {"state_dir": self.state, "listen": "127.0.0.1", "any_filesystem": "yes", "store_mib": 1024,
                         "max_per_address": 84, **settings}
        self.process, self.port = None, None
        story.ends.append(self.kill)

    def sets(self, **more):
        return [word for key, value in {**self.settings, **more}.items() for word in ("--set", f"{key}={value}")]

    def kapctl(self, *words):
        """With 16 GiB of addresses: store_mib says that no more is needed. Sanitizers need them all for themselves."""
        limit = [] if SANITIZED else ["prlimit", f"--as={16 << 30}"]
        return subprocess.run([*limit, BUILD / "kapctl", *words, *self.sets()], capture_output=True, text=True, check=False)

    def init(self):
        """Makes the server's state; returns the founding code."""
        done = self.kapctl("init", "--name", "Meadow Clinic", "--address", "127.0.0.1")
        code = [line.strip() for line in done.stdout.splitlines() if "@127.0.0.1" in line]
        if done.returncode or not code:
            raise RuntimeError(f"kapctl init: {done.returncode} {done.stdout} {done.stderr}")
        return code[0].split("@")[0]

    def start(self, **more):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([BUILD / "kapd", *self.sets(port=self.port or 0, **more)],
                                            stdout=subprocess.PIPE, stderr=log)
        readable, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline().decode() if readable else ""
        if not line.startswith("ready port="):
            raise RuntimeError(f"kapd did not become ready: {line!r}, exit code {self.process.poll()}")
        self.port = int(line.split("=")[1])
        return self

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Sends the signal and returns the exit code."""
        process, self.process = self.process, None
        process.send_signal(number)
        code = process.wait(seconds)
        process.stdout.close()
        return code

    def kill(self):
        if self.process is not None:
            self.stop(signal.SIGKILL)

    def memory(self):
        """What kapd holds in memory now, in KiB; pages of the mapped store are not counted."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0])

    def found(self):
        """init, start, and the first admin: what most stories begin with."""
        code = self.init()
        self.start()
        return Clinic(self, kap.Peer().join(code, "127.0.0.1", self.port))

    def whole(self):
        """Stops kapd and asks kapctl whether store and audit log are whole."""
        self.story.equal(self.stop(), 0, "kapd ends with 0 when asked to")
        for words in (("check",), ("audit", "verify")):
            done = self.kapctl(*words)
            self.story.ok(done.returncode == 0, f"kapctl {' '.join(words)} finds nothing wrong", done.stdout + done.stderr)


class Clinic:
    """The people of a clinic, each a kap.Peer."""

    def __init__(self, house, admin):
        self.house, self.admin, self.people = house, admin, [admin]
        house.story.ends.append(self.close)

    def join(self, code):
        peer = kap.Peer().join(code, "127.0.0.1", self.house.port)
        self.people.append(peer)
        for other in self.people:
            other.close()  # what they know is old now
        return peer

    def staff(self, role):
        self.admin.sync()
        return self.join(self.admin.invite(role))

    def client(self, *team):
        team[0].sync()
        return self.join(team[0].invite(kap.CLIENT, [p.me.genesis for p in team]))

    def sync(self):
        for person in self.people:
            if person.clinic.active(person.me.genesis):
                person.sync()

    def four(self):
        """A therapist, a prescriber, and a client of both, beside the admin."""
        therapist, prescriber = self.staff(kap.THERAPIST), self.staff(kap.PRESCRIBER)
        client = self.client(therapist, prescriber)
        self.sync()
        return self.admin, therapist, prescriber, client

    def close(self):
        for person in self.people:
            person.close()


def until(seconds, ask):
    """Repeats ask() until it is true. For what has no handshake; prefer a handshake."""
    end = time.monotonic() + seconds
    while not (result := ask()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


def text_of(content):
    return None if content is None else content.fields.get(2)
