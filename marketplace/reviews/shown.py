"""What pages read of reviews, questions and wishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RatingShown:
    """`tenths` is the mean of stars in tenths (45 for 4.5); None without a review."""

    count: int
    tenths: int | None

    @property
    def full(self) -> int:
        """The mean in whole stars, for the picture."""
        return ((self.tenths or 0) + 5) // 10


@dataclass(frozen=True, slots=True)
class PictureFile:
    url: str
    name: str
    is_picture: bool = True


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """A review; `who` is a first name and an initial. `removed_reason` is set for its author and the office alone."""

    id: int
    who: str
    stars: int
    body: str
    state: str
    written_at: datetime
    is_edited: bool
    reply: str | None
    replied_at: datetime | None
    title: str
    offer_url: str
    store: str
    files: tuple[PictureFile, ...]
    removed_reason: str | None
    removed_note: str
    order_line_id: int


@dataclass(frozen=True, slots=True)
class AnswerShown:
    id: int
    who: str
    is_store: bool
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QuestionShown:
    id: int
    who: str
    body: str
    state: str
    at: datetime
    title: str
    offer_id: int
    offer_url: str
    answers: tuple[AnswerShown, ...]


@dataclass(frozen=True, slots=True)
class PurchaseShown:
    """A line of a delivered order that has no review yet."""

    order_line_id: int
    title: str
    store: str
    picture_key: str | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class WishShown:
    """A wished offer as it is now."""

    offer_id: int
    title: str
    url: str
    store: str
    picture_key: str | None
    seen_toman: int
    now_toman: int
    left_count: int
    is_on_shelf: bool
    tells_price: bool
    tells_stock: bool
    wished_at: datetime

    @property
    def fell_toman(self) -> int:
        return max(0, self.seen_toman - self.now_toman)


@dataclass(frozen=True, slots=True)
class CaseShown:
    """Something that waits for the office: held by the first look, or reported by readers."""

    kind: str
    id: int
    who: str
    body: str
    state: str
    stars: int | None
    title: str
    offer_url: str
    store: str
    at: datetime
    held_for: str | None
    report_count: int
    removed_reason: str | None
    files: tuple[PictureFile, ...]
