"""A new house gets the wording of the pledges it comes with, once; afterwards it takes two persons."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.first_pledges import publish_first_pledges
from marketplace.festival.models import Pledge, PledgeText
from tests.factories.festivals import a_pledge_text
from tests.factories.rows import AT
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")


def _publish() -> list[Pledge]:
    with unit_of_work():
        return publish_first_pledges(SYSTEM, AT)


def test_each_pledge_gets_its_first_wording_once(ctx):
    assert _publish() == list(Pledge)
    rows = db.session.scalars(select(PledgeText)).all()
    assert {(row.pledge, row.version, row.effective_from) for row in rows} == {(p, 1, AT) for p in Pledge}
    assert all(row.body_fa and row.body_en and row.title_fa and row.title_en for row in rows)
    with nothing_written():
        assert _publish() == []


def test_a_pledge_that_has_a_wording_keeps_it(ctx):
    kept = a_pledge_text(Pledge.hygiene_kit, body_fa="متن دفتر")
    assert _publish() == [Pledge.free_shipping, Pledge.lottery_share]
    found = db.session.scalars(select(PledgeText).where(PledgeText.pledge == Pledge.hygiene_kit)).all()
    assert [(row.id, row.body_fa) for row in found] == [(kept.id, "متن دفتر")]
