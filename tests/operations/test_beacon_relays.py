"""The named round is fetched from relays that nobody has to believe: dead, stale, and lying ones are passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.jobs import TryLater
from marketplace.lottery.beacons import ask_relays, wait_for_beacons
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import DrawStage
from marketplace.lottery.sources import CHAIN_HASH
from tests.factories.buying import later, run_jobs
from tests.factories.draws import BEACON, DRAWN_AT
from tests.fakes.site import Site
from tests.operations.test_draws import HOUR, fair, frozen, signed  # noqa: F401

PATH = f"/{CHAIN_HASH}/public/1000"
OTHER_ROUND = (
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
)
TRUE = json.dumps(BEACON)
RELAYS = {
    "stale": None,
    "no JSON": "<html>",
    "no object": "[1]",
    "nested without end": "[" * 100_000,
    "another round": json.dumps({**BEACON, "round": 999}),
    "another round's signature": json.dumps({**BEACON, "signature": OTHER_ROUND}),
    "no point at all": json.dumps({**BEACON, "signature": "ab" * 48}),
    "a signature that is a number": json.dumps({**BEACON, "signature": 7}),
}
pytestmark = pytest.mark.databases("sqlite")


@contextmanager
def relays(*answers: str | None) -> Iterator[list[Site]]:
    with ExitStack() as kept:
        sites = [kept.enter_context(Site()) for _ in answers]
        for site, answer in zip(sites, answers, strict=True):
            if answer is not None:
                site.pages[PATH] = answer
        yield sites


def addresses(sites: list[Site]) -> list[str]:
    return [f"http://127.0.0.1:{site.port}" for site in sites]


def test_after_all_that_fail_the_one_that_tells_the_truth_is_believed():
    with relays(*RELAYS.values(), TRUE) as sites:
        urls = ["http://127.0.0.1:9", *addresses(sites)]
        found = ask_relays({"round": 1000, "relays": urls}, 5)
        assert found["signature"] == BEACON["signature"]
        assert found["randomness"] == BEACON["randomness"]
        assert all([path for _, path in site.asked] == [PATH] for site in sites)


@pytest.mark.parametrize("name", RELAYS)
def test_where_all_lie_nothing_is_taken(name):
    with relays(RELAYS[name]) as sites, pytest.raises(TryLater, match="1000"):
        ask_relays({"round": 1000, "relays": addresses(sites)}, 5)


def test_an_outage_of_hours_is_waited_out_and_the_named_round_is_kept(fair, app):  # noqa: F811
    def kept() -> str | None:
        db.session.rollback()
        return db.session.scalars(select(DrawStage.randomness).where(DrawStage.number == 0)).one()

    frozen(fair)
    signed(fair)
    list_stages(DRAWN_AT - HOUR)
    assert wait_for_beacons(DRAWN_AT - timedelta(seconds=1)) == 0
    with relays(None) as sites:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], drand_urls=tuple(addresses(sites)))
        for minutes in (0, 40, 120):
            with later(DRAWN_AT, minutes=minutes) as at:
                wait_for_beacons(at)
                run_jobs(at, may_fail=True)
        assert kept() is None
        assert sites[0].asked, "it was asked meanwhile"
        sites[0].pages[PATH] = TRUE
        with later(DRAWN_AT, hours=3) as at:
            run_jobs(at, may_fail=True)
        assert json.loads(kept() or "{}")["signature"] == BEACON["signature"]
        asked = len(sites[0].asked)
        with later(DRAWN_AT, hours=4) as at:
            assert wait_for_beacons(at) == 0
            run_jobs(at, may_fail=True)
        assert len(sites[0].asked) == asked
