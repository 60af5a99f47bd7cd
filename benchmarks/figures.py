"""Whether the pages of figures and of the pledges slow down with orders: statements and processor time at two sizes,
side by side, and what the sweeps behind them take for all orders at once.

python -m benchmarks.figures [FEW] [MANY]        (1,000 and 1,000,000 orders unless told; SQLite, some minutes)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import String, Table, cast, insert, literal, select

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import read_settings
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.orders.after_models import KitReport
from marketplace.orders.models import HygieneKit, Order, OrderLine, StoreOrder
from marketplace.orders.rules import TRACKED, zone_between
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.pledge_page import show_monitor, show_store
from marketplace.oversight.shipping import check_shipping
from marketplace.policy.tariffs import rates_at
from marketplace.stats.page import show_stats
from marketplace.stats.rollups import refresh_figures
from tests.factories import a_store, world, writing

BATCH, DAYS, LOOKS, STORES, GRAMS = 20_000, 12, 20, 300, 400
AT = datetime(2026, 3, 25, 10, tzinfo=UTC)
PAGES: dict[str, Callable[[int], object]] = {
    "/stats": lambda store_id: show_stats(AT),
    "/office/pledges": lambda store_id: show_monitor("", AT),
    "/office/pledges/<store>": lambda store_id: show_store(store_id, AT),
}
SWEEPS: dict[str, Callable[[datetime], int]] = {
    "refresh_figures": refresh_figures,
    "check_shipping": check_shipping,
    "check_deadlines": check_deadlines,
    "watch_kits": watch_kits,
}


def main(few: int, many: int) -> None:
    """Prints a line for each page and size, and what the larger costs of the smaller."""
    sizes = (few, many)
    found = [_measure(count) for count in sizes]
    print(f"{'':24}" + "".join(f"{count:>24,} orders" for count in sizes) + f"{'ratio':>10}")
    for page in PAGES:
        told = "".join(f"{pages[page][0]:>14} statements {pages[page][1]:>5.1f} ms" for pages, _ in found)
        print(f"{page:24}{told}{found[1][0][page][1] / found[0][0][page][1]:>10.2f}")
    for sweep in SWEEPS:
        print(f"{sweep:24}" + "".join(f"{took[sweep]:>28.0f} ms" for _, took in found))


def _measure(count: int) -> tuple[dict[str, tuple[int, float]], dict[str, float]]:
    """Statements and milliseconds of processor by page; milliseconds of all runs of a sweep until nothing is left."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(
            read_settings({"BAZARGAH_MODE": "test", "INSTANCE_PATH": folder}),
            database_url=f"sqlite:///{Path(folder) / 'bench.db'}",
        )
        app = create_app(settings)
        with app.app_context():
            upgrade()
            small = world(AT)
            with writing():
                stores = [a_store(at=AT, province_id=small.provinces[0].id) for _ in range(STORES)]
            _fill(small, [store.id for store in stores], count)
            took = {name: _swept(sweep) for name, sweep in SWEEPS.items()}
            with app.test_request_context("/"):
                pages = {name: _looked(show, stores[0].id) for name, show in PAGES.items()}
            db.session.remove()
            db.engine.dispose()
    return pages, took


def _swept(sweep: Callable[[datetime], int]) -> float:
    begun = time.process_time()
    while sweep(AT):
        pass
    return (time.process_time() - begun) * 1000


def _looked(show: Callable[[int], object], store_id: int) -> tuple[int, float]:
    statements: list[str] = []
    show(store_id)
    stop = count_queries(statements)
    show(store_id)
    stop()
    begun = time.process_time()
    for _ in range(LOOKS):
        show(store_id)
    return len(statements), (time.process_time() - begun) * 1000 / LOOKS


def _fill(small, stores: list[int], count: int) -> None:  # type: ignore[no-untyped-def]
    """Orders of one store order with one line each, spread over twelve days: a batch of them, then copies of it.

    Their shipping is what it had to be, but for one in a thousand.
    """
    first = min(count, BATCH)
    home, rates = small.provinces[0], rates_at(AT)
    zone = zone_between(home.id, home.zone, home.id, home.zone)
    tariff, method = min((rates[method, zone].price(GRAMS), method.value) for method in TRACKED)
    rows: dict[type, list[dict[str, object]]] = {
        Order: [], StoreOrder: [], HygieneKit: [], OrderLine: [], KitReport: [],
    }  # fmt: skip
    for n in range(1, first + 1):
        moment = AT - timedelta(days=n % DAYS, seconds=n * 7919 % 86_400)
        _add(rows, small, stores[n % len(stores)], n, moment, tariff + (n % 1000 == 0), method)
    with unit_of_work():
        for model, values in rows.items():
            if values:
                db.session.execute(insert(model), values)
    for done in range(first, count, BATCH):
        with unit_of_work():
            for model in rows:
                _copy(model.__table__, done, min(BATCH, count - done))  # type: ignore[attr-defined]


def _copy(table: Table, done: int, count: int) -> None:
    """The first `count` rows again, behind those that are done, with ids and numbers of their own."""
    key = "store_order_id" if table.name == KitReport.__tablename__ else "id"
    columns = [column for column in table.columns if key == "id" or column.name != "id"]
    values = [
        column + done
        if column.name in ("id", "order_id", "store_order_id")
        else literal("b") + cast(table.c.id + done, String)
        if column.name in ("number", "submission_key")
        else column
        for column in columns
    ]
    query = select(*values).where(table.c[key] <= count)
    db.session.execute(insert(table).from_select([column.name for column in columns], query))


def _add(rows, small, store_id: int, n: int, moment: datetime, tariff: int, method: str) -> None:  # type: ignore[no-untyped-def]
    offer = small.offers[n % len(small.offers)]
    goods = offer.festival_toman
    free = goods > 100_000
    shared = {"goods_toman": goods, "shipping_toman": 0 if free else tariff}
    rows[Order].append(
        {
            "id": n,
            "number": f"b{n}",
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
            "total_toman": goods + (0 if free else tariff),
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
            "store_id": store_id,
            "state": "delivered",
            "ship_by_at": moment + timedelta(days=2),
            "shipped_at": moment + timedelta(days=3 if n % 97 == 0 else 1),
            "delivered_at": moment + timedelta(days=4),
            "stock": "sold",
            "reference_goods_toman": goods,
            "weight_grams": GRAMS,
            "shipping_method": method,
            "tariff_toman": tariff,
            "borne_toman": tariff if free else 0,
            "free_above_toman": 100_000,
            "entries": 1,
            "paid_at": moment,
            **shared,
        }
    )
    if n % 211 == 0:
        rows[KitReport].append(
            {"store_order_id": n, "store_id": store_id, "person_id": small.shopper.id, "at": moment}
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
