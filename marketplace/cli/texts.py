"""Publishing what the house comes with: `bazargah texts publish`."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from marketplace.cli.moments import Moment, at_or_now
from marketplace.core.audit import SYSTEM
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.first_pledges import publish_first_pledges
from marketplace.policy.first_texts import publish_first_texts


@click.group("texts")
def texts() -> None:
    """Public texts: guidelines, rules, notices."""


@texts.command("publish")
@click.option(
    "--at", type=Moment(), default=None, help="As if it were this moment (ISO 8601); now if not given."
)
@with_appcontext
def publish(at: datetime | None) -> None:
    """Publishes the first version of every text and pledge that has none; the office changes them at /office/texts."""
    moment = at_or_now(at)
    with unit_of_work():
        keys = publish_first_texts(SYSTEM, moment)
        pledges = publish_first_pledges(SYSTEM, moment)
    for key in keys:
        click.echo(key)
    click.echo(f"{len(keys)} texts and {len(pledges)} pledges published")
