"""The office's desks `/office/clawbacks` and `/office/insurer`, and the file of a case for an insurer.

The auditor reads them and changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid, MarketplaceError
from marketplace.core.language import current_language
from marketplace.core.notices import put_notice
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.case_file import case_file
from marketplace.guarantee.claim_inputs import toman_field
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_by_number
from marketplace.guarantee.clawbacks import GIVE_UP, book_return, propose_giving_up
from marketplace.guarantee.debts_page import show_clawbacks, show_insurer
from marketplace.guarantee.fund_desk_views import told
from marketplace.guarantee.insurer import ACTION, InsurerWish, propose_payment

blueprint = Blueprint("fund_debts", __name__, url_prefix="/office")


@blueprint.get("/clawbacks")
@official(Role.office, Role.auditor)
def list_clawbacks() -> str:
    """What shoppers and stores owe the fund besides recourse."""
    return _clawbacks()


@blueprint.post("/clawbacks/<int:clawback_id>/payments")
@official(Role.office)
@freshly
def create_return(clawback_id: int) -> AnyResponse | tuple[str, int]:
    """Some of it came into our bank account."""
    wrong: dict[str, str] = {}
    amount = toman_field(request.form, "amount_toman", wrong, least=1, required=True)
    reference = ascii_digits(" ".join(request.form.get("bank_reference", "").split()))[:80]
    try:
        if not reference:
            wrong["bank_reference"] = "required"
        if wrong:
            raise Invalid(fields=wrong)
        with unit_of_work():
            book_return(clawback_id, amount, reference, visitor().actor("office"), clock.now())
    except (Invalid, Conflict) as error:
        return _clawbacks(error, clawback_id, "payment"), error.status
    put_notice("recourse_booked")
    return redirect(url_for(".list_clawbacks"), 303)


@blueprint.post("/clawbacks/<int:clawback_id>/write-off")
@official(Role.office)
@freshly
def create_giving_up(clawback_id: int) -> AnyResponse | tuple[str, int]:
    """Giving a debt up is put before a second official."""
    wrong: dict[str, str] = {}
    amount = toman_field(request.form, "amount_toman", wrong, least=1, required=True)
    reason = request.form.get("reason", "")
    try:
        if wrong:
            raise Invalid(fields=wrong)
        with unit_of_work():
            propose_giving_up(clawback_id, amount, reason, visitor().actor("office"), clock.now())
    except (Invalid, Conflict) as error:
        return _clawbacks(error, clawback_id, "write_off"), error.status
    put_notice("write_off_proposed")
    return redirect(url_for(".list_clawbacks"), 303)


@blueprint.get("/insurer")
@official(Role.office, Role.auditor)
def show_insurer_desk() -> str:
    """The insurer's account, its claims, and what it paid in."""
    return _insurer()


@blueprint.post("/insurer/payments")
@official(Role.office)
@freshly
def create_insurer_payment() -> AnyResponse | tuple[str, int]:
    """A payment of the insurer that arrived is put before a second official."""
    try:
        wish = InsurerWish.parse(request.form)
        with unit_of_work():
            propose_payment(wish, visitor().actor("office"), clock.now())
    except (Invalid, Conflict) as error:
        return _insurer(error), error.status
    put_notice("insurer_proposed")
    return redirect(url_for(".show_insurer_desk"), 303)


@blueprint.get("/claims/<number>/file.zip")
@official(Role.office, Role.auditor, Role.adjudicator)
def download_case(number: str) -> Response:
    """The whole case for an insurer: facts, words, decisions, the letter, and the evidence."""
    claim = claim_by_number(number)
    language = "en" if current_language() == "en" else "fa"
    body = case_file(claim_shown(claim, clock.now(), reader=Party.office), language)
    headers = {"Content-Disposition": f'attachment; filename="{number}.zip"'}
    return Response(body, mimetype="application/zip", headers=headers)


def _clawbacks(error: MarketplaceError | None = None, wrong_id: int = 0, act: str = "") -> str:
    waiting = {approval.subject for approval in pending(GIVE_UP)}
    return render_template(
        "guarantee/clawbacks.html",
        page=show_clawbacks(),
        waiting=waiting,
        wrong_id=wrong_id,
        wrong_act=act,
        **told(error),
    )


def _insurer(error: MarketplaceError | None = None) -> str:
    return render_template(
        "guarantee/insurer.html",
        page=show_insurer(clock.now()),
        is_proposed=bool(pending(ACTION)),
        **told(error),
    )
