"""Hostings for a store's programs: a guest on a host's shelf, proposed, accepted, refused, ended."""

from __future__ import annotations

from typing import Any

from flask import g

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import store_papers as schemas
from marketplace.core.audit import Actor
from marketplace.stores import hosting
from marketplace.stores.hosting_queries import hostings_of
from marketplace.stores.queries import store_kind

TAG, SCOPE = "store", "store:papers"


@reading("/store/hostings", TAG, SCOPE, store=True, gives=schemas.HOSTING.listed)
def list_hostings() -> Any:
    """Whom the store hosts, or who hosts it."""
    return schemas.HOSTING.many(hostings_of(g.store_id))


@act("/store/hostings", TAG, SCOPE, store=True, says=schemas.HostingBody, status=201, makes=made.HOSTING)
def create_hosting(said: Said) -> Verb:
    """Asks another store for its shelf, or to take it on the own one."""
    store_id, other = g.store_id, said.get("other", "")
    is_host = store_kind(store_id) == "online"
    return lambda at: hosting.propose_hosting(store_id, other, is_host, _actor(), at)


@act("/store/hostings/<int:hosting_id>/acceptance", TAG, SCOPE, store=True)
def create_hosting_acceptance(hosting_id: int) -> Verb:
    """Agrees to a hosting that the other side proposed."""
    store_id = g.store_id
    return lambda at: hosting.accept_hosting(hosting_id, store_id, _actor(), at)


@act("/store/hostings/<int:hosting_id>/refusal", TAG, SCOPE, store=True)
def create_hosting_refusal(hosting_id: int) -> Verb:
    """Says no to a hosting that the other side proposed."""
    store_id = g.store_id
    return lambda at: hosting.refuse_hosting(hosting_id, store_id, _actor(), at)


@act("/store/hostings/<int:hosting_id>/end", TAG, SCOPE, store=True, says=schemas.EndBody)
def create_hosting_end(said: Said, hosting_id: int) -> Verb:
    """Ends a hosting, with a reason."""
    store_id, reason = g.store_id, said.get("reason", "")
    return lambda at: hosting.end_hosting(hosting_id, store_id, reason, _actor(), at)


def _actor() -> Actor:
    return visitor().actor("store")
