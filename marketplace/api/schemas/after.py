"""What a shopper's programs read and say after the purchase."""

from __future__ import annotations

from marketplace.api.schemas.said import body, choice, files, truth, words
from marketplace.api.schemas.store_cases import (
    CASE,
    CLAIM,
    CursorQuery,
    FilesBody,
    SaidWithFiles,
    ShipmentBody,
    WordsBody,
)
from marketplace.api.shapes.told import Shape
from marketplace.storefront.after_shown import ReturnLineShown, ReturnShown
from marketplace.stores.standing import Category

__all__ = ["CASE", "CLAIM", "CursorQuery", "FilesBody", "SaidWithFiles", "ShipmentBody", "WordsBody"]
GOODS = Shape("OwnReturnedGoods", ReturnLineShown, "offer_id title quantity unit_toman accepted")
RETURN = Shape(
    "OwnReturn",
    ReturnShown,
    "number order_number state lines refund_toman asked_at decided_at decision_note",
    "A return: what the store decided, what goes back.",
    lines=GOODS,
)
OutsideBody = body(
    "OutsideComplaintWish",
    category=choice(Category),
    text=words(most=4_000, needed=True),
    files=files("what proves the purchase"),
)
OfferBody = body("OfferDecisionWish", accepted=truth(needed=True))
AccountBody = body(
    "ClaimAccountWish", sheba=words(most=60, needed=True), sheba_owner=words(most=80, needed=True)
)
