"""``polderlab dataset``."""

from __future__ import annotations

import typer

from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show

app = typer.Typer(help="The datasets of the lab.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _datasets() -> None:
    """The datasets of the lab."""


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every dataset, and how many projects hold a grant.

    \b
    Example:
      polderlab dataset list
    """
    cards = open_lab().lab.catalogue.cards(None)
    show(
        [
            {
                "name": card.dataset.name,
                "title": card.dataset.title.in_("en"),
                "organisation": card.organisation.slug,
                "classification": card.dataset.classification.value,
                "version": card.version.number if card.version else None,
                "projects_granted": card.projects_with_access,
            }
            for card in cards
        ],
        as_json=as_json,
        empty="There are no datasets yet.",
    )
