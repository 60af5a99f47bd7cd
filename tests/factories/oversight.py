"""Rows of oversight."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.after_models import KitReport
from marketplace.orders.models import StoreOrder
from marketplace.oversight.watch_models import MinistryLetter, ShippingWrong, SpotCheck, SpotCheckEntry
from tests.factories.rows import number, put, writing
from tests.factories.world import World


def oversight_rows(w: World, at: datetime) -> None:
    """A row in each table of this slice that is written once."""
    n = number()
    with writing():
        check = put(
            SpotCheck,
            slug=f"spot-check-{n}",
            state="frozen",
            picked_count=1,
            frozen_at=at,
            planned_at=at + timedelta(hours=1),
            manifest="{}",
            secret="00",
            skips="{}",
            typed=[],
        )
        put(
            SpotCheckEntry, spot_check_id=check.id, place=0, entry_id="a", pseudonym="b", weight=1,
            store_id=w.stores[0].id, parts={"base": 1},
        )  # fmt: skip
        put(
            MinistryLetter, year=1405, serial=n, addressee="وزارت", note="", rows=[], sha256="0", written_by="دفتر",
            written_at=at,
        )  # fmt: skip
        part = db.session.scalars(select(StoreOrder.id)).first()
        put(
            ShippingWrong,
            store_id=w.stores[0].id,
            store_order_id=part,
            charged_toman=1,
            due_toman=0,
            found_at=at,
        )
        put(KitReport, store_order_id=part, store_id=w.stores[0].id, person_id=w.shopper.id, at=at)
