"""Looking after the platform: sweeps, invariants, people, tokens, a doctor."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import text

from marketplace.accounts.models import Role
from marketplace.accounts.passwords import password_hash, wrong_with
from marketplace.accounts.people import create_person, grant_role, reset_second_factor, set_password
from marketplace.accounts.queries import person_by_mobile, roles_now
from marketplace.accounts.tokens import (
    OF_A_DAY,
    OFFICE_SCOPES,
    SCOPES,
    create_token,
    desk_scopes,
    longest,
)
from marketplace.cli.moments import Moment, at_or_now
from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.errors import Invalid, MarketplaceError
from marketplace.core.health import findings
from marketplace.core.jobs import run_all_due
from marketplace.core.text import mobile as read_mobile
from marketplace.core.unit_of_work import unit_of_work
from marketplace.oversight.chores import ChoreLog, list_sweeps
from marketplace.oversight.telling import INVARIANTS
from marketplace.policy.calendar import calendar
from marketplace.storefront.counting import count_facets


@click.command("facets")
@with_appcontext
def facets() -> None:
    """Counts the facets of a large edition into a file, at low priority; the worker calls it when offers changed."""
    os.nice(10)
    if not count_facets(clock.now()):
        sys.exit(1)


@click.command("sweep")
@click.option(
    "--at", type=Moment(), default=None, help="As if it were this moment (ISO 8601); now when left out."
)
@with_appcontext
def sweep(at: datetime | None) -> None:
    """Runs every deadline sweep once, then all due jobs, those too that the jobs add."""
    moment, chores = at_or_now(at), ChoreLog()
    for name, (work, _) in current_app.extensions["bazargah"].sweeps.items():
        begun = time.monotonic()
        done = work(moment)
        chores.note(name, moment, int((time.monotonic() - begun) * 1000), done, None)
        click.echo(f"{name}: {done}")
        db.session.rollback()
    chores.write(moment)
    click.echo(f"jobs: {run_all_due(max(moment, clock.now()))}")


@click.command("invariants")
@with_appcontext
def invariants() -> None:
    """Checks what must hold at any moment; exit 1 and the rows that break it when something does not.

    When it last was well is told to operators (`bazargah_invariants_age_seconds`).
    """
    broken, begun, chores = 0, time.monotonic(), ChoreLog()
    for name, check in current_app.extensions["bazargah"].invariants.items():
        rows = list(check())
        broken += len(rows)
        click.echo(f"{'broken' if rows else 'holds '} {name}")
        for row in rows[:20]:
            click.echo(f"         {row}")
    db.session.rollback()
    wrong = f"{broken} rows break an invariant" if broken else None
    chores.note(INVARIANTS, clock.now(), int((time.monotonic() - begun) * 1000), 0, wrong)
    chores.write(clock.now(), now=True)
    if broken:
        sys.exit(1)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Tells what this installation runs on and what is wanting; exit 1 when something is, or when a job was given up
    or a sweep is in trouble. Without a database that knows this code it tells what it can.
    """
    settings = current_app.config["SETTINGS"]
    click.echo(f"mode      {settings.mode}")
    click.echo(f"address   {settings.base_url}")
    found = list(findings())
    for each in found:
        click.echo(f"{each.name:9} {'fine' if each.is_fine else 'WANTING'}: {each.told}")
    is_whole = all(each.is_fine for each in found)
    if all(each.is_fine for each in found if each.needed):
        is_whole = _is_work_done() and is_whole
    if not is_whole:
        sys.exit(1)


def _is_work_done() -> bool:
    """Tells of the server, the calendar, jobs and sweeps; whether no job was given up and no sweep is in trouble."""
    engine = db.engine
    version = db.session.scalar(
        text("SELECT sqlite_version()" if engine.dialect.name == "sqlite" else "SHOW server_version")
    )
    click.echo(f"server    {engine.dialect.name} {version}")
    known_until = calendar().last
    is_soon = tehran(clock.now()).date() > known_until - timedelta(days=90)
    wanted = ": add the next year to marketplace/policy/holidays.json" if is_soon else ""
    click.echo(f"holidays  known until {known_until}{wanted}")
    dead = db.session.scalar(text("SELECT count(*) FROM jobs WHERE state = 'dead'"))
    click.echo(f"dead jobs {dead}")
    troubled = [
        f"{each.name} ({each.state})" for each in list_sweeps(clock.now()) if each.state in ("failed", "late")
    ]
    click.echo(f"sweeps    {', '.join(troubled) or 'none in trouble'}")
    return not dead and not troubled


@click.group("user")
def user() -> None:
    """People."""


@user.command("create")
@click.option("--mobile", required=True)
@click.option("--name", default="")
@click.option("--surname", default="")
@click.option("--role", type=click.Choice([r.value for r in Role]), multiple=True)
@click.password_option(help="At least 8 characters, not a common one.")
@with_appcontext
def create_user(mobile: str, name: str, surname: str, role: tuple[str, ...], password: str) -> None:
    """Creates a person with a password and roles."""
    number = read_mobile(mobile)
    if number is None:
        raise click.BadParameter("is no Iranian mobile", param_hint="--mobile")
    wrong = wrong_with(password, number)
    if wrong:
        raise click.BadParameter(wrong, param_hint="--password")
    hashed, at = password_hash(password), clock.now()
    try:
        with unit_of_work():
            person_id = create_person(number, at, given_name=name, surname=surname)
            set_password(person_id, hashed, at)
            for each in role:
                grant_role(person_id, Role(each), at)
    except MarketplaceError as error:
        click.echo(f"refused: {error.code}", err=True)
        sys.exit(1)
    click.echo(f"person {person_id}")


@user.command("remove-second-factor")
@click.option("--mobile", required=True)
@click.option("--reason", required=True, help="How the person was recognised; kept in the audit log.")
@with_appcontext
def remove_second_factor(mobile: str, reason: str) -> None:
    """Takes all second factors of somebody who lost them, and signs them out everywhere."""
    number = read_mobile(mobile)
    person = person_by_mobile(number) if number else None
    if person is None or not reason.strip():
        click.echo("refused: nobody has this mobile, or no reason was given", err=True)
        sys.exit(1)
    at = clock.now()
    with unit_of_work():
        reset_second_factor(person.id, reason.strip(), SYSTEM, at)
    click.echo(f"person {person.id}: no second factor, no session")


@click.group("token")
def token() -> None:
    """API tokens."""


@token.command("create")
@click.option("--mobile", required=True)
@click.option("--name", default="command line", show_default=True)
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    multiple=True,
    help="Repeat for several; left out: all that the person may have, without signatures.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help="Until it ends. For desks 90, or 1 where it signs or pays, and no more; others have no end unless told.",
)
@with_appcontext
def create_user_token(mobile: str, name: str, scope: tuple[str, ...], days: int | None) -> None:
    """Creates a token and prints it, this once."""
    number, at = read_mobile(mobile), clock.now()
    person = person_by_mobile(number) if number else None
    if person is None:
        click.echo("refused: nobody has this mobile", err=True)
        sys.exit(1)
    usual = set(SCOPES) - OFFICE_SCOPES.keys() | desk_scopes(roles_now(person.id)) - OF_A_DAY
    scopes = set(scope) or usual
    ends_at = at + timedelta(days=days) if days else None
    if ends_at is None and scopes & OFFICE_SCOPES.keys():
        ends_at = at + longest(scopes)
    try:
        with unit_of_work():
            secret = create_token(person.id, name, scopes, at, ends_at)
    except Invalid as error:
        wrong = ", ".join(f"{field}: {code}" for field, code in error.fields.items())
        click.echo(f"refused: {wrong}", err=True)
        sys.exit(1)
    click.echo(secret)
