"""How the store's pages of offers answer: a verb in its unit, then the page; a refusal shows how things stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import visitor
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, MarketplaceError
from marketplace.core.language import has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number, word_reasons
from marketplace.panel.offers_page import show_offer as offer_page

blueprint = Blueprint("panel_offers", __name__, url_prefix="/panel/offers")
Answer = Response | tuple[str, int]


def do(
    offer_id: int,
    verb: Callable[[datetime], object],
    notice: str,
    sent: dict[str, str] | None = None,
    part: str | None = None,
) -> Answer:
    """A verb in its unit; a refusal shows the page anew with what is wrong, as things stand now."""
    try:
        with unit_of_work():
            verb(clock.now())
    except (Invalid, Conflict) as error:
        return again(offer_id, error, sent)
    return done(offer_id, notice, part)


def again(offer_id: int, error: MarketplaceError, sent: dict[str, str] | None) -> tuple[str, int]:
    """The offer's page with the refusal on it; what was typed stays where fields are wrong."""
    db.session.rollback()
    refusal: dict[str, Any] = {
        "title": t(f"error.{error.code}", **_words(error)),
        "reasons": [reason["message"] for reason in word_reasons(error)],
        "now": t(f"advice.{error.code}") if has_text(f"advice.{error.code}", "fa") else None,
    }
    page = offer_page(
        offer_id, g.store_id, clock.now(), values=sent if error.fields else None,
        errors=sentences(error), refusal=refusal,
    )  # fmt: skip
    return render_template("panel/offer.html", page=page), error.status


def _words(error: MarketplaceError) -> dict[str, Any]:
    return {key: number(value) if isinstance(value, int) else value for key, value in error.params.items()}


def done(offer_id: int, notice: str, part: str | None = None) -> Response:
    """Back to the offer's page, with a word on what was done."""
    put_notice(notice)
    return redirect(url_for(".show_offer", offer_id=offer_id, _anchor=part), 303)


def sentences(error: MarketplaceError) -> dict[str, str]:
    """What is wrong with each field, in words."""
    return {name: t(f"field.{code}") for name, code in error.fields.items()}


def actor() -> Actor:
    """The member who acts for the store."""
    return visitor().actor("store")
