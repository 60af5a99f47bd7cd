"""Editions, pledges, applications."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.festival.models import (
    Application,
    ApplicationState,
    Festival,
    Pledge,
    PledgeAcceptance,
    PledgeText,
)
from marketplace.stores.models import Store
from tests.factories.places import BEGINNING
from tests.factories.rows import AT, number, put, writing

TITLES = {
    Pledge.free_shipping: ("ارسال رایگان", "Free shipping"),
    Pledge.hygiene_kit: ("بسته‌ی بهداشتی", "Hygiene kit"),
    Pledge.lottery_share: ("سهم قرعه‌کشی", "Share of the draw"),
}


def a_festival(*, at: datetime = AT, **columns: Any) -> Festival:
    """An edition in its fifth live day of fifteen; the draw is ten days after its end. Windows at Tehran's midnight."""
    day = tehran(at).replace(hour=0, minute=0, second=0, microsecond=0)
    n = number()
    return put(
        Festival,
        **{
            "slug": f"nowruz-{n}",
            "title_fa": "جشنواره‌ی نوروز",
            "title_en": "Nowruz festival",
            "applications_from": day - timedelta(days=70),
            "applications_until": day - timedelta(days=20),
            "live_from": day - timedelta(days=4),
            "live_until": day + timedelta(days=11),
            "draw_at": day + timedelta(days=21),
            **columns,
        },
    )


def a_pledge_text(pledge: Pledge | str, *, at: datetime = BEGINNING, **columns: Any) -> PledgeText:
    """A version of a pledge, in force from `at`."""
    pledge = Pledge(pledge)
    fa, en = TITLES[pledge]
    return put(
        PledgeText,
        **{
            "pledge": pledge,
            "version": 1,
            "title_fa": fa,
            "title_en": en,
            "body_fa": fa + ".",
            "body_en": en + ".",
            "effective_from": at,
            **columns,
        },
    )


def pledge_texts(*, at: datetime = BEGINNING) -> list[PledgeText]:
    """The three pledges in their first version. Once a database."""
    with writing():
        return [a_pledge_text(pledge, at=at) for pledge in Pledge]


def pledges_in_force(at: datetime) -> list[PledgeText]:
    """The newest version of each pledge at a moment."""
    rows = db.session.scalars(
        select(PledgeText).where(PledgeText.effective_from <= at).order_by(PledgeText.version)
    )
    newest = {text.pledge: text for text in rows}
    return list(newest.values())


def a_pledge_acceptance(
    store: Store, festival: Festival, text: PledgeText, *, at: datetime = AT, **columns: Any
) -> PledgeAcceptance:
    return put(
        PledgeAcceptance,
        **{
            "festival_id": festival.id,
            "store_id": store.id,
            "pledge": text.pledge,
            "version": text.version,
            "accepted_at": at - timedelta(days=30),
            **columns,
        },
    )


def an_application(store: Store, festival: Festival, *, at: datetime = AT, **columns: Any) -> Application:
    """A request to take part, approved unless told otherwise."""
    return put(
        Application,
        **{
            "festival_id": festival.id,
            "store_id": store.id,
            "state": ApplicationState.approved,
            "reasons": [],
            "submitted_at": at - timedelta(days=40),
            "decided_at": at - timedelta(days=25),
            **columns,
        },
    )
