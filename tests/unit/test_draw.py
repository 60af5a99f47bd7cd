"""The draw is pure, fair, and the same for everybody who computes it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.lottery.draw import Entry, Skips, Unit, _below, draw_stage, words_of
from marketplace.lottery.proof.picking import Entries, picks_of
from marketplace.lottery.proof.stream import below, words


def entries_of(*weights: int, persons: list[str] | None = None) -> list[Entry]:
    return [
        Entry(f"{index:032x}", persons[index] if persons else f"{index:064x}", weight)
        for index, weight in enumerate(weights)
    ]


def seed(number: int) -> bytes:
    return hashlib.sha256(b"test" + number.to_bytes(8, "big")).digest()


def test_the_stream_passes_over_unfair_words():
    """A published vector: seven of fifteen words are thrown away for a limit just above half of all words."""
    expected = [
        1211310379695134281,
        3561336132041717541,
        736142317439804935,
        3072563895486306826,
        2396204064665265901,
        223918231641105976,
        4419855893449170488,
        4926387590822276895,
    ]
    key = hashlib.sha256(b"reject").digest()
    ours, theirs = words_of(key), words(key)
    assert [_below(2**63 + 1, ours) for _ in expected] == expected
    assert [below(2**63 + 1, theirs) for _ in expected] == expected


def test_nobody_wins_twice_and_prizes_go_in_order():
    entries = entries_of(1, 50, 1, 1, persons=["a", "b", "b", "c"])
    units = [Unit(1, 1), Unit(2, 1), Unit(2, 2)]
    drawn = draw_stage(entries, units, seed(1))
    assert list(drawn.winners) == units
    assert sorted(entries[index].pseudonym for index in drawn.winners.values()) == ["a", "b", "c"]
    assert drawn.undrawn == ()


def test_prizes_beyond_the_persons_are_left_over():
    entries = entries_of(3, 4, persons=["a", "a"])
    drawn = draw_stage(entries, [Unit(1, 1), Unit(1, 2)], seed(2))
    assert len(drawn.winners) == 1
    assert drawn.undrawn == (Unit(1, 2),)
    assert draw_stage([], [Unit(1, 1)], seed(2)).undrawn == (Unit(1, 1),)


def test_a_person_with_nearly_all_chances_costs_no_time_and_wins_once():
    entries = entries_of(2**40, 1, 1)
    drawn = draw_stage(entries, [Unit(n, 1) for n in (1, 2, 3)], seed(3))
    assert sorted(drawn.winners.values()) == [0, 1, 2]
    assert len(drawn.picks) == 3, "no ticket is drawn in vain"


def test_who_stands_on_the_skip_list_is_told_and_the_same_prize_is_drawn_again():
    entries = entries_of(5, 5, 5, persons=["a", "a", "b"])
    skips = Skips({}, {"a": "lost the right"})
    for number in range(20):
        drawn = draw_stage(entries, [Unit(1, 1)], seed(number), skips=skips)
        assert drawn.winners == {Unit(1, 1): 2}
        assert [pick.skipped for pick in drawn.picks[:-1]] in ([], ["lost the right"])


def test_a_struck_entry_leaves_its_persons_other_entries():
    entries = entries_of(7, 1, persons=["a", "a"])
    drawn = draw_stage(entries, [Unit(1, 1)], seed(4), skips=Skips({entries[0].entry_id: "refunded"}, {}))
    assert drawn.winners == {Unit(1, 1): 1}


def test_winners_of_earlier_stages_take_part_no_longer():
    entries = entries_of(9, 1, persons=["a", "b"])
    drawn = draw_stage(entries, [Unit(1, 1)], seed(5), earlier_winners=frozenset({"a"}))
    assert drawn.winners == {Unit(1, 1): 1}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), min_size=1, max_size=40),
    st.integers(1, 12),
    st.integers(0, 2**32),
    st.sets(st.integers(0, 39)),
    st.sets(st.integers(0, 9)),
)
def test_the_verifier_draws_the_same_by_other_means(rows, prizes, number, struck, barred):
    entries = [
        Entry(f"{index:032x}", f"{person:064x}", weight) for index, (person, weight) in enumerate(rows)
    ]
    skips = Skips(
        {entries[index].entry_id: "refunded" for index in struck if index < len(entries)},
        {f"{person:064x}": "official" for person in barred},
    )
    units = [Unit(rank, 1) for rank in range(1, prizes + 1)]
    ours = draw_stage(entries, units, seed(number), skips=skips)
    published = Entries(
        [e.entry_id for e in entries], [e.pseudonym for e in entries], [e.weight for e in entries]
    )
    told = {("entry", key): why for key, why in skips.entries.items()}
    told |= {("person", key): why for key, why in skips.persons.items()}
    picks, undrawn = picks_of(published, [[u.rank, u.number] for u in units], told, words(seed(number)))
    assert [(p["index"], p["ticket"], p["of"], p["prize"], p["skipped"]) for p in picks] == [
        (p.index, p.ticket, p.of, [p.unit.rank, p.unit.number], p.skipped) for p in ours.picks
    ]
    assert undrawn == [[u.rank, u.number] for u in ours.undrawn]


# --- fairness ----------------------------------------------------------------------------------------------
# Fixed seeds: these tests never waver. Limits are the 99 % points of chi square.


def chi_square(found: Counter[int], expected: float, cells: int) -> float:
    return sum((found[cell] - expected) ** 2 / expected for cell in range(cells))


def inclusion(pick, draws: int) -> float:
    """Chi square of how often each of 100 was among 5 drawn, made up for drawing without replacement."""
    found: Counter[int] = Counter()
    for number in range(draws):
        found.update(pick(number))
    return chi_square(found, draws * 5 / 100, 100) * 99 / 95


def ours(number: int) -> list[int]:
    return list(draw_stage(EQUAL, FIVE, seed(number)).winners.values())


EQUAL = entries_of(*[1] * 100)
FIVE = [Unit(rank, 1) for rank in range(1, 6)]
LIMIT_99 = 134.6


def test_everybody_is_drawn_equally_often():
    assert inclusion(ours, 100_000) < LIMIT_99


def test_the_yardstick_notices_a_modulo_bias():
    def biased(number: int) -> set[int]:
        found: set[int] = set()
        for byte in hashlib.sha256(seed(number)).digest():
            found.add(byte % 100)
            if len(found) == 5:
                break
        return found

    assert inclusion(biased, 20_000) > LIMIT_99


def test_the_yardstick_notices_a_shuffle_that_is_off_by_one():
    def biased(number: int) -> list[int]:
        dice, deck = random.Random(number), list(range(100))
        for place in range(5):
            other = dice.randrange(place + 1, 100)
            deck[place], deck[other] = deck[other], deck[place]
        return deck[:5]

    assert inclusion(biased, 20_000) > LIMIT_99


def test_all_orders_of_four_come_equally_often():
    four = entries_of(1, 1, 1, 1)
    units = [Unit(rank, 1) for rank in range(1, 5)]
    orders = {order: place for place, order in enumerate(permutations(range(4)))}
    found: Counter[int] = Counter()
    for number in range(24_000):
        found[orders[tuple(draw_stage(four, units, seed(number)).winners.values())]] += 1
    assert chi_square(found, 1_000, 24) < 41.6


def test_chances_count_as_their_weight_says():
    weighted = entries_of(1, 2, 3, 4, 10, persons=["a", "b", "c", "d", "a"])
    found: Counter[str] = Counter()
    draws = 20_000
    for number in range(draws):
        index = draw_stage(weighted, [Unit(1, 1)], seed(number)).winners[Unit(1, 1)]
        found[weighted[index].pseudonym] += 1
    share = {"a": 11, "b": 2, "c": 3, "d": 4}
    score = sum((found[p] - draws * w / 20) ** 2 / (draws * w / 20) for p, w in share.items())
    assert score < 11.3
