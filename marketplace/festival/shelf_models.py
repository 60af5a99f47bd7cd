"""What stands beside the offers for lists and search: which of them changed, and the words of their titles."""

from __future__ import annotations

from sqlalchemy import Index, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class ShelfChange(Base):
    """An offer that shoppers see otherwise than before; written by triggers. A job collects its words, and takes it
    away when some thousand others came after it. A mark of a reading has no offer but a negative number of its own."""

    __tablename__ = "shelf_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int]
    is_collected: Mapped[bool] = mapped_column(default=False, server_default=false())


class SearchWord(Base):
    """A folded word of titles or store names, at least four letters long, with its first and last two letters; `n`: how
    often it was met."""

    __tablename__ = "search_words"
    __table_args__ = table_args(
        Index("ix_search_words_head", "head", "size"), Index("ix_search_words_tail", "tail", "size")
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[str]
    tail: Mapped[str]
    size: Mapped[int]
    n: Mapped[int]
