"""What happens to complaints, for the programs of the stores concerned. Nothing that anybody wrote goes out, and no
name, address or number of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marketplace.complaints.events import Escalated
from marketplace.complaints.models import Complaint, Said
from marketplace.messages.hooks import emit, owners_who_hear


def hook_filed(complaint: Complaint, at: datetime) -> None:
    """`complaint.filed`: the store's clock runs."""
    data = {
        "category": complaint.category.value,
        "order_line_id": complaint.order_line_id,
        "answer_due_at": complaint.answer_due_at.isoformat(),
    }
    _tell(complaint, "complaint.filed", "", data, at)


def hook_answered(complaint: Complaint, said: Said, at: datetime) -> None:
    """`complaint.answered`: by an offer, an acceptance or a refusal; a further offer is told too."""
    _tell(complaint, "complaint.answered", _moment(at), {"kind": said.value}, at)


def hook_escalated(complaints: Sequence[Escalated], at: datetime) -> None:
    """`complaint.escalated`: the deadline of each passed without an answer."""
    hear = owners_who_hear({f"store:{complaint.store_id}" for complaint in complaints})
    for complaint in complaints:
        if f"store:{complaint.store_id}" in hear:
            due = {"answer_due_at": complaint.answer_due_at.isoformat()}
            _tell(complaint, "complaint.escalated", "", due, at)


def hook_decided(complaint: Complaint, decision: str, at: datetime) -> None:
    """`complaint.decided`: what the seal centre ruled, found on review, or said of a contest."""
    _tell(complaint, "complaint.decided", _moment(at), {"decision": decision}, at)


def _moment(at: datetime) -> str:
    return f":{at.timestamp():.6f}"


def _tell(
    complaint: Complaint | Escalated, event: str, more: str, data: dict[str, Any], at: datetime
) -> None:
    subject = f"complaint:{complaint.number}"
    whole = {"complaint": complaint.number, "store_order_id": complaint.store_order_id, **data}
    emit(f"store:{complaint.store_id}", event, f"{event}:{complaint.number}{more}", subject, whole, at)
