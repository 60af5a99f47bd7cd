"""One's own things as a shopper's programs read and write them."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import Person
from marketplace.api.schemas.base import Answer, flag, ident, one_of, text
from marketplace.api.schemas.office_service import KEY, TICKET, TICKET_LINE
from marketplace.api.schemas.orders import AddressWish
from marketplace.api.schemas.said import Truth, body, choice, files, part, several, truth, whole, words
from marketplace.api.schemas.store_cases import REVIEW, CursorQuery
from marketplace.api.shapes.told import Shape, listing
from marketplace.core.language import LANGUAGES, current_language
from marketplace.messages.kinds import SWITCHED, NoticeKind
from marketplace.messages.models import Channel
from marketplace.messages.shown import Notice
from marketplace.messages.ticket_models import TicketTopic
from marketplace.reviews.models import ReportReason, SaidKind
from marketplace.reviews.shown import PurchaseShown, WishShown

__all__ = ["REVIEW", "TICKET", "TICKET_LINE", "CursorQuery"]
ME = Shape("Me", Person, "mobile given_name surname email language", "Who one is here.")
WISH = Shape(
    "WishedOffer",
    WishShown,
    "offer_id title store seen_toman now_toman left_count is_on_shelf tells_price tells_stock wished_at",
    "A wished offer as it is now. `seen_toman`: its price when it was wished.",
)
PURCHASE = Shape("ReviewablePurchase", PurchaseShown, "order_line_id title store delivered_at")
NOTICE = Shape("Notice", Notice, "id kind=template subject created_at read_at", "Something that was told.")


class KeptAddress(Answer):
    """An address of the book."""

    id = ident()
    receiver = text()
    mobile = text()
    province = text()
    city = text()
    line = text()
    postal_code = text()
    is_default = flag()


class Switch(Answer):
    """Whether news of a kind come on a way."""

    kind = one_of(NoticeKind)
    channel = one_of(Channel)
    is_on = flag()


AddressList, SwitchList = listing(KeptAddress), listing(Switch)


class AddressBody(AddressWish):
    """Where parcels go."""

    is_default = Truth()


ProfileBody = body(
    "ProfileWish",
    given_name=words(most=60, needed=True),
    surname=words(most=60, needed=True),
    email=words(most=254),
    language=choice(LANGUAGES, needed=False),
)
AlertsBody = body("WishAlertsWish", price=truth(needed=True), stock=truth(needed=True))
ReviewBody = body(
    "PurchaseReviewWish",
    stars=whole("1 to 5", 1, 5, needed=True),
    body=words(most=2_000, needed=True),
    files=files("pictures"),
)
WordsBody = body("QuestionWish", body=words(most=2_000, needed=True))
ReportBody = body(
    "ReportWish",
    kind=choice(SaidKind),
    said_id=whole("its id", 1, 10**15, needed=True),
    reason=choice(ReportReason),
    note=words(most=500),
)
TicketBody = body(
    "TicketWish",
    **KEY,
    topic=choice(TicketTopic),
    title=words(most=120, needed=True),
    body=words(most=4_000, needed=True),
)
TicketWordBody = body("TicketWordWish", **KEY, body=words(most=4_000, needed=True))
ReadBody = body("ReadWish", up_to=whole("the id of the newest that was read", 1, 10**15))
SwitchBody = body(
    "SwitchesWish",
    switches=several(
        part("SwitchWish", kind=choice(NoticeKind), channel=choice(SWITCHED), is_on=truth(needed=True)),
        200,
        needed=True,
    ),
)
NamedBody = body("NamedWish", is_named=truth("with initial, city and masked mobile", needed=True))


def address_document(row: Any) -> dict[str, Any]:
    """An address of the book as a document."""
    return {
        "id": row.id,
        "receiver": row.receiver,
        "mobile": row.receiver_mobile,
        "province": row.name_en if current_language() == "en" else row.name_fa,
        "city": row.city,
        "line": row.address_line,
        "postal_code": row.postal_code,
        "is_default": row.is_default,
    }


def switch_of(told: dict[str, Any]) -> tuple[NoticeKind, Channel]:
    """Which switch is meant."""
    return NoticeKind(told["kind"]), Channel(told["channel"])
