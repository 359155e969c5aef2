#!/usr/bin/python3
# Goal: what is attached is what its author attached, part by part, or it is not given out at all.
from world import case, main

PART = 262144


def attached(w, *bodies):
    """Files of Jo's in entries that Ana may read, fetched by nobody yet; the numbers that Ana has for them."""
    for i, body in enumerate(bodies):
        path = w.story.place / f"picture-{i}.txt"
        path.write_bytes(body)
        w.liar.device = "jo"
        w.people["jo"].kap("attach", path)
        number = w.people["jo"].json("list")["entries"][-1]["number"]
        w.people["jo"].kap("--yes", "share", number, "--with", "Ana")
    w.run("jo", "sync")
    w.run("ana", "sync")
    entries = w.json("ana", "list", "Jo")["entries"]
    return [next(e["number"] for e in entries if f"picture-{i}" in e["text"]) for i in range(len(bodies))]


def saved(w, number, name):
    path = w.story.place / name
    path.unlink(missing_ok=True)
    code, said = w.run("ana", "save", "Jo", str(number), "-o", str(path))
    return code, said, path.read_bytes() if path.exists() else None


def tried(w, what, bodies, lie):
    numbers = attached(w, *bodies)
    w.liar.answer["blob_get"] = lie
    code, said, got = saved(w, numbers[0], "lie")
    w.story.ok(code not in (0, 10) and "not what was attached" in said, f"X07 {what}: it is noticed", f"{code} {said}")
    w.story.equal(got, None, f"X07 {what}: no file is made of it")
    w.liar.forget()
    code, said, got = saved(w, numbers[0], "true")
    w.story.ok(code == 0 and got == bodies[0], f"X07 {what}: control: the true parts make the file", f"{code} {said}")


TWO = b"a" * PART + b"b" * 1000
OTHER = b"c" * PART + b"d" * 1000


@case("X07", "the first part twice")
def _(w):
    tried(w, "the first part twice", [TWO], lambda call: call.far.request("blob_get", call.arguments[0], 0))


@case("X07", "parts of another file of the same author")
def _(w):
    blobs = []

    def note(call):
        if call.arguments[0] not in blobs:
            blobs.append(call.arguments[0])
        return call.truth
    w.liar.answer["blob_put"] = note
    tried(w, "another file", [TWO, OTHER],
          lambda call: call.far.request("blob_get", next(b for b in blobs if b != call.arguments[0]), call.arguments[1]))


@case("X07", "a part with a bit changed")
def _(w):
    def lie(call):
        status, body = call.truth
        if status == 0 and call.arguments[1] == 0:
            body = [body[0][:5000] + bytes([body[0][5000] ^ 1]) + body[0][5001:]]
        return status, body
    tried(w, "a changed bit", [TWO], lie)


@case("X07", "a part that is cut short")
def _(w):
    tried(w, "cut short", [TWO], lambda call: (0, [call.truth[1][0][:-1]]))


if __name__ == "__main__":
    main()
