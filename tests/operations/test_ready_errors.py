"""What goes wrong with a statement written once is told as the engine tells it, and the session can be used again."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import cast

import pytest
from sqlalchemy import Table, bindparam, column, func, insert, select, table, update
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db, is_away, is_unwritable
from marketplace.core.errors import Conflict, Unavailable
from marketplace.core.models import AuditEntry
from marketplace.core.ready import AddingRows, Ready, adding
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.models import Cart, CartLine
from marketplace.stores.models import Store
from tests.factories import AT
from tests.factories.buying import in_cart
from tests.remembering import remembering
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

ON_SQLITE = pytest.mark.databases("sqlite")
ON_POSTGRESQL = pytest.mark.databases("postgresql")
CARTS, LINES, ENTRIES = (cast(Table, model.__table__) for model in (Cart, CartLine, AuditEntry))
NOBODY_KNOWS = select(column("id")).select_from(table("no_such_table")).where(column("id") == bindparam("id"))
STOCK = select(Offer.stocked_count).where(Offer.id == bindparam("id"))
NAMED = select(Store.id).where(Store.name_en == bindparam("name"))


class Undone(Exception):
    """Ends a unit that is to leave nothing."""


@pytest.fixture
def w(ctx, at):
    made = the_world()
    in_cart(made.shopper, (made.soap, 1))
    with unit_of_work():
        record(SYSTEM, "look", "x:1", AT)
    return made


def told(work, *, writes=True):
    """What an error says of itself, to whoever looks at it."""
    caught = None
    with suppress(Undone), unit_of_work() if writes else reading():
        try:
            work()
        except Exception as error:
            caught = error
            raise Undone from None
    assert isinstance(caught, DBAPIError), f"{caught!r} is no error of the engine's"
    assert "a secret word" not in str(caught)
    said = str(caught.orig).splitlines()[0]
    return type(caught), type(caught.orig), said, caught.connection_invalidated, caught.statement is not None


@contextmanager
def reading():
    """A transaction that only reads, ended whatever happens in it."""
    db.session.rollback()
    try:
        yield
    finally:
        db.session.rollback()


def is_usable() -> bool:
    """Whether the session reads and writes as if nothing had been."""
    store = db.session.scalars(select(Store.id).order_by(Store.id)).first()
    assert Ready(select(Store.id).where(Store.id == bindparam("id"))).scalar(id=store) == store
    with unit_of_work():
        return record(SYSTEM, "look", "x:2", AT) is None


def same(usual, ready, house, *, writes=True):
    """Both ways tell the same; in a unit it is the house's word, nothing was written, and all goes on."""
    assert told(ready, writes=writes) == told(usual, writes=writes)
    with nothing_written(), pytest.raises(house), unit_of_work():
        ready()
    assert is_usable()


# --- writing -----------------------------------------------------------------------------------------------------

CART = {"person_id": None, "guest_hash": "a secret word", "updated_at": AT}
NO_LINE = {"quantity": 1000, "seen_toman": 1, "added_at": AT}


def test_a_second_row_where_one_may_be(w):
    new = {**CART, "person_id": w.shopper.id, "guest_hash": None}

    def usual():
        db.session.execute(insert(CARTS).values(new))

    same(usual, lambda: adding(Cart, *new).all(**new), Conflict)
    same(usual, lambda: adding(Cart, *new, tells=False).run(**new), Conflict)
    same(usual, lambda: AddingRows(Cart, *new, tells=("id",)).all([new]), Conflict)
    same(usual, lambda: adding(Cart, *new, tells=False).run_for_each([new]), Conflict)


def test_a_row_that_breaks_a_check(w):
    cart = db.session.scalars(select(Cart.id)).one()
    new = {**NO_LINE, "cart_id": cart, "offer_id": w.tea.id}

    def usual():
        db.session.execute(insert(LINES).values(new))

    same(usual, lambda: adding(CartLine, *new).all(**new), Conflict)
    same(usual, lambda: adding(CartLine, *new, tells=False).run_for_each([new]), Conflict)


def test_a_change_that_a_trigger_refuses(w):
    change = update(ENTRIES).where(ENTRIES.c.action == "look").values(action=bindparam("other"))
    same(
        lambda: db.session.execute(change, {"other": "a secret word"}),
        lambda: Ready(change).run(other="a secret word"),
        (Conflict, DBAPIError),
    )


@ON_SQLITE
def test_a_change_of_what_somebody_changed_since_it_was_read(w):
    """The only way to be told at once that another writes: nobody waits for what was read before."""
    change = update(LINES).where(LINES.c.quantity == bindparam("was")).values(quantity=bindparam("now"))

    def late(work):
        db.session.scalars(select(CartLine.quantity)).all()
        with db.engine.execution_options(writes=True).begin() as other:
            other.execute(update(LINES).values(quantity=LINES.c.quantity % 9 + 1))
        db.session.connection().connection.dbapi_connection.execute("PRAGMA query_only=OFF")
        work()

    def ready():
        Ready(change).run(was=1, now=2)

    kind, _, said, *_ = told(lambda: late(ready), writes=False)
    assert (kind, said) == (OperationalError, "database is locked")
    usual = told(lambda: late(lambda: db.session.execute(change, {"was": 1, "now": 2})), writes=False)
    assert usual == told(lambda: late(ready), writes=False)
    assert is_usable()


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_question_that_the_database_does_not_understand(w):
    same(
        lambda: db.session.execute(NOBODY_KNOWS, {"id": 1}),
        lambda: Ready(NOBODY_KNOWS).all(id=1),
        DBAPIError,
        writes=False,
    )


def test_a_question_of_a_page_that_the_database_does_not_understand(w):
    def beside():
        with remembering():
            Ready(NOBODY_KNOWS).all(id=1)

    usual = told(lambda: db.session.execute(NOBODY_KNOWS, {"id": 1}), writes=False)
    assert told(beside, writes=False) == usual
    assert is_usable()


@ON_POSTGRESQL
def test_a_sign_that_no_text_may_hold_is_known_for_what_it_is(w):
    for way in (reading, remembering):
        with pytest.raises(DBAPIError) as refused, way():
            Ready(NAMED).all(name="a secret word\0")
        assert is_unwritable(refused.value)
        assert "a secret word" not in str(refused.value)
    assert is_usable()


@ON_SQLITE
def test_a_question_that_is_broken_off(w):
    def broken_off(work):
        driver = db.session.connection().connection.dbapi_connection
        driver.set_progress_handler(lambda: 1, 1)
        try:
            work()
        finally:
            driver.set_progress_handler(None, 0)

    same(
        lambda: broken_off(lambda: db.session.execute(STOCK, {"id": w.soap.id})),
        lambda: broken_off(lambda: Ready(STOCK).all(id=w.soap.id)),
        OperationalError,
        writes=False,
    )


@ON_POSTGRESQL
def test_a_question_that_takes_too_long(w):
    slow = select(func.pg_sleep(bindparam("seconds")))

    def limited(work):
        db.session.connection().exec_driver_sql("SET LOCAL statement_timeout = '30ms'")
        work()

    same(
        lambda: limited(lambda: db.session.execute(slow, {"seconds": 5})),
        lambda: limited(lambda: Ready(slow).all(seconds=5)),
        Unavailable,
        writes=False,
    )


@ON_POSTGRESQL
def test_a_row_that_another_does_not_let_go(w):
    held = STOCK.with_for_update()

    def waiting(work):
        db.session.connection().exec_driver_sql("SET LOCAL lock_timeout = '30ms'")
        with db.engine.execution_options(writes=True).begin() as other:
            other.execute(held, {"id": w.soap.id})
            work()

    same(
        lambda: waiting(lambda: db.session.execute(held, {"id": w.soap.id})),
        lambda: waiting(lambda: Ready(held).all(id=w.soap.id)),
        Unavailable,
    )


@ON_POSTGRESQL
def test_a_row_that_another_changed_in_the_order_of_things(w):
    held = STOCK.with_for_update()

    def late(work):
        db.session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        db.session.scalars(select(Offer.id)).all()
        with db.engine.execution_options(writes=True).begin() as other:
            other.execute(
                update(Offer).where(Offer.id == w.soap.id).values(stocked_count=Offer.stocked_count)
            )
        work()

    assert told(lambda: late(lambda: Ready(held).all(id=w.soap.id))) == told(
        lambda: late(lambda: db.session.execute(held, {"id": w.soap.id}))
    )
    with pytest.raises(Unavailable), unit_of_work():
        late(lambda: Ready(held).all(id=w.soap.id))
    assert is_usable()


@ON_POSTGRESQL
def test_a_server_that_left(w):
    def left(work):
        number = db.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with db.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
        work()

    same(
        lambda: left(lambda: db.session.execute(STOCK, {"id": w.soap.id})),
        lambda: left(lambda: Ready(STOCK).all(id=w.soap.id)),
        Unavailable,
        writes=False,
    )


@ON_POSTGRESQL
def test_a_page_whose_server_left_is_told_to_come_back(w):
    with remembering():
        number = Ready(select(func.pg_backend_pid(), bindparam("one", 1))).scalar(one=1)
        with db.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
        with pytest.raises(OperationalError) as refused:
            Ready(STOCK).all(id=w.soap.id)
        assert is_away(refused.value)
        assert Ready(STOCK).all(id=w.soap.id), "the next question has a connection of its own"
