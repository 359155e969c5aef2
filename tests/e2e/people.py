"""People with the real kap, for stories in Python: each a profile of their own, unlocked where the kernel keeps keys.
lib.sh is the same for the stories in shell."""
import json
import os
import re
import subprocess

from story import BUILD

PASSPHRASE = "correct horse battery staple"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){5}[0-9A-Z]{5}@[^\s\"]+")


class Person:
    def __init__(self, story, house, name, code, *options):
        """Joins with the code if there is one."""
        self.story, self.house, self.name = story, house, name
        self.home, self.unlocked = story.place / f"home-{name}", False
        if code is None:
            return
        self.kap("join", code, "--kdf-cost", "16", *options)
        self.unlocked = self.run("unlock", "--minutes", "60")[0] == 0
        if self.unlocked:
            story.ends.append(lambda: self.run("lock"))

    def environment(self):
        return {**{k: v for k, v in os.environ.items() if not k.startswith("XDG_")}, "KAP_HOME": str(self.home),
                "HOME": str(self.story.place), "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}

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
