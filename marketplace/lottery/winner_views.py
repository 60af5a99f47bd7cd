"""A person's own pages of the lottery: receipt, certificate, and whether a winner is named."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import signed_in, visitor
from marketplace.core import clock
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.certificates import certificate_of, certificate_pdf
from marketplace.lottery.freezing import manifest_of
from marketplace.lottery.pages import show_draw
from marketplace.lottery.prizes import choose_publication
from marketplace.lottery.queries import draw_by_slug
from marketplace.lottery.receipts import inclusions_of

blueprint = Blueprint("winner", __name__, url_prefix="/me")


@blueprint.get("/draws/<slug>/receipt")
@signed_in
def show_receipt_page(slug: str) -> str:
    """Own lines of the closed list, each with its way to the root and a symbol to keep."""
    draw = draw_by_slug(slug)
    entries = manifest_of(draw)["entries"]
    own = []
    for one in inclusions_of(draw, visitor().id):
        place, entry_id, pseudonym, weight = one.line.split(",")
        url = f"{_base()}/draws/{slug}/check?e={one.code}"
        own.append(
            {
                "place": int(place),
                "entry_id": entry_id,
                "pseudonym": pseudonym,
                "weight": int(weight),
                "path": one.path,
                "url": f"/draws/{slug}/check?e={one.code}",
                "holds": one.leads_to(entries["merkle_root"], entries["count"]),
                "qr": segno.make(url, error="l", micro=False).svg_data_uri(scale=2, border=2, dark="#12343b"),
            }
        )
    return render_template("lottery/receipt.html", draw=show_draw(slug, clock.now()), entries=own)


@blueprint.get("/prizes/<int:award_id>/certificate")
@signed_in
def show_certificate(award_id: int) -> str:
    """The winner's certificate."""
    return render_template(
        "lottery/certificate.html", one=certificate_of(award_id, visitor().id, _base(), clock.now())
    )


@blueprint.get("/prizes/<int:award_id>/certificate.pdf")
@signed_in
def show_certificate_pdf(award_id: int) -> Response:
    """The certificate on paper."""
    body = certificate_pdf(certificate_of(award_id, visitor().id, _base(), clock.now()))
    answer = Response(body, content_type="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"certificate-{award_id}.pdf")
    return answer


@blueprint.post("/prizes/<int:award_id>/publication")
@signed_in
def create_publication(award_id: int) -> BaseResponse:
    """Named with initial, city and masked mobile, or not named."""
    with unit_of_work():
        choose_publication(award_id, visitor().id, is_named=request.form.get("is_named") == "1")
    put_notice("publication_chosen")
    return redirect(url_for("storefront.list_entries"), 303)


def _base() -> str:
    return str(current_app.config["SETTINGS"].base_url).rstrip("/")
