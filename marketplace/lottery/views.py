"""The public pages of the lottery, its files, and what a winner does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson
from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.files import entries_csv, manifest_file, result_file
from marketplace.lottery.models import Draw
from marketplace.lottery.pages import show_draw as draw_shown
from marketplace.lottery.pages import show_lottery as lottery_shown
from marketplace.lottery.prizes import claim_prize, give_up_prize
from marketplace.lottery.proof.bundle import verify_program
from marketplace.lottery.queries import draw_by_slug
from marketplace.lottery.receipts import receipt_of

blueprint = Blueprint("lottery", __name__)


@blueprint.get("/lottery")
@public
def show_lottery() -> str:
    """The draw that comes, how chances are earned, earlier draws."""
    return render_template("lottery/lottery.html", page=lottery_shown(clock.now()))


@blueprint.get("/draws/<slug>")
@public
def show_draw(slug: str) -> str:
    """One draw: prizes, winners, and every step of its proof."""
    return render_template("lottery/draw.html", draw=draw_shown(slug, clock.now()))


@blueprint.get("/draws/<slug>/verify")
@public
def show_verifier(slug: str) -> str:
    """How to check a draw by oneself."""
    return render_template("lottery/verify.html", draw=draw_shown(slug, clock.now()))


@blueprint.get("/draws/<slug>/files/<name>")
@public
def show_file(slug: str, name: str) -> Response:
    """A published file, byte for byte. Raises NotFound, DrawNotOpen before the freeze."""
    draw = draw_by_slug(slug)
    made = FILES.get(name)
    if made is None:
        raise NotFound("unknown_file")
    body = made[0](draw)
    return Response(
        body if isinstance(body, bytes) else stream_with_context(iter(body)),
        mimetype=made[1],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"},
    )


@blueprint.get("/me/draws/<slug>/receipt.json")
@signed_in
def show_receipt(slug: str) -> Response:
    """Own entries with their salts and audit paths, for nobody else. Raises NotFound, DrawNotOpen."""
    receipt = receipt_of(draw_by_slug(slug), visitor().id)
    return Response(
        orjson.dumps(receipt, option=orjson.OPT_INDENT_2),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="receipt-{slug}.json"'},
    )


@blueprint.post("/me/prizes/<int:award_id>/claim")
@signed_in
def create_claim(award_id: int) -> AnyResponse:
    """The winner wants the prize, with or without being named."""
    with unit_of_work():
        claim_prize(award_id, visitor().id, is_named=request.form.get("is_named") == "1", at=clock.now())
    put_notice("prize_claimed")
    return redirect(url_for("storefront.list_entries"), 303)


@blueprint.post("/me/prizes/<int:award_id>/refusal")
@signed_in
def create_refusal(award_id: int) -> AnyResponse:
    """The winner does not want the prize."""
    with unit_of_work():
        give_up_prize(award_id, visitor().id, clock.now())
    put_notice("prize_given_up")
    return redirect(url_for("storefront.list_entries"), 303)


def _program(draw: Draw) -> bytes:
    return verify_program()


FILES: dict[str, tuple[Callable[[Draw], bytes | Iterable[bytes]], str]] = {
    "manifest.json": (manifest_file, "application/json"),
    "entries.csv": (entries_csv, "text/csv"),
    "result.json": (result_file, "application/json"),
    "verify.py": (_program, "text/x-python"),
}
