"""From a signal to a verdict, page by page: the desk, who is asked, the answer, the second signature."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.messages.models import Message
from marketplace.orders.models import PayoutHold
from marketplace.policy.policy import Policy
from marketplace.suspicions.filing import watch_suspicions
from marketplace.suspicions.models import Signal, Suspicion, SuspicionState, SuspicionWord, Verdict
from tests.factories import AT, an_official, world
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.people import a_person
from tests.factories.stores import a_member
from tests.factories.suspicions import QUESTION, a_suspicion, fresh_case
from tests.factories.uploads import a_picture
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import a_program
from tests.pages import Client
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")
DAY = timedelta(days=1)
REASON = "پس از خواندن پاسخ شما دلیل کافی هست."


@pytest.fixture
def w(ctx, at):
    return world(at)


def signed_in(app: Flask, person) -> Client:
    client = Client(app)
    client.sign_in(person)
    return client


def has_form(page, action: str) -> bool:
    return any(form.action.endswith(action) for form in page.forms)


def one(model, **conditions):
    db.session.rollback()
    query = select(model).filter_by(**conditions).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_a_store_is_found_asked_heard_and_suspended_by_two(app: Flask, w, prefix: str):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    for n in range(3):
        paid(gateway, w.owners[0], (w.scarf, 1), at=AT + timedelta(hours=n))
    watch_suspicions(AT + DAY)
    case = one(Suspicion, subject="store")
    office, auditor = signed_in(app, w.office), signed_in(app, an_official(Role.auditor))
    owner = signed_in(app, w.owners[0])
    desk, own = f"{prefix}/office/suspicions/{case.number}", f"{prefix}/panel/suspicions/{case.number}"
    with time_machine.travel(AT + DAY, tick=False):
        page = office.get(f"{prefix}/office/suspicions")
        assert any(link.endswith(case.number) for link in page.links())
        office.get(f"{prefix}/office/suspicions?state=nonsense&signal=nonsense")
        owner.get(f"{prefix}/panel/suspicions")
        owner.get(own, expect=404)
        assert not has_form(auditor.get(desk), "/verdict"), "the auditor reads"

        page = office.get(desk)
        with nothing_written():
            office.submit(page.form("/question"), question="", expect=422)
            office.submit(page.form("/question"), question="چ" * 5_000, expect=422)
            early = {"verdict": "store_suspended", "reason": REASON, "seen": str(case.version)}
            office.post(f"{desk}/verdict", early, expect=409)
        office.submit(page.form("/question"), question=QUESTION)
        with nothing_written():
            office.submit(page.form("/question"), question=QUESTION, expect=409)

        page = office.get(desk)
        office.submit(page.form("/hold"), hold_reason="تا پاسخ شما پرداخت نگه داشته می‌شود.")
        page = owner.get(own)
        assert "پرداخت نگه داشته می‌شود" in page.text, "told at once, with the reason"
        owner.get(f"{prefix}/panel/suspicions")
        office.submit(office.get(desk).form("/release"))

        with nothing_written():
            owner.submit(page.form("/answer"), text="", expect=422)
            owner.submit(page.form("/answer"), text="ب" * 5_000, expect=422)
        owner.submit(owner.get(own).form("/answer"), text="خرید برای نمایشگاه بود.")
        assert one(SuspicionWord).text == "خرید برای نمایشگاه بود."
        page = office.get(desk)
        assert "خرید برای نمایشگاه بود." in page.text
        office.submit(page.form("/verdict"), verdict="store_suspended", reason=REASON)
        assert fresh_case(case).state is SuspicionState.heard, "one person is not enough"
        assert not has_form(office.get(desk), "/verdict")
        second = signed_in(app, an_official(Role.office))
        second.submit(second.get(f"{prefix}/office/approvals").form("/agreement"))
        assert fresh_case(case).verdict is Verdict.store_suspended
        assert REASON in owner.get(own).text
        office.get(desk)
        office.get(f"{prefix}/office/suspicions?state=decided")
    assert all(hold.held_until for hold in db.session.scalars(select(PayoutHold)))
    assert not broken_invariants()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_a_shopper_answers_with_a_file_that_nobody_else_sees(app: Flask, w, prefix: str):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    part = parts_of(paid(gateway, w.shopper, (w.scarf, 1)))[0]
    case = a_suspicion(w.shopper, f"store-order:{part.id}", signal=Signal.entry_farming, over_toman=0)
    office, shopper, other = (signed_in(app, one_) for one_ in (w.office, w.shopper, w.shopper2))
    desk, own = f"{prefix}/office/suspicions/{case.number}", f"{prefix}/me/suspicions/{case.number}"
    shopper.get(f"{prefix}/me/suspicions")
    shopper.get(own, expect=404)
    office.submit(office.get(desk).form("/question"), question=QUESTION)
    page = shopper.get(own)
    assert QUESTION in page.text
    shopper.get(f"{prefix}/me/suspicions")
    other.get(own, expect=404)
    with nothing_written():
        other.post(f"{own}/answer", {"text": "من بودم"}, expect=404)
    sent = {
        "text": "<script>alert(1)</script> {{7*7}} هدیه بود.",
        "files": (BytesIO(a_picture()), "receipt.png"),
    }
    shopper.submit(page.form("/answer"), **sent)
    page = office.get(desk)
    assert "{{7*7}}" in page.text
    file = next(link for link in page.links() if "/files/" in link)
    assert {c.get(file).status for c in (office, shopper)} == {200}
    other.get(file, expect=404)
    Client(app).get(file, expect=404)

    with time_machine.travel(AT + timedelta(days=Policy().suspicion_answer_days, seconds=1), tick=False):
        assert not has_form(shopper.get(own), "/answer")
        with nothing_written():
            shopper.post(f"{own}/answer", {"text": "دیر رسیدم"}, expect=409)
        office.submit(office.get(desk).form("/verdict"), verdict="warning", reason=REASON)
        assert REASON in shopper.get(own).text
        assert {
            m.params["reason"]
            for m in db.session.scalars(select(Message).filter_by(template="suspicion_warning"))
        } == {REASON}


def test_every_kind_of_evidence_is_worded(app: Flask, w):
    office = signed_in(app, w.office)
    kinds = {
        Signal.refund_loop: ("store-order:1", {"is_undone": True}),
        Signal.linked_accounts: ("store-order:1", {"shared": "address"}),
        Signal.claim_abuse: ("file:complaint:C1:abc", {"case": "complaint:C1", "file": "abc"}),
        Signal.review_ring: ("review:1", {"store_id": w.stores[0].id, "stars": 5}),
    }
    for prefix in ("", "/en"):
        for place, (signal, (key, what)) in enumerate(kinds.items()):
            person = a_person()
            case = a_suspicion(person, key, f"claim:{place}", signal=signal, **what)
            page = office.get(f"{prefix}/office/suspicions/{case.number}")
            office.submit(page.form("/question"), question=QUESTION)
            signed_in(app, person).get(f"{prefix}/me/suspicions/{case.number}")


def test_a_members_case_is_not_another_members(app: Flask, w):
    case = a_suspicion(w.stores[0], "store-order:1")
    office = signed_in(app, w.office)
    office.submit(office.get(f"/office/suspicions/{case.number}").form("/question"), question=QUESTION)
    staff = a_person()
    a_member(w.stores[0], staff)
    signed_in(app, staff).get(f"/panel/suspicions/{case.number}")
    stranger = signed_in(app, w.owners[1])
    for path in (
        f"/panel/suspicions/{case.number}",
        f"/me/suspicions/{case.number}",
        "/panel/suspicions/G000000000",
    ):
        stranger.get(path, expect=404)
    with nothing_written():
        stranger.post(f"/panel/suspicions/{case.number}/answer", {"text": "ما بودیم"}, expect=404)


def test_a_program_of_the_office_does_what_the_desk_does(app: Flask, w):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    part = parts_of(paid(gateway, w.shopper, (w.scarf, 1)))[0]
    case = a_suspicion(w.stores[0], f"store-order:{part.id}", ties=["mobile"])
    office = a_program(app, w.office, "office:read", "office:suspicions")
    store = a_program(app, w.owners[0], "store:orders")
    stranger = a_program(app, w.owners[1], "store:orders")
    path = f"/office/suspicions/{case.number}"
    assert [row["number"] for row in office.get("/office/suspicions")["items"]] == [case.number]
    store.get(f"/store/suspicions/{case.number}", expect=404)
    seen = office.get(path)["version"]
    early = {"seen": seen, "verdict": "warning", "reason": REASON}
    with nothing_written():
        office.post(f"{path}/verdict", early, key="early", expect=409)
        office.post(f"{path}/hold", {"seen": seen, "hold_reason": REASON}, key="hold-early", expect=409)
    office.post(f"{path}/question", {"seen": seen, "question": QUESTION})
    seen = office.get(path)["version"]
    with nothing_written():
        office.post(f"{path}/hold", {"seen": seen - 1, "hold_reason": REASON}, key="stale", expect=409)
    office.post(f"{path}/hold", {"seen": seen, "hold_reason": REASON}, key="hold")
    office.post(f"{path}/release", {"seen": office.get(path)["version"]}, key="release")
    told = store.get(f"/store/suspicions/{case.number}")
    assert told["facts"][0]["tells"] == ["موبایل یکی است"]
    assert "inside" not in told["facts"][0]
    stranger.get(f"/store/suspicions/{case.number}", expect=404)
    with nothing_written():
        stranger.post(f"/store/suspicions/{case.number}/answer", {"text": "ما بودیم"}, expect=404)
    store.post(f"/store/suspicions/{case.number}/answer", {"text": "برای نمایشگاه بود."})
    assert [row["state"] for row in store.get("/store/suspicions")["items"]] == ["heard"]
    wish = {"seen": office.get(path)["version"], "verdict": "store_suspended", "reason": REASON}
    assert office.post(f"{path}/verdict", wish, key="verdict")["approval_id"], "another has to agree"
    assert fresh_case(case).verdict is None


def test_a_shopper_answers_by_a_program(app: Flask, w):
    case = a_suspicion(w.shopper, "store-order:1")
    office = a_program(app, w.office, "office:read", "office:suspicions")
    office.post(f"/office/suspicions/{case.number}/question", {"seen": 1, "question": QUESTION})
    mine, other = (a_program(app, one_, "me:read", "me:write") for one_ in (w.shopper, w.shopper2))
    assert mine.get(f"/me/suspicions/{case.number}")["question"] == QUESTION
    other.get(f"/me/suspicions/{case.number}", expect=404)
    mine.post(f"/me/suspicions/{case.number}/answer", {"text": "هدیه بود."})
    assert [row["state"] for row in mine.get("/me/suspicions")["items"]] == ["heard"]
    wish = {
        "seen": office.get(f"/office/suspicions/{case.number}")["version"],
        "verdict": "warning",
        "reason": REASON,
    }
    answer = office.post(f"/office/suspicions/{case.number}/verdict", wish, key="w")
    assert answer["approval_id"] is None
    assert fresh_case(case).verdict is Verdict.warning
