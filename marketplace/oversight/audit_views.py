"""The audit log: for auditors entry by entry, for everybody the end of each day."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, url_for

from marketplace.accounts.access import official, public
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit_digests import digests
from marketplace.core.clock import tehran
from marketplace.core.dates import typed_day
from marketplace.core.errors import Invalid
from marketplace.core.signing import public_key
from marketplace.oversight.audit_queries import (
    AuditFilter,
    digest_document,
    exported,
    known_actions,
    list_entries,
)
from marketplace.oversight.proof.audit_log import AUDIT_FORMAT
from marketplace.oversight.proof.bundle import verify_program

blueprint = Blueprint("audit", __name__)
ROLES = (*(role.value for role in Role), "store", "shopper", "system")
FIELDS = ("role", "action", "subject", "person", "first", "last")
DIGESTS_SHOWN = 400


@blueprint.get("/office/audit")
@official(Role.auditor)
def list_audit() -> tuple[str, int]:
    """Entries by role, act, subject, person and days, the newest first."""
    given = {name: request.args.get(name, "") for name in FIELDS}
    errors: dict[str, str] = {}
    try:
        wanted = AuditFilter.parse(given)
    except Invalid as error:
        wanted, errors = AuditFilter(), dict(error.fields)
    page = list_entries(wanted, request.args.get("cursor"))
    kept: dict[str, Any] = {name: value for name, value in given.items() if value}
    next_url = url_for(".list_audit", cursor=page.next_cursor, **kept) if page.next_cursor else None
    today = tehran(clock.now()).date()
    shown = render_template(
        "oversight/audit.html",
        entries=page.items,
        given=given,
        errors=errors,
        roles=ROLES,
        actions=known_actions(),
        next_url=next_url,
        is_filtered=bool(kept),
        export_day=typed_day(today),
    )
    return shown, 422 if errors else 200


@blueprint.get("/office/audit/export")
@official(Role.auditor)
def show_export() -> Response:
    """All entries of some days without gaps, with what proves them. Raises Invalid for no days, or too many."""
    given = {name: request.args.get(f"export_{name}", "") for name in ("first", "last")}
    wanted = AuditFilter.parse(given)
    if wanted.first is None or wanted.last is None:
        missing = {f"export_{name}": "required" for name, value in given.items() if not value.strip()}
        raise Invalid("bad_filter", fields=missing)
    before, entries, told = exported(wanted.first, wanted.last)
    document = {
        "format": AUDIT_FORMAT,
        "first": wanted.first.isoformat(),
        "last": wanted.last.isoformat(),
        "key": public_key(),
        "before": before,
        "entries": entries,
        "digests": told,
    }
    response = Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), mimetype="application/json")
    name = f"audit-{wanted.first.isoformat()}-{wanted.last.isoformat()}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/audit")
@public
def list_digests() -> str:
    """The end of the audit log at the end of each day, signed: for everybody to keep."""
    return render_template("oversight/digests.html", digests=digests(DIGESTS_SHOWN), key=public_key())


@blueprint.get("/audit/digests.json")
@public
def show_digests() -> Response:
    """All digests, the newest first, for programs."""
    told = {"key": public_key(), "digests": [digest_document(one) for one in digests()]}
    return Response(orjson.dumps(told), mimetype="application/json")


@blueprint.get("/audit/verify.py")
@public
def show_program() -> Response:
    """The program that checks an export of the log or a black box with nothing but Python."""
    response = Response(verify_program(), mimetype="text/x-python")
    response.headers["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response
