"""A world with complaints that may become claims, written once; each sequence of random days begins from it anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from marketplace.core.audit import Actor
from marketplace.core.db import db, is_sqlite
from tests import databases
from tests.factories.buying import paid
from tests.factories.claiming import adjudicators, unanswered_complaint
from tests.factories.rows import AT
from tests.factories.settling import two_signers
from tests.factories.world import World
from tests.fakes.gateway import MemoryGateway

OPENS = AT + timedelta(hours=169)


@dataclass(frozen=True)
class Sold:
    """An order by its id, and whose it is."""

    id: int
    person_id: int


@dataclass(frozen=True)
class Ground:
    """`cases`: unanswered complaints with who complained; `sold`: paid orders that a day may close and settle."""

    gateway: MemoryGateway
    world: World
    cases: tuple[tuple[str, int], ...]
    sold: tuple[Sold, ...]
    signers: tuple[Actor, Actor]
    restore: Callable[[], None]


def prepare(gateway: MemoryGateway, small: World, database: str, folder: Path) -> Ground:
    """Writes the ground and keeps a copy of its database."""
    adjudicators(5)
    signers = two_signers(AT)
    offers = (small.bowl, small.scarf, small.carpet)
    cases = []
    for place in range(8):
        person = (small.shopper, small.shopper2)[place % 2]
        case, _ = unanswered_complaint(gateway, person, (offers[place % 3], 1))
        cases.append((case, person.id))
    sold = []
    for offer in (*offers, *offers, small.soap):
        made = paid(gateway, small.shopper2, (offer, 1))
        sold.append(Sold(made.id, made.person_id))
    return Ground(gateway, small, tuple(cases), tuple(sold), signers, _keeper(database, folder))


def _keeper(database: str, folder: Path) -> Callable[[], None]:
    """Brings the database back to what it is now."""
    _let_go()
    if database.startswith("sqlite:///"):
        path, copy = Path(database.removeprefix("sqlite:///")), folder / "ground.db"
        databases._checkpoint(path)
        shutil.copyfile(path, copy)

        def from_file() -> None:
            _let_go()
            for name in (f"{path}-wal", f"{path}-shm"):
                Path(name).unlink(missing_ok=True)
            shutil.copyfile(copy, path)

        return from_file
    name = database.partition("?")[0].rpartition("/")[2]
    databases._admin(f'CREATE DATABASE "{name}_ground" TEMPLATE "{name}" STRATEGY FILE_COPY')

    def from_template() -> None:
        _let_go()
        databases._admin(f'DROP DATABASE "{name}" WITH (FORCE)')
        databases._admin(f'CREATE DATABASE "{name}" TEMPLATE "{name}_ground" STRATEGY FILE_COPY')

    return from_template


def forget(database: str) -> None:
    """Removes the copy on a server."""
    if not is_sqlite():
        _let_go()
        name = database.partition("?")[0].rpartition("/")[2]
        databases._admin(f'DROP DATABASE IF EXISTS "{name}_ground" WITH (FORCE)')


def _let_go() -> None:
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()
