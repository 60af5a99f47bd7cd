/* BLS signatures on BLS12-381 as drand's quicknet makes them: signature in G1, key in G2. Nothing here is secret. */
import { bigEndian, hex, join, text } from "./bytes.js";
import {
  conjugate12, fp, fp2, frobenius2, invert12, isOne12, mod, mul12, ONE12, P, power12, root, root2,
} from "./field.js";
import { A, B, X_DEN, X_NUM, Y_DEN, Y_NUM, Z } from "./isogeny.js";
import { sha256 } from "./sha.js";

const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const X = 0xd201000000010000n; // the curve's parameter is −X
const COFACTOR = X + 1n;
const TAG = text("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_");
const G2 = [
  [
    0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8n,
    0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7en,
  ],
  [
    0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801n,
    0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79ben,
  ],
];

/* Points are [x, y], null is infinity. */
const slope = (f, a, b) => {
  if (a !== b) return f.mul(f.sub(b[1], a[1]), f.invert(f.sub(b[0], a[0])));
  const square = f.mul(a[0], a[0]);
  return f.mul(f.add(square, f.add(square, square)), f.invert(f.add(a[1], a[1])));
};
const along = (f, m, a, b) => {
  const x = f.sub(f.mul(m, m), f.add(a[0], b[0]));
  return [x, f.sub(f.mul(m, f.sub(a[0], x)), a[1])];
};
const add = (f, a, b) => {
  if (!a || !b) return a ?? b;
  const isSame = f.isZero(f.sub(a[0], b[0]));
  if (isSame && f.isZero(f.add(a[1], b[1]))) return null;
  return along(f, slope(f, a, isSame ? a : b), a, b);
};
const times = (f, n, point) => {
  let result = null;
  for (let p = point, e = n; e > 0n; e >>= 1n, p = add(f, p, p)) if (e & 1n) result = add(f, result, p);
  return result;
};
const ensure = (holds, words) => {
  if (!holds) throw new RangeError(words);
};

/* Compressed points: the highest bits say compressed, infinity, and that y is the larger root. */
const flags = (bytes) => {
  ensure((bytes[0] & 0xc0) === 0x80, "not a compressed point, or infinity");
  return [Uint8Array.from(bytes, (byte, i) => (i ? byte : byte & 0x1f)), (bytes[0] & 0x20) !== 0];
};
const isLarge = (y) => y > (P - 1n) / 2n;

/** A point of G1 from 48 bytes. Throws RangeError. */
export const pointOfG1 = (bytes) => {
  const [plain, large] = flags(bytes);
  const x = bigEndian(plain);
  ensure(x < P, "a coordinate too large");
  const y = root(mod(x ** 3n + 4n));
  ensure(y !== null, "not on the curve");
  const point = [x, isLarge(y) === large ? y : P - y];
  ensure(times(fp, R, point) === null, "not in the group");
  return point;
};

/** A point of G2 from 96 bytes: x₁ (of u) first, then x₀. Throws RangeError. */
export const pointOfG2 = (bytes) => {
  const [plain, large] = flags(bytes);
  const x = [bigEndian(plain.slice(48)), bigEndian(plain.slice(0, 48))];
  ensure(x[0] < P && x[1] < P, "a coordinate too large");
  const y = root2(fp2.add(fp2.mul(x, fp2.mul(x, x)), [4n, 4n]));
  ensure(y !== null, "not on the curve");
  const point = [x, isLarge(y[1] === 0n ? y[0] : y[1]) === large ? y : fp2.neg(y)];
  ensure(times(fp2, R, point) === null, "not in the group");
  return point;
};

const expanded = (message, size) => {
  const tag = join(TAG, Uint8Array.of(TAG.length));
  const first = sha256(join(new Uint8Array(64), message, Uint8Array.of(size >> 8, size & 255, 0), tag));
  const blocks = [sha256(join(first, Uint8Array.of(1), tag))];
  while (blocks.length * 32 < size) {
    const mixed = first.map((byte, i) => byte ^ blocks.at(-1)[i]);
    blocks.push(sha256(join(mixed, Uint8Array.of(blocks.length + 1), tag)));
  }
  return join(...blocks);
};
const polynomial = (coefficients, x) => coefficients.reduceRight((sum, c) => mod(sum * x + c), 0n);

/* Simplified SWU onto the isogenous curve, then the isogeny (RFC 9380, 6.6.3). */
const mapped = (u) => {
  const zu = mod(Z * u * u);
  const under = mod(zu * zu + zu);
  let x = under === 0n ? mod(B * fp.invert(Z * A)) : mod(-B * fp.invert(A) * (1n + fp.invert(under)));
  let y = root(mod(x ** 3n + A * x + B));
  if (y === null) {
    x = mod(zu * x);
    y = root(mod(x ** 3n + A * x + B));
  }
  if ((y & 1n) !== (u & 1n)) y = mod(-y);
  const [dx, dy] = [polynomial(X_DEN, x), polynomial(Y_DEN, x)];
  if (dx === 0n || dy === 0n) return null;
  return [mod(polynomial(X_NUM, x) * fp.invert(dx)), mod(y * polynomial(Y_NUM, x) * fp.invert(dy))];
};

/** BLS12381G1_XMD:SHA-256_SSWU_RO_ of a message. */
export const hashedToG1 = (message) => {
  const bytes = expanded(message, 128);
  const [a, b] = [0, 64].map((at) => mapped(mod(bigEndian(bytes.slice(at, at + 64)))));
  return times(fp, COFACTOR, add(fp, a, b));
};

/* The line through points of the twist, at a point of G1, times w³ (which the last power removes). */
const line = (m, t, [x, y]) => [
  [fp2.sub(fp2.mul(m, t[0]), t[1]), fp2.mul(m, [mod(-x), 0n]), fp2.zero],
  [fp2.zero, [y, 0n], fp2.zero],
];

/** Whether e(p1, q1) · e(p2, q2) · … is one. Every point of its group, none infinity. */
export const isPairingOne = (pairs) => {
  let value = ONE12;
  const at = pairs.map(([, q]) => q);
  const move = (i, other) => {
    const m = slope(fp2, at[i], other);
    value = mul12(value, line(m, at[i], pairs[i][0]));
    at[i] = along(fp2, m, at[i], other);
  };
  for (const bit of X.toString(2).slice(1)) {
    value = mul12(value, value);
    pairs.forEach((_, i) => move(i, at[i]));
    if (bit === "1") pairs.forEach(([, q], i) => move(i, q));
  }
  const half = mul12(conjugate12(value), invert12(value));
  const easy = mul12(frobenius2(half), half);
  return isOne12(power12(easy, (P ** 4n - P ** 2n + 1n) / R));
};

const known = new Map();
/** Whether a signature of 48 bytes is true for a message under a key of 96 bytes; why not, else "". Each is computed once. */
export const blsProblem = (key, message, signature) => {
  const name = [key, message, signature].map(hex).join();
  if (!known.has(name)) known.set(name, problemOf(key, message, signature));
  return known.get(name);
};
const problemOf = (key, message, signature) => {
  try {
    const point = pointOfG1(signature);
    const negative = [G2[0], fp2.neg(G2[1])];
    const pairs = [[point, negative], [hashedToG1(message), pointOfG2(key)]];
    return isPairingOne(pairs) ? "" : "the pairings differ";
  } catch (problem) {
    if (problem instanceof RangeError) return problem.message;
    throw problem;
  }
};
