"""Sponsors' gifts to the fund: told by one official, booked by the agreement of another, once for each reference of the
bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.dates import parse_date
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import on_violation
from marketplace.core.web import jdate, number
from marketplace.guarantee.book_models import FundGift
from marketplace.guarantee.claim_inputs import toman_field
from marketplace.ledger.chart import BANK, GUARANTEE_FUND
from marketplace.ledger.transfers import post_transfer

ACTION = "fund_gift"
CODE = "fund_gift"


class GiftBooked(Conflict):
    """A gift with this reference of the bank is booked already."""

    code = "gift_booked"


on_violation("uq_fund_gifts_bank_reference", GiftBooked)


@dataclass(frozen=True, slots=True)
class GiftWish:
    """A gift that arrived on our bank account. `is_named`: the sponsor stands in the public book by name."""

    giver: str
    is_named: bool
    amount_toman: int
    bank_reference: str
    received_on: date

    @classmethod
    def parse(cls, values: Mapping[str, Any], today: date) -> GiftWish:
        """Raises Invalid with the code of each wrong field."""
        wrong: dict[str, str] = {}
        told = {
            name: " ".join(str(values.get(name) or "").split())[:120] for name in ("giver", "bank_reference")
        }
        wrong |= {name: "required" for name, value in told.items() if not value}
        amount = toman_field(values, "amount_toman", wrong, least=1, required=True)
        raw = str(values.get("received_on") or "").strip()
        day = parse_date(raw) if raw else today
        if day is None:
            wrong["received_on"] = "bad_date"
        elif day > today:
            wrong["received_on"] = "date_in_future"
        if wrong or day is None:
            raise Invalid(fields=wrong)
        is_named = str(values.get("is_named") or "") == "1"
        return cls(told["giver"], is_named, amount, ascii_digits(told["bank_reference"]), day)


def propose_gift(wish: GiftWish, actor: Actor, at: datetime) -> int:
    """Puts a gift before a second official; gives the proposal's id. Raises GiftBooked, ApprovalWaits."""
    if db.session.scalar(select(FundGift.id).where(FundGift.bank_reference == wish.bank_reference)):
        raise GiftBooked()
    content = {
        "giver": wish.giver,
        "is_named": wish.is_named,
        "amount_toman": wish.amount_toman,
        "bank_reference": wish.bank_reference,
        "received_on": wish.received_on.isoformat(),
    }
    return propose(ACTION, f"gift:{wish.bank_reference}", content, actor, at)


def book_gift(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second official agreed: the money is the fund's. Raises GiftBooked."""
    content = approval.content
    reference, amount = str(content["bank_reference"]), int(content["amount_toman"])
    transfer = post_transfer(
        key=f"fund-gift:{approval.id}",
        debit=BANK,
        credit=GUARANTEE_FUND,
        amount_toman=amount,
        code=CODE,
        subject=f"gift:{approval.id}",
        at=at,
    )
    gift = FundGift(
        giver=str(content["giver"]),
        is_named=bool(content["is_named"]),
        amount_toman=amount,
        bank_reference=reference,
        transfer_id=transfer,
        booked_by_id=actor.id,
        received_on=date.fromisoformat(str(content["received_on"])),
        booked_at=at,
    )
    db.session.add(gift)
    db.session.flush()
    record(actor, "book_fund_gift", f"gift:{gift.id}", at, amount_toman=amount)


def describe_gift(content: Mapping[str, Any]) -> list[Change]:
    """A proposed gift in words."""
    rows = (
        ("giver", str(content["giver"])),
        ("amount_toman", f"{number(int(content['amount_toman']))} {t('ui.toman')}"),
        ("bank_reference", str(content["bank_reference"])),
        ("received_on", jdate(date.fromisoformat(str(content["received_on"])))),
        ("is_named", t("fund_desk.yes" if content["is_named"] else "fund_desk.no")),
    )
    return [Change(t(f"fund_desk.{name}"), "", value) for name, value in rows]


def today_of(at: datetime) -> date:
    """The day in Tehran."""
    return tehran(at).date()
