"""The same claim filed, decided and paid by many processes at once, and payments that are killed in the middle.

`FAULT_ROUNDS` says how many come at once to one claim (40 unless told), in threads of several processes, and how many
claims are paid while workers are killed (6 unless told).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update

from marketplace.complaints.clocks import escalate_overdue
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError, Unavailable
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.claim_inputs import Choice
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import ClaimDecision, Ground
from marketplace.guarantee.filing import file_claim
from marketplace.guarantee.paying import pay_reservation, pay_reserved
from marketplace.guarantee.recourse_models import ClaimPayment, ClaimReservation
from marketplace.wiring.tables import WIRING
from tests.factories import AT, a_person, world
from tests.factories.buying import later, paid, parts_of
from tests.factories.claiming import (
    WEEK,
    WISH,
    adjudicators,
    claim,
    complete,
    decided,
    filed,
    fill_fund,
    sitting,
    unanswered_complaint,
)
from tests.factories.complaints import a_complaint
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.processes import in_processes
from tests.together import at_once

PROCESSES = 5
ATTEMPTS = -(-int(os.environ.get("FAULT_ROUNDS") or "40") // PROCESSES)
KILLED = int(os.environ.get("FAULT_ROUNDS") or "6")
THREADS = min(ATTEMPTS, 24)
"""So many of a process have a connection each; more would wait for one another before they reach the database."""
LATER = AT + timedelta(days=30)
PATIENCE = 60 + ATTEMPTS


def told(verb: Callable[[], Any]) -> list[Any]:
    """What the threads of a process were told that all tried at once: done, or the code of the refusal."""

    def attempt(_: int) -> str:
        try:
            with unit_of_work():
                verb()
        except Unavailable:
            raise
        except MarketplaceError as refused:
            return refused.code
        return "done"

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    rounds = [at_once(app, THREADS, attempt, patience=PATIENCE) for _ in range(-(-ATTEMPTS // THREADS))]
    return [word for answers in rounds for word in answers]


def all_told(settings: Settings, work: Callable[[int], list[Any]]) -> list[str]:
    """The answers of all threads of all processes, but for those who were told to come again once too often."""
    answers = [
        word for words in in_processes(PROCESSES, settings, work, patience=2 * PATIENCE) for word in words
    ]
    assert len(answers) >= PROCESSES * ATTEMPTS
    return [word for word in answers if word is not Unavailable]


def broken() -> list[str]:
    """Names of the invariants that do not hold."""
    db.session.rollback()
    return [name for name, check in WIRING.invariants.items() if list(check())]


def test_filed_decided_and_paid_by_many_leaves_exactly_one(settings: Settings) -> None:
    def open_case(_: int) -> tuple[str, int, Any]:
        gateway = MemoryGateway()
        use_gateway(current_app._get_current_object(), gateway)
        small = world()
        adjudicators(1)
        fill_fund(2_000_000)
        with later(AT):
            case, moment = unanswered_complaint(gateway, small.shopper, (small.bowl, 1))
        return case, small.shopper.id, moment

    [(case, shopper, moment)] = in_processes(1, settings, open_case, patience=180)

    def file_it(_: int) -> list[str]:
        return told(lambda: file_claim(case, shopper, WISH, moment))

    answers = all_told(settings, file_it)
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "already_claimed", "claim_not_eligible"}

    def complete_it(_: int) -> tuple[str, Actor, int]:
        name = db.session.scalars(select(Claim.number)).one()
        complete(name, moment)
        return name, sitting(name)[0], claim(name).version

    [(name, who, version)] = in_processes(1, settings, complete_it)
    wish = Choice(True, 250_000, 100, Ground.not_delivered, "مدرکی از تحویل نیست.", "", version)

    def decide_it(_: int) -> list[str]:
        return told(lambda: choose(name, wish, who, LATER))

    answers = all_told(settings, decide_it)
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "claim_already_chose", "stale_claim"}

    def pay_it(_: int) -> list[str]:
        ready = db.session.scalars(select(ClaimReservation.id)).one()
        db.session.rollback()
        return told(lambda: pay_reservation(ready, LATER))

    assert set(all_told(settings, pay_it)) <= {"done", "claim_paid_before"}

    def look(_: int) -> tuple[int, int, int, int, list[str]]:
        counts = [
            db.session.scalar(select(func.count()).select_from(of)) or 0
            for of in (Claim, ClaimDecision, ClaimPayment)
        ]
        return (*counts, claim(name).paid_toman, broken())

    assert in_processes(1, settings, look) == [(1, 1, 1, 175_000, [])]


def test_kill_9_in_the_middle_of_payments_pays_each_once(settings: Settings) -> None:
    def open_cases(_: int) -> int:
        gateway = MemoryGateway()
        use_gateway(current_app._get_current_object(), gateway)
        small = world()
        adjudicators(3)
        fill_fund(100_000_000)
        with unit_of_work():
            db.session.execute(update(Offer).values(stocked_count=10_000))
        with later(
            AT
        ):  # all buy before any complains: a store with so many unanswered complaints sells no more
            people = [a_person() for _ in range(KILLED)]
            parts = [parts_of(paid(gateway, person, (small.scarf, 1)))[0] for person in people]
            cases = [a_complaint(part, person, AT) for part, person in zip(parts, people, strict=True)]
        escalate_overdue(AT + WEEK)
        for case, person in zip(cases, people, strict=True):
            name = filed(case, person, AT + WEEK)
            decided(name, complete(name, AT + WEEK))
            db.session.rollback()
        return KILLED

    in_processes(1, settings, open_cases, patience=400)

    def die(index: int) -> None:
        """Pays until it is killed: after so many payments, inside the unit of the next one."""
        ids = list(db.session.scalars(select(ClaimReservation.id).order_by(ClaimReservation.id)))
        db.session.rollback()
        for place, ready in enumerate(ids[index:] + ids[:index]):
            with unit_of_work():
                pay_reservation(ready, LATER)
                if place >= index:
                    os.kill(os.getpid(), signal.SIGKILL)

    for index in range(3):
        in_processes(1, settings, lambda _, index=index: die(index))

    def finish(_: int) -> tuple[int, int, list[str]]:
        use_gateway(current_app._get_current_object(), MemoryGateway())
        pay_reserved(LATER)
        pay_reserved(LATER)
        rows = db.session.scalars(select(Claim)).all()
        paid = sum(row.paid_toman == row.approved_toman > 0 for row in rows)
        payments = db.session.scalar(select(func.count()).select_from(ClaimPayment)) or 0
        return paid, payments, broken()

    assert in_processes(1, settings, finish, patience=180) == [(KILLED, KILLED, [])]
