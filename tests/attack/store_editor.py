"""store_editor: changes the store of a kapd that is stopped, as whoever controls its disk can: the values' own checks
are made anew, so that the store looks whole to kapd. Tables and keys are those of daemon/store_key.h."""
import pathlib

import lmdb

import kap_peer as kap

CHECK = 16
TABLES = ("META", "LINKS", "RECORDS", "PAYLOADS", "RIDS", "FEEDS", "USAGE", "ANSWERS", "INVITES", "PACKETS", "INVITERS",
          "AUDIT", "GONE", "AWAITED")


def number(n):
    return n.to_bytes(8, "big")


class Store:
    """`with Store(folder) as store:` one transaction, kept if the block ends well."""

    def __init__(self, folder):
        self.env = lmdb.open(str(pathlib.Path(folder)), max_dbs=64, map_size=1 << 30, mode=0o600)

    def __enter__(self):
        self.txn = self.env.begin(write=True)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.txn.commit()
        else:
            self.txn.abort()
        self.env.close()

    def table(self, name):
        return self.env.open_db(name.encode(), self.txn, create=False)

    @staticmethod
    def check(table, key, value):
        return kap.H("stored", table.encode() + b"\0" + key + value)[:CHECK]

    def rows(self, table, prefix=b""):
        """[(key, value)] without the checks, in order."""
        cursor, found = self.txn.cursor(self.table(table)), []
        if cursor.set_range(prefix):
            for key, stored in cursor:
                if not key.startswith(prefix):
                    break
                value = stored[:-CHECK]
                kap.need(self.check(table, key, value) == stored[-CHECK:], "CORRUPT")
                found.append((key, value))
        return found

    def get(self, table, key):
        stored = self.txn.get(key, db=self.table(table))
        return None if stored is None else stored[:-CHECK]

    def put(self, table, key, value):
        self.txn.put(key, value + self.check(table, key, value), db=self.table(table))

    def drop(self, table, key):
        self.txn.delete(key, db=self.table(table))

    # what the cases need of it

    def generation(self):
        return self.get("META", b"\x02")

    def feed(self, pid):
        """[(event, rid)] of a person."""
        return [(value[0], value[1:33]) for _, value in self.rows("FEEDS", pid)]

    def put_feed(self, pid, entries):
        """Writes a feed anew, with running heads that fit."""
        for key, _ in self.rows("FEEDS", pid):
            self.drop("FEEDS", key)
        cursor = kap.feed_start(pid, self.generation())
        for event, rid in entries:
            cursor = kap.feed_next(cursor, event, rid)
            self.put("FEEDS", pid + number(cursor.seq), bytes([event]) + rid + cursor.head)

    def record(self, rid):
        """(key, author, record, payload)"""
        arrival = self.get("RIDS", rid)[:8]
        row = self.get("RECORDS", arrival)
        return arrival, row[32:48], row[48:], self.get("PAYLOADS", arrival)

    def put_record(self, rid, record=None, payload=None):
        """Puts other bytes in place of a stored record."""
        arrival, author, before, before_payload = self.record(rid)
        self.put("RECORDS", arrival, rid + author + (before if record is None else record))
        self.put("PAYLOADS", arrival, before_payload if payload is None else payload)

    def links(self, chain):
        """[(hash, link)]"""
        return [(value[:32], value[32:]) for _, value in self.rows("LINKS", chain)]

    def put_link(self, chain, seq, link):
        self.put("LINKS", chain + number(seq), kap.Link(link).hash + link)

    def cut_links(self, chain, length):
        for key, _ in self.rows("LINKS", chain)[length:]:
            self.drop("LINKS", key)
