"""A person's address book: kept addresses, one of them the default at checkout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select, update

from marketplace.accounts.queries import lock_person
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.text import fold
from marketplace.orders.address_models import SavedAddress
from marketplace.orders.inputs import Address
from marketplace.policy.models import Province

MOST_ADDRESSES = 20


def addresses_of(person_id: int) -> Sequence[AnyRow]:
    """A person's addresses with the names of their provinces, the default first."""
    return db.session.execute(
        select(
            SavedAddress.id,
            SavedAddress.receiver,
            SavedAddress.receiver_mobile,
            SavedAddress.city,
            SavedAddress.address_line,
            SavedAddress.postal_code,
            SavedAddress.is_default,
            Province.name_fa,
            Province.name_en,
            Province.id.label("province_id"),
            Province.zone,
        )
        .join(Province, Province.id == SavedAddress.province_id)
        .where(SavedAddress.person_id == person_id)
        .order_by(SavedAddress.is_default.desc(), SavedAddress.id)
    ).all()


def keep_address(person_id: int, address: Address, at: datetime, *, is_default: bool = False) -> int:
    """Keeps an address and gives its id; the same one is kept once. The first is the default.

    Raises Conflict above 20 addresses.
    """
    _lock(person_id)
    known = db.session.execute(
        select(SavedAddress.id, SavedAddress.digest).where(SavedAddress.person_id == person_id)
    ).all()
    digest = _digest(address)
    same = next((row.id for row in known if row.digest == digest), None)
    if same is None:
        if len(known) >= MOST_ADDRESSES:
            raise Conflict("addresses_full")
        kept = SavedAddress(person_id=person_id, is_default=False, kept_at=at, digest=digest)
        _fill(kept, address)
        db.session.add(kept)
        db.session.flush()
        same = kept.id
    if is_default or not known:
        _choose(person_id, same)
    return same


def change_address(person_id: int, address_id: int, address: Address) -> None:
    """Changes an own address; orders placed before keep theirs.

    Raises NotFound, Conflict when another of the person's addresses reads the same.
    """
    kept = _own(person_id, address_id)
    digest = _digest(address)
    is_known = db.session.scalar(
        select(SavedAddress.id).where(
            SavedAddress.person_id == person_id,
            SavedAddress.digest == digest,
            SavedAddress.id != address_id,
        )
    )
    if is_known is not None:
        raise Conflict("address_known")
    _fill(kept, address)
    kept.digest = digest
    db.session.flush()


def choose_address(person_id: int, address_id: int) -> None:
    """Makes an own address the default. Raises NotFound."""
    _choose(person_id, _own(person_id, address_id).id)


def drop_address(person_id: int, address_id: int) -> None:
    """Forgets an own address; if it was the default, the oldest of the others is it now. Raises NotFound."""
    kept = _own(person_id, address_id)
    was_default = kept.is_default
    db.session.delete(kept)
    db.session.flush()
    following = db.session.scalar(
        select(func.min(SavedAddress.id)).where(SavedAddress.person_id == person_id)
    )
    if was_default and following is not None:
        _choose(person_id, following)


def _own(person_id: int, address_id: int) -> SavedAddress:
    _lock(person_id)
    kept = db.session.scalar(
        select(SavedAddress).where(SavedAddress.id == address_id, SavedAddress.person_id == person_id)
    )
    if kept is None:
        raise NotFound()
    return kept


def _choose(person_id: int, address_id: int) -> None:
    mine = SavedAddress.person_id == person_id
    db.session.execute(update(SavedAddress).where(mine, SavedAddress.is_default).values(is_default=False))
    db.session.execute(
        update(SavedAddress).where(mine, SavedAddress.id == address_id).values(is_default=True)
    )


def _lock(person_id: int) -> None:
    if lock_person(person_id) is None:
        raise NotFound()


def _fill(kept: SavedAddress, address: Address) -> None:
    kept.receiver, kept.receiver_mobile = address.receiver, address.mobile
    kept.province_id, kept.city = address.province_id, address.city
    kept.address_line, kept.postal_code = address.line, address.postal_code


def _digest(address: Address) -> str:
    parts = (
        address.receiver,
        address.mobile,
        str(address.province_id),
        address.city,
        address.line,
        address.postal_code,
    )
    return sha256("|".join(fold(part) for part in parts).encode()).hexdigest()
