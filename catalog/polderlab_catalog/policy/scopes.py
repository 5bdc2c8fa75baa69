"""Whether a scope fits the columns it is to hold for; and what people type, as values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from math import isfinite

from polderlab_catalog.domain.datasets import Column, Version
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.scopes import Condition, Operator, Scope, Value
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

MAX_CONDITIONS, MAX_VALUES, MAX_VALUE = 10, 100, 200

_KINDS = (
    ("dictionary", "text"),
    ("string", "text"),
    ("large_string", "text"),
    ("utf8", "text"),
    ("str", "text"),
    ("timestamp", "date and time"),
    ("date", "date"),
    ("bool", "yes or no"),
    ("int", "whole number"),
    ("uint", "whole number"),
    ("double", "number"),
    ("float", "number"),
    ("halffloat", "number"),
    ("decimal", "number"),
)
"""What Arrow's types hold, in the words people read; anything else cannot be compared."""
_ORDERED = frozenset({Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST})
_NO_VALUE = frozenset({Operator.NULL, Operator.NOT_NULL})


def columns_of(version: Version | None) -> tuple[Column, ...]:
    """Return the columns notebooks read of ``version``, each name once."""
    found = {
        column.name: column for file in (version.data if version else ()) for column in file.columns
    }
    return tuple(found.values())


def kind_of(column: Column) -> str:
    """Return what ``column`` holds, in a word; ``other`` cannot be compared with a value."""
    return next((kind for prefix, kind in _KINDS if column.type.startswith(prefix)), "other")


def fits(scope: Scope, dataset: str, columns: Sequence[Column]) -> Decision:
    """Decide whether ``scope`` names only ``columns``, and compares each as its type allows."""
    known = {column.name: column for column in columns}
    named = (*scope.columns, *(condition.column for condition in scope.rows))
    for name in named:
        if name not in known:
            return refused(
                Code.UNKNOWN_COLUMN,
                dataset=dataset,
                column=printable(name, 60),
                choices=", ".join(known) or "–",
            )
    for condition in scope.rows:
        if not _comparable(condition, known[condition.column]):
            kind = kind_of(known[condition.column])
            return refused(Code.UNFIT_CONDITION, column=condition.column, kind=kind)
    return ALLOWED


def typed(column: Column, text: str) -> Value:
    """Return ``text`` as a value of ``column``; what cannot be one stays text and does not fit."""
    text = text.strip()
    kind = kind_of(column)
    if kind == "yes or no":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        if kind == "whole number":
            return int(text)
        if kind == "number":
            return float(text.replace(",", "."))
    except ValueError:
        pass
    return text


def _comparable(condition: Condition, column: Column) -> bool:
    operator, values, kind = condition.operator, condition.values, kind_of(column)
    if operator in _NO_VALUE:
        return not values
    if kind == "other" or (kind == "yes or no" and operator in _ORDERED):
        return False
    wanted = 1 <= len(values) <= MAX_VALUES if operator is Operator.IN else len(values) == 1
    return wanted and all(_holds(kind, value) for value in values)


def _holds(kind: str, value: Value) -> bool:
    match kind:
        case "yes or no":
            return isinstance(value, bool)
        case "whole number":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        case "number":
            return (
                isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            )
        case "date" | "date and time":
            return isinstance(value, str) and _is_moment(value, whole_day=kind == "date")
        case _:
            return isinstance(value, str) and 0 < len(value) <= MAX_VALUE and value.isprintable()


def _is_moment(value: str, *, whole_day: bool) -> bool:
    try:
        if whole_day:
            date.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
