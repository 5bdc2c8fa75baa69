"""``polderlab offboard`` and ``polderlab offboarding``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, print_facts, show, show_json
from polderlab_catalog.domain.endings import Leaving, Offboarding

app = typer.Typer(
    help="Who and what left the lab, and what is still to be done.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Record = Annotated[str, typer.Argument(help="Number of the record.", metavar="RECORD")]


def offboard(
    kind: Annotated[Leaving, typer.Argument(help="person, project or organisation.")],
    name: Annotated[str, typer.Argument(help="Its name, as in addresses.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the record.")] = "",
    heir: Annotated[
        str, typer.Option(help="Organisation that takes over the datasets of one that leaves.")
    ] = "",
    confirm: Annotated[
        str, typer.Option(help="The name once more: does it. Without, it only shows what would be.")
    ] = "",
    *,
    as_json: Json = False,
) -> None:
    """Let a person, a project or an organisation leave the lab.

    Without --confirm it shows exactly what would happen, and nothing does.

    \b
    Example:
      polderlab offboard person rivierstad-analyst --reason "Another job" \\
        --confirm rivierstad-analyst
    """
    here = open_lab()
    wish = Wish(kind, name, reason, heir)
    if not confirm:
        shown = here.lab.endings.preview(here.actor, wish)
        if as_json:
            show_json(_facts(shown.record) | {"happened": False})
            return
        typer.echo("Nothing happened yet. This would:")
        _print(shown.record)
        if shown.leaderless:
            typer.echo(f"Projects left without a lead: {', '.join(shown.leaderless)}")
        typer.echo(f'To do it, add: --reason "…" --confirm {name}')
        return
    record = here.lab.endings.offboard(here.actor, wish, confirm)
    if as_json:
        show_json(_facts(record) | {"happened": True})
        return
    typer.echo(f"{record.title} has left the lab. Record: {record.id}")
    _print(record)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List who and what left, newest first.

    \b
    Example:
      polderlab offboarding list
    """
    here = open_lab()
    zone = here.lab.settings.zone
    rows = [
        {
            "record": each.id,
            "kind": each.kind.value,
            "name": each.name,
            "asked": each.asked.astimezone(zone),
            "state": state_of(each),
            "keep_until": each.keep_until.astimezone(zone).date(),
        }
        for each in here.lab.endings.records(here.actor)
    ]
    show(rows, as_json=as_json, empty="Nobody has left yet.")


@app.command("show")
def show_(record: Record, as_json: Json = False) -> None:
    """Show one record: what ended, and what became of the folders.

    \b
    Example:
      polderlab offboarding show 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    found = here.lab.endings.record(here.actor, record)
    if as_json:
        show_json(_facts(found))
        return
    typer.echo(f"{found.kind} {found.name} ({found.title}): {state_of(found)}")
    _print(found)


@app.command()
def sign(
    record: Record,
    received_by: Annotated[
        str, typer.Option("--received-by", help="Who received the archive, or declined it.")
    ],
    owner: Annotated[
        str, typer.Option("--for", help="The organisation whose archives these are, where several.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Sign that an archive was handed over; after its day the folders are deleted.

    \b
    Example:
      polderlab offboarding sign 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10 --received-by "J. de Vries"
    """
    here = open_lab()
    found = here.lab.endings.sign(here.actor, record, received_by, owner)
    if as_json:
        show_json(_facts(found))
    else:
        day = found.keep_until.astimezone(here.lab.settings.zone).date()
        typer.echo(f"Signed. Folders and archive are deleted after {day}.")


@app.command("call-off")
def call_off(record: Record, as_json: Json = False) -> None:
    """Call a leaving off, as long as nothing was deleted. The folders come back.

    Accounts, memberships and access do not: they are given again, one by one.

    \b
    Example:
      polderlab offboarding call-off 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    found = here.lab.endings.call_off(here.actor, record)
    if as_json:
        show_json(_facts(found))
        return
    typer.echo("Called off. The folders come back within minutes; their archives are deleted.")
    typer.echo("To be given again: what had ended at once.")
    _print(found)


def state_of(record: Offboarding) -> str:
    """Return how far a leaving is, in a few words."""
    if record.called_off:
        return "called off" if record.done else "called off; folders are being given back"
    if record.done:
        return "everything deleted"
    if any(folder.error for folder in record.folders):
        return "something is in the way"
    if not record.archived:
        return "folders are being packed"
    return "kept" if record.signed else "waits for a signature"


def _print(record: Offboarding) -> None:
    facts = {kind: ", ".join(names) for kind, names in record.ended.items()}
    for folder in record.folders:
        said = folder.error or f"{folder.archive or '–'} {folder.sha256}".strip()
        whose = f"; for {folder.owner}" if folder.owner else ""
        facts[f"{folder.kind} {folder.name}"] = f"{folder.state}{whose}; {said}"
    if facts:
        print_facts(facts, as_json=False)


def _facts(record: Offboarding) -> dict[str, object]:
    return {
        "record": record.id,
        "kind": record.kind.value,
        "name": record.name,
        "reason": record.reason,
        "by": record.by,
        "asked": record.asked,
        "keep_until": record.keep_until,
        "state": state_of(record),
        "ended": {kind: list(names) for kind, names in record.ended.items()},
        "folders": [
            {
                "kind": folder.kind.value,
                "name": folder.name,
                "state": folder.state.value,
                "archive": folder.archive,
                "bytes": folder.bytes,
                "sha256": folder.sha256,
                "files": folder.files,
                "frozen": folder.frozen,
                "archived": folder.archived,
                "deleted": folder.deleted,
                "thawed": folder.thawed,
                "owner": folder.owner,
                "received_by": folder.received_by,
                "signed_by": folder.signed_by,
                "signed": folder.signed,
                "error": folder.error,
                "needed": folder.needed,
                "free": folder.free,
            }
            for folder in record.folders
        ],
        "done": record.done,
        "called_off": record.called_off,
        "called_off_by": record.called_off_by,
    }
