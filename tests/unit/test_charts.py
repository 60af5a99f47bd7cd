"""Charts as geometry: round steps, nothing outside the frame, the past at the start, all numbers in the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.charts import HEIGHT, Series, chart, grid


@pytest.mark.parametrize(
    ("most", "steps"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 50, 100]),
        (101, [0, 50, 100, 150]),
    ],
)
def test_steps_are_round_and_reach_the_highest(most, steps):
    assert grid(most) == steps


@given(st.integers(1, 10**13))
def test_there_are_few_steps_and_the_last_covers(most):
    steps = grid(most)
    assert steps[-1] >= most and 2 <= len(steps) <= 6
    assert steps[-1] - most < steps[1]


@given(st.lists(st.one_of(st.none(), st.integers(-5, 10**9)), min_size=1, max_size=40))
def test_all_that_is_drawn_is_inside_and_all_numbers_are_in_the_table(values):
    labels = [f"m{n}" for n in range(len(values))]
    made = chart("c", labels, [Series("a", values), Series("b", values, "zf", is_line=True)], str)
    for bar in made.bars:
        assert float(bar.x) >= 0 and float(bar.x) + float(bar.width) <= 100.01
        assert float(bar.y) >= 0 and float(bar.y) + float(bar.height) <= HEIGHT
    for segment in made.segments:
        assert 0 <= float(segment.x1) <= 100 and 0 <= float(segment.y2) <= HEIGHT
    assert [row[1][0] for row in made.rows] == ["—" if v is None else str(v) for v in values]


def test_in_persian_the_first_month_stands_at_the_right():
    made = chart("c", ["a", "b"], [Series("s", [1, 2])], str)
    assert float(made.bars[0].x) > float(made.bars[1].x)
    assert float(made.marks[0].at) > float(made.marks[1].at)
