"""Signals over purchases: figures in, findings out. No session and no clock; each threshold is a row of the policy.

A finding says what was measured beside its threshold, and holds the evidence. What was decided about a subject before
does not count again (`Settled`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from marketplace.policy.policy import Policy
from marketplace.suspicions.findings import (
    Finding,
    Measure,
    Purchase,
    Settled,
    Shared,
    bought,
    by,
    finding_of,
    fresh_of,
)
from marketplace.suspicions.models import Signal, SubjectKind


def self_dealing(purchases: Iterable[Purchase], settled: Settled, policy: Policy) -> Iterator[Finding]:
    """Purchases in a store by its own people, or by accounts that share its address, mobile, Sheba or national id: one
    finding about the store, and one about each buyer who did so often enough alone."""
    least = policy.suspect_self_orders
    tied = [p for p in purchases if p.ties]
    for kind, subject_of in ((SubjectKind.store, "store_id"), (SubjectKind.person, "person_id")):
        for subject_id, mine in by(tied, subject_of).items():
            fresh = fresh_of(mine, Signal.self_dealing, kind, subject_id, settled)
            if len(fresh) < least:
                continue
            buyers = {p.person_id for p in fresh}
            measures = [
                Measure("orders", len(fresh), least, "suspect_self_orders"),
                Measure("toman", sum(p.goods_toman for p in fresh), 0, ""),
            ]
            if kind is SubjectKind.store:
                measures.append(Measure("buyers", len(buyers), 0, ""))
            evidence = [bought(p, {"ties": list(p.ties)}, {"person_id": p.person_id}) for p in fresh]
            yield finding_of(Signal.self_dealing, kind, subject_id, measures, evidence)


def entry_farming(purchases: Iterable[Purchase], settled: Settled, policy: Policy) -> Iterator[Finding]:
    """A shopper's orders that stand just on a step that earns entries, or that were undone once they had earned, where
    they are so large a share of all: a busy shopper has some of both by chance."""
    step, per_cent = policy.entries_step_toman, policy.suspect_step_margin_percent
    for person_id, mine in by(purchases, "person_id").items():
        fresh = fresh_of(mine, Signal.entry_farming, SubjectKind.person, person_id, settled)
        on_step = [p for p in fresh if p.goods_toman % step * 100 <= step * per_cent]
        undone = [p for p in fresh if p.undone_at is not None]
        named = {p.store_order_id: p for p in (*on_step, *undone)}
        percent, least = len(named) * 100 // max(len(fresh), 1), policy.suspect_farming_percent
        measures = [
            Measure("on_step", len(on_step), policy.suspect_step_orders, "suspect_step_orders"),
            Measure("undone", len(undone), policy.suspect_undone_orders, "suspect_undone_orders"),
            Measure("farmed", percent, least, "suspect_farming_percent"),
            Measure("orders", len(fresh), 0, ""),
        ]
        if percent < least or not any(m.is_reached for m in measures[:2]):
            continue
        evidence = [
            bought(p, {"over_toman": p.goods_toman % step, "is_undone": p.undone_at is not None})
            for p in named.values()
        ]
        yield finding_of(Signal.entry_farming, SubjectKind.person, person_id, measures, evidence)


def refund_loop(purchases: Iterable[Purchase], settled: Settled, policy: Policy) -> Iterator[Finding]:
    """Shoppers and stores of whose purchases so many are undone, in number and in share."""
    purchases = list(purchases)
    for kind, name, row in (
        (SubjectKind.person, "person_id", "suspect_refunds"),
        (SubjectKind.store, "store_id", "suspect_store_refunds"),
    ):
        for subject_id, mine in by(purchases, name).items():
            fresh = fresh_of(mine, Signal.refund_loop, kind, subject_id, settled)
            undone = [p for p in fresh if p.undone_at is not None]
            if not undone:
                continue
            measures = [
                Measure("refunds", len(undone), getattr(policy, row), row),
                Measure(
                    "percent",
                    len(undone) * 100 // len(fresh),
                    policy.suspect_refund_percent,
                    "suspect_refund_percent",
                ),
                Measure("orders", len(fresh), 0, ""),
            ]
            if all(m.is_reached for m in measures):
                evidence = [bought(p, {"is_undone": True}, {"person_id": p.person_id}) for p in undone]
                yield finding_of(Signal.refund_loop, kind, subject_id, measures, evidence)


def linked_accounts(shared: Iterable[Shared], settled: Settled, policy: Policy) -> Iterator[Finding]:
    """Accounts behind one trait, as many as the policy says or more: one finding about each of them."""
    groups: dict[tuple[str, str], dict[int, list[Purchase]]] = defaultdict(lambda: defaultdict(list))
    for one in shared:
        groups[one.kind, one.mark][one.purchase.person_id].append(one.purchase)
    found: dict[int, dict[str, tuple[Purchase, str, str]]] = defaultdict(dict)
    sizes: dict[int, int] = defaultdict(int)
    for (kind, mark), people in sorted(groups.items()):
        if len(people) < policy.suspect_linked_accounts:
            continue
        for person_id, mine in people.items():
            fresh = fresh_of(mine, Signal.linked_accounts, SubjectKind.person, person_id, settled)
            if fresh:
                sizes[person_id] = max(sizes[person_id], len(people))
                found[person_id] |= {p.key: (p, kind, mark) for p in fresh}
    for person_id, facts in found.items():
        measures = [
            Measure("accounts", sizes[person_id], policy.suspect_linked_accounts, "suspect_linked_accounts"),
            Measure("orders", len(facts), 0, ""),
        ]
        evidence = [bought(p, {"shared": kind}, {"mark": mark}) for p, kind, mark in facts.values()]
        yield finding_of(Signal.linked_accounts, SubjectKind.person, person_id, measures, evidence)
