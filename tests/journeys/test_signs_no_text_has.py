"""NUL, which no text has: left out of forms and addresses, refused in the bodies of programs, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DataError

from marketplace.accounts.models import ApiToken, Role
from marketplace.core.db import db, is_unwritable
from marketplace.core.web import answer_error
from tests.factories import a_person, an_official
from tests.factories.people import a_token
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_it_is_left_out_of_a_form(client: Client, ctx, at) -> None:
    client.sign_in(a_person())
    client.post("/me/tokens", {"name": "my\0 program", "scopes": "orders:read", "days": "\x0030"}, expect=201)
    assert db.session.scalars(select(ApiToken.name)).all() == ["my program"]


@pytest.mark.parametrize(
    "query", ["q=%00", "q=a%00b&q=%00", "%00q=1", "cursor=%00", "action=%00", "state=%00"]
)
def test_it_is_left_out_of_an_address(client: Client, ctx, at, query: str) -> None:
    client.sign_in(an_official(Role.auditor))
    for page in ("/search", "/stores", "/office/audit"):
        client.get(f"{page}?{query}", expect=range(200, 500))


def test_it_is_refused_in_a_body(client: Client, ctx, at) -> None:
    person = a_person()
    token = a_token(person, "account:write")
    address = {
        "receiver": "مینا\0 رضایی",
        "mobile": "09121112233",
        "province": "تهران",
        "city": "تهران",
        "line": "خیابان\0 بهار، پلاک ۳",
        "postal_code": "1234567890",
    }
    client.api("POST", "/me/addresses", token, address, expect=range(400, 500), key="a")


@pytest.mark.databases("postgresql")
def test_what_comes_to_the_database_all_the_same_is_the_callers_fault(app: Flask, ctx) -> None:
    with pytest.raises(DataError) as refused:
        db.session.execute(select(literal("a\0b")))
    assert is_unwritable(refused.value)
    with app.test_request_context("/api/v1/cart", method="POST"):
        answer = app.make_response(answer_error(refused.value))
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    db.session.rollback()
    with pytest.raises(DataError) as ours:
        db.session.execute(text("SELECT 1 / 0"))
    assert not is_unwritable(ours.value)
