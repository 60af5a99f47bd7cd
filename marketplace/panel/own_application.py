"""Which application a person's pages and programs are about."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.access import Visitor
from marketplace.core.errors import Forbidden, NotFound
from marketplace.festival.application_queries import applications_of_store, newest_application, owned_store
from marketplace.festival.models import Application


def ensure_papers_open(person: Visitor) -> None:
    """A store's staff sees neither its papers nor its account. Raises Forbidden."""
    if owned_store(person.id) is None and person.store_ids:
        raise Forbidden("application_owner_needed")


def chosen_application(person: Visitor, edition: str | None, at: datetime) -> Application | None:
    """The application to the edition named by its slug, else the newest. Raises NotFound for none there, Forbidden."""
    ensure_papers_open(person)
    store_id = owned_store(person.id)
    if store_id is None or edition is None:
        return newest_application(store_id, at) if store_id is not None else None
    for application, one in applications_of_store(store_id):
        if one.slug == edition:
            return application
    raise NotFound()
