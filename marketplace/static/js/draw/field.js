/* The fields of BLS12-381: Fp, Fp2 = Fp[u]/(u²+1), Fp6 = Fp2[v]/(v³−1−u), Fp12 = Fp6[w]/(w²−v). */
export const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

export const mod = (a) => {
  const r = a % P;
  return r < 0n ? r + P : r;
};
export const power = (base, exponent) => {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
};
export const inverse = (value) => {
  let [a, b, x, y] = [mod(value), P, 1n, 0n];
  if (a === 0n) throw new RangeError("zero has no inverse");
  while (a !== 1n) {
    const q = b / a;
    [a, b, x, y] = [b - q * a, a, y - q * x, x];
  }
  return mod(x);
};
/** A square root in Fp, null where there is none. */
export const root = (value) => {
  const found = power(value, (P + 1n) / 4n);
  return mod(found * found - value) === 0n ? found : null;
};

/** Fp, with the operations that a curve asks for. */
export const fp = {
  add: (a, b) => mod(a + b),
  sub: (a, b) => mod(a - b),
  mul: (a, b) => mod(a * b),
  invert: inverse,
  isZero: (a) => a === 0n,
};

/** Fp2. */
export const fp2 = {
  zero: [0n, 0n],
  one: [1n, 0n],
  add: (a, b) => [mod(a[0] + b[0]), mod(a[1] + b[1])],
  sub: (a, b) => [mod(a[0] - b[0]), mod(a[1] - b[1])],
  neg: (a) => [mod(-a[0]), mod(-a[1])],
  mul: (a, b) => [mod(a[0] * b[0] - a[1] * b[1]), mod(a[0] * b[1] + a[1] * b[0])],
  invert: ([a, b]) => {
    const n = inverse(a * a + b * b);
    return [mod(a * n), mod(-b * n)];
  },
  isZero: (a) => a[0] === 0n && a[1] === 0n,
  /* times 1+u */
  up: ([a, b]) => [mod(a - b), mod(a + b)],
};
const { add, sub, mul, up } = fp2;
const power2 = (base, exponent) => {
  let result = fp2.one;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = mul(b, b)) if (e & 1n) result = mul(result, b);
  return result;
};
/** A square root in Fp2, null where there is none. */
export const root2 = (value) => {
  const first = power2(value, (P - 3n) / 4n);
  const start = mul(first, value);
  const alpha = mul(first, start);
  const isMinusOne = alpha[0] === P - 1n && alpha[1] === 0n;
  const found = isMinusOne ? [mod(-start[1]), start[0]] : mul(power2(add(fp2.one, alpha), (P - 1n) / 2n), start);
  return fp2.isZero(sub(mul(found, found), value)) ? found : null;
};

const zip = (f, a, b) => a.map((x, i) => f(x, b[i]));
const add6 = (a, b) => zip(add, a, b);
const sub6 = (a, b) => zip(sub, a, b);
const neg6 = (a) => a.map(fp2.neg);
const mul6 = (a, b) => {
  const [x, y, z] = zip(mul, a, b);
  const cross = (i, j, p, q) => sub(sub(mul(add(a[i], a[j]), add(b[i], b[j])), p), q);
  return [add(x, up(cross(1, 2, y, z))), add(cross(0, 1, x, y), up(z)), add(cross(0, 2, x, z), y)];
};
const up6 = ([a, b, c]) => [up(c), a, b];
const invert6 = ([a, b, c]) => {
  const x = sub(mul(a, a), up(mul(b, c)));
  const y = sub(up(mul(c, c)), mul(a, b));
  const z = sub(mul(b, b), mul(a, c));
  const n = fp2.invert(add(mul(a, x), up(add(mul(c, y), mul(b, z)))));
  return [mul(x, n), mul(y, n), mul(z, n)];
};

const ZERO6 = [fp2.zero, fp2.zero, fp2.zero];
export const ONE12 = [[fp2.one, fp2.zero, fp2.zero], ZERO6];
export const mul12 = ([a, b], [c, d]) => {
  const [x, y] = [mul6(a, c), mul6(b, d)];
  return [add6(x, up6(y)), sub6(sub6(mul6(add6(a, b), add6(c, d)), x), y)];
};
export const conjugate12 = ([a, b]) => [a, neg6(b)];
export const invert12 = ([a, b]) => {
  const n = invert6(sub6(mul6(a, a), up6(mul6(b, b))));
  return [mul6(a, n), neg6(mul6(b, n))];
};
/* x to the power of p²: the coefficient of wⁱ is multiplied by ξ^(i·(p²−1)/6), a number of Fp; v is w². */
const TURN = power2([1n, 1n], (P * P - 1n) / 6n);
export const frobenius2 = (value) =>
  value.map((half, odd) => half.map((x, i) => mul(x, power2(TURN, BigInt(2 * i + odd)))));
export const power12 = (base, exponent) => {
  let result = ONE12;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = mul12(b, b)) if (e & 1n) result = mul12(result, b);
  return result;
};
export const isOne12 = (value) => value.flat(2).every((x, i) => x === (i === 0 ? 1n : 0n));
