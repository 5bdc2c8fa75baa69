"""Keep the report of each month once it is over, and show the kept ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta, tzinfo
from decimal import Decimal

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.sessions import last_alive
from polderlab_catalog.application.telling import (
    News,
    both,
    in_role,
    lab_administrators,
    tell,
)
from polderlab_catalog.application.usage import ProjectUse, Usage
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.reports import Report, ReportLine, ReportProject
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Month, Use
from polderlab_catalog.policy.roles import Action

MONTHS_BACK = 12
"""How far back a month is taken up of which no report was kept in time."""
SETTLES = timedelta(hours=1)
"""How long after its end nothing of a month is written any more."""
_QUANTITY = Decimal("0.000001")


class Reports:
    """Keeps what each organisation used in a month, and shows it to whom it concerns.

    All reports of a month are kept in one transaction, with their log lines and notices: whoever
    does it again, or at the same time, finds them.
    """

    def __init__(self, register: Register, clock: Clock, usage: Usage, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._usage = register, clock, usage
        self._timezone = timezone
        self._door = Door(register, clock, timezone=timezone)

    def of_organisation(self, actor: Actor, slug: str) -> Sequence[Report]:
        """Return the reports of an organisation, newest first; ``NotFound`` for others."""
        with self._register.read() as t:
            self._door.organisation(t, actor, slug, Action.ORGANISATION_SHOW)
            return t.reports.find(organisation=slug)

    def show(self, actor: Actor, slug: str, month: date) -> Report:
        """Return the report of an organisation's month; raise ``NotFound``."""
        with self._register.read() as t:
            self._door.organisation(t, actor, slug, Action.ORGANISATION_SHOW)
            found = t.reports.get(slug, month.replace(day=1))
        if found is None:
            raise NotFound("report", f"{slug} {month:%Y-%m}")
        return found

    def of_month(
        self, actor: Actor, month: date | None = None
    ) -> tuple[Sequence[date], Sequence[Report]]:
        """Return the months there are, and the reports of ``month`` (default: the newest) of all
        organisations; for lab administrators."""
        with self._register.read() as t:
            self._door.lab(t, actor, Action.ORGANISATION_LIST)
            months = t.reports.months()
            month = month or next(iter(months), None)
            return months, t.reports.find(month=month) if month else []

    def keep_due(self) -> int:
        """Keep the reports of months that are over; return how many were made."""
        made = 0
        for month in self._due():
            with self._register.read() as t:
                if not _settled(t, month):
                    break
                reports = self._reports(t, month)
            made += self._keep(month, reports)
        return made

    def _due(self) -> list[Month]:
        """Return the months that are over and come after those that are kept, oldest first."""
        with self._register.read() as t:
            kept = next(iter(t.reports.months()), date.min)
        month, found = Month.at(self._clock() - SETTLES, self._timezone), list[Month]()
        for _ in range(MONTHS_BACK):
            month = Month.of(month.first - timedelta(days=1), self._timezone)
            if month.first <= kept:
                break
            found.insert(0, month)
        return found

    def _reports(self, t: Transaction, month: Month) -> list[Report]:
        """Return the reports of those that used anything in ``month``."""
        names = {each.slug: each.name for each in t.organisations.all()}
        titles = {each.slug: each.title for each in t.projects.all()}
        return [
            Report(
                organisation=bill.organisation,
                name=names[bill.organisation],
                month=month.first,
                projects=tuple(_kept(each, titles[each.project]) for each in used),
                currency=bill.prices.currency,
                total=sum((each.cost for each in used), Decimal(0)),
                made=self._clock(),
            )
            for bill in self._usage.bills(t, month)
            if (used := [each for each in bill.projects if _any(each)])
        ]

    def _keep(self, month: Month, reports: Sequence[Report]) -> int:
        if not reports:
            return 0
        with self._register.write() as t:
            if t.reports.find(month=month.first):
                return 0
            change = Change(t, Actor.lab(), self._clock)
            for report in reports:
                t.reports.add(report)
                change.log(
                    AuditAction.REPORT_KEPT,
                    report.organisation,
                    month=report.slug,
                    total=f"{report.total} {report.currency}",
                )
            if month.renews == self._usage.this_month().first:
                self._tell(t, month, reports)
        return len(reports)

    def _tell(self, t: Transaction, month: Month, reports: Sequence[Report]) -> None:
        """Tell each organisation's administrators of their own, and the lab's of all."""
        people = list(t.people.all())
        now = self._clock()
        dates = {"date": month.first.isoformat(), "until": month.last.isoformat()}
        for report in reports:
            slug = report.organisation
            tell(
                t,
                now,
                in_role(people, slug, LabRole.ORGANISATION_ADMINISTRATOR),
                News(
                    NoticeKind.REPORT_KEPT,
                    f"{slug}:{month}",
                    {**both("organisation", report.name), **dates},
                    f"/organisations/{slug}/reports/{month}",
                ),
            )
        news = News(NoticeKind.REPORTS_KEPT, str(month), dates, f"/reports?month={month}")
        tell(t, now, lab_administrators(people), news)


def rows(report: Report) -> list[dict[str, str]]:
    """Return a report as rows of words and numbers, the columns of a bill's."""
    return [
        {
            "month": report.slug,
            "organisation": report.organisation,
            "project": project.project,
            "what": line.what,
            "quantity": f"{line.quantity:.4f}",
            "price": f"{line.price}",
            "cost": f"{line.cost:.2f}",
            "currency": report.currency,
        }
        for project in report.projects
        for line in project.lines
    ]


def _settled(t: Transaction, month: Month) -> bool:
    """Tell whether all sessions of the month are closed, or were seen alive after it.

    One that was not may turn out to be gone, and then counts until it was last seen.
    """
    return all(
        session.started >= month.ends or last_alive(session) >= month.ends
        for session in t.sessions.open()
    )


def _any(used: ProjectUse) -> bool:
    return used.use != Use() or used.disk_byte_days > 0


def _kept(used: ProjectUse, title: Text) -> ReportProject:
    lines = tuple(
        ReportLine(line.what, line.quantity.quantize(_QUANTITY), line.price, line.cost)
        for line in used.lines
    )
    return ReportProject(used.project, title, used.use, used.disk_byte_days, lines)
