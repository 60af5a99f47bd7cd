/* SHA-256 and SHA-512 (FIPS 180-4) by hand: crypto.subtle is missing where a page was saved and opened from a disk. */
const roots = (count, power, bits) => {
  const found = [];
  for (let n = 2n; found.length < count; n += 1n) {
    let isPrime = true;
    for (let d = 2n; d * d <= n; d += 1n) if (n % d === 0n) isPrime = false;
    if (isPrime) found.push(BigInt.asUintN(bits, root(n << BigInt(bits * power), power)));
  }
  return found;
};

/* The whole part of the square (2) or cube (3) root. */
const root = (value, power) => {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / power) + 1);
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(power) <= value) low = middle;
    else high = middle;
  }
  return low;
};

const K = Uint32Array.from(roots(64, 3, 32), Number);
const START = Uint32Array.from(roots(8, 2, 32), Number);
const words = new Uint32Array(64);

const padded = (bytes, block, lengthBytes) => {
  const size = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
  const out = new Uint8Array(size);
  out.set(bytes);
  out[bytes.length] = 0x80;
  new DataView(out.buffer).setBigUint64(size - 8, BigInt(bytes.length) * 8n);
  return out;
};

const step256 = (h, view, at) => {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, k] = h;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
};

/** 32 bytes. */
export const sha256 = (bytes) => {
  const all = padded(bytes, 64, 8);
  const view = new DataView(all.buffer);
  const h = START.slice();
  for (let at = 0; at < all.length; at += 64) step256(h, view, at);
  const out = new Uint8Array(32);
  const told = new DataView(out.buffer);
  h.forEach((word, i) => told.setUint32(4 * i, word));
  return out;
};

const M = (1n << 64n) - 1n;
const turn = (x, n) => ((x >> n) | (x << (64n - n))) & M;
let wide;

/** 64 bytes; only for signatures, so it may be slow. */
export const sha512 = (bytes) => {
  wide ??= { k: roots(80, 3, 64), start: roots(8, 2, 64) };
  const all = padded(bytes, 128, 16);
  const view = new DataView(all.buffer);
  let h = wide.start;
  for (let at = 0; at < all.length; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i));
    for (let i = 16; i < 80; i++) {
      const s0 = turn(w[i - 15], 1n) ^ turn(w[i - 15], 8n) ^ (w[i - 15] >> 7n);
      const s1 = turn(w[i - 2], 19n) ^ turn(w[i - 2], 61n) ^ (w[i - 2] >> 6n);
      w.push((w[i - 16] + s0 + w[i - 7] + s1) & M);
    }
    let [a, b, c, d, e, f, g, k] = h;
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const t1 = k + s1 + ((e & f) ^ (~e & M & g)) + wide.k[i] + w[i];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      k = g; g = f; f = e; e = (d + t1) & M; d = c; c = b; b = a; a = (t1 + t2) & M;
    }
    h = [a, b, c, d, e, f, g, k].map((x, i) => (x + h[i]) & M);
  }
  const out = new Uint8Array(64);
  const told = new DataView(out.buffer);
  h.forEach((word, i) => told.setBigUint64(8 * i, word));
  return out;
};
