"""``polderlab usage``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.usage import costs
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show
from polderlab_catalog.domain.usage import Month
from polderlab_catalog.lines import safe


def usage(
    organisation: Annotated[str, typer.Argument(help="The organisation.")],
    month: Annotated[str, typer.Option(help="The month, as 2026-11; without it this one.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show what an organisation's projects used in a month, and what that costs.

    \b
    Example:
      polderlab usage rivierstad --month 2026-11 --csv
    """
    here = open_lab()
    asked = Month.of(first_day(month), here.lab.settings.zone) if month else None
    rows = costs(here.lab.usage.of_organisation(here.actor, organisation, asked))
    if as_csv and rows:
        print_csv(rows)
        return
    show(rows, as_json=as_json, empty="It has no projects.")


def print_csv(rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows of costs for a spreadsheet."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in row.items()} for row in rows)


def first_day(month: str) -> date:
    """Return the first day of the month written as ``2026-11``."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Invalid({"month": "write the month as 2026-11"}) from None
