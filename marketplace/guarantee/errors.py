"""What the fund refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownClaim(NotFound):
    """There is none, or none that one may know of."""

    code = "unknown_claim"


class NotEligible(Conflict):
    """The fund cannot be asked now; each reason says why."""

    code = "claim_not_eligible"


class AlreadyClaimed(Conflict):
    """There is a claim about this complaint or store order."""

    code = "already_claimed"


class BadClaim(Invalid):
    """Some fields will not do."""

    code = "bad_claim"


class WrongClaimStep(Conflict):
    """The claim is in another state than the page believed."""

    code = "wrong_claim_step"


class StaleClaim(Conflict):
    """The claim went on since the page was drawn."""

    code = "stale_claim"


class AppealOver(Conflict):
    """The days for an appeal are over."""

    code = "claim_appeal_over"


class AlreadyAppealed(Conflict):
    """This side has appealed."""

    code = "claim_already_appealed"


class AlreadyChose(Conflict):
    """Who decided in this claim does not decide again."""

    code = "claim_already_chose"


class NotYourSeat(Forbidden):
    """Another adjudicator sits there."""

    code = "claim_not_your_seat"


class HasInterest(Forbidden):
    """Nobody decides where they have an interest; the seat goes to another."""

    code = "claim_conflict_of_interest"


class PaidBefore(Conflict):
    """This was paid, or is being paid."""

    code = "claim_paid_before"


class RecourseOver(Conflict):
    """Less is open than that."""

    code = "recourse_less_open"


class ReferenceBooked(Conflict):
    """A payment with this reference of the bank is booked already."""

    code = "bank_reference_booked"
