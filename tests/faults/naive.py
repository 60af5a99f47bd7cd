"""How the same things would be done by somebody who trusts what they read a moment ago: each must fail in the race.

The tables have no constraint and the statements no condition; between reading and writing lie two milliseconds of work.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import text

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from tests.faults.rounds import Race

WORK_SECONDS = 0.002


def _prepare(rounds: int) -> list[int]:
    with unit_of_work():
        db.session.execute(
            text("CREATE TABLE naive_things (id INTEGER, stock INTEGER, state TEXT, told INTEGER)")
        )
        db.session.execute(text("CREATE TABLE naive_effects (thing INTEGER, number INTEGER)"))
        for place in range(rounds):
            db.session.execute(text("INSERT INTO naive_things VALUES (:id, 1, 'open', NULL)"), {"id": place})
    return list(range(rounds))


def _read(sql: str, thing: int) -> Any:
    found = db.session.scalar(text(sql), {"thing": thing})
    db.session.rollback()
    time.sleep(WORK_SECONDS)
    return found


def _write(*statements: str, **values: Any) -> None:
    with unit_of_work():
        for sql in statements:
            db.session.execute(text(sql), values)


def _effects(thing: int) -> int:
    return db.session.scalar(text("SELECT count(*) FROM naive_effects WHERE thing = :t"), {"t": thing}) or 0


def _counted(thing: int, index: int) -> bool:
    """Read how many are left, then take one."""
    if _read("SELECT stock FROM naive_things WHERE id = :thing", thing) < 1:
        return False
    _write(
        "UPDATE naive_things SET stock = 0 WHERE id = :thing",
        "INSERT INTO naive_effects VALUES (:thing, :index)",
        thing=thing,
        index=index,
    )
    return True


def _looked_for(thing: int, index: int) -> bool:
    """Look whether it is there, then write it."""
    if _read("SELECT count(*) FROM naive_effects WHERE thing = :thing", thing):
        return False
    _write("INSERT INTO naive_effects VALUES (:thing, :index)", thing=thing, index=index)
    return True


def _stepped(thing: int, index: int) -> bool:
    """Read the state, then set the next one and do what belongs to it."""
    if _read("SELECT state FROM naive_things WHERE id = :thing", thing) != "open":
        return False
    _write(
        "UPDATE naive_things SET state = 'done' WHERE id = :thing",
        "INSERT INTO naive_effects VALUES (:thing, :index)",
        thing=thing,
        index=index,
    )
    return True


def _numbered(thing: int, index: int) -> None:
    """Take the highest number and one more."""
    highest = _read("SELECT max(number) FROM naive_effects WHERE thing = :thing", thing) or 0
    _write("INSERT INTO naive_effects VALUES (:thing, :number)", thing=thing, number=highest + 1)


def _most_of_a_number(thing: int) -> int:
    return (
        db.session.scalar(
            text(
                "SELECT max(n) FROM (SELECT count(*) AS n FROM naive_effects WHERE thing = :t GROUP BY number) AS c"
            ),
            {"t": thing},
        )
        or 0
    )


def _closed(thing: int, index: int) -> None:
    """One counts the list and closes it; the others look whether it is open, then enter."""
    if index == 0:
        counted = _read("SELECT count(*) FROM naive_effects WHERE thing = :thing", thing)
        _write(
            "UPDATE naive_things SET state = 'closed', told = :told WHERE id = :thing",
            thing=thing,
            told=counted,
        )
    elif _read("SELECT state FROM naive_things WHERE id = :thing", thing) == "open":
        _write("INSERT INTO naive_effects VALUES (:thing, :index)", thing=thing, index=index)


def _entered_behind(thing: int) -> int:
    """1 where the list is as it was counted, 1 and those who came behind it otherwise."""
    told = db.session.scalar(text("SELECT told FROM naive_things WHERE id = :t"), {"t": thing}) or 0
    return 1 + _effects(thing) - told


NAIVE = {
    "count, then take": Race(_prepare, _counted, _effects),
    "look, then write": Race(_prepare, _looked_for, _effects),
    "read the state, then step": Race(_prepare, _stepped, _effects),
    "highest number and one": Race(_prepare, _numbered, _most_of_a_number),
    "look whether it is open, then enter": Race(_prepare, _closed, _entered_behind),
}
"""By what is trusted."""
