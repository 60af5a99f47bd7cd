"""People, passwords, sessions, roles and tokens against the database."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import request
from sqlalchemy import func, select

from marketplace.accounts import passwords, people, queries, sessions, tokens
from marketplace.accounts.errors import MobileTaken, PersonDisabled, SignInWrong
from marketplace.accounts.inputs import CodeInput, SignInInput, SignUpInput
from marketplace.accounts.loading import load_visitor
from marketplace.accounts.models import ApiToken, Person, Role, RoleGrant, SignInSession
from marketplace.accounts.next_page import safe_next
from marketplace.core.audit import SYSTEM, broken_entries
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from tests.factories.people import a_person, a_token, an_official
from tests.factories.rows import change, fresh

GOOD = "بازار بهار ۱۴۰۵"


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def enter(person, at, agent="test"):
    with unit_of_work():
        return sessions.open_session(person.id, sessions.Place(agent, ""), at)


def visitor_of(app, cookie=None, token=None):
    """Who a request with this cookie or token is."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if cookie:
        headers["Cookie"] = f"sid={cookie}"
    with app.test_request_context("/api/v1/cart" if token else "/", headers=headers):
        return load_visitor(request)


# --- people


def test_a_mobile_belongs_to_one_person(ctx, at):
    with unit_of_work():
        people.create_person("09121112233", at, given_name="سارا", language="en")
    with pytest.raises(MobileTaken), unit_of_work():
        people.create_person("09121112233", at)
    assert count(Person) == 1
    known = queries.person_by_mobile("09121112233")
    assert (known.given_name, known.language, known.display_name) == ("سارا", "en", "سارا")


def test_the_database_itself_refuses_a_second_mobile(ctx, at):
    a_person(mobile="09121112233")
    with pytest.raises(MobileTaken), unit_of_work():
        db.session.add(Person(mobile="09121112233", created_at=at))
    assert count(Person) == 1


def test_a_name_is_given_once(ctx, at):
    person = a_person(given_name="", surname="")
    with unit_of_work():
        people.name_person(person.id, "سارا", "کریمی")
        people.name_person(person.id, "دیگری", "نامی")
    assert queries.person(person.id).display_name == "سارا کریمی"


def test_an_unknown_language_becomes_persian(ctx, at):
    with unit_of_work():
        person_id = people.create_person("09121112233", at, language="xx")
    assert queries.person(person_id).language == "fa"


# --- passwords


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("12345678", "password_common"),
        ("۱۲۳۴۵۶۷۸", "password_common"),
        ("PassWord1", "password_common"),
        ("qwertyuiop", "password_common"),
        ("aaaaaaaaaa", "password_common"),
        ("iran1405", "password_common"),
        ("kutah", "password_short"),
        ("x" * 257, "password_long"),
        ("rang-9121112233", "password_has_mobile"),
        (GOOD, None),
        ("🌷🌷🌱🌱🌞🌞🍀🍀", None),
        ("zr7!" * 64, None),
        ("q" + "ñ" * 30 + "w" * 40, None),
    ],
)
def test_which_passwords_are_good(password, wrong):
    assert passwords.wrong_with(password, "09121112233") == wrong


def test_every_common_password_of_eight_signs_is_refused():
    assert len(passwords._common()) > 300
    assert all(passwords.wrong_with(p) == "password_common" for p in passwords._common())


def test_a_password_is_right_on_every_keyboard():
    kept = passwords.password_hash("کیف ۱۲۳۴")
    assert kept.startswith("$argon2id$")
    assert passwords.check_password("كيف 1234", kept) == (True, None)
    assert passwords.check_password("کیف ۱۲۳۵", kept) == (False, None)
    assert passwords.check_password("کیف ۱۲۳۴" + "x" * 300, kept) == (False, None)


def test_an_old_hash_is_refreshed():
    old = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$f6uGLRNoaTWk+yFHdyJBYTbVIEqM/rbQlEIBvkFeyEE"
    weak = passwords.PasswordHash((passwords.Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    is_right, fresh_hash = passwords.check_password(GOOD, weak.hash(passwords.normal(GOOD)))
    assert is_right and "m=19456,t=2,p=1" in fresh_hash
    assert passwords.check_password(GOOD, old) == (False, None)


def test_nobody_takes_as_long_as_somebody():
    kept, took = passwords.password_hash(GOOD), {True: [], False: []}
    for _ in range(15):
        for is_known in (True, False):
            start = time.thread_time()
            assert passwords.check_password("نادرست ۹۹", kept if is_known else None) == (False, None)
            took[is_known].append(time.thread_time() - start)
    known, unknown = min(took[True]), min(took[False])
    assert abs(known - unknown) < 0.005 + 0.25 * known


def test_a_new_password_ends_the_other_sessions(ctx, app, at):
    person = a_person()
    here, there = enter(person, at), enter(person, at)
    with unit_of_work():
        people.set_password(person.id, passwords.password_hash(GOOD), at, keep=here)
    assert visitor_of(app, here).id == person.id
    assert visitor_of(app, there) is None


def test_a_password_changed_since_the_check_is_noticed(ctx, at):
    person = a_person(password_hash="$one")
    with pytest.raises(SignInWrong), unit_of_work():
        people.confirm_password(person.id, "$other", "$fresh")
    assert fresh(person).password_hash == "$one"
    with unit_of_work():
        people.confirm_password(person.id, "$one", "$fresh")
    assert fresh(person).password_hash == "$fresh"


# --- sessions


def test_a_session_is_kept_as_a_hash(ctx, app, at):
    person = a_person()
    secret = enter(person, at, "Mozilla\r\n\x1b[31m" + "x" * 500)
    row = db.session.scalars(select(SignInSession)).one()
    assert secret not in (row.token_hash, row.user_agent)
    assert len(secret) >= 43
    assert row.user_agent.startswith("Mozilla[31mx") and len(row.user_agent) == 200
    assert visitor_of(app, secret).id == person.id
    assert visitor_of(app, secret[:-1]) is None
    assert visitor_of(app, row.token_hash) is None


@pytest.mark.parametrize(
    ("roles", "length"), [((), timedelta(days=30)), ((Role.auditor,), timedelta(hours=12))]
)
def test_how_long_a_session_lasts(ctx, app, at, roles, length):
    person = an_official(*roles) if roles else a_person()
    enter(person, at)
    assert db.session.scalars(select(SignInSession)).one().expires_at == at + length


def test_a_session_ends_at_its_moment(ctx, app, at):
    person = a_person()
    edge = enter(person, at - timedelta(days=30))
    inside = enter(person, at - timedelta(days=30) + timedelta(microseconds=1))
    for row in db.session.scalars(select(SignInSession.id)).all():
        with unit_of_work():
            sessions.note_use(row, "", at)
    assert visitor_of(app, edge) is None
    assert visitor_of(app, inside) is not None


def test_an_ended_session_is_nobody(ctx, app, at):
    secret = enter(a_person(), at)
    with unit_of_work():
        assert sessions.end_session(secret, at)
        assert not sessions.end_session(secret, at)
        assert not sessions.end_session("made up", at)
    assert visitor_of(app, secret) is None


def test_only_ones_own_session_can_be_ended(ctx, app, at):
    mine, other = a_person(), a_person()
    secret = enter(mine, at)
    shown = queries.sessions_of(mine.id, at, secret)
    assert [s.is_this_one for s in shown] == [True]
    with pytest.raises(NotFound), unit_of_work():
        sessions.end_session_of(other.id, shown[0].id, at)
    assert visitor_of(app, secret) is not None
    with unit_of_work():
        sessions.end_session_of(mine.id, shown[0].id, at)
    assert queries.sessions_of(mine.id, at) == []


def test_old_sessions_are_forgotten(ctx, at):
    person = a_person()
    enter(person, at - timedelta(days=121))
    enter(person, at)
    with unit_of_work():
        assert sessions.forget_old_sessions(at) == 1
    assert count(SignInSession) == 1


# --- closed accounts and roles


def test_a_disabled_person_is_out_at_once(ctx, app, at):
    person = a_person()
    secret, token = enter(person, at), a_token(person, "cart")
    assert visitor_of(app, token=token).scopes == {"cart"}
    with unit_of_work():
        people.disable_person(person.id, at, SYSTEM)
    assert visitor_of(app, secret) is None
    assert visitor_of(app, token=token) is None
    with pytest.raises(PersonDisabled):
        enter(person, at)
    assert count(SignInSession) == 1
    with pytest.raises(Conflict), unit_of_work():
        people.disable_person(person.id, at, SYSTEM)
    with unit_of_work():
        people.enable_person(person.id, at, SYSTEM)
    assert visitor_of(app, secret) is None
    assert visitor_of(app, enter(person, at)).id == person.id


def test_a_role_is_given_once_taken_at_once_and_written_down(ctx, app, at):
    person = a_person()
    before = enter(person, at)
    with unit_of_work():
        people.grant_role(person.id, Role.office, at, SYSTEM)
    assert visitor_of(app, before) is None, "a change of rights asks for a new session"
    with pytest.raises(Conflict), unit_of_work():
        people.grant_role(person.id, Role.office, at, SYSTEM)
    secret = enter(person, at)
    assert visitor_of(app, secret).roles == {Role.office}
    assert queries.people_with_role(Role.office) == [person.id]
    with unit_of_work():
        people.withdraw_role(person.id, Role.office, at, SYSTEM)
    assert visitor_of(app, secret).roles == frozenset()
    with pytest.raises(NotFound), unit_of_work():
        people.withdraw_role(person.id, Role.office, at, SYSTEM)
    assert count(RoleGrant) == 1
    assert list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
        "role.granted",
        "role.withdrawn",
    ]
    assert list(broken_entries()) == []


# --- tokens


def test_a_token_is_shown_once_and_carries_its_scopes(ctx, app, at):
    person = a_person()
    with unit_of_work():
        secret = tokens.create_token(
            person.id, " انبار ", ["orders:read", "cart"], at, at + timedelta(days=1)
        )
    assert secret.startswith("bzg_")
    row = db.session.scalars(select(ApiToken)).one()
    assert secret not in (row.token_hash, row.name)
    assert visitor_of(app, token=secret).scopes == {"cart", "orders:read"}
    assert [(t.name, t.scopes) for t in tokens.live_tokens_of(person.id, at)] == [
        ("انبار", ["cart", "orders:read"])
    ]
    change(row, expires_at=at)
    assert visitor_of(app, token=secret) is None


def test_a_token_does_not_open_pages_nor_a_cookie_the_api(ctx, app, at):
    person = a_person()
    cookie, token = enter(person, at), a_token(person, "cart")
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        assert load_visitor(request) is None
    with app.test_request_context("/api/v1/cart", headers={"Cookie": f"sid={cookie}"}):
        assert load_visitor(request) is None


@pytest.mark.parametrize(
    ("name", "scopes", "after", "field"),
    [
        ("", ["cart"], None, "name"),
        ("x" * 81, ["cart"], None, "name"),
        ("n", [], None, "scopes"),
        ("n", ["cart", "admin"], None, "scopes"),
        ("n", ["cart"], timedelta(0), "expires_at"),
    ],
)
def test_a_token_is_refused_with_what_is_wrong(ctx, at, name, scopes, after, field):
    person = a_person()
    with pytest.raises(Invalid) as refused, unit_of_work():
        tokens.create_token(person.id, name, scopes, at, at + after if after is not None else None)
    assert list(refused.value.fields) == [field]
    assert count(ApiToken) == 0


def test_only_ones_own_token_is_revoked(ctx, app, at):
    mine, other = a_person(), a_person()
    secret = a_token(mine, "cart")
    token_id = tokens.live_tokens_of(mine.id, at)[0].id
    with pytest.raises(NotFound), unit_of_work():
        tokens.revoke_token(other.id, token_id, at)
    assert visitor_of(app, token=secret) is not None
    with unit_of_work():
        tokens.revoke_token(mine.id, token_id, at)
    assert visitor_of(app, token=secret) is None
    with pytest.raises(NotFound), unit_of_work():
        tokens.revoke_token(mine.id, token_id, at)


# --- inputs and the page to return to


@pytest.mark.parametrize(
    ("kind", "data", "fields"),
    [
        (SignInInput, {}, {"mobile": "required", "password": "required"}),
        (SignInInput, {"mobile": "123", "password": "x"}, {"mobile": "mobile"}),
        (
            SignInInput,
            {"mobile": ["09121112233"], "password": {"$ne": ""}},
            {"mobile": "required", "password": "required"},
        ),
        (CodeInput, {"code": "12345"}, {"code": "code_digits"}),
        (CodeInput, {"code": "1234567"}, {"code": "code_digits"}),
        (CodeInput, {"code": "12345६"}, {"code": "code_digits"}),
        (CodeInput, {"code": "' or 1"}, {"code": "code_digits"}),
        (
            SignUpInput,
            {"mobile": "09121112233", "given_name": "x" * 61, "surname": "<b>"},
            {"given_name": "name_long", "surname": "name_signs"},
        ),
        (
            SignUpInput,
            {"mobile": "09121112233", "given_name": "{{7*7}}", "surname": "\u202e\u200f "},
            {"given_name": "name_signs", "surname": "required"},
        ),
    ],
)
def test_what_is_wrong_with_an_input(kind, data, fields):
    with pytest.raises(Invalid) as refused:
        kind.parse(data)
    assert refused.value.fields == fields


def test_what_is_typed_reads_in_one_spelling():
    assert CodeInput.parse({"code": " ۱۲۳ ٤٥٦\u200f"}).code == "123456"
    made = SignUpInput.parse(
        {"mobile": "+98 912 111 22 33", "given_name": " علی\u200cرضا\r\n", "surname": "O'Neil"}
    )
    assert (made.mobile, made.given_name, made.surname) == ("09121112233", "علی\u200cرضا", "O'Neil")
    assert "secret-word" not in repr(SignInInput.parse({"mobile": "09121112233", "password": "secret-word"}))


@pytest.mark.parametrize(
    "attack",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https:evil.example",
        "https://evil.example",
        "http:/evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "%2f%2fevil.example",
        "/%2f%2fevil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/%255cevil.example",
        "/%252f%252fevil.example",
        "/\tevil",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:%20a=b",
        "/%09/evil.example",
        " //evil.example",
        "/ /evil.example",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "",
        None,
        "/" + "a" * 2000,
        "/\x00",
        "?next=//evil",
        "#//evil",
    ],
)
def test_a_return_to_another_site_goes_home(attack):
    assert safe_next(attack) == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/cart",
        "/orders/12?tab=2",
        "/offers/7-کیف-چرمی",
        "/search?q=a+b&next=%2Fx",
        "/offers/7-%DA%A9%DB%8C%D9%81",
        "/en/cart",
        "/search?q=https%3A%2F%2Fx",
    ],
)
def test_a_return_within_the_site_is_kept(path):
    assert safe_next(path) == path
