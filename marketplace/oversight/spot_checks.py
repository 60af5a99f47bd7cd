"""Opening a spot check: the list of stores with their weights is published under pseudonyms and signed by two officers
before the randomness exists that picks from it. The files are the lottery's, and its verifier checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from persiantools.jdatetime import JalaliDate
from sqlalchemy import func, insert, select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.core.language import LANGUAGES, t
from marketplace.lottery.draw import Entry
from marketplace.lottery.publishing import (
    canonical,
    draw_document,
    entry_id_of,
    pseudonym_of,
    salt_of,
    signed,
    skip_document,
    summary_of,
)
from marketplace.lottery.sources import sources_at
from marketplace.oversight.counting import pairs
from marketplace.oversight.errors import NothingToPick, SignedAlready, SpotCheckNotOpen
from marketplace.oversight.risk import risk_facts, stores_to_pick
from marketplace.oversight.rules import RISK, risk_of
from marketplace.oversight.watch_models import SpotCheck, SpotCheckEntry, SpotCheckSigner, SpotCheckState
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

SIGNERS = (Role.auditor, Role.seal_officer)


def _title() -> dict[str, str]:
    """What the published list calls itself, in both languages."""
    return {lang: t("spot_check.draw", lang=lang) for lang in LANGUAGES}


def open_spot_check(count: int, planned_at: datetime, actor: Actor, at: datetime) -> SpotCheck:
    """Closes the list of stores that may be visited and publishes it; `count` of them will be picked by the randomness
    of `planned_at`. Raises Invalid (`count`, `planned_at`), NothingToPick.
    """
    wrong, policy = {}, policy_at(at)
    if not 1 <= count <= policy.spot_check_most_stores:
        wrong["count"] = "bad_count"
    least = timedelta(minutes=policy.spot_check_lead_minutes)
    if not at + least <= planned_at <= at + timedelta(days=policy.spot_check_lead_days):
        wrong["planned_at"] = "bad_moment"
    if wrong:
        raise Invalid("bad_spot_check", fields=wrong)
    facts = risk_facts(stores_to_pick(at), policy, at)
    if len(facts) < count:
        raise NothingToPick(params={"count": len(facts)})
    slug, secret = _slug(at), token_bytes(32)
    rows = _rows(slug, secret, {number: dict(risk_of(each, policy, at)) for number, each in facts.items()})
    keys = {role.value: Ed25519PrivateKey.generate() for role in SIGNERS}
    document = draw_document(
        slug,
        _title(),
        summary_of([Entry(row["entry_id"], row["pseudonym"], row["weight"]) for row in rows]),
        prizes=[{"rank": 1, "count": count, "title": _title()}],
        stages=[{"at": _stamp(planned_at), "sources": sources_at(planned_at)}],
        signers={role: key.public_key().public_bytes_raw() for role, key in keys.items()},
        frozen_at=_stamp(at),
        permit=RISK,
    )
    check = SpotCheck(
        slug=slug,
        state=SpotCheckState.frozen,
        picked_count=count,
        frozen_at=at,
        planned_at=planned_at,
        opened_by_id=actor.id,
        manifest=canonical(document).decode(),
        secret=secret.hex(),
        skips=canonical(signed("told", skip_document(slug, 0, []), keys)).decode(),
        typed=[],
    )
    db.session.add(check)
    db.session.flush()
    db.session.execute(insert(SpotCheckEntry), [{**row, "spot_check_id": check.id} for row in rows])
    for role, key in keys.items():
        db.session.add(
            SpotCheckSigner(
                spot_check_id=check.id,
                role=role,
                public_key=key.public_key().public_bytes_raw().hex(),
                private_key=key.private_bytes_raw().hex(),
            )
        )
    db.session.flush()
    record(actor, "open_spot_check", f"spot-check:{slug}", at, picked=count, **document["entries"])
    return check


def sign_spot_check(slug: str, role: Role, actor: Actor, at: datetime) -> None:
    """The auditor, or the seal officer, signs the published list. The second signature can be no first person's.

    Raises NotFound, SpotCheckNotOpen once the moment has come, Forbidden for another role, SignedAlready.
    """
    check = lock_check(slug)
    if check.state is not SpotCheckState.frozen or at >= check.planned_at:
        raise SpotCheckNotOpen()
    if role not in SIGNERS or actor.id is None:
        raise Forbidden("role_needed")
    signers = {signer.role: signer for signer in signers_of(check.id)}
    mine = signers[role.value]
    if mine.signed_at is not None or any(signer.person_id == actor.id for signer in signers.values()):
        raise SignedAlready()
    mine.signature = key_of(mine).sign(check.manifest.encode()).hex()
    mine.person_id, mine.signed_at = actor.id, at
    db.session.flush()
    record(actor, "sign_spot_check", f"spot-check:{slug}", at, role=role.value)


def check_named(slug: str) -> SpotCheck:
    """A spot check by its name. Raises NotFound."""
    found = db.session.scalar(select(SpotCheck).where(SpotCheck.slug == slug))
    if found is None:
        raise NotFound()
    return found


def lock_check(slug: str) -> SpotCheck:
    """The same, for this unit alone."""
    query = select(SpotCheck).where(SpotCheck.slug == slug).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def signers_of(check_id: int) -> list[SpotCheckSigner]:
    """Both officers' keys."""
    query = select(SpotCheckSigner).where(SpotCheckSigner.spot_check_id == check_id)
    return list(db.session.scalars(query.order_by(SpotCheckSigner.role)))


def key_of(signer: SpotCheckSigner) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(signer.private_key))


def salts_of(check: SpotCheck, store_id: int) -> tuple[bytes, bytes]:
    """The salts of a store's pseudonym and entry; told to everybody once its visit is over."""
    secret = bytes.fromhex(check.secret)
    return salt_of(secret, "store", str(store_id)), salt_of(secret, "entry", str(store_id))


def _rows(slug: str, secret: bytes, parts: Mapping[int, Mapping[str, int]]) -> list[dict[str, Any]]:
    """The list in its published order: by opaque ids, which tell nothing of whose they are."""
    slugs = pairs(select(Store.id, Store.slug).where(Store.id.in_(parts)))
    rows = [
        {
            "entry_id": entry_id_of(salt_of(secret, "entry", str(number)), slug, slugs[number]),
            "pseudonym": pseudonym_of(salt_of(secret, "store", str(number)), slug, slugs[number]),
            "weight": sum(each.values()),
            "store_id": number,
            "parts": dict(each),
        }
        for number, each in parts.items()
    ]
    rows.sort(key=lambda row: str(row["entry_id"]))
    return [{**row, "place": place} for place, row in enumerate(rows)]


def _slug(at: datetime) -> str:
    day = JalaliDate(tehran(at).date())
    number = (db.session.scalar(select(func.max(SpotCheck.id))) or 0) + 1
    return f"spot-check-{day.year:04d}{day.month:02d}{day.day:02d}-{number}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
