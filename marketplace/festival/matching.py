"""Matching of mobile and national id, of Sheba and owner, as errands: asked once per content, recorded once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.sealed_columns import BATCH
from marketplace.core.sealing import blind, present_mark
from marketplace.festival.application_errors import TooManyInquiries
from marketplace.festival.application_facts import account_asked, identity_asked, question_marks
from marketplace.festival.application_models import ApplicationForm, ApplicationMatch, MatchKind, MatchState
from marketplace.festival.matchers import matcher

MATCH = "match_application"
MOST_QUESTIONS = 12
"""Of one kind about one application: whoever tries numbers one after the other is stopped."""


@dataclass(frozen=True, slots=True)
class Question:
    """What goes outside."""

    kind: MatchKind
    asked: tuple[str, ...]

    @property
    def marks(self) -> list[str]:
        """By what it is known, under each key of fields; the first is written."""
        return question_marks(self.kind, *self.asked)


def ask_matches(form: ApplicationForm, at: datetime, *, again: bool = False) -> list[int]:
    """Writes what must be asked about a form and gives the jobs that ask it; inside a unit.

    What was asked in the same words is not asked twice; with `again` what nobody answered is. Raises TooManyInquiries.
    """
    jobs = []
    for question in questions_of(form):
        marks = question.marks
        match = db.session.scalar(
            select(ApplicationMatch).where(
                ApplicationMatch.application_id == form.application_id,
                ApplicationMatch.kind == question.kind,
                ApplicationMatch.fingerprint.in_(marks),
            )
        )
        if match is None:
            match = _new_match(form.application_id, question.kind, marks[0], at)
        elif not (again and match.state is MatchState.unanswered):
            continue
        else:
            match.state, match.asked_at = MatchState.asked, at
        key = f"match:{match.id}:{at.isoformat()}"
        jobs.append(enqueue(MATCH, {"match": match.id}, key=key, at=at))
    return jobs


def questions_of(form: ApplicationForm) -> list[Question]:
    """The questions that a form raises, in the words of the form as it stands."""
    asked = []
    if form.national_id and form.mobile:
        asked.append(Question(MatchKind.identity, identity_asked(form)))
    if form.sheba and form.sheba_owner:
        asked.append(Question(MatchKind.account, account_asked(form)))
    return asked


def match_states(form: ApplicationForm) -> dict[MatchKind, MatchState]:
    """How each question stands for the form's present words; what was never asked is left out."""
    kinds = {mark: q.kind for q in questions_of(form) for mark in q.marks}
    rows = db.session.execute(
        select(ApplicationMatch.fingerprint, ApplicationMatch.state).where(
            ApplicationMatch.application_id == form.application_id,
            ApplicationMatch.fingerprint.in_(list(kinds)),
        )
    )
    return {kinds[row.fingerprint]: row.state for row in rows}


def remark_matches(most: int = BATCH) -> int:
    """Keeps up to so many answers under the marks of the present key; gives how many were under another.

    What is no longer asked in these words gets a mark that nothing looks for.
    """
    rows = db.session.execute(
        select(ApplicationMatch, ApplicationForm)
        .outerjoin(ApplicationForm, ApplicationForm.application_id == ApplicationMatch.application_id)
        .where(ApplicationMatch.fingerprint.not_like(f"{present_mark()}%"))
        .order_by(ApplicationMatch.id)
        .limit(most)
    ).all()
    for match, form in rows:
        questions = questions_of(form) if form is not None else []
        present = {mark: q.marks[0] for q in questions for mark in q.marks}
        known = present.get(match.fingerprint)
        match.fingerprint = known or blind(match.fingerprint, "match-gone")
    db.session.flush()
    return len(rows)


def _new_match(application_id: int, kind: MatchKind, mark: str, at: datetime) -> ApplicationMatch:
    asked = db.session.scalar(
        select(func.count()).where(
            ApplicationMatch.application_id == application_id, ApplicationMatch.kind == kind
        )
    )
    if (asked or 0) >= MOST_QUESTIONS:
        raise TooManyInquiries()
    match = ApplicationMatch(
        application_id=application_id, kind=kind, fingerprint=mark, state=MatchState.asked, asked_at=at
    )
    db.session.add(match)
    db.session.flush()
    return match


def _prepare(payload: dict[str, Any]) -> Question | None:
    """The numbers as they stand; nothing where they were changed meanwhile, for those another job asks."""
    match = db.session.get_one(ApplicationMatch, payload["match"])
    form = db.session.scalar(
        select(ApplicationForm).where(ApplicationForm.application_id == match.application_id)
    )
    for question in questions_of(form) if form is not None else ():
        if match.fingerprint in question.marks:
            return question
    return None


def _call(question: Question, patience: float) -> bool:
    if question.kind is MatchKind.identity:
        return matcher().has_mobile(question.asked[1], question.asked[0], patience)
    sheba, owner, holder_id = question.asked
    return matcher().has_account(sheba, owner, holder_id, patience)


def _record(payload: dict[str, Any], answer: bool | None, at: datetime) -> None:
    if answer is not None:
        _settle(payload["match"], MatchState.match if answer else MatchState.mismatch, at)


def _give_up(payload: dict[str, Any], at: datetime) -> None:
    _settle(payload["match"], MatchState.unanswered, at)


def _settle(match_id: int, state: MatchState, at: datetime) -> None:
    db.session.execute(
        update(ApplicationMatch)
        .where(ApplicationMatch.id == match_id, ApplicationMatch.state == MatchState.asked)
        .values(state=state, answered_at=at)
    )


JOB_KINDS = (JobKind(MATCH, _record, prepare=_prepare, call=_call, give_up=_give_up, max_attempts=10),)
