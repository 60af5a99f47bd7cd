"""A worker's clock jumps: no deadline is judged early, and the work goes on when the clock is right again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext

from marketplace.complaints.models import ComplaintState
from marketplace.core.settings import Settings
from tests.databases import ROOT
from tests.factories import AT
from tests.factories.complaints import an_outside_complaint, complaint
from tests.needs import have
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.needs("cc"), pytest.mark.databases("sqlite"), pytest.mark.of_sqlite]
SOURCE = Path(__file__).with_name("jumping_clock.c")
HOURS = 168
PATIENCE_SECONDS = 90.0
JUMPS = (timedelta(hours=1), timedelta(hours=25), timedelta(hours=-1))


class Worker:
    """A worker of real time whose clock is told by a file."""

    def __init__(self, settings: Settings, zone: str) -> None:
        self.folder = settings.instance
        self._told, self.log = self.folder / "clock", self.folder / "worker.log"
        library = self.folder / "clock.so"
        build = [have("cc") or "", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
        subprocess.run(build, check=True, capture_output=True)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BAZARGAH_MODE": "test",
            "DATABASE_URL": settings.database_url,
            "INSTANCE_PATH": str(settings.instance),
            "SECRET_KEY": settings.secret_key,
            "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
            "STRIPE_API_BASE": "http://127.0.0.1:1",
            "LOG_LEVEL": "WARNING",
            "TZ": zone,
            "LD_PRELOAD": str(library),
            "CLOCK_FILE": str(self._told),
        }

    def set_clock(self, moment: datetime) -> None:
        """It is this moment now, and goes on from there."""
        draft = self._told.with_suffix(".new")
        draft.write_text(f"{(moment - datetime.now(UTC)).total_seconds():.0f}\n")
        draft.replace(self._told)

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "marketplace", "worker"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)

    def wait_for(self, sign: str, times: int) -> None:
        """Until the log has said it so often."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.log.read_text().count(sign) < times:
            assert time.monotonic() < end, (sign, self.log.read_text()[-2000:])
            time.sleep(0.1)


def wait_until_escalated(number: str, before: ComplaintState) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while complaint(number).state is before:
        assert time.monotonic() < end, "nobody judged the deadline"
        time.sleep(0.2)


def test_a_clock_that_jumps_judges_no_deadline(ctx: AppContext, settings: Settings) -> None:
    """In a zone whose summer time begins between filing and deadline: 168 hours are not seven of its days."""
    w = the_world()
    number = an_outside_complaint(w.stores[0], w.shopper, AT)
    before, due = complaint(number).state, AT + timedelta(hours=HOURS)
    worker = Worker(settings, "Europe/Berlin")
    true = due - timedelta(minutes=30)
    worker.set_clock(true)
    with worker.running():
        worker.wait_for("NewConnectionError", 1)  # it sweeps: what asks the gateway finds none here
        for turn, jump in enumerate(JUMPS, 1):
            worker.set_clock(true + jump)
            worker.wait_for('"waits": true', turn)
            time.sleep(5)
            assert complaint(number).state is before, jump
            worker.set_clock(true)
            worker.wait_for('"waits": false', turn)
        time.sleep(4)
        assert complaint(number).state is before
        worker.set_clock(due - timedelta(seconds=20))  # half an hour is a jump as well
        worker.wait_for('"waits": true', len(JUMPS) + 1)
    worker.set_clock(due + timedelta(seconds=1))
    with worker.running():
        wait_until_escalated(number, before)


def test_control_a_worker_that_begins_with_a_wrong_clock_on_sqlite_judges(
    ctx: AppContext, settings: Settings
) -> None:
    """Nothing tells it: what holds the first test is the guard, not the sweep. PostgreSQL's server would tell."""
    w = the_world()
    number = an_outside_complaint(w.stores[0], w.shopper, AT)
    before = complaint(number).state
    worker = Worker(settings, "UTC")
    worker.set_clock(AT + timedelta(hours=HOURS + 24))
    with worker.running():
        wait_until_escalated(number, before)
