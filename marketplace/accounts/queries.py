"""Reading people, their sessions, codes, roles and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import bindparam, case, func, select, text
from sqlalchemy.orm import aliased

from marketplace.accounts.devices import device_of
from marketplace.accounts.models import (
    ApprovalRow,
    ApprovalState,
    OneTimeCode,
    Person,
    Role,
    RoleGrant,
    SignInSession,
)
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.shown import (
    Approval,
    CodeFacts,
    GrantFacts,
    PersonFacts,
    SessionFacts,
    SignInFacts,
)
from marketplace.core.db import AnyRow, AnySelect, db, is_sqlite
from marketplace.core.ready import Ready

MOBILE_LOCK = 7_302
_FACTS = (
    Person.id,
    Person.mobile,
    Person.given_name,
    Person.surname,
    Person.email,
    Person.language,
    Person.created_at,
    Person.disabled_at,
)
_PERSON = Ready(select(*_FACTS).where(Person.id == bindparam("person")))
_PEOPLE = Ready(
    select(*_FACTS).where(Person.id.in_(bindparam("people", expanding=True, type_=Person.id.type)))
)
_BY_MOBILE = select(*_FACTS).where(Person.mobile == bindparam("mobile"))
_SIGN_IN = select(Person.id, Person.password_hash).where(Person.mobile == bindparam("mobile"))
_LIVE_ROLES = (
    select(RoleGrant.role, RoleGrant.granted_at)
    .where(RoleGrant.person_id == bindparam("person"), RoleGrant.ended_at.is_(None))
    .order_by(RoleGrant.id)
)


def person(person_id: int) -> PersonFacts | None:
    """A person by id."""
    row = _PERSON.first(person=person_id)
    return PersonFacts(*row) if row else None


def people(person_ids: Iterable[int]) -> dict[int, PersonFacts]:
    """Some people by id, in one statement."""
    rows = _PEOPLE.all(people=list(set(person_ids)))
    return {row.id: PersonFacts(*row) for row in rows}


def person_by_mobile(mobile: str) -> PersonFacts | None:
    """A person by mobile, as `09xxxxxxxxx`."""
    row = db.session.execute(_BY_MOBILE, {"mobile": mobile}).first()
    return PersonFacts(*row) if row else None


def sign_in_facts(mobile: str) -> SignInFacts | None:
    """Id and password hash behind a mobile."""
    row = db.session.execute(_SIGN_IN, {"mobile": mobile}).first()
    return SignInFacts(*row) if row else None


def live_roles(person_id: int) -> list[GrantFacts]:
    """Roles that a person holds now, the oldest first."""
    return [
        GrantFacts(Role(row.role), row.granted_at)
        for row in db.session.execute(_LIVE_ROLES, {"person": person_id})
    ]


def people_with_role(role: Role) -> list[int]:
    """Ids of the people who hold a role now and are not disabled."""
    return list(
        db.session.scalars(
            select(RoleGrant.person_id)
            .join(Person, Person.id == RoleGrant.person_id)
            .where(RoleGrant.role == role, RoleGrant.ended_at.is_(None), Person.disabled_at.is_(None))
            .order_by(RoleGrant.person_id)
        )
    )


def sessions_of(person_id: int, at: datetime, this_secret: str | None = None) -> list[SessionFacts]:
    """Live sign-ins of a person, the newest first; those left alone for too long are over."""
    this = secret_hash(this_secret) if this_secret else ""
    edges = current_app.config["SETTINGS"].idle.edges(at)
    idle_from = edges["desk_idle_from" if live_roles(person_id) else "idle_from"]
    rows = db.session.execute(
        select(
            SignInSession.id,
            SignInSession.created_at,
            SignInSession.expires_at,
            SignInSession.user_agent,
            SignInSession.token_hash,
            SignInSession.network,
            SignInSession.last_used_at,
        )
        .where(
            SignInSession.person_id == person_id,
            SignInSession.waits_for_second.is_(False),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > at,
        )
        .order_by(SignInSession.id.desc())
    )
    return [
        SessionFacts(
            r.id,
            r.created_at,
            r.expires_at,
            device_of(r.user_agent),
            r.token_hash == this,
            r.network,
            r.last_used_at or r.created_at,
        )
        for r in rows
        if (r.last_used_at or r.created_at) > idle_from
    ]


def person_of_second_step(secret: str, at: datetime) -> int | None:
    """Whose sign-in waits for the second factor under this name."""
    return db.session.scalar(
        select(SignInSession.person_id)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == secret_hash(secret),
            SignInSession.waits_for_second.is_(True),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > at,
            Person.disabled_at.is_(None),
        )
    )


def agents_of(person_id: int) -> set[str]:
    """What the browsers called themselves with which a person signed in, as long as sessions are kept."""
    found = select(SignInSession.user_agent).where(
        SignInSession.person_id == person_id, SignInSession.waits_for_second.is_(False)
    )
    return set(db.session.scalars(found.distinct()))


def lock_mobile(mobile: str) -> None:
    """Makes units about one mobile wait for each other, whether or not somebody has it yet."""
    if not is_sqlite():
        db.session.execute(
            text("SELECT pg_advisory_xact_lock(:kind, hashtext(:mobile))"),
            {"kind": MOBILE_LOCK, "mobile": mobile},
        )


def lock_person(person_id: int) -> Person | None:
    """A person's row, locked until the unit ends."""
    return db.session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def code_moments(mobile: str, since: datetime) -> Sequence[datetime]:
    """When codes were sent to a mobile after a moment, the oldest first."""
    return list(
        db.session.scalars(
            select(OneTimeCode.sent_at)
            .where(OneTimeCode.mobile == mobile, OneTimeCode.sent_at > since)
            .order_by(OneTimeCode.sent_at, OneTimeCode.id)
        )
    )


def wrong_guesses(mobile: str, at: datetime) -> int:
    """Wrong codes typed for a mobile within the last day."""
    right = func.sum(case((OneTimeCode.used_at.is_not(None), 1), else_=0))
    count = db.session.scalar(
        select(func.sum(OneTimeCode.tries) - right).where(
            OneTimeCode.mobile == mobile, OneTimeCode.sent_at > at - timedelta(days=1)
        )
    )
    return int(count or 0)


def code_of_request(request_secret: str) -> CodeFacts | None:
    """The code that a browser asked for."""
    row = db.session.execute(
        select(
            OneTimeCode.id, OneTimeCode.mobile, OneTimeCode.expires_at, OneTimeCode.tries, OneTimeCode.used_at
        ).where(OneTimeCode.request_hash == secret_hash(request_secret))
    ).first()
    return CodeFacts(*row) if row else None


def roles_now(person_id: int) -> frozenset[Role]:
    """The roles that a person holds now; none for a disabled one."""
    facts = person(person_id)
    if facts is None or facts.is_disabled:
        return frozenset()
    return frozenset(grant.role for grant in live_roles(person_id))


def approval(approval_id: int) -> Approval | None:
    """One proposal that needs a second person, by id."""
    row = db.session.execute(_approvals().where(ApprovalRow.id == approval_id)).first()
    return _approval(row) if row else None


def approvals_waiting(action: str | None = None) -> list[Approval]:
    """Open proposals, the one that lapses first at the head."""
    found = _approvals().where(ApprovalRow.state == ApprovalState.proposed)
    if action is not None:
        found = found.where(ApprovalRow.action == action)
    return [
        _approval(row) for row in db.session.execute(found.order_by(ApprovalRow.lapses_at, ApprovalRow.id))
    ]


def approvals_over(most: int) -> list[Approval]:
    """The proposals that ended last, the newest first."""
    found = _approvals().where(ApprovalRow.state != ApprovalState.proposed)
    newest = found.order_by(ApprovalRow.decided_at.desc(), ApprovalRow.id.desc()).limit(most)
    return [_approval(row) for row in db.session.execute(newest)]


def _approvals() -> AnySelect:
    proposer, second = aliased(Person), aliased(Person)
    return (
        select(
            *ApprovalRow.__table__.columns,
            (proposer.given_name + " " + proposer.surname).label("proposed_by"),
            (second.given_name + " " + second.surname).label("decided_by"),
        )
        .join(proposer, proposer.id == ApprovalRow.proposed_by_id)
        .outerjoin(second, second.id == ApprovalRow.decided_by_id)
    )


def _approval(row: AnyRow) -> Approval:
    facts = dict(row._mapping)
    facts["state"] = ApprovalState(facts["state"])
    facts["proposed_by"] = facts["proposed_by"].strip()
    facts["decided_by"] = (facts["decided_by"] or "").strip()
    return Approval(**facts)
