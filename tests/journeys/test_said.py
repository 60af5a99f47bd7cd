"""Reviews, questions and wishes by their pages alone, friendly and hostile."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.messages.models import Message
from marketplace.reviews.models import Question, Review, SaidReport, Wish
from marketplace.wiring.tables import WIRING
from tests.factories import World, a_person, world
from tests.factories.buying import broken_invariants
from tests.factories.said import arrived, reviewed
from tests.factories.uploads import a_pdf, a_picture
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}}"


@pytest.fixture
def gateway(app: Flask, ctx) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def small(gateway, at) -> World:
    return world(at)


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def offer_page(client: Client, offer):
    return client.get(f"/offers/{offer.id}-{offer.slug}")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_from_purchase_to_review_to_reply(gateway, small, at, app, client: Client, prefix):
    line = arrived(gateway, small.shopper, small.soap)
    client.sign_in(small.shopper)
    page = client.get(f"{prefix}/me/reviews")
    assert any(link.endswith(f"/me/purchases/{line}/review") for link in page.links())
    form = client.get(f"{prefix}/me/purchases/{line}/review").form(f"/me/purchases/{line}/review")
    page = client.submit(form, stars="4", body="بوی زیتون می‌دهد.", files=(io.BytesIO(a_picture()), "a.jpg"))
    assert "بوی زیتون می‌دهد." in page.text
    anybody = Client(app)
    shown = offer_page(anybody, small.soap)
    assert "بوی زیتون می‌دهد." in shown.text and "سارا ن." in shown.text and "نوری" not in shown.text
    picture = next(e.get("src") for e in shown.all("img") if (e.get("src") or "").startswith("/files/"))
    assert anybody.get(picture).headers["Content-Type"] == "image/jpeg"
    store = Client(app)
    store.sign_in(small.owners[0])
    board = store.get(f"{prefix}/panel/reviews")
    store.submit(board.form("/reply"), body="سپاس از شما!")
    assert "سپاس از شما!" in offer_page(anybody, small.soap).text
    assert "سپاس از شما!" in anybody.get(f"/stores/{small.stores[0].slug}").text
    assert not broken_invariants()


def test_the_office_removes_and_the_picture_goes_with_it(gateway, small, at, app, client: Client):
    line = arrived(gateway, small.shopper, small.soap)
    client.sign_in(small.shopper)
    form = client.get(f"/me/purchases/{line}/review").form("/review")
    client.submit(form, stars="1", body="بد بود", files=(io.BytesIO(a_picture()), "a.jpg"))
    reader = Client(app)
    reader.sign_in(small.shopper2)
    page = reader.get(f"/offers/{small.soap.id}/reviews")
    picture = next(e.get("src") for e in page.all("img") if (e.get("src") or "").startswith("/files/"))
    reader.submit(page.form("/reports"), reason="insult")
    office = Client(app)
    office.sign_in(small.office)
    desk = office.get("/office/reviews")
    office.submit(desk.form("/removal"), reason="insult", note="محترمانه بنویسید")
    assert "بد بود" not in offer_page(reader, small.soap).text
    reader.get(picture, expect=404)
    own = client.get("/me/reviews").text
    assert "بد بود" in own and "محترمانه بنویسید" in own
    assert client.get(picture).status == 200
    removed = office.get("/office/reviews?show=removed")
    assert "بد بود" in removed.text
    office.submit(removed.form("/publication"))
    assert "بد بود" in offer_page(reader, small.soap).text
    assert not broken_invariants()


def test_words_of_strangers_are_inert(gateway, small, at, app, client: Client):
    reviewed(gateway, small.shopper, small.soap, body=XSS)
    client.sign_in(small.shopper)
    page = client.get(f"/offers/{small.soap.id}/questions")
    client.submit(page.form("/questions"), body=XSS)
    for path in (f"/offers/{small.soap.id}/questions", f"/offers/{small.soap.id}/reviews"):
        page = client.get(path)
        assert not [e for e in page.all("script") if not e.get("src")]
        assert not [e for e in page.all("img") if e.get("onerror")]
        assert "alert(1)" in page.text and "{{7*7}}" in page.text


@pytest.mark.parametrize(
    ("form", "files", "status"),
    [
        ({"stars": "9", "body": "x"}, 0, 422),
        ({"body": "x"}, 0, 422),
        ({"stars": "5", "body": "x" * 60_000}, 0, 422),
        ({"stars": "5", "body": "x"}, 50, 422),
        ({"stars": "5", "body": "x"}, 6, 422),
    ],
    ids=["nine stars", "no stars", "huge text", "fifty files", "six files"],
)
def test_bad_reviews_are_refused_and_nothing_is_kept(gateway, small, at, client: Client, form, files, status):
    line = arrived(gateway, small.shopper, small.soap)
    client.sign_in(small.shopper)
    data = {**form}
    if files:
        data["files"] = [(io.BytesIO(a_picture()), f"{n}.jpg") for n in range(files)]
    page = client.post(f"/me/purchases/{line}/review", data, expect=status)
    assert page.all("section", role="alert")
    assert count(Review) == 0


def test_a_document_is_no_picture_of_goods(gateway, small, at, client: Client):
    line = arrived(gateway, small.shopper, small.soap)
    client.sign_in(small.shopper)
    data = {"stars": "5", "files": [(io.BytesIO(a_pdf()), "a.pdf")]}
    client.post(f"/me/purchases/{line}/review", data, expect=422)
    assert count(Review) == 0


def test_what_is_anothers_is_not_there(gateway, small, at, app, client: Client):
    line = arrived(gateway, small.shopper, small.soap)
    made = reviewed(gateway, small.shopper2, small.soap)
    client.sign_in(small.shopper2)
    client.get(f"/me/purchases/{line}/review", expect=404)
    client.post(f"/me/purchases/{line}/review", {"stars": "1"}, expect=404)
    client.post("/me/wishlist/999999", expect=404)
    client.post(f"/me/wishlist/{small.soap.id}/alerts", {"price": "1"}, expect=404)
    client.post("/reports", {"kind": "review", "said_id": "999", "reason": "insult"}, expect=404)
    client.post("/reports", {"kind": "review", "said_id": "1 OR 1=1", "reason": "insult"}, expect=422)
    client.get("/office/reviews", expect=403)
    client.post(f"/office/reviews/review/{made}/removal", {"seen": "published"}, expect=403)
    store = Client(app)
    store.sign_in(small.owners[1])
    store.post(f"/panel/reviews/{made}/reply", {"body": "نه"}, expect=404)
    store.post("/panel/reviews/questions/1/answer", {"body": "نه"}, expect=404)
    assert count(SaidReport) == count(Wish) == 0


def test_too_many_questions_are_too_many(small, at, client: Client):
    client.sign_in(small.shopper)
    path = f"/offers/{small.soap.id}/questions"
    for n in range(5):
        client.post(path, {"body": f"پرسش شماره {n}"})
    page = client.post(path, {"body": "یکی دیگر هم"}, expect=429)
    assert page.headers["Retry-After"] == "3600" and count(Question) == 5


def test_wishes_bring_news(gateway, small, at, app, client: Client):
    client.sign_in(small.shopper)
    page = offer_page(client, small.carpet)
    page = client.submit(page.form(f"/me/wishlist/{small.carpet.id}"))
    assert page.form(f"/me/wishlist/{small.carpet.id}/removal")
    with app.app_context(), unit_of_work():
        for _ in range(2):
            publish(OfferRepriced(small.carpet.id, small.carpet.store_id, 1_736_000, 1_500_000, at))
        publish(OfferRepriced(small.carpet.id, small.carpet.store_id, 1_500_000, 1_600_000, at))
        publish(OfferRestocked(small.carpet.id, small.carpet.store_id, 0, 3, at))
        publish(OfferRestocked(small.carpet.id, small.carpet.store_id, 2, 3, at))
    db.session.rollback()
    told = list(db.session.scalars(select(Message.template).where(Message.channel == "app")))
    assert sorted(told) == ["back_in_stock", "price_dropped"]
    notices = client.get("/me/notifications")
    assert small.carpet.title_fa in notices.text
    page = client.get("/me/wishlist")
    client.submit(page.form("/removal"))
    assert count(Wish) == 0
    assert OfferRepriced in WIRING.handlers and OfferRestocked in WIRING.handlers


def test_as_many_questions_to_the_database_for_many(gateway, small, at, app):
    pages = {
        "shopper": ["/me/reviews", "/me/wishlist"],
        "owner": ["/panel/reviews", "/panel/reviews?show=questions"],
        "office": ["/office/reviews", "/office/reviews?kind=question"],
        "anybody": [
            f"/offers/{small.soap.id}/reviews",
            f"/offers/{small.soap.id}/questions",
            f"/offers/{small.soap.id}-{small.soap.slug}",
            f"/stores/{small.stores[0].slug}",
        ],
    }
    people = {"shopper": small.shopper, "owner": small.owners[0], "office": small.office, "anybody": None}

    def asked() -> dict[str, int]:
        found = {}
        for who, paths in pages.items():
            browser = Client(app)
            if people[who] is not None:
                browser.sign_in(people[who])
            for path in paths:
                heard: list[str] = []
                stop = count_queries(heard)
                browser.get(path)
                stop()
                found[path] = len(heard)
        return found

    def say(person, n: int) -> None:
        reviewed(gateway, person, small.soap, body=f"نظر {n}")
        browser = Client(app)
        browser.sign_in(person)
        browser.post(f"/offers/{small.soap.id}/questions", {"body": f"پرسش شماره {n}"})
        for offer in (small.tea, small.bowl)[: n + 1]:
            browser.post(f"/me/wishlist/{offer.id}")
        browser.post("/reports", {"kind": "review", "said_id": "1", "reason": "other"})
        browser.post("/reports", {"kind": "question", "said_id": "1", "reason": "other"})

    say(small.shopper, 0)
    few = asked()
    for n in range(1, 5):
        say(a_person(), n)
    say(small.shopper, 6)
    many = asked()
    assert {path: n for path, n in many.items() if n > few[path]} == {}
    assert max(many.values()) <= 22, many
