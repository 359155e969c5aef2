#!/usr/bin/python3
# Goal: what a server can keep from one person for a while, the newest records, two people find out by comparing words; a
# server that answers in somebody's place makes no words.
import socket
import threading

from world import ARRIVES, Trial, case, kap, main
from hostile import entry, forge
from kap_peer_check import Talk


def compares(w, talk, sides=2):
    """eve's side of it, beside ana's kap."""
    def speak():
        for _ in range(sides):
            talk.second()
    w.side = threading.Thread(target=lambda: quietly(speak), daemon=True)
    w.side.start()


def ended(w):
    """Nobody of the control run speaks any more: eve's side of it goes on for a while, and would answer honestly in the
    attack's place."""
    if w.speaker.conn:
        quietly(lambda: w.speaker.conn.sock.shutdown(socket.SHUT_RDWR))
    w.side.join(40)
    w.story.ok(not w.side.is_alive(), "nobody speaks from before")


def begin(w, chain):
    w.eve.sync()
    w.eve.pull()
    w.speaker = w.eve
    compares(w, Talk(w.eve, chain))


@case("K01", "the newest record of an author is kept back")
def _(w):
    ana = w.chain(w.eve, "ana")
    w.eve.push(forge(w.eve, entry("the newest of all"), to=[ana]))

    def attack():
        w.liar.feed(lambda rows: [r for r in rows if not (r[2] and kap.Record(r[2]).core.pid == w.eve.me.pid)
                                  or r[1] in w.known])
        ended(w)
        begin(w, ana)
    w.known = [r[1] for r in w.liar.true_feed("ana")[:-1]]
    return Trial("ana", attack, control=lambda: begin(w, ana), words=("check", "Eve", "--wait", "15"), control_exit=6,
                 exit=6, says="1 of those of Eve have not reached this device", hidden=["the newest of all"], gains=ARRIVES,
                 moves={"STREAM_OUT"})


@case("S19", "the server answers in somebody's place")
def _(w):
    ana = w.chain(w.eve, "ana")
    stranger = kap.Device()

    def attack():
        ended(w)
        talk = Talk(w.eve, ana)
        w.side = threading.Thread(target=lambda: quietly(lambda: talk.second(device=stranger)), daemon=True)
        w.side.start()
    return Trial("ana", attack, control=lambda: begin(w, ana), words=("check", "Eve", "--wait", "15"), control_exit=6,
                 exit=4, says="ALARM: what answered is not a device of Eve", gains=ARRIVES, moves={"STREAM_OUT"})


def quietly(what):
    try:
        what()
    except (kap.Bad, kap.Refused, OSError, EOFError):  # kap ended it, or the case is over
        pass


main()
