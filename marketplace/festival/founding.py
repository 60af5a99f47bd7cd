"""The beginning: a draft of a store, and the store itself where a person has none yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.text import slug, sort_key
from marketplace.festival.application_errors import ApplicationsClosed, AppliedAlready
from marketplace.festival.application_inputs import NewStore
from marketplace.festival.application_models import ApplicationForm
from marketplace.festival.application_queries import application_of_store, is_open, lock_person, owned_store
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.policy.models import City
from marketplace.policy.tariffs import province_by_name
from marketplace.stores.models import MemberRole, Seal, SealState, Store, StoreMember


def start_application(
    festival_id: int, new_store: NewStore | None, actor: Actor, at: datetime
) -> Application:
    """Begins a store's draft in an edition; without a store `new_store` founds one with this person as its owner.

    Raises ApplicationsClosed, AppliedAlready, Invalid for an unknown province or a missing store.
    """
    festival = db.session.get(Festival, festival_id)
    if festival is None or not is_open(festival, at):
        raise ApplicationsClosed()
    person_id = _person(actor)
    lock_person(person_id)
    store_id = owned_store(person_id)
    if store_id is None:
        if new_store is None:
            raise Invalid("bad_application", fields={"name_fa": "required"})
        store_id = _found_store(new_store, person_id, actor, at)
    elif application_of_store(store_id, festival_id) is not None:
        raise AppliedAlready()
    application = Application(
        festival_id=festival_id, store_id=store_id, state=ApplicationState.draft, reasons=[]
    )
    db.session.add(application)
    db.session.flush()
    db.session.add(ApplicationForm(application_id=application.id, category_ids=[], health_answers=[]))
    record(actor, "start_application", f"application:{application.id}", at, store=store_id)
    return application


def _found_store(new: NewStore, person_id: int, actor: Actor, at: datetime) -> int:
    province = province_by_name(new.province)
    if province is None:
        raise Invalid("bad_application", fields={"province": "unknown_province"})
    if new.domain is not None and db.session.scalar(
        select(Seal.id).where(Seal.domain == new.domain, Seal.state == SealState.active).limit(1)
    ):
        raise Invalid("bad_application", fields={"domain": "domain_taken"})
    store = Store(
        slug=_free_slug(slug(new.name_en or new.name_fa)),
        kind=new.kind,
        name_fa=new.name_fa,
        name_en=new.name_en or new.name_fa,
        sort_key=sort_key(new.name_fa),
        manager_name=actor.label,
        province_id=province.id,
        city_fa=new.city,
        city_en=city_en(province.id, new.city),
        address="",
        postal_code="",
        phone="",
        domain=new.domain,
        founded_on=new.founded_on,
        created_at=at,
    )
    db.session.add(store)
    db.session.flush()
    db.session.add(StoreMember(store_id=store.id, person_id=person_id, role=MemberRole.owner, joined_at=at))
    record(actor, "found_store", f"store:{store.id}", at)
    return store.id


def _free_slug(wanted: str) -> str:
    """The slug, or with the first free number behind it; the constraint has the last word."""
    taken = set(db.session.scalars(select(Store.slug).where(Store.slug.startswith(wanted, autoescape=True))))
    free = (
        name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )
    return next(free)


def city_en(province_id: int, city: str) -> str:
    """The English name of a city, or the name itself."""
    known = db.session.scalar(
        select(City.name_en).where(City.province_id == province_id, City.name_fa == city)
    )
    return known or city


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise NotFound()
    return actor.id
