#!/usr/bin/python3
"""kap_peer: the protocol of docs/PROTOCOL.md a second time, in Python, written from that page alone.

It is there to find out whether the page is right and complete, to test the server with a peer that shares no code with
it, and to be read by whoever writes a client in another language. The sections below carry the numbers of the page.
It needs Python 3.9 or later and the package `cryptography`.

By hand:  kap_peer.py FILE join CODE@HOST:PORT     then: kap_peer.py FILE [status|people|invite|write|pull|watch|...]
FILE keeps a person's keys WITHOUT any protection. This is a tool for tests, not for anybody's real words.
"""
import argparse
import base64
import collections
import datetime
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import tempfile
import time
import unicodedata

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

random = os.urandom


class Bad(Exception):
    """What was received breaks the protocol; `args[0]` says which rule."""


class Refused(Exception):
    """The server answered a request with a status other than 0."""

    def __init__(self, status, body):
        super().__init__(f"status {status} {STATUS.get(status, '?')}")
        self.status, self.body = status, body


def need(condition, rule):
    if not condition:
        raise Bad(rule)


# --- 1. Encoding: canonical MessagePack -------------------------------------------------------------------------------

LEVELS_MAX, ELEMENTS_MAX, INT_MAX = 8, 8192, 2**53 - 1


def pack(value):
    """The one canonical encoding of nil, a bool, an integer, a str, bytes, or a list of such."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return pack_int(value)
    if isinstance(value, str):
        data = value.encode()
        return pack_head(len(data), 0xa0, 32, (0xd9, 0xda, 0xdb)) + data
    if isinstance(value, (bytes, bytearray)):
        return pack_head(len(value), 0, 0, (0xc4, 0xc5, 0xc6)) + bytes(value)
    return pack_head(len(value), 0x90, 16, (None, 0xdc, 0xdd)) + b"".join(map(pack, value))


def pack_head(length, fix, fix_below, tags):
    """A header: in the tag itself if short, otherwise the tag for a length of 1, 2 or 4 bytes."""
    if length < fix_below:
        return bytes([fix | length])
    for tag, form in zip(tags, (">BB", ">BH", ">BI")):
        if tag is not None and length < 1 << 8 * struct.calcsize(form[2]):
            return struct.pack(form, tag, length)
    raise ValueError("too long")


def pack_int(value):
    if -32 <= value < 128:
        return struct.pack("B", value & 0xff)
    forms = (0xcc, "BHIQ") if value >= 0 else (0xd0, "bhiq")
    for i, form in enumerate(forms[1]):
        try:
            return bytes([forms[0] + i]) + struct.pack(">" + form, value)
        except struct.error:
            pass
    raise ValueError("too large")


def unpack(data):
    """The value of one canonical encoding of an array; Bad for everything else."""
    reader = Reader(data)
    value = reader.value(0)
    need(isinstance(value, list), "CANON: not an array")
    need(reader.at == len(data), "CANON: bytes after the array")
    return value


class Reader:
    LENGTHS = {0xd9: (str, 1), 0xda: (str, 2), 0xdb: (str, 4), 0xc4: (bytes, 1), 0xc5: (bytes, 2), 0xc6: (bytes, 4),
               0xdc: (list, 2), 0xdd: (list, 4)}
    INTS = {0xcc: "B", 0xcd: "H", 0xce: "I", 0xcf: "Q", 0xd0: "b", 0xd1: "h", 0xd2: "i", 0xd3: "q"}
    SMALLEST = {  # of each header with a length: the shortest that does not fit in a shorter header
        (str, 1): 32, (str, 2): 1 << 8, (str, 4): 1 << 16, (bytes, 1): 0, (bytes, 2): 1 << 8, (bytes, 4): 1 << 16,
        (list, 2): 16, (list, 4): 1 << 16}

    def __init__(self, data):
        self.data, self.at, self.elements = bytes(data), 0, 0

    def take(self, n):
        need(n <= len(self.data) - self.at, "CANON: cut off")
        self.at += n
        return self.data[self.at - n:self.at]

    def value(self, level):
        tag = self.take(1)[0]
        if tag in (0xc0, 0xc2, 0xc3):
            return {0xc0: None, 0xc2: False, 0xc3: True}[tag]
        if tag < 0x80 or tag >= 0xe0:
            return tag if tag < 0x80 else tag - 256
        if tag in self.INTS:
            form = ">" + self.INTS[tag]
            number = struct.unpack(form, self.take(struct.calcsize(form)))[0]
            need(pack_int(number)[0] == tag, "CANON: a longer form than needed")
            return number
        if 0x90 <= tag <= 0xbf:
            kind, length = (list, tag & 15) if tag < 0xa0 else (str, tag & 31)
        else:
            need(tag in self.LENGTHS, "CANON: a type that is not in use")
            kind, width = self.LENGTHS[tag]
            length = int.from_bytes(self.take(width), "big")
            need(length >= self.SMALLEST[kind, width], "CANON: a longer form than needed")
        if kind is list:
            return self.array(length, level + 1)
        data = self.take(length)
        if kind is bytes:
            return data
        try:
            return data.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Bad("UTF8") from None

    def array(self, length, level):
        self.elements += length
        need(level <= LEVELS_MAX and self.elements <= ELEMENTS_MAX, "CANON: too many levels or elements")
        need(length <= len(self.data) - self.at, "CANON: cut off")
        return [self.value(level) for _ in range(length)]


# Shapes: each is a function that returns the value it is given or raises Bad.

def uint(low=0, high=INT_MAX):
    def check(value):
        need(type(value) is int and low <= value <= high, "SHAPE: not an integer in its bounds")
        return value
    return check


def raw(shortest, longest=None):
    def check(value):
        need(isinstance(value, bytes) and shortest <= len(value) <= (longest or shortest), "SHAPE: not bin in its bounds")
        return value
    return check


def text(shortest, longest, is_ok=lambda value: True):
    """Lengths in characters (code points)."""
    def check(value):
        need(isinstance(value, str) and shortest <= len(value) <= longest and is_ok(value), "SHAPE: not str in its bounds")
        return value
    return check


def flag(value):
    need(isinstance(value, bool), "SHAPE: not a bool")
    return value


def nil_or(shape):
    return lambda value: None if value is None else shape(value)


def many(shape, fewest=0, most=ELEMENTS_MAX):
    def check(value):
        need(isinstance(value, list) and fewest <= len(value) <= most, "SHAPE: not an array in its bounds")
        return [shape(v) for v in value]
    return check


def row(*shapes):
    def check(value):
        need(isinstance(value, list) and len(value) == len(shapes), "SHAPE: not an array of that many")
        return [shape(v) for shape, v in zip(shapes, value)]
    return check


def only(expected, rule="SHAPE: another value"):
    def check(value):
        need(type(value) is type(expected) and value == expected, rule)
        return value
    return check


def anything(value):
    return value


SUITE = only(1, "SUITE")
HASH, ID, KEY, SIGNATURE = raw(32), raw(16), raw(32), raw(64)


def decode(shape, data, longest=1 << 20):
    need(len(data) <= longest, "TOO_BIG")
    return shape(unpack(data))


def ascending(values, rule="SHAPE: not in ascending order"):
    need(all(a < b for a, b in zip(values, values[1:])), rule)
    return values


# --- 2. Suite 1 -------------------------------------------------------------------------------------------------------

CURVE_P = 2**255 - 19
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def labelled(label, data=b""):
    return b"kap1." + label.encode() + b"\0" + data


def H(label, data):
    return hashlib.sha256(labelled(label, data)).digest()


def hkdf_extract(salt, key):
    return hmac.digest(salt or bytes(32), key, "sha256")


def hkdf_expand(prk, info, length, digest="sha256"):
    out = block = b""
    for i in range(1, 256):
        block = hmac.digest(prk, block + info + bytes([i]), digest)
        out += block
        if len(out) >= length:
            return out[:length]
    raise ValueError("too long")


def kdf(secret, label, length=32):
    return hkdf_expand(hkdf_extract(b"", secret), labelled(label), length)


def sign(seed, label, data):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(labelled(label, data))


def verify(public, label, data, signature, rule="SIGNATURE"):
    need(good_sign_key(public), "KEY")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, labelled(label, data))
    except (InvalidSignature, ValueError):
        raise Bad(rule) from None


def sign_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(*RAW)


def seal_public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(*RAW)


def good_seal_key(public):
    """Canonical, and not of small order: times a multiple of 8, a point of small order is zero, which exchange refuses."""
    if int.from_bytes(public, "little") >= CURVE_P:
        return False
    try:
        return bool(X25519PrivateKey.from_private_bytes(bytes(32)).exchange(X25519PublicKey.from_public_bytes(public)))
    except ValueError:
        return False


def good_sign_key(public):
    """The same for Ed25519, looked at on the other form of the curve: u = (1 + y) / (1 - y)."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= CURVE_P or y == 1:
        return False
    u = (1 + y) * pow(1 - y, -1, CURVE_P) % CURVE_P
    return good_seal_key(u.to_bytes(32, "little"))


def aes_seal(key, associated, plain, nonce=None):
    nonce = nonce or random(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def aes_open(key, associated, sealed):
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], associated)
    except (InvalidTag, ValueError):
        raise Bad("OPEN") from None


# HPKE (RFC 9180) base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
KEM, SCHEDULE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"


def hpke_extract(suite, salt, label, key):
    return hkdf_extract(salt, b"HPKE-v1" + suite + label + key)


def hpke_expand(suite, prk, label, info, length):
    return hkdf_expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def hpke_key(shared, enc, public, info):
    """The AES key and nonce for the first and only message."""
    eae = hpke_extract(KEM, b"", b"eae_prk", shared)
    secret = hpke_expand(KEM, eae, b"shared_secret", enc + public, 32)
    context = b"\0" + hpke_extract(SCHEDULE, b"", b"psk_id_hash", b"") + hpke_extract(SCHEDULE, b"", b"info_hash", info)
    prk = hpke_extract(SCHEDULE, secret, b"secret", b"")
    return hpke_expand(SCHEDULE, prk, b"key", context, 32), hpke_expand(SCHEDULE, prk, b"base_nonce", context, 12)


def hpke_seal(public, info, plain, ephemeral=None):
    need(good_seal_key(public), "KEY")
    private = X25519PrivateKey.from_private_bytes(ephemeral or random(32))
    enc = private.public_key().public_bytes(*RAW)
    key, nonce = hpke_key(private.exchange(X25519PublicKey.from_public_bytes(public)), enc, public, info)
    return enc + AESGCM(key).encrypt(nonce, plain, b"")


def hpke_open(private, info, sealed):
    try:
        own, enc = X25519PrivateKey.from_private_bytes(private), sealed[:32]
        shared = own.exchange(X25519PublicKey.from_public_bytes(enc))
        key, nonce = hpke_key(shared, enc, own.public_key().public_bytes(*RAW), info)
        return AESGCM(key).decrypt(nonce, sealed[32:], b"")
    except (InvalidTag, ValueError):
        raise Bad("OPEN") from None


# Cobblestone-256 (C2SP chunked-encryption): salt{24} || commitment{32} || chunks of 16 KiB, the last one shorter.
CHUNK, TAG = 16 * 1024, 16


def cobblestone_keys(key, context, salt):
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    okm = hkdf_expand(key, info, 32 + 12 + 32, "sha512")
    return AESGCM(okm[:32]), int.from_bytes(okm[32:44], "big"), okm[44:]


def cobblestone_seal(key, context, plain, salt=None):
    salt = salt or random(24)
    aead, base, commitment = cobblestone_keys(key, context, salt)
    chunks = [aead.encrypt((base ^ i).to_bytes(12, "big"), plain[i * CHUNK:(i + 1) * CHUNK], b"")
              for i in range(len(plain) // CHUNK + 1)]
    return salt + commitment + b"".join(chunks)


def cobblestone_open(key, context, sealed):
    need(len(sealed) >= 24 + 32 + TAG, "OPEN")
    aead, base, commitment = cobblestone_keys(key, context, sealed[:24])
    need(hmac.compare_digest(commitment, sealed[24:56]), "OPEN")
    body, plain = sealed[56:], []
    need(TAG <= len(body) % (CHUNK + TAG), "OPEN")  # the last chunk is always there and always shorter
    try:
        for i in range(len(body) // (CHUNK + TAG) + 1):
            chunk = body[i * (CHUNK + TAG):(i + 1) * (CHUNK + TAG)]
            plain.append(aead.decrypt((base ^ i).to_bytes(12, "big"), chunk, b""))
    except InvalidTag:
        raise Bad("OPEN") from None
    return b"".join(plain)


# --- 3. Codes ---------------------------------------------------------------------------------------------------------

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FOUNDING, INVITATION, RECOVERY, PAIRING = "FIRP"
PORT = 7443


def code_checksum(kind, secret):
    bits = int.from_bytes(H("code", (kind + secret).encode())[:3], "big") >> 4
    return "".join(SYMBOLS[bits >> shift & 31] for shift in (15, 10, 5, 0))


def code_new(kind):
    number = int.from_bytes(random(17), "big")
    secret = "".join(SYMBOLS[number >> 5 * i & 31] for i in range(26))
    return code_format(kind, secret)


def code_format(kind, secret):
    symbols = secret + code_checksum(kind, secret)
    return "-".join(symbols[i:i + 5] for i in range(0, 30, 5))


def code_read(written):
    """(kind, secret) of a code as somebody typed it."""
    symbols = written.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    need(len(symbols) == 30 and all(c in SYMBOLS for c in symbols), "CODE_FORM")
    for kind in (FOUNDING, INVITATION, RECOVERY, PAIRING):
        if symbols[26:] == code_checksum(kind, symbols[:26]):
            return kind, symbols[:26]
    raise Bad("CODE_FORM")


def code_address(written):
    """(code, host, port) of CODE@host or CODE@host:port."""
    code, _, place = written.partition("@")
    host, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        host, port = place, str(PORT)
    need(host and port.isdigit() and 0 < int(port) < 65536, "CODE_FORM: the address")
    return code, host.strip("[]"), int(port)


class InviteKeys:
    """What the secret of a founding or invitation code gives."""

    def __init__(self, secret):
        secret = secret.encode()
        self.id = kdf(secret, "invite-id", 16)
        self.key = kdf(secret, "invite-key", 32)
        self.seed = kdf(secret, "invite-sign", 32)
        self.public = sign_public(self.seed)


# --- 4. Keys of a device and of a person ------------------------------------------------------------------------------

class Device:
    """The three private keys of a device; the paper recovery code is one too."""

    def __init__(self, tls=None, sign=None, seal=None):
        self.tls, self.sign, self.seal = tls or random(32), sign or random(32), seal or random(32)
        self.public = [sign_public(self.tls), sign_public(self.sign), seal_public(self.seal)]
        self.did = device_id(self.public)

    @classmethod
    def of_recovery_code(cls, code):
        kind, secret = code_read(code)
        need(kind == RECOVERY, "CODE_KIND")
        return cls(*(kdf(secret.encode(), "recovery-" + key) for key in ("tls", "sign", "seal")))


def device_id(public):
    return H("device", b"".join(public))[:16]


def check_device(public):
    need(good_sign_key(public[0]) and good_sign_key(public[1]) and good_seal_key(public[2]), "KEY")


class Epoch:
    def __init__(self, number=1, seed=None):
        self.number, self.seed = number, seed or random(32)
        self.seal = kdf(self.seed, "epoch-seal")
        self.self_key = kdf(self.seed, "epoch-self")
        self.public = seal_public(self.seal)

    def box(self, did, seal_key):
        """The seed, for one device."""
        return [did, hpke_seal(seal_key, box_info(did, self.number, self.public), self.seed)]

    def prev(self, genesis, before):
        """The seed of the epoch before, for who has this one."""
        return aes_seal(kdf(self.seed, "epoch-prev"), prev_data(genesis, before.number), before.seed)

    def open_prev(self, genesis, sealed, public):
        """The epoch before, of which the chain has this public key."""
        number = self.number - 1
        epoch = Epoch(number, aes_open(kdf(self.seed, "epoch-prev"), prev_data(genesis, number), sealed))
        need(epoch.public == public, "OPEN: the seed is not the epoch's")
        return epoch

    @classmethod
    def from_box(cls, device, box, number, public):
        epoch = cls(number, hpke_open(device.seal, box_info(device.did, number, public), box[1]))
        need(epoch.public == public, "OPEN: the seed is not the epoch's")
        return epoch


def box_info(did, number, public):
    return labelled("box", did + struct.pack(">I", number) + public)


def prev_data(genesis, number):
    return labelled("epoch-prev", genesis + struct.pack(">I", number))


BOXES = many(row(ID, raw(80)), 1, 32)


def boxes_root(boxes):
    return H("boxes", b"".join(H("box", pack(box)) for box in boxes))


# --- 5. Links and chains ----------------------------------------------------------------------------------------------

LINK = row(raw(1, 256), SIGNATURE, nil_or(raw(1, 8192)), nil_or(raw(1, 4096)))
OUTER = row(SUITE, HASH, uint(), HASH, uint(), uint(0, 255), ID, HASH)
LINK_MAX, ZERO = 13 * 1024, bytes(32)


def now_ms():
    return time.time_ns() // 1000000


class Link:
    """One link, taken apart; its place and its signature are checked by whoever reads the chain."""

    def __init__(self, data):
        self.data = bytes(data)
        self.outer, self.signature, self.inner, self.boxes = decode(LINK, data, LINK_MAX)
        _, self.chain, self.seq, self.prev, self.time, self.type, self.signer, inner_hash = decode(OUTER, self.outer)
        self.hash = H("link", self.outer)
        need(self.inner is None or H("inner", self.inner) == inner_hash, "HASH")

    def verify(self, public):
        verify(public, "link", self.outer, self.signature)

    @property
    def chain_id(self):
        return self.hash if self.seq == 0 else self.chain


def make_link(after, kind, signer, seed, inner, boxes=None, time_ms=None):
    """A link that goes after `after` = (chain, seq, hash) of the last one, or None for the first."""
    chain, seq, prev = (after[0], after[1] + 1, after[2]) if after else (ZERO, 0, ZERO)
    inner = pack(inner)
    outer = pack([1, chain, seq, prev, now_ms() if time_ms is None else time_ms, kind, signer, H("inner", inner)])
    return Link(pack([outer, sign(seed, "link", outer), inner, pack(boxes) if boxes else None]))


def check_place(link, before):
    """`link` comes right after `before`, or first if that is None."""
    if before is None:
        need((link.seq, link.chain, link.prev) == (0, ZERO, ZERO), "LINK: not a first link")
    else:
        need((link.seq, link.chain, link.prev) == (before.seq + 1, before.chain_id, before.hash), "LINK: another place")


# --- 5.1 Key chain ---

KEY_GENESIS, DEVICE_ADD, DEVICE_REVOKE, EPOCH_ROTATE, RECOVERY_ROTATE = range(1, 6)
DEVICES_MAX, EPOCHS_MAX = 16, 256
KEYS = row(KEY, KEY, KEY)
KEY_CORE = row(SUITE, KEYS, KEYS, row(only(1), KEY, HASH), KEY)
KEY_INNER = row(ID, raw(1, 8192), row(SIGNATURE, SIGNATURE, SIGNATURE, SIGNATURE))
DEVICE_CORE = row(SUITE, HASH, KEYS)
EPOCH_PART = row(uint(2, EPOCHS_MAX), KEY, HASH, raw(60))
POPS = row(SIGNATURE, SIGNATURE)
NEXT_INNER = {
    DEVICE_ADD: row(ID, raw(1, 8192), POPS, HASH),
    DEVICE_REVOKE: row(ID, many(ID, 1, DEVICES_MAX), row(uint(), HASH), EPOCH_PART),
    EPOCH_ROTATE: row(ID, EPOCH_PART),
    RECOVERY_ROTATE: row(ID, raw(1, 8192), POPS, EPOCH_PART),
}


class KeyDevice:
    """A device that stands, or stood, in a key chain. `cut` is the clinic head of the link that revoked it."""

    def __init__(self, public, added, paper=False):
        self.public, self.did, self.paper = public, device_id(public), paper
        self.added, self.revoked, self.cut = added, None, None

    def active_at(self, seq):
        return self.added <= seq and (self.revoked is None or seq < self.revoked)


class KeyChain:
    """A person, as proven by their key chain."""

    def __init__(self, links):
        link = self.link = Link(links[0])
        check_place(link, None)
        need(link.type == KEY_GENESIS and link.inner is not None, "LINK: not a genesis")
        _, core, pops = decode(KEY_INNER, link.inner)
        _, self.device, recovery, (_, seal, root), self.invite = decode(KEY_CORE, core)
        check_device(self.device)
        check_device(recovery)
        need(good_seal_key(seal) and len(set(self.device + recovery)) == 6, "KEY")
        self.did, self.recovery = device_id(self.device), recovery
        need(link.signer == self.did, "LINK: not signed by its device")
        link.verify(self.device[1])
        for key, label, pop in zip((self.device[0], recovery[1], recovery[0], self.invite),
                                   ("pop-tls", "pop-recovery-sign", "pop-recovery-tls", "invite-genesis"), pops):
            verify(key, label, core, pop)
        self.boxes = self.check_boxes(link, [self.did, device_id(recovery)], root)
        self.genesis, self.pid, self.links = link.hash, link.hash[:16], [link]
        self.paper = KeyDevice(recovery, 0, paper=True)
        self.devices = {d.did: d for d in (KeyDevice(self.device, 0), self.paper)}  # that ever were, as they were added
        self.epochs, self.prevs = {1: (0, seal)}, {}
        self.keys = set(self.device + recovery + [seal, self.invite])  # that ever stood here
        for data in links[1:]:
            self.add(data)

    @property
    def head(self):
        return self.links[-1].hash

    @property
    def epoch(self):
        return len(self.epochs)

    @property
    def seal(self):
        """What is sealed to this person is sealed to this."""
        return self.epochs[self.epoch][1]

    @property
    def after(self):
        """What make_link goes after."""
        return self.genesis, self.links[-1].seq, self.head

    def active(self, out=()):
        return [d for d in self.devices.values() if d.revoked is None and not d.paper and d.did not in out]

    @staticmethod
    def check_boxes(link, dids, root):
        if link.boxes is None:
            return None
        boxes = decode(BOXES, link.boxes)
        need([box[0] for box in boxes] == dids, "LINK: boxes for others")
        need(boxes_root(boxes) == root, "HASH: boxes")
        return boxes

    def add(self, data):
        """Reads the next link; Bad if it is not valid, and the chain is then as before."""
        link = Link(data)
        check_place(link, self.links[-1])
        need(link.type in NEXT_INNER and link.inner is not None, "LINK: a type of link that is not in use")
        by = self.devices.get(link.signer)
        need(by is not None and by.revoked is None and (link.type == DEVICE_ADD or not by.paper), "LINK: its signer")
        parts = decode(NEXT_INNER[link.type], link.inner)[1:]
        epoch = parts[-1] if link.type != DEVICE_ADD else None
        fresh, out = None, ()
        if link.type in (DEVICE_ADD, RECOVERY_ROTATE):
            fresh = self.check_fresh(link, parts)
        if link.type == DEVICE_ADD:
            need(len(self.active()) < DEVICES_MAX, "LINK: too many devices")
            boxed = [fresh.did]
        else:
            if link.type == DEVICE_REVOKE:
                out = ascending(parts[0], "LINK: not in ascending order")
                need(set(out) <= {d.did for d in self.active()} and link.signer not in out, "LINK: whom it revokes")
            need(epoch[0] == self.epoch + 1, "LINK: the number of the epoch")
            need(good_seal_key(epoch[1]) and epoch[1] not in self.keys | set(fresh.public if fresh else ()), "KEY")
            boxed = [d.did for d in self.active(out)] + [(fresh or self.paper).did]
        self.check_boxes(link, boxed, parts[-1] if epoch is None else epoch[2])
        link.verify(by.public[1])
        self.take(link, fresh, {did: parts[1] for did in out}, epoch)

    def check_fresh(self, link, parts):
        """The device that a core names, with its proofs."""
        core, pops = parts[:2]
        _, genesis, public = decode(DEVICE_CORE, core)
        check_device(public)
        need(len(set(public)) == 3, "KEY")
        need(genesis == self.genesis, "LINK: another person's device")
        fresh = KeyDevice(public, link.seq, paper=link.type == RECOVERY_ROTATE)
        need(not set(public) & self.keys and fresh.did not in self.devices, "KEY: one that was here")
        for pop, (key, label) in zip(pops, proofs(link.type)):
            verify(public[key], label, core, pop)
        return fresh

    def take(self, link, fresh, cuts, epoch):
        for did, cut in cuts.items():
            self.devices[did].revoked, self.devices[did].cut = link.seq, cut
        if fresh is not None:
            self.devices[fresh.did] = fresh
            self.keys |= set(fresh.public)
        if fresh is not None and fresh.paper:
            self.paper.revoked, self.paper, self.recovery = link.seq, fresh, fresh.public
        if epoch is not None:
            self.epochs[epoch[0]], self.prevs[epoch[0]] = (link.seq, epoch[1]), epoch[3]
            self.keys.add(epoch[1])
        self.links.append(link)

    def open_epochs(self, device):
        """Every epoch, by number, from the newest box for this device. The links must have their boxes."""
        seq = max(self.epochs[self.epoch][0], self.devices[device.did].added)
        box = dict(map(tuple, decode(BOXES, self.links[seq].boxes)))[device.did]
        epochs = [Epoch.from_box(device, (device.did, box), self.epoch, self.seal)]
        for number in range(self.epoch, 1, -1):
            epochs.append(epochs[-1].open_prev(self.genesis, self.prevs[number], self.epochs[number - 1][1]))
        return {epoch.number: epoch for epoch in epochs}


def proofs(kind):
    """Which key (0 tls, 1 sign) proves itself under which label, in order."""
    return ((0, "pop-tls"), (1, "pop-sign")) if kind == DEVICE_ADD else \
        ((1, "pop-recovery-sign"), (0, "pop-recovery-tls"))


def prove_device(device, genesis, kind=DEVICE_ADD):
    """[core, proofs] of a new device, or of a new paper device."""
    core = pack([1, genesis, device.public])
    return [core, [sign((device.tls, device.sign)[key], label, core) for key, label in proofs(kind)]]


def make_key_chain(device, recovery, epoch, invite):
    boxes = [epoch.box(d.did, d.public[2]) for d in (device, recovery)]
    core = pack([1, device.public, recovery.public, [epoch.number, epoch.public, boxes_root(boxes)], invite.public])
    pops = [sign(device.tls, "pop-tls", core), sign(recovery.sign, "pop-recovery-sign", core),
            sign(recovery.tls, "pop-recovery-tls", core), sign(invite.seed, "invite-genesis", core)]
    return make_link(None, KEY_GENESIS, device.did, device.sign, [random(16), core, pops], boxes)


def make_device_add(chain, by, epoch, proven):
    """`proven` is what prove_device gave; `epoch` the current one."""
    public = decode(DEVICE_CORE, proven[0])[2]
    boxes = [epoch.box(device_id(public), public[2])]
    return make_link(chain.after, DEVICE_ADD, by.did, by.sign, [random(16), *proven, boxes_root(boxes)], boxes)


def make_epoch_link(chain, by, kind, epochs, said=(), out=(), paper=None):
    """A link with an epoch part. `epochs` are the current and the next one, `said` what comes before the part."""
    now, then = epochs
    to = [(d.did, d.public[2]) for d in chain.active(out)]
    to.append((paper.did, paper.public[2]) if paper else (chain.paper.did, chain.recovery[2]))
    boxes = [then.box(*one) for one in to]
    part = [then.number, then.public, boxes_root(boxes), then.prev(chain.genesis, now)]
    return make_link(chain.after, kind, by.did, by.sign, [random(16), *said, part], boxes)


def make_device_revoke(chain, by, epochs, dids, clinic_head):
    """`clinic_head` is (seq, hash)."""
    return make_epoch_link(chain, by, DEVICE_REVOKE, epochs, [sorted(dids), list(clinic_head)], out=dids)


def make_epoch_rotate(chain, by, epochs):
    return make_epoch_link(chain, by, EPOCH_ROTATE, epochs)


def make_recovery_rotate(chain, by, epochs, paper):
    said = prove_device(paper, chain.genesis, RECOVERY_ROTATE)
    return make_epoch_link(chain, by, RECOVERY_ROTATE, epochs, said, paper=paper)


# --- 5.2 Clinic chain ---

GENESIS, INVITE, JOIN, ROLE, REMOVE, TEAM, SERVER_PIN, POLICY = range(16, 24)
RESTORE_NOTICE, SUCCESSION = 25, 26
CONFINED = 128
ROLES = {"client": 1, "therapist": 2, "prescriber": 3, "medical": 4, "admin": 5, "auditor": 6}
CLIENT, THERAPIST, PRESCRIBER, MEDICAL, ADMIN, AUDITOR = ROLES.values()
MIN_SUITE, RETAIN_DAYS, INVITE_DAYS = 1, 2, 3
POLICY_RANGE = {MIN_SUITE: (1, 1), RETAIN_DAYS: (1, 36500), INVITE_DAYS: (1, 90)}
POLICY_DEFAULT = {MIN_SUITE: 1, RETAIN_DAYS: 2557, INVITE_DAYS: 14}
DAY_MS = 86400000
CLINIC_BODY = {
    GENESIS: row(HASH, KEY),
    INVITE: row(KEY, uint(1, 6), many(HASH, 0, 16), uint()),
    JOIN: row(HASH, uint()),
    ROLE: row(HASH, uint(2, 6)),
    REMOVE: row(HASH),
    TEAM: row(HASH, many(HASH, 1, 16)),
    SERVER_PIN: row(many(KEY, 1, 4), KEY),
    POLICY: many(row(uint(1, 3), uint()), 1, 3),
    RESTORE_NOTICE: row(ID, ID),
    SUCCESSION: row(HASH, HASH),
}
CLINIC_TYPES = (set(CLINIC_BODY) - {TEAM}) | {t + CONFINED for t in (INVITE, JOIN, REMOVE, TEAM, SUCCESSION)}


class Member:
    def __init__(self, chain, role):
        self.chain, self.role, self.active = chain, role, True


class Invite:
    def __init__(self, link, signer, public, role, people, expires):
        self.seq, self.inviter, self.public, self.role = link.seq, signer.chain.genesis, public, role
        self.people, self.expires, self.confined, self.used = people, expires, bool(link.type & CONFINED), False


class Clinic:
    """The fold of a clinic chain. `key_chain(genesis)` gives the KeyChain of a person the chain names."""

    def __init__(self, key_chain):
        self.key_chain = key_chain
        self.links, self.members, self.teams, self.invites = [], {}, {}, {}
        self.pins, self.log, self.policy = [], None, dict(POLICY_DEFAULT)
        self.subjects = {}  # of every confined link that is known: the invite it goes back to
        self.last_about = {}  # of every client (by that invite): the seq of the newest confined link
        self.withheld = set()
        self.notices = []  # [old generation, new generation]
        self.successors, self.predecessors = {}, {}  # by genesis
        self.cuts = {}  # seq: what must stand there, by the key chains of who signed here
        self.signed_last = {}  # did: the seq of the newest link it signed

    @property
    def id(self):
        return self.links[0].hash if self.links else None

    @property
    def head(self):
        """What make_link goes after."""
        last = self.links[-1]
        return self.id, last.seq, last.hash

    def add(self, data):
        """Reads the next link; Bad if it is not valid, and the fold is then as before."""
        link = Link(data)
        check_place(link, self.links[-1] if self.links else None)
        need(link.type in CLINIC_TYPES and (link.type == GENESIS) == (link.seq == 0), "LINK: its type")
        need(link.boxes is None, "LINK: boxes")
        need(self.cuts.get(link.seq, {link.hash}) == {link.hash}, "LINK: another link than a key chain names")
        kind = link.type & ~CONFINED
        self.signed = None
        if link.inner is None:
            need(link.type & CONFINED, "LINK: an inner part is missing")
            self.pass_over(link)
        else:
            salted = decode(row(ID, nil_or(uint()), anything), link.inner)
            about, body = salted[1], CLINIC_BODY[kind](salted[2])
            rooted = link.type & CONFINED and kind != INVITE
            need((about is not None) == bool(rooted), "LINK: about")
            if rooted and about in self.withheld:
                self.pass_over(link)
                if kind == SUCCESSION:
                    self.lose_old(body[0])
            else:
                need(not rooted or about in self.subjects, "LINK: about")
                RULES[kind](self, link, about, *(body if kind != POLICY else [body]))
        if self.signed is not None:
            self.signed_last[link.signer] = link.seq
            if self.signed.cut is not None:
                self.cuts.setdefault(self.signed.cut[0], set()).add(self.signed.cut[1])
        self.links.append(link)

    def pass_over(self, link):
        """What can be checked of a link that takes no effect here."""
        if link.type != JOIN + CONFINED:
            roles = (ADMIN,) if link.type in (REMOVE + CONFINED, SUCCESSION + CONFINED) else (ADMIN, THERAPIST)
            self.signer(link, roles)
        self.withheld.add(link.seq)

    def signer(self, link, roles):
        """The active member who signed this link, if of one of these roles."""
        member = self.owner(link.signer)
        need(member is not None and member.active, "LINK: signed by nobody's device")
        need(member.role in roles, "ROLE: of the signer")
        self.signed_by_device(link, member.chain)
        return member

    def owner(self, did):
        """Whose device it is: the first link's before all others; of those added later the first to have joined."""
        for member in self.members.values():
            if did in member.chain.devices and member.chain.devices[did].added == 0:
                return member
        return next((m for m in self.members.values() if m.role != CLIENT and did in m.chain.devices), None)

    def signed_by_device(self, link, chain):
        """A device that ever was; of a revoked one only what its revocation lets stand."""
        device = chain.devices.get(link.signer)
        need(device is not None and not device.paper, "LINK: signed by nobody's device")
        if device.cut is not None:
            need(link.seq <= device.cut[0], "LINK: signed by a revoked device")
            need(link.seq < device.cut[0] or link.hash == device.cut[1], "LINK: another link than a key chain names")
        link.verify(device.public[1])
        self.signed = device

    def fits(self, chain):
        """Do this chain and the revocations in a member's key chain agree?"""
        cuts = [(d.did, *d.cut) for d in chain.devices.values() if d.cut is not None]
        return all((seq >= len(self.links) or self.links[seq].hash == hash_) and self.signed_last.get(did, 0) <= seq
                   for did, seq, hash_ in cuts)

    def active(self, genesis, roles=tuple(ROLES.values())):
        member = self.members.get(genesis)
        return member is not None and member.active and member.role in roles

    def staff(self, genesis):
        return self.active(genesis, (THERAPIST, PRESCRIBER, MEDICAL, ADMIN, AUDITOR))

    def admins(self):
        return [m for m in self.members.values() if m.active and m.role == ADMIN]

    def confine(self, link, root):
        if link.type & CONFINED:
            self.subjects[link.seq] = root
            self.last_about[root] = link.seq

    def check_about(self, about, genesis):
        """`about` is the newest confined link about this client."""
        root = self.subjects[about]
        need(self.invites[root].used == genesis and self.last_about[root] == about, "LINK: about somebody else")
        return root

    def rule_genesis(self, link, _about, admin, founding):
        chain = self.key_chain(admin)
        need(chain.genesis == admin and chain.invite == founding and chain.did == link.signer, "LINK: not the founder")
        self.signed_by_device(link, chain)
        self.members[admin] = Member(chain, ADMIN)

    def rule_invite(self, link, _about, public, role, people, expires):
        confined = bool(link.type & CONFINED)
        need(confined == (role == CLIENT) and confined == bool(people), "LINK: a list of people")
        signer = self.signer(link, (ADMIN, THERAPIST) if confined else (ADMIN,))
        need(signer.role == ADMIN or signer.chain.genesis in people, "ROLE: of the signer")
        need(good_sign_key(public), "KEY")
        used = {i.public for i in self.invites.values()} | {m.chain.invite for m in self.members.values()}
        need(public not in used, "LINK: an invite key used before")
        need(all(map(self.staff, ascending(people))), "LINK: somebody is not staff")
        need(link.time < expires <= link.time + self.policy[INVITE_DAYS] * DAY_MS, "LINK: when it expires")
        self.invites[link.seq] = Invite(link, signer, public, role, people, expires)
        self.confine(link, link.seq)

    def rule_join(self, link, about, genesis, seq):
        invite = self.invites.get(seq)
        need(invite is not None and not invite.used, "LINK: no open invite")
        need(invite.confined == bool(link.type & CONFINED) and about in (None, seq), "LINK: about")
        need(link.time <= invite.expires and self.may_invite(invite), "LINK: no open invite")
        need(link.signer == invite.public[:16], "LINK: not signed by the invite")
        link.verify(invite.public)
        chain = self.key_chain(genesis)
        need(chain.genesis == genesis and chain.invite == invite.public, "LINK: joined with another invite")
        for other in self.members.values():
            first = [{d.did for d in c.devices.values() if d.added == 0} for c in (other.chain, chain)]
            need(other.chain.pid != chain.pid and not first[0] & first[1], "LINK: a member already")
        self.members[genesis] = Member(chain, invite.role)
        invite.used = genesis
        if invite.confined:
            self.teams[genesis] = [g for g in invite.people if self.staff(g)]
            self.confine(link, seq)

    def may_invite(self, invite):
        """The inviter is still active and may still sign such an invite."""
        if self.active(invite.inviter, (ADMIN,)):
            return True
        return invite.confined and self.active(invite.inviter, (THERAPIST,)) and invite.inviter in invite.people

    def rule_role(self, link, _about, genesis, role):
        self.signer(link, (ADMIN,))
        need(self.staff(genesis), "LINK: not active staff")
        need(role == ADMIN or self.admins() != [self.members[genesis]], "LINK: the last admin")
        self.members[genesis].role = role

    def rule_remove(self, link, about, genesis):
        self.signer(link, (ADMIN,))
        need(self.active(genesis), "LINK: not an active member")
        need(self.admins() != [self.members[genesis]], "LINK: the last admin")
        need((self.members[genesis].role == CLIENT) == bool(link.type & CONFINED), "LINK: its type")
        if link.type & CONFINED:
            self.confine(link, self.check_about(about, genesis))
        self.retire(genesis)

    def retire(self, genesis):
        self.members[genesis].active = False
        self.teams.pop(genesis, None)
        self.teams = {c: [g for g in team if g != genesis] for c, team in self.teams.items()}

    def rule_team(self, link, about, client, people):
        signer = self.signer(link, (ADMIN, THERAPIST))
        need(self.active(client, (CLIENT,)), "LINK: not an active client")
        need(signer.role == ADMIN or signer.chain.genesis in self.teams[client], "ROLE: of the signer")
        need(all(map(self.staff, ascending(people))), "LINK: somebody is not staff")
        self.confine(link, self.check_about(about, client))
        self.teams[client] = people

    def rule_server_pin(self, link, _about, pins, log):
        self.signer(link, (ADMIN,))
        need(len(set(pins)) == len(pins) and all(map(good_sign_key, pins + [log])), "KEY")
        self.pins, self.log = pins, log

    def rule_policy(self, link, _about, pairs):
        self.signer(link, (ADMIN,))
        ascending([key for key, _ in pairs])
        for key, value in pairs:
            need(POLICY_RANGE[key][0] <= value <= POLICY_RANGE[key][1], "LINK: a policy out of its range")
        self.policy.update(pairs)

    def rule_restore_notice(self, link, _about, old, new):
        self.signer(link, (ADMIN,))
        need(old != new and all(new not in notice for notice in self.notices), "LINK: a generation that was before")
        self.notices.append([old, new])

    def restored(self, old, new):
        """Does a path of notices lead from one generation to the other?"""
        for before, after in reversed(self.notices):
            if after == new:
                if before == old:
                    return True
                new = before
        return False

    def rule_succession(self, link, about, old, new):
        self.signer(link, (ADMIN,))
        need(old != new and self.active(new), "LINK: not an active member")
        need(old not in self.successors and new not in self.predecessors, "LINK: a succession before")
        role = self.members[new].role
        need((role == CLIENT) == bool(link.type & CONFINED), "LINK: its type")
        known = old in self.members
        need(known or role == CLIENT and self.withheld, "LINK: not a member")
        need(not known or self.members[old].role == role, "LINK: another role")
        if link.type & CONFINED:
            self.confine(link, self.check_about(about, new))
        self.successors[old], self.predecessors[new] = new, old
        if known:
            self.retire(old)

    def lose_old(self, old):
        """What a succession says to whom the new client is not known."""
        if old in self.members and self.members[old].role == CLIENT and old not in self.successors:
            self.successors[old] = None
            self.retire(old)

    # 5.3 Who is related

    def by_pid(self, pid):
        return next((m for m in self.members.values() if m.chain.pid == pid), None)

    def on_team(self, client, staff):
        return staff in self.teams.get(client, ())

    def related(self, a, b):
        if not (self.active(a) and self.active(b)):
            return False
        roles = self.members[a].role, self.members[b].role
        if a == b or ADMIN in roles or CLIENT not in roles:
            return True
        return self.on_team(a, b) or self.on_team(b, a)


RULES = {GENESIS: Clinic.rule_genesis, INVITE: Clinic.rule_invite, JOIN: Clinic.rule_join, ROLE: Clinic.rule_role,
         REMOVE: Clinic.rule_remove, TEAM: Clinic.rule_team, SERVER_PIN: Clinic.rule_server_pin,
         POLICY: Clinic.rule_policy, RESTORE_NOTICE: Clinic.rule_restore_notice, SUCCESSION: Clinic.rule_succession}


# --- 6. Invitation packet ---------------------------------------------------------------------------------------------

def printable(value):
    return not any(unicodedata.category(c) == "Cc" for c in value)


NAME = text(1, 80, printable)
PACKET = row(SUITE, uint(0, 1), nil_or(HASH), nil_or(row(uint(), HASH)), NAME, KEY, KEY, nil_or(HASH), uint(1, 6),
             many(row(HASH, uint(2, 6), NAME), 0, 16), NAME, uint())
PACKET_MAX = 16 * 1024
Packet = collections.namedtuple("Packet", "suite kind clinic head clinic_name server log inviter role team name expires")


def packet_seal(invite, packet):
    return aes_seal(invite.key, labelled("packet", invite.id), pack(list(packet)))


def packet_open(invite, sealed):
    need(len(sealed) <= PACKET_MAX, "TOO_BIG")
    packet = Packet(*decode(PACKET, aes_open(invite.key, labelled("packet", invite.id), sealed)))
    if packet.kind == 0:
        need((packet.clinic, packet.head, packet.inviter, packet.team, packet.role) == (None, None, None, [], ADMIN),
             "SHAPE: a founding packet")
    else:
        need(None not in (packet.clinic, packet.head, packet.inviter) and packet.team, "SHAPE: an invitation")
        need(len({genesis for genesis, _, _ in packet.team}) == len(packet.team), "SHAPE: twice in the team")
    return packet


# --- 7. Records -------------------------------------------------------------------------------------------------------

PRIVATE, SHARED, CLINICAL, CONTROL = range(4)
CONTENT, SHARE, UNSHARE, TOMBSTONE, RECEIPT, ACKNOWLEDGE = range(6)
PAYLOAD_MAX, CORE_MAX, RECORD_MAX = 1040000, 4096, 12288
PART, BLOB_MAX, FILE_MAX = 262144, 26764872, 25 << 20
BLOB = row(ID, uint(584, BLOB_MAX), HASH)
CORE = row(SUITE, HASH, ID, ID, HASH, ID, uint(0, 3), uint(0, 5), many(ID, 1, 32), uint(), uint(),
           nil_or(row(uint(1, PAYLOAD_MAX), HASH)), many(BLOB, 0, 16), many(HASH, 0, 64))
Core = collections.namedtuple(
    "Core", "suite clinic pid did chain_head salt cls op audience retain_until answer_by payload blobs targets")
WRAP = row(ID, uint(1, 2**32 - 1), raw(100, 120))
CLASSES_OF_OP = {CONTENT: (PRIVATE, SHARED, CLINICAL, CONTROL), SHARE: (SHARED,), UNSHARE: (SHARED,),
                 TOMBSTONE: (PRIVATE, SHARED, CLINICAL), RECEIPT: (CONTROL,), ACKNOWLEDGE: (SHARED, CLINICAL)}


def wrap_or_hash(value):
    return HASH(value) if isinstance(value, bytes) else WRAP(value)


RECORD = row(raw(1, CORE_MAX), many(wrap_or_hash, 1, 32), SIGNATURE)


def padded_length(n):
    """Padme: n rounded up so that only the highest few bits of it show."""
    e = n.bit_length() - 1
    s = e.bit_length()
    mask = (1 << (e - s)) - 1 if e > s else 0
    return max((n + mask) & ~mask, 512)


def pad(content):
    return (content + b"\x80").ljust(padded_length(len(content) + 1), b"\0")


def unpad(padded):
    content = padded.rstrip(b"\0")
    need(content.endswith(b"\x80") and pad(content[:-1]) == padded, "PADDING")
    return content[:-1]


def wrap_info(core_hash, pid, epoch):
    return labelled("wrap", core_hash + pid + struct.pack(">I", epoch))


def payload_context(clinic, pid, did, salt):
    return labelled("payload", clinic + pid + did + salt)


def wrap_hash(wrap):
    return wrap if isinstance(wrap, bytes) else H("wrap", pack(wrap))


def record_ids(core, wraps):
    """(what the signature is over, rid)."""
    root = H("wraps", b"".join(map(wrap_hash, wraps)))
    return H("core", core) + root, H("rid", H("core", core) + root)


class Record:
    """A record taken apart: its own consistency, and the rules that need no other knowledge."""

    def __init__(self, data):
        core, self.wraps, self.signature = decode(RECORD, data, RECORD_MAX)
        self.data, self.core_bytes, self.core = bytes(data), core, Core(*decode(CORE, core))
        self.signed, self.rid = record_ids(core, self.wraps)
        c = self.core
        ascending(c.audience, "AUDIENCE")
        need(len(self.wraps) == len(c.audience) and c.pid in c.audience, "AUDIENCE")
        for wrap, pid in zip(self.wraps, c.audience):
            if isinstance(wrap, list):
                need(wrap[0] == pid and len(wrap[2]) == (100 if pid == c.pid else 120), "AUDIENCE")
        need(c.op in CLASSES_OF_OP and c.cls in CLASSES_OF_OP[c.op], "CLASS")
        need(c.cls != PRIVATE or c.audience == [c.pid], "CLASS")
        need((c.retain_until > 0) == (c.cls == CLINICAL), "CLASS")
        need(not c.answer_by or c.op in (CONTENT, SHARE) and c.cls in (SHARED, CLINICAL), "CLASS")
        counts = {UNSHARE: (1, 64), TOMBSTONE: (1, 64), RECEIPT: (1, 64), ACKNOWLEDGE: (1, 1)}.get(c.op, (0, 0))
        need(counts[0] <= len(c.targets) <= counts[1] and len(set(c.targets)) == len(c.targets), "TARGET")
        need(c.payload is not None, "SHAPE: no payload")
        need(not c.blobs or c.op in (CONTENT, SHARE) and c.cls != CONTROL, "CLASS: blobs")
        need(len({blob[0] for blob in c.blobs}) == len(c.blobs), "TARGET: a blob twice")

    def wrap_of(self, pid):
        wrap = self.wraps[self.core.audience.index(pid)]
        return wrap if isinstance(wrap, list) else None


Stream = collections.namedtuple("Stream", "seq rid")
STREAM_START = Stream(0, ZERO)
Sealed = collections.namedtuple("Sealed", "record payload rid before")


def make_record(core, wraps, seed):
    """Signs what may well be wrong: tests do."""
    signed, rid = record_ids(core, wraps)
    return pack([core, wraps, sign(seed, "record", signed)]), rid


# Content. Item keys of fields and their shapes, by kind.

def plain_text(value):
    return unicodedata.is_normalized("NFC", value) and \
        not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in value)


def body(fewest, most):
    """Text of so many bytes of UTF-8."""
    return text(0, most, lambda value: fewest <= len(value.encode()) <= most and plain_text(value))


def tag(value):
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    return text(1, 32, lambda v: not v.startswith("-") and all(c in allowed for c in v))(value)


def file_name(value):
    return text(1, 120, lambda v: plain_text(v) and not set(v) & set("/\n\t"))(value)


ATTACHMENT = row(ID, KEY, uint(584, BLOB_MAX), HASH, uint(0, FILE_MAX), file_name, text(1, 64, lambda v: "/" in v))
ATTACHMENTS = many(ATTACHMENT, 0, 16)

JOURNAL, COMMENT, MESSAGE, ACKNOWLEDGEMENT, PROFILE, RECEIPT_CONTENT, UNSHARE_CONTENT = range(1, 8)
TOMBSTONE_CONTENT, BIN = 11, 12
KiB = 1024
OFFSET = uint(0, 960 * KiB)
Kind = collections.namedtuple("Kind", "ops required fields")
KINDS = {
    JOURNAL: Kind((CONTENT, SHARE), {2}, {1: text(0, 120, plain_text), 2: body(0, 960 * KiB), 3: many(tag, 0, 16),
                                         4: uint(0, 10), 5: body(1, 32), 6: uint(0, 4), 7: ATTACHMENTS, 8: flag, 9: row(ID, ID)}),
    COMMENT: Kind((CONTENT,), {2, 10, 11}, {2: body(1, 4 * KiB), 10: row(ID, ID), 11: HASH, 12: row(OFFSET, OFFSET)}),
    MESSAGE: Kind((CONTENT,), {2, 20, 21}, {2: body(1, 16 * KiB), 20: ID, 21: uint(0, 3), 22: body(1, 32), 23: HASH,
                                24: many(row(text(1, 32, plain_text), text(1, 4096, plain_text)), 0, 16), 7: ATTACHMENTS}),
    ACKNOWLEDGEMENT: Kind((ACKNOWLEDGE,), set(), {2: body(0, 4 * KiB)}),
    PROFILE: Kind((CONTENT,), {40}, {40: text(1, 80, plain_text), 41: text(0, 40, plain_text)}),
    RECEIPT_CONTENT: Kind((RECEIPT,), {50}, {50: uint(1, 2)}),
    UNSHARE_CONTENT: Kind((UNSHARE,), {60, 61}, {60: ID, 61: many(ID, 1, 31)}),
    TOMBSTONE_CONTENT: Kind((TOMBSTONE,), {60, 64}, {60: ID, 64: uint(1, 2**32 - 1)}),
    BIN: Kind((CONTENT,), {60, 62, 63}, {60: ID, 62: many(HASH, 0, 64), 63: uint()}),
}
NUMBER = uint(1, 2**32 - 1)
CONTENT_SHAPE = row(SUITE, NUMBER, ID, many(HASH, 0, 8), uint(), lambda v: uint(0, 1560)(v + 720) - 720, uint(),
                    nil_or(ID), many(row(NUMBER, anything), 0, 64))
Content = collections.namedtuple("Content", "suite kind item parents at_ms at_offset made_ms subject fields")


CLASSES_OF_KIND = {JOURNAL: (PRIVATE, SHARED, CLINICAL), COMMENT: (PRIVATE, SHARED, CLINICAL),
                   MESSAGE: (PRIVATE, SHARED, CLINICAL), ACKNOWLEDGEMENT: (SHARED, CLINICAL), PROFILE: (CONTROL,),
                   RECEIPT_CONTENT: (CONTROL,), UNSHARE_CONTENT: (SHARED,),
                   TOMBSTONE_CONTENT: (PRIVATE, SHARED, CLINICAL), BIN: (PRIVATE,)}


def content_read(data, op, cls):
    content = Content(*decode(CONTENT_SHAPE, data))
    ascending([key for key, _ in content.fields])
    fields, kind = dict(map(tuple, content.fields)), KINDS.get(content.kind)
    need(kind is not None or content.kind >= 64, "SCHEMA: a kind that is not in use")
    if kind is not None:
        need(op in kind.ops and cls in CLASSES_OF_KIND[content.kind] and kind.required <= set(fields), "SCHEMA")
        for key, value in fields.items():
            kind.fields.get(key, anything)(value)
    return content._replace(fields=fields)


def content_make(kind, fields, item=None, parents=(), subject=None, at_ms=None, offset=0):
    made = now_ms()
    return pack([1, kind, item or random(16), list(parents), made if at_ms is None else at_ms, offset, made, subject,
                 [[key, fields[key]] for key in sorted(fields)]])


# Blobs.

def blob_context(blob):
    return labelled("blob", blob)


def blob_parts(stream):
    return [stream[at:at + PART] for at in range(0, len(stream), PART)]


def blob_root(parts):
    return H("blob", b"".join(hashlib.sha256(part).digest() for part in parts))


def blob_make(data, name, media):
    """(the parts, what field 7 says of it)"""
    blob, key = random(16), random(32)
    parts = blob_parts(cobblestone_seal(key, blob_context(blob), pad(data)))
    return parts, [blob, key, sum(map(len, parts)), blob_root(parts), len(data), name, media]


def blob_open(attachment, parts):
    blob, key, length, root, size = ATTACHMENT(attachment)[:5]
    need(sum(map(len, parts)) == length and all(len(part) == PART for part in parts[:-1]), "SHAPE: other parts")
    need(blob_root(parts) == root, "HASH: other parts")
    data = unpad(cobblestone_open(key, blob_context(blob), b"".join(parts)))
    need(len(data) == size, "SCHEMA: another size")
    return data


def core_blobs(attachments):
    """What the core says of them."""
    return [[a[0], a[2], a[3]] for a in attachments]


# --- 8. Feed, receipts ------------------------------------------------------------------------------------------------

NEW_RECORD, WRAP_TAKEN = 1, 2
SERVER_RECEIPT = row(SUITE, HASH, ID, ID, many(row(HASH, uint(1), HASH), 1, 64), uint())
FEED_HEAD = row(SUITE, HASH, ID, ID, uint(), HASH, uint())
Cursor = collections.namedtuple("Cursor", "generation seq head")


def feed_start(pid, generation):
    return Cursor(generation, 0, H("feed-start", pid + generation))


def feed_next(cursor, event, rid):
    seq = cursor.seq + 1
    return Cursor(cursor.generation, seq, H("feed", cursor.head + struct.pack(">QB", seq, event) + rid))


# --- 9. Transport -----------------------------------------------------------------------------------------------------

FRAME_MAX, GUEST_FRAME_MAX, IN_FLIGHT = 1 << 20, 1 << 16, 16
OPS = ["hello", "chain_get", "chain_put", "invite_put", "invite_get", "join", "push", "pull", "fetch", "watch", "status",
       "chain_list", "mailbox_put", "mailbox_get", "blob_put", "blob_get", "blob_stat", "heal_offer", "heal_put", "heal_link"]
OP = {name: i for i, name in enumerate(OPS, 1)}
OP.update(blob_put=15, blob_get=16, blob_stat=17)
STATUS = {
    0: "OK", 100: "PROTO", 101: "VERSION", 102: "TOO_BIG", 103: "CANON", 104: "BUSY", 105: "SHAPE", 106: "UTF8",
    107: "ORDER", 108: "OP", 200: "GUEST", 201: "REVOKED", 202: "NO_GRANT", 203: "ROLE", 204: "NOT_AUTHOR",
    300: "CHAIN_BEHIND", 302: "SIGNATURE", 303: "LINK", 304: "CURSOR", 305: "GENERATION", 306: "RETAINED", 308: "CLASS",
    309: "HASH", 310: "TARGET", 311: "CODE_USED", 312: "CODE_EXPIRED", 313: "CODE_UNKNOWN", 400: "QUOTA", 401: "RATE",
    404: "NOT_FOUND", 409: "EXISTS", 500: "INTERNAL", 501: "FULL", 502: "READONLY", 503: "DRAINING"}
STATUS_OF = {name: number for number, name in STATUS.items()}
BODY = {  # of an answer with status 0
    "hello": row(uint(1, 65535), nil_or(HASH), ID, nil_or(ID), uint(0, 6), uint(), row(uint(), uint(), uint(), uint())),
    "chain_get": row(uint(), HASH, many(raw(1, LINK_MAX), 0, 256)),
    "chain_put": row(uint(), HASH),
    "chain_list": row(many(row(HASH, uint(), HASH)), flag),
    "mailbox_put": row(),
    "mailbox_get": row(raw(1, 16384)),
    "blob_put": row(uint()),
    "blob_get": row(raw(1, 262144)),
    "blob_stat": row(uint(), raw(1, 16)),
    "invite_put": row(uint(), HASH),
    "invite_get": row(raw(1, PACKET_MAX), nil_or(row(uint(), HASH))),
    "join": row(uint(), HASH),
    "push": row(uint(0, 64), nil_or(raw(1, 16384)), nil_or(SIGNATURE), uint()),
    "pull": row(many(row(uint(1), uint(1, 2), HASH, nil_or(raw(1, RECORD_MAX)), nil_or(raw(1, PAYLOAD_MAX))), 0, 1024),
                flag, raw(1, 1024), SIGNATURE),
    "fetch": row(many(row(nil_or(raw(1, RECORD_MAX)), nil_or(raw(1, PAYLOAD_MAX))), 0, 64)),
    "blob_put": row(uint(1, 103)),
    "blob_get": row(raw(1, PART)),
    "blob_stat": row(uint(584, BLOB_MAX), raw(1, 13)),
    "heal_offer": row(raw(1, 64)),
    "heal_put": row(uint(0, 64), uint()),
    "heal_link": row(uint(), HASH),
    "watch": row(uint(), HASH),
    "status": row(uint(), uint(), uint(), many(row(ID, uint(1, 3), uint(), uint()), 0, 256)),
}
EVENT_BODY = {1: row(ID, uint(), HASH), 2: row(uint(), HASH)}


def certificate(private):
    """A self-signed certificate as DER; its names and dates mean nothing."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kap")])
    start = datetime.datetime(2020, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(36500))
    return builder.sign(private, None)


def tls_context(device=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the key is the identity; Connection checks it
    context.set_alpn_protocols(["kap/1"])
    if device is not None:
        private = Ed25519PrivateKey.from_private_bytes(device.tls)
        load_certificate(context, certificate(private), private)
    return context


def load_certificate(context, cert, private):
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()) + cert.public_bytes(serialization.Encoding.PEM)
    with tempfile.NamedTemporaryFile() as file:  # the ssl module reads only files
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


class Connection:
    """One connection: frames, requests, answers, events."""

    def __init__(self, host, port, device=None, pins=None, context=None, timeout=10):
        plain = socket.create_connection((host, port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = (context or tls_context(device)).wrap_socket(plain)
        except BaseException:
            plain.close()
            raise
        self.pin = x509.load_der_x509_certificate(self.sock.getpeercert(True)).public_key().public_bytes(*RAW)
        if pins is not None and self.pin not in pins:
            self.close()
            raise Bad("PIN")
        self.last_id, self.answers, self.asked, self.events = 0, {}, {}, collections.deque()
        self.host, self.port, self.input = host, port, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        """Bytes as they are."""
        self.sock.sendall(data)

    def ask(self, op, *arguments):
        """Sends a request without waiting; returns its id."""
        self.last_id += 1
        self.asked[self.last_id] = op
        number = OP[op] if isinstance(op, str) else op
        self.send(frame(pack([0, self.last_id, number, list(arguments)])))
        return self.last_id

    def answer(self, number):
        """(status, body) of the request with this id; what else arrives meanwhile is kept."""
        while number not in self.answers:
            self.take(self.read())
        return self.answers.pop(number)

    def request(self, op, *arguments):
        """(status, body)."""
        return self.answer(self.ask(op, *arguments))

    def call(self, op, *arguments):
        """The body of a successful answer; Refused otherwise."""
        status, result = self.request(op, *arguments)
        if status != 0:
            raise Refused(status, result)
        return BODY[op](result)

    def hello(self):
        return self.call("hello", 1, 1, "kap_peer 1")

    def event(self, timeout=None):
        """The next event (topic, body); None when none comes in time."""
        until = None if timeout is None else time.monotonic() + timeout
        try:
            while not self.events:
                if until is not None:
                    self.sock.settimeout(max(until - time.monotonic(), 0.001))
                self.take(self.read())
        except socket.timeout:
            return None
        finally:
            self.sock.settimeout(10)
        return self.events.popleft()

    def take(self, message):
        need(message and message[0] in (1, 2), "PROTO: not an answer or event")
        if message[0] == 1:
            _, number, status, result = row(only(1), uint(1, 2**32 - 1), uint(), many(anything))(message)
            need(self.asked.pop(number, None) is not None, "PROTO: an answer to nothing")
            self.answers[number] = (status, result)
        else:
            _, topic, result = row(only(2), uint(), many(anything))(message)
            if topic in EVENT_BODY:
                self.events.append((topic, EVENT_BODY[topic](result)))

    def read(self):
        """The next frame, decoded. EOFError when the peer closed."""
        length = int.from_bytes(self.exactly(4), "big")
        need(0 < length <= FRAME_MAX - 4, "TOO_BIG")
        return unpack(self.exactly(length))

    def exactly(self, n):
        while len(self.input) < n:
            data = self.sock.recv(1 << 18)
            if not data:
                raise EOFError("the server closed the connection")
            self.input += data
        data, self.input = self.input[:n], self.input[n:]
        return data


def frame(data):
    return struct.pack(">I", len(data)) + data


# --- A device of a person, and what it does ----------------------------------------------------------------------------

class Peer:
    """A member (or a guest about to be one): keys, what was verified so far, and a connection when there is one."""

    def __init__(self):
        self.device, self.recovery_code = Device(), code_new(RECOVERY)
        self.epoch, self.key_link, self.me = Epoch(), None, None
        self.epochs = {}  # those before the current one, by number
        self.address, self.clinic_id, self.pins, self.log = None, None, None, None
        self.chains, self.clinic = {}, Clinic(self.key_chain)
        self.out, self.into, self.cursor = {}, {}, None
        self.records, self.bad, self.names = {}, [], {}
        self.conn = None

    # connections

    def connect(self, **options):
        """A connection that said hello; it is not kept."""
        conn = Connection(*self.address, self.device, self.pins, **options)
        try:
            conn.hello_body = conn.hello()
        except BaseException:
            conn.close()
            raise
        return conn

    @property
    def c(self):
        """The kept connection."""
        if self.conn is None:
            self.conn = self.connect()
        return self.conn

    def close(self):
        if self.conn is not None:
            self.conn.close()
            self.conn = None

    # joining (section 6)

    def join(self, written, host=None, port=None):
        """Joins with CODE@host:port, or a founding code; then reads and verifies everything."""
        conn, invite, packet = self.look_at(written, host, port)
        with conn:
            sealed_head = self.invite_head
            self.key_link = make_key_chain(self.device, Device.of_recovery_code(self.recovery_code), self.epoch, invite)
            self.me = KeyChain([self.key_link.data])
            self.chains[self.me.genesis] = self.me
            if packet.kind == 0:
                links = self.found(invite, packet)
            else:
                links = [self.join_link(invite, packet, [packet.clinic] + sealed_head)]
            while True:
                status, result = conn.request("join", invite.id, self.key_link.data, [link.data for link in links])
                if status != STATUS_OF["CHAIN_BEHIND"]:
                    break
                links = [self.join_link(invite, packet, [packet.clinic] + BODY["join"](result))]
            if status != 0:
                raise Refused(status, result)
        self.clinic_id = packet.clinic or links[0].hash
        self.sync()
        self.check_packet(packet)
        return self

    def look_at(self, written, host=None, port=None):
        """As a guest: opens the packet of a code. Returns (connection, invite keys, packet)."""
        if "@" in written:
            written, host, port = code_address(written)
        kind, secret = code_read(written)
        need(kind in (FOUNDING, INVITATION), "CODE_KIND")
        invite, self.address = InviteKeys(secret), (host, port)
        conn = self.connect()
        try:
            sealed, self.invite_head = conn.call("invite_get", invite.id)
            packet = packet_open(invite, sealed)
            need(packet.kind == (0 if kind == FOUNDING else 1), "CODE_KIND")
            need(conn.pin == packet.server, "PIN")
        except BaseException:
            conn.close()
            raise
        self.pins, self.log = [packet.server], packet.log
        self.names.update({genesis[:16]: name for genesis, _, name in packet.team})
        return conn, invite, packet

    def found(self, invite, packet):
        """The first three links of a clinic."""
        genesis = self.link(None, GENESIS, None, [self.me.genesis, invite.public])
        pin = self.link((genesis.hash, 0, genesis.hash), SERVER_PIN, None, [[packet.server], packet.log])
        policy = self.link((genesis.hash, 1, pin.hash), POLICY, None, [[k, v] for k, v in POLICY_DEFAULT.items()])
        return [genesis, pin, policy]

    def join_link(self, invite, packet, after):
        confined = CONFINED if packet.role == CLIENT else 0
        seq = packet.head[0]
        inner = [random(16), seq if confined else None, [self.me.genesis, seq]]
        return make_link(after, JOIN + confined, invite.public[:16], invite.seed, inner)

    def check_packet(self, packet):
        if packet.kind == 0:
            return
        need(self.clinic.links[packet.head[0]].hash == packet.head[1], "ROLLBACK: not the head of the packet")
        need(all(genesis in self.clinic.members for genesis, _, _ in packet.team), "LINK: the team of the packet")

    # chains

    def link(self, after, kind, about, body_, **options):
        return make_link(after, kind, self.device.did, self.device.sign, [random(16), about, body_], **options)

    def chain_get(self, chain, start=0):
        links = []
        while True:
            seq, head, part = self.c.call("chain_get", chain, start + len(links), 256)
            links += part
            if start + len(links) > seq:
                return links, (seq, head)
            need(part, "PROTO: no links")

    def key_chain(self, genesis):
        if genesis not in self.chains:
            chain = KeyChain(self.chain_get(genesis)[0])
            need(chain.genesis == genesis, "HASH: another person's chain")
            self.chains[genesis] = chain
        return self.chains[genesis]

    def chain_list(self):
        """{chain: (head seq, head)} of every key chain that one may see."""
        found, more, after = {}, True, None
        while more:
            rows_, more = self.c.call("chain_list", after)
            found.update({chain: (seq, head) for chain, seq, head in rows_})
            after = rows_[-1][0] if rows_ else after
        return found

    def refresh_chains(self):
        """Continues the key chains that are known here; keeps nothing of one that does not fit the clinic chain."""
        heads = self.chain_list() if len(self.chains) > 0 else {}
        for genesis, (seq, head) in heads.items():
            chain = self.chains.get(genesis)
            if chain is None or (chain.links[-1].seq, chain.head) == (seq, head):
                continue
            need(seq > chain.links[-1].seq, "ROLLBACK: a key chain became shorter, or another one")
            more = self.chain_get(genesis, chain.links[-1].seq + 1)[0]
            longer = KeyChain([link.data for link in chain.links] + more)
            need(self.clinic.fits(longer), "ROLLBACK: a revocation of another clinic chain")
            for link in more:
                chain.add(link)

    def continue_chain(self, link, epoch=None):
        """Puts a link onto one's own key chain; `epoch` is the one it begins."""
        self.c.call("chain_put", self.me.genesis, link.data)
        self.me.add(link.data)
        if epoch is not None:
            self.epochs[self.epoch.number], self.epoch = self.epoch, epoch

    def rotate(self):
        self.begin_epoch(lambda epochs: make_epoch_rotate(self.me, self.device, epochs))

    def rotate_recovery(self):
        code = code_new(RECOVERY)
        paper = Device.of_recovery_code(code)
        self.begin_epoch(lambda epochs: make_recovery_rotate(self.me, self.device, epochs, paper))
        self.recovery_code = code

    def revoke(self, *dids):
        self.sync()
        head = self.clinic.head[1:]
        self.begin_epoch(lambda epochs: make_device_revoke(self.me, self.device, epochs, dids, head))

    def begin_epoch(self, make):
        then = Epoch(self.epoch.number + 1)
        self.continue_chain(make((self.epoch, then)), then)

    def add_device(self):
        """A second Peer of the same person, let in by this one."""
        other = Peer()
        self.continue_chain(make_device_add(self.me, self.device, self.epoch, prove_device(other.device, self.me.genesis)))
        other.recovery_code, other.key_link, other.address = self.recovery_code, self.key_link, self.address
        other.clinic_id, other.pins, other.log, other.names = self.clinic_id, self.pins, self.log, dict(self.names)
        other.me = KeyChain(other.chain_get(self.me.genesis)[0])
        other.chains[other.me.genesis] = other.me
        other.read_epochs()
        other.sync()
        return other

    def read_epochs(self):
        """The seeds that this device's newest box leads to. The links of one's own chain are read again, with boxes."""
        self.me.links = [Link(data) for data in self.chain_get(self.me.genesis)[0]]
        self.epochs = self.me.open_epochs(self.device)
        self.epoch = self.epochs.pop(self.me.epoch)

    def sync(self):
        """Reads the news of key chains, then the clinic chain again from its start (what was withheld may be served by
        now), and folds it."""
        self.refresh_chains()
        links, (seq, head) = self.chain_get(self.clinic_id)
        clinic = Clinic(self.key_chain)
        for data in links:
            clinic.add(data)
        need(clinic.id == self.clinic_id and clinic.head[1:] == (seq, head), "LINK: another chain")
        old = self.clinic.links
        need([x.hash for x in clinic.links[:len(old)]] == [x.hash for x in old], "ROLLBACK")
        self.clinic, self.pins, self.log = clinic, clinic.pins, clinic.log

    def append(self, kind, about, body_):
        """chain_put, again on top of the news if somebody was faster."""
        return self.compare_and_append(
            lambda: self.link(self.clinic.head, kind, about, body_),
            lambda link: self.c.call("chain_put", self.clinic_id, link.data))

    def compare_and_append(self, make, send):
        while True:
            link = make()
            try:
                send(link)
                break
            except Refused as e:
                if e.status != STATUS_OF["CHAIN_BEHIND"]:
                    raise
                self.sync()
        self.sync()
        return link

    def about(self, client):
        """The newest confined link about this client."""
        return next(self.clinic.last_about[root] for root, i in self.clinic.invites.items() if i.used == client)

    def set_role(self, genesis, role):
        return self.append(ROLE, None, [genesis, role])

    def remove(self, genesis):
        if self.clinic.members[genesis].role == CLIENT:
            return self.append(REMOVE + CONFINED, self.about(genesis), [genesis])
        return self.append(REMOVE, None, [genesis])

    def set_team(self, client, people):
        return self.append(TEAM + CONFINED, self.about(client), [client, sorted(people)])

    def invite(self, role, people=(), name="Somebody", days=7, **options):
        """Makes an invitation; returns its code."""
        code, confined = code_new(INVITATION), CONFINED if role == CLIENT else 0
        invite = InviteKeys(code_read(code)[1])
        expires = options.get("expires", now_ms() + days * DAY_MS)
        body_ = [invite.public, role, sorted(people), expires]
        team = [[g, self.clinic.members[g].role, self.name_of(g)] for g in (sorted(people) or [self.me.genesis])]

        def send(link):
            packet = Packet(1, 1, self.clinic_id, [link.seq, link.hash], "Clinic", self.pins[0], self.log,
                            self.me.genesis, role, team, name, expires)
            self.c.call("invite_put", invite.id, packet_seal(invite, packet), link.data)
        self.compare_and_append(lambda: self.link(self.clinic.head, INVITE + confined, None, body_), send)
        return code

    def name_of(self, genesis):
        return self.names.get(genesis[:16], genesis.hex()[:8])

    # records

    def seal(self, content, cls, op=CONTENT, to=(), answer_by=0, targets=(), retain_until=None, **changed):
        """A record for these people (key chains) and oneself. Its place in the streams is taken at once; push gives
        it back if the server refuses. `changed` puts other values into the core."""
        people = sorted({p.pid: p for p in [self.me, *to]}.values(), key=lambda p: p.pid)
        if retain_until is None:
            retain_until = int(time.time()) // 86400 + 1 + self.clinic.policy[RETAIN_DAYS] if cls == CLINICAL else 0
        key, salt = random(32), random(16)
        payload = cobblestone_seal(key, payload_context(self.clinic_id, self.me.pid, self.device.did, salt), pad(content))
        fields = Core(1, self.clinic_id, self.me.pid, self.device.did, self.me.head, salt, cls, op,
                      [p.pid for p in people], retain_until, answer_by, [len(payload), hashlib.sha256(payload).digest()],
                      [], list(targets))
        core = pack(list(fields._replace(**changed)))
        before = {p.pid: self.out.get(p.pid, STREAM_START) for p in people}
        wraps = [self.wrap(H("core", core), p, key, before[p.pid]) for p in people]
        record, rid = make_record(core, wraps, self.device.sign)
        self.out.update({pid: Stream(stream.seq + 1, rid) for pid, stream in before.items()})
        return Sealed(record, payload, rid, before)

    def wrap(self, core_hash, person, key, stream):
        plain = key + struct.pack(">Q", stream.seq + 1) + stream.rid
        if person.pid == self.me.pid:
            info = wrap_info(core_hash, person.pid, self.epoch.number)
            return [person.pid, self.epoch.number, aes_seal(self.epoch.self_key, info, plain)]
        info = wrap_info(core_hash, person.pid, person.epoch)
        return [person.pid, person.epoch, hpke_seal(person.seal, info, plain)]

    def push(self, *sealed, conn=None):
        """Pushes records in order; returns the receipt's entries [rid, seq, head]. Refused if one was not accepted."""
        result = (conn or self.c).call("push", [[s.record, s.payload] for s in sealed])
        return self.pushed(sealed, result)

    def pushed(self, sealed, result):
        accepted, receipt, signature, stop = result
        need((stop != 0) == (accepted < len(sealed)) and (receipt is None) == (accepted == 0), "PROTO: a push's answer")
        entries = []
        if accepted:
            entries = self.check_receipt(receipt, signature)
            need([e[0] for e in entries] == [s.rid for s in sealed[:accepted]], "RECEIPT: other records")
        if stop:
            self.take_back(sealed[accepted:])
            raise Refused(stop, entries)
        return entries

    def take_back(self, sealed):
        for s in reversed(sealed):
            self.out.update(s.before)

    def check_receipt(self, receipt, signature):
        verify(self.log, "receipt", receipt, signature, "RECEIPT")
        _, clinic, _, pid, entries, _ = decode(SERVER_RECEIPT, receipt)
        need((clinic, pid) == (self.clinic_id, self.me.pid), "RECEIPT: of somebody else")
        return entries

    def write(self, body_, cls=PRIVATE, to=(), kind=JOURNAL, **options):
        """Pushes one entry of text; returns what was sealed."""
        fields = {JOURNAL: {2: body_}, MESSAGE: {2: body_, 20: random(16), 21: 0}, PROFILE: {40: body_}}[kind]
        sealed = self.seal(content_make(kind, fields), cls, to=to, **options)
        self.push(sealed)
        return sealed

    def pull(self, size=1000000):
        """Reads the feed to its end; returns the new entries (event, rid, Content or None)."""
        if self.cursor is None:
            self.cursor = feed_start(self.me.pid, self.c.hello_body[2])
        news, more = [], True
        while more:
            rows, more, head, signature = self.c.call("pull", *self.cursor, size)
            cursor = self.cursor
            for seq, event, rid, _, _ in rows:
                cursor = feed_next(cursor, event, rid)
                need(seq == cursor.seq, "ROLLBACK: a number skipped")
            self.check_feed_head(head, signature, cursor, more)
            self.cursor = cursor
            for _, event, rid, record, payload in rows:
                news.append((event, rid, self.receive(event, rid, record, payload)))
        return news

    def check_feed_head(self, head, signature, cursor, more):
        verify(self.log, "feed-head", head, signature, "ROLLBACK")
        _, clinic, generation, pid, seq, value, _ = decode(FEED_HEAD, head)
        need((clinic, generation, pid) == (self.clinic_id, cursor.generation, self.me.pid), "ROLLBACK: another feed")
        need(seq > cursor.seq if more else (seq, value) == (cursor.seq, cursor.head), "ROLLBACK: another head")

    def receive(self, event, rid, record, payload):
        """One entry of the feed; what does not verify is kept aside and not shown."""
        try:
            if event == WRAP_TAKEN or record is None:
                return None
            return self.open(rid, record, payload)
        except Bad as e:
            self.bad.append((rid, e.args[0]))
            return None

    def open(self, rid, data, payload):
        """The reader's checks, in their order. Content, or None if the wrap was taken away."""
        record = Record(data)
        core = record.core
        need(record.rid == rid and core.clinic == self.clinic_id, "HASH: another record")
        author = self.clinic.by_pid(core.pid)
        if author is None:
            self.sync()
            author = self.clinic.by_pid(core.pid)
        need(author is not None, "AUTHOR: unknown")
        verify(self.author_key(author.chain, core), "record", record.signed, record.signature)
        self.check_audience(core, author)
        stream = self.into.get((core.pid, core.did), STREAM_START)
        wrap = record.wrap_of(self.me.pid)
        if wrap is None:
            self.into[core.pid, core.did] = Stream(stream.seq + 1, rid)
            return None
        key, place = self.unwrap(record, wrap)
        need(place == (stream.seq + 1, stream.rid), "STREAM")
        self.into[core.pid, core.did] = Stream(stream.seq + 1, rid)
        need(payload is not None and core.payload == [len(payload), hashlib.sha256(payload).digest()], "HASH: payload")
        plain = cobblestone_open(key, payload_context(core.clinic, core.pid, core.did, core.salt), payload)
        content = content_read(unpad(plain), core.op, core.cls)
        if content.kind in KINDS:
            need(core_blobs(content.fields.get(7, [])) == core.blobs, "SCHEMA: other blobs")
        self.records[rid] = (record, content)
        return content

    def author_key(self, chain, core):
        """The key of a device that was active at the link which the record names."""
        if core.chain_head not in [link.hash for link in chain.links]:
            self.refresh_chains()
        seq = next((link.seq for link in chain.links if link.hash == core.chain_head), None)
        need(seq is not None, "ROLLBACK: a key chain that the server does not show")
        device = chain.devices.get(core.did)
        need(device is not None and not device.paper and device.active_at(seq), "AUTHOR: not a device of theirs")
        return device.public[1]

    def check_audience(self, core, author):
        """The part of the rules that no later change of teams or roles can make wrong."""
        need(self.me.pid in core.audience, "AUDIENCE: not for us")
        need(core.cls != CLINICAL or author.role != CLIENT, "CLASS: only staff may")

    def unwrap(self, record, wrap):
        info = wrap_info(H("core", record.core_bytes), self.me.pid, wrap[1])
        epoch = self.epoch if wrap[1] == self.epoch.number else self.epochs.get(wrap[1])
        need(epoch is not None, "OPEN: another epoch")
        own = record.core.pid == self.me.pid
        plain = aes_open(epoch.self_key, info, wrap[2]) if own else hpke_open(epoch.seal, info, wrap[2])
        need(len(plain) == 72, "OPEN")
        return plain[:32], (int.from_bytes(plain[32:40], "big"), plain[40:])

    def send_blob(self, attachment, parts):
        """Sends the parts that the server lacks; returns how many those were."""
        blob, length = attachment[0], attachment[2]
        try:
            known, bits = self.c.call("blob_stat", blob)
            need(known == length, "SHAPE: another length")
        except Refused:
            bits = bytes(13)
        missing = [n for n in range(len(parts)) if not bits[n // 8] >> n % 8 & 1]
        for n in missing:
            self.c.call("blob_put", blob, length, n, parts[n])
        return len(missing)

    def fetch_blob(self, attachment):
        count = -(-attachment[2] // PART)
        return blob_open(attachment, [self.c.call("blob_get", attachment[0], n)[0] for n in range(count)])

    def fetch(self, *rids):
        return self.c.call("fetch", list(rids))[0]

    # what the command line keeps between two runs

    def save(self, path):
        keep = {"keys": [self.device.tls, self.device.sign, self.device.seal, self.epoch.seed],
                "epochs": [[n, e.seed] for n, e in self.epochs.items()], "epoch": self.epoch.number,
                "chain": [link.data for link in self.me.links],
                "code": self.recovery_code, "link": self.key_link.data, "address": list(self.address),
                "clinic": self.clinic_id, "pins": self.pins, "log": self.log,
                "out": [[pid, *stream] for pid, stream in self.out.items()],
                "into": [[*who, *stream] for who, stream in self.into.items()],
                "cursor": list(self.cursor) if self.cursor else None,
                "links": [link.data for link in self.clinic.links],
                "names": [list(pair) for pair in self.names.items()]}
        with open(os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(keep, file, default=lambda b: {"b": base64.b64encode(b).decode()}, indent=1)
        os.replace(f"{path}.new", path)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            keep = json.load(file, object_hook=lambda d: base64.b64decode(d["b"]) if set(d) == {"b"} else d)
        self = cls()
        self.device, self.epoch = Device(*keep["keys"][:3]), Epoch(keep["epoch"], keep["keys"][3])
        self.epochs = {n: Epoch(n, seed) for n, seed in keep["epochs"]}
        self.recovery_code, self.key_link = keep["code"], Link(keep["link"])
        self.me = KeyChain(keep["chain"])
        self.chains[self.me.genesis] = self.me
        self.address, self.clinic_id, self.pins, self.log = tuple(keep["address"]), keep["clinic"], keep["pins"], keep["log"]
        self.out = {pid: Stream(*stream) for pid, *stream in keep["out"]}
        self.into = {(pid, did): Stream(*stream) for pid, did, *stream in keep["into"]}
        self.cursor = Cursor(*keep["cursor"]) if keep["cursor"] else None
        self.names = dict(map(tuple, keep["names"]))
        for data in keep["links"]:
            self.clinic.links.append(Link(data))  # enough for sync to notice another history
        self.sync()
        return self


# --- The command line -------------------------------------------------------------------------------------------------

def find_people(peer, names):
    """Key chains of the members whose hexadecimal pid begins so."""
    found = []
    for name in names:
        matches = [m.chain for g, m in peer.clinic.members.items() if g.hex().startswith(name.lower())]
        if len(matches) != 1:
            sys.exit(f"{name}: {len(matches)} members have such an id")
        found += matches
    return found


def show(news):
    for event, rid, content in news:
        what = {NEW_RECORD: "record", WRAP_TAKEN: "taken"}[event]
        print(rid.hex()[:16], what, "" if content is None else {k: v for k, v in content.fields.items()})


def do_status(peer, _args):
    seq, records, size, invites = peer.c.call("status")
    print(f"me {peer.me.pid.hex()}  feed {seq}, own records {records} of {size} bytes")
    for number, state, used, refusals in invites:
        print(f"invitation {number.hex()} {('', 'open', 'used', 'expired')[state]} used {used} refused {refusals}")


def do_people(peer, _args):
    names = {number: name for name, number in ROLES.items()}
    for genesis, member in peer.clinic.members.items():
        team = " ".join(g.hex()[:8] for g in peer.clinic.teams.get(genesis, ()))
        print(genesis.hex()[:16], names[member.role], "" if member.active else "removed", team and f"team {team}")


def do_invite(peer, args):
    people = [p.genesis for p in find_people(peer, args.words[1:])]
    if args.words[0] == "client" and not people:
        people = [peer.me.genesis]
    print(f"{peer.invite(ROLES[args.words[0]], people)}@{peer.address[0]}:{peer.address[1]}")


def do_write(peer, args):
    people = find_people(peer, args.words[1:])
    cls = PRIVATE if not people else CLINICAL if args.clinical else SHARED
    print(peer.write(args.words[0], cls, people).rid.hex())


def do_pull(peer, _args):
    show(peer.pull())
    for rid, why in peer.bad:
        print(rid.hex()[:16], "set aside:", why)


def do_watch(peer, _args):
    print(peer.c.call("watch")[0])
    while True:
        print(peer.c.event())
        show(peer.pull())


def do_fetch(peer, args):
    for record, payload in peer.fetch(*map(bytes.fromhex, args.words)):
        print(None if record is None else Record(record).core, payload and len(payload))


COMMANDS = {"status": do_status, "people": do_people, "invite": do_invite, "write": do_write, "pull": do_pull,
            "watch": do_watch, "fetch": do_fetch}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="where the person's keys are kept, unprotected")
    parser.add_argument("command", choices=["join", *COMMANDS])
    parser.add_argument("words", nargs="*", help="join: CODE@HOST:PORT; invite: ROLE [STAFF...]; write: TEXT [PERSON...]; "
                        "fetch: RID...; a person is the beginning of their id")
    parser.add_argument("--clinical", action="store_true", help="write: a clinical record instead of a shared one")
    args = parser.parse_args()
    try:
        if args.command == "join":
            peer = Peer().join(args.words[0])
            print("Recovery code:", peer.recovery_code)
        else:
            peer = Peer.load(args.file)
            COMMANDS[args.command](peer, args)
        peer.save(args.file)
    except KeyboardInterrupt:
        peer.save(args.file)
    except (Bad, Refused, OSError, EOFError) as e:
        sys.exit(f"kap_peer: {e!r}")


if __name__ == "__main__":
    main()
