"""Applications in the hands of store and office: filled in, answered from outside, waiting for a decision."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.application_facts import fingerprint
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.application_models import (
    ApplicationForm,
    ApplicationMatch,
    ApplicationStep,
    MatchKind,
    MatchState,
)
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.stores.models import LegalForm, Seal, Store, UnionLicence
from tests.factories.festivals import an_application
from tests.factories.rows import AT, number, put, writing

MOBILE, NATIONAL_ID, OWNER = "09121112233", "0499370899", "مریم رضایی"
SHEBA = "IR980296000000010032420001"


def a_form(application: Application, *, at: datetime = AT, **columns: Any) -> ApplicationForm:
    """A form with every step saved, its numbers answered with yes."""
    with writing():
        seal = db.session.scalar(select(Seal.code).where(Seal.store_id == application.store_id))
        licence = db.session.scalar(
            select(UnionLicence.number).where(UnionLicence.store_id == application.store_id)
        )
        steps = ("who", "address", "categories", "seal", "licence", "clearance", "hard_hit", "health")
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
                **{f"{step}_at": at - timedelta(days=2) for step in steps},
                **columns,
            },
        )
        for kind, first, second in (
            (MatchKind.identity, form.mobile, form.national_id),
            (MatchKind.account, form.sheba, form.sheba_owner),
        ):
            put(
                ApplicationMatch,
                application_id=application.id,
                kind=kind,
                fingerprint=fingerprint(kind, first, second),
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
