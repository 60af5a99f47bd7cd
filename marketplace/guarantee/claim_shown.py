"""What pages and programs are shown of claims, as frozen records. Words in the page's language; sums in toman."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.complaints.shown import FileShown, MessageShown


@dataclass(frozen=True, slots=True)
class CheckShown:
    """One condition: its sentence, whether it holds, and its clock or sum in words."""

    code: str
    label: str
    holds: bool
    note: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class EligibilityShown:
    """Every condition of a claim, and what it would come to at most."""

    complaint: str
    checks: tuple[CheckShown, ...]
    is_met: bool
    earlier_claim: str | None
    closes_at: datetime | None
    keeps_goods: bool
    sums: SumsShown | None


@dataclass(frozen=True, slots=True)
class SumsShown:
    """The arithmetic of a decision, or of what it would be at most."""

    loss_toman: int
    store_share_percent: int
    share_toman: int
    coverage_percent: int
    covered_toman: int
    order_cap_toman: int
    person_cap_toman: int
    person_used_toman: int
    amount_toman: int


@dataclass(frozen=True, slots=True)
class StepShown:
    label: str
    at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class TurnShown:
    """Whose turn it is, and until when. `side`: shopper, store, office, nobody."""

    side: str
    text: str
    until: datetime | None
    hours_left: int | None
    of_hours: int


@dataclass(frozen=True, slots=True)
class RequestShown:
    """More that is asked of one side and still open."""

    of: str
    text: str
    due_at: datetime
    may_extend: bool


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A written decision. `round`: first or appeal."""

    number: str
    round: str
    is_for_shopper: bool
    ground: str
    ground_label: str
    text: str
    sums: SumsShown
    decided_at: datetime
    is_final: bool


@dataclass(frozen=True, slots=True)
class PaymentShown:
    amount_toman: int
    way: str
    way_label: str
    state: str
    state_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecourseShown:
    """What the store owes for this claim."""

    state: str
    state_label: str
    amount_toman: int
    recovered_toman: int
    written_off_toman: int
    open_toman: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class InspectionShown:
    """An independent look at the goods; `finding` is None until it was reported."""

    due_at: datetime
    inspector: str | None
    finding: str | None
    finding_label: str | None
    cost_toman: int
    borne_by_label: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """A claim as one of its sides, or the fund, reads it."""

    number: str
    version: int
    url: str
    state: str
    state_label: str
    tone: str
    category: str
    category_label: str
    store_name: str
    store_slug: str
    order_number: str
    complaint_number: str
    complaint_url: str | None
    payer: str
    loss_toman: int
    approved_toman: int
    reserved_toman: int
    paid_toman: int
    waits_toman: int
    clawback_toman: int
    filed_at: datetime
    answer_due_at: datetime | None
    decide_by_at: datetime | None
    appeal_until_at: datetime | None
    steps: tuple[StepShown, ...]
    turn: TurnShown
    messages: tuple[MessageShown, ...]
    complaint_messages: tuple[MessageShown, ...]
    files: tuple[FileShown, ...]
    complaint_files: tuple[FileShown, ...]
    requests: tuple[RequestShown, ...]
    decisions: tuple[DecisionShown, ...]
    payments: tuple[PaymentShown, ...]
    recourse: RecourseShown | None
    inspection: InspectionShown | None
    stop_label: str | None
    can_add: bool
    can_answer: bool
    can_appeal: bool
    can_withdraw: bool
    can_inspect: bool
    needs_account: bool
    masked_sheba: str | None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in a list."""

    number: str
    url: str
    state: str
    state_label: str
    tone: str
    category_label: str
    store_name: str
    loss_toman: int
    paid_toman: int
    filed_at: datetime
    due_at: datetime | None
    hours_left: int | None
    seats: int
    chosen: int


@dataclass(frozen=True, slots=True)
class ClaimsShown:
    """A list of claims with its chips."""

    rows: tuple[ClaimRow, ...]
    next_url: str | None
    tabs: tuple[dict[str, object], ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PrecedentShown:
    """A decision without persons, as the library shows it."""

    category_label: str
    ground_label: str
    is_for_shopper: bool
    is_final: bool
    loss_toman: int
    store_share_percent: int
    coverage_percent: int
    amount_toman: int
    summary: str
    month: str
