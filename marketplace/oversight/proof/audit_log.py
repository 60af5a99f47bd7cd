"""Checking an exported piece of the audit log: the chain from its first entry to its last, and the signed digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from marketplace.lottery.proof.ed25519 import is_signed

AUDIT_FORMAT = "bazargah-audit/1"


def entry_hash(before: str, entry: dict[str, Any]) -> str:
    """SHA-256 over the hash before and the entry's facts in canonical JSON."""
    facts = [
        entry["at"],
        entry["actor_id"],
        entry["actor_role"],
        entry["actor_label"],
        entry["action"],
        entry["subject"],
        entry["details"],
    ]
    if entry["place"] is not None:
        facts += [entry["place"], entry["changes"]]
    body = json.dumps([before, *facts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def digest_hash(before: str, digest: dict[str, Any]) -> str:
    """SHA-256 over the digest before and this one's facts."""
    facts = f"{digest['day']}|{digest['last_entry']}|{digest['entry_count']}|{digest['head']}"
    return hashlib.sha256(f"{AUDIT_FORMAT}|{before}|{facts}".encode()).hexdigest()


def wrong_in_entries(before: str, entries: list[dict[str, Any]]) -> Iterator[str]:
    """Entries that do not fit the chain."""
    for entry in entries:
        if entry_hash(before, entry) != entry["hash"]:
            yield f"audit entry {entry['id']} is not what was sealed, or an entry before it is missing"
        before = entry["hash"]


def wrong_in_digests(digests: list[dict[str, Any]], key: str | None, before: str | None) -> Iterator[str]:
    """Digests that do not fit each other, or were signed by another key. `before`: the hash of the one before the
    first; None where it is not known."""
    for digest in digests:
        if before is not None and digest_hash(before, digest) != digest["hash"]:
            yield f"audit digest of {digest['day']} is not what was sealed"
        if key is not None and digest["key"] != key:
            yield f"audit digest of {digest['day']} was signed by another key"
        signature, public = bytes.fromhex(digest["signature"]), bytes.fromhex(digest["key"])
        if not is_signed(public, digest["hash"].encode(), signature):
            yield f"audit digest of {digest['day']} has a wrong signature"
        before = digest["hash"]


def wrong_in_export(document: dict[str, Any], key: str | None) -> Iterator[str]:
    """Everything that is wrong with an exported piece of the log; nothing where it is whole."""
    if document.get("format") != AUDIT_FORMAT:
        yield f"format is {document.get('format')!r}, not {AUDIT_FORMAT!r}"
        return
    entries, digests = document["entries"], document["digests"]
    yield from wrong_in_entries(document["before"], entries)
    yield from wrong_in_digests(digests, key, None)
    by_id = {entry["id"]: entry["hash"] for entry in entries}
    for digest in digests:
        there = by_id.get(digest["last_entry"])
        if there is not None and there != digest["head"]:
            yield f"audit entry {digest['last_entry']} is not the one that the digest of {digest['day']} published"
