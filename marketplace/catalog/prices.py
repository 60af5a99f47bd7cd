"""The price history: appended, never rewritten; each change of a variant seals the one before by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from marketplace.catalog.models import PriceChange
from marketplace.core.db import db

FIRST = "0" * 64


def seal_price(
    before: str, variant_id: int, price_toman: int, since_at: datetime, *, is_told: bool = False
) -> str:
    """SHA-256 over the hash before, the variant, the price, the moment in UTC, and whether it was only told."""
    moment = since_at.astimezone(UTC).isoformat(timespec="microseconds")
    words = f"{before}|{variant_id}|{price_toman}|{moment}" + ("|told" if is_told else "")
    return hashlib.sha256(words.encode()).hexdigest()


def record_price(variant_id: int, price_toman: int, since_at: datetime, *, is_told: bool = False) -> None:
    """Appends a price of a variant: in force from then on, or only told in a draft. Inside a unit of work."""
    before = db.session.scalar(
        select(PriceChange.hash)
        .where(PriceChange.variant_id == variant_id)
        .order_by(PriceChange.id.desc())
        .limit(1)
    )
    db.session.add(
        PriceChange(
            variant_id=variant_id,
            price_toman=price_toman,
            since_at=since_at,
            hash=seal_price(before or FIRST, variant_id, price_toman, since_at, is_told=is_told),
            is_told=is_told,
        )
    )
    db.session.flush()


def tell_price(variant_id: int, price_toman: int, at: datetime) -> None:
    """Keeps a price that a store writes into a draft, unless it wrote the same last."""
    if _last(variant_id, True) != price_toman:
        record_price(variant_id, price_toman, at, is_told=True)


def last_price(variant_id: int) -> int | None:
    """The price that came into force last; None for goods that were never on sale here."""
    return _last(variant_id, False)


def _last(variant_id: int, is_told: bool) -> int | None:
    return db.session.scalar(
        select(PriceChange.price_toman)
        .where(PriceChange.variant_id == variant_id, PriceChange.is_told == is_told)
        .order_by(PriceChange.id.desc())
        .limit(1)
    )


def broken_prices() -> Iterator[int]:
    """Ids of price changes that do not fit their variant's chain."""
    before: dict[int, str] = {}
    query = select(
        PriceChange.id,
        PriceChange.variant_id,
        PriceChange.price_toman,
        PriceChange.since_at,
        PriceChange.hash,
        PriceChange.is_told,
    ).order_by(PriceChange.variant_id, PriceChange.id)
    for row in db.session.execute(query.execution_options(yield_per=2000)):
        known = before.get(row.variant_id, FIRST)
        sealed = seal_price(known, row.variant_id, row.price_toman, row.since_at, is_told=row.is_told)
        if sealed != row.hash:
            yield row.id
        before = {row.variant_id: row.hash}
