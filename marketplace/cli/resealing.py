"""`bazargah reseal`: what stands sealed, sealed anew with the first of FIELD_KEYS."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from marketplace.accounts.second import reseal_apps
from marketplace.core.sealed_columns import reseal_columns, reseal_contents
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.matching import remark_matches
from marketplace.lottery.ring_marks import remark_rings

STEPS = (
    ("national ids and Shebas", reseal_columns),
    ("what two persons sign", reseal_contents),
    ("seeds of authenticator apps", reseal_apps),
    ("answers about applications", remark_matches),
    ("rings of entries", remark_rings),
)


@click.command("reseal")
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Values a time."
)
@with_appcontext
def reseal(batch: int) -> None:
    """Seals fields with the first of FIELD_KEYS; afterwards the other keys can go.

    The platform goes on meanwhile. Stopped in the middle it may be begun again: what is done is not met a second time.
    """
    for title, step in STEPS:
        done = 0
        while True:
            with unit_of_work():
                count = step(batch)
            if not count:
                break
            done += count
        click.echo(f"{title}: {done} sealed anew")
