"""The second factor: no code works twice, guesses are few, recovery codes are good once, and seeds stand sealed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from marketplace.accounts import people, second, sessions
from marketplace.accounts.errors import SecondFactorHeld, SecondFactorTriesUsed, SecondFactorWrong
from marketplace.accounts.models import SignInSession
from marketplace.accounts.second_models import Authenticator, RecoveryCode, SecondMiss
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.sessions import Place
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.sealing import SealBroken, open_sealed, seal
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Message
from tests.factories.people import a_person

STEP = timedelta(seconds=30)
HERE = Place("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "5.160.…")


def code_of(secret, at, steps=0):
    return pyotp.TOTP(secret).at(int((at + steps * STEP).timestamp()))


def with_app(at, person=None):
    """Somebody whose app is on since an hour; gives the person and the app's secret."""
    person = person or a_person()
    before = at - timedelta(hours=1)
    with unit_of_work():
        secret = second.begin_app(person.id, before)
    with unit_of_work():
        assert second.confirm_app(person.id, code_of(secret, before), before) is None
    return person, secret


def tried(person, code, at):
    with unit_of_work():
        return second.use_factor(person.id, code, at)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def told(person):
    db.session.rollback()
    found = select(Message.template).where(Message.person_id == person.id).distinct()
    return set(db.session.scalars(found))


def test_an_app_counts_from_its_first_code_on(ctx, at):
    person = a_person()
    with unit_of_work():
        secret = second.begin_app(person.id, at)
    assert not second.factors_of(person.id).has_any
    with unit_of_work():
        assert isinstance(second.confirm_app(person.id, "000000", at), SecondFactorWrong)
    assert not second.factors_of(person.id).has_any and second.begun_app(person.id) == secret
    with unit_of_work():
        assert second.confirm_app(person.id, code_of(secret, at), at) is None
    assert second.factors_of(person.id).has_any and second.begun_app(person.id) is None
    assert "second_app_added" in told(person)
    with pytest.raises(SecondFactorHeld), unit_of_work():
        second.begin_app(person.id, at)


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_in_its_thirty_seconds_and_beside_them(ctx, at, steps, is_right):
    person, secret = with_app(at)
    assert (tried(person, code_of(secret, at, steps), at) is None) is is_right


def test_no_code_works_twice_nor_an_older_one_after_it(ctx, at):
    person, secret = with_app(at)
    assert tried(person, code_of(secret, at), at) is None
    assert isinstance(tried(person, code_of(secret, at), at), SecondFactorWrong)
    assert isinstance(tried(person, code_of(secret, at, -1), at), SecondFactorWrong)
    assert tried(person, code_of(secret, at, 1), at) is None


def test_one_code_in_thirty_browsers_at_once_lets_one_in(app: Flask, ctx, at):
    person, secret = with_app(at)
    person_id, code = person.id, code_of(secret, at)
    db.session.rollback()

    def use(_):
        with app.app_context(), unit_of_work():
            return second.use_factor(person_id, code, at)

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(use, range(30)))
    assert answers.count(None) == 1
    db.session.rollback()
    assert count(SecondMiss) == 5, "and five wrong tries shut the door"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("wrong", "apart", "wait"),
    [
        (5, timedelta(seconds=1), timedelta(minutes=5)),
        (20, timedelta(minutes=2), timedelta(hours=1)),
        (50, timedelta(minutes=20), timedelta(days=1)),
    ],
)
def test_wrong_tries_are_few(ctx, at, wrong, apart, wait):
    """Five in five minutes, twenty in an hour, fifty in a day; then even the right code waits."""
    person, secret = with_app(at)
    first = at
    for n in range(wrong):
        assert isinstance(tried(person, "000000", first + n * apart), SecondFactorWrong)
    last = first + (wrong - 1) * apart
    shut = tried(person, code_of(secret, last), last)
    assert isinstance(shut, SecondFactorTriesUsed) and shut.retry_after
    assert count(SecondMiss) == wrong
    still = first + wait - timedelta(seconds=1)
    assert isinstance(tried(person, code_of(secret, still), still), SecondFactorTriesUsed)
    open_again = first + wait
    assert tried(person, code_of(secret, open_again), open_again) is None
    with unit_of_work():
        assert second.forget_old_misses(last + timedelta(days=3)) == wrong


def test_a_recovery_code_is_good_once_and_is_kept_as_a_hash(ctx, at):
    person, _ = with_app(at)
    with unit_of_work():
        codes = second.make_recovery_codes(person.id, at)
    assert len(set(codes)) == 10 and all(len(second.plain(code)) == 24 for code in codes)
    assert not set(db.session.scalars(select(RecoveryCode.code_hash))) & {*codes, *map(second.plain, codes)}
    assert tried(person, codes[0].lower().replace("-", " "), at) is None
    assert isinstance(tried(person, codes[0], at), SecondFactorWrong)
    assert second.factors_of(person.id).codes_left == 9 and "second_code_used" in told(person)
    stranger, _ = with_app(at)
    assert isinstance(tried(stranger, codes[1], at), SecondFactorWrong)
    with unit_of_work():
        fresh = second.make_recovery_codes(person.id, at)
    assert isinstance(tried(person, codes[1], at), SecondFactorWrong)
    assert tried(person, fresh[0], at) is None


def test_what_stands_in_for_a_factor_ends_with_it(ctx, at):
    person, secret = with_app(at)
    with unit_of_work():
        codes = second.make_recovery_codes(person.id, at)
    with unit_of_work():
        second.remove_app(person.id, at)
    assert second.factors_of(person.id) == second.Factors(None, 0, 0)
    assert isinstance(tried(person, codes[0], at), SecondFactorWrong)
    assert isinstance(tried(person, code_of(secret, at), at), SecondFactorWrong)
    with pytest.raises(NotFound), unit_of_work():
        second.remove_app(person.id, at)


def test_a_seed_stands_sealed_and_belongs_to_its_person(ctx, at):
    person, secret = with_app(at)
    other, _ = with_app(at)
    sealed = db.session.scalars(
        select(Authenticator.sealed_secret).where(Authenticator.person_id == person.id)
    ).one()
    assert secret not in sealed
    with unit_of_work():
        db.session.execute(
            update(Authenticator).where(Authenticator.person_id == other.id).values(sealed_secret=sealed)
        )
    with pytest.raises(SealBroken), unit_of_work():
        second.use_factor(other.id, code_of(secret, at), at)


@pytest.mark.databases("sqlite")
def test_keys_of_fields_are_changed_without_a_break(app: Flask, ctx, at, monkeypatch):
    old, new = "o" * 40, "n" * 40
    keys = [(old,)]

    class Kept:
        """The settings with other keys."""

        def __getattr__(self, name):
            return keys[0] if name == "field_keys" else getattr(known, name)

    known = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", Kept())
    person, secret = with_app(at)
    keys[0] = (new, old)
    assert tried(person, code_of(secret, at), at) is None
    with unit_of_work():
        assert (second.reseal_apps(), second.reseal_apps()) == (1, 0)
    keys[0] = (new,)
    assert tried(person, code_of(secret, at, 1), at) is None
    keys[0] = (old,)
    with pytest.raises(SealBroken), unit_of_work():
        second.use_factor(person.id, "123456", at)


@pytest.mark.databases("sqlite")
def test_a_sealed_field_that_was_changed_does_not_open(ctx):
    sealed = seal("seed", "a:1")
    assert open_sealed(sealed, "a:1") == "seed" and seal("seed", "a:1") != sealed
    for wrong in (
        sealed[:-3] + "AAA",
        "2" + sealed[1:],
        sealed.replace(".", "", 1),
        "",
        "1.x.y",
        sealed[:30],
    ):
        with pytest.raises(SealBroken):
            open_sealed(wrong, "a:1")
    with pytest.raises(SealBroken):
        open_sealed(sealed, "a:2")


def test_a_sign_in_that_waits_signs_nobody_in_and_cannot_be_proven(ctx, at):
    person, _ = with_app(at)
    with unit_of_work():
        secret = sessions.open_second_step(person.id, HERE, at)
    with pytest.raises(NotFound), unit_of_work():
        sessions.prove_again(secret, at, with_second=True)
    row = db.session.scalars(
        select(SignInSession).where(SignInSession.token_hash == secret_hash(secret))
    ).one()
    assert row.waits_for_second and row.expires_at == at + timedelta(minutes=10)


def test_a_session_that_is_proven_goes_on_under_another_name(ctx, at):
    person = a_person()
    with unit_of_work():
        old = sessions.open_session(person.id, HERE, at)
    with unit_of_work():
        new = sessions.prove_again(old, at + STEP, with_second=True)
    row = db.session.scalars(select(SignInSession)).one()
    assert row.token_hash == secret_hash(new) and (row.second_at, row.proven_at) == (at + STEP, at + STEP)
    with pytest.raises(NotFound), unit_of_work():
        sessions.prove_again(old, at, with_second=False)


@pytest.mark.databases("sqlite")
def test_a_new_device_is_told_and_a_known_one_is_not(ctx, at):
    person = a_person()

    def sign_in(agent):
        with unit_of_work():
            sessions.open_session(person.id, Place(agent, "5.160.…"), at)
        db.session.rollback()
        found = select(func.count()).where(Message.person_id == person.id, Message.template == "new_sign_in")
        return db.session.scalar(found)

    assert sign_in(HERE.user_agent) == 0, "the first sign-in is no news"
    assert sign_in(HERE.user_agent.replace("126", "141")) == 0
    told_first = sign_in("Mozilla/5.0 (Windows NT 10.0) Firefox/128.0")
    assert told_first > 0
    assert sign_in("Mozilla/5.0 (Windows NT 10.0) Firefox/129.0") == told_first


@pytest.mark.databases("sqlite")
def test_who_lost_every_factor_is_let_in_by_the_operator(ctx, at):
    person, _ = with_app(at)
    with unit_of_work():
        sessions.open_session(person.id, HERE, at)
    with unit_of_work():
        people.reset_second_factor(person.id, "recognised at the counter", SYSTEM, at)
    assert not second.factors_of(person.id).has_any and "second_all_removed" in told(person)
    assert count(SignInSession) == 1
    assert db.session.scalar(select(SignInSession.ended_at)) is not None
