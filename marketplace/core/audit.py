"""The audit log: every act of staff and of rules, chained by hash so that a changed row is found and named.

An entry says who did what under which role, when, from where, why, and what the rows were before and after. It holds no
secret and no whole personal data: see `core.masking` and `core.changes`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import click
from flask import has_request_context, request
from sqlalchemy import insert, select, text

from marketplace.core.bulk import insert_many
from marketplace.core.changes import Change, take_changes, told
from marketplace.core.db import db, is_sqlite
from marketplace.core.masking import masked, short_name, without_persons
from marketplace.core.models import AuditEntry

ZERO = "0" * 64
CHAIN_LOCK = 7_301
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
PRIVATE = frozenset({"shopper", "store", "guest"})
"""Roles of people who are no officials."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person under a role, or the platform itself (`SYSTEM`)."""

    id: int | None
    role: str
    label: str


SYSTEM = Actor(None, "system", "system")


def record(
    actor: Actor,
    action: str,
    subject: str,
    at: datetime,
    *,
    before: Any = None,
    after: Any = None,
    **details: Any,
) -> None:
    """Appends one entry; `subject` reads `store:17`. Call it inside the unit of the act, after what it changes.

    Rows that the session changed since the last entry are told by themselves; `before` and `after` tell by field (a
    mapping each) what a plain UPDATE changed of the subject.
    """
    changes = [*take_changes(), *_given(subject, before or {}, after or {})]
    entry = AuditEntry(**_facts(actor, Act(action, subject, details, changes), at))
    entry.hash = seal(_last_hash(), entry)
    db.session.add(entry)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class Act:
    """One of several entries that are appended at once; what each field is stands at `record`."""

    action: str
    subject: str
    details: Mapping[str, Any]
    changes: Sequence[Change] = ()


def record_all(actor: Actor, acts: Sequence[Act], at: datetime) -> None:
    """Appends several entries in two statements, however many they are; inside the unit of the acts.

    Each tells its own changes; what else the session heard since the last entry stands in the first of them.
    """
    if not acts:
        return
    named = {change[0] for act in acts for change in act.changes}
    others = [change for change in take_changes() if change[0] not in named]
    acts = [replace(acts[0], changes=[*acts[0].changes, *others]), *acts[1:]]
    rows, before = [], _last_hash()
    for act in acts:
        facts = _facts(actor, act, at)
        before = facts["hash"] = seal(before, AuditEntry(**facts))
        rows.append(facts)
    insert_many(insert(AuditEntry), rows)


def _last_hash() -> str:
    """The chain's end, which nobody else may lengthen until this unit ends."""
    if not is_sqlite():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": CHAIN_LOCK})
    return db.session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or ZERO


def _facts(actor: Actor, act: Act, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "actor_id": actor.id,
        "actor_role": actor.role,
        "actor_label": _label(actor),
        "action": act.action,
        "subject": act.subject,
        "details": without_persons(json.loads(json.dumps(act.details))),
        "place": _place(actor),
        "changes": list(act.changes),
        "hash": "",
    }


def _given(subject: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    return [[subject, name, _code(before.get(name)), _code(after.get(name))] for name in {**before, **after}]


def _code(value: Any) -> Any:
    """What a verb tells by hand: a code, as of a state, is kept; other words are not."""
    return value if isinstance(value, str) and CODE.fullmatch(value) else told(value)


def _label(actor: Actor) -> str:
    """Officials by their name; of a store's people enough for their colleagues; a shopper by id alone."""
    if actor.role == "shopper":
        return ""
    return short_name(actor.label) if actor.role in PRIVATE else masked(actor.label)


def _place(actor: Actor) -> str:
    """From where: `web 203.0.113.7`, of people who are no officials their network alone; `command sweep`; `inside`."""
    if not has_request_context():
        command = click.get_current_context(silent=True)
        return f"command {command.info_name}" if command is not None else "inside"
    door = "api" if request.path.startswith("/api/") else "web"
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return door
    if actor.role not in PRIVATE:
        return f"{door} {address}"
    return f"{door} {ip_network(f'{address}/{24 if address.version == 4 else 48}', strict=False)}"


def seal(before: str, entry: AuditEntry) -> str:
    """SHA-256 over the hash before and the entry's facts in canonical JSON.

    Entries from before places were told are sealed without the last two facts.
    """
    facts: list[Any] = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_role,
        entry.actor_label,
        entry.action,
        entry.subject,
        entry.details,
    ]
    if entry.place is not None:
        facts += [entry.place, entry.changes]
    body = json.dumps([before, *facts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def broken_entries() -> Iterator[int]:
    """Ids of entries that do not fit the chain; none when the log is whole."""
    before = ZERO
    for entry in db.session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)
    ):
        if seal(before, entry) != entry.hash:
            yield entry.id
        before = entry.hash
