"""Files of offers as their store's programs read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from marketplace.api.answers import absolute
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.festival.imports import import_of_store
from marketplace.festival.offer_models import ImportRow
from marketplace.panel.imports_page import word_fault

MOST_WRONG = 200


def import_document(import_id: int, store_id: int) -> dict[str, Any]:
    """An own import with its counts and its first wrong rows. Raises NotFound."""
    found = import_of_store(import_id, store_id)
    wrong = db.session.scalars(
        select(ImportRow)
        .where(ImportRow.import_id == found.id, ImportRow.is_good.is_(False))
        .order_by(ImportRow.number)
        .limit(MOST_WRONG + 1)
        .execution_options(populate_existing=True)
    ).all()
    refusal = found.refusal
    return {
        "id": found.id,
        "state": found.state.value,
        "file_name": found.file_name,
        "row_count": found.row_count,
        "good_count": found.good_count,
        "bad_count": found.bad_count,
        "created_count": found.created_count,
        "changed_count": found.changed_count,
        "same_count": found.same_count,
        "failed_count": found.failed_count,
        "wrong_rows": [_row(row) for row in wrong[:MOST_WRONG]],
        "has_more_wrong_rows": len(wrong) > MOST_WRONG,
        "refusal": {
            "code": str(refusal["code"]),
            "message": t(f"error.{refusal['code']}", **refusal["params"]),
        }
        if refusal
        else None,
        "uploaded_at": found.uploaded_at,
        "applied_at": found.applied_at,
        "url": absolute(f"/panel/offers/imports/{found.id}"),
    }


def _row(row: ImportRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "faults": [
            {"column": str(fault[0]), "code": str(fault[1]), "message": word_fault(str(fault[1]))}
            for fault in row.faults
        ],
    }
