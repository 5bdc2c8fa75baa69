"""Quality checks in the database, and the history of their runs."""

from __future__ import annotations

from typing import Any

from polderlab_catalog.domain.quality import Check, CheckKind


def check_json(check: Check) -> dict[str, Any]:
    """Return ``check`` as it is stored."""
    return {
        "kind": check.kind.value,
        "columns": list(check.columns),
        "options": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in check.options.items()
        },
    }


def check_of(stored: dict[str, Any]) -> Check:
    """Return the check that was stored."""
    options = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored["options"].items()
    }
    return Check(CheckKind(stored["kind"]), tuple(stored["columns"]), options)
