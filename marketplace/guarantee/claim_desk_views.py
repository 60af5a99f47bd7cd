"""The adjudicators' desk: the queue by deadline, the case on one page, choosing; and transfers for two signatures."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Invalid, MarketplaceError
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.answering import ask_for_inspection, ask_for_more, report_inspection
from marketplace.guarantee.claim_desk_page import bench_of
from marketplace.guarantee.claim_facts import most_loss
from marketplace.guarantee.claim_inputs import GRANTING, Choice, Report, RequestWish
from marketplace.guarantee.claim_lists import list_queue
from marketplace.guarantee.claim_models import InspectionFinding, Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_by_number
from marketplace.guarantee.claim_views import again
from marketplace.guarantee.deciding import choose, hand_over, step_aside
from marketplace.guarantee.decision_models import Ground
from marketplace.guarantee.errors import BadClaim, StaleClaim
from marketplace.guarantee.library import similar_to
from marketplace.guarantee.paying import propose_transfer
from marketplace.guarantee.paying_by_file import send_by_file
from marketplace.guarantee.transfers_page import waiting_transfers

blueprint = Blueprint("claims_desk", __name__, url_prefix="/office")


@blueprint.get("/claims")
@official(Role.adjudicator, Role.office, Role.auditor)
def list_claims() -> str:
    """What waits for a decision, by deadline."""
    person = visitor()
    usual = "mine" if Role.adjudicator in person.roles else "open"
    tab = request.args.get("tab", usual)
    page = list_queue(person.id, tab, request.args.get("cursor"), clock.now())
    return render_template("guarantee/claims_desk.html", page=page)


@blueprint.get("/claims/<number>")
@official(Role.adjudicator, Role.office, Role.auditor)
def show_claim(number: str) -> str:
    """One case: both sides, what they sent, similar decisions, and the own seat."""
    return _case(number)


@blueprint.post("/claims/<number>/choice")
@official(Role.adjudicator)
@freshly
def create_choice(number: str) -> Response | tuple[str, int]:
    """An adjudicator chooses; the last choice makes the decision."""
    try:
        choice = Choice.parse(request.form, most_loss(claim_by_number(number)))
        with unit_of_work():
            choose(number, choice, visitor().actor("adjudicator"), clock.now())
    except (Invalid, StaleClaim) as error:
        return _case(number, error), error.status
    return _done(number, "claim_chosen")


@blueprint.post("/claims/<number>/request")
@official(Role.adjudicator)
def create_request(number: str) -> Response | tuple[str, int]:
    """More is asked of one side."""
    try:
        wish = RequestWish.parse(request.form)
        with unit_of_work():
            ask_for_more(number, wish, _version(), visitor().actor("adjudicator"), clock.now())
    except (Invalid, StaleClaim) as error:
        return _case(number, error), error.status
    return _done(number, "claim_asked")


@blueprint.post("/claims/<number>/inspection")
@official(Role.adjudicator)
def create_inspection(number: str) -> Response | tuple[str, int]:
    """Somebody independent shall look at the goods."""
    try:
        with unit_of_work():
            actor = visitor().actor("adjudicator")
            ask_for_inspection(number, Party.office, _version(), actor, clock.now())
    except (Invalid, StaleClaim) as error:
        return _case(number, error), error.status
    return _done(number, "claim_inspection")


@blueprint.post("/claims/<number>/report")
@official(Role.adjudicator, Role.office)
def create_report(number: str) -> Response | tuple[str, int]:
    """What the independent look found."""
    try:
        report = Report.parse(request.form)
        with unit_of_work():
            role = Role.office if Role.office in visitor().roles else Role.adjudicator
            report_inspection(number, report, _version(), visitor().actor(role), clock.now())
    except (Invalid, StaleClaim) as error:
        return _case(number, error), error.status
    return _done(number, "claim_inspection")


@blueprint.post("/claims/<number>/stepping-aside")
@official(Role.adjudicator)
def create_stepping_aside(number: str) -> Response:
    """An adjudicator has an interest that no rule finds."""
    with unit_of_work():
        step_aside(number, visitor().actor("adjudicator"), clock.now())
    put_notice("claim_aside")
    return redirect(url_for(".list_claims"), 303)


@blueprint.post("/claims/<number>/handing-over")
@official(Role.office)
def create_handing_over(number: str) -> Response:
    """The office empties the seat of one who is absent."""
    raw = request.form.get("adjudicator", "")
    if not raw.isdecimal() or len(raw) > 15:
        raise BadClaim(fields={"adjudicator": "required"})
    with unit_of_work():
        hand_over(number, int(raw), visitor().actor("office"), clock.now())
    return _done(number, "claim_aside")


@blueprint.get("/claim-payments")
@official(Role.office, Role.auditor)
def list_payments() -> str:
    """Claims that are paid by transfer, for two signatures."""
    return _payments()


@blueprint.post("/claim-payments/<int:payment_id>")
@official(Role.office)
@freshly
def create_transfer(payment_id: int) -> Response | tuple[str, int]:
    """Puts a transfer that was made before a second person."""
    try:
        with unit_of_work():
            reference = request.form.get("bank_reference", "")
            propose_transfer(payment_id, reference, visitor().actor("office"), clock.now())
    except Invalid as error:
        return _payments(error), error.status
    put_notice("claim_proposed")
    return redirect(url_for(".list_payments"), 303)


@blueprint.post("/claim-payments/<int:payment_id>/file")
@official(Role.office)
@freshly
def create_file_transfer(payment_id: int) -> Response:
    """Puts a claim's transfer into the bank's next file."""
    with unit_of_work():
        send_by_file(payment_id, visitor().actor("office"), clock.now())
    put_notice("claim_in_file")
    return redirect(url_for(".list_payments"), 303)


def _version() -> int:
    raw = request.form.get("version", "")
    if not raw.isdecimal() or len(raw) > 9:
        raise BadClaim(fields={"version": "required"})
    return int(raw)


def _done(number: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_claim", number=number), 303)


def _payments(error: MarketplaceError | None = None) -> str:
    is_reader_only = Role.office not in visitor().roles
    return render_template(
        "guarantee/claim_payments.html",
        payments=waiting_transfers(),
        is_reader_only=is_reader_only,
        **again(error),
    )


def _case(number: str, error: MarketplaceError | None = None) -> str:
    claim = claim_by_number(number)
    return render_template(
        "guarantee/desk_claim.html",
        case=claim_shown(claim, clock.now(), reader=Party.office),
        bench=bench_of(claim, visitor()),
        similar=similar_to(claim),
        grounds=[(g.value, t(f"ground.{g.value}"), g in GRANTING) for g in Ground],
        findings=[(f.value, t(f"claim_finding.{f.value}")) for f in InspectionFinding],
        full_share=100,
        is_stale=isinstance(error, StaleClaim),
        **again(error),
    )
