"""What a row of a file would do to what stands: make, change, leave alone, or be refused; for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import select

from marketplace.catalog.models import Product, Variant
from marketplace.core.db import db
from marketplace.core.text import fold
from marketplace.festival.drafting import wish_of
from marketplace.festival.import_columns import Fault
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_inputs import OfferWish
from marketplace.festival.offer_rules import EDITABLE, SELLING

MOVABLE = ("festival_toman", "stocked_count")
SHARED = (
    "title_fa",
    "title_en",
    "category_id",
    "description_fa",
    "description_en",
    "permit_number",
    "health_code",
)


class Act(StrEnum):
    """make: a new offer; change: a draft in other words; move: price or stock of a running one; leave: nothing."""

    make = "make"
    change = "change"
    move = "move"
    leave = "leave"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one wish, and why it cannot be."""

    act: Act
    offer_id: int | None
    faults: tuple[Fault, ...] = ()


def plan_rows(store_id: int, festival_id: int, wishes: Sequence[OfferWish]) -> list[Plan]:
    """A plan for each wish, in a handful of statements."""
    known = {
        row.Variant.sku: row
        for row in db.session.execute(
            select(Variant, Product, Offer)
            .join(Product, Product.id == Variant.product_id)
            .outerjoin(Offer, (Offer.variant_id == Variant.id) & (Offer.festival_id == festival_id))
            .where(Variant.store_id == store_id, Variant.sku.in_([wish.sku for wish in wishes]))
        )
    }
    sorts = _sorts(store_id, wishes)
    many = _several(row.Product.id for row in known.values())
    plans = []
    for wish in wishes:
        row = known.get(wish.sku)
        if row is None:
            owner = sorts.get((wish.category_id, fold(wish.title_fa), fold(wish.variant_fa)))
            faults: tuple[Fault, ...] = (("variant_fa", "same_goods"),) if owner else ()
            plans.append(Plan(Act.make, None, faults))
        elif row.Offer is None:
            plans.append(Plan(Act.make, None))
        else:
            plans.append(_plan_known(wish, row.Offer, row.Product, row.Variant, row.Product.id in many))
    return plans


def _plan_known(wish: OfferWish, offer: Offer, product: Product, variant: Variant, is_shared: bool) -> Plan:
    stands = wish_of(offer, product, variant)
    changed = [f.name for f in fields(OfferWish) if getattr(wish, f.name) != getattr(stands, f.name)]
    if not changed:
        return Plan(Act.leave, offer.id)
    if offer.state in EDITABLE:
        shared = [name for name in changed if name in SHARED]
        return Plan(Act.change, offer.id, ((shared[0], "product_shared"),) if shared and is_shared else ())
    if offer.state in SELLING:
        faults = [(name, "fixed_while_selling") for name in changed if name not in MOVABLE]
        if wish.festival_toman > offer.festival_toman:
            faults.append(("festival_toman", "price_only_falls"))
        if wish.stocked_count < offer.sold_count + offer.held_count:
            faults.append(("stocked_count", "stock_below_sold"))
        return Plan(Act.move, offer.id, tuple((_column(name), code) for name, code in faults))
    code = "waits_for_office" if offer.state is OfferState.checked else "offer_is_over"
    return Plan(Act.leave, offer.id, (("sku", code),))


def _column(name: str) -> str:
    return "category" if name == "category_id" else name


def _sorts(store_id: int, wishes: Iterable[OfferWish]) -> dict[tuple[int, str, str], int]:
    """The sorts that the store's goods of these titles have already."""
    rows = db.session.execute(
        select(Product.category_id, Product.title_key, Variant.label_fa, Variant.id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Product.store_id == store_id, Product.title_key.in_([fold(w.title_fa) for w in wishes]))
    )
    return {(r.category_id, r.title_key, fold(r.label_fa)): r.id for r in rows}


def _several(product_ids: Iterable[int]) -> set[int]:
    """Products with more than one sort."""
    counts: dict[int, int] = {}
    for product_id in db.session.scalars(
        select(Variant.product_id).where(Variant.product_id.in_(set(product_ids)))
    ):
        counts[product_id] = counts.get(product_id, 0) + 1
    return {product_id for product_id, count in counts.items() if count > 1}
