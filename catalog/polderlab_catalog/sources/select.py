"""The one statement a read runs: names quoted by SQLAlchemy, values never part of its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.selectable import FromClause

from polderlab_catalog.domain.scopes import Condition, Operator, Value
from polderlab_catalog.domain.sources import Source

Bind = Callable[[Value, str], sa.ColumnElement[Any]]
"""Makes a value, compared with a column of an Arrow type, part of a statement."""
Expression = sa.ColumnElement[Any]


def base(source: Source, columns: Sequence[str], parameters: Mapping[str, str]) -> FromClause:
    """Return the table or query of ``source``.

    ``parameters`` says what stands in the query for each ``:name``; any other colon is the
    query's own.
    """
    made: list[sa.ColumnClause[Any]] = [named(name) for name in columns]
    if source.table:
        schema, _, name = source.table.rpartition(".")
        return sa.table(
            quoted_name(name, quote=True),
            *made,
            schema=quoted_name(schema, quote=True) if schema else None,
        )
    # The line end keeps a comment at the query's end from swallowing what follows.
    query = source.query.strip().rstrip(";") + "\n"
    return sa.text(_filled(query, parameters)).columns(*made).subquery("source")


def named(name: str) -> sa.ColumnClause[Any]:
    """Return the column ``name``, quoted whatever is in it."""
    return sa.column(quoted_name(name, quote=True))


def everything(source: FromClause) -> sa.Select[Any]:
    """Return the select of all columns there are."""
    star: Expression = sa.literal_column("*")
    return sa.select(star).select_from(source)


def statement(
    source: FromClause,
    columns: Mapping[str, Expression],
    known: Mapping[str, tuple[Expression, str]],
    rows: Sequence[Condition],
    *,
    limit: int,
    bind: Bind,
) -> sa.Select[Any]:
    """Return the select of ``columns`` that meet ``rows``, at most ``limit`` of them."""
    made = sa.select(*(each.label(quoted_name(name, quote=True)) for name, each in columns.items()))
    where = [_condition(*known[each.column], each, bind) for each in rows]
    return made.select_from(source).where(*where).limit(limit)


def _condition(
    column: Expression, type_: str, condition: Condition, bind: Bind
) -> sa.ColumnElement[bool]:
    values = [bind(value, type_) for value in condition.values]
    match condition.operator:
        case Operator.NULL:
            return column.is_(sa.null())
        case Operator.NOT_NULL:
            return column.is_not(sa.null())
        case Operator.IN:
            return sa.or_(sa.false(), *(column == value for value in values))
        case operator:
            (value,) = values
            return column.op(operator.value, is_comparison=True)(value)


def _filled(query: str, parameters: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        return parameters.get(match[1], rf"\:{match[1]}")

    return re.sub(r"(?<![:\w\\]):(\w+)", fill, query)
