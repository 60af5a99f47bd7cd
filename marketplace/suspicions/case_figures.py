"""The figures of claims, files and reviews that the signals judge, over one window of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.files.models import EvidenceFile
from marketplace.guarantee.claim_models import Claim
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import Policy
from marketplace.reviews.models import Review, SaidState
from marketplace.suspicions.findings import Asked, Judged, SentFile

EDGES = (1, 5)


def claims_since(since: datetime, policy: Policy) -> list[Asked]:
    """Claims of shoppers who filed so many that a signal may speak of them."""
    many = (
        select(Claim.person_id)
        .where(Claim.filed_at >= since)
        .group_by(Claim.person_id)
        .having(func.count() >= policy.suspect_claims)
    )
    rows = db.session.execute(
        select(Claim.id, Claim.number, Claim.person_id, Claim.loss_toman, Claim.filed_at).where(
            Claim.filed_at >= since, Claim.person_id.in_(many)
        )
    )
    return [Asked(row.id, row.number, row.person_id, row.loss_toman, row.filed_at) for row in rows]


def orders_of(people: set[int], since: datetime) -> dict[int, int]:
    """How many paid store orders each of these shoppers had."""
    rows = db.session.execute(
        select(Order.person_id, func.count())
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .where(StoreOrder.paid_at >= since, Order.person_id.in_(people))
        .group_by(Order.person_id)
    )
    return {row[0]: row[1] for row in rows}


def files_sent_again(since: datetime) -> list[SentFile]:
    """Files of shoppers that stand in more than one case, each with the complaint that its case is about."""
    is_case = EvidenceFile.subject.like("complaint:%") | EvidenceFile.subject.like("claim:%")
    of_shopper = (EvidenceFile.owner_role == "shopper") & EvidenceFile.owner_id.is_not(None)
    again = (
        select(EvidenceFile.sha256)
        .where(EvidenceFile.kept_at >= since, is_case, of_shopper)
        .group_by(EvidenceFile.sha256)
        .having(func.count() > 1)
    )
    rows = db.session.execute(
        select(EvidenceFile.subject, EvidenceFile.owner_id, EvidenceFile.sha256, EvidenceFile.kept_at)
        .where(EvidenceFile.kept_at >= since, is_case, of_shopper, EvidenceFile.sha256.in_(again))
        .order_by(EvidenceFile.id)
    ).all()
    claims = [row.subject.partition(":")[2] for row in rows if row.subject.startswith("claim:")]
    about = {
        row.number: f"complaint:{row.complaint}"
        for row in db.session.execute(
            select(Claim.number, Complaint.number.label("complaint"))
            .join(Complaint, Complaint.id == Claim.complaint_id)
            .where(Claim.number.in_(claims))
        )
    }
    return [
        SentFile(
            row.subject,
            about.get(row.subject.partition(":")[2], row.subject),
            row.owner_id,
            row.sha256,
            row.kept_at,
        )
        for row in rows
    ]


def reviews_since(since: datetime, policy: Policy) -> list[Judged]:
    """Praise and blame of those who wrote about as many stores as a ring does."""
    is_edge = (Review.written_at >= since) & Review.stars.in_(EDGES) & (Review.state != SaidState.removed)
    several = (
        select(Review.person_id)
        .where(is_edge)
        .group_by(Review.person_id)
        .having(func.count(func.distinct(Review.store_id)) >= policy.suspect_ring_stores)
    )
    rows = db.session.execute(
        select(Review.id, Review.person_id, Review.store_id, Review.stars, Review.written_at)
        .where(is_edge, Review.person_id.in_(several))
        .order_by(Review.id)
    )
    return [Judged(row.id, row.person_id, row.store_id, row.stars, row.written_at) for row in rows]
