"""Small charts as geometry: bars and lines in percent across and pixels down, for `components/chart.html`.

The past stands at the start of the reading direction. Every chart carries its numbers as rows, for the table behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.core.language import current_language, direction

MOST_LABELS, LETTERS = 12, 96
"""What fits under a chart on a phone; where there is more, every second or third label stands."""
HEIGHT = 220
TOP, FOOT = 14, 30
SIDE = 2
TONES = ("fz", "zf", "an", "ps")


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures; None where there is none. `tone`: fz | zf | an | ps. `is_line`: drawn as a line."""

    name: str
    values: Sequence[int | None]
    tone: str = "fz"
    is_line: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: `x` and `width` in percent, `y` and `height` in pixels; `words` is read out."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line between two neighbours; one without length is a single dot."""

    x1: str
    y1: str
    x2: str
    y2: str
    tone: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label at a place: below a group, or beside a grid line."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the macro draws, and the same numbers as rows of a table."""

    title: str
    summary: str
    height: int
    base: str
    bars: tuple[Bar, ...]
    segments: tuple[Segment, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    words: Callable[[int], str],
    *,
    summary: str = "",
    label_name: str = "",
    height: int = HEIGHT,
) -> Chart:
    """Figures by label as a chart. Negative values count as zero in the drawing and stand as they are in the table."""
    most = max((v for s in series for v in s.values if v is not None), default=0)
    steps = grid(most)
    top = steps[-1] or 1
    place = _Place(len(labels), top, height)
    drawn = [s for s in series if not s.is_line]
    bars = [
        place.bar(i, n, len(drawn), value, s.tone, f"{labels[i]}: {s.name} {words(value)}")
        for n, s in enumerate(drawn)
        for i, value in enumerate(s.values)
        if value is not None and value > 0
    ]
    segments = [segment for s in series if s.is_line for segment in place.segments(s)]
    every = max(1, -(-len(labels) // MOST_LABELS), -(-sum(map(len, labels)) // LETTERS))
    return Chart(
        title,
        summary or title,
        height,
        str(height - FOOT),
        tuple(bars),
        tuple(segments),
        tuple(Mark(f"{place.y(step):.1f}", words(step)) for step in steps),
        tuple(Mark(f"{place.middle(i):.2f}", label) for i, label in enumerate(labels) if i % every == 0),
        tuple((s.name, s.tone) for s in series),
        (label_name, *(s.name for s in series)),
        tuple(
            (label, tuple("—" if s.values[i] is None else words(int(s.values[i] or 0)) for s in series))
            for i, label in enumerate(labels)
        ),
    )


def grid(most: int, lines: int = 4) -> list[int]:
    """Round steps from 0 to at least the highest value: 1, 2 or 5 times a power of ten apart."""
    if most <= 0:
        return [0, 1]
    rough = -(-most // lines)
    power = 10 ** (len(str(rough)) - 1)
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= rough)
    return list(range(0, most + step, step)) if most % step else list(range(0, most + 1, step))


class _Place:
    """Where things stand in a chart of some groups."""

    def __init__(self, groups: int, top: int, height: int) -> None:
        self.groups, self.top, self.height = max(1, groups), top, height
        self.is_rtl = direction(current_language()) == "rtl"
        self.room = (100 - 2 * SIDE) / self.groups

    def y(self, value: int) -> float:
        inner = self.height - TOP - FOOT
        return TOP + inner - inner * max(0, value) / self.top

    def across(self, x: float) -> float:
        return 100 - x if self.is_rtl else x

    def middle(self, index: int) -> float:
        return self.across(SIDE + self.room * (index + 0.5))

    def bar(self, index: int, place: int, beside: int, value: int, tone: str, words: str) -> Bar:
        width = min(self.room * 0.72, 12) / beside
        start = SIDE + self.room * (index + 0.5) - width * beside / 2 + width * place
        left = self.across(start + width) if self.is_rtl else start
        y = self.y(value)
        return Bar(f"{left:.2f}", f"{y:.1f}", f"{width:.2f}", f"{self.height - FOOT - y:.1f}", tone, words)

    def segments(self, series: Series) -> list[Segment]:
        points = [
            (f"{self.middle(i):.2f}", f"{self.y(v):.1f}")
            for i, v in enumerate(series.values)
            if v is not None
        ]
        pairs = zip(points, points[1:] or points, strict=False)
        return [Segment(*first, *second, series.tone) for first, second in pairs]
