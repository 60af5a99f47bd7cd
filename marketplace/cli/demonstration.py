"""The demo: an embedded database with a believable festival, served with everything it needs by one command."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from marketplace.cli.running import run_together
from marketplace.core import clock
from marketplace.demo.claims import load_claims
from marketplace.demo.complaints import load_complaints
from marketplace.demo.disputes import load_disputes
from marketplace.demo.draws import load_draw, load_earlier_draw
from marketplace.demo.fund import finish_fund, load_fund
from marketplace.demo.gateway_books import hand_over
from marketplace.demo.inspections import load_inspections
from marketplace.demo.load import Progress, first_pictures, is_empty, load_festival
from marketplace.demo.orders import load_orders
from marketplace.demo.oversight import load_oversight
from marketplace.demo.people import add_people, write_credentials
from marketplace.demo.pictures import render_pictures
from marketplace.demo.plan.scale import Scale
from marketplace.demo.readings import load_readings
from marketplace.demo.said import load_said
from marketplace.demo.settlement import load_settlement
from marketplace.demo.suspicions import load_suspicions
from marketplace.stats.rollups import refresh_figures
from marketplace.storefront.bitmaps import are_many
from marketplace.storefront.counting import count_facets


def prepare(scale: Scale, *, only_first: bool = False) -> dict[str, Any]:
    """Prepares the books and draws the pictures; gives the demo's credentials.

    With `only_first` the pictures of the first pages alone are drawn; the others can follow while it runs.
    """
    found = prepare_books(scale)
    _draw_pictures(first_pictures() if only_first else None)
    return found


def prepare_books(scale: Scale) -> dict[str, Any]:
    """Brings the database up to date, fills it when it is empty, and tells the payment sandbox what was paid; gives the
    demo's credentials."""
    path = credentials_path()
    upgrade()
    if is_empty():
        at = clock.now()
        with click.progressbar(length=scale.counts.offers, label="offers") as bar:
            write_credentials(path, fill(scale, at, lambda done, total: bar.update(done - bar.pos)))
    hand_over(current_app.config["SETTINGS"])
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def fill(
    scale: Scale, at: datetime, progress: Progress = lambda done, total: None
) -> dict[str, dict[str, Any]]:
    """Writes the whole demo into an empty database; gives the demo's people by role."""
    load_festival(scale, at, progress)
    people = add_people(at)
    load_earlier_draw(at)
    load_draw(at)
    load_complaints(at)
    load_orders(at)
    load_fund(at)
    load_settlement(at)
    load_disputes(at)
    load_claims(at)
    finish_fund(at)
    load_said(at)
    load_suspicions(at)
    load_inspections(at)
    load_oversight(at)
    load_readings(at)
    refresh_figures(at)
    if are_many():
        count_facets(at)
    return people


def credentials_path() -> Path:
    settings = current_app.config["SETTINGS"]
    return Path(settings.instance) / "demo" / "credentials.json"


def _draw_pictures(keys: Sequence[str] | None = None) -> None:
    with click.progressbar(length=1, label="pictures") as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        render_pictures(current_app.config["SETTINGS"].media, keys, progress=show)


@click.command("pictures")
@with_appcontext
def pictures() -> None:
    """Draws the demo's pictures that are not there yet, at low priority."""
    os.nice(10)
    render_pictures(current_app.config["SETTINGS"].media)


@click.command("seed")
@click.option(
    "--scale", type=click.Choice([s.value for s in Scale]), default=Scale.FESTIVAL.value, show_default=True
)
@with_appcontext
def seed(scale: str) -> None:
    """Fills an empty database with the demo festival of a scale: small, festival or large."""
    prepare(Scale(scale))
    click.echo(f"{scale} festival ready; sign-ins in {credentials_path()}")


@click.command("demo")
@click.option(
    "--scale", type=click.Choice([s.value for s in Scale]), default=Scale.FESTIVAL.value, show_default=True
)
@click.option("--prepare-only", is_flag=True, help="Fill the database and end.")
@with_appcontext
def demo(scale: str, prepare_only: bool) -> None:
    """Fills the embedded database the first time, then runs web server, worker and payment sandbox."""
    people = prepare(Scale(scale), only_first=not prepare_only)
    if prepare_only:
        return
    port = os.environ.get("PORT", "8000")
    me = [sys.executable, "-m", "marketplace"]
    code = run_together(
        [[*me, "serve", "--port", port, "--jobs", "1"], [*me, "sandbox"]],
        [[*me, "pictures"]],
        lambda: _announce(f"http://127.0.0.1:{port}", people),
    )
    sys.exit(code)


def _announce(address: str, people: dict[str, Any]) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=1):  # noqa: S310
            pass
    except (urllib.error.URLError, OSError):
        return False
    click.echo(f"\nبازارگاه  Bazargah runs at {address}  (Ctrl-C stops it)\n")
    for role, person in people.items():
        click.echo(f"  {role:20} {person['mobile']}  {person['password']}")
    click.echo(f"\n  one-time codes and messages: {address}/demo/outbox")
    sys.stdout.flush()
    return True
