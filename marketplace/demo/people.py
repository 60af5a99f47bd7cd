"""The demo's people: one or more for each role, with a password and a token, written to a file for whoever tries it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.passwords import password_hash
from marketplace.accounts.people import create_person, grant_role, set_password
from marketplace.accounts.tokens import (
    LONGEST_OFFICE,
    OF_A_DAY,
    OFFICE_SCOPES,
    SCOPES,
    create_token,
    desk_scopes,
)
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.whole_files import write_whole
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.models import Festival, Offer
from marketplace.stores.models import MemberRole, Store, StoreMember

PASSWORD = "nowruz-bazaar-1405"  # noqa: S105
ROLES: tuple[tuple[str, Role | None, str, str], ...] = (
    ("shopper", None, "سارا", "رضایی"),
    ("shopper2", None, "امیر", "کریمی"),
    ("office", Role.office, "مینا", "صادقی"),
    ("office2", Role.office, "بهرام", "نوری"),
    ("seal_officer", Role.seal_officer, "لیلا", "هاشمی"),
    ("seal_officer2", Role.seal_officer, "کاوه", "رستمی"),
    ("clearance_officer", Role.clearance_officer, "نادر", "عباسی"),
    ("clearance_officer2", Role.clearance_officer, "شیرین", "قاسمی"),
    ("health_inspector", Role.health_inspector, "پروین", "یوسفی"),
    ("adjudicator", Role.adjudicator, "هومن", "فرهادی"),
    ("adjudicator2", Role.adjudicator, "مهناز", "طاهری"),
    ("adjudicator3", Role.adjudicator, "سیروس", "کاظمی"),
    ("adjudicator4", Role.adjudicator, "نسرین", "شریفی"),
    ("auditor", Role.auditor, "داریوش", "مرادی"),
)
STORE_PEOPLE = (
    ("store_owner", MemberRole.owner, "پری", "سلطانی"),
    ("store_staff", MemberRole.staff, "نیما", "اکبری"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What one needs to act as a demo person."""

    mobile: str
    password: str
    api_token: str


def add_people(at: datetime) -> dict[str, dict[str, Any]]:
    """Writes the demo's people and gives their credentials by role."""
    hashed = password_hash(PASSWORD)
    found: dict[str, dict[str, Any]] = {}
    number = 0
    with unit_of_work():
        for name, role, given, surname in ROLES:
            number += 1
            person_id, account = _add(number, given, surname, hashed, at, role)
            found[name] = {
                "mobile": account.mobile,
                "password": account.password,
                "api_token": account.api_token,
            }
        slug, store_id = _busiest_store(at)
        for name, member, given, surname in STORE_PEOPLE:
            number += 1
            person_id, account = _add(number, given, surname, hashed, at)
            db.session.add(StoreMember(store_id=store_id, person_id=person_id, role=member, joined_at=at))
            found[name] = {
                "mobile": account.mobile,
                "password": account.password,
                "api_token": account.api_token,
                "store_slug": slug,
            }
    return found


def write_credentials(path: Path, people: dict[str, dict[str, Any]]) -> None:
    """Writes the credentials for whoever tries the demo, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, [(json.dumps(people, ensure_ascii=False, indent=2) + "\n").encode()])


def _add(
    number: int, given: str, surname: str, hashed: str, at: datetime, role: Role | None = None
) -> tuple[int, Account]:
    mobile = f"0912000{number:04d}"
    person_id = create_person(mobile, at, given_name=given, surname=surname)
    set_password(person_id, hashed, at)
    scopes = set(SCOPES) - OFFICE_SCOPES.keys()
    if role is not None:
        grant_role(person_id, role, at)
        scopes |= desk_scopes([role]) - OF_A_DAY
    ends_at = at + LONGEST_OFFICE if role is not None else None
    return person_id, Account(mobile, PASSWORD, create_token(person_id, "demo", scopes, at, ends_at))


def _busiest_store(at: datetime) -> tuple[str, int]:
    """The admitted store with the cheapest offer: a good one to try the threshold with."""
    festival_id = db.session.scalar(select(Festival.id).limit(1))
    row = db.session.execute(
        select(Store.slug, Store.id)
        .join(Offer, Offer.store_id == Store.id)
        .where(Store.id.in_(ADMITTED_STORES), Offer.festival_toman < 100_000, Offer.state == "live")
        .order_by(Offer.popularity.desc(), Store.id)
        .limit(1),
        {"festival": festival_id, "at": at},
    ).one()
    return row.slug, row.id
