"""What an organisation used in a month and what that costs: page, print and CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.usage import Bill, ProjectUse, costs
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
    asked = _month(portal, month)
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
        bars=_bars(bill, priced=priced),
        priced=priced,
        months=_months(portal, asked),
        running=asked.ends > lab.clock(),
    )


@router.get("/csv")
def download_costs(portal: ThePortal, visitor: Visiting, slug: str, month: str = "") -> Response:
    """Return the same for a spreadsheet."""
    asked = _month(portal, month)
    rows = costs(portal.lab.usage.of_organisation(visitor.actor, slug, asked))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["month", "organisation", "project", "what", "quantity", "price", "cost", "currency"]
    )
    writer.writerows([safe(value) for value in row.values()] for row in rows)
    return Response(
        text.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="costs-{slug}-{asked}.csv"'},
    )


def _month(portal: Portal, asked: str) -> Month:
    zone = portal.lab.settings.zone
    if not asked:
        return portal.lab.usage.this_month()
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", asked):
        raise NotFound("month", asked[:10] if asked.isprintable() else "")
    return Month.of(date.fromisoformat(f"{asked}-01"), zone)


def _months(portal: Portal, asked: Month) -> list[str]:
    """Return the months to choose from, the newest first, and the one that is shown."""
    first, found = portal.lab.usage.this_month().first, []
    for _ in range(_MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found if str(asked) in found else [*found, str(asked)]


def _bars(bill: Bill, *, priced: bool) -> list[Bar]:
    """Return one bar per project: its cost, or its processor-hours where nothing has a price."""

    def amount(project: ProjectUse) -> Decimal:
        return project.cost if priced else project.use.cpu_hours

    most = max((amount(project) for project in bill.projects), default=Decimal(0))
    return [
        Bar(each.project, amount(each), float(100 * amount(each) / most) if most else 0.0)
        for each in bill.projects
    ]
