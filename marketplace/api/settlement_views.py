"""A store's money, for the programs of its owner."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer, listed, paging
from marketplace.api.blueprint import answers, call, refuses, takes
from marketplace.api.schemas import settlement as schemas
from marketplace.api.settlement_shapes import statement_document, statements_page
from marketplace.core.errors import Forbidden
from marketplace.orders.payout_run import outlook
from marketplace.stores.queries import is_owner


@call("GET", "/store/settlement", "store")
@scoped("store:settlement", store=True)
@takes(schemas.SettlementQuery)
@answers(200, schemas.SettlementPage)
@refuses(403)
def show_settlement() -> Response:
    """What the store is due, owes and can be paid, and its weekly statements, the newest first. Owners alone."""
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")
    cursor, limit = paging()
    now = outlook(g.store_id)
    account: dict[str, Any] = {
        "due_toman": now.due_toman,
        "owed_toman": now.owed_toman,
        "kept_back_toman": now.held_toman,
        "in_payout_toman": now.in_payout_toman,
        "payable_toman": now.payable_toman,
    }
    return answer(listed(statements_page(g.store_id, cursor, limit), statement_document, **account))
