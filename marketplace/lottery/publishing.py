"""The files of a draw as the public gets them, made from plain values: entries.csv, manifest.json, result.json.

Their form is that of docs/reference/draw.md. Who an entry belongs to is hidden behind salts that only its owner learns.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.lottery.draw import RULES, Drawn, Entry, Pick, Unit
from marketplace.lottery.merkle import chunks_of, fold, leaf_row

ENTRY_CHARACTERS = 32
HEADER = b"index,entry_id,pseudonym,weight"
Told = tuple[str, str, int]
"""Entry id, pseudonym, weight: an `Entry`, or a row that reads like one."""


def salt_of(secret: bytes, kind: str, key: str) -> bytes:
    """The salt of one thing of a draw, 32 bytes; each is given to its owner alone, the secret to nobody."""
    return hmac.digest(secret, f"{kind}\0{key}".encode(), "sha256")


def pseudonym_of(salt: bytes, draw_id: str, mobile: str) -> str:
    """What stands for a person: SHA-256 of the salt, the draw and the mobile number."""
    return _hidden(b"festival-person/v1\0", salt, draw_id, mobile).hex()


def entry_id_of(salt: bytes, draw_id: str, store_order: str) -> str:
    """What stands for an entry: the first sixteen bytes of SHA-256 of the salt, the draw and the store order."""
    return _hidden(b"festival-entry/v1\0", salt, draw_id, store_order).hex()[:ENTRY_CHARACTERS]


def _hidden(label: bytes, salt: bytes, draw_id: str, told: str) -> bytes:
    draw, key = draw_id.encode(), told.encode()
    sizes = len(draw).to_bytes(4, "big"), len(key).to_bytes(4, "big")
    return hashlib.sha256(b"".join((label, salt, sizes[0], draw, sizes[1], key))).digest()


def in_published_order(entries: Iterable[Entry]) -> list[Entry]:
    """Entries as they are published: by their opaque ids, which tell nothing of when or whose."""
    return sorted(entries, key=lambda entry: entry.entry_id)


def csv_lines(entries: Iterable[Told], first: int = 0) -> Iterator[bytes]:
    """The lines of entries.csv without their ends: the header, then one line an entry; each of these is a leaf.

    `first` is the place of the first entry given.
    """
    yield HEADER
    for index, (entry_id, pseudonym, weight) in enumerate(entries, first):
        yield f"{index},{entry_id},{pseudonym},{weight}".encode("ascii")


@dataclass(frozen=True, slots=True)
class Summary:
    """What the manifest tells of the entries."""

    count: int
    weight: int
    persons: int
    sha256: str
    merkle_root: str


def summary_of(entries: Iterable[Told], *, persons: int | None = None) -> Summary:
    """Sums, digest and root of entries in their published order, taken as a stream.

    `persons` spares the counting of different pseudonyms where it is known.
    """
    digest = hashlib.sha256(HEADER + b"\n")
    seen: set[str] = set()
    roots = bytearray()
    count = weight = 0
    for chunk in chunks_of(entries):
        lines = list(islice(csv_lines(chunk, count), 1, None))
        digest.update(b"\n".join(lines))
        digest.update(b"\n")
        roots += fold(leaf_row(lines))
        count += len(chunk)
        weight += sum(entry[2] for entry in chunk)
        if persons is None:
            seen.update(entry[1] for entry in chunk)
    many = len(seen) if persons is None else persons
    return Summary(count, weight, many, digest.hexdigest(), fold(roots).hex())


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
