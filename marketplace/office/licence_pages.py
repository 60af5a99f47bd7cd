"""What the seal centre's register of union licences shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.text import ascii_digits, fold
from marketplace.office.seal_pages import PER_PAGE, word
from marketplace.stores.models import LicenceState, Store, UnionLicence


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """A licence in the register."""

    id: int
    number: str
    store_name: str
    store_slug: str
    state: str
    valid_from: datetime
    valid_until: datetime


def licence_lines(query: str, state: str, after: int) -> tuple[list[LicenceLine], int | None]:
    """A page of the register behind an id, narrowed by words and state; and behind which id the next begins."""
    listed = (
        select(UnionLicence, Store.name_fa, Store.name_en, Store.slug)
        .join(Store, Store.id == UnionLicence.store_id)
        .where(UnionLicence.id > after)
        .order_by(UnionLicence.id)
        .limit(PER_PAGE + 1)
    )
    if state in LicenceState.__members__:
        listed = listed.where(UnionLicence.state == LicenceState(state))
    wanted = fold(query).replace("%", "").replace("_", " ")
    if wanted:
        typed = ascii_digits(query).strip().replace("%", "").replace("_", "")
        name = func.lower(Store.name_fa + " " + Store.name_en)
        listed = listed.where(or_(UnionLicence.number.like(f"%{typed}%"), name.like(f"%{wanted}%")))
    rows = db.session.execute(listed).all()
    lines = [
        LicenceLine(
            row.UnionLicence.id,
            row.UnionLicence.number,
            word(row.name_fa, row.name_en),
            row.slug,
            row.UnionLicence.state.value,
            row.UnionLicence.valid_from,
            row.UnionLicence.valid_until,
        )
        for row in rows[:PER_PAGE]
    ]
    return lines, lines[-1].id if len(rows) > PER_PAGE else None


def licence_of(licence_id: int) -> UnionLicence:
    """One licence. Raises NotFound."""
    licence = db.session.get(UnionLicence, licence_id)
    if licence is None:
        raise NotFound()
    return licence


def licence_store(slug: str) -> int:
    """The store that a licence is to be registered for. Raises Invalid."""
    store_id = db.session.scalar(select(Store.id).where(Store.slug == slug))
    if store_id is None:
        raise Invalid("bad_licence", fields={"store": "unknown_store_slug"})
    return store_id
