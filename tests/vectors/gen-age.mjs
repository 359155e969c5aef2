// Known answers for the age format, version 1 (C2SP age.md), from Node's crypto. Writes age.txt to standard output.
// usage: node tests/vectors/gen-age.mjs > tests/vectors/age.txt
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, scryptSync } from "node:crypto";

const b64 = (b) => Buffer.from(b).toString("base64").replace(/=+$/, "");
const seal = (key, nonce, plain) => {
  const c = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  return Buffer.concat([c.update(plain), c.final(), c.getAuthTag()]);
};
const hkdf = (ikm, salt, info) => Buffer.from(hkdfSync("sha256", ikm, salt, info, 32));
const draw = (what, n) => createHash("shake256", { outputLength: n }).update(what).digest();
const privateKey = (raw) => createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), raw]), format: "der", type: "pkcs8" });
const publicKey = (raw) => createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), raw]), format: "der", type: "spki" });
const publicOf = (raw) => createPublicKey(privateKey(raw)).export({ format: "der", type: "spki" }).subarray(-32);

const zero = Buffer.alloc(12);
const passStanza = (pass, fileKey, salt, logN) => {
  const key = scryptSync(pass, Buffer.concat([Buffer.from("age-encryption.org/v1/scrypt"), salt]), 32, { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11) });
  return `-> scrypt ${b64(salt)} ${logN}\n${b64(seal(key, zero, fileKey))}\n`;
};
const keyStanza = (recipient, fileKey, ephemeral) => {
  const share = publicOf(ephemeral);
  const shared = diffieHellman({ privateKey: privateKey(ephemeral), publicKey: publicKey(recipient) });
  const key = hkdf(shared, Buffer.concat([share, recipient]), "age-encryption.org/v1/X25519");
  return `-> X25519 ${b64(share)}\n${b64(seal(key, zero, fileKey))}\n`;
};
const file = (stanza, fileKey, nonce, plain) => {
  const head = `age-encryption.org/v1\n${stanza}---`;
  const mac = createHmac("sha256", hkdf(fileKey, "", "header")).update(head).digest();
  const key = hkdf(fileKey, nonce, "payload");
  const out = [Buffer.from(`${head} ${b64(mac)}\n`), nonce];
  for (let i = 0, at = 0; i === 0 || at < plain.length; i++, at += 65536) {
    const n = Buffer.alloc(12);
    n.writeUInt32BE(i, 7);
    n[11] = at + 65536 >= plain.length ? 1 : 0;
    out.push(seal(key, n, plain.subarray(at, at + 65536)));
  }
  return Buffer.concat(out);
};

console.log("# age files, made by gen-age.mjs with Node's crypto. The plaintext is bytes (i * 7 + 3) & 255.");
console.log("# columns: log2(N) of a passphrase, 0 for a recipient (decimal), passphrase or recipient, file key, nonce, salt, ephemeral private key, plaintext length (decimal), SHA-256 of the file");
const row = (logN, who, len) => {
  const fileKey = draw(`file key ${who} ${len}`, 16), nonce = draw(`nonce ${who} ${len}`, 16);
  const salt = draw(`salt ${who} ${len}`, 16), ephemeral = draw(`ephemeral ${who} ${len}`, 32);
  const secret = logN ? Buffer.from(who) : publicOf(draw(who, 32));
  const stanza = logN ? passStanza(secret, fileKey, salt, logN) : keyStanza(secret, fileKey, ephemeral);
  const sum = createHash("sha256").update(file(stanza, fileKey, nonce, Buffer.from(Array.from({ length: len }, (_, i) => (i * 7 + 3) & 255)))).digest();
  console.log([logN, secret.toString("hex"), fileKey.toString("hex"), nonce.toString("hex"), salt.toString("hex"), ephemeral.toString("hex"), len, sum.toString("hex")].join(" "));
};
row(16, "correct horse battery staple", 1000);
row(16, "gr\u00fc\u00dfe", 0);
for (const len of [0, 1, 65535, 65536, 65537, 131072, 200000]) row(0, "a recipient", len);
