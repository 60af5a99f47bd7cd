"""The seal centre's desk for programs: the registry, files of it, and acts on one seal."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer, paging
from marketplace.api.blueprint import answers, call, needs_key, reads, reads_file, refuses, takes
from marketplace.api.office_files import REGISTRY_KINDS, sent_file
from marketplace.api.once import once
from marketplace.api.schemas import office_seals as schemas
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.bodies import takes_upload
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.paging import decode_cursor, encode_cursor
from marketplace.office.seal_pages import show_application, show_desk, show_seal
from marketplace.stores.case_models import UploadKind
from marketplace.stores.imports import (
    MOST_BYTES,
    keep_upload,
    plan_import,
    read_upload,
    upload_of,
    write_import,
)
from marketplace.stores.inputs import REFUSAL_REASONS, SEAL_REASONS, Stated, stars_of
from marketplace.stores.seal_applications import grant_application, refuse_application
from marketplace.stores.seals import reinstate_seal, renew_seal, revoke_seal, suspend_seal

MOST_WRONG = 200


@call("GET", "/office/seals", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@takes(schemas.SealQuery)
@answers(200, schemas.SealPage)
def list_office_seals() -> Response:
    """The registry of seals, with its search by store, code and domain."""
    cursor, limit = paging()
    after = decode_cursor(cursor, (int,))
    desk = show_desk(
        "registry",
        request.args.get("q", "")[:100],
        request.args.get("state", ""),
        after[0] if after else 0,
        clock.now(),
        limit,
    )
    return answer(
        {
            "items": [
                {
                    "code": line.code,
                    "store": line.store_name,
                    "domain": line.domain,
                    "stars": line.stars,
                    "state": line.state,
                    "valid_until": line.valid_until,
                }
                for line in desk.seals
            ],
            "next_cursor": encode_cursor([desk.next_after]) if desk.next_after else None,
        }
    )


@call("GET", "/office/seals/<code>", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def show_office_seal(code: str) -> Response:
    """One seal with its history, and what the outside registry last said of it and when."""
    return answer(_seal(code))


@call("POST", "/office/seals/<code>/suspension", "office")
@scoped("office:seals", Role.seal_officer)
@reads(schemas.SealActWish)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def create_seal_suspension(wish: dict[str, Any], code: str) -> Response:
    """Suspends a seal: the store's offers can be seen and not bought from this moment."""
    reason = Stated.parse(wish, SEAL_REASONS)
    return once(
        lambda at: suspend_seal(_store(code), reason.code, _actor(), at, reason.text), lambda: _seal(code)
    )


@call("POST", "/office/seals/<code>/reinstatement", "office")
@scoped("office:seals", Role.seal_officer)
@reads(schemas.SealActWish)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def create_seal_reinstatement(wish: dict[str, Any], code: str) -> Response:
    """Gives a suspended seal back."""
    reason = Stated.parse(wish, SEAL_REASONS)
    return once(
        lambda at: reinstate_seal(_store(code), reason.code, _actor(), at, reason.text), lambda: _seal(code)
    )


@call("POST", "/office/seals/<code>/revocation", "office")
@scoped("office:seals", Role.seal_officer)
@reads(schemas.SealActWish)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def create_seal_revocation(wish: dict[str, Any], code: str) -> Response:
    """Takes a suspended seal away."""
    reason = Stated.parse(wish, SEAL_REASONS)
    return once(
        lambda at: revoke_seal(_store(code), reason.code, _actor(), at, reason.text), lambda: _seal(code)
    )


@call("POST", "/office/seals/<code>/renewal", "office")
@scoped("office:seals", Role.seal_officer)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def create_seal_renewal(code: str) -> Response:
    """Renews a seal for another term."""
    return once(lambda at: renew_seal(_store(code), _actor(), at), lambda: _seal(code))


@call("GET", "/office/seal-applications", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@answers(200, schemas.SealApplicationPage)
def list_seal_applications() -> Response:
    """Open applications for a seal, the oldest first, at most 200."""
    desk = show_desk("queue", "", "", 0, clock.now())
    return answer(
        {
            "items": [
                {
                    "id": line.id,
                    "store": line.store_name,
                    "domain": line.domain,
                    "kind": line.kind,
                    "submitted_at": line.submitted_at,
                    "is_proven": line.is_proven,
                    "clearance": line.clearance,
                    "is_ready": line.is_ready,
                }
                for line in desk.queue
            ],
            "next_cursor": None,
        }
    )


@call("POST", "/office/seal-applications/<int:application_id>/grant", "office")
@scoped("office:seals", Role.seal_officer)
@reads(schemas.GrantWish)
@answers(200, schemas.OfficeSeal)
@refuses(404)
def create_seal_grant(wish: dict[str, Any], application_id: int) -> Response:
    """Issues or renews the seal that was applied for; 409 with every reason against it."""
    stars, codes = stars_of({"stars": str(wish.get("stars"))}), list[str]()
    return once(
        lambda at: codes.append(grant_application(application_id, stars, _actor(), at).code),
        lambda: _seal(codes[0]),
    )


@call("POST", "/office/seal-applications/<int:application_id>/refusal", "office")
@scoped("office:seals", Role.seal_officer)
@reads(schemas.RefuseSealWish)
@answers(200, schemas.SealApplicationState)
@refuses(404)
def create_seal_application_refusal(wish: dict[str, Any], application_id: int) -> Response:
    """Refuses an application for a seal, with its reason."""
    reason = Stated.parse(wish, REFUSAL_REASONS)
    return once(
        lambda at: refuse_application(application_id, reason, _actor(), at),
        lambda: {
            "id": application_id,
            "state": show_application(application_id, visitor().id, clock.now()).application.state.value,
        },
    )


@call("POST", "/office/seal-imports", "office")
@scoped("office:seals", Role.seal_officer)
@reads_file("file", REGISTRY_KINDS)
@answers(201, schemas.SealImport)
@takes_upload(MOST_BYTES + 64 * 1024)
def create_seal_import() -> Response:
    """Reads a registry file (CSV or XLSX, at most 5 MB and 5,000 rows) and tells what each row would do.

    Nothing is written but that it waits; the same file that still waits is given again.
    """
    name, content = sent_file("file", REGISTRY_KINDS, MOST_BYTES)
    rows = read_upload(UploadKind.seal, content, name)
    made: list[int] = []
    return once(
        lambda at: made.append(keep_upload(UploadKind.seal, content, name, rows, _actor(), at).id),
        lambda: _import(made[0]),
        201,
    )


@call("GET", "/office/seal-imports/<int:upload_id>", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@answers(200, schemas.SealImport)
@refuses(404)
def show_seal_import(upload_id: int) -> Response:
    """What writing the file would do now, and its wrong rows."""
    return answer(_import(upload_id))


@call("POST", "/office/seal-imports/<int:upload_id>/writing", "office")
@scoped("office:seals", Role.seal_officer)
@needs_key
@reads(schemas.WritingWish)
@answers(200, schemas.SealImport)
@refuses(404)
def create_seal_import_writing(wish: dict[str, Any], upload_id: int) -> Response:
    """Writes the rows, once. While a row is wrong only with `only_good` (else 422 `rows_wrong`); again: 409."""
    only_good = wish.get("only_good")
    if not (only_good is None or isinstance(only_good, bool)):
        raise Invalid(fields={"only_good": "bad_value"})
    return once(
        lambda at: write_import(upload_id, UploadKind.seal, _actor(), at, is_partial=bool(only_good)),
        lambda: _import(upload_id),
    )


def _store(code: str) -> int:
    return show_seal(code, visitor().id).seal.store_id


def _seal(code: str) -> dict[str, Any]:
    shown = show_seal(code, visitor().id)
    seal, outside = shown.seal, shown.outside
    return {
        "code": seal.code,
        "store": shown.store_name,
        "store_slug": shown.store_slug,
        "domain": seal.domain,
        "stars": seal.stars,
        "state": seal.state.value,
        "valid_from": seal.valid_from,
        "valid_until": seal.valid_until,
        "history": [
            {
                "before": row.state_before.value if row.state_before else None,
                "after": row.state_after.value,
                "stars": row.stars_after,
                "reason": row.reason_code,
                "text": row.reason_text,
                "at": row.at,
            }
            for row in shown.history
        ],
        "outside": {
            "state": outside.state,
            "stars": outside.stars,
            "domain": outside.domain,
            "fetched_at": outside.fetched_at,
            "problem": outside.problem,
        }
        if outside is not None
        else None,
    }


def _import(upload_id: int) -> dict[str, Any]:
    upload = upload_of(upload_id, UploadKind.seal)
    plan = plan_import(upload, visitor().id)
    wrong = [row for row in plan.rows if row.errors]
    return {
        "id": upload.id,
        "name": upload.name,
        "uploaded_at": upload.uploaded_at,
        "written_at": upload.written_at,
        "new": plan.counts["new"],
        "change": plan.counts["change"],
        "same": plan.counts["same"],
        "error": plan.counts["error"],
        "wrong_rows": [
            {
                "number": row.row,
                "faults": [
                    {"column": column, "code": code, "message": t(f"field.{code}")}
                    for column, code in row.errors.items()
                ],
            }
            for row in wrong[:MOST_WRONG]
        ],
    }


def _actor() -> Actor:
    return visitor().actor(Role.seal_officer.value)
