"""One application's file, and the places of an edition."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Range

from marketplace.api.schemas.base import Answer, Wish, count, text
from marketplace.api.schemas.said import VERSION, Whole, body, day, truth, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.office.applications_list import RoomShown

ROOM = Shape("CategoryPlaces", RoomShown, "slug name is_hard_hit taken capacity", "Places of a category.")


class EditionPlaces(Answer):
    """Places of an edition."""

    edition = text("its slug")
    taken = count()
    capacity = count()
    categories = fields.List(fields.Nested(ROOM.schema))


class EditionQuery(Wish):
    edition = fields.String(metadata={"description": "the slug of an edition; the present one unless told"})


REASON = words(most=1_000, needed=True, least=1)
AppealBody = body(
    "AppealDecisionWish", **VERSION, granted=truth(needed=True), answer=words(most=1_000, needed=True)
)
ReferralBody = body(
    "ReferralWish",
    colleague_id=whole("another official", 1, 10**15, needed=True),
    note=words(most=500, needed=True),
    letter_number=words(most=40),
    letter_on=day("of the letter", needed=False),
)
ReferralAnswerBody = body("ReferralAnswerWish", answer=words(most=1_000, needed=True))
StopBody = body("ApplicationStopWish", **VERSION, reason=REASON)
PlacesBody = body(
    "PlacesWish",
    edition=words("its slug; the present one unless told", 60),
    places=fields.Dict(
        keys=words("the slug of a category", 80),
        values=Whole(
            allow_none=True, validate=Range(0, 9_999), metadata={"description": "null: no number of its own"}
        ),
        required=True,
    ),
)
