"""One message ready to go, and what a way out promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class NotHandedOver(RuntimeError):
    """The other side did not take the message; `args[0]` is what it said, without anything personal."""


class RefusedForGood(NotHandedOver):
    """The other side will never take this message: the address does not exist, or the words are not allowed."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message ready to go; `message_id` is the same in every try.

    `stop_url` leads to where this channel is switched off, for what may be switched off.
    """

    id: int
    message_id: str
    channel: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    created_at: datetime
    stop_url: str = ""


class Way(Protocol):
    """A way out: hands over one parcel or raises."""

    def hand_over(self, parcel: Parcel) -> None: ...

    def close(self) -> None: ...
