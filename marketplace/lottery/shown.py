"""What the pages of the lottery show, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WinnerShown:
    """A winner as the public sees one: name with initial, masked mobile, or nobody's name where they wished so."""

    unit: int
    name: str
    city: str
    mobile: str
    ticket: int
    of: int
    state: str
    state_label: str
    stage: int


@dataclass(frozen=True, slots=True)
class PrizeShown:
    rank: int
    title: str
    unit_count: int
    value_toman: int
    sponsor: str
    winners: tuple[WinnerShown, ...]


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of the proof: done or still to come, with the value that shows it."""

    title: str
    text: str
    is_done: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class StageShown:
    """The draw or a redraw: when, by which round, and what it gave; or the public figures that stood in for it, each
    with its label and its numbers."""

    number: int
    label: str
    planned_at: datetime
    state: str
    state_label: str
    round: int
    randomness: str | None
    seed: str | None
    pick_count: int
    skipped: tuple[tuple[str, str], ...]
    drawn_at: datetime | None
    figures: tuple[tuple[str, str], ...] = ()

    @property
    def has_number(self) -> bool:
        """Whether its randomness is there, from whatever source."""
        return bool(self.randomness or self.figures)


@dataclass(frozen=True, slots=True)
class MyEntries:
    """A signed-in person's own lines of the list."""

    weight: int
    places: tuple[int, ...]
    url: str


@dataclass(frozen=True, slots=True)
class DrawAtHome:
    """What the home page tells of its edition's draw; once the list is closed, what was published of it."""

    url: str
    freeze_at: datetime
    count: int | None
    weight: int | None
    merkle_root: str | None


@dataclass(frozen=True, slots=True)
class DrawCard:
    """A draw in a list."""

    slug: str
    url: str
    title: str
    state: str
    state_label: str
    draw_at: datetime
    prize_count: int
    weight: int | None


@dataclass(frozen=True, slots=True)
class DrawShown:
    """A draw's page."""

    slug: str
    url: str
    title: str
    state: str
    state_label: str
    permit: str
    opens_at: datetime
    freeze_at: datetime
    frozen_at: datetime | None
    draw_at: datetime
    voided_reason: str | None
    prizes: tuple[PrizeShown, ...]
    count: int | None
    weight: int | None
    persons: int | None
    merkle_root: str | None
    randomness: str | None
    steps: tuple[StepShown, ...]
    stages: tuple[StageShown, ...]
    files: tuple[tuple[str, str], ...]
    claim_days: int

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """The public figures by which the draw itself was made, where no round came."""
        return self.stages[0].figures if self.stages else ()

    @property
    def is_drawn(self) -> bool:
        return any(stage.seed for stage in self.stages)


@dataclass(frozen=True, slots=True)
class LotteryShown:
    """`/lottery`: the draw that comes, the earlier ones, and the numbers of the rule."""

    coming: DrawShown | None
    earlier: tuple[DrawCard, ...]
    entries_per_order: int
    step_toman: int
    cap: int
    freeze_hours: int
    claim_days: int
    redraw_days: int
    redraw_most: int


@dataclass(frozen=True, slots=True)
class AwardShown:
    """A prize that a signed-in person won."""

    id: int
    prize: str
    draw: str
    draw_url: str
    state: str
    state_label: str
    claim_until: datetime
    can_claim: bool
    is_named: bool
    claim_url: str
    give_up_url: str
