"""Applications in the hands of store and office: filled in, answered from outside, waiting for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from marketplace.catalog.models import Category
from marketplace.core.db import db
from marketplace.festival.application_facts import account_asked, identity_asked, question_marks
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.application_models import (
    ApplicationForm,
    ApplicationMatch,
    ApplicationStep,
    MatchKind,
    MatchState,
)
from marketplace.festival.models import Application, ApplicationState, Festival, PledgeAcceptance
from marketplace.stores.models import Clearance, LegalForm, Seal, Store, UnionLicence
from tests.factories.festivals import an_application, pledges_in_force
from tests.factories.rows import AT, number, put, writing

STEPS = ("who", "address", "categories", "seal", "licence", "clearance", "hard_hit", "health")
MOBILE, NATIONAL_ID, OWNER = "09121112233", "0499370899", "مریم رضایی"
SHEBA = "IR980296000000010032420001"


def a_form(application: Application, *, at: datetime = AT, **columns: Any) -> ApplicationForm:
    """A form with every step saved, its numbers answered with yes."""
    with writing():
        seal = db.session.scalar(select(Seal.code).where(Seal.store_id == application.store_id))
        licence = db.session.scalar(
            select(UnionLicence.number).where(UnionLicence.store_id == application.store_id)
        )
        form = put(
            ApplicationForm,
            **{
                "application_id": application.id,
                "legal_form": LegalForm.natural,
                "national_id": NATIONAL_ID,
                "mobile": MOBILE,
                "sheba": SHEBA,
                "sheba_owner": OWNER,
                "category_ids": [application.category_id] if application.category_id else [],
                "seal_code": seal,
                "licence_number": licence,
                "licence_from_on": date(2025, 9, 1),
                "licence_until_on": date(2026, 9, 1),
                "health_answers": list(HEALTH_QUESTIONS),
                **{f"{step}_at": at - timedelta(days=2) for step in STEPS},
                **columns,
            },
        )
        for kind, asked in (
            (MatchKind.identity, identity_asked(form)),
            (MatchKind.account, account_asked(form)),
        ):
            put(
                ApplicationMatch,
                application_id=application.id,
                kind=kind,
                fingerprint=question_marks(kind, *asked)[0],
                state=MatchState.match,
                asked_at=at - timedelta(days=2),
                answered_at=at - timedelta(days=2),
            )
    return form


def a_waiting_application(
    store: Store, festival: Festival, *, at: datetime = AT, **columns: Any
) -> Application:
    """Submitted, whole, all checks in order (where the store's papers and pledges are)."""
    with writing():
        application = an_application(
            store,
            festival,
            at=at,
            **{
                "state": ApplicationState.submitted,
                "submitted_at": at - timedelta(days=1, seconds=-(number() % 3600)),
                "decided_at": None,
                "due_at": at + timedelta(days=9),
                **columns,
            },
        )
        a_form(application, at=at)
    return application


def an_application_step(store: Store, festival: Festival, *, at: datetime = AT) -> ApplicationStep:
    """One row of history of a store's application."""
    application = db.session.scalar(
        select(Application.id).where(Application.store_id == store.id, Application.festival_id == festival.id)
    )
    return put(
        ApplicationStep,
        application_id=application,
        version=1,
        cause="approve",
        from_state=ApplicationState.submitted,
        to_state=ApplicationState.approved,
        reasons=[],
        note="",
        actor_label="test",
        at=at,
    )


def many_applicants(
    festival: Festival, count: int, categories: Sequence[Category], province_id: int, *, at: datetime = AT
) -> list[int]:
    """Stores that wait for the office by the hundred, all in order, in few statements; gives their applications' ids.

    Stars go round from 0 to 5, years of activity from 0 to 9, categories one after the other.
    """
    rows: dict[type, list[dict[str, Any]]] = {}

    def add(model: type, **values: Any) -> None:
        rows.setdefault(model, []).append(values)

    first = 100_000 + number() * 10_000
    moment = at - timedelta(days=2)
    steps = {f"{name}_at": moment for name in STEPS}
    with writing():
        texts = pledges_in_force(at)
        for key in range(first, first + count):
            category = categories[key % len(categories)]
            add(
                Store,
                id=key,
                slug=f"many-{key}",
                kind="online",
                name_fa=f"فروشگاه {key}",
                name_en=f"Store {key}",
                sort_key=f"{key}",
                manager_name=OWNER,
                province_id=province_id,
                city_fa="تهران",
                city_en="Tehran",
                address=f"خیابان بهار، پلاک {key}",
                postal_code="1234567890",
                phone=f"021{key:08d}",
                domain=f"many-{key}.example",
                founded_on=date(2026 - key % 10, 1, 1),
                created_at=moment,
            )
            dates = {"valid_from": at - timedelta(days=200), "valid_until": at + timedelta(days=300)}
            add(
                Seal,
                store_id=key,
                code=f"M{key}",
                domain=f"many-{key}.example",
                stars=key % 6,
                state="active",
                **dates,
            )
            add(UnionLicence, store_id=key, number=f"M-{key}", state="active", **dates)
            add(Clearance, store_id=key, state="clear", valid_until=at + timedelta(days=300))
            add(
                Application,
                id=key,
                festival_id=festival.id,
                store_id=key,
                category_id=category.id,
                state="submitted",
                reasons=[],
                version=1,
                score=0,
                check_result="wait",
                submitted_at=at - timedelta(hours=1 + key % 90),
                due_at=at + timedelta(hours=20 + key % 200),
            )
            add(
                ApplicationForm,
                application_id=key,
                legal_form="natural",
                national_id=NATIONAL_ID,
                mobile=MOBILE,
                sheba=SHEBA,
                sheba_owner=OWNER,
                category_ids=[category.id],
                seal_code=f"M{key}",
                licence_number=f"M-{key}",
                health_answers=list(HEALTH_QUESTIONS),
                is_hard_hit=False,
                **steps,
            )
            for kind, asked in (
                (MatchKind.identity, (MOBILE, NATIONAL_ID)),
                (MatchKind.account, (SHEBA, OWNER, NATIONAL_ID)),
            ):
                seal = question_marks(kind, *asked)[0]
                add(
                    ApplicationMatch,
                    application_id=key,
                    kind=kind,
                    fingerprint=seal,
                    state="match",
                    asked_at=moment,
                )
            for text in texts:
                add(
                    PledgeAcceptance,
                    festival_id=festival.id,
                    store_id=key,
                    pledge=text.pledge,
                    version=text.version,
                    accepted_at=moment,
                )
        for model, values in rows.items():
            db.session.execute(insert(model), values)
    return list(range(first, first + count))
