"""What the forms and files of the seal centre accept, and the code of what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Invalid, Malformed
from marketplace.stores.gateways.registry_service import read_answer
from marketplace.stores.import_rules import Known, header_of, judge, read_row
from marketplace.stores.inputs import (
    SEAL_REASONS,
    LicenceEntry,
    Outcome,
    SealWish,
    Stated,
    domain_of,
    inquiry_answer,
    stars_of,
)
from marketplace.stores.links import plain_address, plain_phone
from marketplace.stores.models import SealState
from marketplace.stores.signed import is_signed, sign

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("shop.ir", "shop.ir"),
        ("HTTPS://Shop.IR/about?x=1", "shop.ir"),
        (" www.shop.ir. ", "www.shop.ir"),
        ("فروشگاه.ایران", "xn--mgbtj4c7ad63e.xn--mgba3a4f16a"),
        ("shop", None),
        ("", None),
        ("127.0.0.1", None),
        ("۱۲۷.۰.۰.۱", None),
        ("2130706433", None),
        ("shop.ir:8080", None),
        ("user@shop.ir", None),
        ("[::1]", None),
        ("shop.local", None),
        ("a..ir", None),
        ("-shop.ir", None),
        ("shop .ir", None),
        ("<script>.ir", None),
    ],
)
def test_a_domain_is_a_name_of_the_open_net(typed, domain):
    assert domain_of(typed) == domain


def test_an_application_names_each_wrong_field():
    with pytest.raises(Invalid) as told:
        SealWish.parse({"domain": "x", "national_id": "1234567890", "note": "x" * 1001})
    assert told.value.fields == {
        "domain": "bad_domain",
        "national_id": "bad_national_id",
        "note": "too_long",
        "consent": "consent_needed",
    }
    wish = SealWish.parse({"domain": "shop.ir", "national_id": "۰۰۸۴۵۷۵۹۴۸", "consent": "1"})
    assert (wish.domain, wish.national_id) == ("shop.ir", "0084575948")


def test_a_reason_is_chosen_and_another_one_is_told():
    assert Stated.parse({"reason_code": "inspection"}, SEAL_REASONS) == Stated("inspection", "")
    for values, field in (
        ({}, "reason_code"),
        ({"reason_code": "made_up"}, "reason_code"),
        ({"reason_code": "other"}, "reason_text"),
        ({"reason_code": "other", "reason_text": "\u202e "}, "reason_text"),
    ):
        with pytest.raises(Invalid) as told:
            Stated.parse(values, SEAL_REASONS)
        assert field in told.value.fields


@pytest.mark.parametrize("typed", ["", "6", "-1", "4.5", "x", "44", None])
def test_stars_are_nought_to_five(typed):
    with pytest.raises(Invalid):
        stars_of({"stars": typed})
    assert stars_of({"stars": "۵"}) == 5


def test_an_outcome_has_its_category():
    assert Outcome.parse({"outcome": "clear", "category_adverse": "record"}).category is None
    assert Outcome.parse({"outcome": "adverse", "category_adverse": "record"}).category == "record"
    for values in (
        {},
        {"outcome": "approved"},
        {"outcome": "adverse"},
        {"outcome": "adverse", "category": "identity_document"},
    ):
        with pytest.raises(Invalid):
            Outcome.parse(values)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"id": "", "reference": "Q", "outcome": "clear"},
        {"id": "1", "reference": 7, "outcome": "clear"},
        {"id": "1", "reference": "Q", "outcome": "final"},
        {"id": "1", "reference": "Q", "outcome": "adverse"},
        {"id": "1" * 81, "reference": "Q", "outcome": "clear"},
    ],
)
def test_a_callback_that_makes_no_sense_is_refused(told):
    with pytest.raises(Malformed):
        inquiry_answer(told)


def test_a_licence_runs_to_the_end_of_its_last_day():
    entry = LicenceEntry.parse(
        {"store": "artin", "number": "0405-12", "valid_from": "1405/01/01", "valid_until": "۱۴۰۵/۱۲/۲۹"}
    )
    assert entry.valid_until - entry.valid_from == timedelta(days=365)
    with pytest.raises(Invalid) as told:
        LicenceEntry.parse({"store": "", "number": "!", "valid_from": "soon", "valid_until": "1404/01/01"})
    assert set(told.value.fields) == {"store", "number", "valid_from"}


@given(st.binary(max_size=200), st.text(min_size=1, max_size=30))
def test_what_is_signed_is_believed_and_nothing_else(body, key):
    header = sign(key, body, AT)
    assert is_signed(key, body, header, AT + timedelta(seconds=300))
    assert not is_signed(key, body, header, AT + timedelta(seconds=301))
    assert not is_signed(key, body + b"x", header, AT)
    assert not is_signed(key + "x", body, header, AT)
    assert not is_signed(key, body, header.replace("v1=", "v1=0"), AT)


def test_a_registry_may_sign_with_a_key_of_its_own():
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    moment = str(int(AT.timestamp()))
    header = f"t={moment},v1={private.sign(f'{moment}.'.encode() + b'body').hex()}"
    assert is_signed(f"ed25519:{public}", b"body", header, AT)
    assert not is_signed(f"ed25519:{public}", b"other", header, AT)
    assert not is_signed("ed25519:zz", b"body", header, AT)
    assert not is_signed(f"ed25519:{public}", b"body", "", AT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"code": "1", "state": "active"',
        b'{"code": "2", "state": "active"}',
        b'{"code": "1", "state": "valid"}',
        b'{"code": "1", "state": "active", "stars": 9}',
        b'{"code": "1", "state": "active", "valid_until": "tomorrow"}',
        b'{"code": "1", "state": "active", "valid_until": "2026-01-01T00:00:00"}',
        b'{"code": "1", "state": ["active"]}',
    ],
)
def test_a_strange_answer_of_the_registry_is_never_valid(body):
    told = read_answer(body, "1")
    assert (told.state, told.problem) == (None, "bad_answer")


ROW = {
    "row": 2,
    "store": "artin",
    "code": "12345678",
    "domain": "artin.example",
    "stars": "4",
    "state": "active",
    "valid_from": "1405/01/01",
    "valid_until": "1407/01/01",
}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("store", "", "required"),
        ("code", "a b", "bad_code"),
        ("code", "", "required"),
        ("domain", "localhost", "bad_domain"),
        ("stars", "6", "bad_stars"),
        ("state", "applied", "bad_state"),
        ("state", "x", "bad_state"),
        ("valid_from", "x", "bad_date"),
        ("valid_until", "1404/01/01", "ends_before_it_begins"),
    ],
)
def test_each_cell_of_a_file_is_judged(column, value, code):
    assert read_row("seal", {**ROW, column: value}).errors == {column: code}


def test_headers_and_states_are_read_in_both_languages():
    assert header_of(
        "seal", ["کد نماد", "فروشگاه", "Stars", "وضعیت", "از تاریخ", "تا تاریخ", "دامنه", "?"]
    ) == {
        "code": 0,
        "store": 1,
        "stars": 2,
        "state": 3,
        "valid_from": 4,
        "valid_until": 5,
        "domain": 6,
    }
    assert read_row("seal", {**ROW, "state": "فعال"}).facts["state"] is SealState.active
    assert read_row("seal", {**ROW, "state": "Revoked"}).facts["state"] is SealState.revoked


def test_a_row_is_refused_for_what_is_there():
    known = Known({"artin": 1, "nik": 2}, {}, {"12345678": 2}, frozenset())
    row = read_row("seal", ROW)
    assert judge("seal", row, known, set()).errors == {"code": "of_another_store"}
    fresh = Known({"artin": 1}, {}, {}, frozenset())
    seen: set[str] = set()
    assert judge("seal", row, fresh, seen).action == "new"
    assert judge("seal", row, fresh, seen).errors == {"code": "twice_in_file"}
    own = Known({"artin": 1}, {}, {}, frozenset({1}))
    assert judge("seal", row, own, set()).errors == {"store": "own_store"}
    assert judge("seal", row, Known({}, {}, {}, frozenset()), set()).errors == {"store": "unknown_store_slug"}


def test_phones_and_addresses_are_compared_as_they_read():
    assert {
        plain_phone(p) for p in ("021-88001234", "۰۲۱ ۸۸۰۰ ۱۲۳۴", "+98 21 88001234", "0098-2188001234")
    } == {"2188001234"}
    assert plain_address("تهران", "خيابان ولي‌عصر، پلاك ١٢") == plain_address(
        "تهران", "خیابان ولی عصر - پلاک ۱۲"
    )
    assert plain_address("تهران", "خیابان ولی‌عصر، پلاک ۱۲") != plain_address(
        "شیراز", "خیابان ولی‌عصر، پلاک ۱۲"
    )
    assert plain_address("تهران", "پلاک ۲") == ""
