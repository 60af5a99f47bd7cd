"""The performance record, its open data, the badge, and how to recognise a seal."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import orjson
from flask import Response, current_app, render_template, request
from sqlalchemy import bindparam, func, select

from marketplace.accounts.access import public
from marketplace.complaints.open_data import HEAD, open_rows
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.core.tables import write_csv
from marketplace.policy.policy import policy_at
from marketplace.storefront.badge import Badge, badge_of, draw_badge, plain_host
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.offer_shown import TextsShown
from marketplace.storefront.pauses import list_pauses
from marketplace.storefront.record_page import show_record as record_shown
from marketplace.storefront.sellers import effective_seal_state, seal_of, seller_row
from marketplace.storefront.text_views import texts_of
from marketplace.stores.models import Seal, SealState
from marketplace.stores.record_crowds import crowds_by_month
from marketplace.stores.standing import CountRules

_BADGE = select(
    Seal.domain, Seal.stars, Seal.state.label("seal_state"), Seal.valid_from, Seal.valid_until
).where(Seal.code == bindparam("code"), Seal.state != SealState.applied)
_HOST = re.compile(r"^(?=.{3,253}$)[\w](?:[\w\-]{0,61}[\w])?(?:\.[\w](?:[\w\-]{0,61}[\w])?)+$")


@blueprint.get("/stores/<slug>/record")
@public
def show_record(slug: str) -> str:
    """What the public sees when it clicks a seal."""
    at = clock.now()
    return render_template("storefront/record.html", record=record_shown(seller_row(slug=slug), at))


@blueprint.get("/stores/<slug>/record.csv")
@public
def show_record_csv(slug: str) -> Response:
    """The record's complaints by month and kind, for spreadsheets."""
    rows = [[getattr(row, name) for name in HEAD] for row in _open_rows(slug)]
    response = Response(b"".join(write_csv([HEAD, *rows])), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-record.csv"'
    return response


@blueprint.get("/stores/<slug>/record.json")
@public
def show_record_json(slug: str) -> Response:
    """The same for programs."""
    rows = [{name: getattr(row, name) for name in HEAD} for row in _open_rows(slug)]
    return Response(orjson.dumps({"store": slug, "rows": rows}), mimetype="application/json")


def _open_rows(slug: str) -> list:  # type: ignore[type-arg]
    at = clock.now()
    row = seller_row(slug=slug)
    rules = CountRules.of(policy_at(at))
    return open_rows(crowds_by_month(row.id, rules, at), rules, at)


@blueprint.get("/seal/<code>/badge.svg")
@public
def show_badge(code: str) -> Response:
    """The badge for a store's own site; see `badge`. A code never issued: 404, and a badge that says so."""
    row = db.session.execute(_BADGE, {"code": code}).first()
    settings = current_app.config["SETTINGS"]
    own, kept = urlsplit(settings.base_url).hostname, settings.badge_seconds
    if row is None:
        badge, stars = Badge("unknown", "bad"), 0
    else:
        state = effective_seal_state(row, clock.now())
        badge, stars = badge_of(state, row.domain, request.referrer, own), row.stars
    drawn = draw_badge(
        badge, t("seal.name"), t(f"badge.{badge.word}"), stars, is_rtl=current_language() == "fa"
    )
    response = Response(drawn, status=200 if row is not None else 404, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={kept}, s-maxage={kept}"
    response.headers["Vary"] = "Referer"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/about-the-seal")
@public
def show_about_the_seal() -> str:
    """How to recognise a seal, how to check it, how to complain; and a search by domain."""
    at = clock.now()
    asked = request.args.get("domain", "")[:300].strip()
    host = asked_host(asked)
    code = None
    if host is not None:
        names = (host, f"www.{host}")
        code = db.session.scalar(
            select(Seal.code)
            .where(func.lower(Seal.domain).in_(names), Seal.state != SealState.applied)
            .order_by(Seal.id.desc())
            .limit(1)
        )
    found = seal_of(code, at) if code is not None else None
    return render_template(
        "storefront/about_the_seal.html",
        page=TextsShown(t("texts.seal"), texts_of(("help",))),
        asked=asked,
        host=host,
        found=found,
        pauses=list_pauses(at),
    )


def asked_host(asked: str) -> str | None:
    """The host that somebody typed or pasted, as a whole address or alone; None for what is no host."""
    if not asked:
        return None
    try:
        host = plain_host(urlsplit(asked if "//" in asked else f"//{asked}").hostname)
    except ValueError:
        return None
    return host if host and _HOST.match(host) else None
