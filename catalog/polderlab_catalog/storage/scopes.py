"""Scopes as JSON."""

from __future__ import annotations

from typing import Any

from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope


def scope_json(scope: Scope) -> dict[str, Any] | None:
    """Return ``scope`` as it is stored; None for everything."""
    if scope.whole:
        return None
    return {
        "columns": list(scope.columns),
        "rows": [[each.column, each.operator.value, list(each.values)] for each in scope.rows],
    }


def scope_of(stored: dict[str, Any] | None) -> Scope:
    """Return the scope that was stored."""
    if stored is None:
        return WHOLE
    rows = (
        Condition(name, Operator(operator), tuple(values))
        for name, operator, values in stored["rows"]
    )
    return Scope(tuple(stored["columns"]), tuple(rows))
