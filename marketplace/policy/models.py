"""Tables of policy rows, shipping tariffs and provinces."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class PolicyRow(Base):
    """A named whole number in force from a moment on. Rows are added, never changed.

    `entered_by_id` planned it, `seconded_by_id` agreed where two persons are needed.
    """

    __tablename__ = "policy_rows"
    __table_args__ = table_args(UniqueConstraint("name", "effective_from"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    value: Mapped[int]
    effective_from: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    entered_by_id: Mapped[int | None]
    seconded_by_id: Mapped[int | None]
    entered_at: Mapped[datetime]


class ShippingMethod(StrEnum):
    """pishtaz: registered post, tracked, everywhere; tipax: carrier, tracked, everywhere, dearer;
    courier: by hand on the day, within one city, tracked by phone alone; pickup: taken at the counter of a shop on a
    street, without tariff or carrier."""

    pishtaz = "pishtaz"
    tipax = "tipax"
    courier = "courier"
    pickup = "pickup"


CARRIERS = (ShippingMethod.pishtaz, ShippingMethod.tipax, ShippingMethod.courier)
"""The methods by which a parcel travels."""


class Tariff(Base):
    """What a parcel of a method costs into a zone: the first kilogram and each begun one after it.

    Zone 0 is within one province (the courier: one city); zones 1 to 4 by road.
    """

    __tablename__ = "tariffs"
    __table_args__ = table_args(
        UniqueConstraint("method", "zone", "effective_from"),
        CheckConstraint("zone BETWEEN 0 AND 4", name="zone"),
        CheckConstraint("first_kg_toman >= 0 AND next_kg_toman >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[ShippingMethod] = one_of(ShippingMethod, "method")
    zone: Mapped[int]
    first_kg_toman: Mapped[int]
    next_kg_toman: Mapped[int]
    effective_from: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    entered_by_id: Mapped[int | None]
    seconded_by_id: Mapped[int | None]
    entered_at: Mapped[datetime | None]


class Province(Base):
    """One of the 31 provinces with its zone by road."""

    __tablename__ = "provinces"
    __table_args__ = table_args(
        UniqueConstraint("name_fa"),
        CheckConstraint("zone BETWEEN 1 AND 4", name="zone"),
        Index("ix_provinces_name_en", "name_en"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_fa: Mapped[str]
    name_en: Mapped[str]
    zone: Mapped[int]
    sort_key: Mapped[str]


class City(Base):
    """A city of a province."""

    __tablename__ = "cities"
    __table_args__ = table_args(UniqueConstraint("province_id", "name_fa"))

    id: Mapped[int] = mapped_column(primary_key=True)
    province_id: Mapped[int] = mapped_column(ForeignKey("provinces.id"))
    name_fa: Mapped[str]
    name_en: Mapped[str]
    sort_key: Mapped[str]


class Document(Base):
    """A public text in a version: rules, guidelines, notices. Paragraphs are parted by an empty line."""

    __tablename__ = "documents"
    __table_args__ = table_args(UniqueConstraint("key", "version"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    group: Mapped[str]
    version: Mapped[int]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    body_fa: Mapped[str]
    body_en: Mapped[str]
    effective_from: Mapped[datetime]
