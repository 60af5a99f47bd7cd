"""Entry grants, draws, their stages and prizes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class GrantState(StrEnum):
    """granted: takes part; capped: takes part with less than the order earned, the person's cap being reached;
    excluded: earns nothing (official, member of the store); voided: the purchase was undone before the freeze."""

    granted = "granted"
    capped = "capped"
    excluded = "excluded"
    voided = "voided"


class EntryGrant(Base):
    """What one paid store order earns: `weight` chances of the `earned` ones, and why."""

    __tablename__ = "entry_grants"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"),
        Index("ix_entry_grants_person", "festival_id", "person_id"),
        CheckConstraint("weight >= 0 AND weight <= earned", name="weight"),
        CheckConstraint("state IN ('granted', 'capped') OR weight = 0", name="nothing_when_out"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    state: Mapped[GrantState] = one_of(GrantState)
    earned: Mapped[int]
    weight: Mapped[int]
    reason: Mapped[str]
    granted_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class EntryVoid(Base):
    """Chances that a grant lost, and why. Written once per grant, never changed."""

    __tablename__ = "entry_voids"
    __table_args__ = table_args(UniqueConstraint("grant_id"), CheckConstraint("weight >= 0", name="weight"))

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("entry_grants.id"))
    weight: Mapped[int]
    reason: Mapped[str]
    voided_at: Mapped[datetime]


class DrawState(StrEnum):
    """announced: prizes and moment are public; open: entries are earned; frozen: the list is closed and published;
    drawn: a stage was drawn, prizes are being taken; settled: nothing is left to draw; voided: before the round only,
    with a published reason."""

    announced = "announced"
    open = "open"
    frozen = "frozen"
    drawn = "drawn"
    settled = "settled"
    voided = "voided"


class Draw(Base):
    """The draw of one edition. `secret` makes the salts; `manifest` is what was published at the freeze."""

    __tablename__ = "draws"
    __table_args__ = table_args(
        UniqueConstraint("festival_id"),
        UniqueConstraint("slug"),
        CheckConstraint("(state IN ('announced', 'open', 'voided')) OR frozen_at IS NOT NULL", name="frozen"),
        CheckConstraint("(frozen_at IS NULL) = (manifest IS NULL)", name="manifest_at_freeze"),
        CheckConstraint("(frozen_at IS NULL) = (secret IS NULL)", name="secret_at_freeze"),
        CheckConstraint("(state = 'voided') = (voided_reason IS NOT NULL)", name="voided_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    slug: Mapped[str]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    permit: Mapped[str]
    state: Mapped[DrawState] = one_of(DrawState)
    opens_at: Mapped[datetime]
    draw_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    secret: Mapped[str | None]
    manifest: Mapped[str | None]
    voided_reason: Mapped[str | None]
    voided_at: Mapped[datetime | None]


class Prize(Base):
    """A prize of a draw, in one or more pieces of the same kind."""

    __tablename__ = "prizes"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "rank"),
        CheckConstraint("rank > 0 AND unit_count > 0 AND value_toman >= 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    rank: Mapped[int]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    unit_count: Mapped[int]
    value_toman: Mapped[int]
    sponsor: Mapped[str] = mapped_column(default="")


class PublishedEntry(Base):
    """One line of the published list, with whom it stands for. Written at the freeze, never changed."""

    __tablename__ = "published_entries"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "place"),
        UniqueConstraint("draw_id", "entry_id"),
        UniqueConstraint("grant_id"),
        Index("ix_published_entries_person_id", "person_id", "draw_id"),
        CheckConstraint("weight > 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    place: Mapped[int]
    entry_id: Mapped[str]
    pseudonym: Mapped[str]
    weight: Mapped[int]
    grant_id: Mapped[int] = mapped_column(ForeignKey("entry_grants.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class DrawSigner(Base):
    """One of the two who sign: the key that the manifest names, and the officer who put the signature."""

    __tablename__ = "draw_signers"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "role"),
        CheckConstraint("(signed_at IS NULL) = (signature IS NULL)", name="signed"),
        CheckConstraint("(signed_at IS NULL) = (person_id IS NULL)", name="signed_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    role: Mapped[str]
    public_key: Mapped[str]
    private_key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    signature: Mapped[str | None]
    signed_at: Mapped[datetime | None]


class StageState(StrEnum):
    """planned: its round is fixed in the manifest; listed: its skip list is closed and signed; drawn: it has
    its result; idle: nothing was left to draw when its moment came."""

    planned = "planned"
    listed = "listed"
    drawn = "drawn"
    idle = "idle"


class DrawStage(Base):
    """The draw (0) or one of its redraws. `result` is written once.

    Canonical JSON each: `sources` as in the manifest, `units` that are drawn, the signed skip list, what the source
    gave, the signed result.
    """

    __tablename__ = "draw_stages"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "number"),
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("(state = 'drawn') = (result IS NOT NULL)", name="drawn_with_result"),
        CheckConstraint("(result IS NULL) = (drawn_at IS NULL)", name="drawn_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    number: Mapped[int]
    state: Mapped[StageState] = one_of(StageState, default=StageState.planned)
    planned_at: Mapped[datetime]
    sources: Mapped[str]
    units: Mapped[str | None]
    skips: Mapped[str | None]
    listed_at: Mapped[datetime | None]
    source_number: Mapped[int | None]
    randomness: Mapped[str | None]
    result: Mapped[str | None]
    drawn_at: Mapped[datetime | None]


class AwardState(StrEnum):
    """won: told to the winner; claimed: the winner wants it; checked: the office saw who it is; handed_over: done;
    lapsed: not taken within the days, to be drawn again; given_up: the winner does not want it."""

    won = "won"
    claimed = "claimed"
    checked = "checked"
    handed_over = "handed_over"
    lapsed = "lapsed"
    given_up = "given_up"


TAKEN = text("state NOT IN ('lapsed', 'given_up')")


class Award(Base):
    """A piece of a prize and who won it in which stage; one living award a piece, one award a person and draw."""

    __tablename__ = "awards"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "person_id"),
        Index("uq_awards_piece", "prize_id", "unit", unique=True, sqlite_where=TAKEN, postgresql_where=TAKEN),
        Index("ix_awards_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    stage: Mapped[int]
    prize_id: Mapped[int] = mapped_column(ForeignKey("prizes.id"))
    unit: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    place: Mapped[int]
    state: Mapped[AwardState] = one_of(AwardState, default=AwardState.won)
    is_named: Mapped[bool] = mapped_column(default=True)
    won_at: Mapped[datetime]
    claim_until: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")


class Skip(Base):
    """Who lost the right after the freeze, and why; published with the stage's skip list."""

    __tablename__ = "draw_skips"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "kind", "key"),
        CheckConstraint("kind IN ('entry', 'person')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    kind: Mapped[str]
    key: Mapped[str]
    reason: Mapped[str]
    added_at: Mapped[datetime]
