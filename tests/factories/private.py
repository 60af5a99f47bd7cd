"""A national id or a Sheba in every place that keeps one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.sealing import blind
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application
from marketplace.guarantee.recourse_models import ClaimPayment, ClaimReservation, Way
from marketplace.lottery.figure_models import EntryRing, RingKind
from marketplace.lottery.ring_marks import traits_of
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.payments.models import Refund, RefundTransfer
from marketplace.payments.payout_models import GatewayPayee, ShopperTransfer
from tests.factories.applications import NATIONAL_ID, SHEBA, a_form
from tests.factories.buying import paid, parts_of
from tests.factories.claims import a_claim_row
from tests.factories.complaints import a_complaint, complaint
from tests.factories.papers import a_holder
from tests.factories.people import an_official
from tests.factories.rows import AT, change, put
from tests.factories.settling import SHEBAS, sent, settled, with_accounts
from tests.factories.world import World
from tests.fakes.gateway import MemoryGateway, use_gateway

ID = "0084575948"
PRIVATE = frozenset({ID, NATIONAL_ID, SHEBA, *SHEBAS})


def private_rows(app: Flask, w: World, at: datetime = AT) -> None:
    """At least one row for each sealed column, all over the house."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    change(w.shopper, national_id=ID)
    a_holder(w.stores[0], national_id=NATIONAL_ID, sheba=SHEBAS[1], sheba_owner="مریم رضایی")
    store_id = w.stores[0].id
    a_form(db.session.scalars(select(Application).where(Application.store_id == store_id)).one(), at=at)
    settled(gateway, w.shopper, (w.bowl, 1), at=at)
    with_accounts(w.stores[2], at=at)
    sent(at)
    _repaid(gateway, w, at)
    _claimed(gateway, w, at)
    put(
        GatewayPayee,
        gateway="memory",
        sheba=SHEBA,
        sheba_mark=blind(SHEBA, "sheba"),
        holder="x",
        payee="p",
        made_at=at,
    )
    shared: dict[str, Any] = {"festival_id": w.festival.id, "found_at": at}
    put(EntryRing, kind=RingKind.sheba, trait=traits_of(SHEBAS[0])[0], **shared)
    put(EntryRing, kind=RingKind.store, trait=f"{w.stores[0].id}:{traits_of(SHEBAS[1])[0]}", **shared)
    put(EntryRing, kind=RingKind.mobile, trait="09129998877", **shared)
    with unit_of_work():
        content = {"amount_toman": 5, "sheba": SHEBAS[0], "holder": "x", "bank_reference": "1"}
        propose("transfer_refund", "refund:1", content, _official(), at)
        propose("policy", "policy:entries_cap", {"before": 50, "after": 40}, _official(), at)


def _official() -> Actor:
    person = an_official(Role.office)
    return Actor(person.id, "office", person.display_name)


def _repaid(gateway: MemoryGateway, w: World, at: datetime) -> None:
    """Two refunds that a bank carried."""
    for row in ("transfer", "file"):
        part = parts_of(paid(gateway, w.shopper, (w.soap, 1), at=at))[0]
        with unit_of_work():
            cancel_store_order(part.id, w.shopper.id, Cancellation("other", ""), Actor(1, "store", "x"), at)
        refund = _newest_refund()
        if row == "transfer":
            put(RefundTransfer, refund_id=refund, sheba=SHEBAS[0], holder="x", bank_reference="1", paid_at=at)
        else:
            put(
                ShopperTransfer,
                subject=f"refund:{refund}",
                refund_id=refund,
                sheba=SHEBAS[2],
                holder="x",
                amount_toman=5,
                asked_at=at,
            )


def _newest_refund() -> int:
    db.session.rollback()
    return db.session.scalars(select(Refund.id).order_by(Refund.id.desc()).limit(1)).one()


def _claimed(gateway: MemoryGateway, w: World, at: datetime) -> None:
    part = parts_of(paid(gateway, w.shopper, (w.soap, 1), at=at))[0]
    case = complaint(a_complaint(part, w.shopper, at))
    claim = a_claim_row(part, w.shopper, case, at, sheba=SHEBAS[0], sheba_owner="x")
    ready = put(
        ClaimReservation,
        claim_id=claim.id,
        key="k:1",
        amount_toman=5,
        reserved_at=at,
        pay_by_at=at + timedelta(days=3),
    )
    put(
        ClaimPayment,
        claim_id=claim.id,
        reservation_id=ready.id,
        reference="C-1",
        amount_toman=5,
        way=Way.transfer,
        sheba=SHEBAS[0],
        owner_name="x",
        asked_at=at,
    )
