"""The fund's public book: what moved in the ledger becomes lines that follow each other and seal each other.

Pure. A line tells what happened, what it did to the balance and to what is reserved, and both sums after it. Its
digest covers its words and the digest before, so that whoever keeps one can tell whether anything was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from marketplace.core.clock import tehran
from marketplace.ledger.models import Step

ZERO = "0" * 64


class LineKind(StrEnum):
    """contribution: shares of settled store orders; gift: of a sponsor; assessment: stores filled the fund up;
    recovered: a store gave back what the fund paid for it; reserved: put aside for a claim; released: not needed after
    all; paid: to a shopper; written_off: a store's debt that will not come; other: whatever else."""

    contribution = "contribution"
    gift = "gift"
    assessment = "assessment"
    recovered = "recovered"
    reserved = "reserved"
    released = "released"
    paid = "paid"
    written_off = "written_off"
    other = "other"


IN_KINDS = (LineKind.contribution, LineKind.gift, LineKind.assessment, LineKind.recovered)
"""What fills the fund."""


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer as it touches the fund. `other` is the pattern of the account on its other side; `held_toman` what
    the hold reserved that it ends, 0 where it ends none."""

    transfer_id: int
    step: Step
    is_in: bool
    other: str
    code: str
    amount_toman: int
    held_toman: int
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """Where the book stands after a line: its number, both sums, the last transfer in it, its digest."""

    number: int = 0
    balance_toman: int = 0
    reserved_toman: int = 0
    transfer_id: int = 0
    digest: str = ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `count` transfers stand behind it; `change_toman` is what it did to the balance,
    `reserved_change_toman` to what is reserved."""

    number: int
    day_on: date
    at: datetime
    kind: LineKind
    subject: str
    count: int
    change_toman: int
    reserved_change_toman: int
    balance_toman: int
    reserved_toman: int
    transfer_id: int
    digest: str

    @property
    def free_toman(self) -> int:
        """What may still be promised after this line."""
        return self.balance_toman - self.reserved_toman

    @property
    def head(self) -> Head:
        return Head(self.number, self.balance_toman, self.reserved_toman, self.transfer_id, self.digest)


def kind_of(move: Move) -> LineKind:
    """What a transfer is to the fund, by its step, its other side and its code."""
    if move.step in (Step.hold, Step.void):
        return LineKind.reserved if move.step is Step.hold else LineKind.released
    if move.is_in:
        if move.code == "fund_assessment":
            return LineKind.assessment
        if move.other == "store_held:ID":
            return LineKind.contribution
        return LineKind.gift if move.code == "fund_gift" else LineKind.recovered
    if move.other in ("shopper_refundable", "bank") and move.code != "inspection_cost":
        return LineKind.paid
    return LineKind.written_off if move.other == "store_receivable:ID" else LineKind.other


def effect_of(move: Move) -> tuple[int, int]:
    """(change of the balance, change of what is reserved). What others reserve for the fund is not the fund's yet."""
    if move.is_in:
        return (move.amount_toman, 0) if move.step in (Step.single, Step.post) else (0, 0)
    if move.step is Step.hold:
        return 0, move.amount_toman
    paid = 0 if move.step is Step.void else -move.amount_toman
    return paid, -move.held_toman


def lines_of(moves: Iterable[Move], head: Head) -> list[Line]:
    """The lines that follow `head`. Contributions of one day become one line, at the place of the first of them; a
    reservation that is freed and paid in one go is one line as well."""
    rows: list[list[Move]] = []
    contributions: dict[date, list[Move]] = {}
    for move in moves:
        if kind_of(move) is not LineKind.contribution:
            if rows and _is_paid_from(rows[-1][-1], move):
                rows[-1].append(move)
            else:
                rows.append([move])
            continue
        day = tehran(move.at).date()
        if day not in contributions:
            contributions[day] = []
            rows.append(contributions[day])
        contributions[day].append(move)
    lines: list[Line] = []
    last = max((move.transfer_id for row in rows for move in row), default=0)
    for row in rows:
        lines.append(_line(row, head, last))
        head = lines[-1].head
    return lines


def _is_paid_from(freed: Move, move: Move) -> bool:
    """Whether a reservation was ended only to be paid at once: both are one line."""
    return freed.step is Step.void and freed.subject == move.subject and kind_of(move) is LineKind.paid


def _line(row: Sequence[Move], head: Head, transfer_id: int) -> Line:
    """Every line of a batch names the last transfer of the whole batch, since merged ones stand out of their order."""
    effects = [effect_of(move) for move in row]
    change, reserved = sum(e[0] for e in effects), sum(e[1] for e in effects)
    first, newest = row[0], max(move.at for move in row)
    kind = kind_of(row[-1])
    facts = Line(
        number=head.number + 1,
        day_on=tehran(first.at).date(),
        at=newest,
        kind=kind,
        subject="" if kind is LineKind.contribution else first.subject,
        count=len(row),
        change_toman=change,
        reserved_change_toman=reserved,
        balance_toman=head.balance_toman + change,
        reserved_toman=head.reserved_toman + reserved,
        transfer_id=transfer_id,
        digest="",
    )
    return _sealed(facts, head.digest)


def _sealed(line: Line, before: str) -> Line:
    values = {name: getattr(line, name) for name in line.__slots__}
    return Line(**{**values, "digest": digest_of(line, before)})


def digest_of(line: Line, before: str) -> str:
    """SHA-256 over the digest before and the line's facts, as JSON without blanks; the CSV has all of them."""
    facts = [
        before,
        line.number,
        line.day_on.isoformat(),
        line.kind.value,
        line.subject,
        line.count,
        line.change_toman,
        line.reserved_change_toman,
        line.balance_toman,
        line.reserved_toman,
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def broken_line(lines: Iterable[Line]) -> int | None:
    """The number of the first line that does not follow from the one before; None for a whole book."""
    head = Head()
    for line in lines:
        follows = (
            line.number == head.number + 1
            and line.balance_toman == head.balance_toman + line.change_toman
            and line.reserved_toman == head.reserved_toman + line.reserved_change_toman
            and line.digest == digest_of(line, head.digest)
        )
        if not follows:
            return line.number
        head = line.head
    return None


@dataclass(frozen=True, slots=True)
class Day:
    """What moved on one day, and both sums at its end. `lost_toman` left the fund otherwise than to shoppers."""

    day_on: date
    in_toman: dict[LineKind, int]
    paid_toman: int
    lost_toman: int
    balance_toman: int
    reserved_toman: int

    @property
    def free_toman(self) -> int:
        return self.balance_toman - self.reserved_toman

    def of(self, kind: LineKind) -> int:
        """Toman that came in by a kind."""
        return self.in_toman.get(kind, 0)


@dataclass(frozen=True, slots=True)
class DayKind:
    """A sum over the lines of one day and kind."""

    day_on: date
    kind: LineKind
    change_toman: int
    reserved_change_toman: int
    count: int


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the days begin: the first of them, and both sums before it."""

    day_on: date
    balance_toman: int = 0
    reserved_toman: int = 0


def days_of(sums: Iterable[DayKind], opening: Opening, until: date) -> list[Day]:
    """Every day from the opening to `until` or the last with a line, also those on which nothing moved."""
    by_day: dict[date, list[DayKind]] = {}
    for one in sums:
        by_day.setdefault(one.day_on, []).append(one)
    days, balance, reserved = [], opening.balance_toman, opening.reserved_toman
    for ordinal in range(opening.day_on.toordinal(), max(until, *by_day, opening.day_on).toordinal() + 1):
        rows = by_day.get(date.fromordinal(ordinal), [])
        balance += sum(row.change_toman for row in rows)
        reserved += sum(row.reserved_change_toman for row in rows)
        days.append(
            Day(
                date.fromordinal(ordinal),
                {k: s for k in IN_KINDS if (s := _sum(rows, k))},
                -_sum(rows, LineKind.paid),
                -_sum(rows, LineKind.written_off) - _sum(rows, LineKind.other),
                balance,
                reserved,
            )
        )
    return days


def _sum(rows: Iterable[DayKind], kind: LineKind) -> int:
    return sum(row.change_toman for row in rows if row.kind is kind)
