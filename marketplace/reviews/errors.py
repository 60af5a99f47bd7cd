"""What is refused of reviews, questions and wishes."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, TooMany


class NotYetArrived(Conflict):
    """Only goods that arrived are reviewed."""

    code = "not_yet_arrived"


class ReviewedBefore(Conflict):
    """There is a review of this purchase; it can be changed, not written twice."""

    code = "reviewed_before"


class ChangeOver(Conflict):
    """The time for changing a review is over."""

    code = "change_over"


class OwnGoods(Forbidden):
    """Members of a store do not review its goods or ask themselves questions."""

    code = "own_goods"


class NotABuyer(Forbidden):
    """Only the store and those who bought the product answer questions."""

    code = "not_a_buyer"


class SaidStale(Conflict):
    """Somebody else decided meanwhile."""

    code = "said_stale"


class SaidTooOften(TooMany):
    """More in a while than anybody means."""

    code = "said_too_often"
