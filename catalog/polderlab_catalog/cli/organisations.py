"""``polderlab organisation``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json

app = typer.Typer(
    help="The public bodies that take part in the lab.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the organisations, and the URI that names each to others.

    \b
    Example:
      polderlab organisation list
    """
    with open_lab().lab.register.read() as t:
        found = sorted(t.organisations.all(), key=lambda each: each.slug)
    show(
        [
            {
                "name": each.slug,
                "title": each.name.in_("nl"),
                "kind": each.kind.value,
                "identifier": each.identifier or None,
            }
            for each in found
        ],
        as_json=as_json,
        empty="No organisation takes part yet.",
    )


@app.command("identify")
def identify(
    organisation: Annotated[str, typer.Argument(help="The organisation.")],
    uri: Annotated[
        str, typer.Argument(help="Its address in a public register (TOOI); empty takes it away.")
    ],
    as_json: Json = False,
) -> None:
    """Say by which URI others know an organisation: catalogues that leave the lab name it so.

    \b
    Example:
      polderlab organisation identify rivierstad \\
        https://identifier.overheid.nl/tooi/id/gemeente/gm0796
    """
    here = open_lab()
    changed = here.lab.administration.identify_organisation(here.actor, organisation, uri.strip())
    if as_json:
        show_json({"changed": changed})
        return
    typer.echo("Kept." if changed else "It was known so already.")
