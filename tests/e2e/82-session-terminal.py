#!/usr/bin/python3
# Goal: at a terminal a session asks its questions in their order and words, and asks again what cannot be.
import datetime
import sys

from people import PASSPHRASE, Terminal, clinic_people
from story import House, Story

ORDER = ("route=sl unit-mg=100 units=3 max-mg=300 sessions=4 pre-sys=140 pre-dia=90 act-sys=160 act-dia=100 check-every=15 "
         "schedule=-10,40,120").split()


def ask(person, *words):
    """At a terminal, with the passphrase where it is asked for."""
    at = Terminal(person, *words)
    if not person.unlocked:
        at.expect("Passphrase: ").type(PASSPHRASE + "\n")
    return at


def sets(*pairs):
    return [word for pair in pairs for word in ("--set", pair)]


def ready(people):
    """Everything that a session needs before it opens."""
    ana, osei, jo = people["ana"], people["osei"], people["jo"]
    until = "valid-until=" + (datetime.date.today() + datetime.timedelta(days=60)).isoformat()
    ana.kap("consent", "offer", "jo", "--title", "Treatment", "--scope", "treatment", text="I can stop at any time.")
    osei.kap("clear", "jo", *sets("decision=cleared", until, "sessions=6", "basis=interview"))
    osei.kap("order", "jo", *sets(*ORDER, until))
    jo.kap("sync")
    at = ask(jo, "consent", "sign", "D1").expect("type your name").type("Jo M.\n")
    at.end()
    ana.kap("sync")
    ana.kap("order", "ack", "jo")


def first(story, ana):
    at = ask(ana, "session", "start", "jo").expect("Order r1 acknowledged yes").expect("Chaperone's name (Enter: none)? ")
    for typed, question in (("Maya", "Chaperone is (such as sister)? "), ("sister", "Chaperone's phone? "),
                            ("555-0182", "Chaperone confirmed? "), ("y", "Ride: same? "),
                            ("y", "Pre-check  new medicines since the last session? "), ("n", "alcohol/cannabis 24 h? "),
                            ("n", "slept h? "), ("6.5", "food h? "),
                            ("5", "0 no 1 passive 2 active,no plan 3 plan/intent 9 declined > ")):
        at.type(typed + "\n").expect(question)
    at.type("4\n").expect("or declined; not").expect("9 declined > ").type("0\n")
    for question in ("grand plans (any)? ", "being watched (any, not expected)? ", "burning or frequent urination? "):
        at.expect(question).type("n\n")
    at.expect("pregnancy possible (yes, no, na, declined)? ").type("na\n").expect("consent still given? ").type("y\n")
    at.expect("Vitals > ").type("118/121 68\n").expect("Did you mean").expect("Vitals > ").type("122/79 68 98\n")
    at.expect("Within order r1. Session 1 open ").expect("Timers: check every 15 min, vitals")
    story.equal(at.end(), 0, "all questions in their order, and it opens")
    story.equal([(e["sys"], e["dia"], e["hr"]) for e in ana.json("session", "show", "jo")["events"]], [(122, 79, 68)],
                "what was typed first left nothing")


def ending(story, ana):
    at = ask(ana, "session", "end", "jo").expect("No dose was recorded. Why was none given? > ").type("She was tired.\n")
    at.expect("Post vitals > ").type("120/80\n")
    for question in ("Discharge: oriented? ", "steady? ", "nausea gone or small? ", "vitals near baseline? "):
        at.expect(question).type("y\n")
    at.expect("thoughts of suicide now? 0 no 1 passive 2 active,no plan 3 plan/intent 9 declined > ").type("9\n")
    for question in ("escort here? ", "no driving until tomorrow told? ", "no signing until 6 am told? ",
                     "written instructions given? "):
        at.expect(question).type("y\n")
    at.expect("Observed response").type("\n").expect("How far away").type("6\n").expect("Distress").type("2\n")
    at.expect("What you saw").type("Quiet.\n").expect("Session 1 ended ").expect("Report to Dr. Osei drafted: no dose")
    at.expect("Send? [y/N] ").type("n\n").expect("The report was not sent.")
    story.equal(at.end(), 0, "it ends by answering, and nothing is sent without a yes")
    story.equal(len(ana.json("undocumented")["sessions"]), 1, "which is remembered")
    at = ask(ana, "session", "report", "jo").expect("Send? [y/N] ").type("y\n")
    story.equal((at.end(), ana.json("undocumented")["sessions"]), (0, []), "a yes sends it")


def second(story, ana):
    """Who accompanied is asked for as one; a plan stops it before anything else is asked."""
    at = ask(ana, "session", "start", "jo").expect("Chaperone Maya (sister) 555-0182 confirmed? ").type("n\n")
    at.expect("Chaperone's name (Enter: none)? ").type("Sam\n").expect("such as sister").type("\n").expect("phone? ")
    at.type("\n").expect("Chaperone confirmed? ").type("y\n").expect("Ride: same? ").type("A taxi\n")
    at.expect("new medicines since " + datetime.datetime.now(datetime.timezone.utc).strftime("%-d %b") + "? ")
    at.type("n\n").expect("24 h? ").type("y\n").expect("alcohol? ").type("n\n").expect("cannabis? ").type("y\n")
    at.expect("slept h? ").type("\n").expect("food h? ").type("\n").expect("declined > ").type("3\n")
    for answer in "nnn":
        at.expect("? ").type(answer + "\n")
    at.expect("declined)? ").type("no\n").expect("consent still given? ").type("y\n").expect("Vitals > ").type("122/79\n")
    at.expect("RED: a plan or intent of suicide, cannabis in 24 h.").expect("NOT opened").expect("911")
    story.equal(at.end(), 4, "a plan of suicide stops it, and no reason is asked for")
    story.ok("Reason to go on" not in at.seen, "at all")


def main():
    with Story() as story:
        house = House(story)
        people = clinic_people(story, house)
        ready(people)
        first(story, people["ana"])
        ending(story, people["ana"])
        second(story, people["ana"])
        house.whole()


sys.exit(main())
