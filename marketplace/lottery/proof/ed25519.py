"""Checking Ed25519 signatures (RFC 8032), slowly and with nothing but whole numbers."""

from __future__ import annotations

import hashlib

PRIME = 2**255 - 19
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)

EdPoint = tuple[int, int, int, int]


def _recover_x(y: int, sign: int) -> int | None:
    if y >= PRIME:
        return None
    squared = (y * y - 1) * pow(CURVE_D * y * y + 1, PRIME - 2, PRIME) % PRIME
    if squared == 0:
        return None if sign else 0
    x = pow(squared, (PRIME + 3) // 8, PRIME)
    if (x * x - squared) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - squared) % PRIME:
        return None
    return PRIME - x if x & 1 != sign else x


def _ed_point(data: bytes) -> EdPoint | None:
    number = int.from_bytes(data, "little")
    y = number & (2**255 - 1)
    x = _recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % PRIME)


def _ed_add(a: EdPoint, b: EdPoint) -> EdPoint:
    first = (a[1] - a[0]) * (b[1] - b[0]) % PRIME
    second = (a[1] + a[0]) * (b[1] + b[0]) % PRIME
    third = 2 * a[3] * b[3] * CURVE_D % PRIME
    fourth = 2 * a[2] * b[2] % PRIME
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _ed_times(scalar: int, point: EdPoint) -> EdPoint:
    result: EdPoint = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _ed_add(result, point)
        point = _ed_add(point, point)
        scalar >>= 1
    return result


def _are_equal(a: EdPoint, b: EdPoint) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % PRIME == 0 and (a[1] * b[2] - b[1] * a[2]) % PRIME == 0


_ED_BASE_Y = 4 * pow(5, PRIME - 2, PRIME) % PRIME
_ED_BASE_X = _recover_x(_ED_BASE_Y, 0) or 0
ED_BASE: EdPoint = (_ED_BASE_X, _ED_BASE_Y, 1, _ED_BASE_X * _ED_BASE_Y % PRIME)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of 64 bytes over the message was made with the private half of this key."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = _ed_point(public_key), _ed_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ED_ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little")
    return _are_equal(_ed_times(scalar, ED_BASE), _ed_add(commitment, _ed_times(challenge % ED_ORDER, key)))
