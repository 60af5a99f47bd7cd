"""What reads other people's bytes and words never falls over: it reads, or it refuses by name, and it does so at once.

`ROUNDS=5000` tries so many of each kind. How many were tried once is told in docs/reference/abuse.md.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from marketplace.accounts.devices import device_of, masked_network
from marketplace.accounts.next_page import safe_next
from marketplace.accounts.proof import carried_from
from marketplace.accounts.second import plain
from marketplace.core import text
from marketplace.core.dates import parse_date, typed_day
from marketplace.core.errors import MarketplaceError
from marketplace.core.masking import masked
from marketplace.core.money import split
from marketplace.core.tables import read_table
from marketplace.lottery.proof.check import Wrong, verify
from marketplace.orders.inputs import parse_quantity
from marketplace.payments.gateways.signature import sign
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.storefront.filters import Filters

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECRET = "whsec_right"
GATEWAY = StripeGateway("http://127.0.0.1:1", "sk_test_x", SECRET, "irr", 10)
few = settings(max_examples=int(os.environ.get("ROUNDS") or 20))
LONGEST_SECONDS = 1.0
"""For one input, however busy the machine is with others."""
PERSIAN = st.text(
    st.one_of(
        st.sampled_from(
            "آاأإبپتثجچحخدذرزژسشصضطظعغفقکكگلمنوهةۀیيىئء۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٬٫،؛؟«»\u200c\u200d\u200f\u0640\u064b /-"
        ),
        st.characters(),
    ),
    max_size=200,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@contextmanager
def at_once() -> Iterator[None]:
    """No input hangs a reader: CPU time of this process, so that others' work does not count."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < LONGEST_SECONDS


def ensure_named(refused: MarketplaceError) -> None:
    """A refusal is the sender's fault and says what is wrong."""
    assert 400 <= refused.status < 500 and refused.code


def event_with(changes: object) -> bytes:
    thing = {"object": "checkout.session", "id": "cs_1", "status": "complete", "amount_total": 10}
    if isinstance(changes, dict):
        thing |= changes
    body = {
        "object": "event",
        "id": "evt_1",
        "type": "checkout.session.completed",
        "created": 1,
        "data": {"object": thing},
    }
    return json.dumps(body | (changes if isinstance(changes, dict) else {"data": changes})).encode()


@few
@given(st.one_of(st.binary(max_size=300), JSON.map(lambda v: json.dumps(v).encode()), JSON.map(event_with)))
def test_a_signed_event_is_read_or_refused(body):
    at = int(AT.timestamp())
    with at_once():
        try:
            GATEWAY.read_event(body, f"t={at},v1={sign(body, SECRET, at)}", AT)
        except MarketplaceError as refused:
            ensure_named(refused)


KEYS = (
    "id",
    "status",
    "payment_status",
    "amount_total",
    "currency",
    "payment_intent",
    "expires_at",
    "client_reference_id",
)


@few
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_a_signed_event_with_odd_fields_is_read_or_refused(fields):
    test_a_signed_event_is_read_or_refused.hypothesis.inner_test(event_with(fields))


CSV = st.text(st.sampled_from("ab۱۲,;\t|\"'\n\r=+-@＝\ufeff\x00ی\u200c"), max_size=300).map(
    lambda s: s.encode()
)


@few
@given(st.one_of(CSV, st.binary(max_size=400), st.binary(max_size=200).map(lambda b: b"PK\x03\x04" + b)))
def test_a_table_is_read_or_refused(body):
    with at_once():
        try:
            rows = list(read_table(io.BytesIO(body), "prices.csv", most_rows=50, most_bytes=10_000))
        except MarketplaceError as refused:
            ensure_named(refused)
        else:
            assert all(isinstance(cell, str) for row in rows for cell in row.cells)


@few
@given(PERSIAN)
def test_folding_comes_to_rest(typed):
    with at_once():
        folded = text.fold(typed)
        assert text.fold(folded) == folded
        text.search_words(typed)
        text.sort_key(typed)
        assert len(text.slug(typed)) <= 80
        masked(typed)
        plain(typed)
        device_of(typed)
        masked_network(typed)


@few
@given(st.one_of(PERSIAN, st.text("0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣ +-IRir\u200c", max_size=40)))
def test_a_number_that_names_somebody_is_read_in_one_form_or_not_at_all(typed):
    for read, form in (
        (text.mobile, r"09\d{9}"),
        (text.postal_code, r"\d{10}"),
        (text.national_id, r"\d{10}"),
        (text.legal_id, r"\d{11}"),
        (text.sheba, r"IR\d{24}"),
    ):
        found = read(typed)
        assert found is None or (re.fullmatch(form, found, re.ASCII) and read(found) == found), (read, typed)


@few
@given(st.one_of(PERSIAN, st.from_regex(r"\A[0-9۰-۹]{1,5}[/.-][0-9۰-۹]{1,3}[/.-][0-9۰-۹]{1,3}\Z")))
def test_a_day_is_read_or_not(typed):
    found = parse_date(typed)
    assert found is None or isinstance(found, date)


@few
@given(st.dates(date(1979, 3, 21), date(2070, 3, 20)))
def test_every_day_that_is_printed_is_read_back(day):
    assert parse_date(typed_day(day)) == day


@few
@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_shares_are_whole_and_add_up(amount, weights):
    assume(sum(weights) > 0)
    parts = split(amount, weights)
    assert sum(parts) == amount and min(parts) >= 0
    whole = sum(weights)
    assert all(
        abs(part * whole - amount * weight) < whole for part, weight in zip(parts, weights, strict=True)
    )


QUERY = st.dictionaries(
    st.sampled_from(
        (
            "q",
            "category",
            "store",
            "min_toman",
            "max_toman",
            "min_discount",
            "province",
            "stars",
            "sort",
            "in_stock",
        )
    ),
    st.one_of(
        PERSIAN,
        st.sampled_from(
            ("1 OR 1=1", "';--", "\x00", "9" * 400, "-1", "1e3", "NaN", "٣", "*" * 120, '"' * 120)
        ),
    ),
    max_size=6,
)


@few
@given(QUERY)
def test_a_search_is_read_or_refused(values):
    with at_once():
        try:
            Filters.parse(values)
        except MarketplaceError as refused:
            ensure_named(refused)


@few
@given(st.one_of(PERSIAN, st.integers(), st.floats(), st.none(), st.lists(st.text(max_size=3), max_size=3)))
def test_a_quantity_is_read_or_refused(value):
    try:
        assert 1 <= parse_quantity(value) <= 999
    except MarketplaceError as refused:
        ensure_named(refused)


@few
@given(st.one_of(PERSIAN, st.text("/\\%2f.:@evil", max_size=30)))
def test_the_way_on_never_leaves_the_site(typed):
    found = safe_next(typed)
    assert found.startswith("/") and not found.startswith(("//", "/\\"))
    carried = carried_from(typed)
    assert carried is None or safe_next(carried.path, "")


FILES = ("manifest.json", "entries.csv", "result.json", "beacon.json", "skips.json")


@few
@given(
    st.dictionaries(
        st.sampled_from(FILES),
        st.one_of(st.binary(max_size=200), JSON.map(lambda v: json.dumps(v).encode())),
        max_size=5,
    )
)
def test_a_folder_of_a_draw_is_refused_by_name(files):
    with TemporaryDirectory() as folder:
        for name, body in files.items():
            (Path(folder) / name).write_bytes(body)
        with pytest.raises(Wrong), at_once():
            verify(Path(folder), lambda *_: None)
