"""The desk of suspicions: what signals found, whom to ask, what was answered, and the verdict."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import policy_at
from marketplace.suspicions.case_page import show_suspicion
from marketplace.suspicions.deciding import decide_suspicion
from marketplace.suspicions.hearing import ask_subject, free_payouts, hold_payouts
from marketplace.suspicions.inputs import Decision, Seen, Words
from marketplace.suspicions.lists import list_desk
from marketplace.suspicions.queries import suspicion_by_number
from marketplace.suspicions.refusals import again

blueprint = Blueprint("suspicions_desk", __name__, url_prefix="/office/suspicions")
READERS = (Role.office, Role.auditor)


@blueprint.get("")
@official(*READERS)
def list_suspicions() -> str:
    """Cases by state and signal."""
    page = list_desk(
        request.args.get("state", ""), request.args.get("signal", ""), request.args.get("cursor")
    )
    return render_template("suspicions/desk.html", page=page)


@blueprint.get("/<number>")
@official(*READERS)
def show_case(number: str) -> str:
    """One case: what was measured, the evidence, what was said, what may be done now."""
    return _case(number)


@blueprint.post("/<number>/question")
@official(Role.office)
def create_question(number: str) -> Response | tuple[str, int]:
    """Asks the subject: from now on it reads the case and may answer."""
    try:
        words = Words.parse(request.form, "question")
        with unit_of_work():
            ask_subject(number, words, visitor().actor(Role.office.value), clock.now())
    except (Conflict, Invalid) as error:
        return _case(number, error), error.status
    return _done(number, "suspicion_asked")


@blueprint.post("/<number>/hold")
@official(Role.office)
@freshly
def create_hold(number: str) -> Response | tuple[str, int]:
    """Keeps a store's payouts back for a while; it is told at once."""
    try:
        words = Words.parse(request.form, "hold_reason")
        with unit_of_work():
            hold_payouts(number, words, visitor().actor(Role.office.value), clock.now())
    except (Conflict, Invalid) as error:
        return _case(number, error), error.status
    return _done(number, "suspicion_held")


@blueprint.post("/<number>/release")
@official(Role.office)
@freshly
def create_release(number: str) -> Response | tuple[str, int]:
    """Lets payouts go on."""
    try:
        seen = Seen.parse(request.form).seen
        with unit_of_work():
            free_payouts(number, seen, visitor().actor(Role.office.value), clock.now())
    except (Conflict, Invalid) as error:
        return _case(number, error), error.status
    return _done(number, "suspicion_freed")


@blueprint.post("/<number>/verdict")
@official(Role.office)
@freshly
def create_verdict(number: str) -> Response | tuple[str, int]:
    """The verdict with its reason; one that takes much is proposed to a second person."""
    try:
        wish = Decision.parse(request.form)
        with unit_of_work():
            proposal = decide_suspicion(number, wish, visitor().actor(Role.office.value), clock.now())
    except (Conflict, Invalid) as error:
        return _case(number, error), error.status
    return _done(number, "suspicion_proposed" if proposal else "suspicion_decided")


def _done(number: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_case", number=number), 303)


def _case(number: str, error: Conflict | Invalid | None = None) -> str:
    typed = request.form
    case, at = suspicion_by_number(number), clock.now()
    return render_template(
        "suspicions/desk_case.html",
        case=show_suspicion(case, at, for_officials=True),
        may_act=Role.office in visitor().roles,
        policy=policy_at(at),
        **again(error, typed),
    )
