"""The published chart of accounts is the one in the code."""

from __future__ import annotations

import re

from marketplace.ledger.chart import CHART, LAWFUL
from marketplace.wiring import WIRING
from tests.architecture.house import ROOT

TEXT = (ROOT / "docs/reference/ledger.md").read_text(encoding="utf-8")


def test_the_published_accounts_are_those_of_the_code():
    rows = re.findall(r"^\| `([^`]+)` \| (debit|credit) \| (yes|no) \|", TEXT, re.M)
    assert rows == [
        (name, account.side.value, "yes" if account.is_limited else "no") for name, account in CHART.items()
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
