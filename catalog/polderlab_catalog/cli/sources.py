"""``polderlab source``: data that is consulted where it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid, NotFound
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.domain.sources import Login, Probe, Source, SourceKind
from polderlab_catalog.policy.sources import CONDITIONS, parameters_of, scope_of

app = typer.Typer(
    help="Data that is consulted where it is.", no_args_is_help=True, rich_markup_mode=None
)

Dataset = Annotated[str, typer.Argument(help="Name of the dataset.", metavar="DATASET")]
Kind = Annotated[SourceKind, typer.Option(help="What kind of source.")]
Address = Annotated[str, typer.Option(help="Address, without name and password.", metavar="URL")]
Table = Annotated[str, typer.Option(help="Table, collection or feature type.")]
Query = Annotated[str, typer.Option(help="Query instead of a table, with :name for parameters.")]
Parameter = Annotated[
    list[str], typer.Option(help="'name type default', once per parameter of the query.")
]
Columns = Annotated[str, typer.Option(help="Columns readers get, with commas between.")]
Where = Annotated[list[str], typer.Option(help="'column = value', once per condition on rows.")]
Username = Annotated[str, typer.Option(help="Name at the source.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        help="File (mode 0600) with the password or token; - reads it from standard input.",
        metavar="FILE",
    ),
]
Seconds = Annotated[int, typer.Option("--timeout", help="Seconds one read may take.")]
Rows = Annotated[int, typer.Option("--row-limit", help="Rows one read may give.")]
Hours = Annotated[int | None, typer.Option("--snapshot", help="Keep a copy this many hours old.")]


@app.callback()
def _sources() -> None:
    """Data that is consulted where it is."""


@app.command()
def register(
    dataset: Dataset,
    *,
    kind: Kind = SourceKind.SQL,
    address: Address,
    table: Table = "",
    query: Query = "",
    parameter: Parameter = [],  # noqa: B006  (typer copies it)
    columns: Columns = "",
    where: Where = [],  # noqa: B006
    username: Username = "",
    password_file: PasswordFile = None,
    timeout: Seconds = 60,
    row_limit: Rows = 10_000_000,
    snapshot: Hours = None,
    as_json: Json = False,
) -> None:
    """Consult a source for a dataset that is described already; the source is tried first.

    \b
    Example:
      polderlab source register soil_survey --address postgresql://db.example.nl/soil \\
        --table soil.samples --username reader --password-file /root/soil.password
    """
    scope = scope_of(columns, "\n".join(where))
    if scope is None:
        raise Invalid({"where": CONDITIONS})
    source = Source(
        dataset=dataset,
        kind=kind,
        location=address,
        table=table,
        query=query,
        parameters=parameters_of("\n".join(parameter)),
        scope=scope or WHOLE,
        timeout_seconds=timeout,
        row_limit=row_limit,
        snapshot_hours=snapshot,
    )
    login = _login(username, password_file)
    here = open_lab()
    version = here.lab.sources.register(here.actor, source, login)
    if as_json:
        show_json({"dataset": dataset, "version": version.number})
    else:
        typer.echo(f"{dataset} is consulted at its source, as version {version.number}.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the live sources, and what is wrong with them.

    \b
    Example:
      polderlab source list
    """
    show(
        [
            {
                "dataset": source.dataset,
                "kind": source.kind.value,
                "address": source.location,
                "reads": source.table or ("a query" if source.query else "the whole"),
                "snapshot": source.snapshot_at,
                "problem": " ".join(filter(None, (source.problem, source.problem_columns))),
            }
            for source in open_lab().lab.sources.all()
        ],
        as_json=as_json,
        empty="There are no live sources.",
    )


@app.command("test")
def try_(dataset: Dataset, as_json: Json = False) -> None:
    """Go to the source and show its columns and first rows; nothing is kept.

    \b
    Example:
      polderlab source test soil_survey
    """
    here = open_lab()
    probe = here.lab.sources.test(here.actor, _the_source(here, dataset))
    names = probe.scope.columns or tuple(column.name for column in probe.columns)
    rows = [dict(zip(names, row, strict=True)) for row in probe.rows]
    if as_json:
        show_json({"columns": _types(probe), "rows": rows})
        return
    for name, type_ in _types(probe).items():
        typer.echo(f"{name}: {type_}")
    show(rows, as_json=False, empty="No rows.")


@app.command()
def remove(dataset: Dataset, as_json: Json = False) -> None:
    """Consult the source no longer; the next read is refused.

    \b
    Example:
      polderlab source remove soil_survey
    """
    here = open_lab()
    done = here.lab.sources.remove(here.actor, dataset)
    if as_json:
        show_json({"dataset": dataset, "removed": done})
    else:
        typer.echo(f"{dataset} {'is no longer' if done else 'was not'} consulted at a source.")


@app.command()
def snapshot(dataset: Dataset, as_json: Json = False) -> None:
    """Copy what readers may get into a file, published beside the source.

    \b
    Example:
      polderlab source snapshot soil_survey
    """
    here = open_lab()
    version = here.lab.sources.snapshot(here.actor, dataset)
    rows = version.distributions[-1].rows
    if as_json:
        show_json({"dataset": dataset, "version": version.number, "rows": rows})
    else:
        typer.echo(f"Version {version.number} of {dataset} has a copy of {rows} rows.")


def _the_source(here: Here, dataset: str) -> Source:
    found = here.lab.sources.show(here.actor, dataset)
    if found is None:
        raise NotFound("source", dataset)
    return found


def _types(probe: Probe) -> dict[str, str]:
    return {column.name: column.type for column in probe.columns}


def _login(username: str, file: Path | None) -> Login | None:
    """Read what opens the source. Never from an argument: those show in the list of processes."""
    if file is None:
        return Login(username) if username else None
    if str(file) == "-":
        return Login(username, sys.stdin.readline().rstrip("\r\n"))
    try:
        if file.stat().st_mode & 0o077:
            raise Invalid({"password-file": f"others may read it; run: chmod 600 {file}"})
        return Login(username, file.read_text("utf-8").rstrip("\r\n"))
    except OSError as error:
        raise Invalid({"password-file": f"cannot be read ({error.strerror})"}) from None
