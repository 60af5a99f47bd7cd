"""The named randomness of a moment: drand's quicknet first, public figures for a network that is cut off."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from py_arkworks_bls12381 import GT, G1Point, G2Point

from marketplace.lottery.draw import figures_randomness, quicknet_randomness
from marketplace.lottery.errors import FalseBeacon

QUICKNET = "drand-quicknet/v1"
FIGURES = "figures/v1"
CHAIN_HASH = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e6"
    "3aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
GENESIS, PERIOD = 1_692_803_367, 3
DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
WAIT_HOURS = 72
"""So long the named round is waited for; then the next source of the one order."""
FIGURE_NAMES = ("tehran-exchange-overall-index", "central-bank-euro-rate", "mercantile-exchange-gold-coin")
"""Figures of the first trading day that begins after `after`, from three publishers that do not know each other."""


def round_at(moment: datetime) -> int:
    """The round of quicknet at a moment. Raises ValueError before the chain began."""
    seconds = int(moment.timestamp())
    if seconds < GENESIS:
        raise ValueError("before the first round")
    return (seconds - GENESIS) // PERIOD + 1


def sources_at(moment: datetime) -> list[dict[str, Any]]:
    """The sources of a stage at this moment, in their one order."""
    return [
        {"kind": QUICKNET, "chain_hash": CHAIN_HASH, "round": round_at(moment), "wait_hours": WAIT_HOURS},
        {
            "kind": FIGURES,
            "after": (moment + timedelta(hours=WAIT_HOURS)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "figures": [{"name": name} for name in FIGURE_NAMES],
        },
    ]


def checked_beacon(document: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A round's beacon as it is kept and published. Raises FalseBeacon unless it is this round, truly signed."""
    try:
        signature = bytes.fromhex(str(document["signature"]))
        is_true = document["round"] == number and _is_signature(number, signature)
    except (KeyError, TypeError, ValueError) as error:
        raise FalseBeacon() from error
    if not is_true:
        raise FalseBeacon()
    return {
        "kind": QUICKNET,
        "round": number,
        "signature": signature.hex(),
        "randomness": hashlib.sha256(signature).hexdigest(),
    }


def randomness_of(source: Mapping[str, Any], found: Mapping[str, Any]) -> bytes:
    """What the kept answer of a source adds to the seed."""
    if source["kind"] == QUICKNET:
        return quicknet_randomness(
            bytes.fromhex(CHAIN_HASH), source["round"], bytes.fromhex(found["signature"])
        )
    figures = found["typed"][0]["figures"]
    return figures_randomness([figures[each["name"]] for each in source["figures"]])


def _is_signature(number: int, signature: bytes) -> bool:
    """e(signature, G2) = e(H(round), key); the library checks curve and subgroup when it decodes."""
    if len(signature) != 48:
        return False
    message = hashlib.sha256(number.to_bytes(8, "big")).digest()
    hashed = G1Point.hash_to_curve(message, DOMAIN)
    key = G2Point.from_compressed_bytes(bytes.fromhex(PUBLIC_KEY))
    signed = G1Point.from_compressed_bytes(signature)
    if signed == G1Point.identity():
        return False
    return bool(GT.pairing(signed, G2Point()) == GT.pairing(hashed, key))
