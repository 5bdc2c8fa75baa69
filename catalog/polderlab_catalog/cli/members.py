"""``polderlab member``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.projects import MemberRole

app = typer.Typer(help="Who works on a project.", no_args_is_help=True, rich_markup_mode=None)

Project = Annotated[str, typer.Argument(help="The project.", metavar="PROJECT")]
Name = Annotated[str, typer.Argument(help="Whose account.", metavar="NAME")]


@app.command("list")
def list_(project: Project, as_json: Json = False) -> None:
    """List a project's members, leads first.

    \b
    Example:
      polderlab member list river-access
    """
    _list(open_lab(), project, as_json=as_json)


def _list(here: Here, project: str, *, as_json: bool) -> None:
    rows = [
        {
            "name": each.person.username,
            "organisation": each.person.organisation,
            "role": each.membership.role.value,
            "until": each.membership.until,
        }
        for each in here.lab.members.page(here.actor, project).members
    ]
    show(rows, as_json=as_json, empty="Nobody is a member.")


@app.command()
def add(
    project: Project,
    name: Name,
    role: Annotated[MemberRole, typer.Option(help="In which role.")] = MemberRole.ANALYST,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day; without it as long as it runs."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make somebody a member, also of another organisation, or change their role or last day.

    \b
    Example:
      polderlab member add river-access kustregio-analyst --role viewer --until 2027-06-30
    """
    here = open_lab()
    last = until.date() if until else None
    here.lab.members.put(here.actor, project, name, role, last)
    _list(here, project, as_json=as_json)


@app.command()
def remove(project: Project, name: Name, as_json: Json = False) -> None:
    """End a membership and what runs under it, at once.

    \b
    Example:
      polderlab member remove river-access rivierstad-analyst
    """
    here = open_lab()
    removed = here.lab.members.remove(here.actor, project, name)
    if as_json:
        show_json({"removed": removed})
        return
    gone = f"{name} is no longer a member of {project}."
    typer.echo(gone if removed else f"{name} was no member of {project}.")
