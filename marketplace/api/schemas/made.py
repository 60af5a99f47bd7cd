"""What an act makes, by name: each kind is a document of its own with the field in which its id stands.

`made` says the same as text, for a program that only passes it on.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from marshmallow.fields import Field

from marketplace.api.schemas.base import Answer, count, ident, one_of, text


class Done(Answer):
    """An act was done that makes nothing of its own. How things stand then is read at the desk's own call."""

    done = fields.Boolean(metadata={"description": "always true", "enum": [True]})
    made = fields.String(allow_none=True, metadata={"description": "always null", "enum": [None]})


class Makes:
    """A kind of thing that acts make: its document, and how it is read from what a verb gives.

    `of`: the attribute of a row in which the id stands, for verbs that give the row. With `may_miss` the verb may
    make none; the field and `made` are null then. Raises TypeError for a verb that gives anything else.
    """

    def __init__(
        self, name: str, field: str, kind: Field[Any], about: str, *, of: str = "", may_miss: bool = False
    ) -> None:
        self.field, self.of, self.may_miss = field, of, may_miss
        kind.allow_none = may_miss
        inner: dict[str, Any] = {
            "__doc__": about,
            "__module__": __name__,
            "done": fields.Boolean(metadata={"description": "always true", "enum": [True]}),
            "made": fields.String(
                allow_none=may_miss, metadata={"description": f"`{field}` once more, as text"}
            ),
            field: kind,
        }
        self.schema: type[Answer] = type(name, (Answer,), inner)

    def document(self, value: Any) -> dict[str, Any]:
        """What is answered; asked for while the unit is open, since a row is read."""
        found = getattr(value, self.of) if self.of and value is not None else value
        if found is None and not self.may_miss:
            raise TypeError(f"nothing was made where a {self.field} was to be")
        if not (found is None or isinstance(found, str | int)) or isinstance(found, bool):
            raise TypeError(f"{found!r} is no {self.field}")
        return {"done": True, "made": None if found is None else str(found), self.field: found}


def nothing(value: object) -> dict[str, Any]:
    """The document of an act that makes nothing."""
    return {"done": True, "made": None}


def _row(name: str, field: str, about: str, **options: Any) -> Makes:
    return Makes(name, field, ident(), about, **options)


ADDRESS = _row("AddressMade", "address_id", "An address was kept.")
QUESTION = _row("QuestionMade", "question_id", "A question was asked.")
ANSWER = _row("AnswerMade", "answer_id", "An answer to a question was written.")
REVIEW = _row("ReviewMade", "review_id", "A review was written, or written anew.")
TICKET = Makes("TicketMade", "number", text("of the ticket"), "A ticket was opened.")
COMPLAINT = Makes("ComplaintMade", "number", text("of the complaint"), "A complaint was filed.")
TEMPLATE = _row("AnswerTemplateMade", "template_id", "A text for answers was kept.")
FILES = Makes("FilesKept", "file_count", count("how many were sent and kept"), "Files were kept.")
PICTURE = Makes("PictureMade", "key", text("of the picture"), "A picture stands at the goods.")
APPLICATION = _row("ApplicationMade", "application_id", "An application was begun.")
SEAL_APPLICATION = _row("SealApplicationMade", "application_id", "A seal was asked for.")
HOSTING = _row("HostingMade", "hosting_id", "A hosting was proposed.", of="id")
READ = Makes("NoticesRead", "read_count", count("how many were new"), "Notices were marked as read.")

APPROVAL = _row(
    "ApprovalAsked",
    "approval_id",
    "Proposed: it holds once a second person agrees at `/office/approvals/{approval_id}/agreement`.",
)
APPROVAL_OR_DONE = _row(
    "ApprovalAskedOrDone",
    "approval_id",
    "Done at once (null), or proposed where this number takes two persons.",
    may_miss=True,
)
DRAW = Makes("DrawMade", "slug", text("of the draw"), "A draw was announced.")
PRIZE = Makes("PrizeMade", "rank", count("of the prize in its draw"), "A prize was added.")
GIFT = _row("SponsorGiftMade", "gift_id", "A sponsor's promise was booked.")
RUN = _row("ReconciliationRunMade", "run_id", "A comparison with the gateway began.")
REFERRAL = _row("ReferralMade", "referral_id", "A file lies before a colleague.")
VISIT = _row("VisitMade", "visit_id", "A visit was planned.")
LETTER = _row("LetterMade", "letter_id", "A letter was written.")
SPOT_CHECK = Makes("SpotCheckMade", "slug", text("of the check"), "A spot check was opened.")
LICENCE = _row("LicenceMade", "licence_id", "A licence stands in the register.")
PAUSE = _row("PauseMade", "pause_id", "Clocks were stopped.", of="id")
EDITION = _row("EditionMade", "festival_id", "An edition was announced.")
VERSION = Makes("VersionMade", "version", count("the number of the new version"), "A version was written.")
TEXT = Makes("TextMade", "key", text("of the text"), "A text was published as its version 1.")
TEXTS = Makes("TextsMade", "text_count", count("how many had no wording"), "First wordings were published.")
BOX = _row("BlackBoxMade", "box_id", "A black box was ordered; a worker builds it.")
DECIDED = Makes("OffersDecided", "offer_count", count("how many offers"), "Offers were decided on.")
REMINDED = Makes("StoresReminded", "store_count", count("how many stores"), "Stores were reminded.")
RETRIED = Makes("MessagesRetried", "message_count", count("how many messages"), "Messages are tried again.")
FROZEN = Makes("OffersFrozen", "offer_count", count("how many offers"), "Every offer of a store was stopped.")
DRAW_FIGURES = Makes(
    "FiguresTyped",
    "outcome",
    one_of(
        ("typed", "differs", "kept"),
        "typed: one typed them; differs: two typed differently; kept: they agree",
    ),
    "Public figures were typed.",
)
CHECK_FIGURES = Makes(
    "CheckFiguresTyped",
    "outcome",
    one_of(
        ("typed", "differs", "drawn"),
        "typed: one typed them; differs: two typed differently; drawn: they agree",
    ),
    "Public figures of a spot check were typed.",
)
