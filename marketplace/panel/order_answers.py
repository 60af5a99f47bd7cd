"""The page of a store order: as it is, with what is not right in a form, or after a page that was stale."""

from __future__ import annotations

from flask import g, render_template, request

from marketplace.core import clock
from marketplace.core.errors import MarketplaceError
from marketplace.core.language import t
from marketplace.orders.errors import WrongStep
from marketplace.panel.after import show_after
from marketplace.panel.board import show_store_order


def order_page(
    store_order_id: int,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    stale_note: str | None = None,
) -> str:
    """One own order with its next step. Raises NotFound for another store's."""
    return render_template(
        "panel/order.html",
        order=show_store_order(store_order_id, g.store_id, errors, values),
        after=show_after(store_order_id, g.store_id, clock.now()),
        stale_note=stale_note,
    )


def refused(store_order_id: int, error: MarketplaceError) -> tuple[str, int]:
    """The order as it is now, with the sentence of the refusal. What was typed stays, unless the page was stale."""
    if isinstance(error, WrongStep):
        return order_page(store_order_id, stale_note=t(f"error.{error.code}")), error.status
    sentences = {name: t(f"field.{code}") for name, code in error.fields.items()} or {
        "": t(f"error.{error.code}")
    }
    values = {name: value[:60] for name, value in request.form.items()}
    return order_page(store_order_id, sentences, values), error.status
