"""The public book as lines: what each transfer does to it, what merges, how lines seal each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.guarantee.book_lines import (
    DayKind,
    Head,
    LineKind,
    Move,
    Opening,
    broken_line,
    days_of,
    effect_of,
    kind_of,
    lines_of,
)
from marketplace.ledger.models import Step

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


def move(n: int, step=Step.single, *, is_in=True, other="store_held:ID", code="", toman=100, held=0, at=AT):
    return Move(n, step, is_in, other, code, toman, held, f"subject:{n}", at)


@pytest.mark.parametrize(
    ("one", "kind", "effect"),
    [
        (move(1), LineKind.contribution, (100, 0)),
        (move(1, other="bank", code="fund_gift"), LineKind.gift, (100, 0)),
        (move(1, other="store_payable:ID", code="fund_assessment"), LineKind.assessment, (100, 0)),
        (move(1, other="store_payable:ID", code="recourse"), LineKind.recovered, (100, 0)),
        (move(1, other="bank", code="recourse"), LineKind.recovered, (100, 0)),
        (move(1, Step.hold, is_in=False, other="bank"), LineKind.reserved, (0, 100)),
        (move(1, Step.post, is_in=False, other="bank", held=100), LineKind.paid, (-100, -100)),
        (move(1, Step.post, is_in=False, other="bank", toman=60, held=100), LineKind.paid, (-60, -100)),
        (move(1, Step.void, is_in=False, other="bank", toman=0, held=100), LineKind.released, (0, -100)),
        (move(1, is_in=False, other="shopper_refundable"), LineKind.paid, (-100, 0)),
        (move(1, is_in=False, other="store_receivable:ID"), LineKind.written_off, (-100, 0)),
        (move(1, is_in=False, other="prize_pool"), LineKind.other, (-100, 0)),
        (move(1, Step.hold, other="bank"), LineKind.reserved, (0, 0)),
    ],
)
def test_each_transfer_has_its_kind_and_effect(one, kind, effect):
    assert (kind_of(one), effect_of(one)) == (kind, effect)


def test_contributions_of_a_day_are_one_line_and_all_else_stands_alone():
    lines = lines_of(
        [
            move(1),
            move(2, Step.hold, is_in=False, other="bank", toman=50),
            move(3),
            move(4, at=AT + timedelta(days=1)),
        ],
        Head(),
    )
    assert [(line.kind, line.count, line.change_toman) for line in lines] == [
        (LineKind.contribution, 2, 200),
        (LineKind.reserved, 1, 0),
        (LineKind.contribution, 1, 100),
    ]
    assert [line.free_toman for line in lines] == [200, 150, 250]
    assert {line.transfer_id for line in lines} == {4}
    assert broken_line(lines) is None


def test_what_is_freed_and_paid_in_one_go_is_one_line():
    freed = replace(move(2, Step.void, is_in=False, other="bank", toman=0, held=80), subject="claim:K1")
    paid = replace(move(3, is_in=False, other="shopper_refundable", toman=80), subject="claim:K1")
    other = replace(paid, transfer_id=4, subject="claim:K2")
    lines = lines_of([move(1), freed, paid, other], Head(reserved_toman=80))
    assert [(x.kind, x.change_toman, x.reserved_change_toman, x.count) for x in lines[1:]] == [
        (LineKind.paid, -80, -80, 2),
        (LineKind.paid, -80, 0, 1),
    ]


def test_a_day_begins_in_tehran():
    late = datetime(2026, 3, 25, 20, 29, 59, tzinfo=UTC)
    days = [lines_of([move(1, at=at)], Head())[0].day_on for at in (late, late + timedelta(seconds=1))]
    assert days == [date(2026, 3, 25), date(2026, 3, 26)]


@pytest.mark.parametrize("name", ["change_toman", "balance_toman", "reserved_toman", "count", "number"])
def test_a_changed_line_is_named(name):
    lines = lines_of([move(n, other="bank", code="fund_gift") for n in range(1, 5)], Head())
    lines[2] = replace(lines[2], **{name: getattr(lines[2], name) + 1})
    assert broken_line(lines) == lines[2].number
    del lines[2]
    assert broken_line(lines) == 4


def moves_of(amounts: list[tuple[int, int]]) -> list[Move]:
    """Contributions (kind 0), gifts (1) and holds (2) over some days."""
    shapes = (
        {},
        {"other": "bank", "code": "fund_gift"},
        {"step": Step.hold, "is_in": False, "other": "bank"},
    )
    return [
        move(n + 1, toman=toman, at=AT + timedelta(hours=5 * n), **shapes[kind])
        for n, (kind, toman) in enumerate(amounts)
    ]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 10**9)), min_size=1, max_size=25), st.data())
def test_however_the_book_is_cut_its_days_are_the_same(amounts, data):
    moves = moves_of(amounts)
    cut = data.draw(st.integers(0, len(moves)))
    whole = lines_of(moves, Head())
    first = lines_of(moves[:cut], Head())
    second = lines_of(moves[cut:], first[-1].head if first else Head())
    assert broken_line(first + second) is None

    def days(lines):
        rows = [DayKind(x.day_on, x.kind, x.change_toman, x.reserved_change_toman, x.count) for x in lines]
        return days_of(rows, Opening(AT.date()), lines[-1].day_on)

    assert days(whole) == days(first + second)
    assert days(whole)[-1].balance_toman == sum(t for k, t in amounts if k != 2)
    assert days(whole)[-1].reserved_toman == sum(t for k, t in amounts if k == 2)


def test_days_without_a_line_stand_between():
    rows = [
        DayKind(date(2026, 3, 25), LineKind.gift, 100, 0, 1),
        DayKind(date(2026, 3, 28), LineKind.paid, -30, -30, 1),
    ]
    days = days_of(rows, Opening(date(2026, 3, 25)), date(2026, 3, 29))
    assert [day.balance_toman for day in days] == [100, 100, 100, 70, 70]
    assert (days[0].of(LineKind.gift), days[3].paid_toman) == (100, 30)
    later = days_of(rows[1:], Opening(date(2026, 3, 28), 100, 30), date(2026, 3, 28))
    assert [(day.balance_toman, day.reserved_toman) for day in later] == [(70, 0)]
