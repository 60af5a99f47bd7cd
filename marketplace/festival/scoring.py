"""The score of an application, 0 to 100, in parts that are shown: seal stars, record, hard-hit priority, balance of the
categories. Pure; the weights are policy rows. Whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.festival.checks import ApplicationFacts
from marketplace.policy.policy import Policy

YEARS_THAT_COUNT = 5
FALL_THAT_COUNTS_WHOLE = 50


class PartKey(StrEnum):
    """The parts in the order in which they are shown."""

    stars = "stars"
    record = "record"
    hard_hit = "hard_hit"
    balance = "balance"


@dataclass(frozen=True, slots=True)
class ScorePart:
    """Points of one part, and the most it can give."""

    key: PartKey
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Room:
    """Places of a category: taken of all. `capacity` 0: none at all."""

    taken: int
    capacity: int

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken)


def score_parts(facts: ApplicationFacts, room: Room, policy: Policy) -> tuple[ScorePart, ...]:
    """The parts of the score. `room`: of the application's category, or of the edition where it has no number."""
    return (
        ScorePart(
            PartKey.stars,
            policy.score_stars_points * min(max(facts.stars, 0), 5) // 5,
            policy.score_stars_points,
        ),
        ScorePart(PartKey.record, _record(facts, policy.score_record_points), policy.score_record_points),
        ScorePart(
            PartKey.hard_hit, _hard_hit(facts, policy.score_hard_hit_points), policy.score_hard_hit_points
        ),
        ScorePart(
            PartKey.balance,
            policy.score_balance_points * room.left // room.capacity if room.capacity else 0,
            policy.score_balance_points,
        ),
    )


def total(parts: tuple[ScorePart, ...]) -> int:
    """The score: the sum of its parts, at most 100."""
    return min(100, sum(part.points for part in parts))


def _record(facts: ApplicationFacts, most: int) -> int:
    """Two fifths for years of activity (five count whole), three for the share of complaints solved; a store of which
    there is too little data gets half of that, neither first nor last."""
    for_years = most * 2 // 5
    for_cases = most - for_years
    years = for_years * min(facts.age_years, YEARS_THAT_COUNT) // YEARS_THAT_COUNT
    solved = 50 if facts.solved_percent is None else facts.solved_percent
    return years + for_cases * solved // 100


def _hard_hit(facts: ApplicationFacts, most: int) -> int:
    """Three fifths for a hard-hit category, two for a fall in sales that files prove (half or more counts whole)."""
    for_category = most * 3 // 5
    fall = facts.fall_percent if facts.fall_percent and facts.has_evidence else 0
    of_fall = (most - for_category) * min(fall, FALL_THAT_COUNTS_WHOLE) // FALL_THAT_COUNTS_WHOLE
    return (for_category if facts.is_hard_hit_category else 0) + of_fall
