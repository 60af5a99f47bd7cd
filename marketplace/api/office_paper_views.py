"""Papers of stores before the seal centre: union licences, stars, revocation cases, and pauses of the clocks."""

from __future__ import annotations

from typing import Any

from flask import request

from marketplace.accounts.access import visitor
from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_registers as schemas
from marketplace.complaints.inputs import Verdict
from marketplace.complaints.pausing import end_pause, pause_clocks
from marketplace.complaints.revocation import decide_appeal, decide_revocation
from marketplace.complaints.seal_cases import (
    list_clock_pauses,
    list_revocation_cases,
    pause_wish,
    revocation_case,
)
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.paging import decode_cursor, encode_cursor
from marketplace.office.licence_pages import licence_lines, licence_of, licence_store
from marketplace.office.seal_pages import show_seal
from marketplace.stores.inputs import (
    LICENCE_REASONS,
    SEAL_REASONS,
    LicenceEntry,
    Stated,
    last_moment_of,
    stars_of,
)
from marketplace.stores.licences import (
    register_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from marketplace.stores.paper_queries import history_of_licence
from marketplace.stores.registry import LICENCE, ask_registry, registry_answer
from marketplace.stores.seals import change_stars, overturn_revocation

TAG, SCOPE = "office", "office:seals"
READERS = (Role.seal_officer, Role.auditor)
PAUSERS = (Role.office, Role.seal_officer)


@reading(
    "/office/licences",
    TAG,
    "office:read",
    *READERS,
    gives=schemas.LICENCE_LINE.listed,
    asks=schemas.LicenceQuery,
)
def list_licences() -> Any:
    """The register of union licences."""
    after = decode_cursor(request.args.get("cursor"), (int,))
    lines, more = licence_lines(
        request.args.get("q", "")[:100], request.args.get("state", ""), after[0] if after else 0
    )
    return {**schemas.LICENCE_LINE.many(lines), "next_cursor": encode_cursor([more]) if more else None}


@reading("/office/licences/<int:licence_id>", TAG, "office:read", *READERS, gives=schemas.Licence)
def show_licence(licence_id: int) -> Any:
    """One licence with its history, and what the outside registry last said of it and when."""
    licence = licence_of(licence_id)
    outside = registry_answer(LICENCE + licence.number)
    return {
        **schemas.LICENCE(licence),
        "history": [schemas.LICENCE_STEP(row) for row in history_of_licence(licence_id)],
        "outside": schemas.OUTSIDE(outside) if outside is not None else None,
    }


@act(
    "/office/licences",
    TAG,
    SCOPE,
    Role.seal_officer,
    says=schemas.LicenceWish,
    status=201,
    makes=made.LICENCE,
)
def create_licence(said: Said) -> Verb:
    """Puts a store's first licence into the register."""
    entry = LicenceEntry.parse(said)
    store_id = licence_store(entry.store)
    return lambda at: (
        register_licence(
            store_id, entry.number, entry.valid_from, entry.valid_until, acting(Role.seal_officer), at
        ).id
    )


@act("/office/licences/<int:licence_id>/suspension", TAG, SCOPE, Role.seal_officer, says=schemas.LicenceAct)
def create_licence_suspension(said: Said, licence_id: int) -> Verb:
    """Suspends a licence: its store is not admitted from this moment."""
    store_id, reason = licence_of(licence_id).store_id, Stated.parse(said, LICENCE_REASONS)
    return lambda at: suspend_licence(store_id, reason.code, acting(Role.seal_officer), at, reason.text)


@act(
    "/office/licences/<int:licence_id>/reinstatement", TAG, SCOPE, Role.seal_officer, says=schemas.LicenceAct
)
def create_licence_reinstatement(said: Said, licence_id: int) -> Verb:
    """Gives a suspended licence back."""
    store_id, reason = licence_of(licence_id).store_id, Stated.parse(said, LICENCE_REASONS)
    return lambda at: reinstate_licence(store_id, reason.code, acting(Role.seal_officer), at, reason.text)


@act("/office/licences/<int:licence_id>/revocation", TAG, SCOPE, Role.seal_officer, says=schemas.LicenceAct)
def create_licence_revocation(said: Said, licence_id: int) -> Verb:
    """Takes a suspended licence away."""
    store_id, reason = licence_of(licence_id).store_id, Stated.parse(said, LICENCE_REASONS)
    return lambda at: revoke_licence(store_id, reason.code, acting(Role.seal_officer), at, reason.text)


@act("/office/licences/<int:licence_id>/renewal", TAG, SCOPE, Role.seal_officer, says=schemas.LicenceRenewal)
def create_licence_renewal(said: Said, licence_id: int) -> Verb:
    """Renews a licence until a day."""
    store_id, until = licence_of(licence_id).store_id, last_moment_of(said.get("valid_until", ""))
    if until is None:
        raise Invalid("bad_licence", fields={"valid_until": "bad_date"})
    return lambda at: renew_licence(store_id, until, acting(Role.seal_officer), at)


@act("/office/licences/<int:licence_id>/question", TAG, SCOPE, Role.seal_officer)
def create_licence_question(licence_id: int) -> Verb:
    """Has the outside registry asked about a licence now; its answer stands at the licence once it came."""
    code = LICENCE + licence_of(licence_id).number
    return lambda at: _asked(code, at)


@act("/office/seals/<code>/question", TAG, SCOPE, Role.seal_officer)
def create_seal_question(code: str) -> Verb:
    """Has the outside registry asked about a seal now; its answer stands at the seal once it came."""
    show_seal(code, visitor().id)
    return lambda at: _asked(code, at)


@act("/office/seals/<code>/stars", TAG, SCOPE, Role.seal_officer, says=schemas.StarsWish)
def create_seal_stars(said: Said, code: str) -> Verb:
    """Gives a seal another number of stars, with its reason."""
    store_id = show_seal(code, visitor().id).seal.store_id
    stars, reason = stars_of(said), Stated.parse(said, SEAL_REASONS)
    return lambda at: change_stars(store_id, stars, reason.code, acting(Role.seal_officer), at, reason.text)


@act("/office/seals/<code>/overturning", TAG, SCOPE, Role.seal_officer, says=schemas.SealReason)
def create_seal_overturning(said: Said, code: str) -> Verb:
    """Undoes a revocation that was wrong."""
    store_id, reason = show_seal(code, visitor().id).seal.store_id, Stated.parse(said, SEAL_REASONS)
    return lambda at: overturn_revocation(store_id, reason.code, acting(Role.seal_officer), at, reason.text)


@reading("/office/revocations", TAG, "office:read", *READERS, gives=schemas.REVOCATION.listed)
def list_revocations() -> Any:
    """Seals in question, the oldest first; then those decided."""
    return schemas.REVOCATION.many(row["case"] for row in list_revocation_cases())


@reading("/office/revocations/<int:case_id>", TAG, "office:read", *READERS, gives=schemas.REVOCATION.schema)
def show_revocation(case_id: int) -> Any:
    """One seal's case."""
    return schemas.REVOCATION(revocation_case(case_id))


@act(
    "/office/revocations/<int:case_id>/decision",
    TAG,
    "office:complaints",
    Role.seal_officer,
    says=schemas.CaseVerdict,
)
def create_revocation_decision(said: Said, case_id: int) -> Verb:
    """Revokes the seal, or lets it stand; with reasons."""
    verdict = Verdict.parse(said, "revoke", "keep")
    return lambda at: decide_revocation(case_id, verdict, acting(Role.seal_officer), at)


@act(
    "/office/revocations/<int:case_id>/appeal-decision",
    TAG,
    "office:complaints",
    Role.seal_officer,
    says=schemas.CaseVerdict,
)
def create_revocation_appeal_decision(said: Said, case_id: int) -> Verb:
    """Another officer's last word on a revocation; 403 for the one who decided before."""
    verdict = Verdict.parse(said, "revoke", "keep")
    return lambda at: decide_appeal(case_id, verdict, acting(Role.seal_officer), at)


@reading("/office/pauses", TAG, "office:read", *PAUSERS, Role.auditor, gives=schemas.PAUSE.listed)
def list_pauses() -> Any:
    """When the clocks of complaints stand still."""
    return schemas.PAUSE.many(row["pause"] for row in list_clock_pauses())


@act(
    "/office/pauses", TAG, "office:complaints", *PAUSERS, says=schemas.PauseBody, status=201, makes=made.PAUSE
)
def create_pause(said: Said) -> Verb:
    """Lets the clocks stand still in a province, or everywhere, from a day to a day."""
    wish = pause_wish(said, clock.now())
    return lambda at: pause_clocks(wish, acting(*PAUSERS), at)


@act("/office/pauses/<int:pause_id>/end", TAG, "office:complaints", *PAUSERS)
def create_pause_end(pause_id: int) -> Verb:
    """Lets the clocks run again."""
    return lambda at: end_pause(pause_id, acting(*PAUSERS), at)


def _asked(code: str, at: Any) -> None:
    ask_registry(code, at)
