"""What stands against an act on a store's papers."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, NotFound, Unauthenticated


class WrongPaperState(Conflict):
    """The paper is in another state by now."""

    code = "wrong_paper_state"


class OwnStore(Forbidden):
    """Nobody decides about a store to which they belong or belonged."""

    code = "own_store"


class SameOfficer(Conflict):
    """An objection goes to another officer than the one who gave the answer."""

    code = "same_officer"


class SealNotReady(Conflict):
    """What a seal asks for is not there yet; the reasons say what."""

    code = "seal_not_ready"


class ApplicationOpen(Conflict):
    """There is an open application already."""

    code = "seal_application_open"


class TooEarlyAgain(Conflict):
    """After a revocation six months have to pass."""

    code = "seal_too_early"


class TooLateToObject(Conflict):
    """The days for an objection are over."""

    code = "objection_too_late"


class NoPaper(NotFound):
    """The store has no such paper."""

    code = "no_paper"


class BadCallback(Unauthenticated):
    """A call from outside that is not signed by whom we know, or too old."""

    status = 400
    code = "bad_callback"
