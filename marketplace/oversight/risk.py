"""Gathering what is known of each store that may be visited, in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.catalog.models import Category
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.core.db import db
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.models import Offer
from marketplace.festival.queries import present_edition
from marketplace.inspections.models import Finding, Visit, VisitState
from marketplace.oversight.counting import pairs
from marketplace.oversight.kit_reports import reports_by_store
from marketplace.oversight.rules import RiskFacts
from marketplace.policy.policy import Policy
from marketplace.stores.standing import Category as Complained

NOT_HELD = (ComplaintState.withdrawn, ComplaintState.unfounded)


def stores_to_pick(at: datetime) -> list[int]:
    """Admitted stores of the present edition without a visit on the plan, by id."""
    edition = present_edition(at)
    if edition is None:
        return []
    planned = select(Visit.store_id).where(Visit.state == VisitState.planned)
    found = db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": at})
    busy = set(db.session.scalars(planned))
    return sorted(store_id for store_id in found if store_id not in busy)


def risk_facts(store_ids: Iterable[int], policy: Policy, at: datetime) -> Mapping[int, RiskFacts]:
    """What is known of some stores."""
    ids = list(store_ids)
    since = at - timedelta(days=policy.risk_look_back_days)
    visits = pairs(
        select(Visit.store_id, func.max(Visit.reported_at))
        .where(Visit.store_id.in_(ids), Visit.state == VisitState.done)
        .group_by(Visit.store_id)
    )
    findings = pairs(
        select(Finding.store_id, func.count())
        .where(Finding.store_id.in_(ids), Finding.cleared_at.is_(None))
        .group_by(Finding.store_id)
    )
    complaints = pairs(
        select(Complaint.store_id, func.count())
        .where(
            Complaint.store_id.in_(ids),
            Complaint.category == Complained.health,
            Complaint.filed_at > since,
            Complaint.state.not_in(NOT_HELD),
        )
        .group_by(Complaint.store_id)
    )
    kits = reports_by_store(since)
    permits, food = _selling(ids, Category.needs_permit), _selling(ids, Category.is_perishable)
    return {
        store_id: RiskFacts(
            last_visit_at=visits.get(store_id),
            open_findings=findings.get(store_id, 0),
            health_complaints=complaints.get(store_id, 0),
            kit_reports=kits.get(store_id, 0),
            sells_permits=store_id in permits,
            sells_food=store_id in food,
        )
        for store_id in ids
    }


def _selling(ids: list[int], kind: InstrumentedAttribute[bool]) -> set[int]:
    query = (
        select(Offer.store_id)
        .join(Category, Category.id == Offer.category_id)
        .where(Offer.store_id.in_(ids), kind)
        .distinct()
    )
    return set(db.session.scalars(query))
