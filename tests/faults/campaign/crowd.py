"""`python -m tests.faults.campaign.crowd`: processes that order again and again, and note what was acknowledged.

Reads a plan as JSON from its input. Killed processes are replaced; a refused order is sent again with its key.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import DBAPIError

from marketplace.app import create_app
from marketplace.core import db as core_db
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import place_order
from marketplace.orders.inputs import Checkout
from tests.databases import settings_for
from tests.factories import AT
from tests.faults.buying import ADDRESS, buyer_of
from tests.faults.campaign.tape import acknowledgement

KEY_LENGTH = 24
PAUSE_SECONDS = 0.02
STANDSTILL, STANDSTILL_SECONDS = "nobody's order is taken any more", 180
NORMAL, EARLY = "normal", "early"


@dataclass(frozen=True)
class Plan:
    """What a crowd does. Somebody is killed whenever so many more orders are acknowledged (0: nobody).

    `control` makes it lose orders: `normal` syncs too late, `early` answers before the commit.
    """

    url: str
    folder: str
    offer_id: int
    people: tuple[int, ...]
    orders: int
    processes: int
    kill_after: int
    seed: int
    control: str = ""

    @property
    def notes(self) -> Path:
        """One key a line, of one length, so that the size says how many."""
        return Path(self.folder) / "acknowledged"

    @property
    def refusals(self) -> Path:
        """A byte for each try that was refused."""
        return Path(self.folder) / "refused"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def acknowledged(plan: Plan) -> list[str]:
    """Keys that were acknowledged, in their order."""
    return plan.notes.read_text().split() if plan.notes.exists() else []


def run(plan: Plan) -> int:
    """Orders until so many are acknowledged; gives how many processes were killed.

    Every second death is for whoever was acknowledged last, as soon as it is seen: the moment in which somebody
    who answers before the commit has promised what is not there. The others come at chance.
    """
    context = multiprocessing.get_context("fork")
    numbers, dice, kills = itertools.count(), random.Random(plan.seed), 0
    if plan.control == NORMAL:
        core_db.SQLITE_PRAGMAS = tuple(each.replace("FULL", "NORMAL") for each in core_db.SQLITE_PRAGMAS)
    app = create_app(settings_for(plan.url, Path(plan.folder)))  # before it forks, and without a connection

    def start() -> tuple[int, Any]:
        number = next(numbers)
        one = context.Process(target=_live, args=(app, plan, number), daemon=True)
        one.start()
        return number, one

    crowd = dict(start() for _ in range(plan.processes))
    seen, last, heard_at = 0, 0, time.monotonic()
    while (count := _count(plan)) < plan.orders:
        if count > last:
            last, heard_at = count, time.monotonic()
        elif time.monotonic() > heard_at + STANDSTILL_SECONDS:
            raise RuntimeError(STANDSTILL)
        time.sleep(dice.uniform(0.001, 0.02))
        for number, one in list(crowd.items()):
            if one.exitcode is not None:
                if one.exitcode != -signal.SIGKILL:
                    raise RuntimeError(f"a buyer ended with {one.exitcode}")
                del crowd[number]
                crowd.update([start()])
        if plan.kill_after and _count(plan) >= seen + plan.kill_after:
            victim = crowd[_acknowledged_next(plan) if kills % 2 else dice.choice(sorted(crowd))]
            victim.kill()
            victim.join()
            kills, seen = kills + 1, _count(plan)
    for one in crowd.values():
        one.kill()
        one.join()
    return kills


def _acknowledged_next(plan: Plan) -> int:
    """Waits for the next acknowledgement; gives the number of the process that noted it."""
    before, end = _count(plan), time.monotonic() + STANDSTILL_SECONDS
    while (count := _count(plan)) == before:
        if time.monotonic() > end:
            raise RuntimeError(STANDSTILL)
        time.sleep(0.0002)
    with plan.notes.open("rb") as notes:
        notes.seek((count - 1) * (KEY_LENGTH + 1))
        return int(notes.read(KEY_LENGTH).split(b"-")[1])


def _count(plan: Plan) -> int:
    try:
        return plan.notes.stat().st_size // (KEY_LENGTH + 1)
    except FileNotFoundError:
        return 0


def _live(app: Flask, plan: Plan, number: int) -> None:
    """One buyer process, until it is killed."""
    notes = os.open(plan.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    tape = (
        os.open(os.environ["TAPE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT) if "TAPE" in os.environ else None
    )
    dice = random.Random(plan.seed * 1_000 + number)

    def note(key: str) -> None:
        if tape is not None:
            os.write(tape, acknowledgement(key))
        os.write(notes, f"{key}\n".encode())

    with app.app_context():
        for turn in itertools.count():
            key = f"{plan.seed:08d}-{number:06d}-{turn:08d}"
            person_id = dice.choice(plan.people)
            while not _order(plan, person_id, key, note):
                time.sleep(PAUSE_SECONDS)


def _order(plan: Plan, person_id: int, key: str, note: Callable[[str], None]) -> bool:
    """Whether the order was made, now or by a try before; one that was refused for now is tried again."""
    try:
        buyer, wish = buyer_of(person_id), Checkout.parse(ADDRESS, {}, key)
        with unit_of_work():
            put_line(CartOwner(person_id=person_id), plan.offer_id, 1, AT)
            if plan.control == EARLY:
                note(key)
            place_order(buyer, wish, AT)
        if plan.control != EARLY:
            note(key)
        return True
    except MarketplaceError:
        pass
    except Exception as error:
        if not core_db.is_away(error):
            raise
    with suppress(DBAPIError):
        db.session.rollback()
    with plan.refusals.open("ab") as file:
        file.write(b".")
    return False


if __name__ == "__main__":
    told = json.load(sys.stdin)
    print(run(Plan(**{**told, "people": tuple(told["people"])})))
