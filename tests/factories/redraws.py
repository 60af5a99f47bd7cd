"""A published draw whose first stage was drawn by a round and whose redraw by figures that two persons typed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from marketplace.lottery.draw import (
    NO_SKIPS,
    Drawn,
    Entry,
    Unit,
    draw_stage,
    figures_randomness,
    quicknet_randomness,
    seed_of,
)
from marketplace.lottery.proof.beacon import CHAIN_HASH, FIGURES, QUICKNET
from marketplace.lottery.publishing import (
    as_file,
    canonical,
    csv_lines,
    draw_document,
    result_document,
    signed,
    skip_document,
    stage_document,
    summary_of,
)
from tests.factories.draws import DRAW, PRIZES, ROUND, SIGNATURE, officers

NAMES = ("index", "rate")
TYPED = {"index": [2_118_473, 9], "rate": [58_120]}
STEP_ROUNDS = 12 * 86_400 // 3


def publish_redrawn(folder: Path, entries: list[Entry]) -> dict[str, Any]:
    """Writes the files of a draw and one redraw of its last two pieces; gives the result."""
    keys = officers()
    draw = draw_document(
        DRAW,
        {"fa": "قرعه‌کشی بهاره ۱۴۰۴", "en": "Spring draw 1404"},
        summary_of(entries),
        prizes=PRIZES,
        stages=[_stage("2023-08-23T15:59:24Z", 0), _stage("2023-09-04T15:59:24Z", 1)],
        signers={role: key.public_key().public_bytes_raw() for role, key in keys.items()},
        frozen_at="2023-08-21T15:59:24Z",
        permit="۱۴۰۴/۱۷",
    )
    units = [Unit(1, 1), Unit(2, 1), Unit(2, 2)]
    round_found = {
        "kind": QUICKNET,
        "round": ROUND,
        "signature": SIGNATURE.hex(),
        "randomness": hashlib.sha256(SIGNATURE).hexdigest(),
    }
    first = _drawn(
        draw,
        entries,
        0,
        units,
        quicknet_randomness(bytes.fromhex(CHAIN_HASH), ROUND, SIGNATURE),
        frozenset(),
    )
    won = frozenset(entries[index].pseudonym for index in first[1].winners.values())
    figures = figures_randomness([TYPED[name] for name in NAMES])
    again = _drawn(draw, entries, 1, units[1:], figures, won)
    typed = {"kind": FIGURES, "typed": [{"by": who, "figures": TYPED} for who in ("a", "b")]}
    stages = [
        _signed(entries, 0, units, *first, number=0, source=round_found),
        _signed(entries, 1, units[1:], *again, number=1, source=typed),
    ]
    result = result_document(draw, stages)
    (folder / "manifest.json").write_bytes(as_file(signed("draw", draw, keys)))
    (folder / "entries.csv").write_bytes(b"".join(line + b"\n" for line in csv_lines(entries)))
    (folder / "result.json").write_bytes(as_file(result))
    return result


def _stage(at: str, number: int) -> dict[str, Any]:
    quicknet = {"kind": QUICKNET, "chain_hash": CHAIN_HASH, "round": ROUND + number * STEP_ROUNDS}
    return {
        "at": at,
        "sources": [quicknet, {"kind": FIGURES, "figures": [{"name": name} for name in NAMES]}],
    }


def _drawn(
    draw: dict[str, Any],
    entries: list[Entry],
    stage: int,
    units: list[Unit],
    randomness: bytes,
    won: frozenset[str],
) -> tuple[bytes, Drawn]:
    seed = seed_of(
        DRAW,
        hashlib.sha256(canonical(draw)).digest(),
        bytes.fromhex(draw["entries"]["merkle_root"]),
        count=len(entries),
        weight=draw["entries"]["weight"],
        stage=stage,
        randomness=randomness,
    )
    return seed, draw_stage(entries, units, seed, skips=NO_SKIPS, earlier_winners=won)


def _signed(
    entries: list[Entry],
    stage: int,
    units: list[Unit],
    seed: bytes,
    drawn: Drawn,
    *,
    number: int,
    source: dict[str, Any],
) -> dict[str, Any]:
    document = stage_document(
        stage,
        drawn,
        units,
        entries,
        source_number=number,
        source=source,
        seed=seed,
        skips=signed("told", skip_document(DRAW, stage, []), officers()),
    )
    return signed("drawn", document, officers())
