"""What a steward may state of a live source, and what a reader may ask of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isfinite
from urllib.parse import SplitResult, parse_qsl, urlsplit

from polderlab_catalog.domain.datasets import Column, Dataset
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope, both
from polderlab_catalog.domain.sources import Asked, Parameter, Source, SourceKind, Wanted
from polderlab_catalog.policy.decisions import N_, Code, Decision, refused
from polderlab_catalog.policy.scopes import typed

_WORDS = {"integer": "whole number"}
PARAMETER_TYPES = ("text", "integer", "number", "date")
MAX_ROWS, MAX_SECONDS, MAX_HOURS = 1_000_000_000, 3600, 24 * 366
MAX_PARAMETER = 1000
MAX_QUERY = 20_000

CONTROL = N_("Leave out characters that cannot be seen")
KIND = N_("Choose what kind of source it is")
NOT_BOTH = N_("Name a table or view, or write a query: one of the two")
WHICH_TABLE = N_("Name the collection or feature type to read")
QUERY_FOR_DATABASES = N_("A query is for databases only")
PARAMETERS_FOR_QUERY = N_("Parameters belong to a query")
TOO_LONG = N_("Choose a whole number of seconds from 1 to 3600")
TOO_MANY = N_("Choose a whole number of rows from 1 to 1000000000")
TOO_RARE = N_("Choose a whole number of hours from 1 to 8784")
NO_ADDRESS = N_("This is no address")
SECRETS_APART = N_("Leave the name and password out of the address: they have fields of their own")
HTTPS = N_("Begin the address with https:// or http://, and leave out what follows a #")
SQLITE = N_("Write sqlite:// and then the full path, as in sqlite:////srv/data/x.sqlite")
DATABASE = N_("Write it as postgresql://host:5432/database")
OPTIONS = N_("After the ? only sslmode and charset are allowed")
PARAMETER_NAMES = N_("Give each parameter a name of its own: small letters, digits and _")
PARAMETER_KINDS = N_(
    "Write a parameter as: name type default. Types are text, integer, number, date"
)
PARAMETER_DEFAULT = N_("A default does not fit the type of its parameter")
CONDITIONS = N_("Write a condition as: column = value. Or use !=, <, <=, >, >=, in, null, not-null")

_CONDITION = re.compile(
    r"(?P<column>.+?)(?:\s*(?P<sign>!=|<=|>=|=|<|>)|\s+(?P<word>in|null|not-null)(?=\s|$))"
    r"(?P<value>.*)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SQL_OPTIONS = frozenset({"sslmode", "charset"})
"""What may follow ``?`` in a database's address. Drivers know options that change the host or
name files to load, so all others are refused."""
_SECRETS = re.compile(r"(?i)(pass|pwd|secret|token|api_?key|apikey|signature|\bsig\b|credential)")


def mistakes(source: Source) -> dict[str, str]:
    """Return what must be mended in ``source``, by field, in English; empty when it is fine."""
    found = _location(source) or {}
    if not _legible(source):
        found["query"] = CONTROL
    if source.kind is SourceKind.SQL and bool(source.table) == bool(source.query):
        found["table"] = NOT_BOTH
    if source.kind in (SourceKind.OGC_FEATURES, SourceKind.WFS) and not source.table:
        found["table"] = WHICH_TABLE
    if source.kind is not SourceKind.SQL and source.query:
        found["query"] = QUERY_FOR_DATABASES
    if source.parameters and not source.query:
        found["parameters"] = PARAMETERS_FOR_QUERY
    if not 1 <= source.timeout_seconds <= MAX_SECONDS:
        found["timeout_seconds"] = TOO_LONG
    if not 1 <= source.row_limit <= MAX_ROWS:
        found["row_limit"] = TOO_MANY
    if source.snapshot_hours is not None and not 1 <= source.snapshot_hours <= MAX_HOURS:
        found["snapshot_hours"] = TOO_RARE
    return found | _parameters(source)


def origin(location: str) -> str:
    """Return what credentials belong to: scheme, host, port and, of a database, its name."""
    parts = urlsplit(location)
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return base if parts.scheme in ("http", "https") else f"{base}{parts.path}"


def parameters_of(lines: str) -> tuple[Parameter, ...]:
    """Read parameters as people write them: a line each, ``name type default``."""
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, _, rest = line.partition(" ")
        type_, space, default = rest.strip().partition(" ")
        found.append(Parameter(name, type_ or "text", default.strip() if space else None))
    return tuple(found)


def scope_of(columns: str, conditions: str) -> Scope | None:
    """Read a scope as people write it: columns with commas between, a condition per line.

    Values stay text until the columns are known (:func:`typed_scope`). None when a line is no
    condition.
    """
    names = tuple(name for name in map(str.strip, columns.split(",")) if name)
    rows = []
    for line in filter(None, map(str.strip, conditions.splitlines())):
        match = _CONDITION.fullmatch(line)
        if match is None:
            return None
        operator, text = Operator((match["sign"] or match["word"]).lower()), match["value"].strip()
        many = operator is Operator.IN
        values = [each.strip() for each in text.split(";" if many else "\n") if each.strip()]
        rows.append(Condition(match["column"].strip(), operator, tuple(values)))
    return Scope(names, tuple(rows))


def typed_scope(scope: Scope, columns: Sequence[Column]) -> Scope:
    """Return ``scope`` with its values as the columns have them; what does not fit stays text."""
    known = {column.name: column for column in columns}

    def fitted(condition: Condition) -> Condition:
        if condition.column not in known:
            return condition
        column = known[condition.column]
        values = (typed(column, v) if isinstance(v, str) else v for v in condition.values)
        return replace(condition, values=tuple(values))

    return Scope(scope.columns, tuple(map(fitted, scope.rows)))


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


def _legible(source: Source) -> bool:
    names = (source.table, *source.scope.columns, *(row.column for row in source.scope.rows))
    query = source.query.replace("\n", " ").replace("\t", " ")
    return all(text.isprintable() for text in (*names, query)) and len(query) <= MAX_QUERY


def _location(source: Source) -> dict[str, str]:
    try:
        parts = urlsplit(source.location)
        _ = parts.port
    except ValueError:
        return {"location": NO_ADDRESS}
    if not source.location.isprintable() or len(source.location) > 1000:
        return {"location": NO_ADDRESS}
    if "@" in parts.netloc or any(
        _SECRETS.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)
    ):
        return {"location": SECRETS_APART}
    return _database(parts) if source.kind is SourceKind.SQL else _web(parts)


def _web(parts: SplitResult) -> dict[str, str]:
    fine = parts.scheme in ("http", "https") and parts.hostname and not parts.fragment
    return {} if fine else {"location": HTTPS}


def _database(parts: SplitResult) -> dict[str, str]:
    if parts.scheme.partition("+")[0] == "sqlite":
        fine = not parts.netloc and parts.path.startswith("//") and not parts.query
        return {} if fine else {"location": SQLITE}
    if not parts.scheme or not parts.hostname or parts.path in ("", "/"):
        return {"location": DATABASE}
    if parts.fragment or {name for name, _ in parse_qsl(parts.query)} - _SQL_OPTIONS:
        return {"location": OPTIONS}
    return {}


def _parameters(source: Source) -> dict[str, str]:
    names = [parameter.name for parameter in source.parameters]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        return {"parameters": PARAMETER_NAMES}
    for parameter in source.parameters:
        if parameter.type not in PARAMETER_TYPES:
            return {"parameters": PARAMETER_KINDS}
        if parameter.default is not None and _value(parameter, parameter.default) is None:
            return {"parameters": PARAMETER_DEFAULT}
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
                kind=_WORDS.get(parameter.type, parameter.type),
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
