"""Random events over seals, licences and clearances: only lawful states, every change in the history with its actor,
and admission's SQL and explanation agree at each moment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, broken_entries
from marketplace.core.dates import months_later
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import MarketplaceError
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ADMITTED_STORES, explain_store
from marketplace.stores.case_models import ClearanceHistory, LicenceHistory, SealHistory
from marketplace.stores.clearances import (
    add_information,
    answer_clearance,
    ask_for_clearance,
    mark_asked,
    object_to_clearance,
    renew_clearance,
    watch_clearances,
)
from marketplace.stores.expiry import remind_of_expiry
from marketplace.stores.inputs import Outcome, SealWish, Stated
from marketplace.stores.licences import (
    expire_licences,
    register_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from marketplace.stores.models import Clearance, ClearanceState, Seal, SealState, UnionLicence
from marketplace.stores.paper_queries import clearance_of_store, open_application_of
from marketplace.stores.rules import HOLDING, may_become
from marketplace.stores.seal_applications import (
    apply_for_seal,
    grant_application,
    refuse_application,
    withdraw_application,
)
from marketplace.stores.seals import (
    change_stars,
    expire_seals,
    overturn_revocation,
    reinstate_seal,
    renew_seal,
    revoke_seal,
    suspend_seal,
)
from tests.factories import (
    AT,
    a_bare_store,
    a_festival,
    a_member,
    a_person,
    a_pledge_acceptance,
    a_store,
    an_application,
    an_official,
    pledge_texts,
    pledges_in_force,
    rules,
    writing,
)

ROUNDS = int(os.environ.get("ROUNDS", "1"))
"""SQLite goes through three of each, PostgreSQL through one: its statements, types and locks, not more of the laws."""
OUTCOMES = (
    Outcome(ClearanceState.clear, None),
    Outcome(ClearanceState.clear, None),
    Outcome(ClearanceState.adverse, "record"),
    Outcome(ClearanceState.more_information, "other"),
)
NATIONAL_ID = "0084575948"
WHY = "other"


class Bureau:
    """Two stores with papers, one without, and officers who do anything to them at moments that go on at random."""

    def __init__(self) -> None:
        self.rng, self.at = Random(0), AT
        with writing():
            self.festival = a_festival(
                live_until=AT + timedelta(days=4000), draw_at=AT + timedelta(days=4100)
            )
            people = [an_official(Role.seal_officer), an_official(Role.clearance_officer)]
            self.officers = [Actor(one.id, "office", one.display_name) for one in people]
            self.owner_id = a_person().id
            self.stores = [self._a_store(is_bare) for is_bare in (False, False, True)]
        self.owner = Actor(self.owner_id, "store", "owner")

    def _a_store(self, is_bare: bool) -> tuple[int, str]:
        store = a_bare_store() if is_bare else a_store(festival=self.festival)
        if is_bare:
            a_member(store)
            an_application(store, self.festival)
            for pledge in pledges_in_force(AT):
                a_pledge_acceptance(store, self.festival, pledge)
        return store.id, store.domain or ""

    def act(self, name: str, rng: Random) -> None:
        """One event; a refusal is an event as well and must leave no trace, which the checks after it see to."""
        self.rng = rng
        self.store_id, self.domain = rng.choice(self.stores)
        self.officer = rng.choice(self.officers)
        if name == "wait":
            self.wait()
            return
        with suppress(MarketplaceError), unit_of_work():
            getattr(self, name)()

    def wait(self) -> None:
        self.at += timedelta(hours=self.rng.choice((1, 30, 119, 24 * 20, 24 * 100, 24 * 190)))
        with unit_of_work():
            for sweep in (expire_seals, expire_licences, remind_of_expiry, watch_clearances):
                sweep(self.at)

    # -- the seal

    def apply_for_seal(self) -> None:
        apply_for_seal(
            self.store_id, self.owner_id, SealWish(self.domain, NATIONAL_ID, ""), self.owner, self.at
        )

    def prove(self) -> None:
        application = open_application_of(self.store_id)
        if application is not None:
            application.proven_at = self.at

    def grant(self) -> None:
        application = open_application_of(self.store_id)
        if application is not None:
            grant_application(application.id, self.rng.randrange(6), self.officer, self.at)

    def refuse(self) -> None:
        application = open_application_of(self.store_id)
        if application is not None and self.rng.random() < 0.3:
            refuse_application(application.id, Stated(WHY, "so"), self.officer, self.at)

    def take_back(self) -> None:
        if self.rng.random() < 0.3:
            withdraw_application(self.store_id, self.owner, self.at)

    def suspend(self) -> None:
        suspend_seal(self.store_id, WHY, self.officer, self.at)

    def reinstate(self) -> None:
        reinstate_seal(self.store_id, WHY, self.officer, self.at)

    def revoke(self) -> None:
        revoke_seal(self.store_id, WHY, self.officer, self.at)

    def overturn(self) -> None:
        if self.rng.random() < 0.3:
            overturn_revocation(self.store_id, WHY, self.officer, self.at)

    def stars(self) -> None:
        change_stars(self.store_id, self.rng.randrange(6), WHY, self.officer, self.at)

    def renew(self) -> None:
        renew_seal(self.store_id, self.officer, self.at)

    # -- the licence

    def license(self) -> None:
        verb = self.rng.choice((suspend_licence, reinstate_licence, reinstate_licence, revoke_licence))
        verb(self.store_id, WHY, self.officer, self.at)

    def register(self) -> None:
        ends = self.at + timedelta(days=self.rng.choice((-1, 30, 400)))
        number = f"M-{self.store_id}"
        register_licence(self.store_id, number, self.at, ends, self.officer, self.at)

    def renew_licence(self) -> None:
        renew_licence(self.store_id, self.at + timedelta(days=300), self.officer, self.at)

    # -- the clearance

    def ask(self) -> None:
        ask_for_clearance(self.store_id, self.owner_id, self.owner, self.at)

    def ask_anew(self) -> None:
        renew_clearance(self.store_id, self.owner_id, self.owner, self.at)

    def go_on(self) -> None:
        """An officer's next act about a clearance: hand it over, then write the answer down."""
        clearance = clearance_of_store(self.store_id)
        if clearance is None:
            return
        if clearance.state is ClearanceState.queued:
            mark_asked(clearance.id, self.officer, self.at)
        else:
            answer_clearance(clearance.id, self.rng.choice(OUTCOMES), self.officer, self.at)

    def object(self) -> None:
        object_to_clearance(self.store_id, self.owner, self.at)

    def inform(self) -> None:
        add_information(self.store_id, "words", self.owner, self.at)


EVENTS = (
    "apply_for_seal", "apply_for_seal", "prove", "prove", "grant", "grant", "refuse", "take_back", "suspend",
    "reinstate", "revoke", "overturn", "stars", "renew", "license", "register", "renew_licence", "ask",
    "ask_anew", "ask_anew", "go_on", "go_on", "go_on", "object", "inform", "wait", "wait", "wait",
)  # fmt: skip


def ensure_lawful(bureau: Bureau) -> None:
    """Every promise about the papers, asked of the database itself."""
    db.session.rollback()
    ids = [store_id for store_id, _ in bureau.stores]
    for paper, history, key in (
        (Seal, SealHistory, "seal_id"),
        (UnionLicence, LicenceHistory, "licence_id"),
        (Clearance, ClearanceHistory, "clearance_id"),
    ):
        for row in db.session.scalars(select(paper).where(paper.store_id.in_(ids))):
            lines = db.session.scalars(
                select(history).where(getattr(history, key) == row.id).order_by(history.id)
            ).all()
            ensure_history(row, lines)
    for seal in db.session.scalars(select(Seal).where(Seal.store_id.in_(ids))):
        assert (seal.revoked_at is None) or seal.state in (SealState.revoked, SealState.applied)
    for clearance in db.session.scalars(select(Clearance).where(Clearance.store_id.in_(ids))):
        assert clearance.valid_until is None or clearance.state in HOLDING
        assert (clearance.information is None) or clearance.state in (
            ClearanceState.queued,
            ClearanceState.asked,
        )
    for at in (bureau.at, bureau.at + timedelta(days=90)):
        ensure_one_answer(bureau.festival.id, ids, at)


def ensure_history(row: Any, lines: Sequence[Any]) -> None:
    """One line follows from the one before it, and the last one is what the paper says."""
    for line in lines:
        assert line.state_before is None or (
            line.state_after == line.state_before or may_become(line.state_before, line.state_after)
        ), (line.state_before, line.state_after)
        assert line.actor_label
    assert all(a.state_after is b.state_before and a.at <= b.at for a, b in pairwise(lines))
    if lines:
        assert row.state is lines[-1].state_after
    if isinstance(row, Seal):
        assert all(a.stars_after == b.stars_before for a, b in pairwise(lines))
        assert not lines or row.stars == lines[-1].stars_after
        ensure_six_months(lines)


def ensure_six_months(lines: Sequence[SealHistory]) -> None:
    """Nobody asks again sooner after a revocation."""
    revoked: datetime | None = None
    for line in lines:
        if line.state_after is SealState.revoked:
            revoked = line.at
        elif line.state_after is SealState.applied and revoked is not None:
            assert line.at >= months_later(revoked, 6)


def ensure_one_answer(festival_id: int, ids: list[int], at: datetime) -> None:
    """Lists and explanation say the same about every store."""
    admitted = set(db.session.scalars(ADMITTED_STORES, {"festival": festival_id, "at": at})) & set(ids)
    explained = {store_id for store_id in ids if not explain_store(store_id, festival_id, at)}
    assert explained == admitted


def test_random_days_of_the_bureaus(ctx, at):
    with writing():
        rules()
        pledge_texts()

    examples = ROUNDS * (3 if is_sqlite() else 1)

    @settings(max_examples=examples, deadline=None, database=None, derandomize="ROUNDS" not in os.environ)
    @given(events=st.permutations(EVENTS * 2), seed=st.integers(0, 2**32))
    def days(events: list[str], seed: int) -> None:
        bureau, rng = Bureau(), Random(seed)
        for event in events:
            bureau.act(event, rng)
            ensure_lawful(bureau)

    days()
    for history, action in (
        (SealHistory, "change_seal"),
        (LicenceHistory, "change_licence"),
        (ClearanceHistory, "change_clearance"),
    ):
        audited = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        written = db.session.scalar(select(func.count()).select_from(history))
        assert db.session.scalar(audited) == written and written > examples
    assert not list(broken_entries())
