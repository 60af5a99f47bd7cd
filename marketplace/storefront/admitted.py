"""The admitted stores of an edition as a page knows them: read once, and again whenever anything behind them changed.

What stands here is exact, not lagging: it is remembered with the stamps of all tables that admission reads and to the
next moment at which the clock alone changes it, both known before the page is begun.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Text, and_, bindparam, case, exists, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from marketplace.core.db import AnySelect, is_sqlite
from marketplace.core.ready import Ready
from marketplace.core.remembered import present, remembered
from marketplace.festival.admission import ADMITTED_STORES, AT, EDITION, FESTIVAL, SHELF_STATE
from marketplace.festival.guest_offers import GUEST, GUEST_COLUMNS, join_guest
from marketplace.festival.models import Festival, Offer
from marketplace.files.models import Picture as PictureRow
from marketplace.inspections.models import Finding, Severity
from marketplace.storefront.cards import OF_OFFER, OF_PICTURE, OF_STORE
from marketplace.stores.hosting_models import Hosting, HostingState
from marketplace.stores.models import Seal, Store

SLACK = 2
"""Rows read beyond those wanted, for some may be of guests that are hosted no longer."""
_ADMITTED = Ready(
    select(Store.id, *OF_STORE, Store.province_id)
    .join(Seal, Seal.store_id == Store.id)
    .where(
        Store.id.in_(ADMITTED_STORES),
        exists().where(Festival.id == FESTIVAL, Festival.live_from <= AT, Festival.live_until > AT),
    )
)
_STANDS = case(
    (
        GUEST.id.is_not(None),
        and_(
            Hosting.state == HostingState.active,
            GUEST.hidden_at.is_(None),
            ~exists()
            .where(
                Finding.store_id == GUEST.id,
                Finding.severity == Severity.critical,
                Finding.cleared_at.is_(None),
            )
            .correlate(GUEST),
        ),
    ),
    else_=True,
)
"""Sold by the store for itself, or for a guest that is hosted, shown, and without an open critical finding."""
WIDTH = len(OF_OFFER)
KEPT_PARTS = 64
_STARS = OF_STORE.index(Seal.stars)
_IN_JSON = "offers.store_id + 0 IN (SELECT value FROM json_each({}))"
_IN_ARRAY = "(offers.store_id + 0 IN (SELECT unnest(CAST({} AS integer[])))) IS TRUE"
"""The numbers are hashed once; those of an array that is a parameter PostgreSQL tries one after the other, each row."""


class Stores(dict[int, tuple[Any, ...]]):
    """Columns `OF_STORE` and the province of each admitted store by its id; nobody alters it. `listed` are its ids, as
    a statement takes them in one value, `ids` as a set."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        super().__init__((row[0], tuple(row[1:])) for row in rows)
        ids, self.ids = sorted(self), frozenset(self)
        self.listed = json.dumps(ids) if is_sqlite() else "{" + ",".join(map(str, ids)) + "}"
        self.part = lru_cache(KEPT_PARTS)(self._part)

    def _part(self, province: int | None, stars: int | None) -> Stores:
        """Those of a province, with so many stars or more; a statement then need not join stores or seals."""
        return Stores(
            (store, *columns)
            for store, columns in self.items()
            if (province is None or columns[-1] == province) and (stars is None or columns[_STARS] >= stars)
        )


class _OfListed(FunctionElement[bool]):
    """Whether an offer's store is among those of a list in one value. The store is a term here, so that the index of
    the order is walked: however many offers of others stand before, only numbers are passed over."""

    type = Boolean()
    inherit_cache = True


@compiles(_OfListed, "sqlite")
def _of_listed_in_json(element: Any, compiler: Any, **options: Any) -> str:
    return _IN_JSON.format(compiler.process(element.clauses, **options))


@compiles(_OfListed, "postgresql")
def _of_listed_in_array(element: Any, compiler: Any, **options: Any) -> str:
    return _IN_ARRAY.format(compiler.process(element.clauses, **options))


def admitted_stores(festival_id: int, at: datetime) -> Stores | None:
    """Columns `OF_STORE` of each admitted store by its id, none while the festival is not live.

    None where nothing is remembered: then the database is to be asked with every list.
    """
    if present() is None:
        return None
    return remembered(lambda: _read(festival_id, at), "admitted", festival_id)


def _read(festival_id: int, at: datetime) -> Stores:
    return Stores(_ADMITTED.all(festival=festival_id, at=at))


def shelf_select() -> AnySelect:
    """Offers on the shelf of an edition, of the stores listed; conditions and order are the caller's."""
    return join_guest(
        select(*OF_OFFER, *OF_PICTURE, *GUEST_COLUMNS, Offer.store_id, _STANDS.label("stands"))
        .select_from(Offer)
        .outerjoin(PictureRow, PictureRow.key == Offer.picture_key)
    ).where(EDITION == FESTIVAL, SHELF_STATE, _OfListed(bindparam("admitted", type_=Text())))


def rows_of_admitted(query: Ready, asked: dict[str, Any], most: int, stores: Stores) -> list[tuple[Any, ...]]:
    """The first `most` rows of a `shelf_select` that shoppers may see, as rows of `CARD_COLUMNS`."""
    wanted = most + SLACK
    while True:
        rows = query.all(**asked, most=wanted, admitted=stores.listed) if stores else []
        shown = [(*row[:WIDTH], *stores[row.store_id][:-1], *row[WIDTH:-2]) for row in rows if row.stands]
        if len(shown) >= most or len(rows) < wanted:
            return shown[:most]
        wanted *= 4
