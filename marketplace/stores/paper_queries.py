"""Reading a store's papers: holder, seal, licence, clearance, applications, and how they became what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select

from marketplace.core.db import Base, db
from marketplace.stores.case_models import (
    ClearanceHistory,
    LicenceHistory,
    SealApplication,
    SealApplicationState,
    SealHistory,
)
from marketplace.stores.errors import NoPaper
from marketplace.stores.models import Clearance, Seal, StoreHolder, StoreMember, UnionLicence

Row = TypeVar("Row", bound=Base)


def members_of(store_id: int) -> Sequence[int]:
    """Ids of the people who work for a store now, the first to join first."""
    return list(
        db.session.scalars(
            select(StoreMember.person_id)
            .where(StoreMember.store_id == store_id, StoreMember.ended_at.is_(None))
            .order_by(StoreMember.id)
        )
    )


def holder_of(store_id: int) -> StoreHolder | None:
    """Who stands behind a store, as declared."""
    return db.session.scalars(select(StoreHolder).where(StoreHolder.store_id == store_id)).one_or_none()


def seal_of_store(store_id: int) -> Seal | None:
    """The seal of a store, in whatever state."""
    return db.session.scalars(select(Seal).where(Seal.store_id == store_id)).one_or_none()


def licence_of_store(store_id: int) -> UnionLicence | None:
    """The union licence of a store."""
    return db.session.scalars(select(UnionLicence).where(UnionLicence.store_id == store_id)).one_or_none()


def clearance_of_store(store_id: int) -> Clearance | None:
    """The clearance of a store's applicant."""
    return db.session.scalars(select(Clearance).where(Clearance.store_id == store_id)).one_or_none()


def lock_seal(store_id: int) -> Seal:
    """A store's seal, locked until the unit ends. Raises NoPaper."""
    return _locked(select(Seal).where(Seal.store_id == store_id))


def lock_licence(store_id: int) -> UnionLicence:
    """A store's union licence, locked until the unit ends. Raises NoPaper."""
    return _locked(select(UnionLicence).where(UnionLicence.store_id == store_id))


def lock_clearance(clearance_id: int) -> Clearance:
    """A clearance, locked until the unit ends. Raises NoPaper."""
    return _locked(select(Clearance).where(Clearance.id == clearance_id))


def lock_clearance_of(store_id: int) -> Clearance:
    """The clearance of a store's applicant, locked until the unit ends. Raises NoPaper."""
    return _locked(select(Clearance).where(Clearance.store_id == store_id))


def lock_seal_application(application_id: int) -> SealApplication:
    """An application for a seal, locked until the unit ends. Raises NoPaper."""
    return _locked(select(SealApplication).where(SealApplication.id == application_id))


def open_application_of(store_id: int) -> SealApplication | None:
    """The application for a seal that a store has open."""
    return db.session.scalars(
        select(SealApplication).where(
            SealApplication.store_id == store_id, SealApplication.state == SealApplicationState.open
        )
    ).one_or_none()


def newest_application_of(store_id: int) -> SealApplication | None:
    """The newest application for a seal of a store."""
    return db.session.scalars(
        select(SealApplication)
        .where(SealApplication.store_id == store_id)
        .order_by(SealApplication.id.desc())
        .limit(1)
    ).one_or_none()


def history_of_seal(seal_id: int) -> Sequence[SealHistory]:
    """All changes of a seal, the newest first."""
    rows = select(SealHistory).where(SealHistory.seal_id == seal_id).order_by(SealHistory.id.desc())
    return list(db.session.scalars(rows))


def history_of_licence(licence_id: int) -> Sequence[LicenceHistory]:
    """All changes of a union licence, the newest first."""
    rows = select(LicenceHistory).where(LicenceHistory.licence_id == licence_id)
    return list(db.session.scalars(rows.order_by(LicenceHistory.id.desc())))


def history_of_clearance(clearance_id: int) -> Sequence[ClearanceHistory]:
    """All changes of a clearance, the newest first."""
    rows = select(ClearanceHistory).where(ClearanceHistory.clearance_id == clearance_id)
    return list(db.session.scalars(rows.order_by(ClearanceHistory.id.desc())))


def _locked(statement: Select[Row]) -> Row:
    row = db.session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NoPaper()
    return row
