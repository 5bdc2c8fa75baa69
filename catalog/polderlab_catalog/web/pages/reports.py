"""Kept reports of use and costs: lists, one of them to print, and as CSV."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.reports import rows
from polderlab_catalog.domain.reports import ReportProject
from polderlab_catalog.web.pages.administration import not_yours
from polderlab_catalog.web.pages.costs import THINGS, bars, month_of, spreadsheet
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter()


@router.get("/reports")
def show_month(request: Request, portal: ThePortal, visitor: Visiting, month: str = "") -> Response:
    """Show the reports of all organisations, of one month."""
    asked = month_of(portal, month).first if month else None
    try:
        months, found = portal.lab.reports.of_month(visitor.actor, asked)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    shown = asked or next(iter(months), None)
    return render(
        request,
        "reports.html",
        visitor,
        section="organisation",
        organisation=None,
        months=months,
        shown=shown,
        reports=found,
    )


@router.get("/organisations/{slug}/reports")
def show_reports(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show the reports of an organisation."""
    found = portal.lab.reports.of_organisation(visitor.actor, slug)
    with portal.lab.register.read() as t:
        organisation = t.organisations.get(slug)
    return render(
        request,
        "reports.html",
        visitor,
        section="organisation",
        organisation=organisation,
        months=(),
        shown=None,
        reports=found,
    )


@router.get("/organisations/{slug}/reports/{month}")
def show_report(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, month: str
) -> Response:
    """Show one report, to read or to print."""
    report = portal.lab.reports.show(visitor.actor, slug, month_of(portal, month).first)
    speech = visitor.speech
    priced = any(line.price for project in report.projects for line in project.lines)
    amounts = [(each.project, _amount(each, priced=priced)) for each in report.projects]
    return render(
        request,
        "report.html",
        visitor,
        section="organisation",
        report=report,
        titles={each.project: speech.text(each.title) for each in report.projects},
        things={what: speech.gettext(words) for what, words in THINGS.items()},
        bars=bars(amounts),
        priced=priced,
    )


@router.get("/organisations/{slug}/reports/{month}/csv")
def download_report(portal: ThePortal, visitor: Visiting, slug: str, month: str) -> Response:
    """Return the same for a spreadsheet."""
    report = portal.lab.reports.show(visitor.actor, slug, month_of(portal, month).first)
    return spreadsheet(rows(report), f"report-{slug}-{report.slug}.csv")


def _amount(project: ReportProject, *, priced: bool) -> Decimal:
    cost = sum((line.cost for line in project.lines), Decimal(0))
    return cost if priced else project.use.cpu_hours
