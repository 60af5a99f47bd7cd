"""The port to an outside inquiry service: what we ask it. Its answers come through `callbacks.py`.

`POST {INQUIRY_URL}/inquiries` takes `{reference, name, national_id, mobile, callback}` under the header
`Inquiry-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body">`; 2xx means that it was taken, the reference is its key.
The answer comes as a signed call to `/webhooks/clearance`. Without the setting nothing is asked by machine and officers
ask by hand.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from flask import current_app

from marketplace.accounts.queries import person
from marketplace.core.db import db
from marketplace.core.jobs import enqueue
from marketplace.stores.gateways.inquiry_service import Inquiry
from marketplace.stores.models import Clearance, ClearanceState
from marketplace.stores.paper_queries import holder_of

SEND = "send-inquiry"


def send_inquiry(clearance: Clearance, at: datetime) -> None:
    """Has the outside service asked about a queued clearance, where there is one; in the unit of the queueing."""
    if current_app.config["SETTINGS"].inquiry_url:
        payload = {"clearance": clearance.id, "reference": clearance.reference}
        enqueue(SEND, payload, key=f"{SEND}:{clearance.reference}", at=at)


def prepare_inquiry(payload: dict[str, Any]) -> Inquiry | None:
    """What to ask; None when the inquiry is no longer queued or there is nobody to ask."""
    settings = current_app.config["SETTINGS"]
    clearance = db.session.get_one(Clearance, payload["clearance"])
    is_over = clearance.reference != payload["reference"] or clearance.state is not ClearanceState.queued
    asked = person(clearance.person_id) if clearance.person_id is not None else None
    if is_over or asked is None or not settings.inquiry_url:
        return None
    holder = holder_of(clearance.store_id)
    body = orjson.dumps(
        {
            "reference": clearance.reference,
            "name": f"{asked.given_name} {asked.surname}".strip(),
            "national_id": holder.national_id if holder else None,
            "mobile": asked.mobile,
            "callback": f"{settings.base_url}/webhooks/clearance",
        }
    )
    return Inquiry(f"{settings.inquiry_url}/inquiries", settings.inquiry_key, body)
