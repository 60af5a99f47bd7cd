"""A person with two browsers, or a program that sends twice at once: one line, one answer, nobody sees an error."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.accounts.tokens import SCOPES
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.models import KeptAnswer
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.cart import CartOwner, check_line, write_line
from marketplace.orders.models import Cart, CartLine
from tests.factories import AT, a_token
from tests.factories.buying import in_cart, rows_of
from tests.processes import in_processes
from tests.together import at_once
from tests.worlds import database, the_world  # noqa: F401

BROWSERS = 6


@pytest.fixture
def w(ctx, at):
    return the_world()


def lines() -> list[tuple[int, int]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(select(CartLine.offer_id, CartLine.quantity))]


def test_different_numbers_at_once_leave_one_of_them(app, w):
    owner, offer = CartOwner(person_id=w.shopper.id), w.soap.id
    in_cart(w.shopper, (w.soap, 5))

    def change(index):
        looked = check_line(owner, offer, index % 4 + 1, AT)
        with unit_of_work():
            write_line(owner, looked, AT)
        return "put"

    assert at_once(app, BROWSERS, change) == ["put"] * BROWSERS
    [(_, quantity)] = lines()
    assert quantity in range(1, 5)


def test_the_first_lines_of_a_person_from_browsers_at_once_are_in_one_cart(app, w):
    """None of them finds a cart, and each would open one."""
    owner = CartOwner(person_id=w.shopper.id)
    offers = [w.soap.id, w.tea.id, w.bowl.id] * 2

    def put(index):
        looked = check_line(owner, offers[index], 1, AT)
        with unit_of_work():
            write_line(owner, looked, AT)
        return "put"

    assert at_once(app, len(offers), put) == ["put"] * len(offers)
    assert rows_of(Cart) == 1
    assert sorted(lines()) == sorted((offer, 1) for offer in set(offers))


def test_one_key_with_different_words_in_two_processes_is_done_once(settings, at):
    """Whoever comes second is told that the key stands for something else, or that it is still running."""
    app = create_app(settings)
    with app.app_context():
        made = the_world()
        token = a_token(made.shopper, *SCOPES)
        address = f"/api/v1/cart/lines/{made.soap.id}"
        db.session.remove()
        db.engine.dispose()

    def call(index):
        from flask import current_app  # noqa: PLC0415

        answer = current_app.test_client().put(
            address,
            json={"quantity": index + 1},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "a-key"},
        )
        return answer.status_code, answer.get_json().get("code"), index + 1

    answers = in_processes(4, settings, call)
    done = [quantity for status, _, quantity in answers if status == 200]
    refused = {(status, code) for status, code, _ in answers if status != 200}
    assert len(done) == 1
    assert refused <= {(422, "idempotency_key_reused"), (409, "idempotency_key_running")}
    with app.app_context():
        assert db.session.scalars(select(CartLine.quantity)).all() == done
        assert rows_of(KeptAnswer) == 1
        db.session.remove()
        db.engine.dispose()
