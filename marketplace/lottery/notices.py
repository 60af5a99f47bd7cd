"""Messages of the lottery."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role
from marketplace.lottery.models import Award, Draw, Prize
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message, tell


def tell_frozen(draw: Draw, count: int, root: str, at: datetime) -> None:
    """Auditors and seal officers are sent the root of a closed list, to keep it and to sign it."""
    for role in (Role.auditor, Role.seal_officer):
        for person_id in accounts.people_with_role(role):
            person = accounts.person(person_id)
            title = draw.title_en if person and person.language == "en" else draw.title_fa
            tell(
                key=f"draw:{draw.id}:frozen:{person_id}",
                person=person_id,
                template="draw_frozen",
                params={"draw": title, "entry_count": count, "root": root, "path": f"/draws/{draw.slug}"},
                subject=f"draw:{draw.slug}",
                at=at,
            )


def tell_winner(award: Award, prize: Prize, draw: Draw, at: datetime) -> None:
    """A winner reads it on every channel: what was won, and until when it must be claimed."""
    person = accounts.person(award.person_id)
    language = person.language if person else "fa"
    for channel in (Channel.app, Channel.sms, Channel.mail):
        put_message(
            key=f"award:{award.id}:won:{channel}",
            person=award.person_id,
            channel=channel,
            template="prize_won",
            params={
                "prize": prize.title_en if language == "en" else prize.title_fa,
                "draw": draw.title_en if language == "en" else draw.title_fa,
                "claim_until_at": award.claim_until.isoformat(),
                "path": "/me/entries",
            },
            subject=f"award:{award.id}",
            at=at,
        )
