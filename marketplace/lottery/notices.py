"""Messages of the lottery."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts import queries as accounts
from marketplace.lottery.models import Award, Draw, Prize
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message


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
