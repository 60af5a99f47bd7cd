"""The demo's data files and its streams of random numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from math import gcd
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent.parent / "data"


@cache
def data(name: str) -> Any:
    """The content of `data/<name>.json`; read once, to be left unchanged."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def stream(seed: int, *names: object) -> Random:
    """The random numbers of one noun: independent of every other noun and of how much others drew."""
    return Random("/".join(str(part) for part in (seed, *names)))


def scattered(index: int, size: int, seed: int, name: str) -> int:
    """A number below `size` that no other index below `size` gets, in no visible order."""
    step, start = _steps(size, seed, name)
    return (index * step + start) % size


def weighted(rng: Random, choices: Sequence[tuple[Any, int]]) -> Any:
    """One of the choices, as often as its weight says."""
    values, weights = zip(*choices, strict=True)
    return rng.choices(values, weights)[0]


@cache
def _steps(size: int, seed: int, name: str) -> tuple[int, int]:
    rng = stream(seed, "scattered", name)
    step = int(size * 0.618) + rng.randrange(max(1, size // 10))
    while gcd(step, size) != 1:
        step += 1
    return step, rng.randrange(size)
