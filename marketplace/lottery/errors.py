"""What can be wrong with a draw."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Invalid


class DrawNotOpen(Conflict):
    """The draw is not in the state that this act needs; `state` says in which it is."""

    code = "draw_wrong_state"


class TooEarly(Conflict):
    """The moment of this act has not come; `at` says when it comes."""

    code = "draw_too_early"


class TooLate(Conflict):
    """The moment for this act has passed."""

    code = "draw_too_late"


class NotSigned(Conflict):
    """Auditor and seal officer have not both signed the root."""

    code = "draw_not_signed"


class NoRandomness(Conflict):
    """The public randomness of the stage is not here yet."""

    code = "draw_no_randomness"


class OfficerTakesPart(Conflict):
    """Who holds entries in a draw has no hand in it."""

    code = "officer_takes_part"


class AlreadySigned(Conflict):
    """This root was signed for this role, or by this person for the other."""

    code = "already_signed"


class FalseBeacon(Invalid):
    """What was brought is not the named round, truly signed."""

    code = "false_beacon"


class PrizeGone(Conflict):
    """The days for taking the prize are over, or it was taken or given up."""

    code = "prize_gone"


class CostsOpen(Conflict):
    """Not every sale of the edition is final, or nobody is there to share with; `count` says how many are open."""

    code = "costs_open"


class CostsChanged(Conflict):
    """The shares are no longer those that were shown."""

    code = "costs_changed"


class CostsBooked(Conflict):
    """The shares are booked, or the share is paid; nothing is left to change."""

    code = "costs_booked"


class GiftOver(Conflict):
    """The gift is here already, or was withdrawn."""

    code = "gift_over"


class DrawKnown(Conflict):
    """The edition has its draw."""

    code = "draw_known"


class RoundTooLate(Conflict):
    """The waiting time of the round is over: the next source of the manifest counts."""

    code = "round_too_late"


class RingsOpen(Conflict):
    """Rings among the entries wait for the office; `count` says how many."""

    code = "rings_open"
