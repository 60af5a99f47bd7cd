"""Messages about statements: to the owners of the store."""

from __future__ import annotations

from datetime import timedelta

from marketplace.core.text import jalali
from marketplace.messages.outbox import tell
from marketplace.orders.settlement_models import Statement
from marketplace.stores.queries import owners_of


def tell_statement(statement: Statement) -> None:
    """The owners read that the week's statement is there, and when their balance is below zero."""
    day = jalali(statement.until_on - timedelta(days=1))
    subject = f"store:{statement.store_id}"
    for person in owners_of(statement.store_id):
        tell(
            key=f"statement:{statement.id}:{person}",
            person=person,
            template="statement_ready",
            params={
                "period": f"{day.year}/{day.month:02d}/{day.day:02d}",
                "net_toman": statement.closing_toman,
                "path": f"/panel/settlement/{statement.number}",
            },
            subject=subject,
            at=statement.made_at,
        )
        if statement.closing_toman < 0:
            tell(
                key=f"statement:{statement.id}:{person}:below",
                person=person,
                template="balance_negative",
                params={"amount_toman": -statement.closing_toman, "path": "/panel/settlement"},
                subject=subject,
                at=statement.made_at,
            )
