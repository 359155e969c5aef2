// Known answers for Cobblestone-256 (C2SP chunked-encryption), written from the specification with Node's crypto alone.
// Writes cobblestone.txt to standard output. usage: node tests/vectors/gen-cobblestone.mjs > tests/vectors/cobblestone.txt
import { createCipheriv, createHash, createHmac } from "node:crypto";

const CHUNK = 16 * 1024;

function expand(prk, info, length) {
  const blocks = [];
  let last = Buffer.alloc(0);
  for (let i = 1; blocks.length * 64 < length; i++) {
    last = createHmac("sha512", prk).update(last).update(info).update(Buffer.of(i)).digest();
    blocks.push(last);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function seal(key, context, salt, message) {
  const label = Buffer.from("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", "latin1");
  const okm = expand(key, Buffer.concat([label, salt, context]), 32 + 12 + 32);
  const [aeadKey, baseNonce, commitment] = [okm.subarray(0, 32), okm.subarray(32, 44), okm.subarray(44)];
  const out = [salt, commitment];
  const last = Math.floor(message.length / CHUNK);
  for (let i = 0; i <= last; i++) {
    let n = BigInt("0x" + baseNonce.toString("hex")) ^ BigInt(i);
    const nonce = Buffer.from(n.toString(16).padStart(24, "0"), "hex");
    const cipher = createCipheriv("aes-256-gcm", aeadKey, nonce);
    out.push(cipher.update(message.subarray(i * CHUNK, (i + 1) * CHUNK)), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(out);
}

const fixed = (name, len) => createHash("sha512").update(name).digest().subarray(0, len);
const pattern = (len) => Buffer.from(Uint8Array.from({ length: len }, (_, i) => (i * 7 + 3) & 255));
const hex = (b) => b.toString("hex") || "-";
const lengths = [0, 1, 15, 16, 17, 72, 512, 16383, 16384, 16385, 32767, 32768, 32769, 100000, 300000];

console.log("# Cobblestone-256, made by gen-cobblestone.mjs with Node's crypto. The plaintext is bytes (i * 7 + 3) & 255.");
console.log("# columns: key, context, salt, plaintext length (decimal), SHA-256 of the stream, the stream if short (hex; - is empty or left out)");
for (const contextLength of [0, 1, 64, 952])
  for (const len of lengths) {
    const id = `${contextLength} ${len}`;
    const [key, context, salt] = [fixed(`key ${id}`, 32), pattern(contextLength), fixed(`salt ${id}`, 24)];
    const stream = seal(key, context, salt, pattern(len));
    const sum = createHash("sha256").update(stream).digest();
    console.log([hex(key), hex(context), hex(salt), len, hex(sum), len <= 72 ? hex(stream) : "-"].join(" "));
  }
