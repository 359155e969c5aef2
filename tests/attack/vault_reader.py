"""vault_reader: what lies in the vault of one profile, opened with its passphrase: every value of every table, as bytes.
The layouts are those of client/vault_key.h. The attack cases compare vaults before and after, and borrow the key by
which a device is known to the server."""
import hashlib
import hmac
import os
import pathlib
import re
import shutil
import tempfile

import lmdb

import kap_peer as kap

TABLE = re.compile(r"^TABLE\((\w+), (\d+), (ID|SEQ)\)", re.MULTILINE)
ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = {int(number): (name, kind) for name, number, kind in TABLE.findall((ROOT / "client/vault.def").read_text())}
PREFIX = 5


def purpose(secret, name):
    return kap.hkdf_expand(kap.hkdf_extract(b"", secret), kap.labelled("vault", name), 32)


class Vault:
    """The keys of one vault; they stay the same as long as its header does."""

    def __init__(self, home, passphrase):
        self.folder = pathlib.Path(home) / "vault"
        header = (self.folder / "header").read_bytes()
        kap.need(len(header) == 168 and header[:8] == b"kapvault", "CORRUPT: no vault")
        unlock = hashlib.scrypt(passphrase.encode(), salt=header[12:44], n=1 << header[10], r=8, p=1,
                                maxmem=1 << 30, dklen=32)
        kap.need(hmac.compare_digest(purpose(unlock, b"commit"), header[44:76]), "PASSPHRASE")
        data = kap.aes_open(purpose(unlock, b"wrap"), header[:88], header[76:136])
        self.value_key = purpose(data, b"value")

    def rows(self):
        """{table: {id or number: value}}, of all tables. Of a copy: nobody notices that it is read."""
        found = {name: {} for name, _ in TABLES.values()}
        with tempfile.TemporaryDirectory(prefix="kap.vault.") as folder:
            shutil.copy(self.folder / "data.mdb", os.path.join(folder, "data.mdb"))
            with lmdb.open(folder, readonly=True, lock=False) as env, env.begin() as txn:
                for key, stored in txn.cursor():
                    name, kind = TABLES.get(key[0], (f"table {key[0]}", "ID"))
                    found.setdefault(name, {})
                    plain = kap.aes_open(self.value_key, key, stored)
                    id_len, length = plain[0], int.from_bytes(plain[1:PREFIX], "big")
                    number = plain[PREFIX:PREFIX + id_len] if kind == "ID" else int.from_bytes(key[1:], "big")
                    found[name][number] = plain[PREFIX + id_len:PREFIX + id_len + length]
        return found

    def identity(self):
        """(did, the three private keys, [(epoch, seed)]) of this device; None before it has joined."""
        rows = list(self.rows()["IDENTITY"].values())
        if not rows:
            return None
        row = kap.unpack(rows[0])
        return row[2][1], row[3], [tuple(epoch) for epoch in row[11]]
