"""The steps of the wizard: what each form shows, and what becomes of what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from marketplace.catalog.models import Category
from marketplace.core.audit import Actor
from marketplace.core.clock import tehran
from marketplace.core.dates import jalali_digits
from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.core.text import ascii_digits
from marketplace.festival import application_drafts as drafting
from marketplace.festival.application_inputs import (
    HEALTH_QUESTIONS,
    HardHit,
    Licence,
    Step,
    StoreAddress,
    Who,
)
from marketplace.festival.application_models import ApplicationForm
from marketplace.festival.application_queries import acceptances_of, form_of, pledge_texts_in_force
from marketplace.festival.matching import match_states
from marketplace.festival.models import Application
from marketplace.files.evidence import evidence_of
from marketplace.policy.models import Province
from marketplace.policy.tariffs import provinces
from marketplace.stores.models import Seal, Store, UnionLicence

Form = MultiDict[str, str]
FIELDS = (
    "name_fa",
    "name_en",
    "kind",
    "domain",
    "province",
    "city",
    "founded_on",
    "legal_form",
    "national_id",
    "legal_id",
    "legal_name",
    "sheba",
    "sheba_owner",
    "address",
    "postal_code",
    "phone",
    "seal_code",
    "licence_number",
    "licence_from",
    "licence_until",
    "is_hard_hit",
    "fall_percent",
    "fall_story",
)
"""Every field of the wizard, to be shown again as it was typed."""


def save_step(
    step: Step, application_id: int, sent: Form, mobile: str, actor: Actor, at: datetime
) -> Callable[[], list[int]]:
    """Parses what was sent (raises Invalid) and gives the verb that keeps it; the verb gives errands to run after."""
    today = tehran(at).date()
    match step:
        case Step.who:
            who = Who.parse(sent)
            return lambda: drafting.save_who(application_id, who, mobile, actor, at)
        case Step.address:
            address = StoreAddress.parse(sent)
            return _plain(lambda: drafting.save_address(application_id, address, actor, at))
        case Step.categories:
            chosen = sent.getlist("categories")
            main = sent.get("main_category", "")
            slugs = [main, *chosen] if main in chosen else chosen
            return _plain(lambda: drafting.save_categories(application_id, slugs, actor, at))
        case Step.seal:
            code = ascii_digits(sent.get("seal_code", "")[:40]).strip()
            return _plain(lambda: drafting.save_seal(application_id, code, actor, at))
        case Step.licence:
            licence = Licence.parse(sent, today)
            return _plain(lambda: drafting.save_licence(application_id, licence, actor, at))
        case Step.clearance:
            is_agreed = sent.get("agreed") == "1"
            return _plain(lambda: drafting.agree_to_clearance(application_id, is_agreed, actor, at))
        case Step.hard_hit:
            told = HardHit.parse(sent)
            return _plain(lambda: drafting.save_hard_hit(application_id, told, actor, at))
        case Step.health:
            answers = [name for name in HEALTH_QUESTIONS if sent.get(f"health-{name}") == "1"]
            return _plain(lambda: drafting.declare_health(application_id, answers, actor, at))
    raise ValueError(step)


def _plain(verb: Callable[[], None]) -> Callable[[], list[int]]:
    def keep() -> list[int]:
        verb()
        return []

    return keep


def step_values(application: Application, step: Step, at: datetime) -> dict[str, Any]:
    """What a step's form shows: what was saved before, else what is known of the store."""
    form = form_of(application.id)
    store = db.session.get_one(Store, application.store_id)
    is_english = current_language() == "en"
    match step:
        case Step.who:
            return _who(form)
        case Step.address:
            province = db.session.get_one(Province, store.province_id)
            return {
                "province": province.name_en if is_english else province.name_fa,
                "city": store.city_fa,
                "address": store.address,
                "postal_code": store.postal_code,
                "phone": store.phone,
                "provinces": _provinces(is_english),
            }
        case Step.categories:
            return _categories(form, is_english)
        case Step.seal:
            seal = db.session.scalar(select(Seal).where(Seal.store_id == store.id))
            return {
                "seal_code": form.seal_code or (seal.code if seal else ""),
                "seal": seal,
                "domain": store.domain,
            }
        case Step.licence:
            return _licence(form, store.id)
        case Step.clearance:
            return {"agreed": form.clearance_at is not None, "agreed_at": form.clearance_at}
        case Step.hard_hit:
            return {
                "is_hard_hit": ("1" if form.is_hard_hit else "0") if form.hard_hit_at else "",
                "fall_percent": form.fall_percent or "",
                "fall_story": form.fall_story or "",
                "files": evidence_of([f"application:{application.id}"])[f"application:{application.id}"],
            }
        case Step.health:
            return {"answers": form.health_answers, "questions": HEALTH_QUESTIONS}
        case Step.pledges:
            return {"pledges": pledges_shown(application, at)}


def _who(form: ApplicationForm) -> dict[str, Any]:
    states = match_states(form) if form.who_at else {}
    return {
        "legal_form": form.legal_form.value if form.legal_form else "",
        "national_id": form.national_id or "",
        "legal_id": form.legal_id or "",
        "legal_name": form.legal_name or "",
        "sheba": form.sheba or "",
        "sheba_owner": form.sheba_owner or "",
        "mobile": form.mobile or "",
        "matches": {kind.value: state.value for kind, state in states.items()},
    }


def _provinces(is_english: bool) -> list[tuple[str, str]]:
    return [(name, name) for name in (p.name_en if is_english else p.name_fa for p in provinces())]


def _categories(form: ApplicationForm, is_english: bool) -> dict[str, Any]:
    rows = db.session.execute(
        select(Category.id, Category.slug, Category.name_fa, Category.name_en, Category.is_hard_hit).order_by(
            Category.position
        )
    ).all()
    slugs = {row.id: row.slug for row in rows}
    chosen = [slugs[key] for key in form.category_ids if key in slugs]
    return {
        "choices": [
            {"slug": r.slug, "label": r.name_en if is_english else r.name_fa, "is_hard_hit": r.is_hard_hit}
            for r in rows
        ],
        "options": [(r.slug, r.name_en if is_english else r.name_fa) for r in rows],
        "chosen": chosen,
        "main": chosen[0] if chosen else "",
    }


def _licence(form: ApplicationForm, store_id: int) -> dict[str, Any]:
    known = db.session.scalar(select(UnionLicence).where(UnionLicence.store_id == store_id))
    number = form.licence_number or (known.number if known else "")
    from_on = form.licence_from_on or (tehran(known.valid_from).date() if known else None)
    until_on = form.licence_until_on or (tehran(known.valid_until).date() if known else None)
    return {
        "licence_number": number,
        "licence_from": _typed(from_on),
        "licence_until": _typed(until_on),
        "known": known,
    }


def _typed(day: date | None) -> str:
    """A day as its field shows it: Jalali in Persian, ISO in English."""
    if day is None:
        return ""
    return day.isoformat() if current_language() == "en" else jalali_digits(day)


def pledges_shown(application: Application, at: datetime) -> list[Mapping[str, Any]]:
    """Each pledge in its present wording, with the newest acceptance: version, moment, person."""
    accepted = {row.pledge: row for row in acceptances_of(application.store_id, application.festival_id)}
    is_english = current_language() == "en"
    shown: list[Mapping[str, Any]] = []
    for pledge, text in pledge_texts_in_force(at).items():
        row = accepted.get(pledge)
        shown.append(
            {
                "key": pledge.value,
                "version": text.version,
                "since": text.effective_from,
                "title": text.title_en if is_english else text.title_fa,
                "body": (text.body_en if is_english else text.body_fa).split("\n\n"),
                "is_accepted": row is not None and row.version == text.version,
                "accepted_at": row.accepted_at if row else None,
                "accepted_by": f"{row.given_name or ''} {row.surname or ''}".strip() if row else "",
                "accepted_version": row.version if row else None,
            }
        )
    return shown
