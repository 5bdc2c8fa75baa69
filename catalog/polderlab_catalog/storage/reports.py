"""Kept reports in the database: added once, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    RowMapping,
    String,
    Table,
    select,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.reports import Report, ReportLine, ReportProject
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Use
from polderlab_catalog.storage.rows import one
from polderlab_catalog.storage.types import Bilingual, Instant, metadata

reports = Table(
    "reports",
    metadata,
    Column("organisation", ForeignKey("organisations.slug"), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("name", Bilingual, nullable=False),
    Column("projects", JSON, nullable=False),
    Column("currency", String, nullable=False),
    Column("total", String, nullable=False),
    Column("made", Instant, nullable=False),
)


class Reports(ports.Reports):
    """Reports by organisation and month."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, organisation: str, month: date) -> Report | None:
        c = reports.c
        row = one(self._connection, reports, c.organisation == organisation, c.month == month)
        return _report(row) if row else None

    def find(
        self, *, organisation: str | None = None, month: date | None = None
    ) -> Sequence[Report]:
        c = reports.c
        statement = select(reports)
        if organisation is not None:
            statement = statement.where(c.organisation == organisation)
        if month is not None:
            statement = statement.where(c.month == month)
        found = [_report(row) for row in self._connection.execute(statement).mappings()]
        # here, not in the database: collations differ
        return sorted(found, key=lambda each: (-each.month.toordinal(), each.organisation))

    def months(self) -> Sequence[date]:
        statement = select(reports.c.month).distinct().order_by(reports.c.month.desc())
        return list(self._connection.execute(statement).scalars())

    def add(self, report: Report) -> None:
        values = {
            **asdict(report),
            "name": report.name,
            "projects": [_document(each) for each in report.projects],
            "total": str(report.total),
        }
        self._connection.execute(reports.insert().values(**values))


def _document(project: ReportProject) -> dict[str, Any]:
    # Amounts as text: JSON knows no decimals.
    lines = [{name: str(value) for name, value in asdict(line).items()} for line in project.lines]
    return {**asdict(project), "lines": lines}


def _report(row: RowMapping) -> Report:
    projects = tuple(_project(each) for each in row["projects"])
    return Report(**{**row, "projects": projects, "total": Decimal(row["total"])})


def _project(document: dict[str, Any]) -> ReportProject:
    return ReportProject(
        project=document["project"],
        title=Text(**document["title"]),
        use=Use(**document["use"]),
        disk_byte_days=document["disk_byte_days"],
        lines=tuple(
            ReportLine(
                each["what"],
                Decimal(each["quantity"]),
                Decimal(each["price"]),
                Decimal(each["cost"]),
            )
            for each in document["lines"]
        ),
    )
