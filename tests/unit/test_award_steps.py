"""The lawful way of a won prize, what a closed list gives, and draws whose every pick is known."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from marketplace.lottery.draw import (
    RULES,
    Drawn,
    Entry,
    Pick,
    Skips,
    Unit,
    _below,
    _Weights,
    draw_stage,
    figures_randomness,
    quicknet_randomness,
    seed_of,
    words_of,
)
from marketplace.lottery.merkle import CHUNK, MerkleTree, chunks_of, fold, leaf_row, row_above
from marketplace.lottery.models import AwardState as S
from marketplace.lottery.models import GrantState
from marketplace.lottery.proof.picking import Entries, picks_of
from marketplace.lottery.proof.stream import below, words
from marketplace.lottery.proof.tree import root_from_path, root_of
from marketplace.lottery.rules import AWARD_STEPS, Decision, decide_grant, may_award_become

LAWFUL = {
    S.won: {S.claimed, S.lapsed, S.given_up},
    S.claimed: {S.checked, S.given_up},
    S.checked: {S.handed_over, S.given_up},
    S.handed_over: set(),
    S.lapsed: set(),
    S.given_up: set(),
}
"""Written out a second time on purpose: a step added to the table by mistake is one that is missing here."""
SEED = hashlib.sha256(b"known").digest()


@pytest.mark.parametrize(("state", "following"), list(product(S, S)), ids=str)
def test_a_prize_goes_its_lawful_way_and_no_other(state, following):
    assert may_award_become(state, following) is (following in LAWFUL[state])
    assert set(AWARD_STEPS) == set(S)


@pytest.mark.parametrize(("official", "member"), [(False, False), (True, False), (False, True), (True, True)])
def test_once_the_list_is_closed_nobody_earns_and_that_is_the_reason(official, member):
    closed = decide_grant(5, 0, 50, is_official=official, is_member=member, is_closed=True)
    assert closed == Decision(GrantState.excluded, 0, "list_closed")


# --- the draw, pick by pick


def entries(*rows: tuple[str, int]) -> list[Entry]:
    return [Entry(f"e{index}", person, weight) for index, (person, weight) in enumerate(rows)]


def by_hand(
    rows: list[Entry], units: list[Unit], skips: Skips, out: set[str], gone: set[str]
) -> tuple[list[Pick], list[Unit]]:
    """The rules of docs/reference/draw.md said plainly: a list of tickets, one line for each chance."""
    left = [i for i, e in enumerate(rows) if e.pseudonym not in out and e.entry_id not in gone]
    stream = words_by_hand()
    picks, undrawn = [], []
    for unit in units:
        while True:
            tickets = [i for i in left for _ in range(rows[i].weight)]
            if not tickets:
                undrawn.append(unit)
                break
            word = next(stream)
            while word >= 2**64 // len(tickets) * len(tickets):
                word = next(stream)
            ticket = word % len(tickets)
            entry = rows[tickets[ticket]]
            reason = skips.entries.get(entry.entry_id) or skips.persons.get(entry.pseudonym)
            picks.append(Pick(unit, ticket, len(tickets), tickets[ticket], reason))
            is_entry_alone = reason is not None and entry.pseudonym not in skips.persons
            left = [
                i
                for i in left
                if (i != tickets[ticket] if is_entry_alone else rows[i].pseudonym != entry.pseudonym)
            ]
            if reason is None:
                break
    return picks, undrawn


def words_by_hand():
    for counter in range(10_000):
        block = hashlib.sha256(SEED + counter.to_bytes(8, "big")).hexdigest()
        yield from (int(block[at : at + 16], 16) for at in range(0, 64, 16))


ROWS = entries(
    ("a", 3),
    ("b", 1),
    ("a", 2),
    ("c", 9),
    ("d", 4),
    ("b", 5),
    ("e", 1),
    ("f", 7),
    ("a", 1),
    ("g", 2),
    ("d", 1),
)
UNITS = [Unit(rank, number) for rank in (1, 2, 3) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("skips", "out", "gone"),
    [
        (Skips({}, {}), set(), set()),
        (Skips({"e0": "refunded", "e3": "refunded"}, {}), set(), set()),
        (Skips({}, {"a": "official", "f": "official"}), set(), set()),
        (Skips({"e5": "refunded"}, {"b": "official", "d": "moved"}), set(), set()),
        (Skips({}, {}), {"a", "g"}, {"e3", "e10"}),
        (Skips({"e7": "refunded"}, {"c": "official"}), {"d"}, {"e0"}),
        (Skips({f"e{n}": "refunded" for n in range(11)}, {}), set(), set()),
    ],
)
@pytest.mark.parametrize("count", [1, 4, 7, 8, 11])
def test_every_pick_is_the_one_that_tickets_on_a_table_give(count, skips, out, gone):
    rows = ROWS[:count]
    drawn = draw_stage(
        rows, UNITS, SEED, skips=skips, earlier_winners=frozenset(out), earlier_skipped=frozenset(gone)
    )
    picks, undrawn = by_hand(rows, UNITS, skips, out, gone)
    assert list(drawn.picks) == picks
    assert list(drawn.undrawn) == undrawn
    assert drawn.winners == {pick.unit: pick.index for pick in picks if pick.skipped is None}


@pytest.mark.parametrize("count", [1, 4, 7, 8, 11])
def test_the_verifiers_picks_are_those_on_the_table_as_well(count):
    rows, skips = ROWS[:count], Skips({"e5": "refunded", "e2": "refunded"}, {"b": "official"})
    published = Entries([e.entry_id for e in rows], [e.pseudonym for e in rows], [e.weight for e in rows])
    assert published.person_count == len({e.pseudonym for e in rows})
    told = {("entry", key): why for key, why in skips.entries.items()}
    told |= {("person", key): why for key, why in skips.persons.items()}
    found, left = picks_of(published, [[u.rank, u.number] for u in UNITS], told, words(SEED))
    picks, undrawn = by_hand(rows, UNITS, skips, set(), set())
    assert found == [
        {
            "entry_id": rows[p.index].entry_id,
            "index": p.index,
            "of": p.of,
            "prize": [p.unit.rank, p.unit.number],
            "pseudonym": rows[p.index].pseudonym,
            "skipped": p.skipped,
            "ticket": p.ticket,
        }
        for p in picks
    ]
    assert left == [[u.rank, u.number] for u in undrawn]


def test_what_was_taken_out_twice_is_out_once():
    published = Entries(["e0", "e1", "e2"], ["a", "b", "a"], [3, 4, 5])
    for _ in range(2):
        published.take_out(1)
        assert published.left == 8
    assert [published.index_of(ticket) for ticket in range(8)] == [0, 0, 0, 2, 2, 2, 2, 2]
    published.take_out_person("nobody")
    published.take_out_person("a")
    assert published.left == 0


@pytest.mark.parametrize("count", range(1, 18))
def test_the_holder_of_every_ticket_while_entries_leave(count):
    left = [(7 * n) % 5 + 1 for n in range(count)]
    weights = _Weights(left)
    for gone in [(5 * n + 2) % count for n in range(count)]:
        tickets = [i for i, weight in enumerate(left) for _ in range(weight)]
        assert weights.total == len(tickets)
        assert [weights.holder_of(ticket) for ticket in range(len(tickets))] == tickets
        weights.drop(gone, left[gone])
        left[gone] = 0


def test_nobody_and_nothing_to_draw():
    assert draw_stage([], [], SEED) == draw_stage(ROWS, [], SEED) == Drawn((), ())
    assert draw_stage([], UNITS[:1], SEED) == Drawn((), (UNITS[0],))


# --- what goes into the seed


def prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def test_the_seed_is_made_of_everything_in_its_order():
    assert RULES == "festival-draw/v1"
    expected = hashlib.sha256(
        b"festival-draw/v1\x00"
        + prefixed(b"spring")
        + prefixed(b"M" * 32)
        + prefixed(b"R" * 32)
        + (3).to_bytes(8, "big")
        + (500).to_bytes(8, "big")
        + (2).to_bytes(8, "big")
        + b"random"
    ).digest()
    made = seed_of("spring", b"M" * 32, b"R" * 32, count=3, weight=500, stage=2, randomness=b"random")
    assert made == expected


def test_the_randomness_of_a_round_and_of_figures():
    assert quicknet_randomness(b"C" * 32, 1000, b"S" * 48) == prefixed(
        b"C" * 32 + (1000).to_bytes(8, "big")
    ) + prefixed(b"S" * 48)
    assert figures_randomness([[9, 18, 2], [], [7]]) == prefixed(b"figures/v1") + prefixed(b"2.9.18.//7./")


def test_both_streams_are_sha256_in_counter_mode():
    ours, theirs, plain = words_of(SEED), words(SEED), words_by_hand()
    assert [(next(ours), next(theirs)) for _ in range(13)] == [
        (word, word) for word in (next(plain) for _ in range(13))
    ]


@pytest.mark.parametrize("limit", [3, 5, 6, 7, 10, 1_000_003, 2**63 + 1])
def test_a_word_at_the_last_whole_multiple_is_passed_over_and_the_one_before_is_taken(limit):
    end = 2**64 - 2**64 % limit
    for draw in (_below, below):
        assert draw(limit, iter([end, 2**64 - 1, 4])) == 4 % limit
        assert draw(limit, iter([end - 1, 4])) == limit - 1
        assert draw(limit, iter([0, 4])) == 0


# --- trees


def test_rows_of_hashes_end_in_the_odd_one_carried_up():
    leaves = [bytes([n]) for n in range(5)]
    row = leaf_row(leaves)
    assert bytes(row[:32]) == hashlib.sha256(b"\x00\x00").digest()
    above = row_above(row)
    assert len(above) == 3 * 32
    assert bytes(above[:32]) == hashlib.sha256(b"\x01" + bytes(row[:64])).digest()
    assert above[-32:] == row[-32:]
    assert fold(b"") == hashlib.sha256(b"").digest() == MerkleTree(b"").root
    assert MerkleTree(b"").count == 0


def test_chunks_are_of_1024():
    assert CHUNK == 1024, "published paths lie over chunks of that size"
    assert [len(chunk) for chunk in chunks_of(range(2050))] == [1024, 1024, 2]
    assert list(chunks_of([])) == []


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_there_is_a_path_from_each_leaf_and_none_from_beyond(count):
    leaves = [bytes([n]) for n in range(count)]
    tree = MerkleTree.of(leaves)
    assert tree.count == count
    for place in (-1, count, count + 1):
        with pytest.raises(IndexError):
            tree.path(place)
        assert root_from_path(leaves[0], place, count, tree.path(0)) is None
    for place in range(count):
        path = tree.path(place)
        assert root_from_path(leaves[place], place, count, path) == root_of(leaves)
        assert root_from_path(leaves[place], place, count, [*path, b"x" * 32]) is None
        if path:
            assert root_from_path(leaves[place], place, count, path[:-1]) is None
