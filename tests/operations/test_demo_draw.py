"""The demo's earlier edition: its draw is finished, its books are whole, and a stranger can verify it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.demo.draws import load_draw, load_earlier_draw
from marketplace.demo.earlier_edition import SLUG
from marketplace.demo.load import load_festival
from marketplace.demo.people import add_people
from marketplace.demo.plan.scale import Scale
from marketplace.lottery.files import write_files
from marketplace.lottery.models import Draw, DrawState
from marketplace.lottery.pages import show_draw
from marketplace.lottery.proof.check import verify
from marketplace.lottery.queries import draw_by_slug
from marketplace.messages.models import Message, MessageState
from tests.factories.buying import broken_invariants
from tests.needs import have

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.needs("node")]
THIRD = Path(__file__).parent.parent / "verifiers" / "verify.mjs"


def test_the_earlier_draw_is_settled_and_verifies_beside_the_open_one(app, ctx, tmp_path):
    at = clock.now()
    load_festival(Scale.SMALL, at)
    add_people(at)
    load_earlier_draw(at)
    load_draw(at)
    states = {draw.slug: draw.state for draw in db.session.scalars(select(Draw))}
    assert states == {SLUG: DrawState.settled, "bahar-1405": DrawState.open}
    write_files(draw_by_slug(SLUG), tmp_path)
    verify(tmp_path, lambda line: None)
    done = subprocess.run(
        [str(have("node")), "--no-warnings", str(THIRD), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["wrong"] is None
    with app.test_request_context("/"):
        winners = [winner for prize in show_draw(SLUG, at).prizes for winner in prize.winners]
    assert len(winners) == 14
    assert {winner.state for winner in winners} == {"handed_over"}
    assert sum(winner.city == "" for winner in winners) == 1
    queued = select(func.count()).select_from(Message).where(Message.state == MessageState.queued)
    assert db.session.scalar(queued) == 0
    assert not broken_invariants()
