"""What a steward may state of a live source, and what a reader may ask of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from urllib.parse import SplitResult, parse_qsl, urlsplit

from polderlab_catalog.domain.datasets import Column, Dataset
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.scopes import WHOLE, Scope, both
from polderlab_catalog.domain.sources import Asked, Parameter, Source, SourceKind, Wanted
from polderlab_catalog.policy.decisions import Code, Decision, refused

PARAMETER_TYPES = ("text", "integer", "number", "date")
MAX_ROWS, MAX_SECONDS, MAX_HOURS = 1_000_000_000, 3600, 24 * 366
MAX_PARAMETER = 1000

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SQL_OPTIONS = frozenset({"sslmode", "charset"})
"""What may follow ``?`` in a database's address. Drivers know options that change the host or
name files to load, so all others are refused."""
_SECRETS = re.compile(r"(?i)(pass|pwd|secret|token|api_?key|apikey|signature|\bsig\b|credential)")


def mistakes(source: Source) -> dict[str, str]:
    """Return what must be mended in ``source``, by field, in English; empty when it is fine."""
    found = _location(source) or {}
    if source.kind is SourceKind.SQL and bool(source.table) == bool(source.query):
        found["table"] = "Name a table or view, or write a query: one of the two"
    if source.kind in (SourceKind.OGC_FEATURES, SourceKind.WFS) and not source.table:
        found["table"] = "Name the collection or feature type to read"
    if source.kind is not SourceKind.SQL and source.query:
        found["query"] = "A query is for databases only"
    if source.parameters and not source.query:
        found["parameters"] = "Parameters belong to a query"
    for bounds in (
        ("timeout_seconds", source.timeout_seconds, MAX_SECONDS),
        ("row_limit", source.row_limit, MAX_ROWS),
        ("snapshot_hours", source.snapshot_hours or 1, MAX_HOURS),
    ):
        if not 1 <= bounds[1] <= bounds[2]:
            found[bounds[0]] = f"Choose a whole number from 1 to {bounds[2]}"
    return found | _parameters(source)


def origin(location: str) -> str:
    """Return what credentials belong to: scheme, host, port and, of a database, its name."""
    parts = urlsplit(location)
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return base if parts.scheme in ("http", "https") else f"{base}{parts.path}"


def decide(
    dataset: Dataset, source: Source, columns: Sequence[Column], scope: Scope, asked: Asked
) -> Wanted | Decision:
    """Return what is read of ``columns`` when ``asked`` is asked under a grant's ``scope``.

    Only columns that are there and that both steward and grant allow; what the steward fixed and
    what the grant says of rows always holds.
    """
    allowed = both(Scope(tuple(column.name for column in columns)), scope)
    fixed = both(allowed or WHOLE, source.scope)
    if allowed is None or fixed is None:
        return refused(Code.NO_COLUMN_LEFT, choices="–")
    for name in asked.columns:
        if name not in fixed.columns:
            return refused(
                Code.UNKNOWN_COLUMN,
                dataset=dataset.name,
                column=printable(name, 60),
                choices=", ".join(fixed.columns),
            )
    filled = _filled(dataset, source.parameters, asked.parameters)
    if isinstance(filled, Decision):
        return filled
    kept = tuple(dict.fromkeys(asked.columns)) or fixed.columns
    rows = source.row_limit if asked.limit is None else min(asked.limit, source.row_limit)
    cut = asked.limit is not None and asked.limit <= source.row_limit
    return Wanted(kept, Scope(kept, fixed.rows), rows, filled, cut)


def _location(source: Source) -> dict[str, str]:
    try:
        parts = urlsplit(source.location)
        _ = parts.port
    except ValueError:
        return {"location": "This is no address"}
    if not source.location.isprintable() or len(source.location) > 1000:
        return {"location": "This is no address"}
    if "@" in parts.netloc or any(
        _SECRETS.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)
    ):
        return {"location": "Leave the name and password out of the address: they have own fields"}
    return _database(parts) if source.kind is SourceKind.SQL else _web(parts)


def _web(parts: SplitResult) -> dict[str, str]:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return {"location": "Begin the address with https://"}
    return {"location": "Leave the part after # out"} if parts.fragment else {}


def _database(parts: SplitResult) -> dict[str, str]:
    if parts.scheme.partition("+")[0] == "sqlite":
        return (
            {}
            if not parts.netloc and parts.path.startswith("//") and not parts.query
            else {
                "location": "Write sqlite:// and then the full path, as in sqlite:////srv/data/x.sqlite"
            }
        )
    if not parts.scheme or not parts.hostname or parts.path in ("", "/"):
        return {"location": "Write it as postgresql://host:5432/database"}
    if parts.fragment or {name for name, _ in parse_qsl(parts.query)} - _SQL_OPTIONS:
        return {"location": "After ? only sslmode and charset are allowed"}
    return {}


def _parameters(source: Source) -> dict[str, str]:
    names = [parameter.name for parameter in source.parameters]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        return {"parameters": "Give each parameter a name of its own: small letters, digits and _"}
    for parameter in source.parameters:
        if parameter.type not in PARAMETER_TYPES:
            return {"parameters": f"Choose a type from: {', '.join(PARAMETER_TYPES)}"}
        if parameter.default is not None and _value(parameter, parameter.default) is None:
            return {"parameters": f"The default of {parameter.name} is no {parameter.type}"}
    return {}


def _filled(
    dataset: Dataset, parameters: Sequence[Parameter], asked: Mapping[str, str]
) -> dict[str, str | int | float | None] | Decision:
    known = {parameter.name: parameter for parameter in parameters}
    for name in asked:
        if name not in known:
            choices = ", ".join(known) or "–"
            shown = printable(name, 60)
            return refused(
                Code.UNKNOWN_PARAMETER, dataset=dataset.name, parameter=shown, choices=choices
            )
    filled: dict[str, str | int | float | None] = {}
    for parameter in parameters:
        text = asked.get(parameter.name, parameter.default)
        value = None if text is None else _value(parameter, text)
        if value is None:
            return refused(
                Code.UNFIT_PARAMETER,
                dataset=dataset.name,
                parameter=parameter.name,
                kind=parameter.type,
            )
        filled[parameter.name] = value
    return filled


def _value(parameter: Parameter, text: str) -> str | int | float | None:
    """Return ``text`` as the parameter's type; None when it is none of it."""
    if len(text) > MAX_PARAMETER or not text.isprintable():
        return None
    try:
        match parameter.type:
            case "integer":
                number = int(text)
                return number if abs(number) < 2**63 else None
            case "number":
                real = float(text)
                return real if isfinite(real) else None
            case "date":
                return date.fromisoformat(text).isoformat()
            case _:
                return text
    except ValueError:
        return None
