"""Messages of the lottery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role
from marketplace.lottery.models import Award, Draw, Prize
from marketplace.messages.models import Channel
from marketplace.messages.outbox import News, put_messages, tell


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


def tell_winners(won: Sequence[tuple[Award, Prize]], draw: Draw, at: datetime) -> None:
    """Winners read it on every channel: what was won, and until when it must be claimed."""
    people = accounts.people(award.person_id for award, _ in won)
    told = []
    for award, prize in won:
        person = people.get(award.person_id)
        is_english = person is not None and person.language == "en"
        params = {
            "prize": prize.title_en if is_english else prize.title_fa,
            "draw": draw.title_en if is_english else draw.title_fa,
            "claim_until_at": award.claim_until.isoformat(),
            "path": "/me/entries",
        }
        told += [
            News(
                f"award:{award.id}:won:{channel}",
                award.person_id,
                channel,
                "prize_won",
                params,
                f"award:{award.id}",
            )
            for channel in (Channel.app, Channel.sms, Channel.mail)
        ]
    put_messages(told, at)
