"""The public randomness that a manifest names: a round of drand's quicknet, or figures typed by two persons."""

from __future__ import annotations

import calendar
import hashlib
import re
import time
from typing import Any

from marketplace.lottery.proof.bls import is_signature
from marketplace.lottery.proof.published import alike, hex_bytes, lp, require, u64

QUICKNET = "drand-quicknet/v1"
FIGURES = "figures/v1"
PARTS = {QUICKNET: ["kind", "randomness", "round", "signature"], FIGURES: ["kind", "typed"]}
"""What the result tells of each kind of source, exactly."""
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e6"
    "3aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
CHAIN_HASH = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z", re.ASCII)
GENESIS, PERIOD = 1_692_803_367, 3


def round_at(moment: int) -> int:
    """The round of a moment in seconds since 1970. Raises ValueError before the chain began."""
    if moment < GENESIS:
        raise ValueError("before the first round")
    return (moment - GENESIS) // PERIOD + 1


def seconds_of(moment: Any) -> int:
    """Seconds since 1970 of a moment written as 2023-08-23T15:59:24Z. Raises Wrong for any other form."""
    is_moment = isinstance(moment, str) and MOMENT.match(moment) is not None
    require(is_moment, "manifest: a moment is not written as YYYY-MM-DDTHH:MM:SSZ")
    return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ"))


def quicknet_bytes(source: dict[str, Any], found: dict[str, Any]) -> bytes:
    """What a quicknet round adds to the seed. Raises Wrong unless it is the named round, truly signed."""
    require(source.get("chain_hash") == CHAIN_HASH, "manifest: another chain than drand quicknet")
    number = source["round"]
    require(type(number) is int and 0 < number < 2**63, "manifest: the round is not a number")
    require(alike(found.get("round"), number), f"result: round {found.get('round')} instead of {number}")
    signature = hex_bytes(found.get("signature"), 48, "result: the signature")
    randomness = hex_bytes(found.get("randomness"), 32, "result: the randomness")
    require(
        hashlib.sha256(signature).digest() == randomness,
        "result: the randomness is not the digest of the signature",
    )
    message = hashlib.sha256(u64(number)).digest()
    is_true = is_signature(bytes.fromhex(PUBLIC_KEY), message, signature)
    require(is_true, f"result: the signature of round {number} is false")
    return lp(bytes.fromhex(CHAIN_HASH) + u64(number)) + lp(signature)


def figures_bytes(source: dict[str, Any], found: dict[str, Any]) -> bytes:
    """What public figures add to the seed, in the manner of RFC 3797: the numbers of each source sorted, each
    followed by a full stop, each source by a slash. Raises Wrong unless two persons typed the same."""
    names = [each.get("name") for each in source.get("figures", [])]
    typed = found.get("typed", [])
    require(
        isinstance(typed, list)
        and len(typed) == 2
        and len({each["by"] for each in typed if isinstance(each, dict) and isinstance(each.get("by"), str)})
        == 2,
        "result: the figures were not typed by two persons",
    )
    exact = all(sorted(each) == ["by", "figures"] for each in typed)
    require(exact, "result: a typed figure with other parts")
    same = alike(typed[0]["figures"], typed[1]["figures"])
    require(same, "result: the two persons typed different figures")
    figures = typed[0]["figures"]
    require(
        isinstance(figures, dict) and bool(names) and sorted(figures) == sorted(names),
        "result: figures of other sources than the manifest names",
    )
    text = ""
    for name in names:
        numbers = figures[name]
        is_list = isinstance(numbers, list) and bool(numbers)
        require(
            is_list and all(type(each) is int and 0 <= each < 2**63 for each in numbers),
            f"result: the figures of {name} are not whole numbers",
        )
        text += "".join(f"{number}." for number in sorted(numbers)) + "/"
    return lp(FIGURES.encode()) + lp(text.encode("ascii"))
