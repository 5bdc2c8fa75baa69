"""``polderlab catalogue``."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from polderlab_catalog.application.dcat import Form, Listing, Listings
from polderlab_catalog.cli.environment import open_lab

app = typer.Typer(help="The catalogue as a whole.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _catalogue() -> None:
    """The catalogue as a whole."""


@app.command("export")
def export(
    form: Annotated[
        Form, typer.Option("--format", help="How the RDF is written down.")
    ] = Form.TURTLE,
    dataset: Annotated[str | None, typer.Option(help="One dataset only.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="A file to write; the terminal without.")
    ] = None,
) -> None:
    """Write the descriptions of the lab's own datasets by DCAT-AP-NL 3.0.

    All of them, also those that are not public: mind where you put the file.

    \b
    Example:
      polderlab catalogue export --format turtle --output catalogue.ttl
    """
    with _opened(output) as file:
        listings = open_lab().lab.listings
        if dataset:
            file.write(listings.dataset(dataset, form, anyone=False))
        else:
            listing = listings.listing(None, anyone=False)
            file.write(listings.write(listing, form))
            _tell(listings, listing)
        file.flush()


def _tell(listings: Listings, listing: Listing) -> None:
    """Say, beside the document, when there is less in it, or outside, than one might expect."""
    if not listing.items:
        typer.echo("The catalogue is empty: no dataset has a version yet.", err=True)
    elif listings.public and not listings.listing(1).items:
        typer.echo(
            "Outside the lab the catalogue is empty: none of these datasets is public.", err=True
        )


def _opened(output: Path | None) -> AbstractContextManager[BinaryIO]:
    """Open the file before the lab: whoever calls this as root goes on as the lab's own user."""
    if output is None:
        return nullcontext(sys.stdout.buffer)
    try:
        return output.open("wb")
    except OSError as error:
        sys.exit(f"polderlab: cannot write {output}: {error.strerror}.")
