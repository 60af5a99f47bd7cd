"""A connection to PostgreSQL keeps what it prepared over the end of a request, and still undoes what was written."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.unit_of_work import unit_of_work
from tests.factories import AT

pytestmark = pytest.mark.databases("postgresql")
OFTEN = 12
ASKED = "SELECT statement, generic_plans + custom_plans AS plans FROM pg_prepared_statements"


def _read_and_end() -> None:
    assert list(db.session.scalars(select(Person.mobile).where(Person.mobile == "09129999999"))) == []
    db.session.rollback()


def _prepared() -> int:
    rows = db.session.connection().exec_driver_sql(ASKED).all()
    db.session.rollback()
    return sum(row.plans for row in rows if "people.mobile" in row.statement)


class Refused(Exception):
    """What a verb raises when it has already written."""


def test_what_was_prepared_outlives_the_end_of_a_reading(ctx):
    for _ in range(OFTEN):
        _read_and_end()
    first = _prepared()
    assert first > 0, "asked often enough to be prepared"
    for _ in range(OFTEN):
        _read_and_end()
    assert _prepared() == first + OFTEN, "each of them by the same prepared statement"


def test_a_unit_that_fails_after_readings_is_undone_whole(ctx):
    for _ in range(OFTEN):
        _read_and_end()
    with pytest.raises(Refused), unit_of_work():
        db.session.add(Person(mobile="09129999999", created_at=AT))
        db.session.flush()
        raise Refused
    _read_and_end()


def test_a_reading_that_failed_ends_and_the_next_one_works(ctx):
    _read_and_end()
    with pytest.raises(Exception, match="division by zero"):
        db.session.connection().exec_driver_sql("SELECT 1 / 0")
    db.session.rollback()
    _read_and_end()


def test_a_reading_whose_server_left_ends_without_an_error_and_the_next_one_works(ctx):
    """As when a page took so long that the server ended its idle transaction: the page is made all the same."""
    _read_and_end()
    asked = db.session.connection()
    number = asked.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with psycopg.connect(asked.connection.dbapi_connection.info.dsn, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", (number,)).fetchone() == (True,)
    db.session.rollback()
    _read_and_end()


def test_a_unit_whose_server_left_fails_and_has_written_nothing(ctx):
    with pytest.raises(Unavailable), unit_of_work():
        db.session.add(Person(mobile="09129999999", created_at=AT))
        db.session.flush()
        asked = db.session.connection()
        number = asked.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(asked.connection.dbapi_connection.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))
    _read_and_end()
