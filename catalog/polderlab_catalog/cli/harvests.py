"""``polderlab harvest``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json

app = typer.Typer(
    help="Catalogues elsewhere whose datasets are described here too.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Id = Annotated[str, typer.Argument(help="The harvest, as `polderlab harvest list` shows it.")]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where the catalogue is, as RDF.")],
    organisation: Annotated[
        str, typer.Option(help="The organisation the descriptions are kept under.")
    ],
    hours: Annotated[int, typer.Option(help="Take it over again after so many hours.")] = 24,
    as_json: Json = False,
) -> None:
    """Take over a catalogue (DCAT as Turtle, RDF/XML or JSON-LD) from now on.

    \b
    Example:
      polderlab harvest add https://data.example.nl/catalog.ttl --organisation waterdienst
    """
    here = open_lab()
    harvest = here.lab.harvests.add(here.actor, url, organisation, hours=hours)
    if as_json:
        show_json({"id": harvest.id, "url": harvest.url, "hours": hours})
        return
    typer.echo(f"{harvest.url} is harvested every {hours} hours. To do it now:")
    typer.echo(f"  polderlab harvest run {harvest.id}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the catalogues that are harvested, and how the last time went.

    \b
    Example:
      polderlab harvest list
    """
    show(
        [
            {
                "id": each.id,
                "url": each.url,
                "organisation": each.organisation,
                "hours": each.hours,
                "last": each.last,
                "found": each.found,
                "error": each.error or None,
            }
            for each in open_lab().lab.harvests.all()
        ],
        as_json=as_json,
        empty="No catalogue is harvested yet.",
    )


@app.command("run")
def run(harvest: Id, as_json: Json = False) -> None:
    """Take a catalogue over now.

    \b
    Example:
      polderlab harvest run 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    taken = here.lab.harvests.run(here.actor, harvest)
    if as_json:
        show_json(asdict(taken))
        return
    typer.echo(f"{taken.added} added, {taken.changed} changed, {taken.removed} removed.")


@app.command("remove")
def remove(harvest: Id, as_json: Json = False) -> None:
    """Stop harvesting a catalogue, and remove what it described.

    \b
    Example:
      polderlab harvest remove 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    removed = here.lab.harvests.remove(here.actor, harvest)
    if as_json:
        show_json({"removed": removed})
        return
    typer.echo(f"No longer harvested. {removed} descriptions went with it.")
