"""The seal centre's desk: queues of complaints, triage, review and contests; revocation cases; crisis pauses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.complaints.case_page import show_case as case_shown
from marketplace.complaints.case_page import word
from marketplace.complaints.deciding import decide_contest, review_complaint, rule_on_complaint
from marketplace.complaints.inputs import AUTHORITIES, Ruling, Verdict
from marketplace.complaints.lists import list_queue
from marketplace.complaints.models import Side
from marketplace.complaints.pausing import end_pause, pause_clocks
from marketplace.complaints.queries import complaint_by_number
from marketplace.complaints.revocation import decide_appeal, decide_revocation
from marketplace.complaints.seal_cases import (
    list_clock_pauses,
    list_revocation_cases,
    pause_wish,
    revocation_case,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.tariffs import provinces
from marketplace.stores.models import Store

blueprint = Blueprint("complaints_desk", __name__, url_prefix="/office")


@blueprint.get("/complaints")
@official(Role.seal_officer, Role.auditor)
def list_cases() -> str:
    """What waits for the seal centre, by kind."""
    page = list_queue(request.args.get("tab", ""), request.args.get("cursor"), clock.now())
    return render_template("complaints/desk.html", page=page)


@blueprint.get("/complaints/<number>")
@official(Role.seal_officer, Role.auditor)
def show_case(number: str) -> str:
    """One complaint with what can be decided in it."""
    return _case(number)


@blueprint.post("/complaints/<number>/ruling")
@official(Role.seal_officer)
def create_ruling(number: str) -> Response | tuple[str, int]:
    """Admissible, duplicate, unfounded or referred."""
    try:
        ruling = Ruling.parse(request.form)
        with unit_of_work():
            rule_on_complaint(number, ruling, visitor().actor("seal_officer"), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number)


@blueprint.post("/complaints/<number>/review")
@official(Role.seal_officer)
def create_review(number: str) -> Response | tuple[str, int]:
    """The expert's review of one not solved."""
    try:
        verdict = Verdict.parse(request.form)
        with unit_of_work():
            review_complaint(number, verdict, visitor().actor("seal_officer"), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number)


@blueprint.post("/complaints/<number>/contest")
@official(Role.seal_officer)
def create_contest_decision(number: str) -> Response | tuple[str, int]:
    """Another officer's word on a contest."""
    try:
        verdict = Verdict.parse(request.form, "won", "lost")
        with unit_of_work():
            decide_contest(number, verdict, visitor().actor("seal_officer"), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number)


@blueprint.get("/revocations")
@official(Role.seal_officer, Role.auditor)
def list_revocations() -> str:
    """Seals in question, the oldest first; then those decided."""
    return render_template("complaints/revocations.html", cases=list_revocation_cases(), now=clock.now())


@blueprint.get("/revocations/<int:case_id>")
@official(Role.seal_officer, Role.auditor)
def show_revocation(case_id: int) -> str:
    """One seal's case."""
    return _revocation(case_id)


@blueprint.post("/revocations/<int:case_id>/decision")
@official(Role.seal_officer)
def create_decision(case_id: int) -> Response | tuple[str, int]:
    """Revoked, or the seal stands; with reasons."""
    return _decide(case_id, is_appeal=False)


@blueprint.post("/revocations/<int:case_id>/appeal-decision")
@official(Role.seal_officer)
def create_appeal_decision(case_id: int) -> Response | tuple[str, int]:
    """Another officer's last word."""
    return _decide(case_id, is_appeal=True)


@blueprint.get("/pauses")
@official(Role.seal_officer, Role.office, Role.auditor)
def list_pauses() -> str:
    """When clocks stand still, and the form of another pause."""
    return _pauses()


@blueprint.post("/pauses")
@official(Role.office, Role.seal_officer)
def create_pause() -> Response | tuple[str, int]:
    """Declares a pause."""
    at = clock.now()
    try:
        wish = pause_wish(request.form, at)
        with unit_of_work():
            pause_clocks(wish, visitor().actor("office"), at)
    except Invalid as error:
        return _pauses(error), error.status
    put_notice("pause_declared")
    return redirect(url_for(".list_pauses"), 303)


@blueprint.post("/pauses/<int:pause_id>/end")
@official(Role.office, Role.seal_officer)
def create_pause_end(pause_id: int) -> Response:
    """Lets the clocks run again."""
    with unit_of_work():
        end_pause(pause_id, visitor().actor("office"), clock.now())
    put_notice("pause_ended")
    return redirect(url_for(".list_pauses"), 303)


def _done(number: str) -> Response:
    put_notice("decision_written")
    return redirect(url_for(".show_case", number=number), 303)


def _case(number: str, error: Invalid | None = None) -> str:
    complaint = complaint_by_number(number)
    shown = case_shown(complaint, clock.now(), reader=Side.office)
    authorities = [(name, t(f"authority.{name}")) for name in AUTHORITIES]
    is_reader_only = Role.seal_officer not in visitor().roles
    has_decided = visitor().id in (complaint.reviewed_by_id, complaint.ruled_by_id)
    return render_template(
        "complaints/desk_case.html",
        case=shown,
        authorities=authorities,
        is_reader_only=is_reader_only,
        has_decided=has_decided,
        contest_waits=complaint.contested_at is not None and complaint.contest_decided_at is None,
        **_again(error),
    )


def _decide(case_id: int, *, is_appeal: bool) -> Response | tuple[str, int]:
    try:
        verdict = Verdict.parse(request.form, "revoke", "keep")
        verb = decide_appeal if is_appeal else decide_revocation
        with unit_of_work():
            verb(case_id, verdict, visitor().actor("seal_officer"), clock.now())
    except Invalid as error:
        return _revocation(case_id, error), error.status
    put_notice("decision_written")
    return redirect(url_for(".show_revocation", case_id=case_id), 303)


def _revocation(case_id: int, error: Invalid | None = None) -> str:
    case = revocation_case(case_id)
    store = db.session.get_one(Store, case.store_id)
    return render_template(
        "complaints/desk_revocation.html",
        case=case,
        store_name=word(store.name_fa, store.name_en),
        store_slug=store.slug,
        now=clock.now(),
        is_reader_only=Role.seal_officer not in visitor().roles,
        is_decider=case.decided_by_id == visitor().id,
        **_again(error),
    )


def _pauses(error: Invalid | None = None) -> str:
    names = [(p.id, word(p.name_fa, p.name_en)) for p in provinces()]
    return render_template(
        "complaints/pauses.html",
        pauses=list_clock_pauses(),
        provinces=names,
        now=clock.now(),
        may_declare=bool(visitor().roles & {Role.office, Role.seal_officer}),
        **_again(error),
    )


def _again(error: Invalid | None) -> dict[str, Any]:
    if error is None:
        return {"errors": {}, "values": {}}
    sentences = {name: t(f"field.{code}") for name, code in error.fields.items()}
    return {
        "errors": sentences or {"": t(f"error.{error.code}")},
        "values": {name: value[:4_000] for name, value in request.form.items() if name != "csrf_token"},
    }
