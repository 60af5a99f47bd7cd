"""What stores read about their applications: in their own centre and by SMS, in each member's language."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.festival.models import Application, Festival
from marketplace.festival.reason_codes import word_reasons
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.stores.models import MemberRole, Store, StoreMember


def tell_application(application: Application, news: str, at: datetime) -> None:
    """Puts the news about an application as it stands into its owners' messages, once per version; inside a unit.

    `news`: approved, rejected, revise, waitlisted, promoted, suspended, reinstated, lapsed, granted, dismissed.
    """
    store = db.session.get_one(Store, application.store_id)
    festival = db.session.get_one(Festival, application.festival_id)
    owners = db.session.execute(
        select(Person.id, Person.language)
        .join(StoreMember, StoreMember.person_id == Person.id)
        .where(
            StoreMember.store_id == store.id,
            StoreMember.role == MemberRole.owner,
            StoreMember.ended_at.is_(None),
        )
    ).all()
    for owner in owners:
        is_english = owner.language == "en"
        params = {
            "store": store.name_en if is_english else store.name_fa,
            "festival": festival.title_en if is_english else festival.title_fa,
            "reasons": " ".join(word_reasons(application.reasons, "en" if is_english else "fa")),
            "due_on": tehran(application.due_at or at).date().isoformat(),
            "path": "/panel/application",
        }
        for channel in (Channel.app, Channel.sms):
            put_message(
                key=f"application:{application.id}:{application.version}:{news}:{owner.id}:{channel}",
                person=owner.id,
                channel=channel,
                template=f"application_{news}",
                params=params,
                subject=f"application:{application.id}",
                at=at,
            )
