#!/usr/bin/python3
"""store_words: what a stopped server's store holds, to be compared: `dump FOLDER FILE` writes it down, `same BEFORE
AFTER` says what of BEFORE is not, byte for byte, in AFTER. Places in feeds may differ; what is in them may not."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "attack"))
from store_editor import Store  # noqa: E402


def dump(folder):
    with Store(folder) as store:
        records = {}
        for _, row in store.rows("RECORDS"):
            rid = row[:32]
            arrival = store.get("RIDS", rid)[:8]
            records[rid.hex()] = [row[48:].hex(), store.get("PAYLOADS", arrival).hex()]
        feeds = {}
        for key, value in store.rows("FEEDS"):
            feeds.setdefault(key[:16].hex(), []).append([value[0], value[1:33].hex()])
        links = {key.hex(): value[:32].hex() for key, value in store.rows("LINKS")}
        boxed = {key.hex(): len(value) for key, value in store.rows("LINKS")}
        blobs = {key.hex(): value.hex() for key, value in store.rows("PARTS")}
        return {"records": records, "feeds": feeds, "links": links, "boxed": boxed, "blobs": blobs}


def differences(before, after):
    for rid, (record, payload) in before["records"].items():
        had = after["records"].get(rid)
        if had is None:
            yield f"record {rid[:8]} is lost"
        elif had[0] != record:
            yield f"record {rid[:8]} has other bytes: {len(record) // 2} {len(had[0]) // 2}"
        elif had[1] != payload:
            yield f"record {rid[:8]} has another payload: {len(payload) // 2} {len(had[1]) // 2}"
    for pid, rows in before["feeds"].items():
        had = after["feeds"].get(pid, [])
        for event, rid in rows:
            if event == 1 and [event, rid] not in had:
                yield f"feed {pid[:8]} lacks {rid[:8]}"
        for row in had:
            if had.count(row) > 1:
                yield f"feed {pid[:8]} has {row[1][:8]} twice"
    for what in ("links", "boxed", "blobs"):
        for key, value in before[what].items():
            if after[what].get(key) != value:
                yield f"{what} {key[:8]} {int(key[64:] or '0', 16)} differ: {value} {after[what].get(key)}"[:120]


def main():
    if sys.argv[1] == "dump":
        pathlib.Path(sys.argv[3]).write_text(json.dumps(dump(sys.argv[2])))
        return 0
    found = list(differences(*(json.loads(pathlib.Path(name).read_text()) for name in sys.argv[2:4])))
    print("\n".join(found[:20]))
    return 1 if found else 0


sys.exit(main())
