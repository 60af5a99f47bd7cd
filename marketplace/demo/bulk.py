"""Writing many rows quickly: plain inserts in batches under ids chosen here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, insert, select, text

from marketplace.core.db import Base, db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work


class Bulk:
    """Collects rows by table and writes them in the order in which the tables were named.

    Each `write` is one unit of work. Ids go on from the highest there is.
    """

    def __init__(self, *models: type[Base]) -> None:
        self._tables: list[Table] = [model.__table__ for model in models]  # type: ignore[misc]
        self._rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in self._tables}
        self._next = {
            table.name: (db.session.scalar(select(func.max(table.c.id))) or 0) + 1 for table in self._tables
        }

    def add(self, model: type[Base], **values: Any) -> int:
        """Queues a row and gives the id that it will have."""
        name = model.__tablename__
        new_id = self._next[name]
        self._next[name] = new_id + 1
        self._rows[name].append({"id": new_id, **values})
        return new_id

    def waiting(self) -> int:
        """Rows queued and not written."""
        return sum(len(rows) for rows in self._rows.values())

    def write(self) -> None:
        """Writes what is queued, in one unit of work."""
        with unit_of_work():
            for table in self._tables:
                rows = self._rows[table.name]
                if rows:
                    db.session.execute(insert(table), [self._whole(table, row) for row in rows])
                    rows.clear()

    def _whole(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """Every row names every column, so that one statement serves all."""
        return {column.name: row.get(column.name, _default(column)) for column in table.columns}

    def finish(self) -> None:
        """Writes the rest and sets the counters of PostgreSQL after the ids given here."""
        self.write()
        if is_sqlite():
            return
        with unit_of_work():
            for table in self._tables:
                db.session.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                        f"GREATEST((SELECT max(id) FROM {table.name}), 1))"
                    )
                )


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None
