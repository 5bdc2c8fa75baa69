"""``polderlab audit``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.audit import AuditAction

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
