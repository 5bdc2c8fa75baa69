"""Kept reports, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.fakes.world import World

from polderlab_catalog.domain.reports import Report, ReportLine, ReportProject
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Use
from polderlab_catalog.storage.register import SqlRegister

REPORT = Report(
    organisation="rivierstad",
    name=Text("Gemeente “Rivierstad” – é", "Municipality of Rivierstad"),
    month=date(2026, 11, 1),
    projects=(
        ReportProject(
            "river-access",
            Text("Bereikbaar", "Access"),
            Use(2**40, 2**70, 2**90, 2**63),
            2**80,
            (
                ReportLine("cpu-hours", Decimal("3.333333"), Decimal("0.050"), Decimal("0.17")),
                ReportLine("gib-read", Decimal("0E-6"), Decimal(0), Decimal("0.00")),
            ),
        ),
        ReportProject("empty", Text("", ""), Use(), 0, ()),
    ),
    currency="EUR",
    total=Decimal("123456789012345.67"),
    made=datetime(2026, 12, 1, 0, 30, 0, 123456, tzinfo=UTC),
)


def test_what_is_kept_comes_back_to_the_last_digit(world: World) -> None:
    with world.register.write() as t:
        t.reports.add(REPORT)
    with world.register.read() as t:
        found = t.reports.get("rivierstad", date(2026, 11, 1))
        assert found == REPORT
        assert str(found.projects[0].lines[0].price) == "0.050"
        assert t.reports.get("rivierstad", date(2026, 12, 1)) is None
        assert t.reports.get("kustregio", date(2026, 11, 1)) is None


def test_they_come_newest_first_then_by_organisation(world: World) -> None:
    older = replace(REPORT, month=date(2026, 10, 1))
    others = replace(REPORT, organisation="kustregio")
    with world.register.write() as t:
        for each in (older, REPORT, others):
            t.reports.add(each)
    with world.register.read() as t:
        assert t.reports.find() == [others, REPORT, older]
        assert t.reports.find(organisation="rivierstad") == [REPORT, older]
        assert t.reports.find(month=date(2026, 11, 1)) == [others, REPORT]
        assert t.reports.find(month=date(2026, 9, 1)) == []
        assert t.reports.months() == [date(2026, 11, 1), date(2026, 10, 1)]


def test_a_report_is_kept_once(world: World) -> None:
    with world.register.write() as t:
        t.reports.add(REPORT)
    with (
        pytest.raises((AssertionError, IntegrityError)),
        world.register.write() as t,
    ):
        t.reports.add(replace(REPORT, total=Decimal(0)))
    with world.register.read() as t:
        assert t.reports.find() == [REPORT]


def test_the_database_itself_refuses_to_change_one(sql: SqlRegister) -> None:
    World(sql)
    with sql.write() as t:
        t.reports.add(REPORT)
    for statement in ("UPDATE reports SET total = '0'", "DELETE FROM reports"):
        with pytest.raises(DBAPIError, match="does not change"), sql.engine.begin() as connection:
            connection.execute(text(statement))
    with sql.read() as t:
        assert t.reports.find() == [REPORT]


def test_a_month_is_kept_by_one_of_two_workers_on_every_store(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    world.clock.advance(hours=3)
    world.sessions.close(plan.session, "stop")
    world.clock.now = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(lambda _: world.reports.keep_due(), range(2)))
    assert sorted(made) == [0, 1]
    with world.register.read() as t:
        (report,) = t.reports.find()
    assert report.projects[0].use.hours == 3
