"""world: one clinic made once, as it was at the start of every case again in milliseconds, and the table of cases.

    @case("K02", "the server leaves out a record")
    def _(w):
        w.give("kept back")                                  # what comes before, in the control run and in the attack
        w.give("given")
        return Trial("ana", attack=lambda: w.liar.feed(...), hidden=["kept back"], aside=1)

A Trial is run twice, each time in a fresh world. Control: everything as it is, except `control`; the victim's command
must succeed and the hidden words are shown. Attack: the same after `attack`. Four things are then asserted: the exit
code and the words of the alarm; that nothing of the bad object is shown or lies in the vault in the clear; that every
value of the vault from before is there, byte by byte, and none is new but in the tables where that is right; and what
was kept aside, with the object as evidence. A case that returns nothing makes its own points.

Of each id the first case is run, unless it is not `quick`; with ATTACK=all every one. CASES=X01,K02 runs these alone."""
import copy
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import kap_peer as kap  # noqa: E402
from people import CODE, PASSPHRASE, Person, Terminal, clinic_people  # noqa: E402
from story import BUILD, GONE, House, Story  # noqa: E402

from lying_server import Liar, chain_of  # noqa: E402
from store_editor import Store  # noqa: E402
from vault_reader import Vault  # noqa: E402

NAMES = {"maria": "Maria Ortiz", "ana": "Ana Reyes", "osei": "Dr. Osei", "jo": "Jo M.", "eve": "Eve"}
# Another clock for one program; tests/setup.sh brings it.
FAKETIME = next(iter(sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))), "libfaketime.so.1")
ALARM = {
    "answer": "ALARM: the server answered with something that is no valid answer.",
    "pin": "ALARM: another machine answered in the place of the clinic's server.",
    "rollback": "ALARM: the server shows an older or different history than this device has seen.",
    "generation": "ALARM: the server's store is another than before, and nobody of the clinic has said so.",
    "receipt": "ALARM: the server's receipt does not prove that it stored your records.",
    "link": "ALARM: the server shows a false statement about who is who. It was not used.",
    "signature": "ALARM: the server shows a statement with a false signature. It was not used.",
}
ERR = {name: text for name, text in
       re.findall(r'^ERR\((\w+), +\d+, +\d+, "(.*)"\)', (HERE.parents[1] / "proto/err.def").read_text(), re.MULTILINE)}
# How far one has read, and what failed: these may change when a lie is told. All else only by what is named.
MOVES = {"CURSOR", "STREAM_IN"}
SENDS = {"PENDING", "SEALED", "OUTBOX", "STREAM_OUT", "TIMELINE", "RECORD"}
ARRIVES = {"TIMELINE", "RECORD", "NUMBER", "NAME", "FACT", "PENDING", "SEALED", "OUTBOX", "STREAM_OUT", "RECEIPT"}


def moves_always(table, key):
    """Facts: what the server's receipts promised of the feed, until it is read; since when it takes nothing."""
    return table == "FACT" and key.startswith((b"promised", b"unanswered"))


class Trial:
    """victim: whose kap runs `words`. exit, says: of the attack (exit None: any but 0). hidden: words that only the control run shows. aside: how
    many records must be kept aside, `why` the errors that this may be for (names of err.def). gains: tables that may
    have new rows. after: further points, called after the others."""

    def __init__(self, victim, attack, words=("sync",), control=None, exit=4, says=None, hidden=(), aside=0, why=None,
                 gains=(), moves=(), after=None, control_exit=0):
        self.victim, self.words, self.attack, self.control, self.after = victim, words, attack, control, after
        self.exit, self.says, self.hidden, self.aside, self.why = exit, says, list(hidden), aside, why
        self.gains, self.moves, self.control_exit = set(gains), MOVES | set(moves), control_exit


class World:
    def __init__(self, story):
        self.story, self.house = story, House(story)
        self.vaults, self.devices, self.said, self.extra = {}, {}, [], []
        self.closing = []  # connections of peers that a case made
        self.all = os.environ.get("ATTACK") == "all"
        self.people = clinic_people(story, self.house)
        self.port = self.house.port
        self.eve = self.peers_join("ana", "client", "Eve", "--team", "Ana Reyes")
        self.mal = self.peers_join("maria", "medical", "Mal")
        for peer, name, known in ((self.eve, "Eve", ["ana"]), (self.mal, "Mal", ["ana", "osei"])):
            to = [self.chain(peer, who) for who in known]
            peer.write(name, kap.CONTROL, to, kind=kap.PROFILE)
        self.give("the river in March")
        self.people["jo"].kap("write", text="nobody else's business")
        self.people["ana"].kap("msg", "Jo", text="see you on Thursday")
        for name in ("jo", "ana", "maria", "osei", "jo", "ana", "jo"):
            self.people[name].kap("sync")
        for peer in (self.eve, self.mal):
            peer.sync()
            peer.pull()
            peer.close()
        self.house.stop()
        self.start_peers = (self.eve, self.mal)
        self.folders = ["kapd"] + [f"home-{name}" for name in self.people]
        for folder in self.folders:
            copy_tree(story.place / folder, story.place / "first" / folder)
        self.liar = Liar(self, self.port)
        story.ends.append(self.liar.stop)

    # making

    def peers_join(self, inviter, role, name, *options):
        code = self.people[inviter].invite(role, name, *options)
        peer = kap.Peer().join(code, "127.0.0.1", self.house.port)
        for one in (inviter, "ana"):
            self.people[one].kap("sync")
        return peer

    def genesis(self, peer, name):
        """Of a person, as somebody's clinic chain has it: by the person's device."""
        did = self.vault(name).identity()[0] if name in self.people else getattr(self, name).device.did
        return next(g for g, m in peer.clinic.members.items() if m.chain.did == did)

    def chain(self, peer, name):
        return peer.key_chain(self.genesis(peer, name))

    def pid(self, name):
        return self.genesis_of(name)[:16]

    def genesis_of(self, name):
        row = kap.unpack(next(iter(self.vault(name).rows()["IDENTITY"].values())))
        return row[2][0]

    def key_link(self, name):
        """A person's key chain, with its boxes."""
        with self.liar.upstream(self.device_of(name)) as conn:
            conn.hello()
            return kap.KeyChain(conn.call("chain_get", self.genesis_of(name), 0, 1)[2])

    def true_clinic(self, name):
        """The links of the clinic chain as kapd gives them to this person."""
        with self.liar.upstream(self.device_of(name)) as conn:
            return chain_of(conn, conn.hello()[1])

    def true_person(self, name):
        """The first link of somebody's key chain, as others are served it."""
        return strip(self.key_link(name).link.data)

    def link_count(self, name):
        """How many links a person's key chain has at the server."""
        with self.liar.upstream(self.device_of(name)) as conn:
            conn.hello()
            return conn.call("chain_get", self.genesis_of(name), 0, 256)[0] + 1

    def peer_of(self, name):
        """A peer with the keys of a person's device."""
        _, keys, epochs = self.vault(name).identity()
        peer = kap.Peer()
        peer.device, peer.epoch = kap.Device(*keys), kap.Epoch(*epochs[-1])
        peer.address, peer.pins, peer.log = ("127.0.0.1", self.house.port), self.eve.pins, self.eve.log
        peer.clinic_id, self.closing = self.eve.clinic_id, self.closing + [peer]
        peer.me = kap.KeyChain(peer.chain_get(self.genesis_of(name))[0])
        peer.chains[peer.me.genesis] = peer.me
        peer.sync()
        return peer

    def kap_code(self, inviter, role, name, *options):
        """A code without its address."""
        self.liar.device = inviter
        return self.people[inviter].invite(role, name, *options).split("@")[0]

    def items(self, name, author):
        """The item ids of an author's entries that a person holds, in the order of their arrival."""
        found = []
        for _, row in sorted(self.vault(name).rows()["TIMELINE"].items()):
            row = kap.unpack(row)
            if kap.Record(row[4]).core.pid == self.pid(author) and row[5]:
                core = kap.Record(row[4]).core
                content = kap.content_read(row[5], core.op, core.cls)
                found += [content.item] if content.kind == kap.JOURNAL else []
        return found

    def vault(self, name):
        if name not in self.vaults:
            self.vaults[name] = Vault(self.people[name].home, PASSPHRASE)
        return self.vaults[name]

    def device_of(self, name):
        """The device that the server knows this person by; None before they have one."""
        if name not in self.devices:
            known = self.people.get(name)
            if known is None or not (known.home / "vault" / "header").exists():
                return None
            identity = self.vault(name).identity()
            if identity is None:
                return None
            self.devices[name] = kap.Device(*identity[1])
        return self.devices[name]

    def reset(self):
        """Everything is again as it was first."""
        self.liar.settle()
        for peer in self.closing:
            peer.close()
        self.closing = []
        self.house.kill()
        for folder in self.folders:
            shutil.rmtree(self.story.place / folder)
            copy_tree(self.story.place / "first" / folder, self.story.place / folder)
        for name in [n for n in self.people if f"home-{n}" not in self.folders]:
            person = self.people.pop(name)
            shutil.rmtree(person.home, ignore_errors=True)
            self.vaults.pop(name, None), self.devices.pop(name, None)
        for folder in self.extra:
            shutil.rmtree(folder, ignore_errors=True)
        self.extra, self.said = [], []
        self.start()
        for peer in (self.eve, self.mal):
            peer.close()
        self.eve, self.mal = copy.deepcopy(self.start_peers)
        for peer in (self.eve, self.mal):
            peer.address = ("127.0.0.1", self.house.port)
        self.liar.forget()

    def start(self):
        self.house.port = None
        self.house.start()
        for peer in (self.eve, self.mal):
            peer.close()
            peer.address = ("127.0.0.1", self.house.port)

    def stopped(self):
        """The store, while kapd is stopped: with w.stopped() as store: ..."""
        return Stopped(self)

    def copy_store(self, name):
        """Keeps a copy of the whole store."""
        self.restart_with(lambda: self.extra.append(self.story.place / name)
                          or copy_tree(self.house.state, self.story.place / name))

    def restore_store(self, name):
        """Puts a copy in its place."""
        def exchange():
            shutil.rmtree(self.house.state)
            copy_tree(self.story.place / name, self.house.state)
        self.restart_with(exchange)

    def restore_first(self):
        self.restore_store("first/kapd")

    def restart_with(self, change):
        self.liar.settle()
        self.house.stop()
        change()
        self.start()

    # doing

    def run(self, name, *words, text=None):
        """(exit code, what was said) of kap --json."""
        self.liar.device = name
        code, said = self.people[name].run("--json", *words, text=text)
        self.liar.settle()
        self.said.append(said)
        return code, said

    def kap(self, name, *words, text=None):
        code, said = self.run(name, *words, text=text)
        if code:
            raise RuntimeError(f"{name}: kap {words}: {code} {said}")
        return said

    def json(self, name, *words):
        self.liar.device = name
        found = self.people[name].json(*words)
        self.liar.settle()
        return found

    def give(self, text, who="jo", to="Ana", title=None):
        """An entry of jo's that is shared, and on the server."""
        person = self.people[who]
        if hasattr(self, "liar"):
            self.liar.device = who
        person.kap("write", *(["--title", title] if title else []), text=text)
        number = person.json("list")["entries"][-1]["number"]
        person.kap("--yes", "share", number, "--with", to)
        return number

    def last(self, name, author=None):
        """The newest row of a person's true feed, or the newest with a record of this author."""
        rows = self.liar.true_feed(name)
        return [r for r in rows if author is None or r[2] and kap.Record(r[2]).core.pid == self.pid(author)][-1]

    # looking

    def shown(self, name):
        """What a person is shown: entries of everybody, messages, people, as --json."""
        words = [["list"], ["inbox"], ["team"]]
        words += [["list", NAMES[other].split()[0].rstrip(".") if other != "osei" else "Osei"]
                  for other in ("jo", "eve", "ana", "osei") if other != name]
        found = {}
        for command in words:
            _, out, _ = self.raw(name, "--json", *command)
            found[" ".join(command)] = out
        return found

    def raw(self, name, *words):
        self.liar.device = name
        process = self.people[name].start(*words)
        out, err = process.communicate(timeout=60)
        self.liar.settle()
        return process.returncode, out, err

    def without_passphrase(self, name, *words):
        """(exit code, out, err) of a kap that is given none."""
        done = subprocess.run([BUILD / "kap", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              env=self.people[name].environment(), start_new_session=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def asides(self, name):
        """[(error number, record, payload)]"""
        rows = [kap.unpack(row) for row in self.vault(name).rows()["ASIDE"].values()]
        return [(row[1], row[4], row[5]) for row in rows]


class Stopped:
    def __init__(self, world):
        self.world = world

    def __enter__(self):
        for peer in (self.world.eve, self.world.mal):
            peer.close()
        self.world.liar.settle()
        self.world.house.stop()
        self.store = Store(self.world.house.state)
        return self.store.__enter__()

    def __exit__(self, *error):
        self.store.__exit__(*error)
        self.world.start()


def strip(link):
    """The first link of a key chain without its boxes, as others are served it."""
    return kap.pack(kap.unpack(link)[:3] + [None])


def copy_tree(source, target):
    shutil.copytree(source, target)


# --- the table --------------------------------------------------------------------------------------------------------

CASES = []


def case(number, what, quick=True):
    def add(function):
        CASES.append((number, what, quick, function))
        return function
    return add


def chosen():
    only, seen = [c for c in os.environ.get("CASES", "").split(",") if c], set()
    for number, what, quick, function in CASES:
        if only and number in only or not only and (os.environ.get("ATTACK") == "all" or quick and number not in seen):
            yield number, what, function
        seen.add(number)


def play(story, w, number, what, function):
    w.reset()
    w.attacked = False
    trial = function(w)
    if trial is None:
        return
    control(story, w, number, what, trial)
    w.reset()
    w.attacked = True
    attack(story, w, number, what, function(w))


def control(story, w, number, what, trial):
    if trial.control:
        trial.control()
    code, said = w.run(trial.victim, *trial.words)
    shown = "".join(w.shown(trial.victim).values()) if trial.hidden else ""
    story.ok(code == trial.control_exit and "ALARM" not in said and all(word in shown for word in trial.hidden)
             and not w.liar.errors, f"{number} without the attack all goes well ({what})",
             f"{code} {said} {w.liar.errors}\n{shown}")


def attack(story, w, number, what, trial):
    trial.attack()
    shown = w.shown(trial.victim)
    before = w.vault(trial.victim).rows()
    code, said = w.run(trial.victim, *trial.words)
    after = w.vault(trial.victim).rows()
    says = [trial.says] if isinstance(trial.says, str) else list(trial.says or ())
    if trial.aside and trial.exit == 4:
        says.append("kept aside and not shown")
    story.ok((code == trial.exit or trial.exit is None and code > 0) and all(s in said for s in says) and not w.liar.errors,
             f"{number} {what}: {'noticed' if trial.exit != 0 else 'without effect'}",
             f"exit code {code}, wanted {trial.exit}; said: {said}\nwanted: {says} {w.liar.errors}")
    now = w.shown(trial.victim)
    everything = "".join(now.values()) + "".join(w.said) + repr(plain_rows(after))
    found = [word for word in trial.hidden if word in everything]
    gained = set() if trial.gains else {k for k in shown if shown[k] != now[k]}
    story.ok(not found and not gained, f"{number} nothing of it is shown or lies in the vault",
             f"found: {found}; changed: {[(k, shown[k], now[k]) for k in gained]}")
    lost, new = compare(before, after, trial.moves, trial.gains)
    new -= trial.gains | ({"ASIDE", "FACT"} if trial.aside else set())
    story.ok(not lost and not new, f"{number} all that was here is here, and nothing else",
             f"changed or gone: {lost}\nnew rows in: {sorted(new)}")
    if trial.aside:
        check_aside(story, w, number, trial, before, after)
    if trial.after:
        trial.after()


FALSE_CHAIN = [ALARM[name] for name in ("link", "signature", "rollback")]


def alarmed(w, number, what, lie, who="ana", words=("sync",)):
    """A lie about chains: refused with an alarm, and no link, name, or entry of it stays."""
    rows = w.vault(who).rows()
    shown = w.shown(who)
    lie()
    code, said = w.run(who, *words)
    w.story.ok(code == 4 and any(a in said for a in FALSE_CHAIN) and not w.liar.errors, f"{number} {what}: noticed",
               f"{code} {said} {w.liar.errors}")
    now = w.vault(who).rows()
    w.story.ok(all(now[t] == rows[t] for t in ("LINK", "CHAIN", "NAME", "TIMELINE", "IDENTITY")) and w.shown(who) == shown,
               f"{number} nothing of it is kept, and all that was here is here")


def plain_rows(rows):
    """What stands in the clear in the vault: an aside record is as it came, sealed."""
    return {table: list(values.values()) for table, values in rows.items()}


def counts_on(table, key, gains):
    """The last number that was given in a row of numbers, where something may arrive and get one."""
    return table == "NUMBER" and len(key) == 16 and table in gains


def compare(before, after, moves, gains):
    """(what was changed or lost, tables with new rows)"""
    lost, new = [], set()
    for table, rows in before.items():
        if table not in moves:
            lost += [(table, key) for key, value in rows.items() if after.get(table, {}).get(key) != value
                     and not moves_always(table, key) and not counts_on(table, key, gains)]
    for table, rows in after.items():
        if table not in moves and any(not moves_always(table, k) for k in set(rows) - set(before.get(table, {}))):
            new.add(table)
    return lost, new


def check_aside(story, w, number, trial, before, after):
    news = [kap.unpack(value) for key, value in after["ASIDE"].items() if key not in before["ASIDE"]]
    wanted = {-ERRORS[name] for name in ([trial.why] if isinstance(trial.why, str) else trial.why or ERRORS)}
    errs = {abs(row[1]) for row in news}
    story.ok(len(news) == trial.aside and errs <= {abs(e) for e in wanted} and all(row[4] for row in news),
             f"{number} it is kept aside with its bytes, as evidence",
             f"{len(news)} rows, wanted {trial.aside}; errors {[NAME_OF.get(e, e) for e in errs]}, wanted {trial.why}")


ERRORS = {name: int(n) for name, n in
          re.findall(r"^ERR\((\w+), +(\d+),", (HERE.parents[1] / "proto/err.def").read_text(), re.MULTILINE)}
NAME_OF = {n: name for name, n in ERRORS.items()}


def main():
    """Runs the cases of the script that calls it."""
    began = time.monotonic()
    cases = list(chosen())
    if not cases:
        print("1..0 # skipped: none of the cases that were asked for")
        return
    with Story() as story:
        w = World(story)
        for number, what, function in cases:
            try:
                play(story, w, number, what, function)
            except Exception as e:  # the other cases go on
                story.ok(False, f"{number} {what}: runs to its end", f"{e!r}\n{traceback.format_exc()}")
        story.note(f"{len(cases)} of {len(CASES)} cases, {time.monotonic() - began:.1f} s")


__all__ = ["CODE", "GONE", "Person", "Terminal", "alarmed", "case", "main", "Trial", "World", "kap", "json", "ALARM", "ERR", "ARRIVES", "SENDS", "NAMES", "strip", "PASSPHRASE"]
