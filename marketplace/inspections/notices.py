"""What stores, inspectors and the office read of visits and guidelines, put in the outbox with the news itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_with_role
from marketplace.core.db import db
from marketplace.inspections.models import Finding, Visit
from marketplace.messages.outbox import tell
from marketplace.stores.models import Store
from marketplace.stores.paper_queries import members_of

PANEL = "/panel/health"


def tell_report(visit: Visit, found_count: int, hides: bool, at: datetime) -> None:
    """The store reads what a visit found; of a critical finding the office reads at once too."""
    template = "visit_critical" if hides else "visit_findings" if found_count else "visit_clean"
    _tell(
        members_of(visit.store_id),
        template,
        {"found_count": found_count},
        visit.store_id,
        f"visit:{visit.id}",
        at,
    )
    if hides:
        params = {"store": name_of(visit.store_id), "path": f"/office/inspections/visits/{visit.id}"}
        _tell(
            people_with_role(Role.office),
            "critical_found",
            params,
            visit.store_id,
            f"critical:{visit.id}",
            at,
        )


def tell_unmet(visit: Visit, at: datetime) -> None:
    """The store reads that an inspector stood before a closed door."""
    _tell(members_of(visit.store_id), "visit_unmet", {}, visit.store_id, f"unmet:{visit.id}", at)


def tell_late(finding: Finding, at: datetime) -> None:
    """The store reads that the time to mend something is over."""
    _tell(
        members_of(finding.store_id), "finding_late", {}, finding.store_id, f"finding-late:{finding.id}", at
    )


def tell_cleared(finding: Finding, at: datetime) -> None:
    """The store reads that a visit has seen something mended."""
    key = f"finding-cleared:{finding.id}"
    _tell(members_of(finding.store_id), "finding_cleared", {}, finding.store_id, key, at)


def tell_mended(finding: Finding, at: datetime) -> None:
    """The inspectors read that a store says it is mended."""
    params = {"store": name_of(finding.store_id), "path": "/office/inspections?state=planned"}
    key = f"finding-mended:{finding.id}:{at.isoformat()}"
    _tell(people_with_role(Role.health_inspector), "finding_mended", params, finding.store_id, key, at)


def tell_assigned(visit: Visit, at: datetime) -> None:
    """An inspector reads that a visit is theirs."""
    if visit.inspector_id is None:
        return
    params = {
        "store": name_of(visit.store_id),
        "planned_on": visit.planned_on.isoformat(),
        "path": f"/office/inspections/visits/{visit.id}",
    }
    key = f"visit-assigned:{visit.id}:{visit.inspector_id}:{visit.planned_on}"
    _tell([visit.inspector_id], "visit_assigned", params, visit.store_id, key, at)


def tell_guideline(store_id: int, key: str, version: int, at: datetime, *, again: bool = False) -> None:
    """A store is asked to acknowledge a new version; `again`: the office reminds it, at most once a day."""
    name = f"guideline:{key}:{version}:{store_id}"
    name = f"{name}:{at.date().isoformat()}" if again else name
    _tell(members_of(store_id), "guideline_changed", {"version": version}, store_id, name, at)


def name_of(store_id: int) -> str:
    """A store's Persian name, as officials know it."""
    return db.session.scalars(select(Store.name_fa).where(Store.id == store_id)).one()


def _tell(
    people: Iterable[int], template: str, params: Mapping[str, Any], store_id: int, key: str, at: datetime
) -> None:
    for person_id in people:
        tell(
            key=f"{key}:{person_id}",
            person=person_id,
            template=template,
            params={"path": PANEL, **params},
            subject=f"store:{store_id}",
            at=at,
        )
