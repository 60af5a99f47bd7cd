"""Suspicions for reading: templates and the API see nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SuspicionRow:
    """One line of a list. `headline`: the first measure that reached its threshold, in words."""

    number: str
    url: str
    signal: str
    signal_label: str
    subject: str
    subject_label: str
    state: str
    state_label: str
    tone: str
    headline: str
    found_at: datetime
    answer_due_at: datetime | None
    verdict: str | None
    version: int


@dataclass(frozen=True, slots=True)
class SuspicionsShown:
    """A page of a list; `tabs` and `signals` are its filters with where they lead."""

    rows: tuple[SuspicionRow, ...]
    next_url: str | None = None
    tabs: tuple[dict[str, Any], ...] = ()
    signals: tuple[dict[str, Any], ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A figure beside its threshold; without one it is told to be complete. `row`: of the policy."""

    name: str
    label: str
    value: int
    words: str
    threshold: int | None
    threshold_words: str
    is_reached: bool
    row: str


@dataclass(frozen=True, slots=True)
class FactShown:
    """One line of evidence. `tells`: what is noted of it, in words; `inside`: for officials alone."""

    key: str
    label: str
    url: str | None
    at: datetime
    toman: int | None
    tells: tuple[str, ...]
    inside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file that was sent with an answer."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SaidShown:
    """One side's words, as a thread shows them."""

    who: str
    side: str
    at: datetime
    text: str
    files: tuple[FileShown, ...] = ()
    pill: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChoiceShown:
    """A verdict that fits; `needs_two`: it waits for a second person."""

    value: str
    label: str
    note: str
    needs_two: bool


@dataclass(frozen=True, slots=True)
class SuspicionShown:
    """A case as its reader sees it. `may_*`: what the state allows at this moment; roles are the page's business."""

    number: str
    url: str
    version: int
    signal: str
    signal_label: str
    signal_text: str
    subject: str
    subject_label: str
    subject_url: str | None
    state: str
    state_label: str
    tone: str
    found_at: datetime
    asked_at: datetime | None
    question: str
    answer_due_at: datetime | None
    answered_at: datetime | None
    measures: tuple[MeasureShown, ...]
    facts: tuple[FactShown, ...]
    messages: tuple[SaidShown, ...]
    files: tuple[FileShown, ...]
    is_held: bool
    hold_reason: str
    hold_at: datetime | None
    hold_until_at: datetime | None
    verdict: str | None
    verdict_label: str
    verdict_text: str
    reason: str
    decided_at: datetime | None
    by_two: bool
    choices: tuple[ChoiceShown, ...]
    is_heard: bool
    may_ask: bool
    may_answer: bool
    may_hold: bool
    proposed: int | None
    is_forgotten: bool
