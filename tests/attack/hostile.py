"""hostile: a member who keeps their keys and breaks the rules: records with any part of them other than it should be,
signed by whom one likes. Built on kap_peer."""
import hashlib

import kap_peer as kap


def entry(text, **more):
    return kap.content_make(kap.JOURNAL, {2: text}, **more)


def forge(peer, content, cls=kap.SHARED, to=(), op=kap.CONTENT, targets=(), **hooks):
    """What peer.seal makes, but for the hooks:
    core={...}       other values in the core          payload=f(bytes)   another payload, whose hash the core then has
    wraps=f(list)    other wraps, in their order       keys={pid: key}    another content key for somebody
    place={pid: Stream}  another place in a stream     seal={pid: public} sealed to another key than the epoch's
    info=f(hash, pid, epoch)   another info of a wrap  sign=(seed, label) signed by somebody else, or as something else
    take=False       the places in the streams are not used up"""
    people = sorted({p.pid: p for p in [peer.me, *to]}.values(), key=lambda p: p.pid)
    key, salt = kap.random(32), kap.random(16)
    context = kap.payload_context(peer.clinic_id, peer.me.pid, peer.device.did, salt)
    payload = kap.cobblestone_seal(key, context, kap.pad(content))
    payload = hooks.get("payload", lambda p: p)(payload)
    fields = kap.Core(1, peer.clinic_id, peer.me.pid, peer.device.did, peer.me.head, salt, cls, op,
                      [p.pid for p in people], 0, 0, [len(payload), hashlib.sha256(payload).digest()], [], list(targets))
    core = kap.pack(list(fields._replace(**hooks.get("core", {}))))
    before = {p.pid: peer.out.get(p.pid, kap.STREAM_START) for p in people}
    wraps = [wrap(peer, kap.H("core", core), p, key, before, hooks) for p in people]
    wraps = hooks.get("wraps", lambda w: w)(wraps)
    seed, label = hooks.get("sign", (peer.device.sign, "record"))
    signed, rid = kap.record_ids(core, wraps)
    record = kap.pack([core, wraps, kap.sign(seed, label, signed)])
    if hooks.get("take", True):
        peer.out.update({pid: kap.Stream(stream.seq + 1, rid) for pid, stream in before.items()})
    return kap.Sealed(record, payload, rid, before)


def wrap(peer, core_hash, person, key, before, hooks):
    place = hooks.get("place", {}).get(person.pid, before[person.pid])
    plain = hooks.get("keys", {}).get(person.pid, key) + (place.seq + 1).to_bytes(8, "big") + place.rid
    own = person.pid == peer.me.pid
    epoch = peer.epoch.number if own else person.epoch
    info = hooks.get("info", kap.wrap_info)(core_hash, person.pid, epoch)
    if own:
        return [person.pid, epoch, kap.aes_seal(peer.epoch.self_key, info, plain)]
    return [person.pid, epoch, kap.hpke_seal(hooks.get("seal", {}).get(person.pid, person.seal), info, plain)]


def take_apart(record):
    """[core, wraps, signature]"""
    return kap.unpack(record)


def build(parts):
    return kap.pack(parts)


def rid_of(record):
    """Of a record however it was changed; None when it is not one any more."""
    try:
        core, wraps, _ = kap.unpack(record)
        return kap.record_ids(core, wraps)[1]
    except Exception:  # whatever the change broke
        return None


def row(record, payload):
    """A row for a feed, with a rid that fits as far as that can be."""
    return [kap.NEW_RECORD, rid_of(record) or kap.random(32), record, payload]


def flip(data, at, bit=0):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]
