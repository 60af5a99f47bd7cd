"""What the store's page of its application shows: where it stands, why, until when, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language, has_text, t
from marketplace.core.web import number
from marketplace.festival.appeals import appeal_of, may_appeal
from marketplace.festival.application_facts import assess, rooms_of
from marketplace.festival.application_inputs import Step
from marketplace.festival.application_models import ApplicationAppeal, ApplicationForm, ApplicationStep
from marketplace.festival.application_queries import step_before, told_steps, untold_step
from marketplace.festival.checks import Check
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.festival.reason_codes import steps_asked_for, word_reasons
from marketplace.festival.rules import StoreFacts, reasons_against_store
from marketplace.festival.submitting import missing_steps
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

EDITABLE = (ApplicationState.draft, ApplicationState.revision)


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step in the summary. `state`: done, todo or wrong; `is_asked`: a revision asks for it."""

    key: str
    label: str
    text: str
    url: str
    state: str
    problem: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class CheckShown:
    """An automatic check with its sentence. `state`: ok, no or wait."""

    label: str
    state: str
    text: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class StopShown:
    """Why shoppers do not see an approved store, and until when where that is known."""

    message: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """A store's application as its owner may see it. `due_at`: the next deadline, whose it is `due_label` says."""

    id: int
    store_name: str
    festival_title: str
    state: str
    state_label: str
    text: str
    reasons: tuple[str | StopShown, ...]
    is_unseen: bool
    due_at: datetime | None
    due_label: str
    closes_at: datetime
    steps: tuple[StepShown, ...]
    is_editable: bool
    is_whole: bool
    checks: tuple[CheckShown, ...]
    history: tuple[Mapping[str, Any], ...]
    may_appeal: bool
    may_withdraw: bool
    appeal: ApplicationAppeal | None
    needs_pledges: bool


def show_application(application: Application, at: datetime) -> ApplicationShown:
    """The page of one application, read through the eyes of its store."""
    store = db.session.get_one(Store, application.store_id)
    festival = db.session.get_one(Festival, application.festival_id)
    form = db.session.scalar(select(ApplicationForm).where(ApplicationForm.application_id == application.id))
    hidden = untold_step(application)
    state = hidden.from_state if hidden else application.state
    reasons = _reasons_before(hidden) if hidden else application.reasons
    policy = policy_at(at)
    due_at = application.due_at
    if hidden is not None:
        days = timedelta(days=policy.application_answer_days)
        due_at = application.submitted_at + days if application.submitted_at else None
    is_editable = state in EDITABLE and form is not None
    wrong = missing_steps(application, form, at) if form is not None else {}
    seen = assess([application.id], festival.id, at, policy, rooms_of(festival.id, policy))[application.id]
    stops = (
        _stops(seen.facts.store, at)
        if state is ApplicationState.approved and at < festival.live_until
        else ()
    )
    label = "application.unseen" if stops else f"state.application_state.{state.value}"
    is_open_still = state not in (ApplicationState.withdrawn, ApplicationState.rejected)
    return ApplicationShown(
        id=application.id,
        store_name=_word(store.name_fa, store.name_en),
        festival_title=_word(festival.title_fa, festival.title_en),
        state=state.value,
        state_label=t(label),
        text=t(f"application.text.{'unseen' if stops else state.value}"),
        reasons=stops or tuple(word_reasons(reasons, current_language())),
        is_unseen=bool(stops),
        due_at=due_at if state in DUE else None,
        due_label=_due_label(state, due_at, at),
        closes_at=festival.applications_until,
        steps=_steps(form, wrong, reasons) if is_editable else (),
        is_editable=is_editable,
        is_whole=not wrong,
        checks=word_checks(seen.checks) if state is not ApplicationState.draft else (),
        history=tuple(word_step(step) for step in reversed(told_steps(application.id))),
        may_appeal=hidden is None and may_appeal(application, at),
        may_withdraw=state not in (ApplicationState.withdrawn, ApplicationState.rejected),
        appeal=appeal_of(application.id),
        needs_pledges=bool(seen.facts.store.missing_pledges) and is_open_still and not is_editable,
    )


def _stops(facts: StoreFacts, at: datetime) -> tuple[StopShown, ...]:
    """Everything for which shoppers do not see an approved store, told to its owner without disguise."""
    return tuple(StopShown(t(f"reason.{o.code}"), o.until) for o in reasons_against_store(facts, at))


def _due_label(state: ApplicationState, due_at: datetime | None, at: datetime) -> str:
    if state not in DUE or due_at is None:
        return ""
    return t(f"application.{'due' if at <= due_at else 'due_over'}.{state.value}")


def _reasons_before(hidden: ApplicationStep) -> Sequence[Any]:
    """The reasons that stood before a decision that was not told yet."""
    earlier = step_before(hidden)
    return earlier.reasons if earlier is not None else ()


DUE = (ApplicationState.submitted, ApplicationState.revision, ApplicationState.rejected)


def _steps(
    form: ApplicationForm | None, wrong: Mapping[Step, str], reasons: Sequence[Mapping[str, Any]]
) -> tuple[StepShown, ...]:
    asked = steps_asked_for(reasons)
    shown = []
    for step in Step:
        problem = wrong.get(step)
        moment = getattr(form, f"{step.value}_at", None) if step is not Step.pledges else not problem
        state = "wrong" if problem and problem != "step_missing" else "done" if moment else "todo"
        shown.append(
            StepShown(
                step.value,
                t(f"application.step.{step.value}"),
                t(f"application.step_text.{step.value}"),
                url_for("application.show_step", step=step.value),
                "todo" if problem == "pledges_missing" else state,
                t(f"field.{problem}") if problem else "",
                step in asked,
            )
        )
    return tuple(shown)


def word_checks(checks: Sequence[Check]) -> tuple[CheckShown, ...]:
    """The checks in words; a link to another store is the office's business alone and is worded there."""
    return tuple(
        CheckShown(
            t(f"check.{check.key.value}"),
            {"look": "wait"}.get(check.result.value, check.result.value),
            word_check(check),
            check.until,
        )
        for check in checks
        if check.key.value != "linked"
    )


def word_check(check: Check) -> str:
    """The sentence of one check, its numbers in the page's digits."""
    return t(f"check_said.{check.code}", **{name: number(value) for name, value in check.params.items()})


def word_step(step: ApplicationStep) -> Mapping[str, Any]:
    """One change for a timeline: title, moment, reasons, tone."""
    tones = {"approved": "ps", "rejected": "an", "withdrawn": "an", "suspended": "an", "revision": "zf"}
    key = f"application.cause.{step.cause}"
    return {
        "title": t(key) if has_text(key, "fa") else step.cause,
        "at": step.at,
        "tone": tones.get(step.to_state.value, "fz"),
        "reasons": word_reasons(step.reasons, current_language()),
    }


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
