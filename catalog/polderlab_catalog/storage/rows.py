"""The three things every repository does with rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, select
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table, values: Mapping[str, object]) -> None:
    """Insert a row, or overwrite the one with the same primary key."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = insert(table).values(**values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=rest)
        if rest
        else statement.on_conflict_do_nothing()
    )


def one(connection: Connection, table: Table, *where: ColumnElement[bool]) -> RowMapping | None:
    """Return the row that matches, or None."""
    return connection.execute(select(table).where(*where)).mappings().one_or_none()


def many(
    connection: Connection,
    table: Table,
    *where: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] = (),
) -> list[RowMapping]:
    """Return the rows that match, by primary key unless ``order`` says otherwise.

    Sorted by key here, not in the database: collations differ, and with them the order of
    hyphens and digits.
    """
    rows = list(connection.execute(select(table).where(*where).order_by(*order)).mappings().all())
    if not order:
        keys = [column.name for column in table.primary_key]
        rows.sort(key=lambda row: [row[key] for key in keys])
    return rows
