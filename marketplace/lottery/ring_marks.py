"""How a ring names a Sheba that its members share: by its mark and its ends, so that the number itself is not kept."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from marketplace.core.db import db
from marketplace.core.sealed_columns import BATCH
from marketplace.core.sealing import blinds
from marketplace.lottery.figure_models import EntryRing, RingKind
from marketplace.payments.models import RefundTransfer
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.payout_models import PayoutAccount, ShopperTransfer
from marketplace.stores.models import StoreHolder

SHEBA = "sheba"


def traits_of(sheba: str) -> list[str]:
    """`<mark> IR06 •••• 0001`, under each key of fields; that of the present at the head."""
    return [f"{mark} {masked_sheba(sheba)}" for mark in blinds(sheba, SHEBA)]


def shown_trait(trait: str) -> str:
    """What people read of a trait: a mark is left out."""
    head, _, ends = trait.rpartition(" IR")
    store = f"{head.partition(':')[0]}:" if ":" in head else ""
    return f"{store}IR{ends}" if ends and "•" in ends else trait


class Traits:
    """The traits by which Shebas are known to the rings that there are; a new one goes by the present key."""

    def __init__(self, festival_id: int) -> None:
        rings = db.session.scalars(select(EntryRing.trait).where(EntryRing.festival_id == festival_id))
        self._known = {_bare(trait) for trait in rings}

    def of(self, sheba: str) -> str:
        """The trait of a Sheba; nothing of nothing."""
        if not sheba:
            return ""
        traits = traits_of(sheba)
        return next((trait for trait in traits if trait in self._known), traits[0])


def remark_rings(most: int = BATCH) -> int:
    """Names up to so many rings by the present key that another one named; gives how many."""
    by_old = {old: traits[0] for sheba in _shebas() for traits in [traits_of(sheba)] for old in traits[1:]}
    done = 0
    if not by_old:
        return done
    rings = select(EntryRing).where(or_(EntryRing.kind == RingKind.sheba, EntryRing.kind == RingKind.store))
    for ring in db.session.scalars(rings.order_by(EntryRing.id)):
        bare = _bare(ring.trait)
        if bare in by_old and done < most:
            ring.trait = ring.trait.removesuffix(bare) + by_old[bare]
            done += 1
    db.session.flush()
    return done


def _bare(trait: str) -> str:
    """A trait without the store before it."""
    head, colon, rest = trait.partition(":")
    return rest if colon and head.isdecimal() else trait


def _shebas() -> Iterable[str]:
    """Every Sheba that may be in a ring."""
    return {
        sheba
        for table in (RefundTransfer, ShopperTransfer, PayoutAccount, StoreHolder)
        for sheba in db.session.scalars(select(table.sheba))
        if sheba
    }
