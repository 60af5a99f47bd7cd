"""What may happen once happens once, however many reach for it at the same moment. See docs/reference/races.md."""

from __future__ import annotations

import time

import pytest

from marketplace.core.settings import Settings
from tests.faults.naive import NAIVE
from tests.faults.once_each import REST
from tests.faults.once_only import MONEY
from tests.faults.rounds import ROUNDS, Race, note, run

RACES: dict[str, tuple[Race, str]] = {**MONEY, **REST}
EVERY_ROUND = 50
"""A naive way is tried until it fails, so often at most."""


@pytest.mark.parametrize("name", RACES)
def test_it_happens_once(settings: Settings, database: str, name: str) -> None:
    begun = time.monotonic()
    found, broken = run(settings, RACES[name][0])
    note(name, database.partition(":")[0], time.monotonic() - begun, found)
    assert len(found) == ROUNDS
    assert {each.stands for each in found} == {1}
    assert {each.done for each in found} <= {0, 1}
    assert not broken


@pytest.mark.parametrize("way", NAIVE)
def test_the_naive_way_fails_in_the_same_race(settings: Settings, database: str, way: str) -> None:
    begun = time.monotonic()
    rounds = EVERY_ROUND if ROUNDS == EVERY_ROUND else 10
    found, _ = run(settings, NAIVE[way], rounds)
    note(f"naive: {way}", database.partition(":")[0], time.monotonic() - begun, found)
    assert any(each.stands > 1 for each in found), "a race that the naive way survives proves nothing"


def test_every_race_names_a_naive_way() -> None:
    assert {way for _, way in RACES.values()} == set(NAIVE)
