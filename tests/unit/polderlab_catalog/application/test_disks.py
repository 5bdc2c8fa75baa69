"""What folders may hold: as allocations say, tightest first, or else as the settings do."""

from __future__ import annotations

from tests.fakes.world import GIB, World

from polderlab import wire
from polderlab_catalog.domain.allocations import Allocation, Level

ANALYST, PROJECT = "rivierstad-analyst", "river-access"


def allocate(world: World, level: Level, **limits: int) -> None:
    with world.register.write() as t:
        t.allocations.put(level, Allocation(**limits))


def told(world: World, *plans: wire.SessionPlan) -> dict[tuple[str, str], int]:
    """Return the limits the hub is told while these sessions run."""
    answer = world.sessions.reconcile(wire.Running([plan.session for plan in plans]))
    assert len({(limit.kind, limit.name) for limit in answer.limits}) == len(answer.limits)
    return {(limit.kind, limit.name): limit.bytes for limit in answer.limits}


def test_without_an_allocation_the_settings_count(world: World) -> None:
    plan = world.run(ANALYST, PROJECT)
    assert (plan.home_bytes, plan.shared_bytes) == (10 * GIB, 50 * GIB)


def test_the_tightest_allocation_counts(world: World) -> None:
    allocate(world, Level.organisation("rivierstad"), home_bytes=30 * GIB, project_bytes=90 * GIB)
    allocate(world, Level.project(PROJECT), home_bytes=20 * GIB, project_bytes=80 * GIB)
    allocate(world, Level.person(PROJECT, ANALYST), home_bytes=2 * GIB)
    plan = world.run(ANALYST, PROJECT)
    assert (plan.home_bytes, plan.shared_bytes) == (2 * GIB, 80 * GIB)


def test_a_limit_of_nothing_is_a_limit(world: World) -> None:
    allocate(world, Level.project(PROJECT), home_bytes=0, project_bytes=0)
    plan = world.run(ANALYST, PROJECT)
    assert (plan.home_bytes, plan.shared_bytes) == (0, 0)
    assert set(told(world, plan).values()) == {0}


def test_one_persons_allocation_says_nothing_about_the_projects_folder(world: World) -> None:
    allocate(world, Level.person(PROJECT, ANALYST), project_bytes=1)
    assert world.run(ANALYST, PROJECT).shared_bytes == 50 * GIB


def test_a_change_reaches_a_session_that_runs(world: World) -> None:
    plan = world.run(ANALYST, PROJECT)
    home, shared = ("home", f"{ANALYST}/{PROJECT}"), ("project", PROJECT)
    assert told(world, plan) == {home: 10 * GIB, shared: 50 * GIB}
    allocate(world, Level.project(PROJECT), home_bytes=12 * GIB, project_bytes=60 * GIB)
    assert told(world, plan) == {home: 12 * GIB, shared: 60 * GIB}


def test_what_does_not_run_is_not_told(world: World) -> None:
    plan = world.run(ANALYST, PROJECT)
    assert told(world, plan)
    assert told(world) == {}
