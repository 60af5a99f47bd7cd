"""The fund's money for programs: gifts, shares, debts, the insurer, transfers; and the inspection of a claim."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_fund as schemas
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.guarantee.answering import ask_for_inspection, report_inspection
from marketplace.guarantee.assessments import propose_assessment
from marketplace.guarantee.claim_inputs import Report
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_queries import claim_by_number
from marketplace.guarantee.clawbacks import book_return, propose_giving_up
from marketplace.guarantee.debts_page import show_clawbacks, show_insurer
from marketplace.guarantee.deciding import hand_over
from marketplace.guarantee.fund_desk_page import show_desk, show_recourses
from marketplace.guarantee.gifts import GiftWish, propose_gift, today_of
from marketplace.guarantee.insurer import InsurerWish, propose_payment
from marketplace.guarantee.paying import propose_transfer
from marketplace.guarantee.paying_by_file import send_by_file
from marketplace.guarantee.recourse import book_payment, propose_write_off
from marketplace.guarantee.transfers_page import waiting_transfers

TAG, SCOPE = "office", "office:money"
READERS = (Role.office, Role.auditor)


@reading("/office/fund", TAG, "office:read", *READERS, gives=schemas.FUND.schema)
def show_fund_desk() -> Any:
    """The fund's solvency as the office reads it, its gifts and the shares asked of stores."""
    return schemas.FUND(show_desk(clock.now()))


@act(
    "/office/fund/gifts",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.GiftBody,
    status=201,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_fund_gift(said: Said) -> Verb:
    """Puts a gift that arrived before a second official; `made` is the proposal."""
    wish = GiftWish.parse(said, today_of(clock.now()))
    return lambda at: propose_gift(wish, acting(Role.office), at)


@act(
    "/office/fund/assessments",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.ReasonBody,
    status=201,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_fund_assessment(said: Said) -> Verb:
    """Puts asking the stores for shares before a second official."""
    reason = said.get("reason", "")
    return lambda at: propose_assessment(reason, acting(Role.office), at)


@reading("/office/recourse", TAG, "office:read", *READERS, gives=schemas.RECOURSE.listed)
def list_recourses() -> Any:
    """What stores owe the fund."""
    return schemas.RECOURSE.many(show_recourses().rows)


@act(
    "/office/recourse/<int:recourse_id>/payments",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.ReceiptBody,
    moves_money=True,
)
def create_recourse_payment(said: Said, recourse_id: int) -> Verb:
    """Books what a store paid into the bank account."""
    amount, reference = said.body["amount_toman"], _reference(said)
    return lambda at: book_payment(recourse_id, amount, reference, acting(Role.office), at)


@act(
    "/office/recourse/<int:recourse_id>/write-off",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.GivingUpBody,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_recourse_write_off(said: Said, recourse_id: int) -> Verb:
    """Puts giving up a store's debt before a second official."""
    amount, reason = said.body["amount_toman"], said.get("reason", "")
    return lambda at: propose_write_off(recourse_id, amount, reason, acting(Role.office), at)


@reading("/office/clawbacks", TAG, "office:read", *READERS, gives=schemas.CLAWBACK.listed)
def list_clawbacks() -> Any:
    """What shoppers and stores owe the fund besides recourse."""
    return schemas.CLAWBACK.many(show_clawbacks().rows)


@act(
    "/office/clawbacks/<int:clawback_id>/payments",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.ReceiptBody,
    moves_money=True,
)
def create_clawback_payment(said: Said, clawback_id: int) -> Verb:
    """Books what came back into the bank account."""
    amount, reference = said.body["amount_toman"], _reference(said)
    return lambda at: book_return(clawback_id, amount, reference, acting(Role.office), at)


@act(
    "/office/clawbacks/<int:clawback_id>/write-off",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.GivingUpBody,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_clawback_write_off(said: Said, clawback_id: int) -> Verb:
    """Puts giving up a debt before a second official."""
    amount, reason = said.body["amount_toman"], said.get("reason", "")
    return lambda at: propose_giving_up(clawback_id, amount, reason, acting(Role.office), at)


@reading("/office/insurer", TAG, "office:read", *READERS, gives=schemas.INSURER.schema)
def show_insurer_desk() -> Any:
    """The insurer's account, its claims, and what it paid in."""
    return schemas.INSURER(show_insurer(clock.now()))


@act(
    "/office/insurer/payments",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.InsurerBody,
    status=201,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_insurer_payment(said: Said) -> Verb:
    """Puts a payment of the insurer that arrived before a second official."""
    wish = InsurerWish.parse(said)
    return lambda at: propose_payment(wish, acting(Role.office), at)


@reading("/office/claim-payments", TAG, "office:read", *READERS, gives=schemas.PaymentList)
def list_claim_payments() -> Any:
    """Claims that are paid by transfer and wait for two signatures."""
    return {
        "items": [
            {**schemas.PAYMENT(row["payment"]), "claim": row["number"], "is_proposed": row["is_proposed"]}
            for row in waiting_transfers()
        ],
        "next_cursor": None,
    }


@act(
    "/office/claim-payments/<int:payment_id>/transfer",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.TransferBody,
    moves_money=True,
    makes=made.APPROVAL,
)
def create_claim_transfer(said: Said, payment_id: int) -> Verb:
    """Puts a transfer that was made before a second person."""
    reference = said.get("bank_reference", "")
    return lambda at: propose_transfer(payment_id, reference, acting(Role.office), at)


@act("/office/claim-payments/<int:payment_id>/file", TAG, SCOPE, Role.office, moves_money=True)
def create_claim_file(payment_id: int) -> Verb:
    """Puts a claim's transfer into the bank's next file."""
    return lambda at: send_by_file(payment_id, acting(Role.office), at)


@act("/office/claims/<number>/inspection", TAG, "office:claims", Role.adjudicator, says=schemas.VersionBody)
def create_office_inspection(said: Said, number: str) -> Verb:
    """Has somebody independent look at the goods."""
    version = said.body["version"]
    return lambda at: ask_for_inspection(number, Party.office, version, acting(Role.adjudicator), at)


@act(
    "/office/claims/<number>/report",
    TAG,
    "office:claims",
    Role.adjudicator,
    Role.office,
    says=schemas.InspectionBody,
)
def create_office_report(said: Said, number: str) -> Verb:
    """What the independent look found."""
    report, version = Report.parse(said), said.body["version"]
    return lambda at: report_inspection(number, report, version, acting(Role.office, Role.adjudicator), at)


@act("/office/claims/<number>/handing-over", TAG, "office:claims", Role.office, says=schemas.HandingOverBody)
def create_office_handing_over(said: Said, number: str) -> Verb:
    """Empties the seat of an adjudicator who is absent; another takes it."""
    claim_by_number(number)
    person_id = said.body["adjudicator_id"]
    return lambda at: hand_over(number, person_id, acting(Role.office), at)


def _reference(said: Said) -> str:
    """The bank's own number. Raises Invalid."""
    reference = ascii_digits(" ".join(said.get("bank_reference", "").split()))[:80]
    if not reference:
        raise Invalid(fields={"bank_reference": "required"})
    return reference
