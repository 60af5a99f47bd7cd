"""Offers from draft to end: each verb with what it refuses, and nothing written by a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from marketplace.catalog.models import PriceChange, Product, Variant
from marketplace.catalog.prices import broken_prices
from marketplace.complaints.performance import record_of, refresh_records
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid, MarketplaceError, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import explain_offers
from marketplace.festival.deciding import (
    approve_offer,
    freeze_offer,
    reject_offer,
    submit_offer,
    unfreeze_offer,
    withdraw_offer,
)
from marketplace.festival.drafting import draft_offer, update_draft
from marketplace.festival.errors import (
    OfferNotReady,
    OwnStore,
    PriceOnlyFalls,
    SkuTaken,
    StaleOffer,
    StockBelowSold,
    WindowOver,
)
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_inputs import OfferWish
from marketplace.festival.offer_models import OfferStep
from marketplace.festival.offer_windows import begin_offers, end_offers
from marketplace.festival.selling import change_stock, end_offer, lower_price
from marketplace.messages.models import Message
from marketplace.stores.visibility import hide_store, reinstate_store
from tests.factories import a_category, a_festival, a_member, a_price, an_official, world, writing
from tests.factories.complaints import unanswered

DAY = timedelta(days=1)
STORE = Actor(None, "store", "پری")


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def shop(w):
    return w.stores[0]


@pytest.fixture
def officer(w):
    return Actor(an_official("office").id, "office", "مینا")


def a_wish(w, **changes):
    plain = OfferWish(
        sku="B-1",
        title_fa="کیف دستی مهتاب",
        title_en="Mahtab handbag",
        category_id=w.soap.category_id,
        description_fa="دوخته از چرم گاوی، با آستر پارچه‌ای.",
        description_en="",
        variant_fa="مشکی",
        variant_en="black",
        weight_grams=700,
        regular_toman=1_000_000,
        festival_toman=800_000,
        stocked_count=10,
        limit_per_buyer=2,
        permit_number=None,
        health_code=None,
        evidence_url=None,
    )
    return replace(plain, **changes)


def drafted(w, shop, at, **changes):
    with unit_of_work():
        return draft_offer(shop.id, w.festival, a_wish(w, **changes), STORE, at).id


def seasoned(w, shop, at, **changes):
    """A draft of goods that were on sale here at their regular price for forty days."""
    offer_id = drafted(w, shop, at - 40 * DAY, **changes)
    was_on_sale(offer_id, at - 40 * DAY)
    return offer_id


def was_on_sale(offer_id, since):
    offer = seen(offer_id)
    a_price(db.session.get_one(Variant, offer.variant_id), offer.regular_toman, since=since)


def waiting(w, shop, at, **changes):
    offer_id = seasoned(w, shop, at, **changes)
    with unit_of_work():
        submit_offer(offer_id, shop.id, STORE, at)
    return offer_id


def seen(offer_id):
    db.session.rollback()
    return db.session.get_one(Offer, offer_id, populate_existing=True)


def do(verb, *args, **options):
    with unit_of_work():
        verb(*args, **options)


def counts():
    db.session.rollback()
    models = (Offer, OfferStep, Product, Variant, PriceChange, Message, AuditEntry)
    return [db.session.scalar(select(func.count()).select_from(m)) for m in models]


def refused(error, verb, *args, **options):
    """The verb raises this error and leaves no trace."""
    before = counts()
    with pytest.raises(error) as told:
        do(verb, *args, **options)
    assert counts() == before
    return told.value


def test_an_offer_goes_from_draft_to_the_shelf(w, shop, officer, at):
    offer_id = waiting(w, shop, at)
    assert explain_offers([offer_id], at)[offer_id]
    do(approve_offer, offer_id, seen(offer_id).version, officer, at)
    offer = seen(offer_id)
    assert (offer.state, offer.reference_toman, offer.discount_percent) == (OfferState.live, 1_000_000, 20)
    assert offer.reduced_at == at and explain_offers([offer_id], at) == {offer_id: []}
    prices = db.session.scalars(
        select(PriceChange.price_toman)
        .where(PriceChange.variant_id == offer.variant_id, PriceChange.is_told.is_(False))
        .order_by(PriceChange.id)
    ).all()
    assert prices == [1_000_000, 800_000] and list(broken_prices()) == []
    steps = db.session.scalars(select(OfferStep.new_state).where(OfferStep.offer_id == offer_id)).all()
    assert steps == ["draft", "checked", "approved", "live"]
    assert "مهتاب" in offer.search_text and "mahtab" in offer.search_text


def test_goods_without_history_need_evidence_that_an_officer_read(w, shop, officer, at):
    """A new store that tells a regular price of its own making cannot pass."""
    offer_id = drafted(w, shop, at)
    told = refused(OfferNotReady, submit_offer, offer_id, shop.id, STORE, at)
    assert [r.code for r in told.reasons] == ["evidence_missing"]
    wish = a_wish(w, evidence_url="https://prices.example/42")
    do(update_draft, offer_id, shop.id, wish, None, STORE, at)
    do(submit_offer, offer_id, shop.id, STORE, at)
    version = seen(offer_id).version
    assert refused(Invalid, approve_offer, offer_id, version, officer, at).fields == {
        "evidence_toman": "required"
    }
    told = refused(OfferNotReady, approve_offer, offer_id, version, officer, at, evidence_toman=900_000)
    assert [r.code for r in told.reasons] == ["discount_below_reference"]
    do(approve_offer, offer_id, version, officer, at, evidence_toman=950_000)
    offer = seen(offer_id)
    assert (offer.state, offer.reference_toman, offer.discount_percent) == (OfferState.live, 950_000, 15)


def test_a_price_raised_before_the_festival_is_measured_by_the_old_one(w, shop, at):
    offer_id = seasoned(w, shop, at, regular_toman=700_000, festival_toman=590_000)
    do(update_draft, offer_id, shop.id, a_wish(w, festival_toman=690_000), None, STORE, at - 10 * DAY)
    told = refused(OfferNotReady, submit_offer, offer_id, shop.id, STORE, at)
    assert [r.code for r in told.reasons] == ["discount_below_reference"]


@pytest.mark.parametrize("days", [1, 30, 31, 400])
def test_a_draft_at_an_inflated_price_never_becomes_a_history(w, shop, officer, at, days):
    """However long ago a store wrote it down: nothing was sold at it, so that evidence is asked, and counts."""
    offer_id = drafted(w, shop, at - days * DAY, regular_toman=2_000_000, festival_toman=1_600_000)
    told = refused(OfferNotReady, submit_offer, offer_id, shop.id, STORE, at)
    assert [r.code for r in told.reasons] == ["evidence_missing"]
    wish = a_wish(
        w, regular_toman=2_000_000, festival_toman=1_600_000, evidence_url="https://prices.example/1"
    )
    do(update_draft, offer_id, shop.id, wish, None, STORE, at)
    do(submit_offer, offer_id, shop.id, STORE, at)
    version = seen(offer_id).version
    told = refused(OfferNotReady, approve_offer, offer_id, version, officer, at, evidence_toman=1_200_000)
    assert [r.code for r in told.reasons] == ["discount_below_reference"]
    assert list(broken_prices()) == []


def test_a_typing_error_in_a_draft_is_no_price_that_was_asked(w, shop, at):
    offer_id = seasoned(w, shop, at)
    do(
        update_draft,
        offer_id,
        shop.id,
        a_wish(w, regular_toman=100_000, festival_toman=80_000),
        None,
        STORE,
        at,
    )
    do(update_draft, offer_id, shop.id, a_wish(w), None, STORE, at)
    do(submit_offer, offer_id, shop.id, STORE, at)
    assert seen(offer_id).state is OfferState.checked


def test_saving_the_same_again_writes_nothing(w, shop, at):
    offer_id = drafted(w, shop, at)
    before = counts()
    do(update_draft, offer_id, shop.id, a_wish(w), None, STORE, at + DAY)
    assert counts() == before


def test_sorts_of_one_title_are_one_product(w, shop, at):
    first = seen(drafted(w, shop, at))
    second = seen(drafted(w, shop, at, sku="B-2", variant_fa="قهوه‌ای"))
    assert first.product_id == second.product_id
    told = refused(Invalid, draft_offer, shop.id, w.festival, a_wish(w, sku="B-3"), STORE, at)
    assert told.fields == {"variant_fa": "same_goods"}
    folded = a_wish(w, sku="B-3", title_fa="كيف  دستی مهتاب", variant_fa="مشكي")
    assert refused(Invalid, draft_offer, shop.id, w.festival, folded, STORE, at).fields
    other = a_wish(w, title_fa="کیف دستی آفتاب")
    assert refused(Invalid, update_draft, first.id, shop.id, other, None, STORE, at).fields == {
        "title_fa": "product_shared"
    }


def test_a_code_is_unique_within_a_store_alone(w, shop, at):
    drafted(w, shop, at)
    refused(SkuTaken, draft_offer, shop.id, w.festival, a_wish(w, title_fa="کیف دیگر"), STORE, at)
    drafted(w, w.stores[1], at)


def test_another_stores_offer_is_not_there(w, shop, at):
    offer_id, other = waiting(w, shop, at), w.stores[1].id
    wish = a_wish(w, stocked_count=3)
    for verb, args in (
        (update_draft, (wish, None, STORE, at)),
        (submit_offer, (STORE, at)),
        (withdraw_offer, (STORE, at)),
        (lower_price, (5_000, STORE, at)),
        (change_stock, (99, STORE, at)),
        (end_offer, (STORE, at)),
    ):
        refused(NotFound, verb, offer_id, other, *args)


def test_a_stale_page_decides_nothing(w, shop, officer, at):
    offer_id = waiting(w, shop, at)
    version = seen(offer_id).version
    do(withdraw_offer, offer_id, shop.id, STORE, at)
    refused(StaleOffer, approve_offer, offer_id, version, officer, at)
    do(submit_offer, offer_id, shop.id, STORE, at)
    refused(StaleOffer, approve_offer, offer_id, version, officer, at)
    refused(StaleOffer, reject_offer, offer_id, version, ["other"], officer, at, note="x")
    do(approve_offer, offer_id, seen(offer_id).version, officer, at)
    refused(StaleOffer, update_draft, offer_id, shop.id, a_wish(w, stocked_count=1), None, STORE, at)


def test_nobody_decides_about_their_own_store(w, shop, at):
    person = an_official("office")
    a_member(shop, person)
    insider = Actor(person.id, "office", "x")
    offer_id = waiting(w, shop, at)
    version = seen(offer_id).version
    refused(OwnStore, approve_offer, offer_id, version, insider, at)
    refused(OwnStore, reject_offer, offer_id, version, ["other"], insider, at, note="x")
    refused(Forbidden, hide_store, shop.id, "fraud", "x", insider, at)


def test_a_rejected_offer_is_mended_and_sent_again(w, shop, officer, at):
    offer_id = waiting(w, shop, at)
    version = seen(offer_id).version
    assert refused(Invalid, reject_offer, offer_id, version, [], officer, at).fields == {
        "reasons": "choose_one"
    }
    assert refused(Invalid, reject_offer, offer_id, version, ["other"], officer, at).fields == {
        "note": "required"
    }
    do(reject_offer, offer_id, version, ["words_or_picture"], officer, at)
    assert seen(offer_id).state is OfferState.rejected
    assert db.session.scalar(
        select(func.count()).select_from(Message).where(Message.template == "offer_rejected")
    )
    do(update_draft, offer_id, shop.id, a_wish(w, description_fa="شرحی روشن‌تر از پیش."), None, STORE, at)
    do(submit_offer, offer_id, shop.id, STORE, at)
    assert seen(offer_id).state is OfferState.checked


def test_while_live_the_price_only_falls(w, at):
    offer, store = w.soap, w.soap.store_id
    old = offer.festival_toman
    do(lower_price, offer.id, store, old - 1_000, STORE, at)
    changed = seen(offer.id)
    assert changed.festival_toman == old - 1_000
    last = db.session.scalars(
        select(PriceChange.price_toman)
        .where(PriceChange.variant_id == offer.variant_id)
        .order_by(PriceChange.id.desc())
        .limit(1)
    ).one()
    assert last == old - 1_000
    refused(PriceOnlyFalls, lower_price, offer.id, store, old, STORE, at)
    refused(Invalid, lower_price, offer.id, store, 999, STORE, at)


def test_stock_never_goes_below_what_is_sold_and_held(w, at):
    with writing():
        offer = db.session.get_one(Offer, w.soap.id)
        offer.stocked_count, offer.sold_count, offer.held_count = 10, 3, 2
    args = (w.soap.id, w.soap.store_id)
    refused(StockBelowSold, change_stock, *args, 4, STORE, at)
    do(change_stock, *args, 5, STORE, at)
    assert seen(w.soap.id).left_count == 0
    do(change_stock, *args, 50, STORE, at)
    assert seen(w.soap.id).left_count == 45


def test_what_waits_for_a_decision_is_not_let_in_by_setting_it_free(w, shop, officer, at):
    offer_id = waiting(w, shop, at)
    refused(StaleOffer, unfreeze_offer, offer_id, None, "آزاد شود", officer, at)
    assert seen(offer_id).state is OfferState.checked


def test_the_office_stops_and_frees_an_offer(w, officer, at):
    offer_id, version = w.soap.id, w.soap.version
    refused(Invalid, freeze_offer, offer_id, version, [], officer, at)
    do(freeze_offer, offer_id, version, ["health"], officer, at)
    assert [o.code for o in explain_offers([offer_id], at)[offer_id]] == ["offer_frozen"]
    refused(StaleOffer, unfreeze_offer, offer_id, version, "x", officer, at)
    refused(Invalid, unfreeze_offer, offer_id, None, " ", officer, at)
    do(unfreeze_offer, offer_id, None, "گواهی تازه دیده شد", officer, at)
    assert explain_offers([offer_id], at) == {offer_id: []}


def test_hiding_a_store_hides_its_offers_at_once(w, shop, officer, at):
    offer_id = w.soap.id
    store_id = w.soap.store_id
    refused(Invalid, hide_store, store_id, "fraud", "", officer, at)
    do(hide_store, store_id, "fraud", "گزارش پلیس", officer, at)
    assert "store_hidden" in [o.code for o in explain_offers([offer_id], at)[offer_id]]
    refused(MarketplaceError, hide_store, store_id, "fraud", "دوباره", officer, at)
    do(reinstate_store, store_id, "نادرست بود", officer, at)
    assert explain_offers([offer_id], at) == {offer_id: []}


def test_offers_begin_and_end_with_the_window(ctx, shop, w, officer, at):
    coming = a_festival(at=at, live_from=at + DAY, live_until=at + 5 * DAY, draw_at=at + 9 * DAY)
    with unit_of_work():
        offer_id = draft_offer(shop.id, coming, a_wish(w), STORE, at - 40 * DAY).id
    was_on_sale(offer_id, at - 40 * DAY)
    do(submit_offer, offer_id, shop.id, STORE, at)
    do(approve_offer, offer_id, seen(offer_id).version, officer, at)
    assert seen(offer_id).state is OfferState.approved and begin_offers(at) == 0
    assert begin_offers(coming.live_from + timedelta(seconds=3)) == 1
    begun = seen(offer_id)
    assert (begun.state, begun.reduced_at) == (OfferState.live, coming.live_from)
    assert end_offers(coming.live_until - timedelta(seconds=1)) == 0
    end_offers(coming.live_until)
    assert seen(offer_id).state is OfferState.ended
    last = db.session.execute(
        select(PriceChange.price_toman, PriceChange.since_at)
        .where(PriceChange.variant_id == begun.variant_id)
        .order_by(PriceChange.id.desc())
        .limit(1)
    ).one()
    assert tuple(last) == (1_000_000, coming.live_until)
    refused(WindowOver, draft_offer, shop.id, coming, a_wish(w, sku="Z"), STORE, coming.live_until)


def test_an_offer_that_is_no_longer_honest_at_the_start_is_stopped(w, shop, officer, at):
    coming = a_festival(at=at, live_from=at + DAY, live_until=at + 5 * DAY, draw_at=at + 9 * DAY)
    with unit_of_work():
        offer_id = draft_offer(shop.id, coming, a_wish(w), STORE, at - 40 * DAY).id
    was_on_sale(offer_id, at - 40 * DAY)
    do(submit_offer, offer_id, shop.id, STORE, at)
    do(approve_offer, offer_id, seen(offer_id).version, officer, at)
    with writing():
        db.session.get_one(Offer, offer_id).festival_toman = 990_000
    begin_offers(coming.live_from)
    assert seen(offer_id).state is OfferState.frozen


def test_permits_and_codes_are_asked_where_the_row_asks(w, shop, at):
    row = a_category(needs_permit=True, asked_code="health")
    offer_id = seasoned(w, shop, at, category_id=row.id)
    told = refused(OfferNotReady, submit_offer, offer_id, shop.id, STORE, at)
    assert {r.code for r in told.reasons} == {"permit_missing", "health_code_missing"}


def test_a_change_in_the_past_of_a_price_is_found(w, shop, at):
    variant_id = seen(drafted(w, shop, at)).variant_id
    assert list(broken_prices()) == []
    is_sqlite = db.engine.dialect.name == "sqlite"
    db.session.rollback()
    with db.engine.connect() as connection, connection.execution_options(writes=True).begin():
        if is_sqlite:
            connection.execute(text("DROP TRIGGER price_history_no_update"))
        else:
            connection.execute(text("ALTER TABLE price_history DISABLE TRIGGER ALL"))
        connection.execute(
            text("UPDATE price_history SET price_toman = price_toman + 1 WHERE variant_id = :v"),
            {"v": variant_id},
        )
    assert len(list(broken_prices())) == 1


def test_the_system_may_stop_what_the_office_did_not(w, at):
    do(freeze_offer, w.tea.id, None, ["kit_reports"], SYSTEM, at)
    assert seen(w.tea.id).state is OfferState.frozen


def test_a_stop_for_price_or_kit_is_a_mark_in_the_record_once(w, officer, at):
    """Shown on the next page of the record, also where its figures were kept a moment ago."""
    store_id = w.soap.store_id
    unanswered(w.stores[0], 1)
    refresh_records(at)
    assert "price_freeze" not in record_of(store_id, at)["marks"]
    do(freeze_offer, w.soap.id, None, ["price_complaint", "kit_reports"], officer, at)
    do(freeze_offer, w.soap.id, None, ["price_complaint"], officer, at)
    assert record_of(store_id, at)["marks"] == {"price_freeze": 1}
    do(unfreeze_offer, w.soap.id, None, "قیمت درست شد", officer, at)
    do(freeze_offer, w.soap.id, None, ["health"], officer, at)
    assert record_of(store_id, at)["marks"] == {"price_freeze": 1}
