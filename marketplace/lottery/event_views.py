"""Public pages around a draw: the event, its minutes, a round that anybody brings, a receipt that anybody checks."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.errors import FalseBeacon
from marketplace.lottery.event_page import show_event as event_shown
from marketplace.lottery.freezing import manifest_of
from marketplace.lottery.minutes import minutes_of, minutes_pdf
from marketplace.lottery.pages import show_draw as draw_shown
from marketplace.lottery.queries import draw_by_slug
from marketplace.lottery.receipts import Inclusion

blueprint = Blueprint("draw_event", __name__, url_prefix="/draws/<slug>")
LONGEST_BEACON = 4_000
ANYBODY = Actor(None, "public", "public")


@blueprint.get("/show")
@public
def show_event(slug: str) -> str:
    """The countdown, then prize after prize; made for a wall."""
    return render_template("lottery/event.html", event=event_shown(slug, clock.now()), now=clock.now())


@blueprint.get("/minutes")
@public
def show_minutes(slug: str) -> str:
    """The minutes of the draw."""
    return render_template("lottery/minutes.html", minutes=minutes_of(draw_by_slug(slug), clock.now()))


@blueprint.get("/minutes.pdf")
@public
def show_minutes_pdf(slug: str) -> Response:
    """The minutes on paper."""
    base = current_app.config["SETTINGS"].base_url.rstrip("/")
    body = minutes_pdf(minutes_of(draw_by_slug(slug), clock.now()), f"{base}/draws/{slug}/verify")
    answer = Response(body, content_type="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"minutes-{slug}.pdf")
    return answer


@blueprint.get("/round")
@public
def new_beacon(slug: str) -> str:
    """Where anybody may bring the named round, should our network be cut off."""
    return _round_page(slug)


@blueprint.post("/round")
@public
def create_beacon(slug: str) -> BaseResponse | tuple[str, int]:
    """The round as drand publishes it; its signature is checked, whoever brings it."""
    try:
        document = orjson.loads(request.form.get("beacon", "")[:LONGEST_BEACON])
        if not isinstance(document, dict):
            raise FalseBeacon()
        waiting = next(s for s in draw_shown(slug, clock.now()).stages if s.state == "listed")
        with unit_of_work():
            bring_beacon(draw_by_slug(slug).id, waiting.number, document, ANYBODY, clock.now())
    except (ValueError, StopIteration, FalseBeacon):
        return _round_page(slug, t("error.false_beacon")), 422
    put_notice("beacon_kept")
    return redirect(url_for("lottery.show_draw", slug=slug), 303)


@blueprint.get("/check")
@public
def check_receipt(slug: str) -> str:
    """Whether a line stands in the published list, by its audit path alone."""
    draw = draw_by_slug(slug)
    entries = manifest_of(draw)["entries"]
    one = Inclusion.parse(request.args.get("e", ""))
    return render_template(
        "lottery/check.html",
        draw=draw_shown(slug, clock.now()),
        line=one.line,
        path=one.path,
        is_there=one.leads_to(entries["merkle_root"], entries["count"]),
    )


def _round_page(slug: str, error: str | None = None) -> str:
    draw = draw_shown(slug, clock.now())
    waiting = next((stage for stage in draw.stages if stage.state == "listed"), None)
    return render_template("lottery/round.html", draw=draw, stage=waiting, now=clock.now(), error=error)
