"""Who may see the documents of an application for a seal, and of an inquiry."""

from __future__ import annotations

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.stores.case_models import SealApplication
from marketplace.stores.interest import has_interest
from marketplace.stores.models import Clearance
from marketplace.stores.rules import WAITING


def may_see_application_file(visitor: Visitor, subject: str) -> bool:
    """Whether somebody may see a file of `seal-application:17`: the store's members, the seal centre, the auditor."""
    number = subject.partition(":")[2]
    application = db.session.get(SealApplication, int(number)) if number.isdecimal() else None
    if application is None:
        return False
    return application.store_id in visitor.store_ids or bool(
        visitor.roles & {Role.seal_officer, Role.auditor}
    )


def may_see_clearance_file(visitor: Visitor, subject: str) -> bool:
    """Whether somebody may see a file of `clearance:17`: the person it is about, and clearance officers without an
    interest while the inquiry waits for its answer."""
    number = subject.partition(":")[2]
    clearance = db.session.get(Clearance, int(number)) if number.isdecimal() else None
    if clearance is None:
        return False
    if clearance.person_id == visitor.id:
        return True
    return (
        Role.clearance_officer in visitor.roles
        and clearance.state in WAITING
        and not has_interest(visitor.id, clearance.store_id)
    )
