"""A disk that is full: what is read is read, what is written is refused for now, nothing is half, and room is enough
to go on without a restart. The disk is a real one of a few MiB, in a mount namespace of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import miss
from tests.databases import ROOT, sqlite_template
from tests.needs import have

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.of_sqlite, pytest.mark.needs("unshare")]
ROOM_KIB = 1024
"""Beside the database itself."""


def test_writes_wait_reads_live_and_room_is_enough(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    trial = [str(have("unshare")), "-m", "sh", "-c", 'mount -t tmpfs tmpfs "$1"', "sh", str(disk)]
    may = subprocess.run(trial, capture_output=True, check=False)
    if may.returncode:
        miss("a mount namespace")
    size = sqlite_template().stat().st_size // 1024 * 2 + 4096 + ROOM_KIB
    script = 'disk=$1; size=$2; shift 2; mount -t tmpfs -o size="$size"k tmpfs "$disk" && exec "$@"'
    command = [sys.executable, "-m", "tests.faults.full_disk", str(disk), str(sqlite_template())]
    done = subprocess.run(
        [str(have("unshare")), "-m", "sh", "-c", script, "sh", str(disk), str(size), *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["before"] == [303, *[200] * 6]
    assert told["full_writes"] == [503] * 6
    assert told["full_orders"] == [503] * 3
    assert told["full_stored"] == told["stored_before"], "no order is half, and nothing waits to be sent"
    assert told["full_reads"] == [200] * 6
    assert told["full_room"] == {
        "state": "degraded",
        "checks": {"database": "fine", "migrations": "fine", "room": "wanting"},
    }
    assert told["after_order"] == [201] * 2, "the same key again"
    orders, payments, _ = told["stored_before"]
    assert told["after_stored"][:2] == [orders + 1, payments + 1], "once"
    assert told["after"] == [303, *[200] * 6], "room is back, and it goes on without a restart"
    assert (told["broken"], told["integrity"], told["orphans"]) == ([], "ok", 0)
