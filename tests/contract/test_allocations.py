"""Allocations, requests for more and use, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import text
from tests.contract.conftest import SQL_STORES, empty_url
from tests.fakes.world import AMSTERDAM, GIB, World

from polderlab import wire
from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    Level,
    Resource,
)
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.usage import DiskSample, Month, Use
from polderlab_catalog.storage.engine import for_writing, serialise
from polderlab_catalog.storage.migrate import config, upgrade
from polderlab_catalog.storage.register import SqlRegister

NOW = datetime(2026, 11, 2, 11, 0, 0, 123456, tzinfo=UTC)
FULL = Allocation(2.5, 2**41, 3, 10.25, 99.5, 2**40, 2**42, ("python-geo",), ())
LEVELS = (
    Level.organisation("rivierstad"),
    Level.project("river-access"),
    Level.person("river-access", "rivierstad-analyst"),
)
EXTENSION = Extension(
    "e1", LEVELS[1], Resource.MEMORY_BYTES, 2.0**40, "“Groter” – é", "person:ravi", NOW,
    date(2026, 11, 30),
)  # fmt: skip


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_what_is_put_comes_back(register: Register, level: Level) -> None:
    with register.write() as t:
        t.allocations.put(level, FULL)
    with register.read() as t:
        assert t.allocations.of([level]) == {level: FULL}
        assert t.allocations.all() == {level: FULL}
    with register.write() as t:
        t.allocations.put(level, Allocation(sessions=0))
    with register.read() as t:
        assert t.allocations.of(LEVELS)[level] == Allocation(sessions=0)


def test_a_level_nobody_set_is_without_limits(register: Register) -> None:
    with register.read() as t:
        assert t.allocations.of(LEVELS) == dict.fromkeys(LEVELS, Allocation())


@pytest.mark.parametrize("key", ["", "project:", "person:a", "person:a/", "who:a", "project:a/b"])
def test_what_is_no_level_is_none(key: str) -> None:
    with pytest.raises(ValueError, match=key.partition(":")[0] or "^$"):
        Level.parse(key)


def test_requests_for_more_come_newest_first_and_by_level(register: Register) -> None:
    newer = replace(EXTENSION, id="e0", asked=NOW + timedelta(seconds=1), level=LEVELS[0])
    decided = replace(
        EXTENSION, state=ExtensionState.REFUSED, decided=NOW, decided_by="lab", reason="no"
    )
    with register.write() as t:
        for each in (EXTENSION, newer, decided):
            t.allocations.put_extension(each)
    with register.read() as t:
        assert t.allocations.extensions() == [newer, decided]
        assert t.allocations.extensions([LEVELS[1]]) == [decided]
        assert t.allocations.extensions([]) == []
        assert t.allocations.extensions(open_only=True) == [newer]
        assert t.allocations.extensions([LEVELS[1]], open_only=True) == []
        assert t.allocations.extension("e1") == decided
        assert t.allocations.extension("nothing") is None


def test_spans_are_the_sessions_that_held_a_place_in_between(world: World) -> None:
    first = world.run("rivierstad-analyst", "river-access")
    world.clock.advance(hours=1)
    begins = world.clock.now
    second = world.run("kustregio-analyst", "youth-health")
    world.sessions.close(first.session, "stop")
    world.clock.advance(hours=1)
    ends = world.clock.now
    world.plan("rivierstad-lead", "river-access")
    with world.register.read() as t:
        assert [s.session for s in t.usage.spans(begins, ends)] == [second.session]
        early = t.usage.spans(begins - timedelta(microseconds=1), ends)
        assert [s.session for s in early] == [first.session, second.session]
        span = early[0]
        assert (span.cpus, span.memory_bytes, span.closed) == (1, 2 * GIB, begins)
        mine = t.usage.spans(NOW - timedelta(days=1), ends, organisation="kustregio")
        assert [s.session for s in mine] == [second.session]
        assert t.sessions.open(organisation="kustregio")[0].id == second.session


def test_use_in_bulk_is_the_use_of_each_session(world: World) -> None:
    """Sessions within the month, over each of its edges, over all of it, and open ones."""
    world.clock.now = datetime(2026, 10, 31, 22, 0, tzinfo=UTC)  # an hour before November
    long = world.run("rivierstad-lead", "river-access")
    for hours in (0.5, 2, 100, 500.123456, 200, 300):
        plan = world.run("rivierstad-analyst", "river-access")
        world.clock.advance(hours=hours)
        world.sessions.close(plan.session, "stop")
    world.run("rivierstad-analyst", "river-access")
    world.run("kustregio-analyst", "youth-health")
    world.clock.advance(hours=1, microseconds=1)
    now = world.clock.now
    for day in (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)):
        month = Month.of(day, AMSTERDAM)
        with world.register.read() as t:
            used = t.usage.used(month, now, organisation="rivierstad")
            spans = t.usage.spans(month.begins, month.ends, organisation="rivierstad")
        expected: dict[tuple[str, str], Use] = {}
        for span in spans:
            key = span.project, span.username
            expected[key] = expected.get(key, Use()) + Use.of(span, month, now)
        assert {key: use for key, use in used.items() if use != Use()} == {
            key: use for key, use in expected.items() if use != Use()
        }
        if day.month in (11, 12):
            assert ("river-access", "rivierstad-lead") in used
    world.sessions.close(long.session, "stop")


def test_only_open_sessions_are_seen(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    gone = world.run("kustregio-analyst", "youth-health")
    world.sessions.close(gone.session, "stop")
    world.clock.advance(seconds=30)
    world.sessions.reconcile(wire.Running([plan.session, gone.session, "nothing"]))
    with world.register.read() as t:
        seen, unseen = t.sessions.get(plan.session), t.sessions.get(gone.session)
        assert seen is not None
        assert unseen is not None
        assert seen.seen == world.clock.now
        assert unseen.seen == world.clock.now - timedelta(seconds=30)


def test_bytes_read_are_added_up_by_session_and_time(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    world.read(plan, "water_bodies")
    world.clock.advance(hours=1)
    world.read(plan, "water_bodies")
    now = world.clock.now
    later = now + timedelta(seconds=1)
    with world.register.read() as t:
        assert t.usage.bytes_read(now - timedelta(hours=2), later) == {plan.session: 2002}
        assert t.usage.bytes_read(now, later) == {plan.session: 1001}
        assert t.usage.bytes_read(later, later) == {}


def test_one_read_may_be_of_more_than_a_machine_word_holds(world: World) -> None:
    now, size = world.clock.now, 3 * GIB
    read = AuditEvent(
        AuditAction.DATASET_READ, "person:ravi", session="s1", details={"bytes": size}
    )
    with world.register.write() as t:
        for _ in range(2):
            t.audit.append(read, now)
    with world.register.read() as t:
        assert t.usage.bytes_read(now, now + timedelta(seconds=1)) == {"s1": 2 * size}


def test_a_sample_of_the_disk_is_kept_once_a_day(register: Register) -> None:
    day = date(2026, 11, 30)
    samples = [
        DiskSample(day, "home", "ravi/river-access", 2**43),
        DiskSample(day, "project", "river-access", 1),
        DiskSample(day + timedelta(days=1), "project", "river-access", 2),
    ]
    with register.write() as t:
        t.usage.put_sample(replace(samples[0], bytes=7))
        for sample in samples:
            t.usage.put_sample(sample)
    with register.read() as t:
        assert t.usage.samples(day, day) == samples[:2]
        assert t.usage.samples(day, day + timedelta(days=9)) == samples
    assert [sample.project for sample in samples] == ["river-access"] * 3


@pytest.mark.parametrize("store", SQL_STORES)
def test_limits_of_before_move_to_their_level(store: str, request: pytest.FixtureRequest) -> None:
    register = SqlRegister(empty_url(store, request, migrated=False))
    with for_writing(register.engine).begin() as connection:
        serialise(connection)
        command.upgrade(config(connection), "0009")
    with register.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO organisations (slug, name, kind, cpus, memory_bytes, sessions, suspended)"
            " VALUES ('old', '{\"nl\": \"\", \"en\": \"\"}', 'partner', 2.5, 4294967296, 3, false)"
        ))  # fmt: skip
        connection.execute(text(
            "INSERT INTO projects (slug, title, organisation, purpose, legal_basis, starts, ends,"
            " images, sizes, sessions, internet) VALUES ('oldest', '{}', 'old', '{}', 'consent',"
            " '2026-01-01', '2027-01-01', '[]', '[]', 7, false)"
        ))  # fmt: skip
    upgrade(register.engine)
    with register.read() as t:
        assert t.allocations.all() == {
            Level.organisation("old"): Allocation(2.5, 2**32, 3),
            Level.project("oldest"): Allocation(sessions=7),
        }
    register.close()
