"""Many at once, on every store: nothing overbooked, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from tests.fakes.world import GIB, World

from polderlab.wire import Vouched
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.allocations import Allocation, Level
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


def test_of_fifty_who_come_under_one_name_the_first_is_the_one(world: World) -> None:
    def come(number: int) -> str:
        issuer = "https://id.example"
        said = Vouched("p", issuer, f"sub {number}", "rivierstad-lead", "rivierstad")
        try:
            return world.sign_ins.vouch(said).username
        except Refused as refusal:
            return refusal.decision.code

    answers = at_once(come)
    assert sorted(answers) == [Code.IDENTITY_DIFFERS] * (MANY - 1) + ["rivierstad-lead"]
    bound = world.identities.of("rivierstad-lead").identity
    assert bound is not None
    assert bound.subject == f"sub {answers.index('rivierstad-lead')}"


def test_of_one_who_comes_fifty_times_at_once_each_gets_in(world: World) -> None:
    said = Vouched("p", "https://id.example", "0b1c", "rivierstad-lead", "rivierstad")
    assert set(at_once(lambda _: world.sign_ins.vouch(said).username)) == {"rivierstad-lead"}
    assert len(world.audit.show(action=AuditAction.PERSON_BOUND)) == 1


@pytest.mark.parametrize(
    ("level", "limits", "code"),
    [
        (Level.organisation("rivierstad"), Allocation(cpus=2), Code.NO_ROOM_IN_ORGANISATION),
        (
            Level.organisation("rivierstad"),
            Allocation(memory_bytes=4 * GIB),
            Code.NO_ROOM_IN_ORGANISATION,
        ),
        (Level.organisation("rivierstad"), Allocation(sessions=2), Code.NO_ROOM_IN_ORGANISATION),
        (Level.project("river-access"), Allocation(cpus=2), Code.NO_ROOM_FOR_SIZE),
        (Level.project("river-access"), Allocation(memory_bytes=4 * GIB), Code.NO_ROOM_FOR_SIZE),
        (Level.project("river-access"), Allocation(sessions=2), Code.NO_ROOM_IN_PROJECT),
    ],
    ids=lambda value: str(value) if isinstance(value, Level) else "",
)
def test_fifty_starts_for_one_free_place_give_one_session(
    world: World, level: Level, limits: Allocation, code: Code
) -> None:
    names = hire(world)
    with world.register.write() as t:
        t.allocations.put(Level.organisation("rivierstad"), Allocation())
        t.allocations.put(Level.project("river-access"), Allocation())
        t.allocations.put(level, limits)
    world.run("rivierstad-lead", "river-access")

    def start(number: int) -> str:
        try:
            world.plan(names[number], "river-access", "small")
        except Refused as refusal:
            return refusal.decision.code.value
        return "started"

    outcomes = at_once(start)
    assert outcomes.count("started") == 1
    assert outcomes.count(code) == MANY - 1
    with world.register.read() as t:
        assert len(t.sessions.open()) == 2


def test_fifty_people_without_a_place_of_their_own_get_none_and_the_fifty_first_does(
    world: World,
) -> None:
    names = hire(world)
    with world.register.write() as t:
        for name in names:
            t.allocations.put(Level.person("river-access", name), Allocation(sessions=0))

    def start(number: int) -> str:
        try:
            world.plan(names[number], "river-access")
        except Refused as refusal:
            return refusal.decision.code.value
        return "started"

    assert at_once(start).count(Code.NO_ROOM_FOR_PERSON) == MANY
    assert world.plan("rivierstad-lead", "river-access")


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
