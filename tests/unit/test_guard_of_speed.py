"""What the guard of speed calls too dear."""

from __future__ import annotations

from benchmarks.guard import too_dear

RECORDED = {"list": 10.0, "cart": 40.0}


def test_nothing_is_too_dear_up_to_the_margin() -> None:
    assert too_dear({"list": 20.0, "cart": 1.0}, RECORDED, 2.0) == []


def test_a_row_above_its_margin_is_named_and_no_other() -> None:
    assert too_dear({"list": 30.0, "cart": 79.0}, RECORDED, 2.0) == ["list"]


def test_a_row_without_a_record_and_a_record_without_a_row_are_named() -> None:
    assert too_dear({"list": 10.0, "home": 1.0}, RECORDED, 2.0) == ["cart", "home"]
