"""``polderlab session``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.errors import NotFound, Unavailable
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.texts import Text

app = typer.Typer(help="The sessions that run now.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List who runs what, and since when.

    \b
    Example:
      polderlab session list
    """
    here = open_lab()
    show(
        [
            {
                "user": session.username,
                "project": session.project,
                "state": session.state.value,
                "image": session.image,
                "size": session.size,
                "address": session.address,
                "started": session.started.astimezone(here.lab.settings.zone),
                "id": session.id,
            }
            for session in here.lab.sessions.list_open(here.actor)
        ],
        as_json=as_json,
        empty="No sessions run now.",
    )


@app.command()
def stop(
    user: Annotated[str, typer.Argument(help="Whose session.", metavar="USER")],
    project: Annotated[str, typer.Argument(help="In which project.", metavar="PROJECT")],
    reason: Annotated[str, typer.Option(help="Why; whose session it is is told.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Stop somebody's session in a project; it can read nothing from that moment on.

    \b
    Example:
      polderlab session stop rivierstad-analyst river-access --reason "Upkeep"
    """
    here = open_lab()
    mine = [
        session
        for session in here.lab.sessions.list_open(here.actor)
        if (session.username, session.project) == (user, project)
    ]
    if not mine:
        raise NotFound("open session", f"{user} in {project}")
    if reason:
        here.lab.supervision.stop(here.actor, {session.id for session in mine}, reason)
    for session in mine:
        here.lab.sessions.close(session.id, "stopped by an operator", here.actor)
    try:
        here.lab.hub.stop(user, project)
    except Unavailable as error:
        msg = (
            f"The session of {user} in {project} can read nothing any more, but JupyterHub did "
            "not answer. It stops the container itself once it runs again; see: make status"
        )
        raise Unavailable(msg) from error
    if as_json:
        show_json({"stopped": [session.id for session in mine]})
    else:
        typer.echo(f"Stopped the session of {user} in {project}.")


@app.command("stop-all")
def stop_all(
    reason: Annotated[str, typer.Option(help="Why; everybody who had a session is told.")],
    as_json: Json = False,
) -> None:
    """Stop every session that runs now.

    \b
    Example:
      polderlab session stop-all --reason "Upkeep until noon"
    """
    here = open_lab()
    stopped = here.lab.supervision.stop(here.actor, None, reason)
    if as_json:
        show_json({"stopped": [session.id for session in stopped]})
    else:
        typer.echo(f"Stopped {len(stopped)} sessions.")


@app.command()
def tell(
    nl: Annotated[str, typer.Option("--nl", help="The message in Dutch.")] = "",
    en: Annotated[str, typer.Option("--en", help="The message in English.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Tell whoever has a session something, above every page of the portal, for a day.

    \b
    Example:
      polderlab session tell --nl "Sla je werk op" --en "Save your work"
    """
    here = open_lab()
    made = here.lab.announcements.tell_running(here.actor, Text(nl, en))
    if as_json:
        show_json({"announcement": made.id, "told": list(made.names)})
    else:
        typer.echo(f"{len(made.names)} people are told.")
