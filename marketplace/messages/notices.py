"""Messages that this slice itself puts in the outbox."""

from __future__ import annotations

from marketplace.accounts.events import CodeIssued, SecondFactorChanged, SignedInAnew
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message, tell

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


def tell_new_sign_in(event: SignedInAnew) -> None:
    """Somebody signed in with a browser that was not used before: the owner hears of it in their centre and by mail."""
    tell(
        key=f"new-sign-in:{event.session_id}",
        person=event.person_id,
        template="new_sign_in",
        params={
            "browser": event.browser or "?",
            "system": event.system or "?",
            "network": event.network or "?",
            "path": "/me/security",
        },
        subject=f"person:{event.person_id}",
        at=event.at,
    )


def tell_second_factor(event: SecondFactorChanged) -> None:
    """What happened to a second factor is told on every channel, whoever did it."""
    tell(
        key=f"second:{event.what}:{event.person_id}:{event.mark}",
        person=event.person_id,
        template=f"second_{event.what}",
        params={"left": event.left, "path": "/me/security"},
        subject=f"person:{event.person_id}",
        at=event.at,
    )
