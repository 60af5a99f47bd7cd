"""Messages of the lottery."""

from __future__ import annotations

from datetime import datetime

from marketplace.lottery.models import Award, Draw, Prize
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message


def tell_winner(award: Award, prize: Prize, draw: Draw, at: datetime) -> None:
    """A winner reads it on every channel: what was won, and until when it must be claimed."""
    for channel in (Channel.app, Channel.sms, Channel.mail):
        put_message(
            key=f"award:{award.id}:won:{channel}",
            person=award.person_id,
            channel=channel,
            template="prize_won",
            params={
                "prize": {"fa": prize.title_fa, "en": prize.title_en},
                "draw": {"fa": draw.title_fa, "en": draw.title_en},
                "until_on": award.claim_until.isoformat(),
            },
            subject=f"award:{award.id}",
            at=at,
        )
