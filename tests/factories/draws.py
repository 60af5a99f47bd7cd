"""Published draws of any size, drawn by a round of drand's quicknet that really was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.festival.models import Festival
from marketplace.lottery.draw import Entry, Skips, Unit, draw_stage, quicknet_randomness, seed_of
from marketplace.lottery.models import Draw, DrawState, Prize
from marketplace.lottery.proof.beacon import CHAIN_HASH, QUICKNET
from marketplace.lottery.publishing import (
    as_file,
    canonical,
    csv_lines,
    draw_document,
    entry_id_of,
    in_published_order,
    pseudonym_of,
    result_document,
    salt_of,
    signed,
    skip_document,
    stage_document,
    summary_of,
)
from tests.factories.rows import put

ROUND = 1000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
SECRET = bytes(range(32))
DRAW = "spring-1404"
PRIZES = (
    {"rank": 1, "count": 1, "title": {"fa": "سرویس طلا", "en": "A set of gold"}},
    {"rank": 2, "count": 2, "title": {"fa": "لپ‌تاپ", "en": "A laptop"}},
)


def officers() -> dict[str, Ed25519PrivateKey]:
    """The keys of the two who sign; always the same."""
    return {
        role: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(role.encode()).digest())
        for role in ("auditor", "seal_officer")
    }


def some_entries(persons: int, per_person: int = 2) -> list[Entry]:
    """Entries in their published order, of 1 to 7 chances."""
    found = []
    for person in range(persons):
        mobile = f"0912{person:07d}"
        pseudonym = pseudonym_of(salt_of(SECRET, "person", mobile), DRAW, mobile)
        for number in range(per_person):
            key = f"{person}-{number}"
            weight = (person + number) % 7 + 1
            found.append(Entry(entry_id_of(salt_of(SECRET, "entry", key), DRAW, key), pseudonym, weight))
    return in_published_order(found)


def publish(folder: Path, entries: list[Entry], *, skipped: int = 1) -> dict[str, Any]:
    """Writes manifest, entries and result of one stage; gives the result. `skipped`: persons on the skip list."""
    keys = officers()
    source = {"kind": QUICKNET, "chain_hash": CHAIN_HASH, "round": ROUND}
    draw = draw_document(
        DRAW,
        {"fa": "قرعه‌کشی بهاره ۱۴۰۴", "en": "Spring draw 1404"},
        summary_of(entries),
        prizes=PRIZES,
        stages=[{"at": "2023-08-23T15:59:24Z", "sources": [source]}],
        signers={role: key.public_key().public_bytes_raw() for role, key in keys.items()},
        frozen_at="2023-08-21T15:59:24Z",
        permit="۱۴۰۴/۱۷",
    )
    units = [Unit(int(str(p["rank"])), n + 1) for p in PRIZES for n in range(int(str(p["count"])))]
    persons = sorted({entry.pseudonym for entry in entries})
    barred = dict.fromkeys(persons[:skipped], "moved_to_the_office")
    struck = {entries[0].entry_id: "refunded"} if entries else {}
    listed = [("person", key, why) for key, why in barred.items()]
    listed += [("entry", key, why) for key, why in struck.items()]
    seed = seed_of(
        DRAW,
        hashlib.sha256(canonical(draw)).digest(),
        bytes.fromhex(draw["entries"]["merkle_root"]),
        count=len(entries),
        weight=draw["entries"]["weight"],
        stage=0,
        randomness=quicknet_randomness(bytes.fromhex(CHAIN_HASH), ROUND, SIGNATURE),
    )
    drawn = draw_stage(entries, units, seed, skips=Skips(struck, barred))
    stage = stage_document(
        0,
        drawn,
        units,
        entries,
        source_number=0,
        source={
            "kind": QUICKNET,
            "round": ROUND,
            "signature": SIGNATURE.hex(),
            "randomness": hashlib.sha256(SIGNATURE).hexdigest(),
        },
        seed=seed,
        skips=signed("told", skip_document(DRAW, 0, listed), keys),
    )
    result = result_document(draw, [signed("drawn", stage, keys)])
    (folder / "manifest.json").write_bytes(as_file(signed("draw", draw, keys)))
    (folder / "entries.csv").write_bytes(b"".join(line + b"\n" for line in csv_lines(entries)))
    (folder / "result.json").write_bytes(as_file(result))
    return result


# --- draws in the database -----------------------------------------------------------------------------------------

DRAWN_AT = datetime.fromtimestamp(1_692_803_367 + 3 * (ROUND - 1), UTC)
"""The moment of the round that these draws name."""
BEACON = {"round": ROUND, "signature": SIGNATURE.hex(), "randomness": hashlib.sha256(SIGNATURE).hexdigest()}


def a_draw(festival: Festival, *, at: datetime, prizes: int = 2, **values: Any) -> Draw:
    """A draw of an edition at the moment of the published round, with one prize of one piece and one of two."""
    draw = put(
        Draw,
        **{
            "festival_id": festival.id,
            "slug": festival.slug,
            "title_fa": "قرعه‌کشی بهاره",
            "title_en": "Spring draw",
            "permit": "۱۷/۱۴۰۲",
            "state": DrawState.open,
            "opens_at": at,
            "draw_at": DRAWN_AT,
            **values,
        },
    )
    for rank in range(1, prizes + 1):
        put(
            Prize,
            draw_id=draw.id,
            rank=rank,
            title_fa=f"جایزه {rank}",
            title_en=f"Prize {rank}",
            unit_count=rank,
            value_toman=1_000_000,
        )
    return draw
