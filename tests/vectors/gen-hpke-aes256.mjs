// Known answers for HPKE base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, from the package @hpke/core.
// Writes hpke-aes256gcm.txt to standard output. In a directory outside the repository: npm install @hpke/core, copy this
// file there, then: node gen-hpke-aes256.mjs > .../tests/vectors/hpke-aes256gcm.txt
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { createHash } from "node:crypto";

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const hex = (b) => Buffer.from(b).toString("hex") || "-";
const fixed = (name) => new Uint8Array(createHash("sha256").update(name).digest());
const pattern = (len) => Uint8Array.from({ length: len }, (_, i) => (i * 7 + 3) & 255);

// A private key as raw bytes, whichever way the package hands it over.
const raw = async (key) => Buffer.from(await suite.kem.serializePrivateKey(key));

const infos = [0, 1, 31, 64, 200, 1500].map((len) => pattern(len));
const lengths = [0, 1, 16, 32, 72, 255];

console.log("# HPKE base mode, X25519, HKDF-SHA256, AES-256-GCM, no associated data, made by gen-hpke-aes256.mjs with @hpke/core.");
console.log("# columns: info, ephemeral private key, recipient private key, recipient public key, plaintext, enc || ciphertext || tag (hex; - is empty)");
let n = 0;
for (const info of infos)
  for (const len of lengths) {
    n++;
    const recipient = await suite.kem.deriveKeyPair(fixed(`recipient ${n}`));
    const ephemeral = await suite.kem.deriveKeyPair(fixed(`ephemeral ${n}`));
    const plain = pattern(len);
    const sender = await suite.createSenderContext({ recipientPublicKey: recipient.publicKey, info, ekm: ephemeral });
    const ct = await sender.seal(plain);
    const opened = await suite.open({ recipientKey: recipient.privateKey, enc: sender.enc, info }, ct);
    if (hex(opened) !== hex(plain)) throw new Error("does not open its own");
    console.log([
      hex(info), hex(await raw(ephemeral.privateKey)), hex(await raw(recipient.privateKey)),
      hex(await suite.kem.serializePublicKey(recipient.publicKey)), hex(plain),
      hex(Buffer.concat([Buffer.from(sender.enc), Buffer.from(ct)])),
    ].join(" "));
  }
