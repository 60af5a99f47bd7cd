"""A stock over time as geometry, for `components/area_chart.html`: what is free with what is bound on top of it, a line
between the two, and below it what left on each day. The past stands at the start of the reading direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.core.charts import Bar, Mark, grid
from marketplace.core.language import current_language, direction

WIDE = 1000
TOP, INNER, GAP, LOW, FOOT = 16, 210, 28, 52, 30
SIDE = 2
MOST_MARKS = 6


@dataclass(frozen=True, slots=True)
class Flow:
    """The figures: a label, what is free, what is bound and what left, each by moment. `long_labels` are read out."""

    labels: Sequence[str]
    free: Sequence[int]
    bound: Sequence[int]
    left: Sequence[int]


@dataclass(frozen=True, slots=True)
class Areas:
    """Everything that the macro draws, and the same numbers as rows of a table. Paths are in a box of 1000 by `height`
    that is stretched across; bars and marks in percent."""

    title: str
    summary: str
    height: int
    free_path: str
    bound_path: str
    line_path: str
    dot: tuple[str, str]
    dot_words: str
    base: str
    low_base: str
    low_words: str
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the chart says: its title, a sentence that is read out, names of the label and of the three figures."""

    title: str
    summary: str
    label: str
    free: str
    bound: str
    left: str
    most_left: Callable[[str], str]


def areas(flow: Flow, words: Words, short: Callable[[int], str], exact: Callable[[int], str]) -> Areas:
    """The chart of a flow of one moment or more. `short` words the axis, `exact` the table; no value is below 0."""
    is_rtl = direction(current_language()) == "rtl"
    count = len(flow.labels)
    steps = grid(max(f + b for f, b in zip(flow.free, flow.bound, strict=True)))
    top = steps[-1] or 1
    base = TOP + INNER

    def across(place: int) -> float:
        x = 50.0 if count == 1 else SIDE + (100 - 2 * SIDE) * place / (count - 1)
        return 100 - x if is_rtl else x

    def down(value: int) -> float:
        return base - INNER * max(value, 0) / top

    free = [(across(i) * WIDE / 100, down(v)) for i, v in enumerate(flow.free)]
    both = [(x, down(f + b)) for (x, _), f, b in zip(free, flow.free, flow.bound, strict=True)]
    ground = [(free[-1][0], float(base)), (free[0][0], float(base))]
    low_base = base + GAP + LOW
    most = max(max(flow.left), 1)
    width = min((100 - 2 * SIDE) / count * 0.5, 0.9)
    bars = tuple(
        Bar(
            f"{across(i) - width / 2:.2f}",
            f"{low_base - max(LOW * value / most, 2):.1f}",
            f"{width:.2f}",
            f"{max(LOW * value / most, 2):.1f}",
            "an",
            f"{flow.labels[i]}: {words.left} {exact(value)}",
        )
        for i, value in enumerate(flow.left)
        if value > 0
    )
    every = max(1, -(-(count - 1) // (MOST_MARKS - 1)))
    shown = [i for i in range(count) if (count - 1 - i) % every == 0]
    columns = (words.label, words.free, words.bound, words.left)
    rows = zip(flow.labels, flow.free, flow.bound, flow.left, strict=True)
    return Areas(
        words.title,
        words.summary,
        low_base + FOOT,
        _closed([*free, *ground]),
        _closed([*both, *reversed(free)]),
        _open(free),
        (f"{across(count - 1):.2f}", f"{free[-1][1]:.1f}"),
        short(flow.free[-1]),
        f"{base:.1f}",
        f"{low_base:.1f}",
        words.most_left(short(max(flow.left))),
        bars,
        tuple(Mark(f"{down(step):.1f}", short(step)) for step in steps),
        tuple(Mark(f"{across(i):.2f}", flow.labels[i]) for i in shown),
        ((words.free, "fz"), (words.bound, "zf"), (words.left, "an")),
        columns,
        tuple((label, tuple(exact(value) for value in values)) for label, *values in rows),
    )


def _open(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _closed(points: Sequence[tuple[float, float]]) -> str:
    return _open(points) + "Z"
