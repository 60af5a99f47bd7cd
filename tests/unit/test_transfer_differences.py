"""Payouts through the gateway against its list: each planted fault is found and named, a clean set raises none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.payments.gateways.port import GatewayTransfer, TransferStatus
from marketplace.payments.payout_models import PayoutState
from marketplace.payments.reconciliation_models import DifferenceKind as Kind
from marketplace.payments.transfer_differences import OurTransfer, is_healed_by_asking, transfer_differences

NOW = datetime(2026, 3, 25, 10, tzinfo=UTC)
SINCE = NOW - timedelta(days=3)
THEN = NOW - timedelta(hours=2)
OURS = OurTransfer(1, "14050105-1-7", PayoutState.paid, "tr_1", 90_000, THEN, THEN)
THEIRS = GatewayTransfer("tr_1", TransferStatus.PAID, 90_000, True, "acct_1", "14050105-1-7", THEN)
SENT = replace(OURS, state=PayoutState.sent, answered_at=None)
UNTOLD = replace(SENT, gateway_transfer_id=None)


def kinds(ours: list[OurTransfer], theirs: list[GatewayTransfer]) -> list[Kind]:
    return [found.kind for found in transfer_differences(ours, theirs, SINCE, NOW)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], []),
        ([OURS], [THEIRS]),
        ([SENT], [replace(THEIRS, status=TransferStatus.PENDING)]),
        ([replace(OURS, state=PayoutState.failed)], [replace(THEIRS, status=TransferStatus.FAILED)]),
        ([replace(OURS, state=PayoutState.retried)], [replace(THEIRS, status=TransferStatus.RETURNED)]),
        ([UNTOLD], []),
        ([UNTOLD], [replace(THEIRS, made_at=NOW - timedelta(minutes=4))]),
        ([], [replace(THEIRS, made_at=NOW - timedelta(minutes=4))]),
        ([], [replace(THEIRS, status=TransferStatus.FAILED)]),
        ([replace(OURS, answered_at=SINCE - timedelta(seconds=1))], []),
    ],
)
def test_what_agrees_or_is_on_its_way_is_no_difference(ours, theirs):
    assert kinds(ours, theirs) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "is_asked"),
    [
        ([], [THEIRS], Kind.transfer_missing_here, False),
        ([OURS], [], Kind.transfer_missing_there, False),
        ([OURS], [replace(THEIRS, amount_toman=89_999)], Kind.transfer_amount_differs, False),
        ([UNTOLD], [replace(THEIRS, amount_toman=None)], Kind.transfer_amount_differs, False),
        ([OURS], [replace(THEIRS, status=TransferStatus.RETURNED)], Kind.transfer_state_differs, True),
        ([UNTOLD], [THEIRS], Kind.transfer_state_differs, True),
        ([SENT], [replace(THEIRS, status=TransferStatus.FAILED)], Kind.transfer_state_differs, True),
        ([replace(OURS, state=PayoutState.failed)], [THEIRS], Kind.transfer_state_differs, False),
        ([replace(UNTOLD, sent_at=NOW - timedelta(hours=25))], [], Kind.transfer_stuck, True),
    ],
)
def test_each_fault_is_named_and_healed_only_where_asking_decides(ours, theirs, kind, is_asked):
    [found] = transfer_differences(ours, theirs, SINCE, NOW)
    assert found.kind is kind
    state = ours[0].state if ours else PayoutState.failed
    assert is_healed_by_asking(found, state) is is_asked
