"""The plan of the demo festival turned into rows. Into an empty database, once; the same plan each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.catalog.models import Category, GoodsCode
from marketplace.core.db import db
from marketplace.core.text import sort_key
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.applications import load_files
from marketplace.demo.bulk import Bulk
from marketplace.demo.goods import load_goods
from marketplace.demo.hosting import load_hosting
from marketplace.demo.next_edition import load_next_edition
from marketplace.demo.papers import load_papers
from marketplace.demo.picture_index import INDEX
from marketplace.demo.picture_rows import load_pictures
from marketplace.demo.plan.edition import EditionPlan, plan_edition
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import data
from marketplace.demo.plan.stores import StorePlan, plan_stores
from marketplace.festival.models import Application, Festival, Offer, Pledge, PledgeAcceptance, PledgeText
from marketplace.inspections.models import Finding
from marketplace.policy.defaults import write_defaults
from marketplace.policy.document_editing import MOST
from marketplace.policy.first_texts import FirstText, first_texts
from marketplace.policy.models import City, Document, Province
from marketplace.stores.models import Clearance, MemberRole, Seal, Store, StoreMember, UnionLicence

SEED = 1405
ASKED_CODES = {"food": GoodsCode.health, "nuts": GoodsCode.health, "beauty": GoodsCode.authenticity}
PLEDGE_KEYS = {pledge: f"pledge_{pledge.value}" for pledge in Pledge}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Ids of provinces by Persian name, and English names of cities by (province, city)."""

    provinces: dict[str, int]
    cities_en: dict[tuple[str, str], str]


def is_empty() -> bool:
    """Whether there is no festival yet."""
    return db.session.query(Festival.id).first() is None


def first_pictures(count: int = 24) -> list[str]:
    """Keys of the pictures on the first pages: the categories' covers and the largest discounts'."""
    covers = db.session.scalars(select(Category.picture_key).where(Category.picture_key.is_not(None)))
    cards = db.session.scalars(
        select(Offer.picture_key)
        .where(Offer.picture_key.is_not(None))
        .order_by(Offer.discount_percent.desc(), Offer.id.desc())
        .limit(count)
    )
    return list(dict.fromkeys(key for key in [*covers, *cards] if key))


def load_festival(scale: Scale, now: datetime, progress: Progress = lambda done, total: None) -> None:
    """Writes the whole demo festival of a scale. Units of work of bounded size."""
    edition = plan_edition(now)
    begun = edition.applications_from - timedelta(days=400)
    places = _load_places(begun)
    festival_id = _load_edition(edition, begun)
    categories = _load_categories()
    load_pictures(now)
    stores = plan_stores(scale, SEED, edition)
    store_ids = _load_stores(stores, places, festival_id, edition)
    load_papers(now)
    load_files(stores, store_ids, categories, festival_id, SEED, now)
    if scale is not Scale.SMALL:
        load_next_edition(stores, store_ids, categories, SEED, now)
    load_goods(scale, SEED, edition, stores, store_ids, categories, festival_id, progress)
    load_hosting(festival_id, now)


def _load_places(at: datetime) -> Places:
    bulk = Bulk(Province, City)
    provinces, cities = {}, {}
    for province in data("iran"):
        name = province["name"]
        provinces[name] = bulk.add(
            Province, name_fa=name, name_en=province["en"], zone=province["zone"], sort_key=sort_key(name)
        )
        for city in province["cities"]:
            cities[name, city["fa"]] = city["en"]
            bulk.add(
                City,
                province_id=provinces[name],
                name_fa=city["fa"],
                name_en=city["en"],
                sort_key=sort_key(city["fa"]),
            )
    bulk.finish()
    with unit_of_work():
        write_defaults(at)
    return Places(provinces, cities)


def _load_edition(edition: EditionPlan, begun: datetime) -> int:
    bulk = Bulk(Festival, PledgeText, Document)
    festival_id = bulk.add(
        Festival,
        slug=edition.slug,
        title_fa=edition.title_fa,
        title_en=edition.title_en,
        story_fa="\n\n".join(edition.story_fa),
        story_en="\n\n".join(edition.story_en),
        applications_from=edition.applications_from,
        applications_until=edition.applications_until,
        live_from=edition.live_from,
        live_until=edition.live_until,
        draw_at=edition.draw_at,
    )
    texts = first_texts()
    for pledge, key in PLEDGE_KEYS.items():
        bulk.add(PledgeText, pledge=pledge, version=1, effective_from=begun, **_wording(texts[key]))
    for text in texts.values():
        bulk.add(Document, key=text.key, group=text.group, version=1, effective_from=begun, **_wording(text))
    bulk.finish()
    return festival_id


def _wording(text: FirstText) -> dict[str, str]:
    return {name: getattr(text, name) for name in MOST}


def _load_categories() -> dict[str, int]:
    bulk = Bulk(Category)
    pictures = reversed(INDEX.items())  # so that the first picture of a category is its cover
    covers = {slug: key for key, picture in pictures for slug in picture["categories"]}
    ids = {
        row["slug"]: bulk.add(
            Category,
            slug=row["slug"],
            name_fa=row["fa"],
            name_en=row["en"],
            icon=row["icon"],
            position=place,
            picture_key=covers.get(row["slug"]),
            is_hard_hit=row["hard_hit"],
            is_perishable=row["perishable"],
            needs_permit=row["needs_permit"],
            asked_code=ASKED_CODES.get(row["slug"]),
        )
        for place, row in enumerate(data("categories"))
    }
    bulk.finish()
    return ids


def _load_stores(
    stores: Sequence[StorePlan], places: Places, festival_id: int, edition: EditionPlan
) -> dict[str, int]:
    bulk = Bulk(
        Person, Store, StoreMember, Seal, UnionLicence, Clearance, Application, PledgeAcceptance, Finding
    )
    ids = {}
    for plan in stores:
        owner_id = bulk.add(
            Person,
            mobile=plan.owner.mobile,
            given_name=plan.owner.given_fa,
            surname=plan.owner.surname_fa,
            national_id=plan.owner.national_id,
            language="fa",
            created_at=edition.applications_from,
        )
        ids[plan.key] = store_id = bulk.add(
            Store,
            slug=plan.slug,
            kind=plan.kind,
            name_fa=plan.name_fa,
            name_en=plan.name_en,
            sort_key=sort_key(plan.name_fa),
            slogan_fa=plan.slogan_fa,
            slogan_en=plan.slogan_en,
            manager_name=f"{plan.owner.given_fa} {plan.owner.surname_fa}",
            province_id=places.provinces[plan.province_fa],
            city_fa=plan.city_fa,
            city_en=places.cities_en.get((plan.province_fa, plan.city_fa), plan.city_fa),
            address=plan.address_fa,
            postal_code=plan.postal_code,
            phone=plan.phone,
            domain=plan.domain,
            founded_on=plan.founded_on,
            hidden_at=plan.decided_at if plan.outcome.value == "hidden" else None,
            hidden_reason="office" if plan.outcome.value == "hidden" and plan.decided_at else None,
            created_at=edition.applications_from,
        )
        bulk.add(
            StoreMember,
            store_id=store_id,
            person_id=owner_id,
            role=MemberRole.owner,
            joined_at=edition.applications_from,
        )
        _add_papers(bulk, plan, store_id, festival_id, owner_id)
    bulk.finish()
    return ids


def _add_papers(bulk: Bulk, plan: StorePlan, store_id: int, festival_id: int, owner_id: int) -> None:
    if plan.seal is not None:
        bulk.add(
            Seal,
            store_id=store_id,
            code=plan.seal.code,
            domain=plan.domain,
            stars=plan.seal.stars,
            state=plan.seal.state,
            valid_from=plan.seal.valid_from,
            valid_until=plan.seal.valid_until,
        )
    if plan.licence is not None:
        bulk.add(
            UnionLicence,
            store_id=store_id,
            number=plan.licence.number,
            state=plan.licence.state,
            valid_from=plan.licence.valid_from,
            valid_until=plan.licence.valid_until,
        )
    if plan.clearance is not None:
        bulk.add(
            Clearance,
            store_id=store_id,
            state=plan.clearance.state,
            asked_at=plan.clearance.asked_at,
            answered_at=plan.clearance.answered_at,
            valid_until=plan.clearance.valid_until,
        )
    bulk.add(
        Application,
        festival_id=festival_id,
        store_id=store_id,
        state=plan.application_state,
        reasons=[{"code": r.code, "fa": r.fa, "en": r.en} for r in plan.application_reasons],
        submitted_at=plan.submitted_at,
        decided_at=plan.decided_at,
    )
    for pledge in plan.pledges:
        if pledge.accepted_at is not None:
            bulk.add(
                PledgeAcceptance,
                festival_id=festival_id,
                store_id=store_id,
                pledge=Pledge(pledge.name),
                version=1,
                accepted_by_id=owner_id,
                accepted_at=pledge.accepted_at,
            )
    if plan.finding is not None:
        bulk.add(
            Finding,
            store_id=store_id,
            severity="critical",
            text_fa=plan.finding.fa,
            found_at=plan.decided_at or plan.submitted_at,
        )
