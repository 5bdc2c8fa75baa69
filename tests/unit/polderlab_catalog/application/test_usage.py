"""Usage kept exactly, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.fakes.register import MemoryRegister
from tests.fakes.world import AMSTERDAM, GIB, PEOPLE, World

from polderlab import wire
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.application.usage import Usage
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.usage import MICROSECOND, Held, Month, Use

RAVI = "rivierstad-analyst"
EVERYONE = (
    (RAVI, "river-access"),
    ("rivierstad-lead", "river-access"),
    ("kustregio-analyst", "youth-health"),
)


def test_a_session_that_a_crash_left_open_is_counted_until_it_was_last_seen(world: World) -> None:
    plan = world.run(RAVI, "river-access")
    for _ in range(4):
        world.clock.advance(seconds=30)
        world.sessions.reconcile(wire.Running([plan.session]))
    world.clock.advance(hours=9)  # the machine is off
    assert world.sessions.reconcile(wire.Running([])).closed == [plan.session]
    assert world.usage.of_organisation(world.operator, "rivierstad").use.microseconds == 120_000_000


def test_one_that_still_runs_after_the_lab_was_away_is_counted_whole(world: World) -> None:
    plan = world.run(RAVI, "river-access")
    world.clock.advance(hours=3)
    world.sessions.reconcile(wire.Running([plan.session]))
    world.sessions.close(plan.session, "stop")
    assert world.usage.of_organisation(world.operator, "rivierstad").use.cpu_hours == 3


def test_a_bill_names_what_was_used_and_its_printed_lines_add_up(world: World) -> None:
    for username in (RAVI, "rivierstad-lead"):
        plan = world.plan(username, "river-access")
        world.clock.advance(minutes=100)
        world.sessions.close(plan.session, "stop")
    bill = world.usage.of_organisation(world.operator, "rivierstad")
    (project,) = bill.projects
    lines = {line.what: (line.quantity, line.cost) for line in project.lines}
    assert lines["cpu-hours"][0].quantize(Decimal("0.0001")) == Decimal("3.3333")
    assert lines["cpu-hours"][1] == Decimal("0.17")
    assert lines["memory-gib-hours"][1] == Decimal("0.07")
    assert bill.cost == Decimal("0.24")
    assert bill.use == sum((s.use for s in project.sessions), Use())


def test_bytes_read_are_those_of_the_log(world: World) -> None:
    plan = world.run(RAVI, "river-access")
    world.read(plan, "water_bodies")
    world.read(plan, "water_bodies")
    world.sessions.close(plan.session, "stop")
    bill = world.usage.of_organisation(world.operator, "rivierstad")
    assert bill.use.bytes_read == 2002


def test_a_months_bill_holds_that_month_only(world: World) -> None:
    world.clock.now = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # 23:00 in Amsterdam
    plan = world.plan(RAVI, "river-access")
    world.clock.advance(hours=3)
    world.sessions.close(plan.session, "stop")
    hours = [
        world.usage.of_organisation(
            world.operator, "rivierstad", Month.of(date(2026, month, 1), AMSTERDAM)
        ).use.hours
        for month in (10, 11, 12)
    ]
    assert hours == [0, 1, 2]


class KnownDisks:
    def usage(self, kind: str, name: str) -> DiskUse | None:
        return {
            ("home", f"{RAVI}/river-access"): DiskUse(3 * GIB),
            ("project", "river-access"): DiskUse(GIB),
        }.get((kind, name))


def test_disk_is_sampled_once_a_day_and_counted_in_byte_days(world: World) -> None:
    usage = Usage(world.register, world.clock, KnownDisks(), timezone=AMSTERDAM)
    for hours in (0, 1, 24):
        world.clock.advance(hours=hours)
        assert usage.sample_disks() == 2
    bill = usage.of_organisation(world.operator, "rivierstad")
    assert bill.disk_byte_days == 2 * 4 * GIB
    assert usage.of_organisation(world.operator, "kustregio").disk_byte_days == 0


def test_others_see_no_bill(world: World) -> None:
    for username in (RAVI, "kustregio-steward", "rivierstad-steward"):
        with pytest.raises((NotFound, Refused)):
            world.usage.of_organisation(Actor.for_person(PEOPLE[username]), "rivierstad")
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    assert world.usage.of_organisation(admin, "rivierstad").organisation == "rivierstad"


class Ledger(RuleBasedStateMachine):
    """Starts, stops, crashes and restarts in any order, beside a book that is kept by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(MemoryRegister())
        self.begun: dict[str, datetime] = {}
        self.seen: dict[str, datetime] = {}
        self.book: dict[str, int] = {}
        self.who: dict[str, str] = {}

    @rule(person=st.sampled_from(EVERYONE))
    def start(self, person: tuple[str, str]) -> None:
        before = {id_ for id_, who in self.who.items() if who == person[0] and id_ in self.begun}
        try:
            plan = self.world.plan(*person)
        except Refused:
            return
        for stale in before:  # it was still starting: the new one took its place
            self._closed(stale, self.seen.get(stale, self.begun[stale]))
        self.begun[plan.session] = self.world.clock.now
        self.who[plan.session] = person[0]

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(list(self.begun)))
        self.world.sessions.activate(session, wire.Activation("c", "10.0.0.1"))
        self.seen[session] = self.world.clock.now

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(list(self.begun)))
        self.world.sessions.close(session, "stop")
        self._closed(session, self.world.clock.now)

    @rule(data=st.data())
    def reconcile(self, data: st.DataObject) -> None:
        alive = {s for s in list(self.begun) if data.draw(st.booleans())}
        now = self.world.clock.now
        closed = self.world.sessions.reconcile(wire.Running(sorted(alive))).closed
        self.seen.update(dict.fromkeys(alive, now))
        for session in closed:
            self._closed(session, self.seen.get(session, self.begun[session]))

    @rule(passed=st.timedeltas(timedelta(0), timedelta(days=20)))
    def time_passes(self, passed: timedelta) -> None:
        self.world.clock.now += passed

    def _closed(self, session: str, at: datetime) -> None:
        self.book[session] = (at - self.begun.pop(session)) // MICROSECOND

    @invariant()
    def what_was_reserved_and_not_released_is_what_runs(self) -> None:
        with self.world.register.read() as t:
            open_ = t.sessions.open()
        assert {session.id for session in open_} == set(self.begun)
        assert Held.of(open_) == Held(len(open_), 2 * GIB * len(open_), len(open_))

    @invariant()
    def every_month_of_every_organisation_adds_up_to_the_sessions(self) -> None:
        now = self.world.clock.now
        expected = sum(self.book.values()) + sum(
            (now - begun) // MICROSECOND for begun in self.begun.values()
        )
        billed, month = Use(), Month.of(date(2026, 11, 1), AMSTERDAM)
        while month.begins <= now:
            for slug in ("rivierstad", "kustregio", "waterdienst"):
                bill = self.world.usage.of_organisation(self.world.operator, slug, month)
                sessions = [s.use for project in bill.projects for s in project.sessions]
                assert bill.use == sum(sessions, Use())
                billed += bill.use
            month = Month.of(month.renews, AMSTERDAM)
        assert billed.microseconds == expected
        assert billed.cpu_nanoseconds == 1000 * expected
        assert billed.memory_byte_microseconds == 2 * GIB * expected

    @invariant()
    def what_was_reported_still_is_what_the_sessions_add_up_to(self) -> None:
        self.world.reports.keep_due()
        with self.world.register.read() as t:
            reports = t.reports.find()
        for report in reports:
            month = Month.of(report.month, AMSTERDAM)
            bill = self.world.usage.of_organisation(self.world.operator, report.organisation, month)
            sessions = [s.use for project in bill.projects for s in project.sessions]
            assert sum((each.use for each in report.projects), Use()) == sum(sessions, Use())
            lines = [line.cost for project in report.projects for line in project.lines]
            assert report.total == sum(lines, Decimal(0)) == bill.cost


Ledger.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestLedger = Ledger.TestCase
