"""What the festival refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, Invalid, TooMany


class ApplicationsClosed(Conflict):
    """The edition takes no applications now."""

    code = "applications_closed"


class AppliedAlready(Conflict):
    """The store has an application in this edition."""

    code = "applied_already"


class ApplicationLocked(Conflict):
    """The application is with the office, or over: nothing can be changed in it."""

    code = "application_locked"


class ApplicationIncomplete(Invalid):
    """Something is missing or wrong; `fields` names the steps."""

    code = "application_incomplete"


class PledgeChanged(Conflict):
    """The wording changed since the page was shown: it is to be read again."""

    code = "pledge_changed"


class TooManyInquiries(TooMany):
    """Numbers are tried one after the other."""

    code = "too_many_inquiries"


class WrongApplicationStep(Conflict):
    """The application's state does not allow this any more."""

    code = "wrong_application_step"


class StaleDecision(Conflict):
    """Some of the applications changed since the page was shown; `params` name them. Nothing was decided."""

    code = "stale_decision"


class NotDecidable(Conflict):
    """Some of the applications cannot be decided so; reasons name them. Nothing was decided."""

    code = "not_decidable"


class DecisionTold(Conflict):
    """The stores were told, or it was taken back already: the decision stands."""

    code = "decision_told"


class SecondOfficerNeeded(Forbidden):
    """Another officer than the one who rejected decides an appeal."""

    code = "second_officer_needed"


class AppealClosed(Conflict):
    """There is nothing to appeal, or the time for it is over."""

    code = "appeal_closed"
