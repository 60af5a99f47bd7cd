"""One effect however often a request is sent: answers kept under the caller's own key.

A row stands for one call: who asked (`actor`), for what (`route`), the key they chose and the SHA-256 of everything
they said. It is written in the very transaction of the work, UNIQUE (actor, route, key) being the last guard, so
that either both stand or neither. The same key and words get the kept answer, byte for byte; other words are
refused with 422; a call whose answer is not known yet is refused with 409. A refusal writes nothing: its key is
free again. Kept answers are forgotten after 60 days.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import Table, bindparam, delete, func, select, update

from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Conflict, Invalid, Malformed
from marketplace.core.models import KeptAnswer
from marketplace.core.ready import Ready, adding
from marketplace.core.unit_of_work import on_violation

LONGEST_KEY = 255
KEPT_DAYS = 60
RUNNING = 0
"""The status of a call whose work is committed and whose answer is still being found out."""
_TURN = "kept-answer"
_IS_ASKED = (
    KeptAnswer.actor == bindparam("actor"),
    KeptAnswer.route == bindparam("route"),
    KeptAnswer.key == bindparam("key"),
)
_KEPT = Ready(select(KeptAnswer.body_hash, KeptAnswer.status, KeptAnswer.body).where(*_IS_ASKED))
_KEEP = adding(KeptAnswer, "actor", "route", "key", "body_hash", "status", "body", "kept_at", tells=False)
_SETTLE = Ready(
    update(cast(Table, KeptAnswer.__table__))
    .where(*_IS_ASKED, KeptAnswer.status == bindparam("was"))
    .values(status=bindparam("new_status"), body=bindparam("new_body"))
)


class KeyMissing(Malformed):
    """A call that moves money came without a key."""

    code = "idempotency_key_missing"


class BadKey(Malformed):
    """A key is 1 to 255 visible ASCII characters."""

    code = "bad_idempotency_key"


class KeyReused(Invalid):
    """This key stands for a call that said something else."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first call with this key is not over; the same one again gets its answer a little later."""

    code = "idempotency_key_running"

    def __init__(self) -> None:
        super().__init__(retry_after=1)


on_violation("uq_kept_answers_actor_route_key", StillRunning)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that carries a key, and the hash of all it says."""

    actor: str
    route: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given to a call."""

    status: int
    body: str

    @property
    def is_running(self) -> bool:
        return self.status == RUNNING


def asked_for(actor: str, route: str, key: str, said: Any) -> Asked:
    """The call of `actor` (`person:7`) at `route` (`POST /orders`) with its key and whatever it says.

    `said` is anything JSON can write; the order of its names does not matter. Raises BadKey.
    """
    if not 0 < len(key) <= LONGEST_KEY or not all("!" <= letter <= "~" for letter in key):
        raise BadKey()
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return Asked(actor, route, key, hashlib.sha256(canonical).hexdigest())


def recall(asked: Asked) -> Kept | None:
    """What was answered to this call before; None for a new one. Raises KeyReused when it said something else."""
    row = _KEPT.first(actor=asked.actor, route=asked.route, key=asked.key)
    if row is None:
        return None
    if row.body_hash != asked.body_hash:
        raise KeyReused()
    return Kept(row.status, row.body)


def begin(asked: Asked) -> Kept | None:
    """Takes this key's turn until the unit ends, then as `recall`. First thing in the unit that does the work.

    Raises StillRunning when another transaction has the turn.
    """
    if not is_sqlite():
        name = f"{_TURN}\n{asked.actor}\n{asked.route}\n{asked.key}"
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))):
            raise StillRunning()
    return recall(asked)


def keep(asked: Asked, status: int, body: str, at: datetime) -> Kept:
    """Keeps the answer of a call, inside the unit of its work."""
    _KEEP.run(
        actor=asked.actor,
        route=asked.route,
        key=asked.key,
        body_hash=asked.body_hash,
        status=status,
        body=body,
        kept_at=at,
    )
    return Kept(status, body)


def keep_running(asked: Asked, at: datetime) -> None:
    """Says, inside the unit of the work, that it is done and its answer follows by `settle`."""
    keep(asked, RUNNING, "", at)


def settle(asked: Asked, status: int, body: str) -> Kept:
    """Gives a running call its answer, inside a unit of its own; what was settled before stands and is given."""
    if _SETTLE.run(
        actor=asked.actor, route=asked.route, key=asked.key, was=RUNNING, new_status=status, new_body=body
    ):
        return Kept(status, body)
    return recall(asked) or Kept(status, body)


def forget_kept_answers(at: datetime) -> int:
    """Deletes answers of more than 60 days ago, inside a unit; gives their number."""
    old = KeptAnswer.kept_at < at - timedelta(days=KEPT_DAYS)
    return len(db.session.scalars(delete(KeptAnswer).where(old).returning(KeptAnswer.id)).all())
