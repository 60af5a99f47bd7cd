"""Acts that need two persons: action -> who may decide, what is carried out, how it is told."""

from __future__ import annotations

from marketplace.accounts.approvals import ApprovalKind
from marketplace.accounts.models import Role
from marketplace.festival import pledge_editing
from marketplace.guarantee import assessments, gifts, insurer
from marketplace.guarantee.clawbacks import GIVE_UP, give_up
from marketplace.guarantee.paying import ACTION as PAY_CLAIM
from marketplace.guarantee.paying import book_transfer as book_claim_transfer
from marketplace.guarantee.recourse import WRITE_OFF, write_off
from marketplace.lottery.cost_acts import KINDS as COST_ACTS
from marketplace.lottery.two_persons import KINDS as DRAW_ACTS
from marketplace.payments import refund_cases
from marketplace.payments.payouts import ACTION as PAY_OUT
from marketplace.policy import editing, tariff_editing, wording
from marketplace.suspicions import deciding as suspicion_verdicts

APPROVAL_KINDS = (
    *DRAW_ACTS,
    *COST_ACTS,
    ApprovalKind(refund_cases.ACTION, frozenset({Role.office}), refund_cases.book_transfer),
    ApprovalKind(gifts.ACTION, frozenset({Role.office}), gifts.book_gift, describe=gifts.describe_gift),
    ApprovalKind(
        assessments.ACTION,
        frozenset({Role.office}),
        assessments.open_assessment,
        describe=assessments.describe_assessment,
    ),
    ApprovalKind(PAY_CLAIM, frozenset({Role.office}), book_claim_transfer),
    ApprovalKind(WRITE_OFF, frozenset({Role.office}), write_off),
    ApprovalKind(GIVE_UP, frozenset({Role.office}), give_up),
    ApprovalKind(
        insurer.ACTION, frozenset({Role.office}), insurer.book_payment, describe=insurer.describe_payment
    ),
    ApprovalKind(PAY_OUT, frozenset({Role.office}), path="/office/payouts/{subject}"),
    ApprovalKind(
        editing.ACTION, frozenset({Role.office}), editing.carry_out_number, describe=wording.describe_number
    ),
    ApprovalKind(
        tariff_editing.ACTION,
        frozenset({Role.office}),
        tariff_editing.carry_out_tariff,
        describe=wording.describe_tariff,
    ),
    ApprovalKind(
        pledge_editing.ACTION,
        frozenset({Role.office}),
        pledge_editing.carry_out_pledge_text,
        describe=pledge_editing.describe_pledge_text,
    ),
    ApprovalKind(
        suspicion_verdicts.ACTION,
        frozenset({Role.office}),
        suspicion_verdicts.carry_out,
        describe=suspicion_verdicts.describe,
    ),
)
