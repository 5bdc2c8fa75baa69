"""Reports are kept once a month is over, and stay as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.fakes.register import MemoryRegister, MemoryTransaction
from tests.fakes.register import Usage as KnownUsage
from tests.fakes.world import AMSTERDAM, PEOPLE, PRICES, World

from polderlab import wire
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.application.reports import MONTHS_BACK, Reports, rows
from polderlab_catalog.application.usage import Usage, costs
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.notices import Notice, NoticeKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.reports import Report
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Month

RAVI, KIM = "rivierstad-analyst", "kustregio-analyst"
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
FIRST_OF_DECEMBER = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)  # 1:30 in Amsterdam
BOSS = Person(
    "rivierstad-boss", "Bo", "rivierstad", frozenset({LabRole.ORGANISATION_ADMINISTRATOR}),
    email="bo@rivierstad.example",
)  # fmt: skip


def work(world: World, username: str = RAVI, project: str = "river-access", hours: int = 3) -> None:
    plan = world.run(username, project)
    world.clock.advance(hours=hours)
    world.sessions.close(plan.session, "stop")


def kept(world: World) -> list[Report]:
    with world.register.read() as t:
        return list(t.reports.find())


def notices(world: World, username: str) -> list[Notice]:
    with world.register.read() as t:
        return list(t.notices.of(username))


def test_a_month_that_is_over_is_kept_as_its_bill_says(world: World) -> None:
    work(world)
    bill = world.usage.of_organisation(world.operator, "rivierstad")
    world.clock.now = FIRST_OF_DECEMBER
    assert world.reports.keep_due() == 1
    (report,) = kept(world)
    assert (report.organisation, report.month, report.made) == (
        "rivierstad", NOVEMBER, FIRST_OF_DECEMBER,
    )  # fmt: skip
    assert (report.total, report.currency) == (Decimal("0.21"), "EUR")
    assert [each.use for each in report.projects] == [bill.use]
    assert rows(report) == costs(bill)


def test_no_month_is_kept_before_its_last_hour_has_settled(world: World) -> None:
    work(world)
    world.clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)  # 0:59:59 in Amsterdam
    assert world.reports.keep_due() == 0
    world.clock.advance(seconds=1)
    assert world.reports.keep_due() == 1


def test_the_log_is_read_only_of_months_in_which_something_ran(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = list[datetime](), KnownUsage.bytes_read

    def note(self: KnownUsage, begins: datetime, ends: datetime) -> Mapping[str, int]:
        asked.append(begins)
        return read(self, begins, ends)

    monkeypatch.setattr(KnownUsage, "bytes_read", note)
    work(world)
    world.clock.now = FIRST_OF_DECEMBER
    assert world.reports.keep_due() == 1
    assert asked == [Month.at(FIRST_OF_DECEMBER - timedelta(days=2), AMSTERDAM).begins]


def test_doing_it_again_changes_and_tells_nothing(world: World) -> None:
    world.administration.register_person(world.operator, BOSS)
    work(world)
    world.clock.now = FIRST_OF_DECEMBER
    world.reports.keep_due()
    before = kept(world)
    world.clock.advance(days=3)
    assert world.reports.keep_due() == 0
    assert kept(world) == before
    assert len(notices(world, BOSS.username)) == 1
    with world.register.read() as t:
        (line,) = t.audit.search(action=AuditAction.REPORT_KEPT)
    assert (line.event.actor, line.event.object) == ("lab", "rivierstad")
    assert line.event.details == {"month": "2026-11", "total": "0.21 EUR"}


def test_prices_and_titles_that_change_later_change_no_report(world: World) -> None:
    work(world)
    world.clock.now = FIRST_OF_DECEMBER
    world.reports.keep_due()
    before = kept(world)
    dearer = replace(PRICES, cpu_hour=Decimal(1000))
    usage = Usage(world.register, world.clock, prices=dearer, timezone=AMSTERDAM)
    with world.register.write() as t:
        project = t.projects.get("river-access")
        assert project is not None
        t.projects.put(replace(project, title=Text("Anders", "Different")))
    month = Month.of(NOVEMBER, AMSTERDAM)
    assert usage.of_organisation(world.operator, "rivierstad", month).cost > 3000
    later = Reports(world.register, world.clock, usage, timezone=AMSTERDAM)
    assert later.keep_due() == 0
    assert kept(world) == before
    work(world)
    world.clock.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert later.keep_due() == 1
    newest, oldest = kept(world)
    assert newest.total > 3000, "the new month has the new price"
    assert newest.projects[0].title == Text("Anders", "Different")
    assert [oldest] == before


def test_a_session_over_midnight_is_split_between_two_reports(world: World) -> None:
    world.clock.now = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)  # 22:00 in Amsterdam
    plan = world.run(RAVI, "river-access")
    world.clock.advance(hours=4)
    world.sessions.reconcile(wire.Running([plan.session]))
    assert world.reports.keep_due() == 1
    world.clock.advance(hours=1)
    world.sessions.close(plan.session, "stop")
    world.clock.now = datetime(2027, 1, 2, tzinfo=UTC)
    world.reports.keep_due()
    hours = {each.month: each.projects[0].use.hours for each in kept(world)}
    assert hours == {NOVEMBER: 2, DECEMBER: 3}


def test_a_session_nobody_saw_since_is_waited_for(world: World) -> None:
    """The machine went down on the last evening: until the hub has looked, nobody knows when."""
    world.clock.now = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    plan = world.run(RAVI, "river-access")
    world.clock.advance(minutes=30)
    world.sessions.reconcile(wire.Running([plan.session]))
    world.clock.now = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    assert world.reports.keep_due() == 0
    assert world.sessions.reconcile(wire.Running([])).closed == [plan.session]
    assert world.reports.keep_due() == 1
    assert kept(world)[0].projects[0].use.hours == Decimal("0.5")


def test_missed_months_are_caught_up_with_and_only_the_last_is_told(world: World) -> None:
    world.administration.register_person(world.operator, BOSS)
    work(world)
    world.clock.now = datetime(2027, 1, 10, tzinfo=UTC)
    work(world)
    world.clock.now = datetime(2027, 2, 2, tzinfo=UTC)
    assert world.reports.keep_due() == 2
    assert [each.slug for each in kept(world)] == ["2027-01", "2026-11"]
    assert [each.path for each in notices(world, BOSS.username)] == [
        "/organisations/rivierstad/reports/2027-01"
    ]


def test_what_lies_further_back_than_a_year_is_left(world: World) -> None:
    work(world)
    world.clock.now = datetime(2027, 12, 2, tzinfo=UTC)
    assert MONTHS_BACK == 12
    assert world.reports.keep_due() == 0
    world.clock.now = datetime(2027, 11, 30, tzinfo=UTC)
    assert world.reports.keep_due() == 1


def test_whoever_used_nothing_gets_no_report_and_no_notice(world: World) -> None:
    world.administration.register_person(world.operator, BOSS)
    work(world, KIM, "youth-health")
    world.clock.now = FIRST_OF_DECEMBER
    world.reports.keep_due()
    assert [each.organisation for each in kept(world)] == ["kustregio"]
    assert notices(world, BOSS.username) == []


class OneDisk:
    def usage(self, kind: str, name: str) -> DiskUse | None:
        return DiskUse(2**30) if (kind, name) == ("project", "youth-health") else None


def test_what_only_lay_on_the_disk_is_reported_as_well(world: World) -> None:
    Usage(world.register, world.clock, OneDisk(), timezone=AMSTERDAM).sample_disks()
    world.clock.now = FIRST_OF_DECEMBER
    assert world.reports.keep_due() == 1
    (project,) = kept(world)[0].projects
    assert (project.project, project.disk_byte_days) == ("youth-health", 2**30)


def test_administrators_are_told_of_their_own_and_of_no_figures(world: World) -> None:
    world.administration.register_person(world.operator, BOSS)
    work(world)
    work(world, KIM, "youth-health")
    world.clock.now = FIRST_OF_DECEMBER
    world.reports.keep_due()
    (own,) = notices(world, BOSS.username)
    assert (own.kind, own.mail) == (NoticeKind.REPORT_KEPT, "waiting")
    assert dict(own.details) == {
        "organisation_nl": "Rivierstad", "organisation_en": "Rivierstad",
        "date": "2026-11-01", "until": "2026-11-30",
    }  # fmt: skip
    (all_,) = notices(world, "waterdienst-admin")
    assert (all_.kind, all_.path) == (NoticeKind.REPORTS_KEPT, "/reports?month=2026-11")
    for username in (RAVI, KIM, "rivierstad-lead", "kustregio-steward"):
        assert notices(world, username) == []


def test_each_sees_what_is_theirs(world: World) -> None:
    world.administration.register_person(world.operator, BOSS)
    work(world)
    work(world, KIM, "youth-health")
    world.clock.now = FIRST_OF_DECEMBER
    world.reports.keep_due()
    boss = Actor.for_person(BOSS)
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    assert [each.slug for each in world.reports.of_organisation(boss, "rivierstad")] == ["2026-11"]
    assert world.reports.show(boss, "rivierstad", NOVEMBER).organisation == "rivierstad"
    assert world.reports.show(admin, "kustregio", NOVEMBER).organisation == "kustregio"
    months, found = world.reports.of_month(admin)
    assert (months, len(found)) == ([NOVEMBER], 2)
    assert world.reports.of_month(admin, DECEMBER) == ([NOVEMBER], [])
    for call in (
        lambda: world.reports.of_organisation(boss, "kustregio"),
        lambda: world.reports.show(boss, "kustregio", NOVEMBER),
        lambda: world.reports.show(boss, "rivierstad", DECEMBER),
    ):
        with pytest.raises(NotFound):
            call()
    for username in (RAVI, "rivierstad-steward", "rivierstad-lead"):
        actor = Actor.for_person(PEOPLE[username])
        with pytest.raises((NotFound, Refused)):
            world.reports.of_organisation(actor, "rivierstad")
        with pytest.raises(Refused):
            world.reports.of_month(actor)
    with pytest.raises(Refused):
        world.reports.of_month(boss)


class Breaks(MemoryRegister):
    """A register that goes away in the middle of a write, once."""

    broken = False

    def write(self) -> AbstractContextManager[MemoryTransaction]:
        return self._breaking() if self.broken else super().write()

    @contextmanager
    def _breaking(self) -> Iterator[MemoryTransaction]:
        with super().write() as t:
            yield t
            raise OSError("killed")


def test_a_crash_half_way_keeps_nothing_and_the_next_try_all() -> None:
    register = Breaks()
    world = World(register)
    world.administration.register_person(world.operator, BOSS)
    work(world)
    work(world, KIM, "youth-health")
    world.clock.now = FIRST_OF_DECEMBER
    register.broken = True
    with pytest.raises(OSError, match="killed"):
        world.reports.keep_due()
    assert (kept(world), notices(world, BOSS.username)) == ([], [])
    register.broken = False
    assert world.reports.keep_due() == 2
    assert len(notices(world, BOSS.username)) == 1


def test_a_month_without_any_use_holds_up_nothing(world: World) -> None:
    world.clock.now = FIRST_OF_DECEMBER + timedelta(days=40)
    assert world.reports.keep_due() == 0
    work(world)
    world.clock.advance(days=40)
    assert world.reports.keep_due() == 1
