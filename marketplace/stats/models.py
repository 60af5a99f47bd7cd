"""Tables of the figures: sums by day, and which days are to be summed again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Source(StrEnum):
    """Whose rows are summed. trade: store orders by the day they were paid; cases: complaints by the day they were
    filed."""

    trade = "trade"
    cases = "cases"


class Figure(Base):
    """One sum of one day in Tehran. `dim`: the slug of a category of goods or the kind of a complaint, empty for the
    whole of the day. A sum of nothing has no row."""

    __tablename__ = "figures"
    __table_args__ = table_args(UniqueConstraint("source", "day_on", "dim", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = one_of(Source, "source")
    day_on: Mapped[date]
    dim: Mapped[str]
    name: Mapped[str]
    value: Mapped[int]


class FigureChange(Base):
    """A row of a source was added or changed; `falls_at` says of which day. Triggers of the database write it, so that
    no verb and no hand can forget it; each change adds a row of its own, so that writers never wait for each other."""

    __tablename__ = "figure_changes"
    __table_args__ = table_args(Index("ix_figure_changes_source", "source", "falls_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = one_of(Source, "source")
    falls_at: Mapped[datetime]


class FigureMark(Base):
    """Up to which moment the deadlines of a source were looked at, and when its sums were last made anew."""

    __tablename__ = "figure_marks"
    __table_args__ = table_args(UniqueConstraint("source"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = one_of(Source, "source")
    looked_until: Mapped[datetime]
    changed_at: Mapped[datetime]
