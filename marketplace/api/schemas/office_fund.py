"""The fund's gifts, debts and transfers as the office reads and moves them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import text
from marketplace.api.schemas.said import VERSION, body, choice, day, money, truth, whole, words
from marketplace.api.shapes.told import Shape, listing
from marketplace.guarantee.claim_figures import Waiting
from marketplace.guarantee.claim_models import InspectionFinding
from marketplace.guarantee.clawback_models import InsurerPayment
from marketplace.guarantee.debts_page import ClawbackShown, InsuredShown, InsurerShown
from marketplace.guarantee.exposure import Exposure
from marketplace.guarantee.fund_desk_page import AssessmentShown, DeskShown, GiftShown, RecourseShown
from marketplace.guarantee.recourse_models import ClaimPayment

SUM = Shape("FundSum", Exposure, "toman count", "A sum and of how many cases it is.")
WAITING = Shape("FundWaiting", Waiting, "toman count", "Claims that wait for money.")
GIFT = Shape("FundGift", GiftShown, "giver is_named amount_toman bank_reference booked_at")
ASSESSMENT = Shape(
    "FundAssessment", AssessmentShown, "number state amount_toman paid_toman store_count opened_at"
)
FUND = Shape(
    "FundDesk",
    DeskShown,
    "balance_toman free_toman expected_toman ratio_percent exposure waiting assessments gifts",
    "The fund's solvency as the office reads it.",
    exposure=SUM,
    waiting=WAITING,
    assessments=ASSESSMENT,
    gifts=GIFT,
)
RECOURSE = Shape(
    "Recourse",
    RecourseShown,
    "id claim store slug state amount_toman recovered_toman open_toman given_up_toman due_at",
    "What a store owes the fund.",
)
CLAWBACK = Shape(
    "Clawback",
    ClawbackShown,
    "id claim debtor=debtor_label store cause=cause_label state amount_toman returned_toman given_up_toman left_toman "
    "asked_at",
    "What somebody owes the fund besides recourse.",
)
INSURED = Shape(
    "InsuredClaim", InsuredShown, "number state=state_label store approved_toman paid_toman filed_at"
)
PAID = Shape("InsurerPayment", InsurerPayment, "id insurer amount_toman bank_reference booked_at")
INSURER = Shape(
    "InsurerDesk",
    InsurerShown,
    "is_payer balance_toman free_toman waiting claims payments",
    "The insurer's account. `is_payer`: claims are paid by the insurer now, and not by the fund.",
    waiting=WAITING,
    claims=INSURED,
    payments=PAID,
)
PAYMENT = Shape("ClaimTransfer", ClaimPayment, "id reference amount_toman state sheba owner_name asked_at")


class ClaimPaymentRow(PAYMENT.schema):  # type: ignore[misc, name-defined]
    """A claim that is paid by transfer."""

    claim = text("its number")
    is_proposed = fields.Boolean(metadata={"description": "it waits for the second person"})


PaymentList = listing(ClaimPaymentRow)
REFERENCE = {"bank_reference": words("the bank's own number", 80, needed=True)}
GiftBody = body(
    "FundGiftWish",
    **REFERENCE,
    giver=words(most=120, needed=True),
    amount_toman=money(),
    received_on=day("left out: today", needed=False),
    is_named=truth("the giver stands in the public book by name"),
)
ReasonBody = body("FundReasonWish", reason=words(most=1_000, needed=True))
ReceiptBody = body("ReceiptWish", **REFERENCE, amount_toman=money())
GivingUpBody = body("GivingUpWish", amount_toman=money(), reason=words(most=1_000, needed=True))
InsurerBody = body("InsurerWish", **REFERENCE, insurer=words(most=120, needed=True), amount_toman=money())
TransferBody = body("ClaimTransferWish", **REFERENCE)
VersionBody = body("ClaimVersionWish", **VERSION)
InspectionBody = body(
    "InspectionReportWish",
    **VERSION,
    inspector=words(most=120, needed=True),
    finding=choice(InspectionFinding),
    cost_toman=whole("what the look cost", most=10**12),
    text=words(most=4_000, needed=True),
)
HandingOverBody = body(
    "HandingOverWish", adjudicator_id=whole("whose seat is emptied", 1, 10**15, needed=True)
)
