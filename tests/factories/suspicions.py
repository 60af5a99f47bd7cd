"""Suspicions through the verbs themselves, and as rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.suspicions.filing import file_finding
from marketplace.suspicions.findings import Evidence, Finding, Measure
from marketplace.suspicions.hearing import ask_subject
from marketplace.suspicions.inputs import Words
from marketplace.suspicions.models import Signal, SubjectKind, Suspicion
from tests.factories.rows import AT

QUESTION = "این سفارش‌ها را چه کسی و برای چه داده است؟"


def a_finding(
    subject: Any, *keys: str, signal: Signal = Signal.self_dealing, at: datetime = AT, **what: Any
) -> Finding:
    """What a signal says of a person or a store, whose table tells which."""
    kind = SubjectKind.store if subject.__tablename__ == "stores" else SubjectKind.person
    evidence = tuple(
        Evidence(key, at - timedelta(days=1), {"number": "N1", "toman": 100_000, **what}) for key in keys
    )
    measures = (Measure("orders", len(keys), 1, "suspect_self_orders"),)
    return Finding(signal, kind, subject.id, measures, evidence)


def a_suspicion(
    subject: Any, *keys: str, signal: Signal = Signal.self_dealing, at: datetime = AT, **what: Any
) -> Suspicion:
    """A case as the sweep files it."""
    with unit_of_work():
        assert file_finding(a_finding(subject, *keys, signal=signal, at=at, **what), at)
    return db.session.scalars(select(Suspicion).order_by(Suspicion.id.desc()).limit(1)).one()


def asked(case: Suspicion, official: Actor, at: datetime = AT) -> Suspicion:
    """The subject is asked."""
    seen = fresh_case(case).version
    with unit_of_work():
        ask_subject(case.number, Words(QUESTION, seen), official, at)
    return fresh_case(case)


def fresh_case(case: Suspicion) -> Suspicion:
    """The case as the database has it now."""
    number = case.number
    db.session.rollback()
    query = select(Suspicion).where(Suspicion.number == number).execution_options(populate_existing=True)
    return db.session.scalars(query).one()
