"""Cases that the small demo does not have, added to a copy of it, so that their pages are looked at like all others.

`add_cases(house)` writes them by pages and verbs and gives the page of each route that no link of the demo leads to,
by endpoint.
"""

from __future__ import annotations

import io
import itertools
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pyotp
from sqlalchemy import select

from marketplace.accounts import passwords
from marketplace.accounts.models import Person
from marketplace.accounts.second import begin_app, confirm_app
from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.models import RevocationCase
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ON_SALE
from marketplace.festival.models import Festival, Offer
from marketplace.lottery.models import Award, Draw
from marketplace.lottery.receipts import inclusions_of
from marketplace.messages.models import Channel
from marketplace.messages.preferences import stop_token
from marketplace.orders.after_models import Invoice
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from marketplace.reviews.models import Review
from marketplace.stores.case_models import SealApplication
from marketplace.stores.models import Clearance, Store, StoreMember
from tests.browser.whole_house import AT, HALF_SIGNED_IN, Found, House
from tests.factories import a_bare_store, a_festival, a_member, a_person, a_session
from tests.factories.applications import NATIONAL_ID
from tests.factories.buying import paid
from tests.factories.complaints import unanswered
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

PASSWORD = "بازار بهار ۱۴۰۵"
MOBILE = "09129990001"
DAY = timedelta(days=1)
NUMBERS = itertools.count(1)
TABLE = "sku,title_fa,category,regular_toman,festival_toman,stock\nk-1,کیف,bags,نه,800000,10\n"
NEW_STORE = {
    "kind": "online",
    "name_fa": "گلدان گیلان",
    "name_en": "Gilan Pots",
    "domain": "https://www.gilan-pots.example/",
    "city": "رشت",
    "founded_on": "۱۳۹۸/۲/۱",
}


def add_cases(house: House) -> dict[str, Found]:
    """Writes the cases; gives their pages by endpoint. The clock of the house stands at `AT`."""
    with house.app.app_context():
        found = [
            *add_invoices(house),
            *_of_orders(house),
            *_of_the_draw(house),
            *_of_the_office(house),
            *_of_the_store(house),
            *_of_applicants(house),
            *_of_factors(house),
            *_of_everybody(),
        ]
        db.session.remove()
    return {page.endpoint: page for page in found}


def _enter(house: House, who: str, person: Person) -> str:
    """Gives somebody a session of their own in the house."""
    house.sessions[who] = a_session(person, at=AT)
    return who


def _one(model: Any, *conditions: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model).where(*conditions).order_by(model.id)).first()


def _somebody() -> Person:
    """A person of these tests, with a mobile that nobody of the demo has."""
    return a_person(at=AT, mobile=f"0912888{next(NUMBERS):04d}")


def _person(number: int) -> Person:
    found: Person = db.session.get_one(Person, number)
    return found


def _order_of_two(house: House) -> str:
    """Somebody's order of two stores, paid; its number."""
    gateway = MemoryGateway()
    use_gateway(house.app, gateway)
    db.session.rollback()
    offers = db.session.scalars(select(Offer).where(ON_SALE), {"festival": _one(Festival).id, "at": AT}).all()
    two = {offer.store_id: offer for offer in offers}
    person = _somebody()
    _enter(house, "two", person)
    return paid(gateway, person, *((offer, 1) for offer in list(two.values())[:2]), at=AT).number


def add_invoices(house: House) -> list[Found]:
    """An invoice as the shopper and as the store see it; nothing is written but their sessions."""
    invoice: Invoice = _one(Invoice)
    part = db.session.get_one(StoreOrder, invoice.store_order_id)
    order = db.session.get_one(Order, part.order_id)
    address = f"/orders/{order.number}/store-orders/{part.id}/invoices/{invoice.number}"
    in_panel = f"/panel/orders/{part.id}/invoices/{invoice.number}"
    owner = _one(StoreMember, StoreMember.store_id == part.store_id).person_id
    shopper = order.person_id
    return [
        Found("storefront.show_invoice", address, _enter(house, "invoice", _person(shopper))),
        Found("panel_after.show_invoice", in_panel, _enter(house, "seller", _person(owner))),
    ]


def _of_orders(house: House) -> list[Found]:
    """Goods that may go back, and an order of two stores."""
    arrived = _one(StoreOrder, StoreOrder.state == StoreOrderState.delivered)
    buyer = db.session.get_one(Order, arrived.order_id)
    back = f"/orders/{buyer.number}/store-orders/{arrived.id}/return"
    return [
        Found("storefront.new_return", back, _enter(house, "buyer", _person(buyer.person_id))),
        Found("complaints.choose_part", f"/orders/{_order_of_two(house)}/complaint", "two"),
    ]


def _of_the_draw(house: House) -> list[Found]:
    draw: Draw = _one(Draw, Draw.manifest.is_not(None))
    award: Award = _one(Award, Award.claimed_at.is_not(None))
    one = inclusions_of(draw, award.person_id)[0]
    return [
        Found("draw_acts.show_figures", f"/office/draws/{draw.slug}/figures", "official"),
        Found("draw_event.new_beacon", f"/draws/{draw.slug}/round", ""),
        Found("draw_event.check_receipt", f"/draws/{draw.slug}/check?{urlencode({'e': one.code})}", ""),
        Found(
            "winner.show_receipt_page",
            f"/me/draws/{draw.slug}/receipt",
            _enter(house, "taker", _person(award.person_id)),
        ),
        Found("winner.show_certificate", f"/me/prizes/{award.id}/certificate", "taker"),
    ]


def _of_the_office(house: House) -> list[Found]:
    """Previews of rules, an inquiry, a list of seals that was read, a seal that is asked for and one that may fall."""
    wish = {"effective_on": "1405/02/01", "reason": "برای آزمون"}
    number = urlencode({"value": 120_000, **wish})
    tariff = urlencode({"first_kg_toman": 60_000, "next_kg_toman": 9_000, **wish})
    officer = Client(house.app)
    officer.browser.set_cookie("sid", house.sessions["official"])
    example = officer.get("/office/licences/imports/template.csv").body
    read = officer.submit(
        officer.get("/office/licences/imports").form("/imports"), file=(io.BytesIO(example), "licences.csv")
    )
    member: StoreMember = _one(StoreMember, StoreMember.store_id == _one(Store, Store.kind == "online").id)
    unanswered(db.session.get_one(Store, member.store_id), 8, at=AT)
    with unit_of_work():
        apply_consequences(member.store_id, AT)
    return [
        Found(
            "policy.show_number_preview",
            f"/office/policy/numbers/free_shipping_above_toman/preview?{number}",
            "official",
        ),
        Found("policy.show_tariff_preview", f"/office/policy/tariffs/pishtaz/0/preview?{tariff}", "official"),
        Found("clearances.show_inquiry", f"/office/clearances/{_one(Clearance).id}", "official"),
        Found("imports.show_import", read.path, "official"),
        Found(
            "complaints_desk.show_revocation", f"/office/revocations/{_one(RevocationCase).id}", "official"
        ),
        Found(
            "complaints_panel.show_revocation",
            "/panel/complaints/revocation",
            _enter(house, "falling", _person(member.person_id)),
        ),
    ]


def _of_the_store(house: House) -> list[Found]:
    """A file of offers with a wrong row, and an address that is told of news."""
    store = Client(house.app)
    store.browser.set_cookie("sid", house.sessions["store"])
    form = store.get("/panel/offers/imports").form("/imports")
    read = store.submit(form, table=(io.BytesIO(TABLE.encode()), "kala.csv"))
    store.post("/panel/webhooks", {"url": "https://store.example/news", "events": ["order.paid"]}, expect=201)
    hook = next(link for link in store.get("/panel/webhooks").links() if link.rpartition("/")[2].isdigit())
    return [Found("panel_imports.show_import", read.path, "store"), Found("hooks.show_hook", hook, "store")]


def _of_applicants(house: House) -> list[Found]:
    """A store that asks for a seal, and one that applies to the edition after this one."""
    a_festival(
        applications_from=AT - 5 * DAY,
        applications_until=AT + 20 * DAY,
        live_from=AT + 60 * DAY,
        live_until=AT + 75 * DAY,
        draw_at=AT + 90 * DAY,
        title_fa="جشنواره‌ی تابستانه",
        title_en="Summer festival",
    )
    newcomer = Client(house.app)
    newcomer.browser.set_cookie("sid", house.sessions[_enter(house, "newcomer", _somebody())])
    start = newcomer.get("/panel/application").form("/panel/application")
    newcomer.submit(start, province="گیلان", **NEW_STORE)
    owner = a_member(a_bare_store(at=AT), _somebody(), at=AT).person_id
    asking = Client(house.app)
    asking.browser.set_cookie("sid", house.sessions[_enter(house, "asking", _person(owner))])
    wish = {"domain": "https://negar.example/", "national_id": NATIONAL_ID, "consent": "1"}
    asking.submit(asking.get("/panel/seal").form("/application"), **wish)
    return [
        Found("application.show_step", "/panel/application/who", "newcomer"),
        Found(
            "seals.show_seal_application",
            f"/office/seals/applications/{_one(SealApplication).id}",
            "official",
        ),
    ]


def _of_factors(house: House) -> list[Found]:
    """Somebody who sets an app up, and somebody who is asked for a code of it."""
    person = a_person(at=AT, mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD))
    with unit_of_work():
        secret = begin_app(person.id, AT)
    with unit_of_work():
        assert confirm_app(person.id, pyotp.TOTP(secret).at(AT), AT) is None
    door = Client(house.app)
    assert door.post("/sign-in", {"mobile": MOBILE, "password": PASSWORD}).path == "/sign-in/second"
    waiting = door.browser.get_cookie("second_step")
    assert waiting is not None
    house.sessions[HALF_SIGNED_IN] = waiting.value
    beginner = _somebody()
    with unit_of_work():
        begin_app(beginner.id, AT)
    return [
        Found("me.show_app_secret", "/me/security/app", _enter(house, "beginner", beginner)),
        Found("second.new_second_step", "/sign-in/second", HALF_SIGNED_IN),
    ]


def _of_everybody() -> list[Found]:
    """Reviews of an offer, and the link in a message that ends such messages."""
    review: Review = _one(Review)
    offer: Offer = _one(Offer, Offer.product_id == review.product_id)
    return [
        Found("reviews.list_reviews", f"/offers/{offer.id}/reviews", ""),
        Found("message_wishes.show_stop", f"/stop/{stop_token(1, Channel.mail)}", ""),
    ]
