"""The price history: appended, never rewritten; each change of a variant seals the one before by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from marketplace.catalog.models import PriceChange
from marketplace.core.db import db

FIRST = "0" * 64


def seal_price(before: str, variant_id: int, price_toman: int, since_at: datetime) -> str:
    """SHA-256 over the hash before, the variant, the price and the moment in UTC."""
    moment = since_at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(f"{before}|{variant_id}|{price_toman}|{moment}".encode()).hexdigest()


def record_price(variant_id: int, price_toman: int, since_at: datetime) -> None:
    """Appends a price of a variant. Inside a unit of work."""
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
            hash=seal_price(before or FIRST, variant_id, price_toman, since_at),
        )
    )
    db.session.flush()


def last_price(variant_id: int) -> int | None:
    """The price that was recorded last; None for goods without a history."""
    return db.session.scalar(
        select(PriceChange.price_toman)
        .where(PriceChange.variant_id == variant_id)
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
    ).order_by(PriceChange.variant_id, PriceChange.id)
    for row in db.session.execute(query.execution_options(yield_per=2000)):
        sealed = seal_price(before.get(row.variant_id, FIRST), row.variant_id, row.price_toman, row.since_at)
        if sealed != row.hash:
            yield row.id
        before = {row.variant_id: row.hash}
