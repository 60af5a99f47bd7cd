"""Tables of the catalogue."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class GoodsCode(StrEnum):
    """Codes that goods of some rows carry. health: the food's health mark (سیب سلامت); authenticity: شناسه اصالت."""

    health = "health"
    authenticity = "authenticity"


class Category(Base):
    """A row of the bazaar. Flags say which rules its goods carry."""

    __tablename__ = "categories"
    __table_args__ = table_args(UniqueConstraint("slug"))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name_fa: Mapped[str]
    name_en: Mapped[str]
    icon: Mapped[str]
    position: Mapped[int]
    picture_key: Mapped[str | None]
    is_hard_hit: Mapped[bool] = mapped_column(default=False)
    is_perishable: Mapped[bool] = mapped_column(default=False)
    needs_permit: Mapped[bool] = mapped_column(default=False)
    asked_code: Mapped[GoodsCode | None] = one_of(GoodsCode, "asked_code", nullable=True)


class Product(Base):
    """What a store sells, in words and pictures. `attributes`: rows of key, label and value in both languages.

    `title_key`: the title folded; a store's goods of one row and one title are one product, `health_code` is the
    code for which its category asks.
    """

    __tablename__ = "products"
    __table_args__ = table_args(
        Index("ix_products_store_id", "store_id"),
        Index("uq_products_goods", "store_id", "category_id", "title_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    title_key: Mapped[str | None]
    description_fa: Mapped[str]
    description_en: Mapped[str]
    attributes: Mapped[list[Any]]
    picture_keys: Mapped[list[Any]]
    permit_number: Mapped[str | None]
    health_code: Mapped[str | None]
    created_at: Mapped[datetime]


class Variant(Base):
    """One sort of a product (a colour, a size), with the weight by which it ships. `sku`: the store's own code."""

    __tablename__ = "variants"
    __table_args__ = table_args(
        Index("ix_variants_product_id", "product_id"),
        Index("uq_variants_store_id_sku", "store_id", "sku", unique=True),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("sku IS NULL OR store_id IS NOT NULL", name="sku_of_store"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    sku: Mapped[str | None]
    label_fa: Mapped[str] = mapped_column(default="")
    label_en: Mapped[str] = mapped_column(default="")
    swatch: Mapped[str | None]
    weight_grams: Mapped[int]


class PriceChange(Base):
    """A price of a variant from a moment on; append-only, each row sealing the one before.

    `is_told`: a store wrote it into a draft and nothing was sold at it, so that it proves nothing.
    """

    __tablename__ = "price_history"
    __table_args__ = table_args(
        Index("ix_price_history_variant_id", "variant_id", "since_at"),
        CheckConstraint("price_toman > 0", name="price_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    price_toman: Mapped[int]
    since_at: Mapped[datetime]
    hash: Mapped[str]
    is_told: Mapped[bool] = mapped_column(default=False, server_default=false())
