"""Reading is the default, writing is a block; the database itself holds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.accounts.models import Person
from marketplace.core import unit_of_work as module
from marketplace.core.db import WARM_CONNECTIONS, db
from marketplace.core.errors import Conflict, Unavailable
from marketplace.core.unit_of_work import (
    NestedUnit,
    after_commit,
    is_open,
    on_violation,
    part_of_unit,
    unit_of_work,
)
from tests.databases import settings_for
from tests.factories import AT, a_person
from tests.processes import in_processes

INSERT = text(
    "INSERT INTO people (mobile, given_name, surname, language, created_at) "
    "VALUES ('09120000000', 'a', 'b', 'fa', '2026-03-25 10:00:00')"
)


def _mobiles() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Person.mobile).order_by(Person.id)))


def _new(mobile: str) -> None:
    db.session.add(Person(mobile=mobile, created_at=AT))
    db.session.flush()


class TestReading:
    def test_a_raw_insert_outside_a_unit_is_refused_by_the_database(self, ctx):
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            db.session.execute(INSERT)
        assert _mobiles() == []

    def test_a_model_outside_a_unit_is_refused_too(self, ctx):
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            _new("09120000001")
        assert _mobiles() == []

    def test_after_a_unit_it_is_refused_again(self, ctx):
        with unit_of_work():
            _new("09120000001")
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            db.session.execute(INSERT)
        assert _mobiles() == ["09120000001"]

    def test_tables_cannot_be_made_or_dropped(self, ctx):
        for statement in ("DROP TABLE transfers", "CREATE TABLE t (id INTEGER)"):
            with pytest.raises(DBAPIError, match="(?i)read-?only"):
                db.session.execute(text(statement))
            db.session.rollback()


class TestWriting:
    def test_it_commits_at_the_end(self, ctx):
        with unit_of_work():
            _new("09120000001")
            assert is_open()
        assert not is_open()
        assert _mobiles() == ["09120000001"]

    def test_an_error_rolls_all_of_it_back(self, ctx):
        with pytest.raises(LookupError), unit_of_work():
            _new("09120000001")
            raise LookupError
        assert not is_open()
        assert _mobiles() == []

    def test_it_never_nests_and_the_outer_is_lost_with_the_inner(self, ctx):
        with pytest.raises(NestedUnit), unit_of_work():
            _new("09120000001")
            with unit_of_work():
                pass
        assert not is_open()
        assert _mobiles() == []

    def test_it_sees_what_was_committed_since_the_page_was_read(self, ctx, app):
        person = a_person(surname="پیش")
        assert db.session.get(Person, person.id).surname == "پیش"
        _elsewhere(app, lambda: db.session.execute(update(Person).values(surname="پس")))
        with unit_of_work():
            assert db.session.get(Person, person.id).surname == "پس"

    def test_two_threads_have_two_units(self, ctx, app):
        with unit_of_work():
            seen = _in_thread(is_open)
        assert seen is False


class TestAfterCommit:
    def test_a_part_that_fails_takes_nothing_with_it(self, ctx):
        told: list[str] = []
        with unit_of_work():
            _new("09121111111")
            with pytest.raises(Conflict), part_of_unit():
                after_commit(lambda: told.append("lost"))
                _new("09122222222")
                _new("09121111111")
            with part_of_unit():
                after_commit(lambda: told.append("kept"))
                _new("09123333333")
        assert _mobiles() == ["09121111111", "09123333333"]
        assert told == ["kept"]

    def test_a_part_stands_in_a_unit(self, ctx):
        with pytest.raises(RuntimeError), part_of_unit():
            pass

    def test_hooks_run_in_order_after_the_commit(self, ctx):
        seen = []
        with unit_of_work():
            _new("09120000001")
            after_commit(lambda: seen.append(("first", is_open(), _mobiles())))
            after_commit(lambda: seen.append(("second", is_open(), _mobiles())))
            assert seen == []
        assert seen == [("first", False, ["09120000001"]), ("second", False, ["09120000001"])]

    def test_hooks_are_dropped_with_their_unit(self, ctx):
        seen = []
        with pytest.raises(LookupError), unit_of_work():
            after_commit(lambda: seen.append(1))
            raise LookupError
        with unit_of_work():
            _new("09120000001")
        assert seen == []

    def test_a_hook_may_open_a_unit_of_its_own(self, ctx):
        def write() -> None:
            with unit_of_work():
                _new("09120000002")

        with unit_of_work():
            _new("09120000001")
            after_commit(write)
        assert _mobiles() == ["09120000001", "09120000002"]

    def test_outside_a_unit_it_is_an_error(self, ctx):
        with pytest.raises(RuntimeError, match="outside"):
            after_commit(lambda: None)


class TestViolations:
    @contextmanager
    def _worded(self, name: str) -> Iterator[type[Conflict]]:
        class Worded(Conflict):
            code = "worded"

        before = dict(module._by_constraint)
        module._by_constraint.clear()
        on_violation(name, Worded)
        try:
            yield Worded
        finally:
            module._by_constraint.clear()
            module._by_constraint.update(before)

    def test_a_unique_constraint_is_found_by_its_name(self, ctx):
        a_person(mobile="09120000001")
        with self._worded("uq_people_mobile") as worded, pytest.raises(worded), unit_of_work():
            _new("09120000001")
        assert _mobiles() == ["09120000001"]

    def test_a_unique_constraint_over_several_columns_is_found_too(self, ctx):
        insert = text(
            "INSERT INTO kept_answers (actor, route, key, body_hash, status, body, kept_at) "
            "VALUES ('p:1', 'r', 'k', 'h', 200, '', '2026-03-25 10:00:00')"
        )
        with unit_of_work():
            db.session.execute(insert)
        with self._worded("uq_kept_answers_actor_route_key") as worded, pytest.raises(worded), unit_of_work():
            db.session.execute(insert)

    def test_a_partial_unique_index_is_found_too(self, ctx):
        person = a_person()
        insert = text(
            "INSERT INTO role_grants (person_id, role, granted_at) "
            f"VALUES ({person.id}, 'office', '2026-03-25 10:00:00')"
        )
        with unit_of_work():
            db.session.execute(insert)
        with self._worded("uq_role_grants_live") as worded, pytest.raises(worded), unit_of_work():
            db.session.execute(insert)

    def test_a_check_is_found_by_its_name(self, ctx):
        with self._worded("ck_people_mobile_length") as worded, pytest.raises(worded), unit_of_work():
            _new("0912")

    def test_a_name_that_only_begins_like_it_is_another(self, ctx):
        with self._worded("ck_people_mobile") as worded, pytest.raises(Conflict) as caught, unit_of_work():
            _new("0912")
        assert type(caught.value) is Conflict
        assert worded is not Conflict

    def test_any_other_is_a_plain_conflict(self, ctx):
        with pytest.raises(Conflict) as caught, unit_of_work():
            db.session.execute(
                text(
                    "INSERT INTO role_grants (person_id, role, granted_at) "
                    "VALUES (999, 'office', '2026-03-25 10:00:00')"
                )
            )
        assert caught.value.code == "conflict"


class TestContention:
    PROCESSES, ROUNDS = 8, 40

    def test_no_increment_is_lost_and_nobody_sees_a_locked_database(self, settings, app):
        person_id = _counter(app)

        def work(index: int) -> int:
            for _ in range(self.ROUNDS):
                with unit_of_work():
                    db.session.execute(_increment(person_id))
            return self.ROUNDS

        done = in_processes(self.PROCESSES, settings, work)
        assert done == [self.ROUNDS] * self.PROCESSES
        assert _count(app, person_id) == self.PROCESSES * self.ROUNDS

    @pytest.mark.of_sqlite
    @pytest.mark.databases("sqlite")
    def test_on_sqlite_even_read_then_write_loses_nothing(self, settings, app):
        """One writer at a time: what a unit has read cannot change before it writes."""
        person_id = _counter(app)

        def work(index: int) -> None:
            for _ in range(self.ROUNDS):
                with unit_of_work():
                    person = db.session.get(Person, person_id)
                    person.surname = str(int(person.surname) + 1)

        in_processes(self.PROCESSES, settings, work)
        assert _count(app, person_id) == self.PROCESSES * self.ROUNDS

    @pytest.mark.of_sqlite
    @pytest.mark.databases("sqlite")
    def test_control_a_transaction_that_reads_first_is_locked_out_at_once(self, app):
        """What the unit of work prevents: with a plain BEGIN the second writer fails, however patient."""
        person_id = _counter(app)
        with app.app_context(), db.engine.connect() as slow, db.engine.connect() as quick:
            slow.execute(select(Person.id))
            with quick.execution_options(writes=True).begin():
                quick.execute(_increment(person_id))
            slow.exec_driver_sql("PRAGMA query_only=OFF")
            with pytest.raises(OperationalError, match="locked"):
                slow.execute(_increment(person_id))

    @pytest.mark.databases("postgresql")
    def test_control_read_then_write_loses_an_increment(self, app):
        """Why verbs decide by a conditional UPDATE or a lock, not by a value read before."""
        person_id = _counter(app)
        with app.app_context(), db.engine.connect() as one, db.engine.connect() as two:
            values = []
            for connection in (one, two):
                connection = connection.execution_options(writes=True)
                values.append(int(connection.scalar(select(Person.surname).where(Person.id == person_id))))
            for connection, value in zip((one, two), values, strict=True):
                connection.execute(
                    update(Person).where(Person.id == person_id).values(surname=str(value + 1))
                )
                connection.commit()
        assert _count(app, person_id) == 1

    def test_who_waits_too_long_is_told_to_come_back(self, ctx, app, tmp_path, database, monkeypatch):
        monkeypatch.setattr(module, "LOCK_PATIENCE_SECONDS", 0.2)
        person_id = _counter(app)
        holding, enough = threading.Event(), threading.Event()

        def hold() -> None:
            with app.app_context(), unit_of_work():
                db.session.execute(_increment(person_id))
                holding.set()
                enough.wait(10)

        holder = threading.Thread(target=hold)
        holder.start()
        holding.wait(10)
        try:
            with pytest.raises(Unavailable) as caught, unit_of_work():
                if database.startswith("postgresql"):
                    db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
                db.session.execute(_increment(person_id))
        finally:
            enough.set()
            holder.join()
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "busy", 2)
        assert _count(app, person_id) == 1

    @pytest.mark.databases("postgresql")
    def test_a_deadlock_is_told_as_busy(self, app):
        ids = [_counter(app), _counter(app)]
        meet = threading.Barrier(2)
        outcomes = []

        def work(first: int, second: int) -> None:
            with app.app_context():
                try:
                    with unit_of_work():
                        db.session.execute(_increment(first))
                        meet.wait(10)
                        db.session.execute(_increment(second))
                    outcomes.append("done")
                except Unavailable as error:
                    outcomes.append(error.code)

        threads = [threading.Thread(target=work, args=pair) for pair in (ids, ids[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["busy", "done"]


def test_an_old_sqlite_is_refused():
    from marketplace.core.db import is_sqlite_safe  # noqa: PLC0415

    verdicts = {
        v: is_sqlite_safe(v)
        for v in (
            (3, 40, 1),
            (3, 44, 5),
            (3, 44, 6),
            (3, 45, 9),
            (3, 50, 6),
            (3, 50, 7),
            (3, 51, 2),
            (3, 51, 3),
            (3, 53, 4),
        )
    }
    assert [v for v, is_safe in verdicts.items() if is_safe] == [
        (3, 44, 6),
        (3, 50, 7),
        (3, 51, 3),
        (3, 53, 4),
    ]


@pytest.mark.durable
@pytest.mark.of_sqlite
@pytest.mark.databases("sqlite")
def test_every_sqlite_connection_has_its_settings(ctx):
    asked = (
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "trusted_schema",
        "cell_size_check",
        "mmap_size",
        "busy_timeout",
        "temp_store",
        "cache_size",
        "wal_autocheckpoint",
        "journal_size_limit",
        "query_only",
    )
    told = [db.session.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
    assert told == ["wal", 2, 1, 0, 1, 0, 5000, 2, -4096, 1000, 67108864, 1]


@pytest.mark.of_sqlite
@pytest.mark.databases("sqlite")
def test_only_connections_lent_beside_others_give_back_what_they_have_read(ctx):
    db.session.remove()
    db.engine.dispose()
    lent = [db.engine.raw_connection() for _ in range(WARM_CONNECTIONS + 2)]
    told: list[list[str]] = [[] for _ in lent]
    for connection, heard in zip(lent, told, strict=True):
        connection.driver_connection.set_trace_callback(heard.append)
    for connection in lent:
        connection.close()
    cooled = ["PRAGMA shrink_memory" in heard for heard in told]
    assert cooled == [False] * WARM_CONNECTIONS + [True] * 2
    for heard in told:
        heard.clear()
    for _ in range(WARM_CONNECTIONS + 5):
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
        db.session.remove()
    assert [any("SELECT 1" in said for said in heard) for heard in told].count(True) == 1, (
        "in quiet hours the same one is lent"
    )
    assert not any("PRAGMA shrink_memory" in heard for heard in told)
    db.engine.dispose()


@pytest.mark.databases("postgresql")
def test_every_postgresql_connection_has_its_limits(ctx):
    asked = (
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "TimeZone",
        "transaction_read_only",
        "transaction_isolation",
    )
    told = [db.session.execute(text(f"SHOW {name}")).scalar() for name in asked]
    assert told == ["15s", "5s", "15s", "UTC", "on", "read committed"]


def test_a_moment_keeps_its_instant_whatever_its_zone(ctx):
    from marketplace.core.clock import tehran  # noqa: PLC0415

    assert a_person(created_at=tehran(AT)).created_at == AT
    with pytest.raises(Exception, match="time zone"), unit_of_work():
        db.session.add(Person(mobile="09120000009", created_at=AT.replace(tzinfo=None)))
        db.session.flush()


def test_settings_of_a_test_say_so(database, tmp_path):
    assert settings_for(database, tmp_path).mode == "test"


def _counter(app) -> int:
    """A row that counts in its `surname`; no connection stays open behind it."""
    with app.app_context():
        person = a_person(surname="0")
        db.session.remove()
        db.engine.dispose()
        return person.id


def _increment(person_id: int):
    return text(
        f"UPDATE people SET surname = CAST(CAST(surname AS INTEGER) + 1 AS TEXT) WHERE id = {person_id}"
    )


def _count(app, person_id: int) -> int:
    with app.app_context():
        db.session.rollback()
        return int(db.session.scalar(select(Person.surname).where(Person.id == person_id)))


def _in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def _elsewhere(app, work) -> None:
    def run() -> None:
        with app.app_context(), unit_of_work():
            work()

    _in_thread(run)
