"""What the policy refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownNumber(NotFound):
    """The policy has no number of this name."""

    code = "unknown_number"


class PolicyChanged(Conflict):
    """Somebody changed the same number since the page was made."""

    code = "policy_changed"


class PolicyQuarrel(Invalid):
    """The new value contradicts another number; each pair is named."""

    code = "policy_quarrel"


class NothingPlanned(Conflict):
    """No change of this number is planned."""

    code = "nothing_planned"


class MovedByRule(Forbidden):
    """A written rule alone moves this number."""

    code = "policy_moved_by_rule"
