"""Whether the pages of figures slow down with orders: statements and processor time at two sizes, side by side.

python -m benchmarks.figures [FEW] [MANY]        (1,000 and 1,000,000 orders unless told; SQLite, some minutes)
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import insert

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import read_settings
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.orders.models import HygieneKit, Order, OrderLine, StoreOrder
from marketplace.stats.page import show_stats
from marketplace.stats.rollups import refresh_figures
from tests.factories import world

BATCH, DAYS, LOOKS = 20_000, 12, 20
AT = datetime(2026, 3, 25, 10, tzinfo=UTC)


def main(few: int, many: int) -> None:
    """Prints a line for each size and what the larger costs of the smaller."""
    found = [_measure(count) for count in (few, many)]
    for count, (statements, page_ms, sweep_ms) in zip((few, many), found, strict=True):
        told = f"{statements} statements, {page_ms:.1f} ms of processor a page"
        print(f"{count:>9,} orders: {told}; {sweep_ms:.0f} ms to sum all days")
    print(f"ratio of a page's processor time: {found[1][1] / found[0][1]:.2f}")


def _measure(count: int) -> tuple[int, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(
            read_settings({"BAZARGAH_MODE": "test", "INSTANCE_PATH": folder}),
            database_url=f"sqlite:///{Path(folder) / 'bench.db'}",
        )
        app = create_app(settings)
        with app.app_context():
            upgrade()
            _fill(world(AT), count)
            begun = time.process_time()
            while refresh_figures(AT):
                pass
            swept = (time.process_time() - begun) * 1000
            statements: list[str] = []
            with app.test_request_context("/"):
                show_stats(AT)
                stop = count_queries(statements)
                show_stats(AT)
                stop()
                begun = time.process_time()
                for _ in range(LOOKS):
                    show_stats(AT)
                page = (time.process_time() - begun) * 1000 / LOOKS
            db.session.remove()
            db.engine.dispose()
    return len(statements), page, swept


def _fill(small, count: int) -> None:  # type: ignore[no-untyped-def]
    """Orders of one store order with one line each, spread over twelve days."""
    for first in range(1, count + 1, BATCH):
        ids = range(first, min(first + BATCH, count + 1))
        moments = {n: AT - timedelta(days=n % DAYS, seconds=n % 3600) for n in ids}
        rows: dict[type, list[dict[str, object]]] = {Order: [], StoreOrder: [], HygieneKit: [], OrderLine: []}
        for n in ids:
            _add(rows, small, n, moments[n])
        with unit_of_work():
            for model, values in rows.items():
                db.session.execute(insert(model), values)


def _add(rows, small, n: int, moment: datetime) -> None:  # type: ignore[no-untyped-def]
    offer = small.offers[n % len(small.offers)]
    goods = offer.festival_toman
    free = goods > 100_000
    shared = {"goods_toman": goods, "shipping_toman": 0 if free else 30_000}
    rows[Order].append(
        {
            "id": n,
            "number": f"B{n}",
            "person_id": small.shopper.id,
            "festival_id": small.festival.id,
            "submission_key": f"b{n}",
            "state": "paid",
            "receiver": "x",
            "receiver_mobile": "09120000000",
            "province_id": small.provinces[0].id,
            "city": "x",
            "address_line": "x",
            "postal_code": "1111111111",
            "total_toman": goods + (0 if free else 30_000),
            "placed_at": moment,
            "hold_until": moment,
            "paid_at": moment,
            **shared,
        }
    )
    rows[StoreOrder].append(
        {
            "id": n,
            "order_id": n,
            "store_id": offer.store_id,
            "state": "paid",
            "stock": "sold",
            "reference_goods_toman": goods,
            "weight_grams": 1,
            "shipping_method": "pishtaz",
            "tariff_toman": 30_000,
            "borne_toman": 30_000 if free else 0,
            "free_above_toman": 100_000,
            "entries": 1,
            "paid_at": moment,
            **shared,
        }
    )
    rows[HygieneKit].append({"id": n, "store_order_id": n})
    rows[OrderLine].append(
        {
            "id": n,
            "store_order_id": n,
            "offer_id": offer.id,
            "title_fa": "x",
            "title_en": "x",
            "quantity": 1,
            "unit_toman": goods,
            "reference_toman": goods,
        }
    )


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:3] or ("1000", "1000000"))))
