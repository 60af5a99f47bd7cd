"""What speaks against an act of oversight, as facts."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden
from marketplace.core.unit_of_work import on_violation


class SpotCheckNotOpen(Conflict):
    """It is drawn or lapsed, or its moment has come."""

    code = "spot_check_not_open"


class NothingToPick(Conflict):
    """No admitted store is without a visit on the plan, or fewer than are to be picked."""

    code = "nothing_to_pick"


class SignedAlready(Conflict):
    """This office, or this person for the other office, has signed."""

    code = "spot_check_signed"


class FiguresDiffer(Conflict):
    """The second person typed other figures than the first; both stand as they are, and both type anew."""

    code = "spot_figures_differ"


class CaseOver(Conflict):
    """The case stands otherwise than the page showed."""

    code = "kit_case_over"


class NotHeardYet(Conflict):
    """The store may still explain itself."""

    code = "store_not_heard"


class SecondPerson(Forbidden):
    """The second of two persons is another than the first."""

    code = "second_person"


on_violation("uq_spot_check_signers_spot_check_id_person_id", SignedAlready)
on_violation("uq_spot_checks_slug", SpotCheckNotOpen)
