"""The port to an outside registry of seals and union licences.

`GET {REGISTRY_URL}/seals/<code>` answers `{code, state, domain, stars, valid_until}` with the header
`Registry-Signature: t=<seconds>,v1=<signature of "t.body">`, or 404 for a code that it does not know; of a licence
`GET {REGISTRY_URL}/licences/<number>` the same with `code`, `state` and `valid_until`. What it said is
kept with its moment. When it is away, or its answer is not signed by it, the last known state stays and its age shows;
nothing is ever called valid for want of an answer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import literal, or_, select

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.stores.case_models import RegistryAnswer
from marketplace.stores.gateways.registry_service import Told, fetch
from marketplace.stores.models import LicenceState, Seal, SealState, UnionLicence

ASK = "ask-registry"
ASK_AGAIN = timedelta(hours=24)
BATCH = 40
LICENCE = "licence:"
"""Before a licence's number where a seal would have its code: no code of a seal has a colon."""
_CODE = re.compile(r"[A-Za-z0-9-]{1,40}")


def registry_answer(code: str) -> RegistryAnswer | None:
    """The last word of the registry on a seal's code, or on `licence:` and a number."""
    return db.session.scalars(select(RegistryAnswer).where(RegistryAnswer.code == code)).one_or_none()


def ask_registry(code: str, at: datetime) -> int:
    """Has the registry asked about a seal's code, or about `licence:` and a number; gives the errand's id.

    Once a minute for each.
    """
    minute = at.replace(second=0, microsecond=0).isoformat()
    return enqueue(ASK, {"code": code}, key=f"{ASK}:{code}:{minute}", at=at)


def ask_registry_again(at: datetime) -> int:
    """Sweep: seals and licences that stand, of which the registry was not asked for a day, are asked about, the longest
    waiting first.

    Without the setting nobody is asked. Gives the number of questions; run in a unit of work.
    """
    if not current_app.config["SETTINGS"].registry_url:
        return 0
    seals = select(Seal.code).where(Seal.state.in_((SealState.active, SealState.suspended)))
    number = literal(LICENCE).concat(UnionLicence.number)
    licences = select(number).where(UnionLicence.state.in_((LicenceState.active, LicenceState.suspended)))
    asked = 0
    for standing, code, key in ((seals, Seal.code, Seal.id), (licences, number, UnionLicence.id)):
        waiting = (
            standing.outerjoin(RegistryAnswer, RegistryAnswer.code == code)
            .where(or_(RegistryAnswer.id.is_(None), RegistryAnswer.tried_at <= at - ASK_AGAIN))
            .order_by(RegistryAnswer.tried_at, key)
            .limit(BATCH)
        )
        for one in db.session.scalars(waiting).all():
            ask_registry(one, at)
            asked += 1
    return asked


def _prepare(payload: dict[str, Any]) -> tuple[str, str, str, str] | None:
    settings = current_app.config["SETTINGS"]
    code = payload["code"].removeprefix(LICENCE)
    if not settings.registry_url or not _CODE.fullmatch(code):
        return None
    book = "licences" if payload["code"].startswith(LICENCE) else "seals"
    return settings.registry_url, settings.registry_key, book, code


def _call(question: tuple[str, str, str, str], patience: float) -> Told:
    return fetch(*question, patience)


def _record(payload: dict[str, Any], told: Told | None, at: datetime) -> None:
    if told is None:
        return
    row = registry_answer(payload["code"])
    if row is None:
        row = RegistryAnswer(code=payload["code"], tried_at=at)
        db.session.add(row)
    row.tried_at, row.problem = at, told.problem
    if told.problem is None:
        row.state, row.domain, row.stars = told.state, told.domain, told.stars
        row.valid_until, row.fetched_at = told.valid_until, at


JOB_KINDS = (JobKind(ASK, prepare=_prepare, call=_call, record=_record, max_attempts=2),)
