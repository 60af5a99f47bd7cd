"""The files of a draw as the public gets them, made from plain values: entries.csv, manifest.json, result.json.

Their form is that of docs/reference/draw.md. Who an entry belongs to is hidden behind salts that only its owner learns.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.lottery.draw import RULES, Drawn, Entry, Pick, Unit

ENTRY_CHARACTERS = 32


def salt_of(secret: bytes, kind: str, key: str) -> bytes:
    """The salt of one thing of a draw, 32 bytes; each is given to its owner alone, the secret to nobody."""
    return hmac.new(secret, f"{kind}\0{key}".encode(), hashlib.sha256).digest()


def pseudonym_of(salt: bytes, draw_id: str, mobile: str) -> str:
    """What stands for a person: SHA-256 of the salt, the draw and the mobile number."""
    return _hidden(b"festival-person/v1\0", salt, draw_id, mobile).hex()


def entry_id_of(salt: bytes, draw_id: str, store_order: str) -> str:
    """What stands for an entry: the first sixteen bytes of SHA-256 of the salt, the draw and the store order."""
    return _hidden(b"festival-entry/v1\0", salt, draw_id, store_order).hex()[:ENTRY_CHARACTERS]


def _hidden(label: bytes, salt: bytes, *texts: str) -> bytes:
    parts = [text.encode() for text in texts]
    return hashlib.sha256(label + salt + b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()


def in_published_order(entries: Iterable[Entry]) -> list[Entry]:
    """Entries as they are published: by their opaque ids, which tell nothing of when or whose."""
    return sorted(entries, key=lambda entry: entry.entry_id)


def csv_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The lines of entries.csv without their ends: the header, then one line an entry; each of these is a leaf."""
    yield b"index,entry_id,pseudonym,weight"
    for index, entry in enumerate(entries):
        yield f"{index},{entry.entry_id},{entry.pseudonym},{entry.weight}".encode("ascii")


class MerkleTree:
    """The tree over the leaves (RFC 6962), all its levels kept as bytes: two hashes of 32 bytes for each leaf."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = bytearray()
        for leaf in leaves:
            level += hashlib.sha256(b"\x00" + leaf).digest()
        self.levels = [level]
        while len(level) > 32:
            above = bytearray()
            for start in range(0, len(level) - 32, 64):
                above += hashlib.sha256(b"\x01" + level[start : start + 64]).digest()
            if len(level) % 64:
                above += level[-32:]
            self.levels.append(above)
            level = above

    @property
    def count(self) -> int:
        return len(self.levels[0]) // 32

    @property
    def root(self) -> bytes:
        return bytes(self.levels[-1]) or hashlib.sha256(b"").digest()

    def path(self, index: int) -> list[bytes]:
        """The hashes beside the way from a leaf to the root. Raises IndexError for a leaf that is not there."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        found = []
        for level in self.levels[:-1]:
            beside = (index ^ 1) * 32
            if beside < len(level):
                found.append(bytes(level[beside : beside + 32]))
            index //= 2
        return found


@dataclass(frozen=True, slots=True)
class Summary:
    """What the manifest tells of the entries."""

    count: int
    weight: int
    persons: int
    sha256: str
    merkle_root: str


def summary_of(entries: Sequence[Entry]) -> Summary:
    """Sums, digest and root of entries in their published order."""
    digest = hashlib.sha256()

    def leaves() -> Iterator[bytes]:
        for number, line in enumerate(csv_lines(entries)):
            digest.update(line + b"\n")
            if number:
                yield line

    root = MerkleTree(leaves()).root.hex()
    persons = len({entry.pseudonym for entry in entries})
    return Summary(len(entries), sum(entry.weight for entry in entries), persons, digest.hexdigest(), root)


def canonical(value: Any) -> bytes:
    """The one way to write a value as JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def as_file(value: Any) -> bytes:
    """A JSON file as published: the canonical form and one line end."""
    return canonical(value) + b"\n"


def draw_document(
    draw_id: str,
    title: Mapping[str, str],
    entries: Summary,
    *,
    prizes: Sequence[Mapping[str, Any]],
    stages: Sequence[Mapping[str, Any]],
    signers: Mapping[str, bytes],
    frozen_at: str,
    permit: str,
) -> dict[str, Any]:
    """All that is fixed at the freeze. Prizes: rank, count, title; stages: at, sources; signers: role -> public key."""
    return {
        "format": "bazargah-draw/1",
        "rules": RULES,
        "id": draw_id,
        "title": dict(title),
        "permit": permit,
        "frozen_at": frozen_at,
        "entries": {
            "count": entries.count,
            "weight": entries.weight,
            "persons": entries.persons,
            "sha256": entries.sha256,
            "merkle_root": entries.merkle_root,
        },
        "prizes": [dict(prize) for prize in prizes],
        "stages": [dict(stage) for stage in stages],
        "signers": [{"role": role, "key": key.hex()} for role, key in sorted(signers.items())],
    }


def signed(name: str, value: Any, keys: Mapping[str, Ed25519PrivateKey]) -> dict[str, Any]:
    """A value under a name, with the signatures over its canonical form."""
    told = canonical(value)
    signatures = [{"role": role, "signature": key.sign(told).hex()} for role, key in sorted(keys.items())]
    return {name: value, "signatures": signatures}


def skip_document(draw_id: str, stage: int, skips: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """The skip list of a stage: (`entry` or `person`, opaque id, reason)."""
    rows = [{"kind": kind, "id": key, "reason": reason} for kind, key, reason in sorted(skips)]
    return {"draw": draw_id, "stage": stage, "list": rows}


def stage_document(
    stage: int,
    drawn: Drawn,
    units: Sequence[Unit],
    entries: Sequence[Entry],
    *,
    source_number: int,
    source: Mapping[str, Any],
    seed: bytes,
    skips: Mapping[str, Any],
) -> dict[str, Any]:
    """What a stage gave, with everything that it was computed from. `skips` is the signed skip list."""
    return {
        "stage": stage,
        "source_number": source_number,
        "source": dict(source),
        "seed": seed.hex(),
        "skips": dict(skips),
        "prizes": [_unit(unit) for unit in units],
        "picks": [_pick(pick, entries[pick.index]) for pick in drawn.picks],
        "undrawn": [_unit(unit) for unit in drawn.undrawn],
    }


def result_document(draw: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All stages so far, bound to their manifest."""
    return {
        "format": "bazargah-result/1",
        "draw": draw["id"],
        "manifest_sha256": hashlib.sha256(canonical(draw)).hexdigest(),
        "stages": [dict(stage) for stage in stages],
    }


def _unit(unit: Unit) -> list[int]:
    return [unit.rank, unit.number]


def _pick(pick: Pick, entry: Entry) -> dict[str, Any]:
    return {
        "prize": _unit(pick.unit),
        "ticket": pick.ticket,
        "of": pick.of,
        "index": pick.index,
        "entry_id": entry.entry_id,
        "pseudonym": entry.pseudonym,
        "skipped": pick.skipped,
    }
