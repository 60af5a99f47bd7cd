"""What forms of tickets send, parsed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.core.errors import Invalid
from marketplace.messages.ticket_models import TicketTopic

LONGEST_TITLE = 120
LONGEST_BODY = 4_000


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket as it is opened."""

    topic: TicketTopic
    title: str
    body: str
    submission_key: str

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> NewTicket:
        """Raises Invalid with the fields `topic`, `title`, `body`."""
        wrong: dict[str, str] = {}
        topic = form.get("topic", "")
        if topic not in set(TicketTopic):
            wrong["topic"] = "bad_choice"
        title = " ".join(_words(form.get("title", ""), 3, LONGEST_TITLE, "title", wrong).split())
        body = _words(form.get("body", ""), 5, LONGEST_BODY, "body", wrong)
        if wrong:
            raise Invalid(fields=wrong)
        return cls(TicketTopic(topic), title, body, submission_key(form))


def ticket_words(form: Mapping[str, str], least: int = 1) -> str:
    """The body of one message. Raises Invalid."""
    wrong: dict[str, str] = {}
    body = _words(form.get("body", ""), least, LONGEST_BODY, "body", wrong)
    if wrong:
        raise Invalid(fields=wrong)
    return body


def submission_key(form: Mapping[str, str]) -> str:
    """The page's own key of this sending. Raises Invalid for a form that is not ours."""
    key = form.get("submission_key", "")
    if not 8 <= len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise Invalid(fields={"body": "required"})
    return key


def _words(value: str, least: int, most: int, name: str, wrong: dict[str, str]) -> str:
    lines = unicodedata.normalize("NFC", value[: most * 4]).replace("\r\n", "\n").replace("\r", "\n")
    said = "".join(c for c in lines if c == "\n" or c == "\u200c" or c.isprintable()).strip()
    if len(value) > most * 4 or len(said) > most:
        wrong[name] = "too_long"
    elif len(said) < least:
        wrong[name] = "required" if not said else "too_short"
    return said
