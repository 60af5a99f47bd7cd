"""One application on the desk: `/office/applications/<id>`, and every act about it alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Invalid, MarketplaceError
from marketplace.core.language import has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.appeals import decide_appeal
from marketplace.festival.application_decisions import decide
from marketplace.festival.application_inputs import line
from marketplace.festival.application_models import Verdict
from marketplace.festival.application_queries import form_of, last_steps
from marketplace.festival.decision_inputs import Letter, Ruling, parse_verdict
from marketplace.festival.matching import ask_matches
from marketplace.festival.models import Application
from marketplace.festival.reason_codes import CODES
from marketplace.festival.tray import (
    answer_referral,
    colleagues,
    refer_application,
    reinstate_application,
    suspend_application,
)
from marketplace.office.application_page import next_to_decide, show_file
from marketplace.office.application_views import READERS, actor, may_decide, note_of

blueprint = Blueprint("application_file", __name__, url_prefix="/office/applications/<int:application_id>")
VERDICTS = ("approve", "waitlist", "revise", "reject")


@blueprint.get("")
@official(*READERS)
def show_application(application_id: int) -> str:
    """The whole file of one application."""
    return _page(application_id)


@blueprint.post("/decision")
@official(Role.office)
def create_decision(application_id: int) -> Response | tuple[str, int]:
    """Decides this one, on the version that the page showed; then the next that waits."""

    def verb() -> None:
        ruling = Ruling.parse(request.form, request.form.getlist(f"reason-{verdict}"))
        with unit_of_work():
            decide(festival_id, {application_id: _version()}, ruling, actor(), clock.now())

    festival_id = _festival_of(application_id)
    verdict = parse_verdict(request.form).value
    refused = _try(application_id, verb, "decision_made")
    following = next_to_decide(festival_id) if request.form.get("next") == "1" else None
    if not isinstance(refused, Response) or following is None:
        return refused
    return redirect(url_for(".show_application", application_id=following), 303)


@blueprint.post("/appeal")
@official(Role.office)
def create_appeal_decision(application_id: int) -> Response | tuple[str, int]:
    """Another officer's word on the appeal."""

    def verb() -> None:
        answer = note_of("answer")
        is_granted = request.form.get("granted") == "1"
        with unit_of_work():
            decide_appeal(application_id, _version(), is_granted, answer, actor(), clock.now())

    return _try(application_id, verb, "appeal_decided")


@blueprint.post("/referral")
@official(Role.office)
def create_referral(application_id: int) -> Response | tuple[str, int]:
    """Lays the file before a colleague."""

    def verb() -> None:
        errors: dict[str, str] = {}
        note = line(request.form, "referral_note", errors, 3, 500)
        letter = Letter.parse(request.form, errors)
        to = request.form.get("to", "")
        if not to.isdecimal():
            errors["to"] = "required"
        if errors:
            raise Invalid("bad_referral", fields=errors)
        with unit_of_work():
            refer_application(application_id, int(to[:15]), note, letter, actor(), clock.now())

    return _try(application_id, verb, "application_referred")


@blueprint.post("/referrals/<int:referral_id>/answer")
@official(Role.office)
def create_referral_answer(application_id: int, referral_id: int) -> Response | tuple[str, int]:
    """The colleague answers."""

    def verb() -> None:
        answer = note_of("referral_answer")
        with unit_of_work():
            answer_referral(referral_id, answer, actor(), clock.now())

    return _try(application_id, verb, "referral_answered")


@blueprint.post("/suspension")
@official(Role.office)
def create_suspension(application_id: int) -> Response | tuple[str, int]:
    """Stops an approved store."""

    def verb() -> None:
        reason = note_of("stop_reason")
        with unit_of_work():
            suspend_application(application_id, _version(), reason, actor(), clock.now())

    return _try(application_id, verb, "application_suspended")


@blueprint.post("/reinstatement")
@official(Role.office)
def create_reinstatement(application_id: int) -> Response | tuple[str, int]:
    """Lets a suspended store back in."""

    def verb() -> None:
        reason = note_of("stop_reason")
        with unit_of_work():
            reinstate_application(application_id, _version(), reason, actor(), clock.now())

    return _try(application_id, verb, "application_reinstated")


@blueprint.post("/matching")
@official(Role.office)
def create_matching(application_id: int) -> Response | tuple[str, int]:
    """Asks once more what nobody answered."""

    def verb() -> None:
        at = clock.now()
        with unit_of_work():
            jobs = ask_matches(form_of(application_id), at, again=True)
        for job_id in jobs:
            errands.run(job_id, patience=4.0, at=at)

    return _try(application_id, verb, "matching_asked")


def _try(application_id: int, verb: Callable[[], None], notice: str) -> Response | tuple[str, int]:
    """Runs a verb; a refusal shows the file as it stands now, with what was typed."""
    try:
        verb()
    except (Invalid, Conflict, Forbidden) as error:
        return _page(application_id, error), error.status
    put_notice(notice)
    return redirect(url_for(".show_application", application_id=application_id), 303)


def _version() -> int:
    """The version that the page showed; nothing readable is as good as stale."""
    version = request.form.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else -1


def _festival_of(application_id: int) -> int:
    return db.get_or_404(Application, application_id).festival_id


def _page(application_id: int, error: MarketplaceError | None = None) -> str:
    page = show_file(application_id, clock.now())
    fields = error.fields if error is not None else {}
    return render_template(
        "office/application.html",
        page=page,
        verdicts=VERDICTS,
        codes={
            verdict.value: [(code, t(f"application_reason.{code}")) for code in CODES[verdict]]
            for verdict in Verdict
        },
        colleagues=colleagues(visitor().id),
        me=visitor().id,
        may_decide=may_decide(),
        errors={name: t(f"field.{code}") for name, code in fields.items()},
        values=request.form if error is not None else {},
        picked=[value for name, value in request.form.items(multi=True) if name.startswith("reason-")]
        if error is not None
        else [],
        refused=_refusal(application_id, error) if error is not None and not fields else None,
    )


def _refusal(application_id: int, error: MarketplaceError) -> dict[str, Any]:
    """What happened: the sentence, all reasons, and who changed the file last."""
    step = last_steps([application_id]).get(application_id)
    problems = error.params.get("problems", {})
    key = f"application.cause.{step.cause}" if step is not None else ""
    return {
        "title": t(f"error.{error.code}"),
        "reasons": [t(f"obstacle.{code}") for code in dict.fromkeys(problems.values())],
        "who": step.actor_label if step is not None else "",
        "what": t(key) if key and has_text(key, "fa") else "",
        "at": step.at if step is not None else None,
        "is_stale": error.code in ("stale_decision", "wrong_application_step"),
    }
