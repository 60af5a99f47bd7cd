"""What pages and programs are shown of complaints, as frozen records. Words in the page's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.complaints.models import ComplaintState

DROPPED = (ComplaintState.withdrawn, ComplaintState.unfounded)
"""Cases of which nothing is left; a duplicate stands as unfounded, with its ruling."""


@dataclass(frozen=True, slots=True)
class FileShown:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class MessageShown:
    """Something said in a case. `side`: shopper, store, office; `pill`: what kind of answer it is."""

    who: str
    side: str
    said: str
    at: datetime
    text: str
    good: bool
    pill: dict[str, str] | None
    note: str | None = None
    files: tuple[FileShown, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferOfStoreShown:
    """What the store offers. `amount_toman` is None for goods once more; `is_due`: accepted, not carried out."""

    remedy: str
    label: str
    amount_toman: int | None
    state: str
    made_at: datetime
    is_due: bool


@dataclass(frozen=True, slots=True)
class NextStep:
    """Who has to do what by when: the sentence, and the moment where there is one."""

    side: str
    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A complaint as one of its parties, or the seal centre, reads it. `clock_hours` while the store's clock runs."""

    number: str
    url: str
    state: str
    state_label: str
    tone: str
    category: str
    category_label: str
    store_name: str
    store_slug: str
    is_outside: bool
    order_number: str | None
    order_url: str | None
    goods: tuple[str, ...]
    paid_toman: int | None
    filed_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    clock_hours: int | None
    clock_of: int
    is_clock_running: bool
    is_clock_paused: bool
    steps: tuple[dict[str, Any], ...]
    next_step: NextStep
    messages: tuple[MessageShown, ...]
    files: tuple[FileShown, ...]
    offers: tuple[OfferOfStoreShown, ...]
    open_offer: OfferOfStoreShown | None
    evaluation: str | None
    can_add: bool
    can_withdraw_until: datetime | None
    can_evaluate: bool
    status: str | None
    status_label: str | None
    drops_out_at: datetime | None
    contest_text: str | None
    is_contested: bool
    referral: str | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A complaint in a list."""

    number: str
    url: str
    state: str
    state_label: str
    tone: str
    category_label: str
    store_name: str
    filed_at: datetime
    answer_due_at: datetime
    hours_left: int | None
    is_outside: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CasesShown:
    """A list of complaints with its chips."""

    rows: tuple[CaseRow, ...]
    next_url: str | None
    tabs: tuple[dict[str, Any], ...] = ()
    next_cursor: str | None = None
