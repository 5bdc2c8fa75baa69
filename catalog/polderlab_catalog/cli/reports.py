"""``polderlab report``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.reports import rows
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show
from polderlab_catalog.cli.usage import first_day, print_csv

app = typer.Typer(
    help="Reports of use and costs, kept on the first day of each month.", no_args_is_help=True
)
TheOrganisation = Annotated[str, typer.Argument(help="The organisation.")]


@app.command("list")
def list_reports(organisation: TheOrganisation, as_json: Json = False) -> None:
    """List the kept reports of an organisation, newest first.

    \b
    Example:
      polderlab report list rivierstad
    """
    here = open_lab()
    found = [
        {
            "month": each.slug,
            "total": f"{each.total:.2f}",
            "currency": each.currency,
            "made": each.made,
        }
        for each in here.lab.reports.of_organisation(here.actor, organisation)
    ]
    show(found, as_json=as_json, empty="No month of it was kept yet.")


@app.command("show")
def show_report(
    organisation: TheOrganisation,
    month: Annotated[str, typer.Argument(help="The month, as 2026-11.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show the report of a month as it was kept.

    \b
    Example:
      polderlab report show rivierstad 2026-11 --csv
    """
    here = open_lab()
    found = rows(here.lab.reports.show(here.actor, organisation, first_day(month)))
    if as_csv:
        print_csv(found)
        return
    show(found, as_json=as_json, empty="Nothing was used.")
