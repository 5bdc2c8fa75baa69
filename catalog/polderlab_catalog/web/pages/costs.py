"""What an organisation used in a month and what that costs: page, print and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.usage import costs
from polderlab_catalog.domain.usage import Month
from polderlab_catalog.lines import safe
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/organisations/{slug}/costs")

THINGS = {
    "cpu-hours": N_("Cpu hours"),
    "memory-gib-hours": N_("Memory hours (GB × hour)"),
    "disk-gib-days": N_("Disk (GB × day)"),
    "gib-read": N_("Data read (GB)"),
}
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A project in the chart: its share of the longest bar, in percent."""

    name: str
    amount: Decimal
    width: float


@router.get("")
def show_costs(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, month: str = ""
) -> Response:
    """Show the costs of a month, project by project."""
    lab, speech = portal.lab, visitor.speech
    asked = month_of(portal, month)
    bill = lab.usage.of_organisation(visitor.actor, slug, asked)
    with lab.register.read() as t:
        organisation = t.organisations.get(slug)
        titles = {each.slug: speech.text(each.title) for each in t.projects.all(organisation=slug)}
    priced = any(line.price for project in bill.projects for line in project.lines)
    return render(
        request,
        "costs.html",
        visitor,
        section="organisation",
        organisation=organisation,
        bill=bill,
        titles=titles,
        things={what: speech.gettext(words) for what, words in THINGS.items()},
        bars=bars(
            # of processor-hours where nothing has a price
            [(each.project, each.cost if priced else each.use.cpu_hours) for each in bill.projects]
        ),
        priced=priced,
        months=_months(portal, asked),
        running=asked.ends > lab.clock(),
    )


@router.get("/csv")
def download_costs(portal: ThePortal, visitor: Visiting, slug: str, month: str = "") -> Response:
    """Return the same for a spreadsheet."""
    asked = month_of(portal, month)
    lines = costs(portal.lab.usage.of_organisation(visitor.actor, slug, asked))
    return spreadsheet(lines, f"costs-{slug}-{asked}.csv")


def month_of(portal: Portal, asked: str) -> Month:
    """Return the month written as ``2026-11``; the present one when nothing is."""
    zone = portal.lab.settings.zone
    if not asked:
        return portal.lab.usage.this_month()
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", asked):
        raise NotFound("month", asked[:10] if asked.isprintable() else "")
    return Month.of(date.fromisoformat(f"{asked}-01"), zone)


def _months(portal: Portal, asked: Month) -> list[str]:
    """Return the months to choose from, the newest first, and the one that is shown."""
    first, found = portal.lab.usage.this_month().first, []
    for _ in range(_MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found if str(asked) in found else [*found, str(asked)]


def bars(amounts: Sequence[tuple[str, Decimal]]) -> list[Bar]:
    """Return one bar per project with its amount."""
    most = max((amount for _, amount in amounts), default=Decimal(0))
    return [
        Bar(name, amount, float(100 * amount / most) if most else 0.0) for name, amount in amounts
    ]


def spreadsheet(lines: Sequence[Mapping[str, str]], name: str) -> Response:
    """Return rows of costs as a CSV file called ``name``."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["month", "organisation", "project", "what", "quantity", "price", "cost", "currency"]
    )
    writer.writerows([safe(value) for value in line.values()] for line in lines)
    return Response(
        text.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
