#!/usr/bin/python3
# Goal: at a terminal kap asks, hides passphrases, shows progress, and keeps whatever was typed; elsewhere it asks nothing
# and its --plain and --json can be read by programs.
import json
import os
import re
import signal
import sys

from people import PASSPHRASE, Person, Terminal, clinic_people
from story import House, Story

ESCAPE = re.compile(r"\033")


def joining(story, house, people):
    code = people["maria"].invite("medical", "Nurse Kim")
    kim = Person(story, house, "kim", None)
    at = Terminal(kim, "join", code, "--kdf-cost", "16")
    at.expect("Meadow Clinic").expect("What should others call you? [Nurse Kim] ").type("\n")
    at.expect("Choose a passphrase").type("short\n").expect("10 characters").expect("Choose a passphrase")
    story.ok(not at.echoes(), "a passphrase is not echoed")
    at.type(PASSPHRASE + "\n").expect("gain").type(PASSPHRASE + "\n")
    at.expect("recovery code").expect("Press Enter when you have written it down.").type("\n").expect("You have joined")
    story.equal(at.end(), 0, "joining by answering questions works")
    story.ok(PASSPHRASE not in at.seen and "short" not in at.seen, "no passphrase was shown")
    at = Terminal(kim, "list").expect("Passphrase: ")
    at.type("wrong horse battery\n").expect("That passphrase does not open it.").expect("Passphrase: ")
    at.type(PASSPHRASE + "\n")
    story.equal(at.end(), 0, "a wrong passphrase may be typed again")
    at = Terminal(kim, "list").expect("Passphrase: ")
    at.process.send_signal(signal.SIGINT)
    story.equal(at.end(), -signal.SIGINT, "Ctrl-C at the question ends it")
    story.ok(at.echoes(), "and the terminal echoes again")


def ask(person, *words, **options):
    """At a terminal, with the passphrase where it is asked for."""
    at = Terminal(person, *words, **options)
    if not person.unlocked:
        at.expect("Passphrase: ").type(PASSPHRASE + "\n")
    return at


def writing(story, jo):
    at = ask(jo, "write", "--title", "Typed").expect("ends and saves").prompt().type("first line\n")
    at.prompt().type("secund\x7f\x7f\x7fond\n").prompt().type(".\n").expect("Saved. Only you can read it.")
    story.equal(at.end(), 0, "the line editor ends at a dot")
    entry = jo.json("list")["entries"][-1]["number"]
    story.equal(jo.json("read", entry)["text"], "first line\nsecond", "with what was typed and corrected")
    at = ask(jo, "quick").prompt().type("one line only\n")
    story.equal(at.end(), 0, "quick ends with the first Enter")
    at = ask(jo, "write", term="dumb").expect("> ").type("on a dumb terminal\n").expect("> ").type("\x04")
    story.equal((at.end(), ESCAPE.findall(at.seen)), (0, []), "a dumb terminal gets no escape sequences, and Ctrl-D ends")
    count = len(jo.json("list")["entries"])
    at = ask(jo, "answer", "first-03").expect("remember before it softens").prompt().type("s\n")
    at.prompt().type(".\n").expect("Skipped.")
    story.equal(at.end(), 0, "s skips a prompt")
    at = ask(jo, "answer", "first-03").prompt().type("l\n").prompt().type(".\n").expect("Later, then.")
    story.equal(at.end(), 0, "l leaves it for later")
    story.equal(len(jo.json("list")["entries"]), count, "neither leaves an entry")
    at = ask(jo, "answer", "rel-03").expect("can bring up hard things").prompt().type("an answer\n").prompt().type(".\n")
    story.equal(at.end(), 0, "a heavy prompt says so first")
    at = ask(jo, "write").prompt().type("half a thought\n").prompt().type("and the rest of")
    at.expect("rest of").type("\x03").expect("kept as a private entry")
    story.equal(at.end(), 3, "Ctrl-C stops the writing")
    story.equal(jo.json("list")["entries"][-1]["text"], "half a thought\nand the rest of", "and what was typed is kept")
    at = ask(jo, "write").prompt().type("before the window closed\n").prompt()
    at.process.send_signal(signal.SIGHUP)
    at.end()
    story.equal(jo.json("list")["entries"][-1]["text"], "before the window closed", "so is it when the terminal goes away")
    at = ask(jo, "msg", "Ana").prompt().type("m" * 1000 + "\n")
    for _ in range(16):
        at.prompt().type("m" * 1000 + "\n")
    at.prompt().type(".\n").expect("at most 16 KiB fit").expect("kept as a private entry")
    story.equal(at.end(), 3, "a message that is too long is kept as well")
    story.equal(len(jo.json("inbox")["messages"]), 0, "and not sent")


def sharing(story, jo):
    for answer, code, shared in (("\n", 0, False), ("n\n", 0, False), ("\x04", 0, False), ("y\n", 0, True)):
        at = ask(jo, "share", "1", "--with", "Ana").expect("will be able to READ this entry").expect("[y/N]").type(answer)
        story.equal((at.end(), jo.json("who-can-see", 1)["private"]), (code, not shared), f"the answer {answer!r} is taken")
    at = ask(jo, "msg", "Ana", "--urgent").expect("Nobody is watching this app").expect("Client messages cannot be")
    at.type("n\n")
    story.equal(at.end(), 4, "a client's urgent message is not sent without a yes")


def progress(story, jo):
    for i in range(300):
        jo.kap("quick", text=f"entry {i} of a long month")
    entries = len(jo.json("list")["entries"])
    at = ask(jo, "sync")
    story.equal(at.end(), 0, "300 entries go out at once")
    story.ok(re.search(r"\rS?\033?\[?K?.*Sending  \d+ of 3\d\d", at.seen), "with progress on the terminal", at.seen[-300:])
    last = at.seen.replace("\r\033[K", "\n").strip().splitlines()[-1]
    story.ok(last.startswith("Sent 3"), "which goes away at the end", last)
    story.equal(len(jo.json("list")["entries"]), entries, "and nothing was doubled")
    for i in range(80):
        jo.kap("quick", text=f"more {i}")
    code, said = jo.run("sync")
    story.ok(code == 0 and "Sending" not in said and "\r" not in said, "elsewhere there is none", said)
    jo.kap("quick", text="one more")
    at = ask(jo, "sync", term="dumb")
    story.equal((at.end(), ESCAPE.findall(at.seen), "Sending" in at.seen), (0, [], False), "nor on a dumb terminal")
    at = ask(jo, "list", NO_COLOR="1")
    at.end()
    story.ok(not re.search(r"\033\[[0-9;]*m", at.seen), "NO_COLOR is heeded")
    at = ask(jo, "list", NO_COLOR="")
    at.end()
    story.ok(re.search(r"\033\[[0-9;]*m", at.seen) and "PRIVATE" in at.seen, "else words that stand out are bold, too")


def fields(story, ana, osei):
    """The type of a message asks its questions, and what is required is asked again."""
    watch = osei.start("watch", "--until-news", "--for", "20")
    watch.stdout.readline()
    at = ask(ana, "msg", "care", "jo", "--to", "Osei", "--type", "response-concern").expect("What did you see? > ").type("\n")
    at.expect("What did you see? > ").type("shallow; distress 2/10\n")
    at.expect("What do you suggest? > ").type("the next step up\n")
    at.expect("Priority [routine/soon/urgent]: ").type("loud\n").expect("Priority is routine, soon, urgent")
    at.expect("Priority [routine/soon/urgent]: ").type("\n").expect("Sent to Dr. Osei. Stored")
    at.expect("Delivered").expect("Not opened yet.")
    watch.communicate(timeout=30)
    story.equal(at.end(), 0, "a message of a type is written by answering questions")
    sent = ana.json("read", "inbox", ana.json("inbox")["messages"][-1]["number"])
    story.equal((sent["priority"], sent["text"]), ("soon", "Saw: shallow; distress 2/10\nSuggests: the next step up"),
                "Enter takes the priority of the type")


# every command, with words that do nothing to anybody; None where it takes more and is
# done elsewhere. @ is a file with a text, + one that is not there yet, = an evidence file.
COMMANDS = {
    "help-now": [], "join": None, "quick": ["--file", "@"], "write": ["--file", "@"], "prompts": [],
    "answer": ["first-01", "--file", "@"], "list": [], "read": ["1"], "edit": ["2", "--file", "@"], "history": ["1"],
    "find": ["line"], "share": ["1", "--with", "Osei", "--yes"], "unshare": ["1", "--from", "Osei"], "who-can-see": ["1"],
    "comment": ["1", "--file", "@"], "msg": ["Ana", "--file", "@"], "inbox": [], "ack": ["inbox", "1", "--file", "@"],
    "sync": [], "watch": ["--for", "1"], "invite": ["--role", "auditor", "--name", "Audrey"], "team": [], "status": [],
    "export": ["--to", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "-o", "+"],
    "attach": ["@"], "save": [], "bin": [], "delete": ["2"], "undelete": ["2"], "merge": None, "check": None, "suspend": None,
    "team remove": None, "succession": None, "regive": None, "clinic restored": None, "device list": [], "device rename": [], "device add": None,
    "device join": None, "device revoke": None, "device wipe": None, "recover": None, "recovery test": None,
    "recovery new": None, "passphrase": None,
    "assignments": [], "assign": ["jo", "days-01"], "assign withdraw": None, "checkin": ["--set", "mood=5"],
    "checkins": [], "give": None, "given": [],
    "clinic contact": [], "oncall": [], "flags": [], "flag": ["jo", "--text", "some words"], "close": None, "escalate": None,
    "msg withdraw": None,
    # what is decided before a session, and sessions: 78 to 84 do the rest
    "clear": None, "clearance": ["jo"], "order": ["jo"], "order ack": None, "hold": ["jo", "--set", "reason=words enough"],
    "holds": ["jo"], "lift": None, "meds": [], "med list": [], "med add": None, "med stop": None, "supply": ["jo"],
    "consents": [], "consent offer": None, "consent sign": None, "consent withdraw": None,
    "plan": ["--set", "alone=walk"], "note": ["jo", "--file", "@"], "notes": [], "undocumented": [],
    **{f"session {verb}": None for verb in ("start", "dose", "vitals", "check", "ae", "note", "correct", "end", "report", "show")},
    # questionnaires: 73 and 74 do the rest
    "measure": ["gad7", "--answers", "1,0,0,0,0,0,s"], "measures": [], "measures pack": None, "measures set": None,
    "measure external": None, "show": ["M1"], "trend": [],
    "today": [], "summary": None, "kinds": [],
    "audit": ["="], "unlock": [], "lock": None, "help": [],
}


WHO = {"invite": "maria", "ack": "osei", "flag": "osei", "flags": "osei", "assign": "ana", "given": "ana", "clearance": "osei",
       "order": "osei", "hold": "ana", "holds": "ana", "supply": "osei", "note": "ana", "notes": "ana", "undocumented": "ana"}


def programs(story, house, people):
    names = {c["name"] for c in people["jo"].json("help")["commands"]}
    names |= {c["name"] for who in ("maria", "ana") for c in people[who].json("help")["commands"]}
    story.equal(names - set(COMMANDS), set(), "all commands are tried here")
    text = story.place / "some.txt"
    for name, words in COMMANDS.items():
        if words is None:
            continue
        who = people[WHO.get(name, "jo")]
        for form in ("--json", "--plain"):
            text.write_text(f"some words for {name} {form}\n")
            if name == "ack":
                people["ana"].kap("msg", "care", "jo", "--to", "Osei", text="please look")
                who.kap("sync")
                words = ["inbox", str(who.json("inbox")["messages"][-1]["number"]), "--file", "@"]
            if name in ("delete", "undelete"):
                who.run("delete" if name == "undelete" else "undelete", "2")
            if name == "save":
                words = [str(who.json("list")["entries"][-1]["number"]), "-o", "+"]
            if name == "device rename":
                words = [who.json("device", "list")["devices"][0]["name"], f"desk {form}"]
            if name in ("share", "unshare"):
                who.run(*(["unshare", "1", "--from", "Osei"] if name == "share" else ["--yes", "share", "1", "--with", "Osei"]))
            files = {"@": text, "+": story.place / f"{name}{form}", "=": story.place / f"{form}.kapev"}
            if name == "audit":
                who.json("export", "--evidence", "-o", files["="])
            process = who.start(form, *name.split(), *[str(files.get(w, w)) for w in words])
            out, err = process.communicate(timeout=30)
            if name == "unlock" and not who.unlocked:
                continue
            lines = out.splitlines()
            if form == "--json":
                good = [line for line in lines if isinstance(json.loads(line), dict)]
                right = len(good) == len(lines) and (len(lines) == 1 or name == "watch")
            else:
                right = (lines or name == "watch") and all(re.match(r"[a-z0-9.-]+:( |$)", line) for line in lines)
            story.ok(process.returncode == 0 and right, f"{name} {form} can be read by a program",
                     f"exit code {process.returncode}\n{out[:2000]}\n{err[:500]}")
    sent = people["jo"].json("--yes", "msg", "Ana", "--urgent", "--file", text)
    story.ok("Nobody is watching this app" in " ".join(sent["messages"]), "the crisis card is in the document of a message")
    joined = Person(story, house, "newer", None).json("join", people["maria"].invite("medical", "Newer"), "--kdf-cost", "16")
    story.ok(joined["recovery-code"] and joined["clinic"] == "Meadow Clinic", "joining is one document, too")
    process = people["jo"].start("--json", "read", "9999")
    out, err = process.communicate()
    story.equal((process.returncode, out, sorted(json.loads(err))), (3, "", ["error", "exit"]), "an error is a document, too")


def discreet(story, jo):
    code, said = jo.run("help")
    story.ok(" kap " in f" {said} ", "kap says its name")
    os.environ["KAP_DISCREET"] = "1"
    try:
        for words in (["help"], ["list"], ["sync"], ["share", "1", "--with", "Nobody"], ["nonsense"], ["read", "999"]):
            code, said = jo.run(*words)
            story.ok(not re.search(r"\bkapd?\b", said), f"discreet, `{words[0]}` does not say its name", said)
        at = ask(jo, "watch", "--for", "3").expect("Watching")
        line = open(f"/proc/{at.process.pid}/cmdline", "rb").read().strip(b"\0")
        comm = open(f"/proc/{at.process.pid}/comm").read().strip()
        story.equal((line, comm), (b"notes", "notes"), "a list of processes does not, either")
        story.ok("\033]0;notes\007" in at.seen, "nor the window's title")
        at.process.send_signal(signal.SIGINT)
        story.equal(at.end(), 0, "Ctrl-C ends watching")
    finally:
        del os.environ["KAP_DISCREET"]


def main():
    with Story() as story:
        house = House(story)
        people = clinic_people(story, house)
        joining(story, house, people)
        writing(story, people["jo"])
        fields(story, people["ana"], people["osei"])
        sharing(story, people["jo"])
        progress(story, people["jo"])
        programs(story, house, people)
        discreet(story, people["jo"])
        house.whole()


sys.exit(main())
