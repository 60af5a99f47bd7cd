"""A disk that fails now and then: 2 of 100 writes and syncs end with an error (libfiu)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import miss
from tests.faults.campaign.crowd import acknowledged
from tests.faults.campaign.run import judge_sqlite, plan_for, send_crowd, stored_in

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.of_sqlite]
ORDERS = int(os.environ.get("CAMPAIGN_ORDERS", "24"))
PLACES = (Path("/usr/lib/fiu"), Path("/usr/lib/x86_64-linux-gnu/fiu"), Path("/usr/local/lib/fiu"))
FAILING = "\n".join(
    f"enable_random name={name},probability=0.02"
    for name in ("posix/io/sync/fdatasync", "posix/io/rw/pwrite")
)


def test_nothing_acknowledged_is_lost(database, tmp_path):
    place = next((each for each in PLACES if (each / "fiu_posix_preload.so").exists()), None)
    if place is None:
        miss("libfiu")
    plan = plan_for(database, tmp_path, ORDERS, seed=7)
    preload = " ".join(str(place / name) for name in ("fiu_run_preload.so", "fiu_posix_preload.so"))
    send_crowd(plan, {"LD_PRELOAD": preload, "FIU_ENABLE": FAILING})
    assert plan.refusals.exists(), "no error hit an order"
    promised, stored = set(acknowledged(plan)), stored_in(database)
    print(f"{len(promised)} acknowledged, {len(stored)} stored, {plan.refusals.stat().st_size} tries refused")
    assert promised <= stored
    assert len(stored - promised) <= plan.processes + plan.refusals.stat().st_size
    assert not judge_sqlite(database, tmp_path)
