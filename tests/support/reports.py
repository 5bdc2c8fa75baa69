"""A report of use and costs in the register, without a month having to pass."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.reports import Report, ReportLine, ReportProject
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Use

_LINES = (
    ReportLine("cpu-hours", Decimal("412.5"), Decimal("0.05"), Decimal("20.63")),
    ReportLine("memory-gib-hours", Decimal(825), Decimal("0.01"), Decimal("8.25")),
    ReportLine("disk-gib-days", Decimal("31.25"), Decimal("0.002"), Decimal("0.06")),
    ReportLine("gib-read", Decimal("2.125"), Decimal("0.1"), Decimal("0.21")),
)
REPORT = Report(
    organisation="rivierstad",
    name=Text("Gemeente Rivierstad", "Municipality of Rivierstad"),
    month=date(2026, 10, 1),
    projects=(
        ReportProject(
            "river-access", Text("Bereikbaar water", "Access to the river"), Use(), 0, _LINES
        ),
    ),
    currency="EUR",
    total=sum((line.cost for line in _LINES), Decimal(0)),
    made=datetime(2026, 11, 1, 0, 30, tzinfo=UTC),
)


def keep(register: Register, report: Report = REPORT) -> Report:
    """Keep ``report`` as if its month had passed."""
    with register.write() as t:
        t.reports.add(report)
    return report
