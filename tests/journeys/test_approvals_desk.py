"""The desk of second signatures, page by page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from marketplace.accounts.approvals import ApprovalKind, propose
from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, record
from marketplace.core.unit_of_work import unit_of_work
from marketplace.wiring.tables import WIRING
from tests.factories import AT, a_person, an_official
from tests.pages import Client

CONTENT = {"before": {"cap": 50, "open": True}, "after": {"cap": 1_040, "open": True}, "reason": "کمتر شود"}


@pytest.fixture
def done(app: Flask) -> list[object]:
    """A kind of act for this test: what it was carried out with."""
    acts: list[object] = []

    def carry_out(approval, actor, at) -> None:
        record(actor, "acted", approval.subject, at)
        acts.append(approval.content)

    kinds = {"try": ApprovalKind("try", frozenset({Role.office}), carry_out)}
    app.extensions["bazargah"] = replace(WIRING, approval_kinds=kinds)
    return acts


@pytest.fixture
def proposer(ctx, at):
    return an_official(Role.office, given_name="لیلا", surname="صدری")


def _propose(person, subject: str = "thing:1") -> int:
    with unit_of_work():
        return propose("try", subject, CONTENT, Actor(person.id, "office", "x"), AT)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_another_agrees_and_it_is_done(app, client, proposer, done, prefix):
    made = _propose(proposer)
    client.sign_in(proposer)
    own = client.get(f"{prefix}/office/approvals")
    assert not [f for f in own.forms if f.action.endswith("agreement")]
    client.post(f"{prefix}/office/approvals/{made}/agreement", expect=409)
    assert done == []
    second = Client(app)
    second.sign_in(an_official(Role.office))
    page = second.get(f"{prefix}/office/approvals")
    assert ("۱٬۰۴۰" if not prefix else "1,040") in page.text
    assert "لیلا صدری" in page.text
    page = second.submit(page.form("/agreement"))
    assert done == [CONTENT]
    second.post(f"{prefix}/office/approvals/{made}/agreement", {"digest": "x"}, expect=409)
    assert done == [CONTENT]


def test_a_refusal_needs_a_reason_and_keeps_the_page(app, client, proposer, done):
    _propose(proposer)
    client.sign_in(an_official(Role.office))
    page = client.get("/office/approvals")
    again = client.submit(page.form("/refusal"), reason=" ", expect=422)
    assert again.all("input", aria_invalid="true")
    page = client.submit(again.form("/refusal"), reason="هنوز زود است")
    assert "هنوز زود است" in page.text
    assert done == []


def test_its_proposer_takes_it_back(client, proposer, done):
    _propose(proposer)
    client.sign_in(proposer)
    page = client.submit(client.get("/office/approvals").form("/withdrawal"))
    assert not page.all("form", action="/withdrawal")


def test_other_roles_have_no_say_and_the_auditor_reads(client, proposer, done):
    made = _propose(proposer)
    client.sign_in(an_official(Role.auditor))
    page = client.get("/office/approvals")
    assert "لیلا صدری" in page.text
    assert not [f for f in page.forms if f.action.endswith(("agreement", "refusal"))]
    client.post(f"/office/approvals/{made}/agreement", expect=403)
    client.sign_in(an_official(Role.clearance_officer))
    assert "لیلا صدری" not in client.get("/office/approvals").text
    client.post(f"/office/approvals/{made}/agreement", expect=403)
    client.sign_in(a_person())
    client.get("/office/approvals", expect=403)
    assert done == []
