"""What a store sees of its seal, its application, its licence and the outcome of its clearance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.db import db
from marketplace.core.errors import Reason
from marketplace.core.language import current_language
from marketplace.files.evidence import evidence_of
from marketplace.files.models import EvidenceFile
from marketplace.policy.policy import policy_at
from marketplace.stores.case_models import ProofMethod, SealApplication, SealApplicationState, SealHistory
from marketplace.stores.clearances import holds, may_renew, objection_until
from marketplace.stores.models import Clearance, ClearanceState, Seal, SealState, Store, UnionLicence
from marketplace.stores.paper_queries import (
    clearance_of_store,
    history_of_seal,
    holder_of,
    licence_of_store,
    newest_application_of,
    seal_of_store,
)
from marketplace.stores.proof import FILE_PATH, RECORD_LABEL, meta_tag, record_value
from marketplace.stores.rules import may_apply_again_from
from marketplace.stores.seal_applications import reasons_against_grant

PENDING = frozenset({ClearanceState.queued, ClearanceState.asked, ClearanceState.objected})


@dataclass(frozen=True, slots=True)
class ProofShown:
    """One way to prove the domain: what to put where."""

    method: str
    place: str
    value: str


@dataclass(frozen=True, slots=True)
class ClearanceShown:
    """The outcome and no more; the category is for the person alone whom the inquiry was about.

    `is_renewal`: an earlier clear answer holds while it is asked for anew.
    """

    state: str
    is_pending: bool
    valid_until: datetime | None
    may_object_until: datetime | None
    needs_information: bool
    may_renew: bool
    is_renewal: bool
    category: str | None


@dataclass(frozen=True, slots=True)
class SealPage:
    """The page `/panel/seal`. `apply`: may an application be made now, and of which kind (None: no)."""

    store_name: str
    seal: Seal | None
    seal_state: str
    licence: UnionLicence | None
    clearance: ClearanceShown | None
    application: SealApplication | None
    is_open: bool
    proofs: tuple[ProofShown, ...]
    missing: tuple[Reason, ...]
    files: Sequence[EvidenceFile]
    history: Sequence[SealHistory]
    apply: str | None
    apply_from: datetime | None
    has_national_id: bool
    domain: str


def show_seal_page(store_id: int, person_id: int, at: datetime) -> SealPage:
    """All that the store may know of its papers."""
    store = db.session.get_one(Store, store_id)
    seal, application = seal_of_store(store_id), newest_application_of(store_id)
    is_open = application is not None and application.state is SealApplicationState.open
    apply, apply_from = _may_apply(seal, is_open, at)
    subject = f"seal-application:{application.id}" if application else ""
    holder = holder_of(store_id)
    return SealPage(
        store_name=store.name_fa if current_language() == "fa" else store.name_en,
        seal=seal,
        seal_state=_state(seal, at),
        licence=licence_of_store(store_id),
        clearance=_clearance(clearance_of_store(store_id), person_id, at),
        application=application,
        is_open=is_open,
        proofs=_proofs(application) if application is not None and is_open else (),
        missing=reasons_against_grant(application, at) if application is not None and is_open else (),
        files=evidence_of([subject])[subject] if subject else [],
        history=history_of_seal(seal.id) if seal else [],
        apply=apply,
        apply_from=apply_from,
        has_national_id=holder is not None and holder.national_id is not None,
        domain=(seal.domain if seal and seal.domain else store.domain) or "",
    )


def _state(seal: Seal | None, at: datetime) -> str:
    if seal is None:
        return "none"
    is_over = seal.state is SealState.active and seal.valid_until is not None and at >= seal.valid_until
    return SealState.expired.value if is_over else seal.state.value


def _may_apply(seal: Seal | None, is_open: bool, at: datetime) -> tuple[str | None, datetime | None]:
    if is_open or (seal is not None and seal.state is SealState.suspended):
        return None, None
    if seal is None or seal.state is SealState.applied:
        return "first", None
    if seal.state is not SealState.revoked:
        return "renewal", None
    revoked_at = seal.revoked_at or seal.valid_until
    opens_at = may_apply_again_from(revoked_at, policy_at(at).seal_again_months) if revoked_at else at
    return ("again", None) if opens_at <= at else (None, opens_at)


def _clearance(clearance: Clearance | None, person_id: int, at: datetime) -> ClearanceShown | None:
    if clearance is None:
        return None
    may_object_until = None
    if clearance.state is ClearanceState.adverse and clearance.answered_at is not None:
        limit = objection_until(clearance.answered_at, policy_at(at))
        may_object_until = limit if at <= limit else None
    return ClearanceShown(
        state=clearance.state.value,
        is_pending=clearance.state in PENDING,
        valid_until=clearance.valid_until,
        may_object_until=may_object_until,
        needs_information=clearance.state is ClearanceState.more_information,
        may_renew=may_renew(clearance, at),
        is_renewal=clearance.state is not ClearanceState.clear
        and holds(clearance.state, clearance.valid_until, at),
        category=clearance.reason_category if clearance.person_id == person_id else None,
    )


def _proofs(application: SealApplication) -> tuple[ProofShown, ...]:
    domain, token = application.domain, application.token
    return (
        ProofShown(ProofMethod.dns.value, f"{RECORD_LABEL}.{domain}", record_value(token)),
        ProofShown(ProofMethod.file.value, f"https://{domain}{FILE_PATH}", token),
        ProofShown(ProofMethod.meta.value, f"https://{domain}/", meta_tag(token)),
    )
