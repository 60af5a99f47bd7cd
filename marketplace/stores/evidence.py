"""Who may see the documents of an application for a seal: its store's members, the seal centre, the auditor."""

from __future__ import annotations

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.stores.case_models import SealApplication


def may_see_application_file(visitor: Visitor, subject: str) -> bool:
    """Whether somebody may see a file of `seal-application:17`."""
    number = subject.partition(":")[2]
    application = db.session.get(SealApplication, int(number)) if number.isdecimal() else None
    if application is None:
        return False
    return application.store_id in visitor.store_ids or bool(
        visitor.roles & {Role.seal_officer, Role.auditor}
    )
