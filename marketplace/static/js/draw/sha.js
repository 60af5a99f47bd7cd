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

const K = Int32Array.from(roots(64, 3, 32), Number);
const START = Int32Array.from(roots(8, 2, 32), Number);
const words = new Int32Array(64);

const step256 = (h, bytes, at) => {
  for (let i = 0, n = at; i < 16; i++, n += 4) {
    words[i] = (bytes[n] << 24) | (bytes[n + 1] << 16) | (bytes[n + 2] << 8) | bytes[n + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
};

const last = new Uint8Array(128);
/* The end of a message: `fill` bytes stand in `last` already, then those from `from` on; `size` is that of the whole. */
const ended = (h, fill, bytes, from, to, size) => {
  let at = from;
  let n = fill;
  if (n === 0) for (; to - at >= 64; at += 64) step256(h, bytes, at);
  while (at < to) last[n++] = bytes[at++];
  last[n++] = 0x80;
  const end = n > 56 ? 128 : 64;
  last.fill(0, n, end - 8);
  for (let i = 0, bits = size * 8; i < 8; i++, bits = Math.floor(bits / 256)) last[end - 1 - i] = bits % 256;
  step256(h, last, 0);
  if (end === 128) step256(h, last, 64);
};
const written = (h, out, at) => {
  for (let i = 0; i < 8; i++) {
    out[at + 4 * i] = h[i] >>> 24;
    out[at + 4 * i + 1] = h[i] >>> 16;
    out[at + 4 * i + 2] = h[i] >>> 8;
    out[at + 4 * i + 3] = h[i];
  }
};

/** 32 bytes. */
export const sha256 = (bytes) => {
  const h = START.slice();
  const out = new Uint8Array(32);
  ended(h, 0, bytes, 0, bytes.length, bytes.length);
  written(h, out, 0);
  return out;
};

/** The hash of a long message that is given block by block: `add` whole blocks of 64, `end` with what is left. */
export const growing256 = () => {
  const h = START.slice();
  return {
    add: (bytes, from, to) => {
      for (let at = from; at < to; at += 64) step256(h, bytes, at);
    },
    end: (bytes, from) => {
      const out = new Uint8Array(32);
      ended(h, 0, bytes, from, bytes.length, bytes.length);
      written(h, out, 0);
      return out;
    },
  };
};

const state = new Int32Array(8);
/**
 * The hash of one byte and of what stands after it, out of and into large arrays: nothing is made for it. It is written
 * when all was read, so that it may stand in the place of what was hashed.
 */
export const sha256Into = (out, at, head, bytes, from, to) => {
  state.set(START);
  const size = to - from + 1;
  last[0] = head;
  if (size < 64) ended(state, 1, bytes, from, to, size);
  else {
    for (let i = 1; i < 64; i++) last[i] = bytes[from + i - 1];
    step256(state, last, 0);
    ended(state, 0, bytes, from + 63, to, size);
  }
  written(state, out, at);
};

const M = (1n << 64n) - 1n;
const turn = (x, n) => ((x >> n) | (x << (64n - n))) & M;
let wide;

/** 64 bytes; only for signatures, so it may be slow. */
export const sha512 = (bytes) => {
  wide ??= { k: roots(80, 3, 64), start: roots(8, 2, 64) };
  const size = Math.ceil((bytes.length + 17) / 128) * 128;
  const all = new Uint8Array(size);
  all.set(bytes);
  all[bytes.length] = 0x80;
  new DataView(all.buffer).setBigUint64(size - 8, BigInt(bytes.length) * 8n);
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
