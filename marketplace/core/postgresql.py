"""A connection to PostgreSQL that keeps what it prepared.

psycopg throws all prepared statements of a connection away whenever a transaction is rolled back, and every request
ends by rolling back what it read: each statement was then parsed and planned anew each time.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

PREPARED = 1000
"""Statements that stay prepared, more than there are: those of one purchase are as many as the hundred of psycopg."""


class KeepingConnection(psycopg.Connection[Any]):
    """Ends a transaction that only read by END, since there is nothing to undo, and so forgets nothing."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.prepared_max = PREPARED

    def rollback(self) -> None:
        """Ends the transaction; whatever it wrote is undone.

        Should the server have gone meanwhile, what was read stays read and there is nothing to undo: the connection is
        closed without an error, and the pool replaces it when it would lend it again.
        """
        if self.read_only and self.info.transaction_status is TransactionStatus.INTRANS:
            try:
                self.execute("END")
            except psycopg.Error:
                self.close()
        else:
            super().rollback()


def open_postgresql(dialect: Any, record: Any, arguments: Any, named: Any) -> KeepingConnection:
    """How an engine opens a connection (its hook `do_connect`)."""
    return KeepingConnection.connect(*arguments, **named)


def begin_postgresql(connection: Connection) -> None:
    """Says before BEGIN is sent whether the transaction may write: only a unit of work does."""
    driver: Any = connection.connection.dbapi_connection
    is_reading = not connection.get_execution_options().get("writes", False)
    if driver.read_only is not is_reading:
        driver.read_only = is_reading
