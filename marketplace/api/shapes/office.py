"""What the desks of the officials show, as documents."""

from __future__ import annotations

from typing import Any

from marketplace.complaints.shown import CaseRow
from marketplace.festival.application_models import ApplicationDecision
from marketplace.guarantee.claim_desk_page import Bench
from marketplace.guarantee.claim_shown import ClaimRow
from marketplace.office.application_page import FileShown
from marketplace.office.applications_list import RowShown


def row_document(row: RowShown) -> dict[str, Any]:
    """An application in the list."""
    return {
        "id": row.id,
        "version": int(row.choice.partition(".")[2]),
        "store": row.store,
        "place": row.place,
        "category": row.category,
        "is_hard_hit": row.is_hard_hit,
        "score": row.score,
        "state": row.state,
        "checks": [dict(check) for check in row.checks],
        "due_at": row.due_at,
    }


def file_document(file: FileShown) -> dict[str, Any]:
    """One application, without national id and account."""
    return {
        "id": file.id,
        "version": file.version,
        "store": file.store,
        "store_slug": file.store_slug,
        "festival": file.festival,
        "category": file.category,
        "state": file.state,
        "reasons": list(file.reasons),
        "submitted_at": file.submitted_at,
        "due_at": file.due_at,
        "score": file.score,
        "parts": [{"key": p["key"], "points": p["points"], "most": p["most"]} for p in file.parts],
        "checks": [{name: c[name] for name in ("label", "state", "text", "until")} for c in file.checks],
        "history": [{name: step[name] for name in ("title", "who", "at")} for step in file.history],
    }


def decision_document(decision: ApplicationDecision, count: int) -> dict[str, Any]:
    """A decision over `count` applications."""
    return {
        "id": decision.id,
        "verdict": decision.verdict.value,
        "count": count,
        "decided_at": decision.decided_at,
        "tell_at": decision.tell_at,
        "undone_at": decision.undone_at,
    }


def case_row_document(row: CaseRow) -> dict[str, Any]:
    """A complaint in a queue of the seal centre."""
    return {
        "number": row.number,
        "state": row.state,
        "category": row.category_label,
        "store": row.store_name,
        "filed_at": row.filed_at,
        "answer_due_at": row.answer_due_at,
        "hours_left": row.hours_left,
        "is_outside": row.is_outside,
    }


def claim_row_document(row: ClaimRow) -> dict[str, Any]:
    """A claim in a list."""
    return {
        "number": row.number,
        "state": row.state,
        "category": row.category_label,
        "store": row.store_name,
        "loss_toman": row.loss_toman,
        "paid_toman": row.paid_toman,
        "filed_at": row.filed_at,
        "due_at": row.due_at,
        "seats": row.seats,
        "chosen": row.chosen,
    }


def bench_document(bench: Bench) -> dict[str, Any]:
    """Who sits at a claim, as one official sees it."""
    return {
        "seats": [
            {
                "place": seat.place,
                "who": seat.who,
                "has_chosen": seat.has_chosen,
                "is_mine": seat.is_mine,
                "choice": {
                    "is_for_shopper": seat.choice.is_for_shopper,
                    "ground": seat.choice.ground.value,
                    "loss_toman": seat.choice.loss_toman,
                    "store_share_percent": seat.choice.store_share_percent,
                    "text": seat.choice.text,
                }
                if seat.choice is not None
                else None,
            }
            for seat in bench.seats
        ],
        "may_choose": bench.may_choose,
        "may_ask": bench.may_ask,
        "interests": list(bench.interests),
        "most_toman": bench.most_toman,
    }
