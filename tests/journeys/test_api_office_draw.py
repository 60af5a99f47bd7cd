"""A draw by programs alone: proposed by one officer, done by another; signed by two; drawn from the named round."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from marketplace.accounts.models import Role
from marketplace.lottery.listing import list_stages
from tests.factories import an_official, world, writing
from tests.factories.buying import broken_invariants, paid
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program, a_program
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")


def test_a_draw_from_the_freeze_to_its_winners(app, ctx):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    began = DRAWN_AT - timedelta(days=12)
    small = world(began)
    with writing():
        slug = a_draw(small.festival, at=began, prizes=1).slug
    with time_machine.travel(began, tick=False):
        for person, offer in ((small.shopper, small.tea), (small.shopper2, small.bowl)):
            paid(gateway, person, (offer, 1), at=began)
    scopes = ("office:read", "office:draws", "office:sign")
    office, office2, seal, auditor = (
        a_program(app, an_official(role, at=began), *(scopes if role is not Role.auditor else scopes[::2]))
        for role in (Role.office, Role.office, Role.seal_officer, Role.auditor)
    )
    console = f"/office/draws/{slug}"

    def agree(program: Program, expect: int = 200) -> None:
        waiting = next(one for one in program.get("/office/approvals")["items"] if one["state"] == "proposed")
        path = f"/office/approvals/{waiting['id']}/agreement"
        program.post(path, {"digest": waiting["digest"]}, key=f"agree-{waiting['id']}", expect=expect)

    freeze = DRAWN_AT - timedelta(hours=48)
    with time_machine.travel(freeze - timedelta(hours=1), tick=False):
        office.post(f"{console}/proposals", {"action": "freeze_draw"}, key="f", expect=201)
        with nothing_written():
            agree(office2, expect=409)
    with time_machine.travel(freeze, tick=False):
        with nothing_written():
            agree(office, expect=409)
            seal.post(f"{console}/signature", key="early", expect=409)
        agree(office2)
        auditor.post(f"{console}/signature", key="a")
        signed = seal.post(f"{console}/signature", key="b")
        assert all(signer["signed_at"] for signer in signed["signers"])
        assert (signed["state"], signed["entry_count"]) == ("frozen", 2)
        skip = {"action": "skip_person", "pseudonym": "x" * 16, "reason": "خویشاوند یکی از برگزارکنندگان"}
        asked = seal.post(f"{console}/proposals", skip, key="s", expect=201)
        waiting = asked["proposals"][0]["id"]
        office.post(f"/office/approvals/{waiting}/refusal", {"reason": "چنین کسی در فهرست نیست"})
    list_stages(DRAWN_AT - timedelta(hours=1))
    with time_machine.travel(DRAWN_AT, tick=False):
        with nothing_written():
            office.post(f"{console}/beacon", {"beacon": {**BEACON, "round": 1}}, expect=422)
        office.post(f"{console}/beacon", {"beacon": BEACON})
        seal.post(f"{console}/proposals", {"action": "draw_winners", "stage": 0}, key="d", expect=201)
        agree(office)
        document = Program(app).get(f"/draws/{slug}")
    assert [len(prize["winners"]) for prize in document["prizes"]] == [1]
    assert document["stages"][0]["randomness"] == BEACON["randomness"]
    assert not broken_invariants()
