"""``polderlab announcement``."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

import typer

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.announcements import Announcement, Audience
from polderlab_catalog.domain.texts import Text

app = typer.Typer(
    help="What is shown above every page of the portal, and to whom.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Dutch = Annotated[str, typer.Option("--nl", help="The text in Dutch.")]
English = Annotated[str, typer.Option("--en", help="The text in English.")]


def _row(here: Here, each: Announcement) -> dict[str, object]:
    zone = here.lab.settings.zone
    return {
        "id": each.id,
        "from": each.starts.astimezone(zone),
        "until": each.ends.astimezone(zone),
        "shown": each.live(here.lab.clock()),
        "for": ", ".join(each.names) or "everyone",
        "text": each.text.in_("nl"),
    }


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the announcements, newest first.

    \b
    Example:
      polderlab announcement list
    """
    here = open_lab()
    found = here.lab.announcements.list_all(here.actor)
    rows = [_row(here, each) for each in found]
    show(rows, as_json=as_json, empty="Nothing has been announced.")


@app.command()
def make(
    until: Annotated[str, typer.Option(help="The last day it is shown, like 2027-06-30.")],
    nl: Dutch = "",
    en: English = "",
    organisation: Annotated[
        list[str] | None, typer.Option(help="Only for people of this organisation.")
    ] = None,
    project: Annotated[
        list[str] | None, typer.Option(help="Only for members of this project.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show something above every page, from now on.

    \b
    Example:
      polderlab announcement make --until 2027-06-30 --nl "Zaterdag dicht" --en "Closed Saturday"
    """
    here = open_lab()
    audience, names = Audience.EVERYONE, tuple[str, ...]()
    if organisation and project:
        raise Invalid({"project": "choose organisations or projects, not both"})
    if organisation or project:
        audience = Audience.ORGANISATION if organisation else Audience.PROJECT
        names = tuple(organisation or project or ())
    try:
        last = datetime.combine(
            datetime.fromisoformat(until).date(), time(), here.lab.settings.zone
        )
    except ValueError:
        raise Invalid({"until": "give a day, like 2027-06-30"}) from None
    draft = Draft(Text(nl, en), audience, names, None, last + timedelta(days=1))
    made = here.lab.announcements.make(here.actor, draft)
    if as_json:
        show_json(_row(here, made))
    else:
        typer.echo(f"Announced. To take it away: polderlab announcement withdraw {made.id}")


@app.command()
def withdraw(
    announcement: Annotated[str, typer.Argument(help="Its id, from the list.")],
    as_json: Json = False,
) -> None:
    """Show it no longer.

    \b
    Example:
      polderlab announcement withdraw 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    changed = here.lab.announcements.withdraw(here.actor, announcement)
    if as_json:
        show_json({"changed": changed})
    else:
        typer.echo("Withdrawn." if changed else "It was withdrawn already.")
