"""``polderlab audit``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated

import typer

from polderlab_catalog.application.audit import Sought
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.lines import as_csv, as_jsonl


class Form(StrEnum):
    """How the lines are written."""

    JSONL = "jsonl"
    CSV = "csv"


app = typer.Typer(
    help="The audit log: who did what, and whether nobody changed it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def verify(as_json: Json = False) -> None:
    """Check every line's hash against the one before; exit status 1 when one was changed.

    Keep the hash it prints somewhere else: it proves later that no lines were cut off the end.

    \b
    Example:
      polderlab audit verify
    """
    found = open_lab().lab.audit.verify()
    if as_json:
        show_json(asdict(found))
    elif found.ok:
        typer.echo(f"The audit log is whole: {found.count} lines. Last hash: {found.head}")
    if not found.ok:
        if not as_json:
            typer.echo(
                f"polderlab: The audit log was tampered with: {found.reason}. Lines 1 to "
                f"{found.count} are whole. Keep a copy of the database and tell your security "
                "officer.",
                err=True,
            )
        raise typer.Exit(1)


@app.command("show")
def show_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many.")] = 50,
    action: Annotated[
        AuditAction | None, typer.Option(help="Only this action.", metavar="ACTION")
    ] = None,
    object_: Annotated[
        str | None, typer.Option("--object", help="Only about this dataset, person or project.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only by this actor.")] = None,
    project: Annotated[str | None, typer.Option(help="Only in this project.")] = None,
    as_json: Json = False,
) -> None:
    """Show the newest lines of the log, newest first.

    \b
    Example:
      polderlab audit show --action dataset:read --object growth_study --limit 10
    """
    here = open_lab()
    records = here.lab.audit.show(
        action=action, object=object_, actor=actor, project=project, limit=limit
    )
    lines = [
        {
            "number": record.number,
            "at": record.at.astimezone(here.lab.settings.zone),
            "action": record.event.action.value,
            "outcome": record.event.outcome.value,
            "actor": record.event.actor,
            "object": record.event.object,
            "project": record.event.project,
            "details": dict(record.event.details),
        }
        for record in records
    ]
    if as_json:
        for line, record in zip(lines, records, strict=True):
            line |= {
                "purpose": record.event.purpose,
                "session": record.event.session,
                "origin": record.event.origin,
                "hash": record.hash,
            }
    show(lines, as_json=as_json, empty="No lines match.")


@app.command()
def export(
    *,
    form: Annotated[Form, typer.Option("--format", help="JSON lines, or CSV.")] = Form.JSONL,
    since: Annotated[str, typer.Option(help="From this day on, like 2027-01-01.")] = "",
    until: Annotated[str, typer.Option(help="Through this day.")] = "",
    action: Annotated[
        AuditAction | None, typer.Option(help="Only this action.", metavar="ACTION")
    ] = None,
    object_: Annotated[
        str | None, typer.Option("--object", help="Only about this dataset, person or project.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only by this actor.")] = None,
    project: Annotated[str | None, typer.Option(help="Only in this project.")] = None,
) -> None:
    """Write lines of the log to standard output, newest first; that is a line as well.

    \b
    Example:
      polderlab audit export --format csv --since 2027-01-01 > log.csv
    """
    here = open_lab()
    zone = here.lab.settings.zone
    sought = Sought(
        action, actor, object_, project, _day("since", since, zone), _day("until", until, zone, 1)
    )
    lines = here.lab.audit.export(here.actor, sought)
    for piece in as_csv(lines) if form is Form.CSV else as_jsonl(lines):
        typer.echo(piece, nl=False)


def _day(name: str, value: str, zone: tzinfo, later: int = 0) -> datetime | None:
    try:
        day = date.fromisoformat(value) + timedelta(days=later) if value else None
    except (ValueError, OverflowError):
        day = date.min
    if day is not None and not 1970 < day.year < 9000:
        raise Invalid({name: "give a day, like 2027-01-31"})
    return datetime.combine(day, time(), zone) if day else None
