"""Many at once, on every store: nothing overbooked, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

from tests.fakes.world import ORGANISATIONS, PROJECTS, World

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.decisions import Code

MANY = 50


def at_once(work: Callable[[int], str]) -> list[str]:
    """Run ``work`` fifty times, all let go at the same moment."""
    barrier = Barrier(MANY)

    def wait_and_work(number: int) -> str:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(wait_and_work, range(MANY)))


def hire(world: World) -> list[str]:
    names = [f"analyst-{number}" for number in range(MANY)]
    with world.register.write() as t:
        for name in names:
            t.people.put(Person(name, name, "rivierstad"))
            t.projects.put_membership(Membership(name, "river-access", MemberRole.ANALYST))
    return names


def test_fifty_starts_for_one_free_place_give_one_session(world: World) -> None:
    names = hire(world)
    allocation = replace(ORGANISATIONS["rivierstad"].allocation, cpus=2)
    world.administration.register_organisation(
        world.operator, replace(ORGANISATIONS["rivierstad"], allocation=allocation)
    )
    world.administration.register_project(
        world.operator, replace(PROJECTS["river-access"], sessions=100)
    )
    world.run("rivierstad-lead", "river-access")

    def start(number: int) -> str:
        try:
            world.plan(names[number], "river-access")
        except Refused as refusal:
            return refusal.decision.code.value
        return "started"

    outcomes = at_once(start)
    assert outcomes.count("started") == 1
    assert outcomes.count(Code.NO_ROOM_IN_ORGANISATION) == MANY - 1
    with world.register.read() as t:
        assert len(t.sessions.open()) == 2


def test_fifty_starts_of_one_person_leave_one_session(world: World) -> None:
    at_once(lambda _: world.plan("rivierstad-analyst", "river-access").session)
    with world.register.read() as t:
        assert len(t.sessions.open()) == 1


def test_the_chain_stays_whole_under_fifty_writers(world: World) -> None:
    before = world.audit.verify().count

    def write(number: int) -> str:
        if number % 2:
            until = date(2026, 12, 1 + number % 20)
            return world.grants.grant(world.operator, "growth_study", "river-access", until).id
        return world.plan("rivierstad-analyst", "river-access").session

    at_once(write)
    found = world.audit.verify()
    assert (found.ok, found.reason) == (True, "")
    given = world.audit.show(action=AuditAction.GRANT_GIVEN)
    planned = world.audit.show(action=AuditAction.SESSION_PLANNED)
    superseded = world.audit.show(action=AuditAction.SESSION_CLOSED)
    assert (len(given), len(planned), len(superseded)) == (25, 25, 24)
    assert found.count == before + 74
