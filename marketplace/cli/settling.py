"""Settling by hand: `bazargah settle`, for the night after a festival."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from marketplace.cli.moments import Moment, at_or_now
from marketplace.core.db import db
from marketplace.orders.deadlines import close_store_orders
from marketplace.orders.settlement import BATCH, settle_closed_store_orders, unsettled_count
from marketplace.orders.statements import write_statements


@click.command("settle")
@click.option(
    "--at", type=Moment(), default=None, help="As if it were this moment (ISO 8601); now if not given."
)
@click.option(
    "--batch",
    default=BATCH,
    show_default=True,
    type=click.IntRange(1, 5_000),
    help="Store orders in one unit of work: the most that is done again after a stop.",
)
@with_appcontext
def settle(at: datetime | None, batch: int) -> None:
    """Closes what is over, settles every closed store order, and writes the statements that are due.

    It can be stopped at any moment (Ctrl-C, kill -9, a power cut) and started again: each store order is settled
    once. Beside running workers it does no harm.
    """
    moment = at_or_now(at)
    closed = 0
    while now := close_store_orders(moment):
        closed += now
    db.session.rollback()
    waiting = unsettled_count()
    db.session.rollback()
    with click.progressbar(length=waiting, label="settling", show_pos=True, show_eta=True) as bar:
        settled = settle_closed_store_orders(moment, batch=batch, progress=bar.update)
    statements = write_statements(moment)
    click.echo(f"closed {closed}, settled {settled}, statements {statements}")
