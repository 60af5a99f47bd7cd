"""The arithmetic of the fund: what it covers, what it expects, what a store may bear, what a month shares. Pure.

Every number is of the policy; the page of the book shows each formula with the numbers of the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.core.money import percent_of, permille_of, split
from marketplace.policy.policy import Policy


def cover_of(loss_toman: int, policy: Policy) -> int:
    """The most for one store order: the covered share of the loss up to the cap, 0 below the least loss."""
    if loss_toman < policy.fund_least_loss_toman:
        return 0
    return min(percent_of(loss_toman, policy.fund_coverage_percent), policy.fund_cap_per_order_toman)


def expected_of(asked_toman: int, exposure_toman: int, policy: Policy) -> int:
    """Expected claims: the most that open claims may bring, and a permille of what stands behind open orders."""
    return asked_toman + permille_of(exposure_toman, policy.fund_expected_permille)


def ratio_percent(free_toman: int, expected_toman: int) -> int | None:
    """What is free in percent of what is expected, rounded down; None where nothing is expected."""
    return free_toman * 100 // expected_toman if expected_toman > 0 else None


def step_for(ratio: int | None, policy: Policy) -> int:
    """The step that a ratio asks for: 0 full coverage, 1 and 2 less."""
    if ratio is None or ratio >= policy.fund_step_one_below_percent:
        return 0
    return 1 if ratio >= policy.fund_step_two_below_percent else 2


def coverage_on(step: int, policy: Policy) -> int:
    """The share of a loss that a step pays, never more than the full coverage."""
    steps = (
        policy.fund_full_coverage_percent,
        policy.fund_step_one_coverage_percent,
        policy.fund_step_two_coverage_percent,
    )
    return min(steps[step], policy.fund_full_coverage_percent)


def step_of_coverage(percent: int, policy: Policy) -> int:
    """The step on which a coverage stands: the lowest that pays no more than it."""
    return next((step for step in (0, 1) if coverage_on(step, policy) <= percent), 2)


def next_coverage(percent: int, ratio: int | None, policy: Policy) -> int:
    """The coverage of the next month: by one step at most towards the one that the ratio asks for, down or up."""
    now, wanted = step_of_coverage(percent, policy), step_for(ratio, policy)
    step = now + (wanted > now) - (wanted < now)
    return coverage_on(step, policy)


class LineState(StrEnum):
    """How full a store's line is. free; amber: most of it is used; full: nothing is left."""

    free = "free"
    amber = "amber"
    full = "full"


@dataclass(frozen=True, slots=True)
class StoreLine:
    """How much open coverage the fund bears for one store. Toman."""

    exposure_toman: int
    line_toman: int
    state: LineState

    @property
    def headroom_toman(self) -> int:
        """What is left of the line; 0 when it is full."""
        return max(self.line_toman - self.exposure_toman, 0)

    @property
    def used_percent(self) -> int:
        """How much of the line is used, at most 100."""
        return min(self.exposure_toman * 100 // self.line_toman, 100) if self.line_toman else 100


def store_line(exposure_toman: int, free_toman: int, policy: Policy) -> StoreLine:
    """A store's line: a share of what is free in the fund, at least the least line; exactly on it is full."""
    line = max(
        percent_of(max(free_toman, 0), policy.fund_store_line_percent), policy.fund_store_line_least_toman
    )
    if exposure_toman >= line:
        return StoreLine(exposure_toman, line, LineState.full)
    is_amber = exposure_toman * 100 >= line * policy.fund_store_amber_percent
    return StoreLine(exposure_toman, line, LineState.amber if is_amber else LineState.free)


def keep_back(excess_toman: int, nets: Sequence[int]) -> int:
    """How many of a store's settled sums, in their order, reach what stands above its line; all where they do not."""
    kept = 0
    for count, net in enumerate(nets):
        if kept >= excess_toman:
            return count
        kept += net
    return len(nets)


@dataclass(frozen=True, slots=True)
class MonthShare:
    """What a month's end gives one claim, and what it carries on."""

    wanted_toman: int
    given_toman: int

    @property
    def carried_toman(self) -> int:
        return self.wanted_toman - self.given_toman


def share_month(free_toman: int, wanted: Mapping[int, int]) -> dict[int, MonthShare]:
    """What is free, shared among approved claims: in full where it reaches, else pro rata by largest remainder.

    Exact to the toman; no claim gets more than it wants; ties go to the earlier claim.
    """
    ids = sorted(wanted)
    total, free = sum(wanted.values()), max(free_toman, 0)
    if total <= free:
        return {i: MonthShare(wanted[i], wanted[i]) for i in ids}
    parts = split(free, [wanted[i] for i in ids])
    return {i: MonthShare(wanted[i], part) for i, part in zip(ids, parts, strict=True)}


def assess(missing_toman: int, first_contributions: Mapping[int, int]) -> dict[int, int]:
    """What each store gives towards what is missing: in proportion to its first contributions, never more than those.

    Stores that would give nothing are left out.
    """
    stores = sorted(store for store, most in first_contributions.items() if most > 0)
    total = sum(first_contributions[store] for store in stores)
    if not total:
        return {}
    parts = split(min(max(missing_toman, 0), total), [first_contributions[store] for store in stores])
    return {store: part for store, part in zip(stores, parts, strict=True) if part}
