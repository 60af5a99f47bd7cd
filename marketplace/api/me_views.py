"""One's own things for a shopper's programs: name, addresses, wishes, reviews, questions, tickets, news, prizes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from marketplace.accounts import people
from marketplace.accounts import queries as account_queries
from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, files_in, reading
from marketplace.api.answers import whole
from marketplace.api.schemas import made
from marketplace.api.schemas import me as schemas
from marketplace.core.errors import Invalid
from marketplace.files.models import EvidenceKind
from marketplace.lottery.prizes import choose_publication, claim_prize, give_up_prize
from marketplace.messages import centre
from marketplace.messages import queries as message_queries
from marketplace.messages.preferences import set_wishes
from marketplace.messages.preferences import wishes_of as switches_of
from marketplace.messages.ticket_inputs import NewTicket, submission_key, ticket_words
from marketplace.messages.ticket_queries import ticket, tickets_of
from marketplace.messages.tickets import close_ticket, open_ticket, write_to_office
from marketplace.orders import addresses
from marketplace.orders.inputs import Address
from marketplace.reviews import queries, wish_queries, wishes
from marketplace.reviews.inputs import LONGEST_QUESTION, LONGEST_REPLY, Decision, ReviewWords, Words
from marketplace.reviews.moderation import report_said
from marketplace.reviews.questions import answer_question, ask_question
from marketplace.reviews.reviews import change_review, write_review
from marketplace.storefront.me_inputs import Profile

TAG, READ, WRITE = "me", "me:read", "me:write"
MOST_PICTURES = 5


@reading("/me", TAG, READ, gives=schemas.ME.schema)
def show_me() -> Any:
    """Name, number, mail and language."""
    return schemas.ME(account_queries.person(visitor().id))


@act("/me", TAG, WRITE, says=schemas.ProfileBody, method="PUT")
def update_me(said: Said) -> Verb:
    """Changes name, mail and language."""
    told = Profile.parse(said)
    return lambda at: people.update_person(
        visitor().id,
        given_name=told.given_name,
        surname=told.surname,
        email=told.email,
        language=told.language,
    )


@reading("/me/addresses", TAG, READ, gives=schemas.AddressList)
def list_addresses() -> Any:
    """The address book."""
    return whole([schemas.address_document(row) for row in addresses.addresses_of(visitor().id)])


@act("/me/addresses", TAG, WRITE, says=schemas.AddressBody, status=201, makes=made.ADDRESS)
def create_address(said: Said) -> Verb:
    """Keeps an address."""
    address, is_default = Address.parse(said), said.get("is_default") == "1"
    return lambda at: addresses.keep_address(visitor().id, address, at, is_default=is_default)


@act("/me/addresses/<int:address_id>", TAG, WRITE, says=schemas.AddressBody, method="PUT")
def update_address(said: Said, address_id: int) -> Verb:
    """Changes an address."""
    address = Address.parse(said)
    return lambda at: addresses.change_address(visitor().id, address_id, address)


@act("/me/addresses/<int:address_id>/default", TAG, WRITE)
def create_default_address(address_id: int) -> Verb:
    """Makes an address the one that is used unless told."""
    return lambda at: addresses.choose_address(visitor().id, address_id)


@act("/me/addresses/<int:address_id>", TAG, WRITE, method="DELETE")
def delete_address(address_id: int) -> Verb:
    """Forgets an address."""
    return lambda at: addresses.drop_address(visitor().id, address_id)


@reading("/me/wishlist", TAG, READ, gives=schemas.WISH.listed, asks=schemas.CursorQuery)
def list_wishes() -> Any:
    """The wished offers as they are now."""
    return schemas.WISH.page(wish_queries.wishes_of(visitor().id, request.args.get("cursor")))


@act("/me/wishlist/<int:offer_id>", TAG, WRITE, method="PUT")
def update_wish(offer_id: int) -> Verb:
    """Puts an offer on the list."""
    return lambda at: wishes.add_wish(visitor().id, offer_id, at)


@act("/me/wishlist/<int:offer_id>/alerts", TAG, WRITE, says=schemas.AlertsBody, method="PUT")
def update_wish_alerts(said: Said, offer_id: int) -> Verb:
    """Says which news of a wish are wanted."""
    price, stock = said.body["price"], said.body["stock"]
    return lambda at: wishes.change_wish(visitor().id, offer_id, tells_price=price, tells_stock=stock)


@act("/me/wishlist/<int:offer_id>", TAG, WRITE, method="DELETE")
def delete_wish(offer_id: int) -> Verb:
    """Takes an offer off the list."""
    return lambda at: wishes.remove_wish(visitor().id, offer_id)


@reading("/me/purchases", TAG, READ, gives=schemas.PURCHASE.listed)
def list_purchases() -> Any:
    """Delivered goods that can be reviewed."""
    return schemas.PURCHASE.many(queries.purchases_to_review(visitor().id))


@reading("/me/reviews", TAG, READ, gives=schemas.REVIEW.listed, asks=schemas.CursorQuery)
def list_own_reviews() -> Any:
    """One's own reviews in every state."""
    return schemas.REVIEW.page(queries.reviews_of_person(visitor().id, request.args.get("cursor")))


@act(
    "/me/purchases/<int:line_id>/review",
    TAG,
    WRITE,
    says=schemas.ReviewBody,
    method="PUT",
    carries_files=True,
    makes=made.REVIEW,
)
def update_review(said: Said, line_id: int) -> Verb:
    """Writes the review of a delivered purchase, or changes it."""
    queries.purchase(line_id, visitor().id)
    told, pictures = ReviewWords.parse(said), files_in(said, most=MOST_PICTURES)
    if any(picture.kind is EvidenceKind.pdf for picture in pictures):
        raise Invalid(fields={"files": "file_picture_only"})

    def verb(at: datetime) -> int:
        before = queries.review_of_line(line_id, visitor().id)
        if before is None:
            return write_review(line_id, visitor().actor(), told, at, pictures)
        change_review(before.id, visitor().actor(), told, at, pictures)
        return before.id

    return verb


@act("/offers/<int:offer_id>/questions", TAG, WRITE, says=schemas.WordsBody, status=201, makes=made.QUESTION)
def create_question(said: Said, offer_id: int) -> Verb:
    """Asks a question about an offer."""
    words = Words.parse(said, least=5, most=LONGEST_QUESTION)
    return lambda at: ask_question(offer_id, visitor().actor(), words, at)


@act(
    "/questions/<int:question_id>/answers", TAG, WRITE, says=schemas.WordsBody, status=201, makes=made.ANSWER
)
def create_question_answer(said: Said, question_id: int) -> Verb:
    """Answers a question, as a buyer of the goods or for their store."""
    words = Words.parse(said, least=2, most=LONGEST_REPLY)
    return lambda at: answer_question(question_id, visitor().actor(), words, at)


@act("/reports", TAG, WRITE, says=schemas.ReportBody, status=201)
def create_report(said: Said) -> Verb:
    """Reports a review, a question or an answer to the office."""
    wish = Decision.parse(said)
    return lambda at: report_said(wish, visitor().actor(), at)


@reading("/me/tickets", TAG, READ, gives=schemas.TICKET_LINE.listed, asks=schemas.CursorQuery)
def list_tickets() -> Any:
    """Own support tickets."""
    return schemas.TICKET_LINE.page(tickets_of(visitor().id, request.args.get("cursor")))


@reading("/me/tickets/<number>", TAG, READ, gives=schemas.TICKET.schema)
def show_ticket(number: str) -> Any:
    """An own ticket with its thread."""
    return schemas.TICKET(ticket(number, person_id=visitor().id))


@act("/me/tickets", TAG, WRITE, says=schemas.TicketBody, status=201, makes=made.TICKET)
def create_ticket(said: Said) -> Verb:
    """Opens a ticket."""
    wish = NewTicket.parse(said)
    return lambda at: open_ticket(wish, visitor().actor(), at)


@act("/me/tickets/<number>/words", TAG, WRITE, says=schemas.TicketWordBody, status=201)
def create_ticket_word(said: Said, number: str) -> Verb:
    """Adds to an own ticket."""
    body, key = ticket_words(said), submission_key(said)
    return lambda at: write_to_office(number, visitor().id, body, key, visitor().actor(), at)


@act("/me/tickets/<number>/closing", TAG, WRITE)
def create_ticket_closing(number: str) -> Verb:
    """Closes an own ticket."""
    return lambda at: close_ticket(number, visitor().actor(), at, person_id=visitor().id)


@reading("/me/notifications", TAG, READ, gives=schemas.NOTICE.listed, asks=schemas.CursorQuery)
def list_notifications() -> Any:
    """What was told, the newest first, by its kind."""
    return schemas.NOTICE.page(message_queries.notices_of(visitor().id, request.args.get("cursor")))


@act("/me/notifications/read", TAG, WRITE, says=schemas.ReadBody, makes=made.READ)
def create_reading(said: Said) -> Verb:
    """Marks notices as read, up to one of them."""
    up_to: int | None = said.body.get("up_to")
    return lambda at: centre.mark_read(visitor().id, at, up_to=up_to)


@reading("/me/preferences", TAG, READ, gives=schemas.SwitchList)
def list_preferences() -> Any:
    """Which news come on which way."""
    return whole(
        [
            {"kind": kind.value, "channel": channel.value, "is_on": is_on}
            for (kind, channel), is_on in switches_of(visitor().id).items()
        ]
    )


@act("/me/preferences", TAG, WRITE, says=schemas.SwitchBody, method="PUT")
def update_preferences(said: Said) -> Verb:
    """Sets switches of news; those that are not named stay as they are."""
    wanted = {schemas.switch_of(one): one["is_on"] for one in said.body["switches"]}
    return lambda at: set_wishes(visitor().id, wanted, at)


@act("/me/prizes/<int:award_id>/claim", TAG, WRITE, says=schemas.NamedBody)
def create_prize_claim(said: Said, award_id: int) -> Verb:
    """The winner wants the prize, with or without being named."""
    is_named = said.body["is_named"]
    return lambda at: claim_prize(award_id, visitor().id, is_named=is_named, at=at)


@act("/me/prizes/<int:award_id>/refusal", TAG, WRITE)
def create_prize_refusal(award_id: int) -> Verb:
    """The winner does not want the prize."""
    return lambda at: give_up_prize(award_id, visitor().id, at)


@act("/me/prizes/<int:award_id>/publication", TAG, WRITE, says=schemas.NamedBody)
def create_prize_publication(said: Said, award_id: int) -> Verb:
    """The winner is named with initial, city and masked mobile, or not."""
    is_named = said.body["is_named"]
    return lambda at: choose_publication(award_id, visitor().id, is_named=is_named)
