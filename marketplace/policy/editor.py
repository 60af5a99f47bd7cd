"""The editor's pages: every number with what holds now, what is planned, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from marketplace.accounts.approvals import pending
from marketplace.accounts.shown import Approval, Change
from marketplace.core.clock import tehran
from marketplace.policy import editing, queries, tariff_editing
from marketplace.policy.errors import UnknownNumber
from marketplace.policy.inputs import NumberChange, TariffChange
from marketplace.policy.models import ShippingMethod
from marketplace.policy.numbers import NUMBERS, Number, Part
from marketplace.policy.policy import policy_at
from marketplace.policy.quarrels import quarrels_of
from marketplace.policy.shown import RowShown, TariffShown
from marketplace.policy.tariffs import rates_at
from marketplace.policy.wording import describe_number, describe_tariff, meaning_of, title_of, worded_value

FIRST = "first edition"


@dataclass(frozen=True, slots=True)
class Planned:
    """A value that begins to hold later; `words` is the value with its unit."""

    words: str
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number in the list."""

    number: Number
    title: str
    meaning: str
    words: str
    planned: tuple[Planned, ...]
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class PartRows:
    part: Part
    rows: tuple[NumberRow, ...]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One row of the history: what, from when to when, why, by whom."""

    row: RowShown
    title: str
    words: str
    is_now: bool
    is_planned: bool


@dataclass(frozen=True, slots=True)
class NumberPage:
    """One number whole; `seen` is the newest row, which a form sends back."""

    line: NumberRow
    value: int
    history: tuple[HistoryRow, ...]
    seen: int
    proposal: Approval | None
    today: date


@dataclass(frozen=True, slots=True)
class TariffCell:
    method: ShippingMethod
    zone: int
    first_kg_toman: int
    next_kg_toman: int
    planned: TariffShown | None
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class TariffPage:
    cell: TariffCell
    history: tuple[TariffShown, ...]
    seen: int
    proposal: Approval | None
    today: date


def list_numbers(at: datetime) -> list[PartRows]:
    """Every number by its part, with what is planned. Three statements whatever their count."""
    values = asdict(policy_at(at))
    planned: dict[str, dict[date, Planned]] = {}
    for row in queries.planned_rows(at):
        if row.name in NUMBERS:
            day = tehran(row.effective_from).date()
            planned.setdefault(row.name, {})[day] = Planned(
                worded_value(row.name, row.value), row.effective_from
            )
    proposed = {approval.subject for approval in pending(editing.ACTION)}
    parts: dict[Part, list[NumberRow]] = {}
    for name, number in NUMBERS.items():
        parts.setdefault(number.part, []).append(
            _line(number, values[name], tuple(planned.get(name, {}).values()), f"policy:{name}" in proposed)
        )
    return [PartRows(part, tuple(rows)) for part, rows in parts.items()]


def show_number(name: str, at: datetime) -> NumberPage:
    """One number with its history. Raises UnknownNumber."""
    number = NUMBERS.get(name)
    if number is None:
        raise UnknownNumber()
    rows = queries.rows_of(name)
    now = next((row for row in rows if row.effective_from <= at), None)
    planned: dict[date, Planned] = {}
    for row in reversed(rows):
        if row.effective_from > at:
            day = tehran(row.effective_from).date()
            planned[day] = Planned(worded_value(name, row.value), row.effective_from)
    proposal = next((a for a in pending(editing.ACTION) if a.subject == f"policy:{name}"), None)
    value = getattr(policy_at(at), name)
    return NumberPage(
        line=_line(number, value, tuple(planned.values()), proposal is not None),
        value=value,
        history=tuple(_history(row, at, now) for row in rows),
        seen=queries.newest_id(name),
        proposal=proposal,
        today=tehran(at).date(),
    )


def list_history(at: datetime, most: int = 100) -> list[HistoryRow]:
    """The changes that were entered last, of all numbers, without those of the first day."""
    return [_history(row, at, None) for row in queries.newest_rows(most) if row.by or row.reason != FIRST]


def preview_number(change: NumberChange, at: datetime) -> tuple[list[Change], list[str]]:
    """A change as a difference, and what else to know: the names of numbers that it would contradict."""
    begins = editing.begins_at(change.effective_on, at)
    policy = asdict(policy_at(begins))
    name = change.number.name
    content = {
        "name": name,
        "before": policy[name],
        "after": change.value,
        "effective_on": change.effective_on.isoformat(),
        "reason": change.reason,
    }
    before = set(quarrels_of(policy))
    quarrels = [
        pair for pair in quarrels_of({**policy, name: change.value}) if name in pair and pair not in before
    ]
    return describe_number(content), [other for pair in quarrels for other in pair if other != name]


def list_tariffs(at: datetime) -> dict[ShippingMethod, list[TariffCell]]:
    """Tariffs in force by method, the zones in order, with what is planned."""
    rows = queries.tariff_rows()
    proposed = {approval.subject for approval in pending(tariff_editing.ACTION)}
    grid: dict[ShippingMethod, list[TariffCell]] = {}
    for (method, zone), rate in sorted(rates_at(at).items()):
        history = rows.get((method, zone), ())
        later = [row for row in history if row.effective_from > at]
        grid.setdefault(method, []).append(
            TariffCell(
                method,
                zone,
                rate.first_kg_toman,
                rate.next_kg_toman,
                later[-1] if later else None,
                f"tariff:{method.value}-{zone}" in proposed,
            )
        )
    return {method: grid[method] for method in ShippingMethod if method in grid}


def show_tariff(method: str, zone: int, at: datetime) -> TariffPage:
    """One tariff with its history. Raises UnknownNumber."""
    cells = [cell for cells in list_tariffs(at).values() for cell in cells]
    cell = next((c for c in cells if c.method.value == method and c.zone == zone), None)
    if cell is None:
        raise UnknownNumber()
    subject = f"tariff:{method}-{zone}"
    return TariffPage(
        cell,
        tuple(queries.tariff_rows().get((cell.method, zone), ())),
        queries.newest_tariff_id(cell.method, zone),
        next((a for a in pending(tariff_editing.ACTION) if a.subject == subject), None),
        tehran(at).date(),
    )


def preview_tariff(change: TariffChange, at: datetime) -> list[Change]:
    """A change of a tariff as a difference. Raises UnknownNumber."""
    rate = rates_at(editing.begins_at(change.effective_on, at)).get((change.method, change.zone))
    if rate is None:
        raise UnknownNumber()
    return describe_tariff(
        {
            "method": change.method.value,
            "zone": change.zone,
            "before": {"first_kg_toman": rate.first_kg_toman, "next_kg_toman": rate.next_kg_toman},
            "after": {"first_kg_toman": change.first_kg_toman, "next_kg_toman": change.next_kg_toman},
            "effective_on": change.effective_on.isoformat(),
            "reason": change.reason,
        }
    )


def _line(number: Number, value: int, planned: Sequence[Planned], is_proposed: bool) -> NumberRow:
    return NumberRow(
        number,
        title_of(number.name),
        meaning_of(number.name),
        worded_value(number.name, value),
        tuple(planned),
        is_proposed,
    )


def _history(row: RowShown, at: datetime, now: RowShown | None) -> HistoryRow:
    return HistoryRow(
        row,
        title_of(row.name),
        worded_value(row.name, row.value),
        now is not None and row.id == now.id,
        row.effective_from > at,
    )
