"""Signals over claims and reviews: figures in, findings out. No session and no clock, as in `signals`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations

from marketplace.policy.policy import Policy
from marketplace.suspicions.findings import (
    Asked,
    Evidence,
    Finding,
    Judged,
    Measure,
    SentFile,
    Settled,
    by,
    finding_of,
)
from marketplace.suspicions.models import Signal, SubjectKind

MOST_IN_CROWD = 40
"""More people than these who judge a store the same way within hours are a crowd, no ring."""


def claim_abuse(
    claims: Iterable[Asked],
    orders_of: Mapping[int, int],
    files: Sequence[SentFile],
    settled: Settled,
    policy: Policy,
) -> Iterator[Finding]:
    """Claims out of proportion to what was bought, and one piece of evidence in several cases."""
    signal, kind = Signal.claim_abuse, SubjectKind.person
    by_person = by(claims, "person_id")
    cases_of = {sha: {f.about for f in same} for sha, same in by(files, "sha256").items()}
    again = _files_again(files, policy)
    for person_id in sorted({*by_person, *again}):
        known = settled.get((signal, f"person:{person_id}"), frozenset())
        mine = [c for c in by_person.get(person_id, ()) if f"claim:{c.claim_id}" not in known]
        same = [f for f in again.get(person_id, ()) if _file_key(f) not in known]
        orders = max(orders_of.get(person_id, 0), 1)
        measures = [
            Measure("claims", len(mine), policy.suspect_claims, "suspect_claims"),
            Measure(
                "percent", len(mine) * 100 // orders, policy.suspect_claim_percent, "suspect_claim_percent"
            ),
            Measure(
                "same_file",
                max((len(cases_of[one.sha256]) for one in same), default=0),
                policy.suspect_same_file_cases,
                "suspect_same_file_cases",
            ),
            Measure("orders", orders, 0, ""),
        ]
        is_often = measures[0].is_reached and measures[1].is_reached
        if not is_often and not measures[2].is_reached:
            continue
        evidence = [
            Evidence(f"claim:{c.claim_id}", c.filed_at, {"number": c.number, "toman": c.loss_toman})
            for c in mine
        ]
        evidence += [
            Evidence(_file_key(f), f.kept_at, {"case": f.subject, "file": f.sha256[:12]}) for f in same
        ]
        yield finding_of(signal, kind, person_id, measures, evidence)


def review_ring(reviews: Iterable[Judged], settled: Settled, policy: Policy) -> Iterator[Finding]:
    """People who praised the same stores, or blamed them, within hours of each other, store after store."""
    clusters = list(_clusters(reviews, timedelta(hours=policy.suspect_ring_hours)))
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, cluster in enumerate(clusters):
        for pair in combinations(sorted(cluster), 2):
            together[pair].append(place)
    least = policy.suspect_ring_stores
    friends: dict[int, set[int]] = defaultdict(set)
    said: dict[int, dict[int, Judged]] = defaultdict(dict)
    for pair, places in together.items():
        if len({next(iter(clusters[p].values())).store_id for p in places}) < least:
            continue
        friends[pair[0]].add(pair[1])
        friends[pair[1]].add(pair[0])
        for person_id in pair:
            said[person_id] |= {clusters[p][person_id].review_id: clusters[p][person_id] for p in places}
    for person_id in sorted(said):
        known = settled.get((Signal.review_ring, f"person:{person_id}"), frozenset())
        fresh = [r for r in said[person_id].values() if f"review:{r.review_id}" not in known]
        measures = [
            Measure(
                "accounts", len(friends[person_id]) + 1, policy.suspect_ring_persons, "suspect_ring_persons"
            ),
            Measure("stores", len({r.store_id for r in fresh}), least, "suspect_ring_stores"),
        ]
        if all(m.is_reached for m in measures):
            inside = {"others": sorted(friends[person_id])}
            evidence = [
                Evidence(
                    f"review:{r.review_id}", r.written_at, {"store_id": r.store_id, "stars": r.stars}, inside
                )
                for r in fresh
            ]
            yield finding_of(Signal.review_ring, SubjectKind.person, person_id, measures, evidence)


def _clusters(reviews: Iterable[Judged], width: timedelta) -> Iterator[dict[int, Judged]]:
    """Praise (five stars) or blame (one) of one store within a width, person by person; crowds are left out."""
    sides: dict[tuple[int, int], list[Judged]] = defaultdict(list)
    for one in reviews:
        if one.stars in (1, 5):
            sides[one.store_id, one.stars].append(one)
    for _, mine in sorted(sides.items()):
        mine.sort(key=lambda r: (r.written_at, r.review_id))
        while mine:
            ends = mine[0].written_at + width
            near = [r for r in mine if r.written_at <= ends]
            mine = mine[len(near) :]
            people = {r.person_id: r for r in near}
            if 2 <= len(people) <= MOST_IN_CROWD:
                yield people


def _files_again(files: Sequence[SentFile], policy: Policy) -> dict[int, list[SentFile]]:
    """By person their files that stand in so many cases, their own or others'."""
    by_digest = by(files, "sha256")
    found: dict[int, list[SentFile]] = defaultdict(list)
    for _, same in sorted(by_digest.items()):
        if len({f.about for f in same}) >= policy.suspect_same_file_cases:
            for person_id in {f.person_id for f in same}:
                found[person_id] += [f for f in same if f.person_id == person_id]
    return found


def _file_key(one: SentFile) -> str:
    return f"file:{one.subject}:{one.sha256[:12]}"
