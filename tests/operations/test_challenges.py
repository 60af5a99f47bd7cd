"""The work that is asked where a limit comes near: for its page, once, for some minutes; and the way without."""

from __future__ import annotations

import contextvars
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import limits, passwords
from marketplace.accounts.challenges import Purpose, forget_spent_challenges, new_challenge, take_work
from marketplace.accounts.errors import ChallengeNeeded
from marketplace.accounts.models import SignInSession
from marketplace.accounts.work import do_work
from marketplace.accounts.work_models import SpentChallenge
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Message
from tests.factories import AT
from tests.factories.people import a_person
from tests.factories.places import a_policy_row
from tests.pages import HOST, Client
from tests.together import at_once
from tests.unchanged import nothing_written

MOBILE, PASSWORD, WRONG = "09121112233", "بازار بهار ۱۴۰۵", "نادرست ۱۲۳"
BITS = 6


@pytest.fixture
def person(ctx, at):
    a_policy_row("challenge_bits", BITS)
    return a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD))


def count(model: Any) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def form_of(client: Client, path: str, **data: str) -> Any:
    """The answer to a form from a browser of its own, redirects not followed."""
    headers = {"Accept": "application/json"} if data.pop("as_program", "") else {}
    return contextvars.Context().run(
        lambda: client.browser.post(path, data=data, base_url=HOST, headers=headers)
    )


def try_in(client: Client, password: str = WRONG, **data: str) -> Any:
    return form_of(client, "/sign-in", mobile=MOBILE, password=password, **data)


def until_near(app: Flask) -> Client:
    """Eight wrong passwords: four fifths of what one may."""
    client = Client(app)
    assert {try_in(client).status_code for _ in range(8)} == {422}
    return client


def worked(purpose: Purpose = Purpose.sign_in, at: Any = AT) -> dict[str, str]:
    """A challenge with its work, as a form sends it."""
    made = new_challenge(purpose, at)
    return {"challenge": made.text, "work": do_work(made.text, made.bits)}


def reason_of(answer: Any) -> list[str]:
    return [one["code"] for one in answer.json["reasons"]]


# --- when


def test_all_is_as_ever_until_the_limit_comes_near(person, app):
    client = Client(app)
    for _ in range(7):
        assert "data-work" not in try_in(client).get_data(as_text=True)
    assert "data-work" in try_in(client).get_data(as_text=True), "so that it is done while somebody types"
    assert "data-work" in client.get("/sign-in").source
    assert try_in(client, PASSWORD).status_code == 429
    assert count(SignInSession) == 0


def test_with_the_work_one_signs_in(person, app):
    client = until_near(app)
    done = worked()
    assert try_in(client, **done).status_code == 422, "a wrong password is one all the same"
    assert try_in(client, PASSWORD, **worked()).status_code == 303
    assert count(SignInSession) == 1 and count(SpentChallenge) == 2


def test_the_ordinary_limit_holds_whoever_works(person, app):
    client = until_near(app)
    for _ in range(2):
        assert try_in(client, **worked()).status_code == 422
    before = count(SpentChallenge)
    refused = try_in(client, PASSWORD, **worked())
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    assert (count(SpentChallenge), count(SignInSession)) == (before, 0)


def test_codes_and_new_people_are_asked_as_well(person, app):
    client = Client(app)
    for n in range(47):
        assert form_of(client, "/sign-in/code", mobile=f"0935000{n:04d}").status_code == 303
    sent = count(Message)
    new = {"given_name": "سارا", "surname": "نوری", "mobile": "09350009999"}
    with nothing_written():
        assert form_of(client, "/sign-in/code", mobile="09350009998").status_code == 429
        assert form_of(client, "/sign-up", **new).status_code == 429
        assert form_of(client, "/sign-up", **new, **worked(Purpose.sign_in)).status_code == 429
    assert form_of(client, "/sign-up", **new, **worked(Purpose.sign_up)).status_code == 303
    assert form_of(client, "/sign-in/code", mobile="09350009998", **worked()).status_code == 303
    assert count(Message) == sent + 2


def test_zero_bits_ask_for_nothing(ctx, at, app):
    a_policy_row("challenge_bits", 0)
    a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD))
    client = until_near(app)
    assert try_in(client).status_code == 422
    assert try_in(client, PASSWORD).status_code == 303


def test_without_the_limiter_nothing_is_asked(person, app, monkeypatch):
    client = until_near(app)
    monkeypatch.setattr(limits.limiter, "enabled", False)
    assert try_in(client, PASSWORD).status_code == 303


# --- what is no work


def test_forged_elsewhere_over_undone_and_used_work_is_refused(person, app, at):
    client = until_near(app)
    forged = worked()
    forged["challenge"] = forged["challenge"].replace(f".{BITS}.", ".0.", 1)
    for reason, sent in {"challenge_elsewhere": worked(Purpose.sign_up), "challenge_forged": forged}.items():
        with nothing_written():
            refused = try_in(client, PASSWORD, as_program="1", **sent)
        assert (refused.status_code, reason_of(refused)) == (429, [reason])
    old, undone = worked(at=at - timedelta(minutes=10)), {**worked(), "work": "x" * 21}
    for reason, sent in {"challenge_over": old, "challenge_undone": undone}.items():
        with nothing_written(), pytest.raises(ChallengeNeeded) as found, unit_of_work():
            take_work(sent["challenge"], sent["work"], Purpose.sign_in, at)
        assert [one.code for one in found.value.reasons] == [reason]


def test_work_is_good_once(person, app):
    client = until_near(app)
    done = worked()
    assert try_in(client, **done).status_code == 422
    with nothing_written():
        again = try_in(client, PASSWORD, as_program="1", **done)
    assert (again.status_code, reason_of(again)) == (429, ["challenge_used"])
    assert count(SignInSession) == 0


def test_the_last_second_counts(person, app, at):
    made = new_challenge(Purpose.sign_in, at)
    answer = do_work(made.text, made.bits)
    with nothing_written(), pytest.raises(ChallengeNeeded), unit_of_work():
        take_work(made.text, answer, Purpose.sign_in, made.expires_at)
    with unit_of_work():
        take_work(made.text, answer, Purpose.sign_in, made.expires_at - timedelta(seconds=1))
    assert count(SpentChallenge) == 1


def test_thirty_at_once_with_one_work_are_one(person, app, at):
    made = new_challenge(Purpose.sign_in, at)
    answer = do_work(made.text, made.bits)

    def take(_: int) -> bool:
        try:
            with unit_of_work():
                take_work(made.text, answer, Purpose.sign_in, at)
        except ChallengeNeeded:
            return False
        return True

    done = at_once(app, 30, take)
    assert sum(done) == 1 and count(SpentChallenge) == 1


def test_what_is_over_is_forgotten(person, at):
    for moment in (at - timedelta(minutes=30), at):
        made = new_challenge(Purpose.sign_in, moment)
        with unit_of_work():
            take_work(made.text, do_work(made.text, made.bits), Purpose.sign_in, moment)
    with unit_of_work():
        assert forget_spent_challenges(at) == 1
    assert count(SpentChallenge) == 1


# --- programs, and browsers without scripts


def test_a_program_is_told_the_challenge_in_a_problem_document(person, app):
    client = until_near(app)
    with nothing_written():
        refused = try_in(client, PASSWORD, as_program="1")
    told = refused.json["challenge"]
    assert refused.mimetype == "application/problem+json"
    assert (refused.json["code"], told["purpose"], told["bits"]) == ("challenge_needed", "sign_in", BITS)
    assert told["expires_at"] == "2026-03-25T10:10:00Z"
    work = {"challenge": told["text"], "work": do_work(told["text"], told["bits"])}
    assert try_in(client, PASSWORD, as_program="1", **work).status_code == 303


def test_without_scripts_one_goes_on_once_a_minute(person, app, at):
    client = Client(app)
    for n in range(47):
        assert form_of(client, "/sign-in/code", mobile=f"0935000{n:04d}").status_code == 303
    page = client.post("/sign-in/code", {"mobile": MOBILE}, expect=429)
    [form] = [form for form in page.forms if "challenge" in form.values]
    assert "اسکریپت" in page.source and "unsolved" not in form.values, "it has to be chosen"
    sent = count(Message)
    assert form_of(client, "/sign-in/code", mobile=MOBILE, unsolved="1").status_code == 303
    with nothing_written():
        refused = form_of(client, "/sign-in/code", mobile="09350000099", unsolved="1")
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "60"
    with time_machine.travel(at + timedelta(seconds=61), tick=False):
        assert form_of(client, "/sign-in/code", mobile="09350000099", unsolved="1").status_code == 303
    assert count(Message) == sent + 2


def test_the_slow_lane_is_narrow_over_all(person, app):
    """Many networks at once, each with its one try a minute, are thirty a minute."""
    with app.test_request_context():
        went = []
        for n in range(40):
            with app.test_request_context(environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}):
                went.append(limits._may_go_slowly())
    assert sum(went) == 30 and went[:30] == [True] * 30
