"""The database: typed base, column kinds, and how a connection is opened.

Outside a unit of work every transaction is read-only, and the database itself refuses a write.
SQLite runs in WAL with FULL synchronisation, STRICT tables and foreign keys on; a library version with
the WAL-reset bug is refused at start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, cast

from flask_sqlalchemy import SQLAlchemy
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import (
    BigInteger,
    Boolean,
    CursorResult,
    Date,
    DateTime,
    Delete,
    Engine,
    Enum,
    MetaData,
    Row,
    Select,
    String,
    Text,
    TypeDecorator,
    Update,
    event,
)
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, MappedColumn, declared_attr, mapped_column
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import JSON

from marketplace.core.postgresql import begin_postgresql, open_postgresql
from marketplace.core.read_from import RoutedSession

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table: named constraints, STRICT on SQLite."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        int: BigInteger,
        str: Text,
        datetime: Moment,
        date: Date,
        bool: Boolean,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return table_args()


def table_args(*constraints: Any, **options: Any) -> tuple[Any, ...]:
    """Table arguments of a model: its constraints and indexes, plus what every table has."""
    return (*constraints, {"sqlite_strict": True, **options})


def one_of(values: type[StrEnum], name: str = "state", **options: Any) -> MappedColumn[Any]:
    """A column holding one value of a StrEnum, guarded by a CHECK."""
    kind = Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name,
        values_callable=lambda e: [member.value for member in e],
    )
    return mapped_column(kind, **options)


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
def _integer(element: Any, compiler: Any, **kw: Any) -> str:
    return "INTEGER"


@compiles(String, "sqlite")
@compiles(Text, "sqlite")
@compiles(DateTime, "sqlite")
@compiles(Date, "sqlite")
@compiles(JSON, "sqlite")
@compiles(Enum, "sqlite")
def _text(element: Any, compiler: Any, **kw: Any) -> str:
    return "TEXT"


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RoutedSession})

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of whatever columns."""
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A select of whatever columns."""


def changed_count(statement: Update | Delete) -> int:
    """Runs an UPDATE or DELETE; gives the number of rows it met."""
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount


def is_away(error: BaseException) -> bool:
    """Whether a database error means that the store cannot serve now (away, full, overloaded); later it may."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError | ProgrammingError | DataError):
        return False
    if isinstance(error.orig, sqlite.Error):
        return isinstance(error, OperationalError) and any(word in str(error.orig) for word in SQLITE_AWAY)
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def is_unwritable(error: BaseException) -> bool:
    """Whether a database refused words that no text may hold: PostgreSQL takes no NUL."""
    return isinstance(error, DataError) and "NUL" in str(error.orig)


SQLITE_AWAY = ("locked", "busy", "disk is full", "disk I/O error", "unable to open")
SQLITE_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
WARM_CONNECTIONS = 3
"""So many of a process keep what they read of the database; others read it from the system's memory again."""
SQLITE_PRAGMAS = (
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    "wal_autocheckpoint=1000",
    "journal_size_limit=67108864",
    "cache_size=-4096",
    "temp_store=MEMORY",
)


def is_sqlite_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite has the fix of the WAL-reset bug (3.51.3, or its backports)."""
    return version >= SQLITE_FIXED[0] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in SQLITE_FIXED[1:]
    )


def engine_options(url: str, pooler: str = "none") -> dict[str, Any]:
    """Engine options for the address: the bundled SQLite, or PostgreSQL with time-outs.

    Behind a `pooler` that lends a connection for one transaction (PgBouncer) nothing may stay on the connection: the
    time-outs are then the role's own, and no statement is prepared. Values never stand in an error's text.
    """
    if url.startswith("sqlite"):
        if not is_sqlite_safe(sqlite.sqlite_version_info):
            raise RuntimeError(
                f"SQLite {sqlite.sqlite_version} can corrupt a database in WAL mode; 3.51.3 is needed"
            )
        return {
            "module": sqlite,
            "hide_parameters": True,
            "pool_size": 8,
            "max_overflow": 24,
            "pool_use_lifo": True,
            "pool_timeout": 10,
            "connect_args": {"check_same_thread": False, "cached_statements": 600},
        }
    if pooler == "transaction":
        return {
            "hide_parameters": True,
            "pool_size": 8,
            "max_overflow": 24,
            "pool_use_lifo": True,
            "pool_pre_ping": True,
            "pool_timeout": 10,
            "connect_args": {"prepare_threshold": None, "connect_timeout": 5},
        }
    settings = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s -c timezone=UTC"
    return {
        "hide_parameters": True,
        "pool_size": 8,
        "max_overflow": 24,
        "pool_use_lifo": True,
        "pool_pre_ping": True,
        "pool_timeout": 10,
        "connect_args": {"options": settings, "connect_timeout": 5},
    }


def prepare_engine(engine: Engine) -> None:
    """Fits the engine's hooks: settings per connection, read-only unless the unit of work says `writes`."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        _keep_few_warm(engine)
    else:
        event.listen(engine, "do_connect", open_postgresql)
        event.listen(engine, "begin", begin_postgresql)


def _open_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise RuntimeError(f"SQLite answers journal mode {mode}, WAL is needed")
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_few_warm(engine: Engine) -> None:
    """Connections lent while others are out give their pages back with themselves: each holds 4 MB of them, and a
    process has dozens of connections in a rush. The last given back is lent first, so that in quiet hours one is warm.
    """

    def number(connection: Any, record: Any, lent: Any) -> None:
        pool = engine.pool
        record.info["out"] = pool.checkedout() if isinstance(pool, QueuePool) else 1

    def cool(connection: Any, record: Any) -> None:
        if record.info.pop("out", 1) > WARM_CONNECTIONS and connection is not None:
            connection.execute("PRAGMA shrink_memory")

    event.listen(engine, "checkout", number)
    event.listen(engine, "checkin", cool)


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_sqlite() -> bool:
    """Whether the present database is SQLite."""
    return bool(db.engine.dialect.name == "sqlite")


@contextmanager
def room_for_indexes(kib: int) -> Iterator[None]:
    """SQLite's page cache as large as the indexes that are filled in no order; else each page is written many times.

    Holds for the session's present transaction; on PostgreSQL nothing happens.
    """
    if not is_sqlite():
        yield
        return
    connection = db.session.connection()
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{kib}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")
