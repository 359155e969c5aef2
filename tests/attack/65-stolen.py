#!/usr/bin/python3
# Goal: who has the disk of a device has sealed bytes and a costly guess; another clock opens, deletes and lets in nothing.
import os
import subprocess

from world import FAKETIME, NAMES, PASSPHRASE, case, kap, main
from hostile import forge
from story import BUILD, SANITIZED

COST_AT = 10  # in the header of a vault


def files_of(w, name):
    """Everything that lies on the disk of a person's device."""
    return {path: path.read_bytes() for path in w.people[name].home.rglob("*") if path.is_file()}


@case("D08", "a stolen disk")
def _(w):
    identity = w.vault("jo").identity()
    secrets = {"an entry": b"the river in March", "a private entry": b"nobody else's business",
               "a message": b"see you on Thursday", "a name": NAMES["ana"].encode(), "one's own name": NAMES["jo"].encode(),
               "the person's id": w.pid("jo"), "the person's genesis": w.genesis_of("jo"), "another's id": w.pid("ana"),
               "the clinic's id": w.eve.clinic_id, "the device's id": identity[0], "a private key": identity[1][1],
               "a seed": identity[2][-1][1], "the passphrase": PASSPHRASE.encode()}
    files = files_of(w, "jo")
    for what, secret in secrets.items():
        forms = (secret, secret.hex().encode(), secret.decode("latin-1").encode("utf-16-le"), secret[::-1])
        found = [str(path) for path, data in files.items() if any(form in data for form in forms)]
        w.story.equal(found, [], f"D08 {what} does not lie on it in the clear")
    plant = w.people["jo"].home / "control"
    plant.write_bytes(b"...the river in March...")
    w.story.ok(any(secrets["an entry"] in data for data in files_of(w, "jo").values()), "D08 control: what lies there is found")
    plant.unlink()


def unlock(person):
    person.unlocked = False
    person.unlocked = person.run("unlock", "--minutes", "60")[0] == 0


def guess(w, passphrase):
    """(exit code, seconds of processor time and memory in MiB) of one try."""
    read, write = os.pipe()
    os.write(write, passphrase.encode() + b"\n")
    os.close(write)
    environment = {**w.people["jo"].environment(), "KAP_HOME": str(w.people["jo"].home)}
    process = subprocess.Popen([str(BUILD / "kap"), "--passphrase-fd", str(read), "list"], env=environment,
                               pass_fds=(read,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(read)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@case("D08", "what one guess of the passphrase costs")
def _(w):
    """The people of these tests took 2^16; without a word it is 2^17, which costs twice as much."""
    header = (w.people["jo"].home / "vault" / "header").read_bytes()
    w.story.equal(header[COST_AT], 16, "D08 the vault asks for the cost that was chosen")
    if w.people["jo"].unlocked:
        w.people["jo"].run("lock")
    try:
        code, seconds, mib = guess(w, "wrong horse")
        w.story.equal(code, 5, "D08 a wrong guess opens nothing")
        w.story.ok(seconds > 0.05 and mib > 64, "D08 and costs time and 64 MiB of memory", f"{seconds:.2f} s, {mib:.0f} MiB")
        w.story.note(f"one guess at 2^16: {seconds:.2f} s of a processor, {mib:.0f} MiB")
        code, _, _ = guess(w, PASSPHRASE)
        w.story.equal(code, 0, "D08 control: the right one opens it")
    finally:
        if w.people["jo"].unlocked:
            unlock(w.people["jo"])


@case("D10", "a thief sets the clock")
def _(w):
    if SANITIZED:
        return w.story.skip("D10 another clock", "sanitizers do not like to be preloaded")
    jo = w.people["jo"]
    number = w.give("in the bin")
    w.kap("jo", "--yes", "delete", number)
    w.kap("jo", "sync")
    try:
        for clock in ("+60d", "-400d"):
            jo.more = {"LD_PRELOAD": FAKETIME, "FAKETIME": clock, "FAKETIME_DONT_RESET": "1"}
            code, said = w.run("jo", "sync")
            w.story.ok(code == 0 and "Check the clock" in said and "deleted for good" not in said,
                       f"D10 at {clock} the clock is named, and nothing leaves the bin", f"{code} {said}")
        if jo.unlocked:
            jo.run("lock")
            for clock in ("+60d", "-400d"):
                jo.more = {"LD_PRELOAD": FAKETIME, "FAKETIME": clock, "FAKETIME_DONT_RESET": "1"}
                code, out, err = w.without_passphrase("jo", "list")
                w.story.ok(code == 5 and "river" not in out + err, f"D10 at {clock} what is locked stays so", f"{code} {err}")
    finally:
        jo.more = {}
        if jo.unlocked:
            unlock(jo)
    w.kap("jo", "undelete", number)
    w.story.ok("in the bin" in str(w.json("jo", "list")), "D10 the entry is there to be taken out of the bin")
    second = w.eve.add_device()
    late = forge(second, kap.content_make(kap.JOURNAL, {2: "dated back"}, at_ms=1), kap.PRIVATE, take=False)
    w.eve.revoke(second.device.did)
    second.conn = None
    w.story.refused("REVOKED", "D10 no date in a record lets a device in that is out", second.push, late)


main()
