"""What people and files say of money is read exactly, or refused by name: sums in forms, rows of an import, answers of
banks and gateways, public figures. `ROUNDS` says how many of each are tried; see docs/reference/abuse.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import MarketplaceError
from marketplace.core.tables import Row
from marketplace.festival.import_columns import Seen, match_columns, read_row
from marketplace.festival.offer_inputs import FIELDS, CategoryRule, parse_whole
from marketplace.guarantee.claim_inputs import ClaimWish, toman_field
from marketplace.lottery.figure_rules import parse_figures
from marketplace.payments.gateways.port import GatewayRefused
from marketplace.payments.gateways.zarinpal_answers import moment_of, parts, toman_of
from marketplace.payments.payout_files import read_answer_file
from tests.unit.test_fuzz import JSON, PERSIAN, ensure_named, few

SECONDS = 1.0
"""CPU time of this process, so that others' work does not count."""
SUM = st.one_of(PERSIAN, st.text("0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣٬,.٫/- +eتوماریل\u200c", max_size=30))
DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
RULES = {"food": CategoryRule(1, needs_permit=False, asked_code=None)}


@contextmanager
def at_once() -> Iterator[None]:
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


@few
@given(SUM)
def test_a_sum_is_a_whole_number_of_toman_or_refused(typed):
    wrong: dict[str, str] = {}
    with at_once():
        assert 0 <= toman_field({"sum": typed}, "sum", wrong) < 10**12
        try:
            assert 1 <= parse_whole({"sum": typed}, "sum", money=True) <= 10**12
        except MarketplaceError as refused:
            ensure_named(refused)
    assert set(wrong) <= {"sum"}


@few
@given(st.integers(1, 10**11), st.sampled_from(DIGITS), st.sampled_from(("", ",", "٬")))
def test_a_sum_is_read_as_it_was_written_in_any_digits(amount, digits, separator):
    written = f"{amount:,}".replace(",", separator).translate(str.maketrans(DIGITS[0], digits))
    wrong: dict[str, str] = {}
    assert toman_field({"sum": written}, "sum", wrong) == amount
    assert not wrong


@few
@given(st.dictionaries(st.sampled_from(("text", "residual_toman", "sheba", "sheba_owner")), SUM, max_size=4))
def test_a_claim_is_read_or_refused(values):
    with at_once():
        try:
            ClaimWish.parse(values)
        except MarketplaceError as refused:
            ensure_named(refused)


@few
@given(st.lists(st.one_of(st.sampled_from(tuple(FIELDS)), PERSIAN), max_size=20))
def test_a_header_of_an_import_is_matched_or_refused(header):
    with at_once():
        try:
            columns = match_columns(header)
        except MarketplaceError as refused:
            ensure_named(refused)
        else:
            named = [name for name in columns if name is not None]
            assert len(columns) == len(header) and len(named) == len(set(named))


@few
@given(st.lists(st.lists(SUM, max_size=len(FIELDS)), max_size=4))
def test_every_row_of_an_import_is_an_offer_or_has_its_faults(rows):
    seen, columns = Seen(), tuple(FIELDS)
    with at_once():
        for number, cells in enumerate(rows):
            told = read_row(Row(number, tuple(cells), frozenset()), columns, RULES, seen)
            assert (told.wish is None) == bool(told.faults)
            assert all(column in FIELDS and code for column, code in told.faults)


BANK = st.one_of(SUM, st.text('IR0123456789-s,;"\t\r\n acceptedrejected', max_size=200)).map(
    lambda typed: typed.encode("utf-8", "surrogatepass")
)
HEADER = b"reference,status,amount_rial,bank_reference,reason\r\n"


@few
@given(st.one_of(st.binary(max_size=400), BANK, BANK.map(lambda rows: HEADER + rows)))
def test_a_banks_answer_is_read_or_refused(body):
    with at_once():
        try:
            read_answer_file("answer.csv", body)
        except MarketplaceError as refused:
            ensure_named(refused)


@few
@given(st.one_of(JSON, SUM))
def test_what_a_gateway_says_of_sums_and_moments_is_read_or_left(value):
    toman, is_whole = toman_of(value)
    assert (toman is not None) == is_whole
    assert toman is None or toman >= 0
    found = moment_of(value)
    assert found is None or (isinstance(found, datetime) and found.tzinfo is not None)
    with suppress(GatewayRefused):
        parts(str(value))


@few
@given(st.dictionaries(st.sampled_from(("gold", "index")), st.one_of(SUM, JSON), max_size=2))
def test_public_figures_are_whole_numbers_or_refused(values):
    with at_once():
        try:
            found = parse_figures(["gold", "index"], values)
        except MarketplaceError as refused:
            ensure_named(refused)
        else:
            assert all(isinstance(n, int) and 0 <= n < 10**18 for numbers in found.values() for n in numbers)
