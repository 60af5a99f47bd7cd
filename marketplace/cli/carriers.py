"""What carriers say: `bazargah delivered FILE` reads a carrier's list of parcels that were handed over."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from marketplace.core import clock
from marketplace.core.errors import MarketplaceError
from marketplace.core.tables import Row, read_table
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.parcels import record_delivery
from marketplace.policy.models import CARRIERS, ShippingMethod

MOST_ROWS, MOST_BYTES = 200_000, 64 * 1024 * 1024
COLUMNS = ("carrier", "tracking_code")


@click.command("delivered")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def delivered(file: Path) -> None:
    """Reads a carrier's list (CSV or XLSX with the columns carrier, tracking_code): each parcel in it was handed over.

    A store order is delivered with its last parcel. The same list again changes nothing. Rows that name no parcel of
    ours are told with their number; the others count all the same, and the command ends with 1.
    """
    wrong = heard = 0
    try:
        with file.open("rb") as stream:
            rows = read_table(stream, file.name, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
            places = _places(next(rows, None))
            for row in rows:
                fault = _hear(row, places)
                heard += fault is None
                if fault is not None:
                    wrong += 1
                    click.echo(f"row {row.number}: {fault}", err=True)
    except MarketplaceError as error:
        click.echo(f"refused: {error.code}", err=True)
        sys.exit(1)
    click.echo(f"{heard} parcels handed over, {wrong} rows refused")
    if wrong:
        sys.exit(1)


def _places(header: Row | None) -> tuple[int, int]:
    names = [cell.strip().lower() for cell in header.cells] if header else []
    if not set(COLUMNS) <= set(names):
        raise click.UsageError(f"the first row must name the columns {' and '.join(COLUMNS)}")
    return names.index(COLUMNS[0]), names.index(COLUMNS[1])


def _hear(row: Row, places: tuple[int, int]) -> str | None:
    """Records one row in a unit of its own; gives what is wrong with it."""
    carrier, code = (row.cells[place].strip() if place < len(row.cells) else "" for place in places)
    if carrier not in {each.value for each in CARRIERS}:
        return f"unknown carrier {carrier!r}"
    try:
        with unit_of_work():
            record_delivery(ShippingMethod(carrier), code, clock.now())
    except MarketplaceError as error:
        return f"{error.code} {code!r}"
    return None
