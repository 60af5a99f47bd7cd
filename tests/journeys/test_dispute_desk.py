"""The desk of disputes: what it shows of an open one, asking the gateway by hand, how it ended."""

from __future__ import annotations

import pytest

from marketplace.accounts.models import Role
from tests.factories import an_official
from tests.factories.buying import broken_invariants, paid, payment_of, run_jobs
from tests.fakes.gateway import MemoryGateway, deliver, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
DESK = "/office/disputes"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_dispute_is_seen_asked_about_and_ends(app, ctx, at, client: Client, prefix):
    gateway, w = MemoryGateway(), the_world()
    use_gateway(app, gateway)
    made = paid(gateway, w.shopper, (w.soap, 1), (w.bowl, 1))
    official = Client(app)
    official.sign_in(an_official(Role.office))
    assert "/question" not in official.get(prefix + DESK).source
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    assert deliver(client, gateway.told[-1]) == 200
    run_jobs(at)
    page = official.get(prefix + DESK)
    assert number in page.source
    assert len(page.all("li")) >= 2, "one line for each store, as proof"
    gateway.close_dispute(number, "lost")
    done = official.submit(page.form("/question"))
    assert ("پس گرفت" if not prefix else "taken back") in done.text
    shopper = Client(app)
    shopper.sign_in(w.shopper)
    assert ("بانک شما" if not prefix else "Your bank") in shopper.get(f"{prefix}/orders/{made.number}").text
    auditor = Client(app)
    auditor.sign_in(an_official(Role.auditor))
    auditor.get(prefix + DESK)
    assert broken_invariants() == {}
