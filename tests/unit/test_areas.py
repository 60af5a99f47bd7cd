"""The chart of a stock over time: the past at the reading side's start, bound on top of free, no number lost."""

from __future__ import annotations

from marketplace.core.areas import Flow, Words, areas

SAID = Words("t", "s", "day", "free", "bound", "left", lambda most: f"most {most}")


def drawn(free, bound, left):
    flow = Flow([str(n) for n in range(len(free))], free, bound, left)
    return areas(flow, SAID, str, str)


def test_the_past_stands_at_the_start_and_values_keep_their_height():
    c = drawn([100, 50, 200], [0, 50, 0], [0, 30, 0])
    assert c.line_path.startswith("M980.0"), "Persian reads from the right"
    assert c.dot == ("2.00", "16.0"), "the highest of all stands at the top"
    assert [bar.words for bar in c.bars] == ["1: left 30"]
    assert c.rows == (("0", ("100", "0", "0")), ("1", ("50", "50", "30")), ("2", ("200", "0", "0")))
    assert c.low_words == "most 30"
    assert [tick.words for tick in c.ticks] == ["0", "50", "100", "150", "200"]


def test_one_moment_and_nothing_at_all_are_drawn_as_well():
    assert drawn([0], [0], [0]).dot[0] == "50.00"
    assert drawn([0, 0], [0, 0], [0, 0]).bars == ()


def test_few_labels_stand_below_many_days_and_the_last_is_among_them():
    c = drawn([1] * 60, [0] * 60, [0] * 60)
    assert len(c.marks) <= 7
    assert c.marks[-1].words == "59"
