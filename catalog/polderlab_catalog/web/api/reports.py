"""Kept reports of use and costs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from polderlab_catalog.domain.reports import Report
from polderlab_catalog.web.api.allocation_shapes import CostShape
from polderlab_catalog.web.api.shapes import Shape, Words
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["allocations"])

TheMonth = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class ReportProjectShape(Shape):
    """What a project used in the month, and what that cost then."""

    project: str
    title: Words
    costs: list[CostShape]


class ReportShape(Shape):
    """A report as it was kept, without its lines. It does not change."""

    organisation: str
    name: Words
    month: str
    currency: str
    total: str
    made: datetime

    @classmethod
    def of(cls, report: Report) -> ReportShape:
        """Make it from the report."""
        return cls(
            organisation=report.organisation,
            name=Words.of(report.name),
            month=report.slug,
            currency=report.currency,
            total=f"{report.total:.2f}",
            made=report.made,
        )


class WholeReportShape(Shape):
    """A report as it was kept, with its lines."""

    report: ReportShape
    projects: list[ReportProjectShape]

    @classmethod
    def of(cls, report: Report) -> WholeReportShape:
        """Make it from the report."""
        return cls(
            report=ReportShape.of(report),
            projects=[
                ReportProjectShape(
                    project=each.project,
                    title=Words.of(each.title),
                    costs=[CostShape.of(line) for line in each.lines],
                )
                for each in report.projects
            ],
        )


@router.get("/organisations/{slug}/reports")
def list_reports(portal: ThePortal, visitor: Visiting, slug: str) -> list[ReportShape]:
    """List the kept reports of an organisation's months, newest first."""
    return [
        ReportShape.of(each) for each in portal.lab.reports.of_organisation(visitor.actor, slug)
    ]


@router.get("/organisations/{slug}/reports/{month}")
def show_report(
    portal: ThePortal, visitor: Visiting, slug: str, month: TheMonth
) -> WholeReportShape:
    """Show the report of a month as it was kept: later prices do not change it."""
    first = date.fromisoformat(f"{month}-01")
    return WholeReportShape.of(portal.lab.reports.show(visitor.actor, slug, first))
