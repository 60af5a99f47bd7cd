/* Ed25519 signatures (RFC 8032) checked with BigInt. */
import { join, littleEndian } from "./bytes.js";
import { sha512 } from "./sha.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;
const power = (base, exponent) => {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
};
const D = mod(-121665n * power(121666n, P - 2n));
const SQRT_M1 = power(2n, (P - 1n) / 4n);

/* Extended coordinates [X, Y, Z, T]. */
const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
};
const times = (n, point) => {
  let result = [0n, 1n, 1n, 0n];
  for (let p = point, e = n; e > 0n; e >>= 1n, p = add(p, p)) if (e & 1n) result = add(result, p);
  return result;
};
const isEqual = (a, b) => mod(a[0] * b[2] - b[0] * a[2]) === 0n && mod(a[1] * b[2] - b[1] * a[2]) === 0n;

/* The point of 32 bytes, null when they stand for none. */
const decoded = (bytes) => {
  const whole = littleEndian(bytes);
  const sign = whole >> 255n;
  const y = whole & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * SQRT_M1);
  if (mod(v * x * x) !== u || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
};
const BASE = decoded(join(Uint8Array.of(0x58), new Uint8Array(31).fill(0x66)));

/** Whether 64 bytes are the signature of a message under a key of 32 bytes. */
export const isSigned = (key, message, signature) => {
  const a = decoded(key);
  const r = decoded(signature.slice(0, 32));
  const s = littleEndian(signature.slice(32));
  if (!a || !r || s >= L) return false;
  const h = littleEndian(sha512(join(signature.slice(0, 32), key, message))) % L;
  return isEqual(times(s, BASE), add(r, times(h, a)));
};
