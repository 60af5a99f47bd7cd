"""What speaks against an act about a suspicion, as facts."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, NotFound
from marketplace.core.unit_of_work import on_violation


class UnknownSuspicion(NotFound):
    """There is no such case, or it is not the reader's."""

    code = "unknown_suspicion"


class SuspicionMoved(Conflict):
    """The case is not as the page showed it."""

    code = "suspicion_moved"


class SuspicionOver(Conflict):
    """The case stands where this act is not lawful."""

    code = "suspicion_over"


class AnswerOver(Conflict):
    """The time to answer is over, or nobody asked."""

    code = "suspicion_answer_over"


class NotHeardYet(Conflict):
    """The subject was not asked, or may still answer."""

    code = "suspicion_not_heard"


class VerdictMisplaced(Conflict):
    """This verdict does not fit the subject or what is suspected, or nothing is left to take."""

    code = "verdict_misplaced"


class OwnMatter(Forbidden):
    """Nobody asks or decides in a matter of their own."""

    code = "own_matter"


on_violation("uq_suspicions_person", SuspicionMoved)
on_violation("uq_suspicions_store", SuspicionMoved)
on_violation("ck_suspicions_heard_before_verdict", NotHeardYet)
