"""Scopes: the part of a dataset that may be read, by column and by row.

A scope is data, never a piece of SQL: the gateway turns it into a query (sources) or into a file
of its own (Parquet), so nothing a person writes is ever run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool


class Operator(StrEnum):
    """How a condition compares; ``null`` and ``not-null`` take no values, ``in`` takes several."""

    EQUALS = "="
    NOT_EQUALS = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    IN = "in"
    NULL = "null"
    NOT_NULL = "not-null"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing every row must meet: ``column`` compared with ``values``."""

    column: str
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Columns in order (empty: all of them) and conditions that must all hold (empty: all rows)."""

    columns: tuple[str, ...] = ()
    rows: tuple[Condition, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.columns and not self.rows


WHOLE = Scope()
"""Everything."""


def both(first: Scope, second: Scope) -> Scope | None:
    """Return what lies within ``first`` and ``second``; None when they share no column."""
    rows = tuple(dict.fromkeys((*first.rows, *second.rows)))
    if not first.columns or not second.columns:
        return Scope(first.columns or second.columns, rows)
    shared = tuple(column for column in first.columns if column in second.columns)
    return Scope(shared, rows) if shared else None
