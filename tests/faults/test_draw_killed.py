"""kill -9 at random points of freezing, drawing and drawing again: the state is the one before or the one after, and
who does it once more gets the same.

Every kill is of a real process on a database of its own, a copy of the one in which the act was about to be done.
`FAULT_ROUNDS` says how many kills (3 unless told), `FAULT_SEED` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask.ctx import AppContext
from sqlalchemy import event, func, select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.core.models import AuditEntry
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import count_queries
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.figures import type_figures
from marketplace.lottery.freezing import freeze_draw
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import Award, Draw, DrawSigner, DrawStage, EntryGrant, PublishedEntry
from marketplace.lottery.prizes import lapse_prizes
from marketplace.messages.models import Message
from tests import databases
from tests.factories.buying import broken_invariants
from tests.factories.draws import BEACON, DRAWN_AT
from tests.operations.test_draw_fallback import FIGURES, WAIT
from tests.operations.test_draws import FREEZE, HOUR, do, fair, signed  # noqa: F401
from tests.processes import in_processes

ROUNDS = int(os.environ.get("FAULT_ROUNDS") or 3)
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10_000))
REDRAWN_AT = DRAWN_AT + timedelta(days=12)


@dataclass
class Act:
    """One thing that may be killed: a database in which it is about to be done, and what was seen before and after."""

    name: str
    url: str
    do: Callable[[], Any]
    before: Any
    after: Any
    statements: int


def test_kill_9_in_the_middle_of_freezing_drawing_and_drawing_again(
    ctx: AppContext,
    fair: SimpleNamespace,  # noqa: F811
    settings: Settings,
    tmp_path: Path,
) -> None:
    print(f"{ROUNDS} kills, FAULT_SEED={SEED}")
    dice, seen = random.Random(SEED), Counter[str]()
    with ExitStack() as kept:
        acts = [
            rehearsed("freeze", lambda: freeze(fair), settings, tmp_path, kept),
            rehearsed("draw", lambda: draw(fair), settings, tmp_path, kept, lambda: prepare_draw(fair)),
            rehearsed("redraw", lambda: redraw(fair), settings, tmp_path, kept, lambda: prepare_redraw(fair)),
        ]
        for number in range(ROUNDS):
            act = acts[number % len(acts)]
            seen[f"{act.name}: {killed(act, settings, tmp_path, dice, is_early=number == 0)}"] += 1
    print(dict(seen))
    assert any(name.endswith("before") for name in seen), "no kill came in the middle"


# --- the acts, and what has to be done before each ----------------------------------------------------------------


def freeze(fair: SimpleNamespace) -> None:  # noqa: F811
    do(freeze_draw, fair.draw.id, fair.officers[Role.office], FREEZE)


def prepare_draw(fair: SimpleNamespace) -> None:  # noqa: F811
    signed(fair)
    list_stages(DRAWN_AT - HOUR)
    do(bring_beacon, fair.draw.id, 0, BEACON, fair.officers[Role.office], DRAWN_AT)


def draw(fair: SimpleNamespace) -> None:  # noqa: F811
    do(draw_winners, fair.draw.id, 0, fair.officers[Role.office], DRAWN_AT)


def prepare_redraw(fair: SimpleNamespace) -> None:  # noqa: F811
    lapse_prizes(DRAWN_AT + timedelta(days=8))
    list_stages(REDRAWN_AT - HOUR)
    for role in (Role.office, Role.auditor):
        do(type_figures, fair.draw.id, 1, FIGURES, fair.officers[role], REDRAWN_AT + WAIT)


def redraw(fair: SimpleNamespace) -> None:  # noqa: F811
    do(draw_winners, fair.draw.id, 1, fair.officers[Role.seal_officer], REDRAWN_AT + WAIT)


# --- rehearsal and kill ------------------------------------------------------------------------------------------


def rehearsed(
    name: str,
    act: Callable[[], Any],
    settings: Settings,
    folder: Path,
    kept: ExitStack,
    prepare: Callable[[], None] = lambda: None,
) -> Act:
    """Prepares, keeps a copy of the database as it is then, and does it: what it must come to is known from here on."""
    prepare()
    before = facts()
    let_go()
    url = kept.enter_context(databases.copied_database(settings.database_url, folder))
    heard: list[str] = []
    stop = count_queries(heard)
    act()
    stop()
    after = facts()
    assert before != after
    return Act(name, url, act, before, after, len(heard))


def killed(act: Act, settings: Settings, folder: Path, dice: random.Random, *, is_early: bool) -> str:
    """Kills a process that does it; then another looks, does it again, and sees what the rehearsal came to. An early
    kill is in the first half and at once: it comes in the middle, whatever chance says."""
    point, pause = dice.randint(1, act.statements), dice.uniform(0, 0.004)
    if is_early:
        point, pause = dice.randint(1, act.statements // 2), 0.0

    def doomed(_index: int) -> str:
        _kill_at(point, pause)
        act.do()
        time.sleep(pause)
        return "done"

    def look(_index: int) -> Any:
        first = facts()
        if first == act.before:
            act.do()
        return first, facts(), broken_invariants()

    let_go()
    with databases.copied_database(act.url, folder) as url:
        there = replace(settings, database_url=url)
        in_processes(1, there, doomed)
        [(first, last, broken)] = in_processes(1, there, look)
    assert first in (act.before, act.after), f"{act.name}, statement {point}: neither before nor after"
    assert last == act.after, f"{act.name}, statement {point}: done again it came to something else"
    assert broken == {}
    return "before" if first == act.before else "after"


def facts() -> Any:
    """All that an act could leave half done. What the freeze makes by chance, salts and keys, is left out."""
    db.session.rollback()
    row = db.session.scalars(select(Draw).execution_options(populate_existing=True)).one()
    told = json.loads(row.manifest) if row.manifest else {}
    entries = {name: told["entries"][name] for name in ("count", "weight", "persons")} if told else {}
    stages = select(DrawStage.number, DrawStage.state, DrawStage.drawn_at).order_by(DrawStage.number)
    results = select(DrawStage.result).where(DrawStage.result.is_not(None)).order_by(DrawStage.number)
    listed = select(PublishedEntry.grant_id, PublishedEntry.person_id, PublishedEntry.weight)
    awards = select(Award.stage, Award.prize_id, Award.unit, Award.person_id, Award.state).order_by(Award.id)
    rest = (Message, DrawSigner, AuditEntry, EntryGrant)
    found = (
        (row.state, row.frozen_at, row.secret is None, entries, told.get("stages"), told.get("prizes")),
        [tuple(each) for each in db.session.execute(stages)],
        list(db.session.scalars(results)),
        [tuple(each) for each in db.session.execute(listed.order_by(PublishedEntry.grant_id))],
        [tuple(each) for each in db.session.execute(awards)],
        [db.session.scalar(select(func.count()).select_from(model)) for model in rest],
    )
    db.session.rollback()
    return found


def let_go() -> None:
    """Nobody of this process is connected: a database that somebody uses cannot be copied."""
    db.session.remove()
    db.engine.dispose()


def _kill_at(point: int, pause: float) -> None:
    """This process is killed from within, a moment after its so manieth statement."""
    heard = 0

    def count(*rest: Any) -> None:
        nonlocal heard
        heard += 1
        if heard == point:
            threading.Thread(
                target=lambda: (time.sleep(pause), os.kill(os.getpid(), signal.SIGKILL)), daemon=True
            ).start()

    event.listen(db.engine, "before_cursor_execute", count)
