"""Whose thing it is: every call that names one, as its owner, as others, and about what is not there.

The owner meets the thing, which shows that there is one; everybody else is answered about it as about nothing: the
same status and the same words. The calls that name nothing show nobody else's either.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from marketplace.accounts.models import Role
from marketplace.accounts.tokens import SCOPES
from marketplace.core.db import db
from marketplace.festival.models import Festival
from marketplace.festival.queries import present_edition
from tests.factories import World, a_festival, a_token, an_official, writing
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program, a_program
from tests.journeys.api_matrix import MISSING, OFFICE, OPEN, STORE, Call, ask, calls_of
from tests.journeys.api_things import things_of
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
Things = dict[str, dict[str, str]]
MAYBE_NONE = {"show_own_application", "show_own_case"}
"""One's own of which there may be none."""


@pytest.fixture(params=["of this festival", "of another festival"])
def things(app: Flask, ctx, at, request: pytest.FixtureRequest) -> Things:
    """One of each kind; those of another festival are of one that ended while the next is on."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    w = the_world()
    found = things_of(app, w, gateway)
    if request.param == "of another festival":
        _another_festival(w, at)
    return found


def _another_festival(w: World, at: datetime) -> None:
    """The world's own is moved back by three months; the one that is on now knows none of its things."""
    moments = ("applications_from", "applications_until", "live_from", "live_until", "draw_at")
    with writing():
        db.session.execute(
            update(Festival)
            .where(Festival.id == w.festival.id)
            .values({name: getattr(w.festival, name) - timedelta(days=90) for name in moments})
        )
        other = a_festival(at=at)
    present = present_edition(at)
    assert present is not None and present.id == other.id


def names_of(call: Call, things: Things) -> dict[str, str]:
    """What stands in the address of a call: the longest beginning says of which kind it is."""
    fitting = [start for start in things if call.path.startswith(start)]
    return things[max(fitting, key=len)] if fitting else {}


def test_the_owner_meets_every_thing_that_a_call_can_name(app: Flask, things: Things):
    """Not found by its owner would make the test below say nothing. What is forgotten by its call comes last."""
    w = the_world()
    shopper, store = a_program(app, w.shopper), a_program(app, w.owners[0])
    calls = [call for call in calls_of(app) if call.names_a_thing and call.kind != OFFICE]
    met: dict[str, int] = {}
    for call in sorted(calls, key=lambda c: (c.method == "DELETE", c.method != "GET")):
        names = names_of(call, things)
        assert set(re.findall(r"{[a-z_]+}", call.path)) <= set(names), f"nothing stands for {call.path}"
        answer = ask(store if call.kind == STORE else shopper, call, names)
        assert answer.status not in (400, 401, 403, 404), f"{call.name}: {answer}"
        assert call.method != "GET" or answer.status == 200, f"{call.name}: {answer}"
        met[call.name] = answer.status
    done = [name for name, status in met.items() if status < 300]
    assert len(met) > 75
    assert len(done) > 45, met


def test_every_role_and_every_ownership(app: Flask, things: Things):
    """Another's thing is answered as one that is not there: the same status and the same words."""
    w = the_world()
    officials = [an_official(role) for role in Role]
    every = {
        "another store": w.owners[1],
        "another shopper": w.shopper2,
        **{official.mobile: official for official in officials},
    }
    programs = {who: Program(app, a_token(person, *SCOPES)) for who, person in every.items()}
    unscoped = {s: Program(app, a_token(w.owners[0], *(x for x in SCOPES if x != s))) for s in SCOPES}
    order_number = things["/orders/"]["{number}"]
    asked = 0
    with nothing_written():
        for call in calls_of(app):
            if call.kind == OFFICE:
                continue
            if call.kind == OPEN:
                assert ask(Program(app), call, MISSING | {"{slug}": "nobody"}).status in (200, 404)
                continue
            names = names_of(call, things)
            assert ask(Program(app), call, names).status == 401, call.name
            assert ask(unscoped[str(call.scope)], call, names).status == 403, call.name
            for who, program in programs.items():
                is_member = who == "another store"
                if call.names_a_thing:
                    others = ask(program, call, names)
                    if is_member or who == "another shopper":
                        missing = ask(program, call, MISSING)
                    assert others.status == missing.status == 404, f"{call.name} as {who}: {others}"
                    assert others.json == missing.json, f"{call.name} as {who}"
                    asked += 1
                elif call.kind == STORE and not is_member:
                    assert ask(program, call, names).status == 404, f"{call.name} as {who}"
                    asked += 1
                elif call.method == "GET":
                    found = ask(program, call, names)
                    assert found.status == 200 or (call.name in MAYBE_NONE and found.status == 404), call.name
                    text = re.sub(r"\s", "", str(found.json))
                    assert order_number not in text, f"{call.name} as {who}"
                    assert "shop.example" not in text, f"{call.name} as {who}"
                    asked += 1
    assert asked > 700
