"""Returns of the whole bazaar as the office reads them: what waits and since when, what stores refuse and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from marketplace.accounts.access import official
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, t
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.orders.after_models import Return, ReturnState
from marketplace.orders.after_rules import OPEN_STATES
from marketplace.orders.models import Order, StoreOrder
from marketplace.stores.models import Store

blueprint = Blueprint("office_returns", __name__, url_prefix="/office/returns")
ROWS = 50
VIEWS: dict[str, Sequence[ReturnState]] = {
    "open": tuple(sorted(OPEN_STATES)),
    "refused": (ReturnState.refused, ReturnState.part_accepted),
    "all": tuple(ReturnState),
}


@dataclass(frozen=True, slots=True)
class OfficeReturn:
    """One return. `note`: the store's reason where it refused some of it; `is_late`: its deadline is over."""

    number: str
    order_number: str
    store: str
    store_url: str
    state: str
    state_label: str
    reason: str
    asked_at: datetime
    due_at: datetime | None
    is_late: bool
    is_by_silence: bool
    note: str
    refund_toman: int


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_returns() -> str:
    """Returns by what they wait for: the open ones by their deadline, what was refused, all."""
    asked = request.args.get("view", "")
    view = asked if asked in VIEWS else "open"
    page = _returns(view, request.args.get("after"), clock.now())
    return render_template(
        "office/returns.html",
        rows=page.items,
        view=view,
        counts={name: _count(states) for name, states in VIEWS.items()},
        next_url=url_for(".list_returns", view=view, after=page.next_cursor) if page.next_cursor else None,
    )


def _count(states: Sequence[ReturnState]) -> int:
    return db.session.scalar(select(func.count()).select_from(Return).where(Return.state.in_(states))) or 0


def _returns(view: str, cursor: str | None, at: datetime) -> Page[OfficeReturn]:
    """The newest first. Statements do not grow with the rows."""
    name = Store.name_fa if current_language() == "fa" else Store.name_en
    query = (
        select(Return, Order.number, name.label("store"), Store.slug)
        .join(StoreOrder, StoreOrder.id == Return.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Store, Store.id == StoreOrder.store_id)
        .where(Return.state.in_(VIEWS[view]))
        .order_by(Return.id.desc())
        .limit(ROWS + 1)
    )
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Return.id < after[0])
    rows = db.session.execute(query).all()
    page = page_of(rows, ROWS, lambda row: (row.Return.id,))
    return Page([_shown(row, at) for row in page.items], page.next_cursor)


def _shown(row: AnyRow, at: datetime) -> OfficeReturn:
    found: Return = row.Return
    is_open = found.state in OPEN_STATES
    return OfficeReturn(
        number=found.number,
        order_number=row.number,
        store=row.store,
        store_url=url_for("storefront.show_store", slug=row.slug),
        state=found.state.value,
        state_label=t(f"return_stage.{found.state.value}"),
        reason=t(f"return_reason.{found.reason.value}"),
        asked_at=found.asked_at,
        due_at=found.due_at if is_open else None,
        is_late=is_open and found.due_at < at,
        is_by_silence=found.is_by_silence,
        note=found.decision_note,
        refund_toman=found.refund_toman,
    )
