"""What the commands print: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer

from polderlab_catalog.domain.names import legible

_LONGEST = 10_000
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows with the same keys; ``empty`` is said when there are none."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        typer.echo(empty)
    else:
        typer.echo(table([list(rows[0]), *([_cell(v) for v in row.values()] for row in rows)]))


def show_json(value: object) -> None:
    """Print ``value`` as JSON; moments in RFC 3339."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows``, the first of which are the heads, in columns."""
    heads = [head.replace("_", " ").upper() for head in rows[0]]
    lines = [heads, *rows[1:]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Mapping):
        value = " ".join(f"{key}={item}" for key, item in value.items())
    # Others wrote it, and a terminal obeys what cannot be seen.
    return legible(str(value), _LONGEST).replace("\n", " ")


def _plain(value: object) -> str | dict[str, object]:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: a line per fact."""
    if as_json:
        show_json(facts)
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        typer.echo(f"{name.replace('_', ' '):{width}}  {_cell(shown)}".rstrip())
