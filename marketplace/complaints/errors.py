"""What complaining refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Invalid, NotFound


class UnknownComplaint(NotFound):
    """There is none, or none that one may know of."""

    code = "unknown_complaint"


class WindowOver(Conflict):
    """The time for complaining about this purchase is over, or has not begun."""

    code = "complaint_window_over"


class AlreadyComplained(Conflict):
    """There is an open complaint about this store order."""

    code = "already_complained"


class AlreadyAnswered(Conflict):
    """The answer stands; what comes after it is said in the thread."""

    code = "already_answered"


class WrongComplaintStep(Conflict):
    """The complaint is in another state than the page believed."""

    code = "wrong_complaint_step"


class WithdrawalOver(Conflict):
    """The 48 hours for withdrawing are over."""

    code = "withdrawal_over"


class AnotherOfficerNeeded(Conflict):
    """Who decided before does not decide again."""

    code = "another_officer_needed"


class BadComplaint(Invalid):
    """Some fields of the complaint, answer or decision will not do."""

    code = "bad_complaint"
