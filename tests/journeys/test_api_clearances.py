"""The clearance officer's day by a program: the queue, one inquiry, asked, answered; the auditor reads no name."""

from __future__ import annotations

import pytest

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.clearances import ask_for_clearance
from tests.factories import a_bare_store, a_member, a_person, an_official
from tests.factories.papers import a_holder
from tests.factories.rows import AT
from tests.journeys.api_calls import a_program
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


def an_inquiry() -> int:
    store, owner = a_bare_store(), a_person()
    a_member(store, owner)
    a_holder(store, national_id="0084575948")
    with unit_of_work():
        return ask_for_clearance(store.id, owner.id, Actor(owner.id, "store", "x"), AT).id


def test_an_inquiry_is_asked_and_answered_by_program(app, ctx, at):
    the_world()
    found = an_inquiry()
    officer = a_program(app, an_official(Role.clearance_officer), "office:read", "office:clearances")
    auditor = a_program(app, an_official(Role.auditor), "office:read")
    line = next(i for i in officer.get("/office/clearances")["items"] if i["id"] == found)
    blind = next(i for i in auditor.get("/office/clearances")["items"] if i["id"] == found)
    assert line["name"] and blind == {**line, "name": None}
    path = f"/office/clearances/{found}"
    assert officer.get(path)["mobile"]
    auditor.get(path, expect=403)
    with nothing_written():
        assert officer.post(f"{path}/answer", {"outcome": "adverse"}, expect=422)["code"] == "bad_outcome"
        auditor.post(f"{path}/asking", expect=403)
    assert officer.post(f"{path}/asking")["state"] == "asked"
    done = officer.post(f"{path}/answer", {"outcome": "clear"}, key="k")
    assert (done["state"], bool(done["valid_until"])) == ("clear", True)
    assert officer.post(f"{path}/answer", {"outcome": "clear"}, key="k") == done
    with nothing_written():
        officer.post(f"{path}/asking", expect=409)
    assert found not in [i["id"] for i in officer.get("/office/clearances")["items"]]
