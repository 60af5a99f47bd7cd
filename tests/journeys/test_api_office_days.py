"""Days of the office through the API alone, by the Python client over a socket: inspections, a complaint up to the
adjudicators' word, the cost of a draw, editions and texts. What a call made is used by the name it was told under.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.festival.models import Festival
from tests.factories import AT, World, an_official
from tests.factories.buying import broken_invariants, later, paid, parts_of
from tests.factories.claiming import adjudicators, fill_fund
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_client import the_client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
Market = Callable[..., Any]
GROUNDS = "مدرکی از رسیدن کالا در پرونده نیست."


@pytest.fixture
def gateway(app: Flask) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def refused(call: Callable[[], object]) -> Any:
    """The refusal of a call, which wrote nothing."""
    with nothing_written(), pytest.raises(the_client().Problem) as found:
        call()
    return found.value


def agree(program: Any, approval_id: int) -> None:
    """The second person reads a proposal and agrees to what was read."""
    [waiting] = [one for one in program.items("/office/approvals") if one["id"] == approval_id]
    program.post(f"/office/approvals/{approval_id}/agreement", {"digest": waiting["digest"]})


def test_inspections_from_the_plan_to_a_cleared_finding(w, market):
    office = market(an_official(Role.office), "office:read", "office:inspections", "office:texts")
    inspector = market(an_official(Role.health_inspector), "office:read", "office:inspections")
    auditor = market(an_official(Role.auditor), "office:read")
    store = market(w.owners[0], "store:papers")
    here, today = w.stores[0], tehran(AT).date()
    plan = {"store": here.slug, "planned_on": f"{today:%Y-%m-%d}"}
    wish = {**plan, "planned_on": "1405/01/05"}
    assert refused(lambda: office.post("/office/visits", {**wish, "store": "nobody"})).status == 422
    visit_id = office.post("/office/visits", wish)["visit_id"]
    assert visit_id in [one["id"] for one in auditor.items("/office/visits")]
    visit = inspector.get(f"/office/visits/{visit_id}")
    keys = [line["key"] for line in inspector.get("/office/checklist")["items"]]
    report = {
        "submission_key": "k" * 16,
        "checklist_version": visit["checklist_version"],
        "is_met": True,
        "met_name": "مریم رضایی",
        "lines": [{"key": key, "mark": "ok"} for key in keys],
        "earlier": [],
    }
    report["lines"][0] = {"key": keys[0], "mark": "not_ok", "note": "نم دارد", "severity": "critical"}
    assert refused(lambda: office.post(f"/office/visits/{visit_id}/report", report)).code == "role_needed"
    inspector.post(f"/office/visits/{visit_id}/report", report)
    admission = f"/offers/{w.soap.id}/admission"
    assert not store.get(admission)["on_sale"], "a critical finding hides the store at once"
    [open_one] = auditor.items("/office/findings")
    finding_id = open_one["finding"]["id"]
    store.post(f"/store/health/findings/{finding_id}/action", {"text": "انبار خشک شد."})
    [again] = [one for one in office.items("/office/visits") if one["id"] != visit_id]
    assert again["kind"] != "planned"
    second = {
        **report,
        "submission_key": "m" * 16,
        "lines": [{"key": key, "mark": "ok"} for key in keys],
        "earlier": [{"id": finding_id, "outcome": "mended"}],
    }
    inspector.post(f"/office/visits/{again['id']}/report", second)
    assert store.get(admission)["on_sale"]
    assert list(auditor.items("/office/findings")) == []
    letter_id = office.post("/office/letters", {"addressee": "وزارت بهداشت", "note": "گزارش ماه"})[
        "letter_id"
    ]
    assert [one["id"] for one in auditor.items("/office/letters")] == [letter_id]
    assert broken_invariants() == {}


def test_a_complaint_up_to_the_adjudicators_word(w, market, gateway):
    fill_fund(50_000_000)
    judges = {person.id: person for person in adjudicators(3)}
    shopper = market(w.shopper, "orders:read", "orders:write")
    store = market(w.owners[2], "store:orders")
    centre = market(an_official(Role.seal_officer), "office:read", "office:complaints")
    part = parts_of(paid(gateway, w.shopper, (w.bowl, 1)))[0]
    wish = {"category": "not_delivered", "text": "کالا نرسیده و پاسخی نگرفته‌ام."}
    number = shopper.post(f"/store-orders/{part.id}/complaint", wish)["number"]
    answer = {"kind": "refusal", "text": "کالا فرستاده شد و رسیده است، رسید هم هست."}
    store.post(f"/store/complaints/{number}/answer", answer)
    shopper.post(f"/complaints/{number}/evaluation", {"evaluation": "not_solved", "text": "نرسید."})
    assert number in [one["number"] for one in centre.items("/office/complaints", tab="review")]
    assert refused(lambda: store.post(f"/store/complaints/{number}/answer", answer)).status == 409
    centre.post(f"/office/complaints/{number}/review", {"verdict": "upheld", "text": GROUNDS})
    case = shopper.get(f"/complaints/{number}/claim")
    assert case["is_met"]
    claim = shopper.post(f"/complaints/{number}/claim", {"text": "زیان من بهای کاسه است."})["number"]
    assert (
        refused(lambda: shopper.post(f"/complaints/{number}/claim", {"text": "بار دوم هم می‌خواهم."})).status
        == 409
    )
    store.post(f"/store/claims/{claim}/answer", {"text": "رسید را نداریم، ولی فرستادیم."})
    seats = {}
    for person in judges.values():
        judge = market(person, "office:read", "office:claims")
        if claim in [one["number"] for one in judge.items("/office/claims")]:
            seats[person.id] = judge
    assert len(seats) == 1, "below two million toman one decides"
    [judge] = seats.values()
    shown = judge.get(f"/office/claims/{claim}")
    choice = {
        "outcome": "approve",
        "ground": "not_delivered",
        "text": GROUNDS,
        "loss_toman": shown["bench"]["most_toman"],
        "version": shown["version"],
    }
    decided = judge.post(f"/office/claims/{claim}/choice", choice)
    assert decided["decisions"][0]["is_for_shopper"]
    assert shopper.get(f"/claims/{claim}")["decisions"][0]["text"] == GROUNDS
    assert broken_invariants() == {}


def test_the_cost_of_a_draw_is_shared_by_two(w, market, gateway):
    settled(gateway, w.shopper, (w.carpet, 1), at=AT)
    after = db.session.get_one(Festival, w.festival.id).live_until + timedelta(days=1)
    festival_id, store_id = w.festival.id, w.stores[2].id
    db.session.rollback()
    first, second = (an_official(Role.office) for _ in range(2))
    with later(after):
        office = market(first, "office:read", "office:draws", "office:money", "office:sign", at=after)
        other = market(second, "office:read", "office:sign", at=after)
        slug = office.post("/office/draws", {"festival_id": festival_id, "permit": "ق/۱۴۰۵/۹"})["slug"]
        here = f"/office/draws/{slug}"
        coin = {"title_fa": "سکه", "title_en": "A coin", "unit_count": 3, "value_toman": 1_000_000}
        rank = office.post(f"{here}/prizes", coin)["rank"]
        gone = refused(lambda: office.delete(f"{here}/prizes/{rank}"))
        assert gone.code == "draw_wrong_state", "people bought, counting on it"
        assert [prize["rank"] for prize in office.items(f"{here}/prizes")] == [rank]
        gift = {"sponsor": "چرخ سبز", "letter": "12/1405", "kind": "money", "amount_toman": 600_000}
        gift_id = office.post(f"{here}/gifts", gift)["gift_id"]
        office.post(f"{here}/gifts/{gift_id}/receipt")
        assert office.get(f"{here}/costs")["missing_toman"] == 2_400_000
        asked = office.post(f"{here}/shares")["approval_id"]
        assert refused(lambda: agree(office, asked)).code == "second_person_needed"
        agree(other, asked)
        shares = {share["store_id"]: share["amount_toman"] for share in office.get(f"{here}/costs")["shares"]}
        assert shares[store_id] == 1_920_000, "a tenth equally, the rest by sales, below the cap"
        paying = office.post(f"{here}/payments", {"amount_toman": 600_000, "note": "سکه"})["approval_id"]
        agree(other, paying)
        released = office.post(f"{here}/shares/{store_id}/release", {"reason": "ورشکسته شد"})["approval_id"]
        agree(other, released)
        after_it = {share["store_id"]: share for share in office.get(f"{here}/costs")["shares"]}
        assert after_it[store_id]["released_toman"] > 0
    assert broken_invariants() == {}


def test_editions_numbers_and_texts(w, market):
    office = market(an_official(Role.office), "office:read", "office:policy", "office:texts")
    other = market(an_official(Role.office), "office:read", "office:sign")
    edition = {
        "slug": "mehregan-1405",
        "title_fa": "جشنواره مهرگان",
        "title_en": "Mehregan festival",
        "story_fa": "جشنواره پاییزی فروشگاه‌ها.",
        "story_en": "The autumn festival of the shops.",
        "applications_from_on": "1405/05/01",
        "applications_until_on": "1405/05/20",
        "live_from_on": "1405/07/01",
        "live_until_on": "1405/07/20",
        "draw_at_on": "1405/07/25",
        "draw_time": "20:00",
    }
    assert refused(lambda: office.post("/office/festivals", {**edition, "live_from_on": "1405/08/01"})).fields
    made = office.post("/office/festivals", edition)["festival_id"]
    seen = office.get(f"/office/festivals/{made}")
    changed = {**edition, "title_en": "Mehregan bazaar", "seen": seen["seen"]}
    office.put(f"/office/festivals/{made}", changed)
    assert refused(lambda: office.put(f"/office/festivals/{made}", changed)).status == 409, "seen is stale"
    now = office.get(f"/office/festivals/{made}")
    assert now["title_en"] == "Mehregan bazaar"
    office.put(
        f"/office/festivals/{made}",
        {**changed, "story_en": "Our" + edition["story_en"][3:], "seen": now["seen"]},
    )
    late = {**changed, "title_en": "Another", "seen": now["seen"]}
    assert refused(lambda: office.put(f"/office/festivals/{made}", late)).status == 409, (
        "as long, but another story"
    )
    words = {"title_fa": "راهنمای تحویل", "title_en": "Receiving", "effective_on": "1405/02/01"}
    words |= {"body_fa": "بسته را پیش پیک باز کنید.", "body_en": "Open the parcel in the courier's presence."}
    office.post("/office/first-texts")
    text = next(one for one in office.items("/office/texts"))
    version = office.post(f"/office/texts/{text['key']}/versions", {**words, "seen": text["version"]})[
        "version"
    ]
    assert version == text["version"] + 1
    assert office.get(f"/office/texts/{text['key']}")["items"][0]["version"] == version
    key = office.post("/office/new-guidelines", words)["key"]
    assert key in [one["key"] for one in office.items("/office/texts")]
    pledge = office.get("/office/pledge-texts/hygiene_kit")["items"][0]
    proposed = office.post("/office/pledge-texts/hygiene_kit/versions", {**words, "seen": pledge["version"]})
    agree(other, proposed["approval_id"])
    [newest, *_] = office.get("/office/pledge-texts/hygiene_kit")["items"]
    assert newest["version"] == pledge["version"] + 1
    tariff = office.get("/office/policy/tariffs/pishtaz/1")
    price = {
        "seen": tariff["seen"],
        "first_kg_toman": tariff["tariff"]["first_kg_toman"] + 1_000,
        "next_kg_toman": tariff["tariff"]["next_kg_toman"],
        "effective_on": "1405/03/01",
        "reason": "گران‌تر شدن پست از خرداد",
    }
    agree(other, office.post("/office/policy/tariffs/pishtaz/1/prices", price)["approval_id"])
    planned = office.get("/office/policy/tariffs/pishtaz/1")["tariff"]["planned"]
    assert planned["first_kg_toman"] == price["first_kg_toman"]
    assert broken_invariants() == {}
