#!/usr/bin/env python3
"""broken_relay LISTEN_PORT PORT BYTES: stands between devices and the kapd on PORT. Passes everything on until a connection has sent
more than BYTES up; of that connection nothing is passed down any more, and it is cut when the server has answered.
Connections after it are whole. Prints `ready port=N` when it listens, and `cut` when it has cut."""
import selectors
import socket
import sys


class Pair:
    def __init__(self, near, far):
        self.ends, self.up, self.silent = {near: far, far: near}, 0, False
        self.far = far


def main():
    listen, port, limit = map(int, sys.argv[1:4])
    listener = socket.create_server(("127.0.0.1", listen))
    print(f"ready port={listener.getsockname()[1]}", flush=True)
    waits = selectors.DefaultSelector()
    waits.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in waits.select():
            if key.data is None:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                pair = Pair(near, far)
                for end in pair.ends:
                    waits.register(end, selectors.EVENT_READ, pair)
                continue
            pair, here = key.data, key.fileobj
            if here.fileno() < 0:
                continue
            try:
                data = here.recv(65536)
            except OSError:
                data = b""
            if pair.silent and here is pair.far:
                print("cut", flush=True)
                limit, data = 1 << 60, b""
            elif data:
                pair.up += len(data) * (here is not pair.far)
                pair.silent = pair.up > limit
                try:
                    pair.ends[here].sendall(data)
                except OSError:
                    data = b""
            if not data:
                for end in pair.ends:
                    waits.unregister(end)
                    end.close()


main()
