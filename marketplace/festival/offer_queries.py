"""Reading and locking offers for the verbs that change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Category, PriceChange, Product, Variant
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.core.text import fold
from marketplace.festival.honesty import Claim
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_inputs import CategoryRule
from marketplace.festival.offer_models import OfferStep
from marketplace.files.models import EvidenceFile, Picture


def taking_festival(at: datetime) -> Festival | None:
    """The edition for which offers are taken now: the live one, else the next; None after the last."""
    return db.session.scalar(
        select(Festival).where(Festival.live_until > at).order_by(Festival.live_from).limit(1)
    )


def category_rules() -> dict[str, CategoryRule]:
    """Every category by its folded slug, Persian and English name."""
    found: dict[str, CategoryRule] = {}
    for row in db.session.scalars(select(Category)):
        rule = CategoryRule(row.id, row.needs_permit, row.asked_code.value if row.asked_code else None)
        for word in (row.slug, row.name_fa, row.name_en):
            found[fold(word)] = rule
    return found


def lock_offer(offer_id: int) -> Offer:
    """An offer, locked and read anew. Raises NotFound."""
    query = select(Offer).where(Offer.id == offer_id).execution_options(populate_existing=True)
    found = db.session.scalar(query if is_sqlite() else query.with_for_update())
    if found is None:
        raise NotFound("unknown_offer")
    return found


def own_offer(offer_id: int, store_id: int) -> Offer:
    """A store's own offer, to be read. Raises NotFound for another's."""
    found = db.session.scalar(select(Offer).where(Offer.id == offer_id, Offer.store_id == store_id))
    if found is None:
        raise NotFound("unknown_offer")
    return found


def lock_own_offer(offer_id: int, store_id: int) -> Offer:
    """The same for a verb that changes it: locked and read anew."""
    return lock_offer(own_offer(offer_id, store_id).id)


def evidence_subject(offer_id: int) -> str:
    """Under which an offer's invoice is kept."""
    return f"offer:{offer_id}"


def claims_of(offers: Sequence[Offer], reduced_at: Mapping[int, datetime]) -> dict[int, Claim]:
    """What the check must know of offers, in few statements whatever their number; `reduced_at` by offer."""
    ids = [offer.id for offer in offers]
    histories = _histories(offers)
    goods = {
        row.offer_id: row
        for row in db.session.execute(
            select(
                Offer.id.label("offer_id"),
                Product.permit_number,
                Product.health_code,
                Product.picture_keys,
                Category.needs_permit,
                Category.asked_code,
            )
            .join(Product, Product.id == Offer.product_id)
            .join(Category, Category.id == Offer.category_id)
            .where(Offer.id.in_(ids))
        )
    }
    files = set(
        db.session.scalars(
            select(EvidenceFile.subject).where(EvidenceFile.subject.in_([evidence_subject(i) for i in ids]))
        )
    )
    doubles, pictures = _same_goods(ids), _same_pictures(ids)
    return {
        offer.id: Claim(
            regular_toman=offer.regular_toman,
            festival_toman=offer.festival_toman,
            history=histories.get(offer.variant_id, ()),
            reduced_at=reduced_at[offer.id],
            has_evidence=bool(offer.evidence_url) or evidence_subject(offer.id) in files,
            evidence_toman=offer.evidence_toman,
            needs_permit=goods[offer.id].needs_permit,
            permit_number=goods[offer.id].permit_number,
            asked_code=goods[offer.id].asked_code,
            health_code=goods[offer.id].health_code,
            has_picture=bool(goods[offer.id].picture_keys),
            same_goods=doubles.get(offer.id, 0),
            same_pictures=pictures.get(offer.id, 0),
        )
        for offer in offers
    }


def _histories(offers: Sequence[Offer]) -> dict[int, list[tuple[datetime, int]]]:
    """Prices at which the goods were on sale here; what a store wrote into a draft is no history."""
    found: dict[int, list[tuple[datetime, int]]] = {}
    for row in db.session.execute(
        select(PriceChange.variant_id, PriceChange.since_at, PriceChange.price_toman)
        .where(
            PriceChange.variant_id.in_([offer.variant_id for offer in offers]), PriceChange.is_told.is_(False)
        )
        .order_by(PriceChange.since_at, PriceChange.id)
    ):
        found.setdefault(row.variant_id, []).append((row.since_at, row.price_toman))
    return found


_OPEN = (OfferState.checked, OfferState.approved, OfferState.live, OfferState.frozen)


def _same_goods(ids: Iterable[int]) -> dict[int, int]:
    """Other offers of the same store, category, folded title and sort that stand or wait already."""
    other, product, other_product = aliased(Offer), aliased(Product), aliased(Product)
    sort, other_sort = aliased(Variant), aliased(Variant)
    rows = db.session.execute(
        select(Offer.id, func.count(other.id))
        .join(product, product.id == Offer.product_id)
        .join(sort, sort.id == Offer.variant_id)
        .join(
            other,
            (other.store_id == Offer.store_id)
            & (other.category_id == Offer.category_id)
            & (other.festival_id == Offer.festival_id)
            & (other.id != Offer.id),
        )
        .join(other_product, other_product.id == other.product_id)
        .join(other_sort, other_sort.id == other.variant_id)
        .where(
            Offer.id.in_(list(ids)),
            product.title_key == other_product.title_key,
            sort.label_fa == other_sort.label_fa,
            other.state.in_(_OPEN),
        )
        .group_by(Offer.id)
    )
    return {row[0]: row[1] for row in rows}


def _same_pictures(ids: Iterable[int]) -> dict[int, int]:
    """How many pictures of another store hold the very bytes of the offer's first picture."""
    other = aliased(Picture)
    is_same: ColumnElement[bool] = (other.sha256 == Picture.sha256) & (other.key != Picture.key)
    rows = db.session.execute(
        select(Offer.id, func.count(other.id))
        .join(Picture, Picture.key == Offer.picture_key)
        .join(other, is_same)
        .where(Offer.id.in_(list(ids)), Picture.sha256.is_not(None))
        .group_by(Offer.id)
    )
    return {row[0]: row[1] for row in rows}


def steps_of(offer_id: int) -> Sequence[OfferStep]:
    """What was done with an offer, the newest first."""
    return db.session.scalars(
        select(OfferStep).where(OfferStep.offer_id == offer_id).order_by(OfferStep.id.desc())
    ).all()
