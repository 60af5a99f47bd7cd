"""The payout desk: propose, sign twice, send, read the bank's answer."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor, record
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.payouts import show_batch, show_desk
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_answers import record_answers
from marketplace.payments.payout_files import (
    LARGEST_ANSWER_BYTES,
    batch_csv,
    batch_xml,
    read_answer_file,
)
from marketplace.payments.payout_models import BatchState, Payout, PayoutRail
from marketplace.payments.payout_queries import batch, payouts_of
from marketplace.payments.payouts import (
    ask_gateway_again,
    clear_payout,
    drop_batch,
    send_batch,
    sign_batch,
    unsign_batch,
)
from marketplace.payments.shopper_transfers import correct_transfer

blueprint = Blueprint("payouts", __name__, url_prefix="/office/payouts")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_batches() -> str:
    """Batches, and payouts that the bank refused."""
    return _desk()


@blueprint.post("")
@official(Role.office)
@freshly
def create_batch() -> BaseResponse:
    """Settles what is closed and proposes a batch for all stores that can be paid now."""
    at = clock.now()
    settle_closed_store_orders(at)
    put_notice("payouts_proposed" if propose_payouts(at) else "no_payouts")
    return redirect(url_for(".list_batches"), 303)


@blueprint.get("/<int:batch_id>")
@official(Role.office, Role.auditor)
def show_payouts(batch_id: int) -> str:
    """One batch with its rows."""
    return _page(batch_id)


@blueprint.post("/<int:batch_id>/signature")
@official(Role.office)
@freshly
def create_signature(batch_id: int) -> BaseResponse:
    """The visitor signs exactly what the page showed."""
    with unit_of_work():
        state = sign_batch(batch_id, request.form.get("digest", ""), _actor(), clock.now())
    return _done(batch_id, "payouts_signed" if state is BatchState.signed else "payouts_approved")


@blueprint.post("/<int:batch_id>/renewal")
@official(Role.office)
@freshly
def create_renewal(batch_id: int) -> BaseResponse:
    """A first signature that nobody joined in time is taken off."""
    if not show_batch(batch_id, visitor().id).batch.is_lapsed:
        raise NotFound()
    with unit_of_work():
        unsign_batch(batch_id, _actor(), clock.now())
    return _done(batch_id, "payouts_unsigned")


@blueprint.post("/<int:batch_id>/sending")
@official(Role.office)
@freshly
def create_sending(batch_id: int) -> BaseResponse:
    """The batch goes to the bank."""
    with unit_of_work():
        send_batch(batch_id, _actor(), clock.now())
    return _done(batch_id, "payouts_sent")


@blueprint.post("/<int:batch_id>/drop")
@official(Role.office)
@freshly
def create_drop(batch_id: int) -> BaseResponse:
    """The batch is given up before it was sent."""
    with unit_of_work():
        drop_batch(batch_id, request.form.get("reason", ""), _actor(), clock.now())
    return _done(batch_id, "payouts_dropped")


@blueprint.get("/<int:batch_id>/file.<any(csv, xml):kind>")
@official(Role.office)
def show_file(batch_id: int, kind: str) -> Response:
    """The file for the bank; there is none before the batch was sent."""
    found = batch(batch_id)
    if found.state not in (BatchState.sent, BatchState.done):
        raise NotFound()
    rows = [row for row in payouts_of(batch_id) if row.rail is not PayoutRail.gateway]
    if not rows:
        raise NotFound()
    body = batch_csv(found, rows) if kind == "csv" else batch_xml(found, rows, t("site.name", lang="fa"))
    answer = Response(
        body, content_type=f"{'text/csv' if kind == 'csv' else 'application/xml'}; charset=utf-8"
    )
    answer.headers.set("Content-Disposition", "attachment", filename=f"payouts-{found.number}.{kind}")
    return answer


@blueprint.post("/<int:batch_id>/answers")
@official(Role.office)
@freshly
def create_answers(batch_id: int) -> BaseResponse | tuple[str, int]:
    """Reads the bank's answer file."""
    upload = request.files.get("answers")
    try:
        if upload is None or not upload.filename:
            raise Invalid("bad_answer_file", fields={"answers": "required"})
        file = read_answer_file(upload.filename, upload.stream.read(LARGEST_ANSWER_BYTES + 1))
        with unit_of_work():
            record_answers(batch_id, file, _actor(), clock.now())
    except Invalid as error:
        words = t("field.required") if error.fields else t(f"error.{error.code}", **error.params)
        return _page(batch_id, words), error.status
    return _done(batch_id, "payout_answers_read")


@blueprint.post("/<int:batch_id>/<int:payout_id>/clearing")
@official(Role.office)
@freshly
def create_clearing(batch_id: int, payout_id: int) -> BaseResponse:
    """A refused payout may go with the next batch."""
    _ensure_in(batch_id, payout_id)
    with unit_of_work():
        clear_payout(payout_id, _actor(), clock.now())
    put_notice("payout_cleared")
    return redirect(url_for(".list_batches"), 303)


@blueprint.post("/<int:batch_id>/<int:payout_id>/question")
@official(Role.office)
def create_question(batch_id: int, payout_id: int) -> BaseResponse:
    """Has the gateway asked about a payout that goes through it."""
    _ensure_in(batch_id, payout_id)
    at = clock.now()
    with unit_of_work():
        ask_gateway_again(payout_id, at.isoformat(), at)
        record(_actor(), "ask_gateway_again", f"payout:{payout_id}", at)
    return _done(batch_id, "payout_asked_again")


@blueprint.post("/<int:batch_id>/<int:payout_id>/account")
@official(Role.office)
@freshly
def create_account(batch_id: int, payout_id: int) -> BaseResponse | tuple[str, int]:
    """Another account for a shopper's transfer that the bank refused."""
    of = _ensure_in(batch_id, payout_id).shopper_transfer_id
    if of is None:
        raise NotFound()
    try:
        wish = AccountWish.parse(request.form)
    except Invalid as error:
        return _desk(error, payout_id), error.status
    with unit_of_work():
        correct_transfer(of, wish, _actor(), clock.now())
    put_notice("payout_corrected")
    return redirect(url_for(".list_batches"), 303)


def _ensure_in(batch_id: int, payout_id: int) -> Payout:
    for payout in payouts_of(batch_id):
        if payout.id == payout_id:
            return payout
    raise NotFound()


def _desk(error: Invalid | None = None, wrong_id: int | None = None) -> str:
    words = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    return render_template(
        "office/payouts.html",
        page=show_desk(visitor().id),
        errors=words,
        wrong_id=wrong_id,
        values=request.form,
    )


def _page(batch_id: int, error: str | None = None) -> str:
    return render_template("office/payout_batch.html", page=show_batch(batch_id, visitor().id), error=error)


def _done(batch_id: int, notice: str) -> BaseResponse:
    put_notice(notice)
    return redirect(url_for(".show_payouts", batch_id=batch_id), 303)


def _actor() -> Actor:
    return visitor().actor("office")
