"""One-time codes: two minutes, five tries, one browser, one use; and nobody learns who is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import codes, queries
from marketplace.accounts.codes import CodeOutcome
from marketplace.accounts.errors import CodeRefused, CodesUsedUp, CodeTooSoon, CodeTriesUsed, PersonDisabled
from marketplace.accounts.models import OneTimeCode, Person
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Message, MessageState
from tests.factories.people import a_person
from tests.factories.rows import change

MOBILE = "09121112233"
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def ask(at, mobile=MOBILE, language="fa"):
    """Asks for a code; gives the browser's secret and the code that its SMS holds."""
    with unit_of_work():
        secret = codes.send_code(mobile, at, language)
    message = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    return secret, message.params["code"]


def use(secret, code, at) -> CodeOutcome:
    with unit_of_work():
        return codes.use_code(secret, code, at)


def refusal(secret, code, at) -> MarketplaceError:
    """Why a code is refused; nobody came in and nobody was made."""
    before = count(Person), used_count()
    outcome = use(secret, code, at)
    assert outcome.person_id is None and outcome.refusal is not None
    assert (count(Person), used_count()) == before
    with pytest.raises(type(outcome.refusal)):
        outcome.person()
    return outcome.refusal


def other(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def used_count():
    return db.session.scalar(select(func.count(OneTimeCode.used_at)))


def tries():
    return list(db.session.scalars(select(OneTimeCode.tries).order_by(OneTimeCode.id)))


def test_the_first_right_code_makes_the_person(ctx, at):
    secret, code = ask(at, language="en")
    assert count(Person) == 0
    with unit_of_work():
        outcome = codes.use_code(secret, code, at + MINUTE, "en")
    assert outcome.is_new
    made = queries.person(outcome.person())
    assert (made.mobile, made.language, made.created_at) == (MOBILE, "en", at + MINUTE)
    secret, code = ask(at + 2 * MINUTE)
    again = use(secret, code, at + 2 * MINUTE)
    assert (again.person(), again.is_new) == (made.id, False)


def test_code_and_secret_are_kept_as_hashes_only(ctx, at):
    secret, code = ask(at)
    row = db.session.scalars(select(OneTimeCode)).one()
    assert len(code) == 6 and code.isdecimal()
    assert secret not in row.request_hash
    assert len(row.code_hash) == 64 and row.code_hash != row.request_hash


def test_the_code_waits_in_the_outbox_with_its_end(ctx, at):
    person = a_person(mobile=MOBILE)
    _, code = ask(at)
    message = db.session.scalars(select(Message)).one()
    assert (message.person_id, message.address, message.state) == (person.id, MOBILE, MessageState.queued)
    assert message.params == {"code": code, "until_at": (at + 2 * MINUTE).isoformat()}


@pytest.mark.parametrize("is_known", [True, False])
def test_known_and_unknown_mobiles_leave_the_same_traces(ctx, at, is_known):
    if is_known:
        a_person(mobile=MOBILE)
    ask(at)
    assert (count(OneTimeCode), count(Message), count(Person)) == (1, 1, int(is_known))


@pytest.mark.parametrize(
    ("after", "is_good"),
    [(timedelta(0), True), (2 * MINUTE - TICK, True), (2 * MINUTE, False), (2 * MINUTE + TICK, False)],
)
def test_a_code_is_good_strictly_before_two_minutes(ctx, at, after, is_good):
    secret, code = ask(at)
    if is_good:
        assert use(secret, code, at + after).person()
    else:
        assert refusal(secret, code, at + after).code == "code_expired"
        assert tries() == [0]


def test_the_sixth_try_is_refused_even_if_right(ctx, at):
    secret, code = ask(at)
    left = []
    for _ in range(4):
        outcome = use(secret, other(code), at)
        assert isinstance(outcome.refusal, CodeRefused) and outcome.refusal.code == "code_wrong"
        left.append(outcome.tries_left)
    assert left == [4, 3, 2, 1]
    assert isinstance(refusal(secret, other(code), at), CodeTriesUsed)
    assert tries() == [5]
    refused = refusal(secret, code, at)
    assert isinstance(refused, CodeTriesUsed) and refused.status == 429 and refused.retry_after
    assert tries() == [5]


def test_the_fifth_try_may_be_right(ctx, at):
    secret, code = ask(at)
    for _ in range(4):
        use(secret, other(code), at)
    assert use(secret, code, at).person()


def test_a_wrong_try_counts_although_it_is_an_error(ctx, at):
    secret, code = ask(at)
    refusal(secret, other(code), at)
    db.session.rollback()
    assert tries() == [1]


def test_a_code_works_once(ctx, at):
    secret, code = ask(at)
    assert use(secret, code, at).person()
    assert refusal(secret, code, at).code == "code_used"
    assert tries() == [1]


def test_another_browsers_code_is_refused(ctx, at):
    mine, my_code = ask(at)
    thine, _ = ask(at + MINUTE)
    refused = refusal(thine, my_code, at + MINUTE)
    assert (refused.code, refused.status) == ("code_wrong", 400)
    assert refusal("made up", my_code, at + MINUTE).code == "code_unknown"
    assert use(mine, my_code, at + MINUTE).person()


@pytest.mark.parametrize(("seconds", "is_sent"), [(0, False), (59, False), (59.999999, False), (60, True)])
def test_the_next_code_waits_a_minute(ctx, at, seconds, is_sent):
    ask(at)
    if is_sent:
        ask(at + timedelta(seconds=seconds))
        assert (count(OneTimeCode), count(Message)) == (2, 2)
        return
    with pytest.raises(CodeTooSoon) as refused, unit_of_work():
        codes.send_code(MOBILE, at + timedelta(seconds=seconds))
    assert refused.value.status == 429
    assert refused.value.retry_after == (60 if seconds == 0 else 1)
    assert (count(OneTimeCode), count(Message)) == (1, 1)


def test_five_codes_an_hour(ctx, at):
    for n in range(5):
        ask(at + n * MINUTE)
    with pytest.raises(CodesUsedUp) as refused, unit_of_work():
        codes.send_code(MOBILE, at + 10 * MINUTE)
    assert refused.value.retry_after == 50 * 60
    with pytest.raises(CodesUsedUp), unit_of_work():
        codes.send_code(MOBILE, at + 60 * MINUTE - TICK)
    assert (count(OneTimeCode), count(Message)) == (5, 5)
    ask(at + 60 * MINUTE)
    ask(at, mobile="09120000000")


def test_fifty_wrong_guesses_a_day(ctx, at):
    moment = at
    for _ in range(10):
        secret, code = ask(moment)
        for _ in range(5):
            use(secret, other(code), moment)
        moment += 15 * MINUTE
    secret, code = ask(moment)
    refused = refusal(secret, code, moment)
    assert (refused.code, refused.status) == ("code_guesses_used", 429)
    assert tries()[-1] == 0
    day_after = at + timedelta(days=1)
    secret, code = ask(day_after)
    assert use(secret, code, day_after).person()


def test_a_closed_account_does_not_come_in(ctx, at):
    person = a_person(mobile=MOBILE)
    secret, code = ask(at)
    change(person, disabled_at=at)
    outcome = use(secret, code, at)
    assert isinstance(outcome.refusal, PersonDisabled) and outcome.person_id is None


def test_old_codes_are_forgotten(ctx, at):
    ask(at - timedelta(days=2, seconds=1))
    ask(at - timedelta(days=1))
    with unit_of_work():
        assert codes.forget_old_codes(at) == 1
    assert count(OneTimeCode) == 1


def test_thirty_at_once_use_a_code_once(app: Flask, ctx, at):
    secret, code = ask(at)

    def one(_):
        with app.app_context():
            return use(secret, code, at)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(30)))
    db.session.rollback()
    assert sum(outcome.person_id is not None for outcome in outcomes) == 1
    assert (count(Person), used_count(), tries()) == (1, 1, [1])


def test_thirty_at_once_are_sent_one_code(app: Flask, ctx, at):
    def one(_):
        with app.app_context():
            try:
                return ask(at)
            except CodeTooSoon:
                return None

    with ThreadPoolExecutor(8) as pool:
        sent = [answer for answer in pool.map(one, range(30)) if answer]
    db.session.rollback()
    assert (len(sent), count(OneTimeCode), count(Message)) == (1, 1, 1)
