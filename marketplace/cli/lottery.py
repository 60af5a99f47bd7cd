"""The lottery from the command line: freezing, drawing and redrawing by two officers, verifying by anybody."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from marketplace.accounts.approvals import approve
from marketplace.accounts.models import Role
from marketplace.accounts.queries import person_by_mobile, roles_now
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import MarketplaceError
from marketplace.core.text import mobile as read_mobile
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery import two_persons
from marketplace.lottery.proof import check
from marketplace.lottery.queries import draw_by_slug

Command = Callable[..., None]


@click.group("lottery")
def lottery() -> None:
    """Freezes, draws, redraws and verifies."""


def _officers(command: Command) -> Command:
    """Both officers by their mobiles: who proposes, and who agrees."""
    command = click.option("--second", required=True, help="Mobile of the officer who agrees.")(command)
    return click.option("--first", required=True, help="Mobile of the officer who proposes.")(command)


@lottery.command("freeze")
@click.argument("draw")
@_officers
@with_appcontext
def freeze(draw: str, first: str, second: str) -> None:
    """Closes the list of DRAW."""
    _act(draw, two_persons.FREEZE, {}, first, second)


@lottery.command("draw")
@click.argument("draw")
@_officers
@with_appcontext
def draw_first(draw: str, first: str, second: str) -> None:
    """Draws the winners of DRAW, once its public number is here."""
    _act(draw, two_persons.DRAW, {"stage": 0}, first, second)


@lottery.command("redraw")
@click.argument("draw")
@click.argument("stage", type=click.IntRange(1, 99))
@_officers
@with_appcontext
def redraw(draw: str, stage: int, first: str, second: str) -> None:
    """Draws the prizes of DRAW that were not taken, in redraw STAGE."""
    _act(draw, two_persons.DRAW, {"stage": stage}, first, second)


@lottery.command("verify")
@click.argument("folder", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Re-derives a draw from the published files in FOLDER; needs no database."""
    sys.exit(check.main([str(folder)]))


def _act(slug: str, action: str, content: dict[str, int], first: str, second: str) -> None:
    """Proposes and agrees in one unit: both or neither. Exit 1 with the reason when it is refused."""
    at = clock.now()
    try:
        proposer, other = _officer(first, at), _officer(second, at)
        kind = next(kind for kind in two_persons.KINDS if kind.action == action)
        with unit_of_work():
            proposal = two_persons.propose_act(action, draw_by_slug(slug), dict(content), proposer, at)
            agreed = approve(proposal, other, at, roles=kind.roles)
            if kind.carry_out is not None:
                kind.carry_out(agreed, other, at)
    except MarketplaceError as error:
        click.echo(f"refused: {error.code} {dict(error.params) or ''}".rstrip(), err=True)
        sys.exit(1)
    click.echo(f"{slug}: {action} done")


def _officer(mobile: str, at: datetime) -> Actor:
    """An office or seal officer by mobile. Exit 1 for anybody else."""
    person = person_by_mobile(read_mobile(mobile) or "")
    roles = roles_now(person.id) & two_persons.OFFICERS if person else frozenset()
    if person is None or not roles:
        click.echo(f"refused: {mobile} is no officer", err=True)
        sys.exit(1)
    role = Role.office if Role.office in roles else Role.seal_officer
    return Actor(person.id, role.value, person.display_name)
