"""Tokens by their page: shown once, do what they may and no more, end at once; nobody reaches another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import ApiToken, Role, RoleGrant
from marketplace.accounts.tokens import MOST_TOKENS, create_token
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.settings import Settings
from marketplace.messages.models import Message
from tests.factories import an_official
from tests.factories.rows import AT, change
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
SECRET = re.compile(r"bzg_[A-Za-z0-9_-]{20,}")


@pytest.fixture
def api(settings: Settings) -> Iterator[FlaskClient]:
    """A program: another process of the same house."""
    other = create_app(settings)
    yield other.test_client()
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def made(client: Client, *scopes: str, days: str = "۳۰", name: str = "انبار") -> str:
    page = client.post("/me/tokens", {"name": name, "scopes": list(scopes), "days": days})
    assert page.status == 201
    found = SECRET.search(page.source)
    assert found is not None
    return found.group()


def call(api: FlaskClient, secret: str, path: str = "/api/v1/cart") -> int:
    return api.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_from_its_making_to_its_end(ctx, client: Client, api: FlaskClient) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        client.sign_in(the_world().shopper)
        assert "توکنی ندارید" in client.get("/me/tokens").text
        secret = made(client, "cart")
        page = client.get("/me/tokens").text
        assert secret not in page, "shown once"
        assert secret[-4:] in page
        assert "هنوز به کار نرفته" in page
        assert call(api, secret) == 200
        assert call(api, secret, "/api/v1/orders") == 403, "a scope that was not given"
        assert "آخرین بار" in client.get("/me/tokens").text
        assert db.session.scalars(select(Message.template).where(Message.template == "token_made")).all()
        clock.move_to(AT + timedelta(days=30))
        assert call(api, secret) == 401, "its day has come"
        clock.move_to(AT)
        other = made(client, "cart", "orders:read", days="90")
        token = db.session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).first()
        assert client.post(f"/me/tokens/{token.id}/revocation").status == 200
        assert call(api, other) == 401


def test_what_is_wrong_is_said_and_makes_nothing(at, ctx, client: Client) -> None:
    client.sign_in(the_world().shopper)
    for form in (
        {"name": "", "scopes": ["cart"], "days": "30"},
        {"name": "x" * 81, "scopes": ["cart"], "days": "30"},
        {"name": "x", "days": "30"},
        {"name": "x", "scopes": ["everything"], "days": "30"},
        {"name": "x", "scopes": ["store:orders"], "days": "30"},
        {"name": "x", "scopes": ["cart"], "days": "36500"},
        {"name": "x", "scopes": ["cart"], "days": "²"},
    ):
        client.post("/me/tokens", form, expect=422)
    assert count(ApiToken) == 0
    assert count(Message) == 0
    for _ in range(MOST_TOKENS):
        made(client, "cart")
    client.post("/me/tokens", {"name": "x", "scopes": ["cart"], "days": "30"}, expect=409)
    assert count(ApiToken) == MOST_TOKENS


def test_nobody_ends_or_sees_anothers(at, ctx, client: Client, api: FlaskClient, app: Flask) -> None:
    w = the_world()
    client.sign_in(w.owners[0])
    secret = made(client, "store:orders", name="<b>نام</b>")
    token = db.session.scalars(select(ApiToken)).one()
    assert "<b>نام" not in client.get("/me/tokens").body.decode()
    stranger = Client(app)
    stranger.sign_in(w.shopper)
    stranger.post(f"/me/tokens/{token.id}/revocation", expect=404)
    assert secret[-4:] not in stranger.get("/me/tokens").text
    assert call(api, secret, "/api/v1/store/orders") == 200
    assert Client(app).get("/me/tokens").url.startswith("/sign-in")


def test_tokens_for_desks_end_soon_and_need_the_desk(at, ctx, client: Client, api: FlaskClient) -> None:
    client.sign_in(the_world().shopper)
    assert "office:read" not in client.get("/me/tokens").source
    client.post("/me/tokens", {"name": "x", "scopes": ["office:read"], "days": "30"}, expect=422)
    officer = an_official(Role.office)
    client.sign_in(officer)
    page = client.get("/me/tokens").source
    assert "office:money" in page and "office:seals" not in page
    wrong = [(["office:read"], "365"), (["office:sign"], "30"), (["office:seals"], "30")]
    wrong.append((["office:read", "office:money"], "30"))
    for scopes, days in wrong:
        client.post("/me/tokens", {"name": "x", "scopes": scopes, "days": days}, expect=422)
    assert count(ApiToken) == 0
    secret = made(client, "office:read", days="90")
    assert call(api, secret, "/api/v1/office/payouts") == 200
    assert call(api, secret, "/api/v1/office/seals") == 403
    assert call(api, made(client, "office:sign", days="1"), "/api/v1/office/payouts") == 403
    assert made(client, "office:money", days="1")
    judge = an_official(Role.adjudicator)
    with nothing_written(), pytest.raises(Invalid) as refused:
        create_token(judge.id, "x", ["office:claims"], AT, AT + timedelta(days=1, seconds=1))
    assert refused.value.fields == {"expires_at": "token_too_long"}
    change(db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == officer.id)).one(), ended_at=AT)
    assert call(api, secret, "/api/v1/office/payouts") == 403, "a role that ended ends here too"
