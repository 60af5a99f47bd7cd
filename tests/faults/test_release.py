"""`deploy/release.sh` under load: nobody sees an error while one server after the other takes up the new release.

Short here; `python -m benchmarks.release_drill` goes on for five minutes at half of P1.
"""

from __future__ import annotations

import pytest

from benchmarks.release_drill import drill

pytestmark = [pytest.mark.databases("postgresql"), pytest.mark.needs("nginx"), pytest.mark.needs("curl")]


def test_nobody_notices_a_release(database, tmp_path):
    found = drill(tmp_path, seconds=6, pages=6, checkouts=0.5, web_workers=1)
    assert (found.wrong, found.turned_away, found.lost) == ({}, 0, 0)
    assert found.answered > 20
    assert found.revision == found.wanted_revision
