"""What buying refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Invalid, NotFound, TooMany


class UnknownOffer(NotFound):
    """There is no such offer."""

    code = "unknown_offer"


class NotOnSale(Conflict):
    """The offer cannot be bought now; all reasons are named."""

    code = "not_on_sale"


class NotEnoughStock(Conflict):
    """Less is left than was asked for."""

    code = "not_enough_stock"


class AboveBuyerLimit(Conflict):
    """The person's purchases of this offer would exceed its limit per buyer."""

    code = "above_buyer_limit"


class EmptyCart(Invalid):
    """There is nothing in the cart that can be paid."""

    code = "empty_cart"


class UnpayableLines(Conflict):
    """Some lines cannot be paid; they stay in the cart with their reasons."""

    code = "unpayable_lines"


class NoShipping(Invalid):
    """The wanted way of shipping does not go there."""

    code = "no_shipping"


class TotalChanged(Conflict):
    """The sum is higher than the one that was shown."""

    code = "total_changed"


class WrongStep(Conflict):
    """The order is in another state than the page believed."""

    code = "wrong_step"


class KitNotTicked(Invalid):
    """A parcel without its hygiene kit is not packed."""

    code = "kit_not_ticked"


class NothingToPay(Conflict):
    """The order does not wait for a payment."""

    code = "nothing_to_pay"


class TrackingCodeTaken(Invalid):
    """The carrier's code stands on another parcel."""

    code = "tracking_code_taken"


class TooLateToCancel(Conflict):
    """The parcel left; what has arrived can be returned."""

    code = "too_late_to_cancel"


class NotReturnable(Conflict):
    """Nothing of this can be sent back; all reasons are named."""

    code = "not_returnable"


class KitReportOver(Conflict):
    """The days in which a missing kit can be told of are over."""

    code = "kit_report_over"


class ReturnIsOpen(Conflict):
    """A return of this store order is under way; it has to end first."""

    code = "return_is_open"


class RefundAboveRest(Conflict):
    """More would go back than is left of this store order."""

    code = "refund_above_rest"


class PickupCodeWrong(Invalid):
    """This is not the code of the order that waits at the counter."""

    code = "pickup_code_wrong"


class PickupCodeUsedUp(TooMany):
    """Five wrong codes: the shopper asks for a new one."""

    code = "pickup_code_used_up"
