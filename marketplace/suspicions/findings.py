"""What signals speak of: figures that go in, findings that come out. Values alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.suspicions.models import Signal, SubjectKind

Settled = Mapping[tuple[Signal, str], frozenset[str]]
"""By signal and subject (`person:17`) the keys of facts of cases that are decided."""
MOST_FACTS = 60
"""Of one case; the newest stand. The measures count all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact: what it is (`store-order:33`), when, figures for all, and what officials alone read."""

    key: str
    at: datetime
    what: Mapping[str, Any]
    inside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure, the threshold that it reached or did not, and the row of the policy that holds the threshold."""

    name: str
    value: int
    threshold: int
    row: str

    @property
    def is_reached(self) -> bool:
        return self.value >= self.threshold


@dataclass(frozen=True, slots=True)
class Finding:
    """What a signal says about one subject."""

    signal: Signal
    subject: SubjectKind
    subject_id: int
    measures: tuple[Measure, ...]
    evidence: tuple[Evidence, ...]

    @property
    def of(self) -> str:
        return f"{self.subject.value}:{self.subject_id}"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid store order. `ties`: what the buyer shares with the store, `member mobile address sheba national_id`;
    `undone_at`: cancelled, paid back whole or returned by the buyer's wish."""

    store_order_id: int
    number: str
    person_id: int
    store_id: int
    goods_toman: int
    paid_at: datetime
    ties: tuple[str, ...] = ()
    undone_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"store-order:{self.store_order_id}"


@dataclass(frozen=True, slots=True)
class Shared:
    """A purchase behind which stands a trait that others share: `kind` is address, mobile, card or sheba; `mark`
    is equal for equal traits and tells nothing else."""

    purchase: Purchase
    kind: str
    mark: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim on the fund."""

    claim_id: int
    number: str
    person_id: int
    loss_toman: int
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a complaint or a claim: in which case, by whom, its digest. `about`: the complaint, which a claim goes
    on with: to send a file again there is natural."""

    subject: str
    about: str
    person_id: int
    sha256: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A review with its stars."""

    review_id: int
    person_id: int
    store_id: int
    stars: int
    written_at: datetime


def bought(purchase: Purchase, what: Mapping[str, Any], inside: Mapping[str, Any] | None = None) -> Evidence:
    figures = {"number": purchase.number, "toman": purchase.goods_toman, **what}
    return Evidence(purchase.key, purchase.paid_at, figures, inside or {})


def fresh_of(
    mine: Iterable[Purchase], signal: Signal, kind: SubjectKind, subject_id: int, settled: Settled
) -> list[Purchase]:
    known = settled.get((signal, f"{kind.value}:{subject_id}"), frozenset())
    return [p for p in mine if p.key not in known]


def finding_of(
    signal: Signal,
    kind: SubjectKind,
    subject_id: int,
    measures: Iterable[Measure],
    evidence: Iterable[Evidence],
) -> Finding:
    newest = sorted(evidence, key=lambda e: (e.at, e.key))[-MOST_FACTS:]
    return Finding(signal, kind, subject_id, tuple(measures), tuple(newest))


def by(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
