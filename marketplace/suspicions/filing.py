"""The sweep that files what signals find: one open case a subject and signal, which more evidence joins.

It writes cases and facts, and nothing else: nobody loses anything by it, and nobody is told before an official asks.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import Policy, policy_at
from marketplace.suspicions import case_figures, figures
from marketplace.suspicions.case_signals import claim_abuse, review_ring
from marketplace.suspicions.findings import Evidence, Finding, Settled
from marketplace.suspicions.models import Signal, SubjectKind, Suspicion, SuspicionFact, SuspicionState
from marketplace.suspicions.notices import tell_more
from marketplace.suspicions.queries import lock_open
from marketplace.suspicions.rules import answer_due, may_join
from marketplace.suspicions.signals import entry_farming, linked_accounts, refund_loop, self_dealing

S = SuspicionState


def watch_suspicions(at: datetime) -> int:
    """The sweep: measures, files new cases, adds new facts to those that are open. Gives how many changed."""
    policy = policy_at(at)
    found = list(_findings(policy, at))
    db.session.rollback()
    done = 0
    for finding in sorted(found, key=lambda f: (f.signal, f.subject, f.subject_id)):
        with unit_of_work():
            done += file_finding(finding, at)
    return done


def file_finding(finding: Finding, at: datetime) -> bool:
    """Files what a signal says of one subject; says whether anything is new. Inside a unit, twice is once."""
    known = set(
        db.session.scalars(
            select(SuspicionFact.key).where(
                SuspicionFact.signal == finding.signal, SuspicionFact.of == finding.of
            )
        )
    )
    fresh = [fact for fact in finding.evidence if fact.key not in known]
    if not fresh:
        return False
    case = lock_open(finding.signal, finding.subject, finding.subject_id)
    if case is None:
        case_id = _open(finding, at)
        if case_id is None:  # somebody else opened it meanwhile; the next sweep adds what is missing
            return False
        case = db.session.get_one(Suspicion, case_id)
        record(SYSTEM, "file_suspicion", f"suspicion:{case.number}", at, signal=finding.signal.value)
    elif may_join(case.state, case.asked_at, at, policy_at(at)):
        _join(case, finding, at)
    else:
        return False
    return bool(_write(case, fresh, at))


def _findings(policy: Policy, at: datetime) -> Iterator[Finding]:
    since = at - timedelta(days=policy.suspect_window_days)
    settled = _settled()
    yield from self_dealing(figures.purchases_with_ties(since), settled, policy)
    busy = figures.purchases_of_busy(since, policy)
    yield from entry_farming(busy, settled, policy)
    people = (f for f in refund_loop(busy, settled, policy) if f.subject is SubjectKind.person)
    yield from people
    returning = figures.purchases_of_returning_stores(since, policy)
    yield from (f for f in refund_loop(returning, settled, policy) if f.subject is SubjectKind.store)
    yield from linked_accounts(figures.shared_traits(since, policy), settled, policy)
    claims = case_figures.claims_since(since, policy)
    files = case_figures.files_sent_again(since)
    people_asked = {c.person_id for c in claims} | {f.person_id for f in files}
    orders = case_figures.orders_of(people_asked, since)
    yield from claim_abuse(claims, orders, files, settled, policy)
    yield from review_ring(case_figures.reviews_since(since, policy), settled, policy)


def _settled() -> Settled:
    """The facts of cases that are decided, by signal and subject."""
    keys: dict[tuple[Signal, str], set[str]] = defaultdict(set)
    rows = db.session.execute(
        select(SuspicionFact.signal, SuspicionFact.of, SuspicionFact.key)
        .join(Suspicion, Suspicion.id == SuspicionFact.suspicion_id)
        .where(Suspicion.state == S.decided)
    )
    for row in rows:
        keys[row.signal, row.of].add(row.key)
    return {subject: frozenset(found) for subject, found in keys.items()}


def _open(finding: Finding, at: datetime) -> int | None:
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    is_person = finding.subject is SubjectKind.person
    return db.session.scalar(
        insert(Suspicion)
        .values(
            number=f"G{secrets.randbelow(900_000_000) + 100_000_000}",
            signal=finding.signal,
            subject=finding.subject,
            person_id=finding.subject_id if is_person else None,
            store_id=None if is_person else finding.subject_id,
            state=S.found,
            version=1,
            question="",
            reason="",
            measures=[asdict(measure) for measure in finding.measures],
            found_at=at,
        )
        .on_conflict_do_nothing()
        .returning(Suspicion.id)
    )


def _join(case: Suspicion, finding: Finding, at: datetime) -> None:
    """More evidence of an open case: whoever was asked is told, and has the whole time again to answer it."""
    policy = policy_at(at)
    case.measures = [asdict(measure) for measure in finding.measures]
    case.version += 1
    if case.state is not S.found and case.asked_at is not None:
        case.state = S.hearing
        case.answer_due_at = answer_due(case.asked_at, at, policy)
        tell_more(case, at)
    db.session.flush()
    record(SYSTEM, "add_to_suspicion", f"suspicion:{case.number}", at)


def _write(case: Suspicion, fresh: list[Evidence], at: datetime) -> int:
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    rows = [
        {
            "suspicion_id": case.id,
            "signal": case.signal,
            "of": case.of,
            "key": fact.key,
            "what": dict(fact.what),
            "inside": dict(fact.inside),
            "at": fact.at,
            "joined_at": at,
        }
        for fact in fresh
    ]
    done = db.session.execute(
        insert(SuspicionFact).on_conflict_do_nothing().returning(SuspicionFact.id), rows
    )
    return len(done.all())
