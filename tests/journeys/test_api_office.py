"""The office's day by programs alone: applications, seals, complaints, claims, payouts, refunds.

Each desk's call is the desk's own verb, so the rules are tested where they live; here it is shown that the whole way is
open to tokens, and that two persons stay two persons.
"""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.festival.models import Application, ApplicationState
from marketplace.guarantee.claim_models import ClaimState
from marketplace.ledger.chart import SHOPPER_REFUNDABLE
from marketplace.ledger.transfers import balance
from marketplace.payments.models import Refund
from marketplace.stores.models import Seal
from tests.factories import (
    AT,
    World,
    a_pledge_acceptance,
    a_store,
    an_official,
    fresh,
    pledges_in_force,
    writing,
)
from tests.factories.applications import a_waiting_application
from tests.factories.buying import broken_invariants, later, paid, parts_of, run_jobs
from tests.factories.claiming import (
    adjudicators,
    claim,
    complete,
    filed,
    fill_fund,
    sitting,
    unanswered_complaint,
)
from tests.factories.complaints import a_complaint
from tests.factories.settling import closed, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program, a_program
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
GROUNDS = "مدرکی از رسیدن کالا در پرونده نیست."


@pytest.fixture
def gateway(app: Flask) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def desk(app: Flask, role: Role, scope: str, at=AT) -> Program:
    """A program of an official, with no more than it needs."""
    return a_program(app, an_official(role, at=at), "office:read", scope)


def test_applications_are_read_decided_and_taken_back(app, w):
    with writing():
        for n in range(3):
            store = a_store(seal={"stars": n})
            for text in pledges_in_force(AT):
                a_pledge_acceptance(store, w.festival, text)
            a_waiting_application(store, w.festival)
    office = desk(app, Role.office, "office:applications")
    page = office.get("/office/applications?limit=2")
    page["items"] += office.get(f"/office/applications?cursor={page['next_cursor']}")["items"]
    items = [{"id": row["id"], "version": row["version"]} for row in page["items"]]
    assert len({item["id"] for item in items}) == 3
    file = office.get(f"/office/applications/{items[0]['id']}")
    assert (file["state"], sum(part["points"] for part in file["parts"])) == ("submitted", file["score"])
    wish = {"verdict": "approve", "items": items, "reasons": ["all_in_order"]}
    stale = {**wish, "items": [{**items[0], "version": items[0]["version"] + 1}]}
    with nothing_written():
        office.post("/office/applications/decisions", wish, expect=400)
        assert (
            office.post("/office/applications/decisions", stale, key="d0", expect=409)["code"]
            == "stale_decision"
        )
        reject = {"verdict": "reject", "items": items}
        office.post("/office/applications/decisions", reject, key="d1", expect=422)
    decision = office.post("/office/applications/decisions", wish, key="d2", expect=201)
    assert office.post("/office/applications/decisions", wish, key="d2", expect=201) == decision
    assert (decision["count"], states(items)) == (3, {ApplicationState.approved})
    undone = office.post(f"/office/applications/decisions/{decision['id']}/undoing")
    assert (undone["count"], states(items)) == (3, {ApplicationState.submitted})
    with nothing_written():
        office.post(f"/office/applications/decisions/{decision['id']}/undoing", expect=409)


def states(items) -> set[ApplicationState]:
    db.session.rollback()
    ids = [item["id"] for item in items]
    return set(db.session.scalars(select(Application.state).where(Application.id.in_(ids))))


def test_the_registry_is_imported_and_a_seal_suspended(app, w):
    seals = desk(app, Role.seal_officer, "office:seals")
    listed = seals.get("/office/seals?state=active")["items"]
    code = db.session.scalars(select(Seal.code).where(Seal.store_id == w.stores[0].id)).one()
    db.session.rollback()
    assert code in [line["code"] for line in listed]
    rows = [
        ("store", "code", "domain", "stars", "state", "valid_from", "valid_until"),
        ("artin", code, "artin.example", "2", "active", "1404/10/01", "1406/10/01"),
        ("nobody", "99999999", "nobody.example", "4", "active", "1405/01/01", "1407/01/01"),
    ]
    sent = {"data": table(rows), "content_type": "text/csv"}
    with nothing_written():
        seals.call("POST", "/office/seal-imports", data=b"PK", content_type="application/zip", expect=415)
    plan = seals.call("POST", "/office/seal-imports", key="file", expect=201, **sent).json
    assert (plan["error"], plan["written_at"]) == (1, None)
    assert [fault["column"] for row in plan["wrong_rows"] for fault in row["faults"]] == ["store"]
    here = f"/office/seal-imports/{plan['id']}"
    with nothing_written():
        seals.post(f"{here}/writing", {}, key="w0", expect=422)
    assert seals.post(f"{here}/writing", {"only_good": True}, key="w1")["written_at"]
    with nothing_written():
        seals.post(f"{here}/writing", {"only_good": True}, key="w2", expect=409)
    found = seals.get(f"/office/seals/{code}")
    assert (found["stars"], found["history"][0]["stars"]) == (2, 2)
    suspended = seals.post(f"/office/seals/{code}/suspension", {"reason_code": "late_answers"})
    assert suspended["state"] == "suspended"
    reasons = Program(app).get(f"/offers/{w.soap.id}/admission")["reasons"]
    assert "seal_suspended" in [reason["code"] for reason in reasons]
    back = seals.post(f"/office/seals/{code}/reinstatement", {"reason_code": "settled"})
    assert back["state"] == "active"


def table(rows) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def test_complaints_are_overseen(app, w, gateway):
    number = a_complaint(parts_of(paid(gateway, w.shopper, (w.soap, 1)))[0], w.shopper)
    centre = desk(app, Role.seal_officer, "office:complaints")
    assert number in [row["number"] for row in centre.get("/office/complaints?tab=running")["items"]]
    assert centre.get(f"/office/complaints/{number}")["count_status"] == "running"
    with nothing_written():
        centre.get("/office/complaints?cursor=WyJ4IiwxXQ", expect=400)
        centre.post(f"/office/complaints/{number}/review", {"verdict": "upheld", "text": GROUNDS}, expect=409)
    ruling = {
        "ruling": "referred",
        "text": GROUNDS,
        "authority": "cyber_police",
        "letter": "۱۲/۴۵",
    }
    ruled = centre.post(f"/office/complaints/{number}/ruling", ruling)
    assert (ruled["state"], ruled["count_status"]) == ("referred", "referred")
    shopper = a_program(app, w.shopper)
    assert shopper.get(f"/complaints/{number}")["state"] == "referred"


def test_two_adjudicators_decide_without_seeing_each_other(app, w, gateway, at):
    adjudicators(4, at)
    fill_fund(50_000_000, at)
    case, now = unanswered_complaint(gateway, w.shopper, (w.carpet, 2), at=at)
    name = filed(case, w.shopper, now)
    with later(complete(name, now)):
        one, two = (
            a_program(app, db.session.get_one(Person, who.id), "office:read", "office:claims")
            for who in sitting(name)
        )
        here = f"/office/claims/{name}"
        assert [row["number"] for row in one.get("/office/claims")["items"]] == [name]
        shown = one.get(here)
        choice = {
            "outcome": "approve",
            "ground": "not_delivered",
            "text": GROUNDS,
            "loss_toman": shown["bench"]["most_toman"],
            "version": shown["version"],
        }
        outsider = desk(app, Role.adjudicator, "office:claims")
        with nothing_written():
            one.post(f"{here}/choice", {**choice, "version": shown["version"] + 5}, expect=409)
            assert outsider.post(f"{here}/choice", choice, expect=range(400, 500))
        one.post(f"{here}/choice", choice)
        seats = two.get(here)["bench"]["seats"]
        assert [(seat["has_chosen"], seat["choice"]) for seat in seats if not seat["is_mine"]] == [
            (True, None)
        ]
        decided = two.post(f"{here}/choice", {**choice, "version": two.get(here)["version"]})
        assert decided["decisions"][0]["is_for_shopper"]
    assert fresh(claim(name)).state is not ClaimState.assessed


def test_payouts_need_two_persons_and_go_to_the_bank(app, w, gateway):
    closed(paid(gateway, w.shopper, (w.tea, 1), (w.bowl, 2)))
    with_accounts(w.stores[1], w.stores[2])
    money, first, second = (
        desk(app, Role.office, scope) for scope in ("office:money", "office:sign", "office:sign")
    )
    with nothing_written():
        money.post("/office/payouts", expect=400)
    [made] = money.post("/office/payouts", key="p1")["items"]
    here = f"/office/payouts/{made['id']}"
    signed = {"digest": made["digest"]}
    with nothing_written():
        money.post(f"{here}/signature", signed, key="s0", expect=403)
        money.post(f"{here}/sending", key="x0", expect=409)
        first.post(f"{here}/signature", {"digest": "0" * 64}, key="s1", expect=409)
        money.get(f"{here}/file", expect=404)
    assert first.post(f"{here}/signature", signed, key="s2")["state"] == "signed"
    with nothing_written():
        again = first.post(f"{here}/signature", signed, key="s3", expect=409)
    assert again["code"] == "second_person_needed"
    assert second.post(f"{here}/signature", signed, key="s4")["next_step"] == "sending"
    assert money.post(f"{here}/sending", key="x1")["state"] == "sent"
    lines = list(csv.DictReader(io.StringIO(money.get(f"{here}/file")["content"])))
    assert len(lines) == 2 and all(line["sheba"].startswith("IR") for line in lines)
    rows = [("reference", "status", "bank_reference")]
    rows += [(line["reference"], "accepted", f"B{n}") for n, line in enumerate(lines)]
    answers = {"data": table(rows), "content_type": "text/csv"}
    ended = money.call("POST", f"{here}/answers", key="a1", expect=200, **answers).json
    assert (ended["state"], {row["state"] for row in ended["rows"]}) == ("done", {"paid"})
    assert "•" in ended["rows"][0]["sheba"]
    assert broken_invariants() == {}


def test_a_refused_refund_goes_by_transfer(app, w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    gateway.refunds_begin = "refused"
    shopper = a_program(app, w.shopper)
    part = parts_of(made)[0]
    shopper.post(f"/store-orders/{part.id}/cancellation", {"reason": "other"}, key="c1")
    run_jobs(AT)
    refund = db.session.scalars(select(Refund)).one()
    db.session.rollback()
    proposer = an_official(Role.office, at=AT)
    one = a_program(app, proposer, "office:read", "office:money")
    two = desk(app, Role.office, "office:sign")
    [case] = one.get("/office/refunds")["items"]
    here = f"/office/refunds/{case['id']}"
    assert (case["id"], case["amount_toman"]) == (refund.id, refund.amount_toman)
    assert one.post(f"{here}/note", {"note": "تماس گرفتیم"})["notes"][0]["text"] == "تماس گرفتیم"
    sheba = {"sheba": "IR062960000000100324200001", "holder": "سارا نوری", "bank_reference": "۱۲۳"}
    assert one.post(f"{here}/transfer", sheba, key="t1")["waits"]
    [waiting] = two.get("/office/approvals")["items"]
    assert waiting["may_decide"]
    own = a_program(app, proposer, "office:read", "office:sign")
    with nothing_written():
        refused = own.post(
            f"/office/approvals/{waiting['id']}/agreement",
            {"digest": waiting["digest"]},
            key="o1",
            expect=409,
        )
    assert refused["code"] == "second_person_needed"
    before = balance(SHOPPER_REFUNDABLE)
    db.session.rollback()
    two.post(f"/office/approvals/{waiting['id']}/agreement", {"digest": waiting["digest"]}, key="g1")
    assert one.get("/office/refunds")["items"] == []
    assert before - balance(SHOPPER_REFUNDABLE) == refund.amount_toman
    db.session.rollback()
    assert broken_invariants() == {}


def test_the_office_hides_a_store_and_plans_a_number_by_programs_alone(app, w):
    office = a_program(app, an_official(Role.office), "office:read", "office:offers", "office:policy")
    offer, store_id = f"/offers/{w.soap.id}/admission", w.stores[0].id
    assert office.get(offer)["on_sale"]
    office.post(f"/office/stores/{store_id}/hiding", {"reason": "fraud", "note": "پرونده باز است."})
    assert not office.get(offer)["on_sale"], "from the next request on"
    assert [one["slug"] for one in office.get("/office/hidden-stores")["items"]] == [w.stores[0].slug]
    office.post(f"/office/stores/{store_id}/reinstatement", {"note": "روشن شد."})
    assert office.get(offer)["on_sale"] and not office.get("/office/hidden-stores")["items"]
    number = office.get("/office/policy/numbers/complaint_answer_hours")
    wish = {
        "value": 160,
        "effective_on": "1405/06/01",
        "reason": "کوتاه‌تر برای سال آینده",
        "seen": number["seen"],
    }
    made = office.post("/office/policy/numbers/complaint_answer_hours/values", wish, expect=201)
    assert made["done"]
