"""The published chart of accounts is the one in the code."""

from __future__ import annotations

import re

from marketplace.ledger.chart import CHART, LAWFUL, pattern_of
from marketplace.wiring.tables import WIRING
from tests.architecture.house import ROOT

TEXT = (ROOT / "docs/reference/ledger.md").read_text(encoding="utf-8")


def test_the_published_accounts_are_those_of_the_code():
    rows = re.findall(r"^\| `([^`]+)` \| (debit|credit) \| (yes|no) \|", TEXT, re.M)
    assert rows == [
        (name, account.side.value, "yes" if account.is_limited else "no") for name, account in CHART.items()
    ]


def test_every_account_stands_under_its_own_name():
    """An account that is opened by another name than the chart's would be one that nobody looks for."""
    assert {pattern: pattern_of(account.name) for pattern, account in CHART.items()} == {
        pattern: pattern for pattern in CHART
    }


def test_a_pattern_is_a_kind_and_a_number():
    assert [
        pattern_of(name) for name in ("bank", "store_held:17", "store_held:soap", "store_held:", ":7")
    ] == [
        "bank",
        "store_held:ID",
        "store_held:soap",
        "store_held:",
        ":ID",
    ]


def test_the_published_moves_are_those_of_the_code():
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| ([^|]+) \|$", TEXT, re.M)
    assert [((debit, credit), why) for debit, credit, why in rows] == list(LAWFUL.items())


def test_the_published_invariants_exist():
    table = TEXT.partition("## Invariants")[2]
    named = {
        name for row in re.findall(r"^\| (`[^|]+) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)
    }
    assert len(named) >= 15
    assert named <= WIRING.invariants.keys()
