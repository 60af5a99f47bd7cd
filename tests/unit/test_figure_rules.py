"""Public figures in the place of a round: when they count, what a figure is, and when two have typed the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.errors import Invalid
from marketplace.lottery.figure_rules import (
    LONGEST_NUMBER,
    MOST_NUMBERS,
    SamePerson,
    Typed,
    agreed_by,
    differing_names,
    figures_from,
    names_of_figures,
    parse_figures,
    place_of_figures,
    round_counts,
    waiting_of,
)
from marketplace.lottery.sources import FIGURES, QUICKNET

PLANNED = datetime(2026, 4, 14, 16, 30, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ROUND = {"kind": QUICKNET, "wait_hours": 72}
SECOND_ROUND = {"kind": "other", "wait_hours": 24}
UNTIMED = {"kind": "other"}
TYPED_IN = {"kind": FIGURES, "wait_hours": 5, "figures": [{"name": "gold"}, {"name": "index"}]}
SOURCES = [ROUND, SECOND_ROUND, UNTIMED, TYPED_IN]


def typed(person: int, gold: list[int], index: list[int], by: str = "office") -> Typed:
    return Typed(person, by, {"gold": gold, "index": index})


def test_figures_count_when_all_before_them_were_waited_for():
    assert figures_from(PLANNED, SOURCES) == PLANNED + 96 * HOUR
    assert figures_from(PLANNED, [TYPED_IN, ROUND]) == PLANNED
    assert figures_from(PLANNED, [UNTIMED, TYPED_IN]) == PLANNED


def test_the_round_counts_until_that_very_moment_and_no_longer():
    assert round_counts(PLANNED, SOURCES, PLANNED + 96 * HOUR - SECOND)
    assert not round_counts(PLANNED, SOURCES, PLANNED + 96 * HOUR)
    assert not round_counts(PLANNED, [SECOND_ROUND, TYPED_IN], PLANNED), "another source is no round"


def test_where_the_figures_stand_and_what_they_are_called():
    assert place_of_figures(SOURCES) == 3
    assert names_of_figures(SOURCES) == ["gold", "index"]


def test_figures_are_read_as_people_type_them_and_sorted():
    assert parse_figures(["gold", "index"], {"gold": "۴۵٬۰۰۰، 3 ٢", "index": " 1,234,567 "}) == {
        "gold": [2, 3, 45_000],
        "index": [1_234_567],
    }


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        "   ",
        "12a",
        "12 x",
        "-5",
        "1.5",
        "½",
        "²",
        "9" * (LONGEST_NUMBER + 1),
        "1 " * (MOST_NUMBERS + 1),
    ],
)
def test_what_is_no_figure_is_named_by_its_field(value):
    with pytest.raises(Invalid) as refused:
        parse_figures(["gold", "index"], {"gold": value, "index": "7"})
    assert (refused.value.code, refused.value.fields) == ("bad_figures", {"gold": "bad_figure"})


def test_the_longest_and_the_most_are_read():
    assert (LONGEST_NUMBER, MOST_NUMBERS) == (18, 20), "what the page and the guide tell"
    assert parse_figures(["gold"], {"gold": "9" * 18}) == {"gold": [10**18 - 1]}
    assert len(parse_figures(["gold"], {"gold": "1 " * 20})["gold"]) == 20


def test_who_typed_alone_waits_for_a_second():
    one, two = typed(1, [5], [7]), typed(2, [5], [7])
    assert waiting_of([]) is None
    assert waiting_of([one]) is one
    assert waiting_of([one, two]) is None
    assert waiting_of([one, two, two]) is two


def test_two_who_agree_are_published_with_both_names():
    one, two = typed(1, [5], [7], "auditor"), typed(2, [5], [7], "seal_officer")
    assert agreed_by([one], two) == {
        "kind": FIGURES,
        "typed": [
            {"by": "auditor", "figures": {"gold": [5], "index": [7]}},
            {"by": "seal_officer", "figures": {"gold": [5], "index": [7]}},
        ],
    }


def test_nobody_agrees_alone_or_with_themselves_or_with_other_figures():
    one, other = typed(1, [5], [7]), typed(2, [5], [8])
    assert agreed_by([], one) is None
    assert agreed_by([one], other) is None
    assert agreed_by([one, other], typed(3, [5], [8])) is None, "a new pair begins"
    for mine in (typed(1, [5], [7]), typed(1, [6], [7])):
        with pytest.raises(SamePerson):
            agreed_by([one], mine)


def test_what_two_differed_about_is_named_until_somebody_types_again():
    one, other = typed(1, [5], [7]), typed(2, [5], [8])
    assert differing_names([]) == differing_names([one]) == []
    assert differing_names([one, other]) == ["index"]
    assert differing_names([one, typed(2, [6], [8])]) == ["gold", "index"]
    assert differing_names([one, other, one]) == []
    assert differing_names([one, typed(9, [1], [1]), one, other]) == ["index"]
    assert differing_names([one, Typed(2, "office", {"gold": [5]})]) == ["index"]
