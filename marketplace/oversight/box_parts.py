"""The parts of the black box that join slices or belong to none above: rules, stores, prices, draws, fund, digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import PriceChange
from marketplace.core.audit_digests import digests
from marketplace.core.box import BoxFolder, BoxPart, json_lines
from marketplace.core.db import db
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.models import PledgeText
from marketplace.festival.queries import present_edition
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.lottery.files import entries_csv, manifest_file, result_file
from marketplace.lottery.models import Draw, DrawState
from marketplace.oversight.audit_queries import digest_document
from marketplace.policy.models import Document, PolicyRow, Tariff
from marketplace.stores.models import Seal, Store

FROZEN = (DrawState.frozen, DrawState.drawn, DrawState.settled)
AT_ONCE = 2_000


def write_rules(at: datetime) -> Iterator[bytes]:
    """Every number, tariff, pledge and text that was ever in force, with the moment from which it held."""
    kinds: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
        ("number", PolicyRow, ("name", "value", "effective_from", "reason", "entered_at")),
        ("tariff", Tariff, ("method", "zone", "first_kg_toman", "next_kg_toman", "effective_from", "reason")),
        (
            "pledge",
            PledgeText,
            ("pledge", "version", "title_fa", "title_en", "body_fa", "body_en", "effective_from"),
        ),
        (
            "text",
            Document,
            ("key", "group", "version", "title_fa", "title_en", "body_fa", "body_en", "effective_from"),
        ),
    )
    for kind, model, names in kinds:
        query = select(*(getattr(model, name) for name in names)).order_by(model.id)
        yield from json_lines(
            {"kind": kind, **_plain(row)}
            for row in db.session.execute(query, execution_options={"yield_per": AT_ONCE}).mappings()
        )


def write_stores(at: datetime) -> Iterator[bytes]:
    """The stores that are admitted to the present edition now."""
    edition = present_edition(at)
    if edition is None:
        return
    admitted = set(db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": at}))
    query = (
        select(
            Store.id,
            Store.slug,
            Store.kind,
            Store.name_fa,
            Store.name_en,
            Store.city_fa,
            Store.city_en,
            Store.domain,
            Seal.code,
            Seal.stars,
            Seal.valid_from,
            Seal.valid_until,
        )
        .join(Seal, Seal.store_id == Store.id)
        .order_by(Store.slug)
    )
    for row in db.session.execute(query).mappings():
        if row["id"] in admitted:
            yield from json_lines([{name: value for name, value in _plain(row).items() if name != "id"}])


def write_prices(at: datetime) -> Iterator[bytes]:
    """The whole price history, variant by variant, with its chain."""
    query = select(
        PriceChange.id,
        PriceChange.variant_id.label("variant"),
        PriceChange.price_toman,
        PriceChange.since_at,
        PriceChange.is_told,
        PriceChange.hash,
    ).order_by(PriceChange.variant_id, PriceChange.id)
    rows = db.session.execute(query, execution_options={"yield_per": AT_ONCE}).mappings()
    return json_lines(_plain(row) for row in rows)


def write_draws(at: datetime) -> Iterator[tuple[str, bytes]]:
    """The published files of each draw whose list is closed; they prove themselves."""
    for draw in db.session.scalars(select(Draw).where(Draw.state.in_(FROZEN)).order_by(Draw.slug)).all():
        folder = f"draws/{draw.slug}"
        yield f"{folder}/manifest.json", manifest_file(draw)
        yield f"{folder}/entries.csv", b"".join(entries_csv(draw))
        if draw.state is not DrawState.frozen:
            yield f"{folder}/result.json", result_file(draw)


def write_fund(at: datetime) -> Iterable[bytes]:
    """Every transfer into the guarantee fund and out of it, in the order of the book."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    query = (
        select(
            Transfer.id,
            Transfer.step,
            debit.name.label("debit"),
            credit.name.label("credit"),
            Transfer.amount_toman,
            Transfer.code,
            Transfer.hold_id.label("hold"),
            Transfer.posted_at,
        )
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .where(or_(debit.name == GUARANTEE_FUND.name, credit.name == GUARANTEE_FUND.name))
        .order_by(Transfer.id)
    )
    rows = db.session.execute(query, execution_options={"yield_per": AT_ONCE}).mappings()
    return json_lines(_plain(row) for row in rows)


def write_digests(at: datetime) -> Iterable[bytes]:
    """The daily digests of the audit log, the oldest first."""
    return json_lines(digest_document(one) for one in reversed(digests()))


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else getattr(value, "value", value)
        for name, value in row.items()
    }


PARTS: tuple[BoxPart | BoxFolder, ...] = (
    BoxPart("rules.jsonl", write_rules),
    BoxPart("stores.jsonl", write_stores),
    BoxPart("prices.jsonl", write_prices),
    BoxFolder("draws", write_draws),
    BoxPart("fund.jsonl", write_fund),
    BoxPart("audit_digests.jsonl", write_digests),
)
