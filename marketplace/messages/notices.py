"""Messages that this slice itself puts in the outbox."""

from __future__ import annotations

from marketplace.accounts.events import CodeIssued
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message

CODE_TEMPLATE = "one_time_code"


def tell_code(event: CodeIssued) -> None:
    """A one-time code goes out as SMS; it is of no use after its two minutes and is not sent then."""
    put_message(
        key=f"code:{event.code_id}",
        person=event.person_id,
        address=event.mobile,
        channel=Channel.sms,
        template=CODE_TEMPLATE,
        params={"code": event.code, "until_at": event.expires_at.isoformat()},
        subject=f"code:{event.code_id}",
        at=event.at,
        language=event.language,
    )
