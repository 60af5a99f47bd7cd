"""An application in the store's hands: filled in step by step, each saved by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.catalog.models import Category
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.festival.application_errors import (
    ApplicationLocked,
    ApplicationsClosed,
    WrongApplicationStep,
)
from marketplace.festival.application_inputs import (
    HEALTH_QUESTIONS,
    MOST_CATEGORIES,
    HardHit,
    Licence,
    StoreAddress,
    Who,
)
from marketplace.festival.application_models import ApplicationForm
from marketplace.festival.application_queries import form_of, is_open, lock_application, untold_step
from marketplace.festival.founding import city_en
from marketplace.festival.matching import ask_matches
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.policy.tariffs import province_by_name
from marketplace.stores.models import Seal, SealState, Store, UnionLicence

EDITABLE = (ApplicationState.draft, ApplicationState.revision)


def save_who(application_id: int, who: Who, mobile: str, actor: Actor, at: datetime) -> list[int]:
    """Keeps who answers for the store; gives the jobs that ask the outside. `mobile`: the person's own, signed in."""
    form = editable_form(application_id, at)
    form.legal_form, form.national_id = who.kind, who.national_id
    form.legal_id, form.legal_name = who.legal_id, who.legal_name
    form.sheba, form.sheba_owner, form.mobile = who.sheba, who.sheba_owner, mobile
    form.who_at = at
    db.session.flush()
    return ask_matches(form, at)


def save_address(application_id: int, address: StoreAddress, actor: Actor, at: datetime) -> None:
    """Keeps the store's address. Raises Invalid('unknown_province')."""
    form = editable_form(application_id, at)
    province = province_by_name(address.province)
    if province is None:
        raise Invalid("bad_application", fields={"province": "unknown_province"})
    store = _store_of(application_id)
    store.province_id, store.city_fa = province.id, address.city
    store.city_en = city_en(province.id, address.city)
    store.address, store.postal_code, store.phone = address.address, address.postal_code, address.phone
    form.address_at = at


def save_categories(application_id: int, slugs: list[str], actor: Actor, at: datetime) -> None:
    """Keeps one to three categories, the first the main one, by which places are counted."""
    form = editable_form(application_id, at)
    known = {row.slug: row.id for row in db.session.execute(select(Category.slug, Category.id))}
    chosen = list(dict.fromkeys(known[name] for name in slugs if name in known))
    if not chosen or len(chosen) > MOST_CATEGORIES:
        code = "too_many_categories" if chosen else "required"
        raise Invalid("bad_application", fields={"categories": code})
    form.category_ids = chosen
    lock_application(application_id).category_id = chosen[0]
    form.categories_at = at


def save_seal(application_id: int, code: str, actor: Actor, at: datetime) -> None:
    """Keeps the seal's code, which must be of this store and its domain.

    Raises Invalid: seal_unknown, seal_of_another, seal_other_domain, seal_revoked, seal_expired.
    """
    form = editable_form(application_id, at)
    store = _store_of(application_id)
    seal = db.session.scalar(select(Seal).where(Seal.code == code))
    wrong = "seal_unknown" if code else "required"
    if seal is not None:
        wrong = (
            "seal_of_another"
            if seal.store_id != store.id
            else "seal_other_domain"
            if seal.domain != store.domain
            else "seal_revoked"
            if seal.state is SealState.revoked
            else "seal_expired"
            if seal.state is SealState.expired or (seal.valid_until is not None and at >= seal.valid_until)
            else ""
        )
    if wrong:
        raise Invalid("bad_application", fields={"seal_code": wrong})
    form.seal_code, form.seal_at = code, at


def save_licence(application_id: int, licence: Licence, actor: Actor, at: datetime) -> None:
    """Keeps the union licence. Raises Invalid('licence_of_another', 'licence_expired')."""
    form = editable_form(application_id, at)
    known = db.session.scalar(select(UnionLicence).where(UnionLicence.number == licence.number))
    if known is not None and known.store_id != _store_of(application_id).id:
        raise Invalid("bad_application", fields={"licence_number": "licence_of_another"})
    if known is not None and at >= known.valid_until:
        raise Invalid("bad_application", fields={"licence_number": "licence_expired"})
    form.licence_number = licence.number
    form.licence_from_on, form.licence_until_on, form.licence_at = licence.from_on, licence.until_on, at


def agree_to_clearance(application_id: int, is_agreed: bool, actor: Actor, at: datetime) -> None:
    """The applicant agrees that the police is asked about them. Raises Invalid without the tick."""
    form = editable_form(application_id, at)
    if not is_agreed:
        raise Invalid("bad_application", fields={"agreed": "consent_needed"})
    form.clearance_at = form.clearance_at or at


def save_hard_hit(application_id: int, told: HardHit, actor: Actor, at: datetime) -> None:
    """Keeps the declared fall in sales, or that there is none."""
    form = editable_form(application_id, at)
    form.is_hard_hit, form.fall_percent, form.fall_story = told.is_declared, told.fall_percent, told.story
    form.hard_hit_at = at


def declare_health(application_id: int, answers: list[str], actor: Actor, at: datetime) -> None:
    """Keeps the store's own word on each guideline group. Raises Invalid unless all are ticked."""
    form = editable_form(application_id, at)
    missing = [question for question in HEALTH_QUESTIONS if question not in answers]
    if missing:
        raise Invalid("bad_application", fields={f"health-{question}": "tick_needed" for question in missing})
    form.health_answers, form.health_at = list(HEALTH_QUESTIONS), at


def editable_form(application_id: int, at: datetime) -> ApplicationForm:
    """The form of an application that is in the store's hands, its row locked.

    Raises ApplicationLocked, ApplicationsClosed, WrongApplicationStep("revision_over").
    """
    application = lock_application(application_id)
    if application.state not in EDITABLE or untold_step(application) is not None:
        raise ApplicationLocked()
    festival = db.session.get_one(Festival, application.festival_id)
    if application.state is ApplicationState.draft and not is_open(festival, at):
        raise ApplicationsClosed()
    if application.due_at is not None and at > application.due_at:
        raise WrongApplicationStep("revision_over")
    return form_of(application_id)


def _store_of(application_id: int) -> Store:
    found = db.session.scalar(
        select(Store)
        .join(Application, Application.store_id == Store.id)
        .where(Application.id == application_id)
        .with_for_update(of=Store)
    )
    if found is None:
        raise NotFound()
    return found
