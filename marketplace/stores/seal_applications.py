"""A store asks for a seal or its renewal; the seal centre grants or refuses. The inquiry on the person is a part of it.

Nothing is granted before the domain is proven and the clearance is clear.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import exists, select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid, Reason
from marketplace.core.unit_of_work import on_violation
from marketplace.policy.policy import policy_at
from marketplace.stores.case_models import SealApplication, SealApplicationKind, SealApplicationState
from marketplace.stores.clearances import ask_for_clearance, is_clear
from marketplace.stores.errors import ApplicationOpen, SealNotReady, TooEarlyAgain, WrongPaperState
from marketplace.stores.inputs import SealWish, Stated
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.models import LegalForm, Seal, SealState, Store, StoreHolder
from marketplace.stores.notices import tell_application
from marketplace.stores.paper_queries import (
    holder_of,
    lock_seal,
    lock_seal_application,
    open_application_of,
    seal_of_store,
)
from marketplace.stores.rules import may_apply_again_from
from marketplace.stores.seals import issue_seal, renew_seal, write_change

on_violation("uq_seal_applications_open", ApplicationOpen)
KIND_OF = {
    None: SealApplicationKind.first,
    SealState.applied: SealApplicationKind.first,
    SealState.active: SealApplicationKind.renewal,
    SealState.expired: SealApplicationKind.renewal,
    SealState.revoked: SealApplicationKind.again,
}
REISSUED = {SealApplicationKind.first: "issued", SealApplicationKind.again: "reissued"}


def apply_for_seal(
    store_id: int, person_id: int, wish: SealWish, actor: Actor, at: datetime
) -> SealApplication:
    """Opens the application, and has the inquiry on the person queued unless it is clear.

    Raises ApplicationOpen; WrongPaperState for a suspended seal, whose case comes first; TooEarlyAgain within six
    months of a revocation; Invalid for a domain that another store holds.
    """
    if open_application_of(store_id) is not None:
        raise ApplicationOpen()
    seal = seal_of_store(store_id)
    state = seal.state if seal else None
    if state is SealState.suspended:
        raise WrongPaperState(params={"state": state})
    _ensure_domain_free(wish.domain, store_id)
    if seal is not None and state is SealState.revoked:
        _ensure_late_enough(seal, at)
    kind = KIND_OF[state]
    if seal is None or state is SealState.revoked:
        _put_applied(store_id, seal, wish.domain, actor, at)
    application = SealApplication(
        store_id=store_id,
        applicant_id=person_id,
        kind=kind,
        state=SealApplicationState.open,
        domain=wish.domain,
        token=secrets.token_hex(16),
        note=wish.note,
        consent_at=at,
        submitted_at=at,
    )
    db.session.add(application)
    db.session.flush()
    _keep_national_id(store_id, wish.national_id)
    ask_for_clearance(store_id, person_id, actor, at)
    record(actor, "apply_for_seal", f"store:{store_id}", at, domain=wish.domain, kind=kind.value)
    return application


def withdraw_application(store_id: int, actor: Actor, at: datetime) -> SealApplication:
    """The store takes its open application back. Raises WrongPaperState."""
    known = open_application_of(store_id)
    if known is None:
        raise WrongPaperState()
    application = lock_seal_application(known.id)
    _decide(application, SealApplicationState.withdrawn, "store_asked", "", actor, at)
    record(actor, "withdraw_seal_application", f"store:{store_id}", at)
    return application


def reasons_against_grant(application: SealApplication, at: datetime) -> tuple[Reason, ...]:
    """All that is missing before the seal can be issued."""
    reasons = []
    if application.proven_at is None:
        reasons.append(Reason("domain_not_proven"))
    if not is_clear(application.store_id, at):
        reasons.append(Reason("clearance_not_clear"))
    return tuple(reasons)


def grant_application(application_id: int, stars: int, actor: Actor, at: datetime) -> Seal:
    """Issues or renews the seal with these stars. Raises OwnStore, WrongPaperState, SealNotReady with all reasons."""
    application = _open_for(application_id, actor)
    reasons = reasons_against_grant(application, at)
    if reasons:
        raise SealNotReady(reasons=reasons)
    _ensure_domain_free(application.domain, application.store_id)
    if application.kind is SealApplicationKind.renewal:
        seal = renew_seal(application.store_id, actor, at, stars=stars)
        seal.domain = application.domain
    else:
        reason = REISSUED[application.kind]
        seal = issue_seal(application.store_id, application.domain, stars, actor, at, reason)
    _decide(application, SealApplicationState.granted, "granted", "", actor, at)
    db.session.get_one(Store, application.store_id).domain = application.domain
    return seal


def refuse_application(application_id: int, reason: Stated, actor: Actor, at: datetime) -> SealApplication:
    """The seal centre says no, with its reason; the store may apply again. Raises OwnStore, WrongPaperState."""
    application = _open_for(application_id, actor)
    _decide(application, SealApplicationState.refused, reason.code, reason.text, actor, at)
    subject = f"store:{application.store_id}"
    record(actor, "refuse_seal_application", subject, at, application=application.id, reason=reason.code)
    tell_application(application.store_id, "seal_refused", {}, str(application.id), at)
    return application


def _open_for(application_id: int, actor: Actor) -> SealApplication:
    application = lock_seal_application(application_id)
    ensure_disinterested(actor, application.store_id)
    if application.state is not SealApplicationState.open:
        raise WrongPaperState(params={"state": application.state})
    return application


def _decide(
    application: SealApplication,
    state: SealApplicationState,
    reason_code: str,
    reason_text: str,
    actor: Actor,
    at: datetime,
) -> None:
    application.state, application.decided_at, application.decided_by_id = state, at, actor.id
    application.reason_code, application.reason_text = reason_code, reason_text
    db.session.flush()


def _put_applied(store_id: int, seal: Seal | None, domain: str, actor: Actor, at: datetime) -> None:
    if seal is None:
        seal = Seal(store_id=store_id, code=_new_code(), domain=domain, stars=0, state=SealState.applied)
        db.session.add(seal)
        write_change(seal, (None, None), "applied", "", actor, at)
        return
    seal = lock_seal(store_id)
    before = (seal.state, seal.stars)
    seal.state, seal.stars = SealState.applied, 0
    write_change(seal, before, "applied_again", "", actor, at)


def _new_code() -> str:
    """Eight digits that no other seal has."""
    while True:
        code = str(10_000_000 + secrets.randbelow(90_000_000))
        if not db.session.scalar(select(exists().where(Seal.code == code))):
            return code


def _ensure_domain_free(domain: str, store_id: int) -> None:
    bare = domain.removeprefix("www.")
    holds = exists().where(
        Seal.store_id != store_id,
        Seal.domain.in_((bare, f"www.{bare}")),
        Seal.state.in_((SealState.active, SealState.suspended)),
    )
    if db.session.scalar(select(holds)):
        raise Invalid("bad_seal_application", fields={"domain": "domain_taken"})


def _ensure_late_enough(seal: Seal, at: datetime) -> None:
    revoked_at = seal.revoked_at or seal.valid_until
    if revoked_at is None:
        return
    opens_at = may_apply_again_from(revoked_at, policy_at(at).seal_again_months)
    if at < opens_at:
        raise TooEarlyAgain()


def _keep_national_id(store_id: int, national_id: str) -> None:
    holder = holder_of(store_id)
    if holder is None:
        db.session.add(StoreHolder(store_id=store_id, legal_form=LegalForm.natural, national_id=national_id))
    elif holder.national_id is None:
        holder.national_id = national_id
    elif holder.national_id != national_id:
        raise Invalid("bad_seal_application", fields={"national_id": "other_national_id"})
