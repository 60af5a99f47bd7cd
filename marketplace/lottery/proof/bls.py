"""BLS signatures over BLS12-381 with signatures in G1, as drand's quicknet makes them: checking, nothing else.

Plain whole numbers, about a second a signature. Fields: Fp is int; Fp2 = Fp[u]/(u^2+1) a pair; Fp12 =
Fp[w]/(w^12 - 2 w^6 + 2) twelve coefficients, in which u = w^6 - 1. Points are affine pairs, None the point at infinity.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from marketplace.lottery.proof.isogeny import (
    ISO_A,
    ISO_B,
    ISO_Z,
    X_DENOMINATOR,
    X_NUMERATOR,
    Y_DENOMINATOR,
    Y_NUMERATOR,
)

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
X = 0xD201000000010000
DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"

Fp2 = tuple[int, int]
Fp12 = list[int]
G1 = tuple[int, int] | None
G2 = tuple[Fp2, Fp2] | None

G2_GENERATOR: G2 = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)


@lru_cache(maxsize=16)
def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether e(signature, G2) = e(H(message), public key), both being points of their prime-order groups."""
    signed, key = decode_g1(signature), decode_g2(public_key)
    if signed is None or key is None:
        return False
    hashed = hash_to_g1(message)
    minus = (hashed[0], -hashed[1] % P)
    return _final(_times12(_miller(G2_GENERATOR, signed), _miller(key, minus))) == ONE


# --- points -----------------------------------------------------------------------------------------------------


def decode_g1(data: bytes) -> G1:
    """A point of G1 from its 48 compressed bytes; None for infinity and for anything that is no such point."""
    if len(data) != 48 or data[0] & 0xC0 != 0x80:
        return None
    x = int.from_bytes(bytes([data[0] & 0x1F]) + data[1:], "big")
    if x >= P:
        return None
    y = pow(x * x * x + 4, (P + 1) // 4, P)
    if (y * y - x * x * x - 4) % P:
        return None
    if (y > P - y) != bool(data[0] & 0x20):
        y = P - y
    return (x, y) if _multiply1((x, y), R) is None else None


def decode_g2(data: bytes) -> G2:
    """A point of G2 from its 96 compressed bytes; None as above."""
    if len(data) != 96 or data[0] & 0xC0 != 0x80:
        return None
    imaginary = int.from_bytes(bytes([data[0] & 0x1F]) + data[1:48], "big")
    x = (int.from_bytes(data[48:], "big"), imaginary)
    if max(x) >= P:
        return None
    cube = _times2(_times2(x, x), x)
    y = _root2(((cube[0] + 4) % P, (cube[1] + 4) % P))
    if y is None:
        return None
    is_larger = (y[1], y[0]) > ((P - y[1]) % P, (P - y[0]) % P)
    if is_larger != bool(data[0] & 0x20):
        y = (-y[0] % P, -y[1] % P)
    return (x, y) if _multiply2((x, y), R) is None else None


def _add1(a: G1, b: G1) -> G1:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _multiply1(point: G1, scalar: int) -> G1:
    result: G1 = None
    for bit in bin(scalar)[2:]:
        result = _add1(result, result)
        if bit == "1":
            result = _add1(result, point)
    return result


def _slope2(a: tuple[Fp2, Fp2], b: tuple[Fp2, Fp2]) -> Fp2 | None:
    """The slope of the line through two points, the tangent's where they are one; None for an upright line."""
    if a[0] == b[0]:
        if a[1] != b[1] or a[1] == (0, 0):
            return None
        square = _times2(a[0], a[0])
        return _times2((3 * square[0] % P, 3 * square[1] % P), _invert2((2 * a[1][0], 2 * a[1][1])))
    return _times2(_minus2(b[1], a[1]), _invert2(_minus2(b[0], a[0])))


def _add2(a: G2, b: G2) -> G2:
    if a is None or b is None:
        return b if a is None else a
    slope = _slope2(a, b)
    if slope is None:
        return None
    x = _minus2(_minus2(_times2(slope, slope), a[0]), b[0])
    return x, _minus2(_times2(slope, _minus2(a[0], x)), a[1])


def _multiply2(point: G2, scalar: int) -> G2:
    result: G2 = None
    for bit in bin(scalar)[2:]:
        result = _add2(result, result)
        if bit == "1":
            result = _add2(result, point)
    return result


# --- fields -----------------------------------------------------------------------------------------------------


def _minus2(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P


def _times2(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P


def _invert2(a: Fp2) -> Fp2:
    inverse = pow(a[0] * a[0] + a[1] * a[1], -1, P)
    return a[0] * inverse % P, -a[1] * inverse % P


def _root2(a: Fp2) -> Fp2 | None:
    """A square root in Fp2 by way of the norm; None where there is none."""
    norm = pow(a[0] * a[0] + a[1] * a[1], (P + 1) // 4, P)
    half = pow(2, -1, P)
    for sign in (norm, -norm):
        real = pow((a[0] + sign) * half % P, (P + 1) // 4, P)
        root = (real, a[1] * pow(2 * real, -1, P) % P) if real else (0, pow(-a[0] % P, (P + 1) // 4, P))
        if _times2(root, root) == (a[0] % P, a[1] % P):
            return root
    return None


ONE: Fp12 = [1] + [0] * 11


def _times12(a: Fp12, b: Fp12) -> Fp12:
    product = [0] * 23
    for i, left in enumerate(a):
        if left:
            for j, right in enumerate(b):
                product[i + j] += left * right
    for i in range(22, 11, -1):  # w^12 = 2 w^6 - 2
        product[i - 6] += 2 * product[i]
        product[i - 12] -= 2 * product[i]
    return [each % P for each in product[:12]]


# --- pairing ----------------------------------------------------------------------------------------------------


def _line(a: tuple[Fp2, Fp2], b: tuple[Fp2, Fp2], at: tuple[int, int]) -> Fp12:
    """The line through two points of the twist, at a point of G1; times w^3, which the last power takes away."""
    slope = _slope2(a, b)
    if slope is None:
        raise ArithmeticError("an upright line: the point is not of prime order")
    free = _minus2(_times2(slope, a[0]), a[1])
    lean = (-slope[0] * at[0] % P, -slope[1] * at[0] % P)
    value = [0] * 12
    value[0], value[6] = (free[0] - free[1]) % P, free[1]
    value[2], value[8] = (lean[0] - lean[1]) % P, lean[1]
    value[3] = at[1]
    return value


def _miller(q: G2, p: G1) -> Fp12:
    """Miller's loop of the ate pairing over |x|; the sign of x turns both sides of an equation alike."""
    if q is None or p is None:
        return ONE
    value, point = ONE, q
    for bit in bin(X)[3:]:
        value = _times12(_times12(value, value), _line(point, point, p))
        point = _add2(point, point) or q
        if bit == "1":
            value = _times12(value, _line(point, q, p))
            point = _add2(point, q) or q
    return value


def _final(value: Fp12) -> Fp12:
    result = ONE
    for bit in bin((P**12 - 1) // R)[2:]:
        result = _times12(result, result)
        if bit == "1":
            result = _times12(result, value)
    return result


# --- hashing to G1 (RFC 9380, BLS12381G1_XMD:SHA-256_SSWU_RO_) ------------------------------------------------------


def hash_to_g1(message: bytes) -> tuple[int, int]:
    stretched = _expand(message, 128)
    points = [_map(int.from_bytes(stretched[i : i + 64], "big") % P) for i in (0, 64)]
    point = _multiply1(_add1(points[0], points[1]), 1 + X)
    if point is None:
        raise ArithmeticError("a message that hashes to infinity")
    return point


def _expand(message: bytes, length: int) -> bytes:
    suffix = DST + bytes([len(DST)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\x00" + suffix).digest()
    blocks = [hashlib.sha256(first + b"\x01" + suffix).digest()]
    while 32 * len(blocks) < length:
        mixed = bytes(a ^ b for a, b in zip(first, blocks[-1], strict=True))
        blocks.append(hashlib.sha256(mixed + bytes([len(blocks) + 1]) + suffix).digest())
    return b"".join(blocks)[:length]


def _map(u: int) -> G1:
    """The simplified SWU map onto the isogenous curve, then the"""
    a, b, z = ISO_A, ISO_B, ISO_Z
    seen = (z * z * pow(u, 4, P) + z * u * u) % P
    x = -b * pow(a, -1, P) * (1 + pow(seen, -1, P)) % P if seen else b * pow(z * a, -1, P) % P
    square = (x * x * x + a * x + b) % P
    y = pow(square, (P + 1) // 4, P)
    if (y * y - square) % P:
        x = z * u * u * x % P
        y = pow((x * x * x + a * x + b) % P, (P + 1) // 4, P)
    if y & 1 != u & 1:
        y = P - y
    return (
        _at(X_NUMERATOR, x) * pow(_at(X_DENOMINATOR, x), -1, P) % P,
        y * _at(Y_NUMERATOR, x) * pow(_at(Y_DENOMINATOR, x), -1, P) % P,
    )


def _at(polynomial: tuple[int, ...], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * x + coefficient) % P
    return value
