"""What can go wrong with offers."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.unit_of_work import on_violation


class StaleOffer(Conflict):
    """The offer changed since the page was made, or is in a state in which this is not done."""

    code = "stale_offer"


class OfferNotReady(Invalid):
    """The check found something with which the offer cannot pass; `reasons` name all of it."""

    code = "offer_not_ready"


class LookFirst(Conflict):
    """Among many there is one that an officer has to look at by itself."""

    code = "look_first"


class PriceOnlyFalls(Conflict):
    """While an offer sells, its price falls or stays."""

    code = "price_only_falls"


class StockBelowSold(Conflict):
    """Stock may not go below what is sold and held."""

    code = "stock_below_sold"


class WindowOver(Conflict):
    """The festival is over, or none takes offers now."""

    code = "offers_closed"


class OwnStore(Forbidden):
    """Nobody decides about a store they belong to."""

    code = "own_store"


class SkuTaken(Conflict):
    """Two of a store's goods cannot carry one code."""

    code = "sku_taken"

    def __init__(self) -> None:
        super().__init__(fields={"sku": "sku_taken"})


on_violation("uq_variants_store_id_sku", SkuTaken)


class ImportNotReady(Conflict):
    """A file is not in the state in which this is done with it."""

    code = "import_not_ready"


class RowsAreWrong(Conflict):
    """Some rows are wrong, and the store did not choose to take the good ones alone."""

    code = "rows_are_wrong"
