#!/usr/bin/env python3
"""relay LISTEN_PORT SERVER_PORT CAPTURE: passes TCP connections on to a server on this machine and keeps every byte that
crosses, both ways, in CAPTURE. LISTEN_PORT 0 takes a free one. Prints `ready port=N` when it listens."""
import selectors
import socket
import sys


def main():
    listen_port, server_port, capture = int(sys.argv[1]), int(sys.argv[2]), open(sys.argv[3], "ab", buffering=0)
    listener = socket.create_server(("127.0.0.1", listen_port))
    print(f"ready port={listener.getsockname()[1]}", flush=True)
    waits = selectors.DefaultSelector()
    waits.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in waits.select():
            if key.data is None:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", server_port))
                except OSError:
                    near.close()
                    continue
                waits.register(near, selectors.EVENT_READ, far)
                waits.register(far, selectors.EVENT_READ, near)
                continue
            here, there = key.fileobj, key.data
            try:
                data = here.recv(65536)
                if data:
                    capture.write(data)
                    there.sendall(data)
            except OSError:
                data = b""
            if not data:
                for end in (here, there):
                    try:
                        waits.unregister(end)
                    except (KeyError, ValueError):
                        pass
                    end.close()


main()
