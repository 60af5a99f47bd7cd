"""The office's desk of offers: the queue with what was found beside each, and one offer with all to decide by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import Text, cast, func, select

from marketplace.catalog.models import Category, Product, Variant
from marketplace.core import text
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.paging import decode_cursor, encode_cursor
from marketplace.festival.admission import explain_store
from marketplace.festival.deciding import findings_of
from marketplace.festival.honesty import Weight
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_queries import steps_of, taking_festival
from marketplace.festival.offer_rules import FREEZE_CODES, REJECT_CODES
from marketplace.festival.offer_words import TONES, evidence_files, word_findings, word_kept, word_steps
from marketplace.festival.price_story import price_story
from marketplace.files.models import Picture
from marketplace.office.offers_shown import OfferCase, QueuedOffer, QueueShown
from marketplace.stores.models import Seal, Store
from marketplace.stores.visibility import HIDE_CODES

PER_PAGE = 25
FINDINGS = (
    "evidence_to_be_read",
    "permit_to_be_checked",
    "same_picture",
    "discount_unusual",
    "raised_lately",
)
"""What a queue can be narrowed to; "clean" is everything without a finding for a person."""


def show_queue(args: Mapping[str, str], at: datetime, refusal: Mapping[str, Any] | None = None) -> QueueShown:
    """A page of offers of the present edition in one state, the longest waiting first."""
    festival_id = _festival_id(at)
    state = args.get("state", "")
    chosen = OfferState(state) if state in OfferState.__members__ else OfferState.checked
    query, category, finding = (
        args.get("q", "")[:80],
        args.get("category", ""),
        args.get("finding", ""),
    )
    rows = _select().where(Offer.festival_id == festival_id, Offer.state == chosen)
    rows = _narrow(rows, query, category, finding)
    after = decode_cursor(args.get("cursor"), (int,))
    if after:
        rows = rows.where(Offer.id > after[0])
    found = db.session.execute(rows.order_by(Offer.id).limit(PER_PAGE + 1)).all()
    shown = tuple(_queued(row) for row in found[:PER_PAGE])
    here: dict[str, Any] = {
        "state": chosen.value if chosen is not OfferState.checked else None,
        "q": query or None,
        "category": category or None,
        "finding": finding or None,
    }
    more = encode_cursor([shown[-1].id]) if len(found) > PER_PAGE else None
    return QueueShown(
        rows=shown,
        segments=_segments(festival_id, chosen),
        categories=_categories(),
        state=chosen.value,
        query=query,
        category=category,
        finding=finding,
        finding_choices=tuple((code, t(f"finding.short.{code}")) for code in ("clean", *FINDINGS)),
        next_url=url_for("office_offers.list_offers", cursor=more, **here) if more else None,
        next_cursor=more,
        first_url=url_for("office_offers.list_offers", **here) if after else None,
        reject_codes=_codes("offer_reason", REJECT_CODES),
        refusal=refusal,
    )


def show_case(
    offer_id: int,
    at: datetime,
    *,
    errors: Mapping[str, str] | None = None,
    refusal: Mapping[str, Any] | None = None,
) -> OfferCase:
    """One offer as it stands now. Drafts are the store's own business. Raises NotFound."""
    found = db.session.execute(_select().where(Offer.id == offer_id)).first()
    if found is None or found.Offer.state is OfferState.draft:
        raise NotFound("unknown_offer")
    offer: Offer = found.Offer
    product = db.session.get_one(Product, offer.product_id)
    variant = db.session.get_one(Variant, offer.variant_id)
    festival = db.session.get_one(Festival, offer.festival_id)
    store = db.session.get_one(Store, offer.store_id)
    category = db.session.get_one(Category, offer.category_id)
    findings = findings_of([offer], at)[offer.id]
    return OfferCase(
        row=_queued(found, word_findings(findings)),
        store_id=store.id,
        store_url=url_for("storefront.show_store", slug=store.slug),
        store_reasons=tuple(
            t(f"reason.{objection.code.value}")
            for objection in explain_store(store.id, offer.festival_id, at)
        ),
        is_store_hidden=store.hidden_at is not None,
        description=_word(product.description_fa, product.description_en or product.description_fa),
        sku=variant.sku or "",
        permit_number=product.permit_number,
        permit_is_asked=category.needs_permit,
        health_code=product.health_code,
        weight_grams=variant.weight_grams,
        stocked_count=offer.stocked_count,
        sold_count=offer.sold_count,
        limit_per_buyer=offer.limit_per_buyer,
        evidence_url=offer.evidence_url,
        evidence_toman=offer.evidence_toman,
        needs_evidence=any(f.code == "evidence_to_be_read" for f in findings),
        files=evidence_files(offer.id),
        pictures=_pictures(product.picture_keys),
        story=price_story(offer, at),
        until=festival.live_until,
        history=word_steps(steps_of(offer.id)),
        next_url=_next_url(offer),
        may_decide=offer.state is OfferState.checked,
        may_freeze=offer.state in (OfferState.approved, OfferState.live),
        may_unfreeze=offer.state is OfferState.frozen,
        reject_codes=_codes("offer_reason", REJECT_CODES),
        freeze_codes=_codes("offer_reason", FREEZE_CODES),
        hide_codes=_codes("hide_reason", HIDE_CODES),
        errors=errors or {},
        refusal=refusal,
    )


def _select() -> AnySelect:
    return (
        select(
            Offer,
            Variant.label_fa,
            Variant.label_en,
            Store.name_fa,
            Store.name_en,
            Seal.stars,
            Category.name_fa.label("category_fa"),
            Category.name_en.label("category_en"),
        )
        .join(Variant, Variant.id == Offer.variant_id)
        .join(Store, Store.id == Offer.store_id)
        .join(Category, Category.id == Offer.category_id)
        .outerjoin(Seal, Seal.store_id == Offer.store_id)
    )


def _narrow(rows: AnySelect, query: str, category: str, finding: str) -> AnySelect:
    for word in text.fold(query).split()[:6]:
        rows = rows.where(Offer.search_text.like(f"%{word.replace('%', '').replace('_', '')}%"))
    if category:
        rows = rows.where(Category.slug == category)
    kept = func.coalesce(cast(Offer.findings, Text), "[]")
    if finding == "clean":
        rows = rows.where(~kept.like(f'%"{Weight.person.value}"%'))
    elif finding in FINDINGS:
        rows = rows.where(kept.like(f'%"{finding}"%'))
    return rows


def _queued(row: AnyRow, findings: tuple[Any, ...] | None = None) -> QueuedOffer:
    offer: Offer = row.Offer
    said = word_kept(offer.findings) if findings is None else findings
    return QueuedOffer(
        id=offer.id,
        version=offer.version,
        mark=f"{offer.id}:{offer.version}",
        url=url_for("office_offers.show_offer", offer_id=offer.id),
        title=_word(offer.title_fa, offer.title_en),
        sort=_word(row.label_fa, row.label_en),
        store=_word(row.name_fa, row.name_en),
        store_stars=row.stars,
        category=_word(row.category_fa, row.category_en),
        picture_src=f"/media/{offer.picture_key}-240.webp" if offer.picture_key else None,
        state=offer.state.value,
        state_label=t(f"state.offer_state.{offer.state.value}"),
        tone=TONES[offer.state.value],
        submitted_at=offer.submitted_at,
        regular_toman=offer.regular_toman,
        reference_toman=offer.reference_toman,
        festival_toman=offer.festival_toman,
        discount_percent=offer.discount_percent,
        findings=said,
        needs_person=any(f.weight == Weight.person for f in said),
    )


def _segments(festival_id: int | None, chosen: OfferState) -> tuple[dict[str, Any], ...]:
    counts = {
        row[0]: row[1]
        for row in db.session.execute(
            select(Offer.state, func.count()).where(Offer.festival_id == festival_id).group_by(Offer.state)
        )
    }
    states = [s for s in OfferState if s is not OfferState.draft]
    return tuple(
        {
            "label": t(f"state.offer_state.{state.value}"),
            "url": url_for(
                "office_offers.list_offers", state=state.value if state is not OfferState.checked else None
            ),
            "on": state is chosen,
            "count": counts.get(state, 0),
        }
        for state in states
    )


def _festival_id(at: datetime) -> int | None:
    festival = taking_festival(at)
    if festival is not None:
        return festival.id
    return db.session.scalar(select(Festival.id).order_by(Festival.live_until.desc()).limit(1))


def _next_url(offer: Offer) -> str | None:
    following = db.session.scalar(
        select(Offer.id)
        .where(Offer.festival_id == offer.festival_id, Offer.state == OfferState.checked, Offer.id > offer.id)
        .order_by(Offer.id)
        .limit(1)
    )
    return url_for("office_offers.show_offer", offer_id=following) if following else None


def _pictures(keys: Sequence[str]) -> tuple[dict[str, str], ...]:
    known = set(db.session.scalars(select(Picture.key).where(Picture.key.in_(keys))))
    return tuple({"key": key, "src": f"/media/{key}-240.webp"} for key in keys if key in known)


def _categories() -> tuple[tuple[str, str], ...]:
    rows = db.session.execute(
        select(Category.slug, Category.name_fa, Category.name_en).order_by(Category.position)
    )
    return tuple((r.slug, _word(r.name_fa, r.name_en)) for r in rows)


def _codes(family: str, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, t(f"{family}.{code}")) for code in codes)


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
