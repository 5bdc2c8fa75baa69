"""Columns and conditions as a form sends them: choices from lists, never a piece of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.policy.decisions import N_, Code
from polderlab_catalog.policy.scopes import MAX_VALUES, typed
from polderlab_catalog.web.languages import Speech

ROWS = 3
"""How many conditions a form offers."""

FITS = frozenset({Code.UNKNOWN_COLUMN, Code.NO_COLUMN_LEFT})
"""Refusals that are mended at the columns; ``UNFIT_CONDITION`` is at the conditions."""

_NO_VALUE = frozenset({Operator.NULL, Operator.NOT_NULL})

CHOOSE_A_COLUMN = N_("Choose at least one column")
FINISH_THE_CONDITION = N_("Choose a comparison and write a value for column {column}")

Words = Annotated[list[str], Form(default_factory=list, max_length=1000)]


@dataclass(frozen=True, slots=True)
class ScopeForm:
    """What was ticked and filled in; ``offered`` tells whether there were columns to tick."""

    offered: bool = False
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, scope: Scope, columns: Sequence[Column], *, ticked: bool = True) -> ScopeForm:
        """Return the form that says ``scope``; without columns in it all are ``ticked``."""
        names = tuple(each.name for each in columns)
        rows = (
            (each.column, each.operator.value, "; ".join(map(str, each.values)))
            for each in scope.rows
        )
        return cls(bool(names), scope.columns or (names if ticked else ()), tuple(rows))

    def row(self, number: int) -> tuple[str, str, str]:
        """Return condition ``number`` (from 0), empty where there is none."""
        return self.rows[number] if number < len(self.rows) else ("", "", "")

    def read(self, columns: Sequence[Column], speech: Speech) -> tuple[Scope, dict[str, str]]:
        """Return the scope, and by field what must be mended.

        All columns ticked means all there will ever be; none ticked is a mistake.
        """
        errors: dict[str, str] = {}
        known = {each.name: each for each in columns}
        if self.offered and not self.columns:
            errors["columns"] = speech.gettext(CHOOSE_A_COLUMN)
        chosen = () if set(self.columns) >= set(known) else self.columns
        rows = []
        for name, operator, value in self.rows:
            if not name:
                continue
            condition = _condition(known.get(name), name, operator, value)
            if condition is None:
                sentence = speech.gettext(FINISH_THE_CONDITION)
                errors["rows"] = sentence.format(column=name[:60])
            else:
                rows.append(condition)
        return Scope(chosen, tuple(rows)), errors


def _condition(column: Column | None, name: str, operator: str, value: str) -> Condition | None:
    try:
        comparison = Operator(operator)
    except ValueError:
        return None
    if comparison in _NO_VALUE:
        return Condition(name, comparison)
    several = comparison is Operator.IN
    parts = [each.strip() for each in value.split(";", MAX_VALUES)] if several else [value.strip()]
    values = [part for part in parts if part]
    if not values:
        return None
    # an unknown column goes on as text: the policy refuses it by name
    return Condition(name, comparison, tuple(typed(column, v) if column else v for v in values))


def scope_form(
    column: Words,
    condition_column: Words,
    condition_operator: Words,
    condition_value: Words,
    offered: Annotated[str, Form(max_length=10)] = "",
) -> ScopeForm:
    """Read the fields of ``scope_fields.html``."""
    rows = zip(condition_column, condition_operator, condition_value, strict=False)
    return ScopeForm(bool(offered), tuple(column), tuple(rows)[:ROWS])


TheScope = Annotated[ScopeForm, Depends(scope_form)]
