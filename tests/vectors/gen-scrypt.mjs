// Known answers for scrypt (RFC 7914) with r = 8, p = 1, from Node's crypto. Writes scrypt.txt to standard output.
// usage: node tests/vectors/gen-scrypt.mjs > tests/vectors/scrypt.txt
import { scryptSync } from "node:crypto";

const rows = [
  [16, "correct horse battery staple", Buffer.from("000102030405060708090a0b0c0d0e0f", "hex")],
  [16, "", Buffer.alloc(0)],
  [17, "gr\u00fc\u00dfe an alle", Buffer.alloc(32, 0xa5)],
  // The published example: the first half of its 64 bytes.
  [20, "pleaseletmein", Buffer.from("SodiumChloride")],
];

console.log("# scrypt, r = 8, p = 1, made by gen-scrypt.mjs. columns: log2(N) (decimal), passphrase, salt, key (hex; - is empty)");
for (const [log2n, pass, salt] of rows) {
  const N = 2 ** log2n;
  const key = scryptSync(pass, salt, 32, { N, r: 8, p: 1, maxmem: 129 * 8 * (N + 8) });
  const hex = (b) => Buffer.from(b).toString("hex") || "-";
  console.log([log2n, hex(pass), hex(salt), hex(key)].join(" "));
}
