"""Nobody has more than their chances: chi-square over many seeds, with weights; biased programs fail the same test.

Limits are those of 99 % confidence; the seeds are fixed, so that it never fails by chance. `ROUNDS` makes it larger.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from marketplace.lottery.draw import Entry, Unit, draw_stage, words_of

ROUNDS = int(os.environ.get("ROUNDS", "1"))
PERSONS, PICKED = 100, 5
DRAWS = 2_000 * min(ROUNDS, 50)
LIMIT_99_DF = 134.6
EVERYBODY = [Entry(f"{n:032x}", f"{n:064x}", 1) for n in range(PERSONS)]
UNITS = [Unit(1, n + 1) for n in range(PICKED)]


def seed(name: str, number: int) -> bytes:
    return hashlib.sha256(f"{name}/{number}".encode()).digest()


def ours(number: int) -> Sequence[int]:
    drawn = draw_stage(EVERYBODY, UNITS, seed("alike", number))
    return [pick.index for pick in drawn.picks]


def by_one_byte(number: int) -> Sequence[int]:
    """A program that takes one byte modulo what is left: the first ones are favoured."""
    left = list(range(PERSONS))
    words = itertools.chain.from_iterable(
        hashlib.sha256(seed("byte", number) + bytes([block])).digest() for block in itertools.count()
    )
    return [left.pop(next(words) % len(left)) for _ in range(PICKED)]


def never_the_last(number: int) -> Sequence[int]:
    """A program that is wrong by one: whoever stands last is never drawn."""
    left, words = list(range(PERSONS)), words_of(seed("one", number))
    return [left.pop(next(words) % (len(left) - 1)) for _ in range(PICKED)]


def chi_square(program: Callable[[int], Sequence[int]], draws: int) -> float:
    counts = Counter(itertools.chain.from_iterable(program(number) for number in range(draws)))
    expected = draws * PICKED / PERSONS
    raw = sum((counts[n] - expected) ** 2 / expected for n in range(PERSONS))
    return raw * (PERSONS - 1) / (PERSONS - PICKED)


def test_everybody_is_drawn_alike():
    assert chi_square(ours, DRAWS) < LIMIT_99_DF


@pytest.mark.parametrize(("program", "draws"), [(by_one_byte, 2_000), (never_the_last, 20_000)])
def test_a_biased_program_fails_the_same_test(program, draws):
    assert chi_square(program, draws) > LIMIT_99_DF


def test_all_orders_of_four_come_alike():
    four, units = EVERYBODY[:4], [Unit(1, n) for n in range(1, 5)]
    draws = 4_800 * min(ROUNDS, 10)
    orders = Counter(
        tuple(pick.index for pick in draw_stage(four, units, seed("orders", number)).picks)
        for number in range(draws)
    )
    expected = draws / 24
    assert len(orders) == 24
    assert sum((count - expected) ** 2 / expected for count in orders.values()) < 41.6


def test_the_first_prize_follows_the_weights_and_the_second_what_is_left():
    """Chances 1, 2, 3, 4 and a person of two entries with 5 and 5: first by weight, second by weight of the rest."""
    weights = [1, 2, 3, 4, 5, 5]
    entries = [Entry(f"{n:032x}", f"{min(n, 4):064x}", weight) for n, weight in enumerate(weights)]
    of_person = [1, 2, 3, 4, 10]
    draws, total = 4_000 * min(ROUNDS, 25), 20
    pairs: Counter[tuple[int, int]] = Counter()
    for number in range(draws):
        first, second = draw_stage(entries, UNITS[:2], seed("weights", number)).picks
        pairs[min(first.index, 4), min(second.index, 4)] += 1
    score = 0.0
    for one, other in itertools.permutations(range(5), 2):
        share = of_person[one] / total * of_person[other] / (total - of_person[one])
        score += (pairs[one, other] - draws * share) ** 2 / (draws * share)
    assert score < 36.2  # 99 % of chi-square with 19 degrees of freedom
    assert not any(one == other for one, other in pairs)
    unweighted = sum(
        (count - draws / 20) ** 2 / (draws / 20)
        for count in (pairs[p] for p in itertools.permutations(range(5), 2))
    )
    assert unweighted > 36.2
