"""The facts about many applications in a fixed number of statements, and what checks and score make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Text, bindparam, cast, exists, func, literal, select

from marketplace.catalog.models import Category
from marketplace.core.clock import tehran
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.sealing import blinds
from marketplace.festival.admission import facts_of_stores
from marketplace.festival.application_models import (
    ApplicationForm,
    ApplicationMatch,
    CategoryCapacity,
    MatchKind,
    MatchState,
)
from marketplace.festival.checks import ApplicationFacts, Check, checks_of, result_of
from marketplace.festival.models import Application, ApplicationState, CheckResult
from marketplace.festival.scoring import Room, ScorePart, score_parts, total
from marketplace.files.models import EvidenceFile
from marketplace.policy.policy import Policy
from marketplace.stores.links import links_of
from marketplace.stores.models import LegalForm, Seal, Store, UnionLicence
from marketplace.stores.record_models import StoreRecord

TAKES_A_PLACE = (ApplicationState.approved, ApplicationState.suspended)
"""A suspended store keeps its place: it may come back."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """An application as the machine sees it at a moment."""

    facts: ApplicationFacts
    checks: tuple[Check, ...]
    result: CheckResult
    parts: tuple[ScorePart, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Rooms:
    """Places of an edition: of all, of each category that has a number of its own, and how many each category took."""

    edition: Room
    categories: Mapping[int, Room]
    taken_of: Mapping[int, int]

    def of(self, category_id: int | None) -> Room:
        """The room that an application of this category meets."""
        return self.categories.get(category_id or 0, self.edition)

    def is_full_for(self, category_id: int | None) -> bool:
        """Whether no further store of this category may be approved."""
        return self.edition.left == 0 or self.of(category_id).left == 0


def rooms_of(festival_id: int, policy: Policy) -> Rooms:
    """Places taken and all places, in two statements. A category without a number of its own is not listed."""
    taken = {
        row[0]: row[1]
        for row in db.session.execute(
            select(Application.category_id, func.count())
            .where(Application.festival_id == festival_id, Application.state.in_(TAKES_A_PLACE))
            .group_by(Application.category_id)
        )
    }
    capacities = db.session.execute(
        select(CategoryCapacity.category_id, CategoryCapacity.capacity_count).where(
            CategoryCapacity.festival_id == festival_id
        )
    )
    return Rooms(
        Room(sum(taken.values()), policy.capacity_stores),
        {row[0]: Room(taken.get(row[0], 0), row[1]) for row in capacities},
        {key: count for key, count in taken.items() if key is not None},
    )


def fingerprint(kind: MatchKind, *asked: str | None) -> str:
    """What was asked, in short: another number or name gives another one. Kept is a mark of it alone: numbers could be
    tried on this."""
    return sha256("\x1f".join([kind.value, *(part or "" for part in asked)]).encode()).hexdigest()[:32]


def question_marks(kind: MatchKind, *asked: str | None) -> list[str]:
    """The marks of what was asked under each key of fields, that of the present at the head."""
    return blinds(fingerprint(kind, *asked), "match")


def identity_asked(form: Any) -> tuple[str, str]:
    """What shahkar is asked about a form, or a row of its columns: whether the mobile is this person's."""
    return form.mobile or "", form.national_id or ""


def account_asked(form: Any) -> tuple[str, str, str]:
    """What the bank is asked: whether the account is in this name and under the id of the very applicant, or of the
    company. The name alone would let anybody name another person's account with that person's name."""
    is_company = form.legal_form is LegalForm.legal
    return form.sheba or "", form.sheba_owner or "", (form.legal_id if is_company else form.national_id) or ""


_ROWS: AnySelect = (
    select(
        Application.id,
        Application.store_id,
        Application.category_id,
        Store.domain.label("store_domain"),
        Store.founded_on,
        Category.is_hard_hit.label("is_hard_hit_category"),
        Seal.code.label("seal_code"),
        Seal.domain.label("seal_domain"),
        Seal.stars,
        StoreRecord.lower,
        UnionLicence.number.label("licence_number"),
        ApplicationForm.seal_code.label("given_seal_code"),
        ApplicationForm.licence_number.label("given_licence"),
        ApplicationForm.clearance_at,
        ApplicationForm.health_at,
        ApplicationForm.is_hard_hit,
        ApplicationForm.fall_percent,
        exists()
        .where(EvidenceFile.subject == literal("application:").concat(cast(Application.id, Text)))
        .label("has_evidence"),
        ApplicationForm.mobile,
        ApplicationForm.legal_form,
        ApplicationForm.national_id,
        ApplicationForm.legal_id,
        ApplicationForm.sheba,
        ApplicationForm.sheba_owner,
    )
    .join(Store, Store.id == Application.store_id)
    .outerjoin(Category, Category.id == Application.category_id)
    .outerjoin(Seal, Seal.store_id == Application.store_id)
    .outerjoin(UnionLicence, UnionLicence.store_id == Application.store_id)
    .outerjoin(StoreRecord, StoreRecord.store_id == Application.store_id)
    .outerjoin(ApplicationForm, ApplicationForm.application_id == Application.id)
    .where(Application.id.in_(bindparam("ids", expanding=True)))
)
_MATCHES = select(
    ApplicationMatch.application_id,
    ApplicationMatch.kind,
    ApplicationMatch.fingerprint,
    ApplicationMatch.state,
).where(ApplicationMatch.application_id.in_(bindparam("ids", expanding=True)))


def assess(
    application_ids: Iterable[int], festival_id: int, at: datetime, policy: Policy, rooms: Rooms
) -> dict[int, Assessed]:
    """Checks and score of applications of one edition, in seven statements whatever their number."""
    ids = list(application_ids)
    if not ids:
        return {}
    rows = db.session.execute(_ROWS, {"ids": ids}).all()
    stores = facts_of_stores([row.store_id for row in rows], festival_id, at)
    answers = {
        (row.application_id, row.kind, row.fingerprint): row.state
        for row in db.session.execute(_MATCHES, {"ids": ids})
    }
    links = links_of(row.store_id for row in rows)
    found = {}
    for row in rows:
        facts = _facts(row, stores, answers, len(links.get(row.store_id, ())), at)
        checks = checks_of(facts, at)
        parts = score_parts(facts, rooms.of(row.category_id), policy)
        found[row.id] = Assessed(facts, checks, result_of(checks), parts, total(parts))
    return found


def _facts(
    row: AnyRow,
    stores: Mapping[int, Any],
    answers: Mapping[tuple[int, MatchKind, str], MatchState],
    linked_count: int,
    at: datetime,
) -> ApplicationFacts:
    today = tehran(at).date()
    return ApplicationFacts(
        application_id=row.id,
        store=stores[row.store_id],
        store_domain=row.store_domain,
        given_seal_code=row.given_seal_code,
        seal_code=row.seal_code,
        seal_domain=row.seal_domain,
        stars=row.stars or 0,
        given_licence=row.given_licence,
        licence_number=row.licence_number,
        has_consent=row.clearance_at is not None,
        identity=_answer(answers, row.id, MatchKind.identity, identity_asked(row)),
        account=_answer(answers, row.id, MatchKind.account, account_asked(row)),
        has_health_answers=row.health_at is not None,
        linked_count=linked_count,
        is_hard_hit_category=bool(row.is_hard_hit_category),
        fall_percent=row.fall_percent if row.is_hard_hit else None,
        has_evidence=bool(row.has_evidence),
        age_years=max(0, (today - row.founded_on).days // 365),
        solved_percent=row.lower // 100 if row.lower is not None else None,
    )


def _answer(
    answers: Mapping[tuple[int, MatchKind, str], MatchState],
    application_id: int,
    kind: MatchKind,
    asked: tuple[str, ...],
) -> MatchState | None:
    """What the outside said to the question as it stands now."""
    marks = question_marks(kind, *asked)
    return next((answers[key] for mark in marks if (key := (application_id, kind, mark)) in answers), None)
