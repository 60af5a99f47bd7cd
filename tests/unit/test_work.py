"""Proof of work: what counts as done, checked against hashlib, and from when on it is asked."""

from __future__ import annotations

from hashlib import sha256

import pytest

from marketplace.accounts.work import LONGEST_ANSWER, do_work, is_done, is_near


@pytest.mark.parametrize("bits", [1, 4, 8, 12])
def test_work_that_was_done_is_seen_at_once(bits):
    answer = do_work("challenge", bits)
    found = sha256(f"challenge:{answer}".encode()).hexdigest()
    assert f"{int(found, 16):0256b}".startswith("0" * bits)
    assert is_done("challenge", answer, bits)
    earlier = [str(n) for n in range(int(answer))]
    assert not any(is_done("challenge", each, bits) for each in earlier), "the first that fits"


def test_work_for_one_challenge_is_none_for_another():
    answer = do_work("one", 12)
    assert not is_done("another", answer, 12)
    assert not is_done("one", answer + "0", 12)


def test_an_answer_is_a_short_word_of_letters_and_digits():
    for wrong in ("", " ", "1" * (LONGEST_ANSWER + 1), "۱۲", "1 2", "1\n", "a:b", "-1"):
        assert not is_done("challenge", wrong, 0), wrong
    assert is_done("challenge", "x1", 0)


@pytest.mark.parametrize(
    ("used", "amount", "percent", "near"),
    [
        (7, 10, 80, False),
        (8, 10, 80, True),
        (0, 10, 80, False),
        (47, 60, 80, False),
        (48, 60, 80, True),
        (10, 10, 100, True),
    ],
)
def test_from_when_on_it_is_asked(used, amount, percent, near):
    assert is_near(used, amount, percent) is near
