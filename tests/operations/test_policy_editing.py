"""Changing numbers: from its day on, never backwards, by one or by two, never from a stale page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.accounts.approvals import approve, pending
from marketplace.accounts.errors import ApprovalWaits
from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy import editing, queries, tariff_editing
from marketplace.policy.errors import NothingPlanned, PolicyChanged, PolicyQuarrel
from marketplace.policy.inputs import NumberChange, TariffChange
from marketplace.policy.models import PolicyRow, ShippingMethod
from marketplace.policy.numbers import NUMBERS
from marketplace.policy.policy import policy_at
from marketplace.policy.tariffs import rates_at
from tests.factories import AT, an_official, rules
from tests.together import at_once
from tests.unchanged import nothing_written

DAY = date(2026, 4, 4)
MIDNIGHT = day_begins(DAY)


@pytest.fixture
def people(ctx) -> list[Actor]:
    rules()
    return [Actor(an_official(Role.office).id, "office", f"o{n}") for n in range(2)]


def wish(name: str, value: int, day: date = DAY, seen: int | None = None) -> NumberChange:
    return NumberChange(
        NUMBERS[name], value, day, "decided in the meeting", queries.newest_id(name) if seen is None else seen
    )


def changed(
    name: str, value: int, actor: Actor, day: date = DAY, at=AT, seen: int | None = None
) -> int | None:
    made = wish(name, value, day, seen)
    with unit_of_work():
        return editing.change_number(made, actor, at)


def agreed(proposal: int, actor: Actor, at=AT) -> None:
    with unit_of_work():
        editing.carry_out_number(approve(proposal, actor, at), actor, at)


def value_at(name: str, moment) -> int:
    db.session.rollback()
    return getattr(policy_at(moment), name)


def logged() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_one_person_plans_it_and_it_holds_from_its_midnight(people):
    assert changed("min_discount_percent", 20, people[0]) is None
    assert value_at("min_discount_percent", MIDNIGHT - timedelta(microseconds=1)) == 15
    assert value_at("min_discount_percent", MIDNIGHT) == 20
    assert logged() == ["change_policy"]
    row = queries.rows_of("min_discount_percent")[0]
    assert (row.value, row.by, row.second) == (20, row.by, None)


def test_today_means_from_this_moment(people):
    changed("min_discount_percent", 20, people[0], day=AT.date())
    assert value_at("min_discount_percent", AT - timedelta(seconds=1)) == 15
    assert value_at("min_discount_percent", AT) == 20


def test_money_waits_for_a_second_person(people):
    proposal = changed("free_shipping_above_toman", 120_000, people[0])
    assert proposal is not None
    assert value_at("free_shipping_above_toman", MIDNIGHT) == 100_000
    agreed(proposal, people[1])
    assert value_at("free_shipping_above_toman", MIDNIGHT) == 120_000
    row = db.session.scalars(
        select(PolicyRow).where(PolicyRow.name == "free_shipping_above_toman").order_by(PolicyRow.id.desc())
    ).first()
    assert (row.entered_by_id, row.seconded_by_id) == (people[0].id, people[1].id)
    assert logged() == ["propose", "approved", "change_policy"]


def test_agreed_to_after_its_day_it_holds_from_the_agreement(people):
    proposal = changed("free_shipping_above_toman", 120_000, people[0], day=AT.date() + timedelta(days=1))
    late = AT + timedelta(days=2)
    agreed(proposal, people[1], late)
    assert value_at("free_shipping_above_toman", late - timedelta(seconds=1)) == 100_000
    assert value_at("free_shipping_above_toman", late) == 120_000


def test_a_second_proposal_waits_its_turn(people):
    changed("entries_cap", 40, people[0])
    with pytest.raises(ApprovalWaits):
        changed("entries_cap", 30, people[1])
    assert len(pending()) == 1


def test_a_later_word_on_the_same_day_holds(people):
    changed("min_discount_percent", 20, people[0])
    changed("min_discount_percent", 25, people[1])
    assert value_at("min_discount_percent", MIDNIGHT + timedelta(seconds=1)) == 25


def test_a_planned_change_is_taken_back(people):
    changed("min_discount_percent", 20, people[0])
    with unit_of_work():
        editing.take_back_planned(
            "min_discount_percent", queries.newest_id("min_discount_percent"), "not needed", people[1], AT
        )
    assert value_at("min_discount_percent", MIDNIGHT + timedelta(days=1)) == 15
    assert value_at("min_discount_percent", MIDNIGHT - timedelta(days=1)) == 15


def test_nothing_planned_nothing_taken_back(people):
    seen = queries.newest_id("min_discount_percent")
    with nothing_written(), pytest.raises(NothingPlanned), unit_of_work():
        editing.take_back_planned("min_discount_percent", seen, "not needed", people[0], AT)


def test_money_is_taken_back_by_two(people):
    with nothing_written(), pytest.raises(Forbidden), unit_of_work():
        editing.take_back_planned("entries_cap", queries.newest_id("entries_cap"), "no", people[0], AT)


def test_a_stale_page_is_refused(people):
    seen = queries.newest_id("min_discount_percent")
    changed("min_discount_percent", 20, people[0])
    with nothing_written(), pytest.raises(PolicyChanged):
        changed("min_discount_percent", 30, people[1], seen=seen)


def test_a_stale_proposal_is_not_carried_out(people):
    """The number changed by other ways since it was proposed: nobody agrees to a difference that is none any more."""
    proposal = changed("entries_cap", 40, people[0])
    with unit_of_work():
        db.session.add(
            PolicyRow(name="entries_cap", value=45, effective_from=AT, entered_at=AT, reason="by the release")
        )
    with nothing_written(), pytest.raises(PolicyChanged):
        agreed(proposal, people[1])
    assert len(pending()) == 1


def test_a_contradiction_is_refused(people):
    with nothing_written(), pytest.raises(PolicyQuarrel) as refused:
        changed("clearance_amber_hours", 96, people[0])
    assert dict(refused.value.reasons[0].params) == {
        "low": "clearance_amber_hours",
        "high": "clearance_red_hours",
    }


def test_a_contradiction_with_what_is_planned_later_is_refused(people):
    changed("clearance_red_hours", 80, people[0], day=DAY + timedelta(days=10))
    with nothing_written(), pytest.raises(PolicyQuarrel):
        changed("clearance_amber_hours", 85, people[0])


def test_the_same_value_is_no_change(people):
    with nothing_written(), pytest.raises(Conflict, match="policy_same"):
        changed("min_discount_percent", 15, people[0])


def test_of_two_at_once_one_is_written(app, people):
    seen = queries.newest_id("min_discount_percent")
    before = db.session.scalar(select(func.count(PolicyRow.id)))
    outcomes = at_once(
        app, 2, lambda i: changed("min_discount_percent", 20 + i, people[i], DAY + timedelta(i), seen=seen)
    )
    assert sorted(o is PolicyChanged for o in outcomes) == [False, True]
    db.session.rollback()
    assert db.session.scalar(select(func.count(PolicyRow.id))) == before + 1


def test_a_tariff_waits_for_two_and_holds_from_its_day(people):
    key = (ShippingMethod.pishtaz, 2)
    made = TariffChange(*key, 50_000, 12_000, DAY, "the post raised it", queries.newest_tariff_id(*key))
    with unit_of_work():
        proposal = tariff_editing.change_tariff(made, people[0], AT)
    assert rates_at(MIDNIGHT)[key].first_kg_toman == 43_000
    with unit_of_work():
        tariff_editing.carry_out_tariff(approve(proposal, people[1], AT), people[1], AT)
    db.session.rollback()
    assert rates_at(MIDNIGHT - timedelta(seconds=1))[key].price(1_500) == 54_000
    assert rates_at(MIDNIGHT)[key].price(1_500) == 62_000
    with nothing_written(), pytest.raises(PolicyChanged), unit_of_work():
        tariff_editing.change_tariff(made, people[0], AT)
