"""One application on the review desk: its evidence, its score in parts, its history, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.catalog.models import Category
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, has_text, t
from marketplace.core.web import number
from marketplace.festival.appeals import appeal_of
from marketplace.festival.application_facts import assess, rooms_of
from marketplace.festival.application_models import (
    ApplicationAppeal,
    ApplicationDecision,
    ApplicationForm,
    ApplicationReferral,
    ApplicationStep,
)
from marketplace.festival.application_queries import steps_of
from marketplace.festival.checks import Check
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.festival.obstacles import DECIDABLE
from marketplace.festival.reason_codes import word_reasons
from marketplace.festival.scoring import ScorePart
from marketplace.files.evidence import evidence_of
from marketplace.policy.models import Province
from marketplace.policy.policy import policy_at
from marketplace.stores.links import LinkedStore, links_of
from marketplace.stores.models import Store

TONES = {"approved": "ps", "rejected": "an", "withdrawn": "plain", "suspended": "an", "revision": "zf"}


@dataclass(frozen=True, slots=True)
class FileShown:
    """One application with everything that stands in its file."""

    id: int
    version: int
    store: str
    store_slug: str
    place: str
    address: str
    phone: str
    domain: str | None
    founded_on: Any
    festival: str
    category: str
    is_hard_hit: bool
    state: str
    state_label: str
    tone: str
    reasons: tuple[str, ...]
    submitted_at: datetime | None
    due_at: datetime | None
    score: int
    parts: tuple[Mapping[str, Any], ...]
    checks: tuple[Mapping[str, Any], ...]
    form: ApplicationForm | None
    national_id: str
    sheba: str
    files: tuple[Mapping[str, Any], ...]
    history: tuple[Mapping[str, Any], ...]
    referrals: Sequence[Mapping[str, Any]]
    appeal: ApplicationAppeal | None
    undoable: ApplicationDecision | None
    may_decide: bool
    may_stop: bool
    may_go: bool
    has_unanswered: bool
    links: tuple[Mapping[str, Any], ...]


def show_file(application_id: int, at: datetime) -> FileShown:
    """One application for the desk. Raises NotFound, also for a draft: that is the store's own."""
    application = db.session.get(Application, application_id)
    if application is None or application.state is ApplicationState.draft:
        raise NotFound()
    store = db.session.get_one(Store, application.store_id)
    province = db.session.get_one(Province, store.province_id)
    festival = db.session.get_one(Festival, application.festival_id)
    category = db.session.get(Category, application.category_id) if application.category_id else None
    form = db.session.scalar(select(ApplicationForm).where(ApplicationForm.application_id == application.id))
    policy = policy_at(at)
    seen = assess([application.id], festival.id, at, policy, rooms_of(festival.id, policy))[application.id]
    steps = steps_of(application.id)
    state = application.state
    subject = f"application:{application.id}"
    return FileShown(
        id=application.id,
        version=application.version,
        store=_word(store.name_fa, store.name_en),
        store_slug=store.slug,
        place=f"{_word(province.name_fa, province.name_en)}{t('ui.comma')} {_word(store.city_fa, store.city_en)}",
        address=store.address,
        phone=store.phone,
        domain=store.domain,
        founded_on=store.founded_on,
        festival=_word(festival.title_fa, festival.title_en),
        category=_word(category.name_fa, category.name_en) if category else "—",
        is_hard_hit=bool(category and category.is_hard_hit),
        state=state.value,
        state_label=t(f"state.application_state.{state.value}"),
        tone=TONES.get(state.value, "fz"),
        reasons=tuple(word_reasons(application.reasons, current_language())),
        submitted_at=application.submitted_at,
        due_at=application.due_at if state is ApplicationState.submitted else None,
        score=seen.score,
        parts=tuple(_part(part) for part in seen.parts),
        checks=tuple(check_shown(check) for check in seen.checks),
        form=form,
        national_id=_tail(form.national_id if form else None, 3),
        sheba=_tail(form.sheba if form else None, 4),
        files=tuple(
            {
                "url": url_for("files.show_evidence", key=file.key),
                "name": file.name,
                "is_picture": file.kind.value != "application/pdf",
            }
            for file in evidence_of([subject])[subject]
        ),
        history=tuple(_step(step) for step in reversed(steps)),
        referrals=_referrals(application.id),
        appeal=appeal_of(application.id),
        undoable=_undoable(steps, application, at),
        may_decide=state in DECIDABLE,
        may_stop=state is ApplicationState.approved,
        may_go=state is ApplicationState.suspended,
        links=tuple(_link(one) for one in links_of([store.id]).get(store.id, ())),
        has_unanswered=any(check.code.endswith("_unanswered") for check in seen.checks),
    )


def check_shown(check: Check) -> Mapping[str, Any]:
    """A check with its evidence in words."""
    params = {name: number(value) for name, value in check.params.items()}
    return {
        "label": t(f"check.{check.key.value}"),
        "state": "wait" if check.result == "look" else check.result.value,
        "text": t(f"check_said.{check.code}", **params),
        "until": check.until,
    }


def next_to_decide(festival_id: int) -> int | None:
    """The waiting application with the best score."""
    return db.session.scalar(
        select(Application.id)
        .where(Application.festival_id == festival_id, Application.state == ApplicationState.submitted)
        .order_by(Application.score.desc(), Application.id)
        .limit(1)
    )


def _link(one: LinkedStore) -> Mapping[str, Any]:
    """Another store that shares something, and what: the desk looks, nothing is decided by it."""
    name = _word(one.name_fa, one.name_en)
    return {
        "name": name,
        "url": url_for("applications.list_applications", tab="all", q=name),
        "shared": [t(f"link_trace.{trace}") for trace in one.shared],
    }


def _part(part: ScorePart) -> Mapping[str, Any]:
    return {
        "key": part.key.value,
        "label": t(f"score_part.{part.key.value}"),
        "points": part.points,
        "most": part.most,
    }


def _step(step: ApplicationStep) -> Mapping[str, Any]:
    key = f"application.cause.{step.cause}"
    return {
        "title": t(key) if has_text(key, "fa") else step.cause,
        "who": t("desk.system") if step.actor_label == SYSTEM.label else step.actor_label,
        "at": step.at,
        "tone": TONES.get(step.to_state.value, "fz"),
        "reasons": word_reasons(step.reasons, current_language()),
        "note": step.note,
    }


def _undoable(
    steps: Sequence[ApplicationStep], application: Application, at: datetime
) -> ApplicationDecision | None:
    last = steps[-1] if steps else None
    if last is None or last.decision_id is None or last.version != application.version:
        return None
    decision = db.session.get_one(ApplicationDecision, last.decision_id)
    is_open = decision.told_at is None and decision.undone_at is None and decision.tell_at > at
    return decision if is_open else None


def _referrals(application_id: int) -> Sequence[Mapping[str, Any]]:
    people = {}
    rows = db.session.scalars(
        select(ApplicationReferral)
        .where(ApplicationReferral.application_id == application_id)
        .order_by(ApplicationReferral.id.desc())
    ).all()
    if rows:
        ids = {row.from_id for row in rows} | {row.to_id for row in rows}
        people = {
            person.id: person.display_name
            for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))
        }
    return [{"row": row, "sender": people[row.from_id], "receiver": people[row.to_id]} for row in rows]


def _tail(value: str | None, shown: int) -> str:
    """The last digits of a number: enough to compare, not to misuse."""
    return "…" + value[-shown:] if value else "—"


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
