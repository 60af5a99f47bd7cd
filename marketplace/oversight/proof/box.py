"""Checking a black box: a plain tar whose manifest names each part and is signed. Says which part was altered."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from marketplace.lottery.proof.ed25519 import is_signed
from marketplace.oversight.proof.audit_log import wrong_in_digests

BOX_FORMAT = "bazargah-blackbox/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
BLOCK = 512
FIRST_HASH = "0" * 64


def frame(name: str, size: int) -> bytes:
    """The header of a part: nothing in it depends on who makes it, or when."""
    told = tarfile.TarInfo(name)
    told.size = size
    return told.tobuf(tarfile.USTAR_FORMAT)


def packed(parts: dict[str, bytes]) -> Iterator[bytes]:
    """The archive of these parts, byte by byte the same each time."""
    for name, body in parts.items():
        yield frame(name, len(body))
        yield body
        yield bytes(-len(body) % BLOCK)
    yield bytes(2 * BLOCK)


def unpacked(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """(parts by name, what is wrong with the frame around them)."""
    parts: dict[str, bytes] = {}
    wrong: list[str] = []
    place, last = 0, "the beginning"
    while place + BLOCK <= len(data) and any(data[place : place + BLOCK]):
        head = data[place : place + BLOCK]
        name = head[:100].rstrip(b"\0").decode("utf-8", "replace")
        size = head[124:136].strip(b"\0 ")
        if not size.isdigit() or set(size) - set(b"01234567"):
            return parts, [*wrong, f"the frame after {last} (byte {place}) cannot be read"]
        length = int(size, 8)
        body = data[place + BLOCK : place + BLOCK + length]
        if len(body) < length or head != frame(name, length):
            wrong.append(f"the frame of {name or 'a part'} after {last} (byte {place}) was altered")
        end = place + BLOCK + length + -length % BLOCK
        if any(data[place + BLOCK + length : end]):
            wrong.append(f"the padding after {name} was altered")
        parts[name], place, last = body, end, name
    if data[place:] != bytes(2 * BLOCK):
        wrong.append(f"the end of the archive (after {last}) was altered")
    return parts, wrong


def wrong_in_box(data: bytes, key: str | None) -> Iterator[str]:
    """Everything that is wrong with a black box; nothing where it is as it was signed.

    `key`: the public key in hex as it is published elsewhere; without one the box's own is believed.
    """
    parts, wrong = unpacked(data)
    yield from wrong
    if MANIFEST not in parts or SIGNATURE not in parts:
        yield "manifest.json or manifest.sig is missing"
        return
    signature = parts[SIGNATURE].decode("ascii", "replace").split()
    try:
        manifest: dict[str, Any] = json.loads(parts[MANIFEST])
        public, signed = bytes.fromhex(signature[0]), bytes.fromhex(signature[1])
        told = {part["name"]: part["sha256"] for part in manifest["parts"]}
    except (ValueError, KeyError, TypeError, IndexError):
        yield "manifest.json or manifest.sig was altered: it cannot be read"
        return
    if key is not None and public.hex() != key.lower():
        yield "manifest.sig: signed by another key"
    if manifest.get("format") != BOX_FORMAT or not is_signed(public, parts[MANIFEST], signed):
        yield "manifest.json or manifest.sig was altered: the signature does not fit"
    for name, digest in told.items():
        if name not in parts:
            yield f"{name} is missing"
        elif hashlib.sha256(parts[name]).hexdigest() != digest:
            yield f"{name} was altered"
    for name in parts.keys() - told.keys() - {MANIFEST, SIGNATURE}:
        yield f"{name} is not in the manifest"
    yield from wrong_inside(parts, public.hex())


def wrong_inside(parts: dict[str, bytes], key: str) -> Iterator[str]:
    """What the parts themselves give away: chains of prices and of digests, the fund's arithmetic."""
    try:
        if "prices.jsonl" in parts:
            yield from wrong_in_prices(lines(parts["prices.jsonl"]))
        if "audit_digests.jsonl" in parts:
            yield from wrong_in_digests(lines(parts["audit_digests.jsonl"]), key, FIRST_HASH)
        if "fund.jsonl" in parts:
            yield from wrong_in_fund(lines(parts["fund.jsonl"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"a part cannot be read: {error!r}"


def lines(body: bytes) -> list[dict[str, Any]]:
    """The rows of a part."""
    return [json.loads(line) for line in body.decode("utf-8").splitlines()]


def wrong_in_prices(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Prices that do not fit the chain of their variant."""
    before: dict[int, str] = {}
    for row in rows:
        moment = datetime.fromisoformat(row["since_at"]).astimezone(UTC).isoformat(timespec="microseconds")
        words = f"{before.get(row['variant'], FIRST_HASH)}|{row['variant']}|{row['price_toman']}|{moment}"
        words += "|told" if row["is_told"] else ""
        if hashlib.sha256(words.encode()).hexdigest() != row["hash"]:
            yield f"price change {row['id']} is not what was sealed, or one before it is missing"
        before[row["variant"]] = row["hash"]


def wrong_in_fund(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A fund that ever paid what it did not have."""
    balance = 0
    for row in rows:
        if row["step"] in ("single", "post"):
            is_in = row["credit"] == "guarantee_fund"
            balance += row["amount_toman"] if is_in else -row["amount_toman"]
        if balance < 0:
            yield f"the fund is below zero after transfer {row['id']}"
            return
