// All encodings of the Ed25519 points of small order, canonical or not, worked out from the curve equation
// -x^2 + y^2 = 1 + d x^2 y^2 with big integers. Writes ed25519-small.txt to standard output.
// usage: node tests/vectors/gen-ed25519-small.mjs > tests/vectors/ed25519-small.txt
const p = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % p) + p) % p;
const pow = (b, e) => {
  let r = 1n;
  for (b = mod(b); e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) r = mod(r * b);
  return r;
};
const inv = (a) => pow(a, p - 2n);
const d = mod(-121665n * inv(121666n));
const root = (a) => {
  let x = pow(a, (p + 3n) / 8n);
  if (mod(x * x - a) !== 0n) x = mod(x * pow(2n, (p - 1n) / 4n));
  return mod(x * x - a) === 0n ? x : null;
};
const add = ([x1, y1], [x2, y2]) => {
  const t = mod(d * x1 * x2 * y1 * y2);
  return [mod((x1 * y2 + x2 * y1) * inv(1n + t)), mod((y1 * y2 + x1 * x2) * inv(1n - t))];
};
const mul = (n, q) => {
  let r = [0n, 1n];
  for (; n > 0n; n >>= 1n, q = add(q, q)) if (n & 1n) r = add(r, q);
  return r;
};
const order = (q) => {
  for (const n of [1n, 2n, 4n, 8n]) {
    const [x, y] = mul(n, q);
    if (x === 0n && y === 1n) return n;
  }
  return 0n;
};

// L times any point lies in the group of order 8; take points until one generates all of it.
let generator;
for (let y = 2n; generator === undefined; y++) {
  const x = root((y * y - 1n) * inv(d * y * y + 1n));
  if (x === null) continue;
  const q = mul(L, [x, y]);
  if (order(q) === 8n) generator = q;
}

const encode = (y, sign) => {
  let v = y | (sign << 255n);
  let out = "";
  for (let i = 0; i < 32; i++, v >>= 8n) out += (v & 255n).toString(16).padStart(2, "0");
  return out;
};

console.log("# Ed25519 points of small order, made by gen-ed25519-small.mjs. columns: order (decimal), canonical (1) or not (0), encoding (hex)");
const seen = new Set();
for (let k = 0n; k < 8n; k++) {
  const [x, y] = mul(k, generator);
  for (const yy of [y, y + p])
    for (const sign of [0n, 1n]) {
      if (yy >= 2n ** 255n || (x !== 0n && sign !== (x & 1n))) continue;
      const canonical = yy === y && sign === (x & 1n);
      const hex = encode(yy, sign);
      if (seen.has(hex)) throw new Error("twice: " + hex);
      seen.add(hex);
      console.log([order([x, y]), canonical ? 1 : 0, hex].join(" "));
    }
}
