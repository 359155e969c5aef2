#!/usr/bin/env python3
"""counting_relay LISTEN_PORT PORT FOLDER: stands between devices and the kapd on PORT, and passes everything on. FOLDER/count always
holds the bytes passed up and down so far, FOLDER/wire all of them. Prints `ready port=N` when it listens."""
import pathlib
import selectors
import socket
import sys

listen, port, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
listener = socket.create_server(("127.0.0.1", listen))
wire = open(folder / "wire", "ab", buffering=0)
waits, far_of, ups, total = selectors.DefaultSelector(), {}, set(), [0, 0]
waits.register(listener, selectors.EVENT_READ)


def write_count():
    (folder / "count.new").write_text("%d %d\n" % tuple(total))
    (folder / "count.new").rename(folder / "count")


def end(here):
    for one in (here, far_of.get(here)):
        if one in far_of:
            waits.unregister(one)
            one.close()
    for one in (here, far_of.pop(here, None)):
        far_of.pop(one, None)


write_count()
print(f"ready port={listener.getsockname()[1]}", flush=True)
while True:
    for key, _ in waits.select():
        here = key.fileobj
        if here is listener:
            near, _ = listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                near.close()
                continue
            far_of.update({near: far, far: near})
            ups.add(near)
            for one in (near, far):
                waits.register(one, selectors.EVENT_READ)
            continue
        if here not in far_of:
            continue
        try:
            data = here.recv(65536)
            far_of[here].sendall(data)
        except OSError:
            data = b""
        if data:
            wire.write(data)
            total[here not in ups] += len(data)
            write_count()
        else:
            end(here)
