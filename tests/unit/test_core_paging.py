"""Cursors come back from outside: whatever is in them, they are right or refused."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Malformed
from marketplace.core.paging import decode_cursor, encode_cursor, page_of

text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
numbers = st.integers(-(2**62), 2**62)


def _sealed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(number=numbers, word=text)
def test_what_goes_in_comes_out(number, word):
    assert decode_cursor(encode_cursor([number, word]), [int, str]) == (number, word)


@pytest.mark.parametrize("cursor", [None, ""])
def test_no_cursor_is_the_first_page(cursor):
    assert decode_cursor(cursor, [int]) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "===",
        "%00",
        "../../etc/passwd",
        "۱۲۳",
        "a" * 5000,
        "' OR 1=1 --",
        _sealed(b"1"),
        _sealed(b"{}"),
        _sealed(b"null"),
        _sealed(b"[]"),
        _sealed(b"[1,2]"),
        _sealed(b'["1"]'),
        _sealed(b"[1.0]"),
        _sealed(b"[true]"),
        _sealed(b"[null]"),
        _sealed(b"[NaN]"),
        _sealed(b"[Infinity]"),
        _sealed(b"[4611686018427387905]"),
        _sealed(b"[" + b"9" * 5000 + b"]"),
        _sealed(b"[" * 100_000),
        _sealed(b"[[1]]"),
        _sealed(b"\xff\xfe"),
        _sealed(b'[{"a":1}]'),
    ],
)
def test_a_forged_number_is_refused(cursor):
    with pytest.raises(Malformed, match="bad_cursor"):
        decode_cursor(cursor, [int])


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_text_that_no_database_takes_is_refused(value):
    with pytest.raises(Malformed, match="bad_cursor"):
        decode_cursor(_sealed(json.dumps([value]).encode()), [str])


@given(cursor=st.text(max_size=200))
def test_nonsense_never_breaks(cursor):
    try:
        values = decode_cursor(cursor, [int, str])
    except Malformed:
        return
    assert values is None or (type(values[0]) is int and type(values[1]) is str)


@given(
    raw=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=8
    )
)
def test_any_json_is_the_right_shape_or_refused(raw):
    try:
        values = decode_cursor(_sealed(json.dumps([raw]).encode()), [int])
    except Malformed:
        return
    assert values is not None
    assert type(values[0]) is int


def test_a_page_knows_whether_another_follows():
    rows = list(range(6))
    first = page_of(rows, 5, lambda row: [row])
    assert first.items == [0, 1, 2, 3, 4]
    assert decode_cursor(first.next_cursor, [int]) == (4,)
    assert page_of(rows[:5], 5, lambda row: [row]).next_cursor is None
    assert page_of([], 5, lambda row: [row]).next_cursor is None
