"""Complaints and records as documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.api.answers import absolute
from marketplace.complaints.shown import CaseShown


def complaint_document(case: CaseShown) -> dict[str, Any]:
    """A case as its shopper or its store reads it; nothing of persons."""
    return {
        "number": case.number,
        "state": case.state,
        "category": case.category,
        "store": {"slug": case.store_slug, "name": case.store_name},
        "order_number": case.order_number,
        "filed_at": case.filed_at,
        "answer_due_at": case.answer_due_at,
        "answered_at": case.answered_at,
        "evaluation": case.evaluation,
        "messages": [{"side": m.side, "kind": m.said, "text": m.text, "at": m.at} for m in case.messages],
        "offers": [
            {"remedy": o.remedy, "amount_toman": o.amount_toman, "state": o.state, "made_at": o.made_at}
            for o in case.offers
        ],
        "url": absolute(f"/complaints/{case.number}"),
    }


def record_document(slug: str, name: str, record: dict[str, Any], peers: dict[str, Any]) -> dict[str, Any]:
    """A performance record with all its figures."""
    names = (
        "has_enough_data",
        "orders_band",
        "periods",
        "months",
        "counted",
        "limit",
        "stars_lost",
        "findings",
        "marks",
    )
    return {
        "store": {"slug": slug, "name": name},
        "as_of": datetime.fromisoformat(record["as_of"]),
        "next_drop_out_at": record["next_drop_out_at"] and datetime.fromisoformat(record["next_drop_out_at"]),
        **{key: record[key] for key in names},
        "peers": peers,
        "url": absolute(f"/stores/{slug}/record"),
    }
