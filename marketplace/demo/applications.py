"""What stands in the applications' files of the demo: forms, answers from outside, histories, appeals, capacities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select, update

from marketplace.core.audit import Actor
from marketplace.core.clock import tehran
from marketplace.core.db import AnyRow, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.demo.plan.source import data, stream
from marketplace.demo.plan.stores import StorePlan
from marketplace.festival.application_facts import question_marks
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.application_models import (
    AppealState,
    ApplicationAppeal,
    ApplicationForm,
    ApplicationMatch,
    ApplicationStep,
    CategoryCapacity,
    MatchKind,
    MatchState,
)
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.waiting_list import refresh_scores
from marketplace.files.evidence import keep_evidence, take_upload
from marketplace.stores.models import LegalForm, StoreMember

STEPS = ("who", "address", "categories", "seal", "licence", "clearance", "hard_hit", "health")
EVIDENCE = 4
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_S = ApplicationState
_CAUSES = {_S.approved: "approve", _S.rejected: "reject", _S.revision: "revise", _S.waitlisted: "waitlist"}
_ROWS = (
    select(
        Application.id,
        Application.store_id,
        Application.state,
        Application.submitted_at,
        Application.decided_at,
        Application.reasons,
        StoreMember.person_id,
    )
    .join(StoreMember, StoreMember.store_id == Application.store_id)
    .order_by(Application.id)
)


def load_files(
    stores: Sequence[StorePlan],
    store_ids: Mapping[str, int],
    categories: Mapping[str, int],
    festival_id: int,
    seed: int,
    now: datetime,
) -> None:
    """Fills the files of all applications of an edition; scores and check results as of now."""
    rows = {
        row.store_id: row for row in db.session.execute(_ROWS.where(Application.festival_id == festival_id))
    }
    bulk = Bulk(ApplicationForm, ApplicationMatch, ApplicationStep, ApplicationAppeal, CategoryCapacity)
    changes: list[dict[str, Any]] = []
    hard_hit = {row["slug"] for row in data("categories") if row["hard_hit"]}
    for place, plan in enumerate(stores):
        row = rows[store_ids[plan.key]]
        rng = stream(seed, "application", plan.slug)
        category_id = categories[plan.category_slug]
        add_form(bulk, plan, row, category_id, plan.category_slug in hard_hit, rng)
        due_at = _due(row, rng, now)
        if row.state is _S.rejected and place % 40 == 0:
            due_at = now + 3 * DAY
            _add_appeal(bulk, row, rng, now)
        changes.append(
            {
                "id": row.id,
                "category_id": category_id,
                "due_at": due_at,
                "version": add_steps(bulk, row, rng),
            }
        )
    _add_capacities(bulk, stores, categories, festival_id)
    bulk.finish()
    with unit_of_work():
        db.session.execute(update(Application), changes)
    _keep_evidence(festival_id, now)
    refresh_scores(now)


def add_form(bulk: Bulk, plan: StorePlan, row: Any, category_id: int, is_hard_hit: bool, rng: Random) -> None:
    """A form with every step saved, and what the outside answered about it."""
    at = row.submitted_at - timedelta(minutes=rng.randint(20, 300))
    codes = {reason["code"] for reason in row.reasons}
    fell = is_hard_hit and rng.random() < 0.7
    sheba = _sheba(rng)
    owner = plan.owner.name_fa
    bulk.add(
        ApplicationForm,
        application_id=row.id,
        legal_form=LegalForm.natural,
        national_id=plan.owner.national_id,
        mobile=plan.owner.mobile,
        sheba=sheba,
        sheba_owner=owner,
        category_ids=[category_id],
        seal_code=plan.seal.code if plan.seal else None,
        licence_number=plan.licence.number if plan.licence else None,
        licence_from_on=tehran(plan.licence.valid_from).date() if plan.licence else None,
        licence_until_on=tehran(plan.licence.valid_until).date() if plan.licence else None,
        is_hard_hit=fell,
        fall_percent=rng.randint(12, 68) if fell else None,
        fall_story=rng.choice(data("applications")["falls"]) if fell else None,
        health_answers=list(HEALTH_QUESTIONS),
        **{f"{step}_at": at for step in STEPS},
    )
    answer = _answer(rng, row.state)
    for kind, asked in (
        (MatchKind.identity, (plan.owner.mobile, plan.owner.national_id)),
        (MatchKind.account, (sheba, owner, plan.owner.national_id)),
    ):
        state = MatchState.match
        if kind is MatchKind.account:
            state = MatchState.mismatch if "iban_owner" in codes else answer
        bulk.add(
            ApplicationMatch,
            application_id=row.id,
            kind=kind,
            fingerprint=question_marks(kind, *asked)[0],
            state=state,
            asked_at=at,
            answered_at=at + timedelta(seconds=2),
        )


def _answer(rng: Random, state: ApplicationState) -> MatchState:
    """The bank's answer: a few of those that wait have none."""
    waits = state is _S.submitted and rng.random() < 0.08
    return MatchState.unanswered if waits else MatchState.match


def _sheba(rng: Random) -> str:
    account = (
        f"{rng.choice((12, 17, 54, 56, 60, 62)):03d}0{rng.randrange(10**15):015d}{rng.randint(100, 799)}"
    )
    check = 98 - int(account + "182700") % 97
    return f"IR{check:02d}{account}"


def _due(row: AnyRow, rng: Random, now: datetime) -> datetime | None:
    """The next deadline as of now: the demo's office has some files left that hurry."""
    if row.state is _S.submitted:
        return now + timedelta(hours=rng.choice((3, 9, 19, 30, 50, 75, 100, 130, 160, 200)))
    return now + timedelta(days=rng.randint(2, 6)) if row.state is _S.revision else None


def add_steps(bulk: Bulk, row: Any, rng: Random) -> int:
    """The history up to the present state; gives the version it ends with."""
    ways: list[tuple[Any, ...]] = [(_S.draft, _S.submitted, "submit", row.submitted_at, "", [])]
    officer = rng.choice(data("applications")["officers"])
    decided_at = row.decided_at or row.submitted_at + 5 * DAY
    state = row.state
    if state in (_S.suspended, _S.withdrawn):
        ways.append((_S.submitted, _S.approved, "approve", decided_at - DAY, officer, []))
        cause = "suspended" if state is _S.suspended else "withdraw"
        ways.append(
            (_S.approved, state, cause, decided_at, officer if cause == "suspended" else "", row.reasons)
        )
    elif state is not _S.submitted:
        ways.append((_S.submitted, state, _CAUSES[state], decided_at, officer, row.reasons))
    for version, (before, after, cause, at, who, reasons) in enumerate(ways, start=1):
        bulk.add(
            ApplicationStep,
            application_id=row.id,
            version=version,
            cause=cause,
            from_state=before,
            to_state=after,
            reasons=reasons,
            note="",
            actor_id=None if who else row.person_id,
            actor_label=who or data("applications")["store"],
            at=at,
        )
    return len(ways)


def _add_appeal(bulk: Bulk, row: AnyRow, rng: Random, now: datetime) -> None:
    bulk.add(
        ApplicationAppeal,
        application_id=row.id,
        state=AppealState.filed,
        text=rng.choice(data("applications")["appeals"]),
        filed_by_id=row.person_id,
        filed_at=now - rng.randint(3, 60) * HOUR,
    )


def _add_capacities(
    bulk: Bulk, stores: Sequence[StorePlan], categories: Mapping[str, int], festival_id: int
) -> None:
    """Each category with stores in it has a number somewhat above them."""
    taken = Counter(plan.category_slug for plan in stores if plan.was_approved)
    for place, (slug, count) in enumerate(sorted(taken.items())):
        bulk.add(
            CategoryCapacity,
            festival_id=festival_id,
            category_id=categories[slug],
            capacity_count=count + (0, 4, 9, 2, 6)[place % 5],
        )


def _keep_evidence(festival_id: int, now: datetime) -> None:
    """A sales book as a picture beside some of the declared falls that wait for the office."""
    rows = db.session.execute(
        select(Application.id, StoreMember.person_id)
        .join(ApplicationForm, ApplicationForm.application_id == Application.id)
        .join(StoreMember, StoreMember.store_id == Application.store_id)
        .where(
            Application.festival_id == festival_id,
            ApplicationForm.is_hard_hit,
            Application.state.in_((_S.submitted, _S.waitlisted)),
        )
        .order_by(Application.id)
        .limit(EVIDENCE)
    ).all()
    db.session.rollback()
    for row in rows:
        checked = take_upload(_sales_chart(row.id), "sales.png")
        with unit_of_work():
            actor = Actor(row.person_id, "store", data("applications")["store"])
            keep_evidence(checked, f"application:{row.id}", actor, now)


def _sales_chart(number: int) -> BytesIO:
    """Two rows of bars, last year's and this year's: what a shop would photograph from its book."""
    picture = Image.new("RGB", (480, 300), (250, 247, 240))
    pen = ImageDraw.Draw(picture)
    for month in range(6):
        tall = 120 + (number * 37 + month * 53) % 90
        for place, (height, colour) in enumerate(((tall, (150, 160, 165)), (tall * 2 // 5, (190, 40, 60)))):
            left = 40 + month * 72 + place * 28
            pen.rectangle((left, 260 - height, left + 22, 260), fill=colour)
    out = BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out
