"""Nothing acknowledged is lost when the power goes, a process is killed or the database's server dies.

Each campaign has a control that does one thing wrong and must lose something: a campaign that a careless house passes
says nothing. Short here; `python -m tests.faults.campaign` runs them with thousands of orders.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.campaign.cluster import LAZY, cluster
from tests.faults.campaign.crowd import EARLY, NORMAL
from tests.faults.campaign.run import cut_power, kill_buyers, kill_server, plan_for
from tests.needs import have

LONG = int(os.environ.get("CAMPAIGN_ORDERS", "0"))
"""How many orders, where somebody asks for the long form, as `make faults` does."""
ORDERS = LONG or 24
CUTS = 40 if LONG else 6


@pytest.fixture
def compiler() -> Path:
    return have("cc") or Path()


@pytest.mark.databases("sqlite")
@pytest.mark.of_sqlite
@pytest.mark.needs("cc")
def test_the_power_goes(database, tmp_path, compiler):
    result = cut_power(tmp_path, compiler, plan_for(database, tmp_path, ORDERS, seed=1), CUTS)
    assert (result.lost, result.wrong) == (0, ())
    assert result.acknowledged >= ORDERS
    assert result.unknown <= 3, "at most what each of three was about to hear"


@pytest.mark.databases("sqlite")
@pytest.mark.of_sqlite
@pytest.mark.needs("cc")
def test_a_house_that_does_not_wait_for_the_disk_loses_some(database, tmp_path, compiler):
    result = cut_power(tmp_path, compiler, plan_for(database, tmp_path, ORDERS, seed=2, control=NORMAL), CUTS)
    assert result.lost > 0
    assert not result.wrong, "it forgets, but is never half"


def test_processes_are_killed(database, settings, tmp_path):
    result = kill_buyers(plan_for(settings.database_url, tmp_path, ORDERS, seed=3, kill_after=6))
    assert (result.lost, result.wrong) == (0, ())
    assert result.unknown <= result.deaths + 3


def test_who_answers_before_the_commit_loses_some(database, settings, tmp_path):
    """Every second death comes to whoever was just told that all is well, which takes what they were told with it."""
    plan = plan_for(settings.database_url, tmp_path, ORDERS, seed=4, kill_after=2, control=EARLY)
    result = kill_buyers(plan)
    assert result.lost > 0
    assert not result.wrong, "it promises too much, but is never half"


@pytest.mark.databases("postgresql")
def test_the_server_of_the_database_is_killed(database, tmp_path):
    with cluster() as server:
        plan = plan_for(server.copy_in(database, "campaign"), tmp_path, ORDERS * 2, seed=5)
        result = kill_server(plan, server, times=2)
        assert (result.lost, result.wrong) == (0, ())
        assert result.deaths == 2
        assert result.unknown <= 3 * result.deaths, "at most what each of three was about to hear"


@pytest.mark.databases("postgresql")
def test_a_server_that_does_not_wait_for_its_disk_loses_some(database, tmp_path):
    with cluster(*LAZY) as server:
        plan = plan_for(server.copy_in(database, "campaign"), tmp_path, ORDERS * 2, seed=6)
        result = kill_server(plan, server, times=2)
        assert result.lost > 0
        assert not result.wrong, "it forgets, but is never half"
