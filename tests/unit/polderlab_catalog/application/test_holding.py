"""Hours that run out, people who may not go on, and asking for more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.fakes.world import ORGANISATIONS, PEOPLE, PROJECTS, World

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, ExtensionState, Level, Resource
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.sessions import SessionState
from polderlab_catalog.policy.allocations import Alarm
from polderlab_catalog.policy.decisions import Code

RAVI, LEA = "rivierstad-analyst", "rivierstad-lead"
LEVELS = (
    Level.organisation("rivierstad"),
    Level.project("river-access"),
    Level.person("river-access", RAVI),
)
CODES = (Code.HOURS_OVER_ORGANISATION, Code.HOURS_OVER_PROJECT, Code.HOURS_OVER_PERSON)
TEN_HOURS = Allocation(cpu_hours=10)


def state(world: World, session: str) -> SessionState:
    with world.register.read() as t:
        found = t.sessions.get(session)
    assert found is not None
    return found.state


@pytest.mark.parametrize(("level", "code"), list(zip(LEVELS, CODES, strict=True)), ids=str)
def test_a_start_is_refused_once_the_hours_are_over_until_the_month_is(
    world: World, level: Level, code: Code
) -> None:
    world.allocations.set(world.operator, level, TEN_HOURS)
    plan = world.run(RAVI, "river-access")
    world.clock.advance(hours=10)
    world.sessions.close(plan.session, "stop")
    with pytest.raises(Refused, match="2026-12-01") as refusal:
        world.plan(RAVI, "river-access")
    assert refusal.value.decision.code is code
    world.clock.now = world.clock.now.replace(month=12, day=1)
    assert world.plan(RAVI, "river-access")


def test_a_moment_less_than_the_hours_still_starts(world: World) -> None:
    world.allocations.set(world.operator, LEVELS[0], TEN_HOURS)
    plan = world.run(RAVI, "river-access")
    world.clock.advance(hours=10, microseconds=-1)
    world.sessions.close(plan.session, "stop")
    assert world.plan(RAVI, "river-access")


def test_a_persons_hours_are_that_persons_alone(world: World) -> None:
    world.allocations.set(world.operator, LEVELS[2], Allocation(cpu_hours=0))
    with pytest.raises(Refused):
        world.plan(RAVI, "river-access")
    assert world.plan(LEA, "river-access")


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_people_are_told_at_80_and_95_percent_and_stopped_after_the_grace(
    world: World, level: Level
) -> None:
    world.allocations.set(world.operator, level, TEN_HOURS)
    plan = world.run(RAVI, "river-access")

    def alarm_after(**passed: float) -> Alarm:
        world.clock.advance(**passed)
        assert world.holding.enforce() == []
        return world.projects.card(PEOPLE[RAVI], "river-access").quota.alarm

    assert alarm_after(hours=7, minutes=59) is Alarm.NONE
    assert alarm_after(minutes=1) is Alarm.SOON
    assert alarm_after(hours=1, minutes=30) is Alarm.NEARLY
    assert alarm_after(minutes=30) is Alarm.OVER
    quota = world.projects.card(PEOPLE[RAVI], "river-access").quota
    assert quota.stop_at == world.clock.now + timedelta(minutes=10)
    assert alarm_after(minutes=9) is Alarm.OVER
    assert state(world, plan.session) is SessionState.RUNNING
    world.clock.advance(minutes=1)
    assert [session.id for session in world.holding.enforce()] == [plan.session]
    card = world.projects.card(PEOPLE[RAVI], "river-access")
    assert card.last is not None
    assert card.last.close_reason.startswith("hours-over-")
    assert world.holding.enforce() == []


def test_an_extension_lifts_the_stop_at_once(world: World) -> None:
    world.allocations.set(world.operator, LEVELS[1], TEN_HOURS)
    plan = world.run(RAVI, "river-access")
    world.clock.advance(hours=10)
    world.holding.enforce()
    ravi = Actor.for_person(PEOPLE[RAVI])
    asked = world.extensions.ask(ravi, "river-access", Resource.CPU_HOURS, 5, why="One more run")
    assert asked.level == LEVELS[1]
    world.clock.advance(minutes=11)
    assert world.projects.card(PEOPLE[RAVI], "river-access").quota.stop_at is not None
    world.extensions.approve(world.operator, asked.id)
    quota = world.projects.card(PEOPLE[RAVI], "river-access").quota
    assert (quota.stop_at, quota.stop_reason) == (None, "")
    assert world.holding.enforce() == []
    assert state(world, plan.session) is SessionState.RUNNING
    assert world.plan(LEA, "river-access")


def test_an_extension_ends_on_its_day(world: World) -> None:
    world.allocations.set(world.operator, LEVELS[1], Allocation(sessions=0))
    asked = world.extensions.ask(
        Actor.for_person(PEOPLE[RAVI]), "river-access", Resource.SESSIONS, 1,
        why="A day", until=date(2026, 11, 2),
    )  # fmt: skip
    world.extensions.approve(world.operator, asked.id)
    assert world.sessions.check(RAVI, "river-access")
    world.clock.advance(hours=24)
    assert world.sessions.check(RAVI, "river-access").code is Code.NO_ROOM_IN_PROJECT


def test_an_extension_may_not_exceed_what_is_above(world: World) -> None:
    world.allocations.set(world.operator, LEVELS[1], Allocation(sessions=4))
    asked = world.extensions.ask(
        Actor.for_person(PEOPLE[RAVI]), "river-access", Resource.SESSIONS, 1, why="More people"
    )
    with pytest.raises(Refused, match="sessions, 5 asked, while Rivierstad has 4"):
        world.extensions.approve(world.operator, asked.id)


@pytest.mark.parametrize(
    ("username", "waits"),
    [("waterdienst-admin", 1), (LEA, 0), ("kustregio-steward", 0), (RAVI, 0)],
)
def test_a_request_goes_to_whoever_can_give_it_and_nobody_else_answers(
    world: World, username: str, waits: int
) -> None:
    ravi = Actor.for_person(PEOPLE[RAVI])
    asked = world.extensions.ask(ravi, "river-access", Resource.CPUS, 2, why="Larger maps")
    assert asked.level == LEVELS[0]
    who = Actor.for_person(PEOPLE[username])
    assert len(world.extensions.waiting(who)) == waits
    if not waits:
        with pytest.raises((Refused, NotFound)):
            world.extensions.approve(who, asked.id)
        with pytest.raises((Refused, NotFound)):
            world.extensions.refuse(who, asked.id, "no")
    else:
        refused = world.extensions.refuse(who, asked.id, "Wait until December")
        assert (refused.state, refused.reason) == (ExtensionState.REFUSED, "Wait until December")
        with pytest.raises(Refused, match="answered already"):
            world.extensions.approve(who, asked.id)


def test_what_has_no_limit_needs_no_asking_and_nothing_is_asked_twice(world: World) -> None:
    ravi = Actor.for_person(PEOPLE[RAVI])
    with pytest.raises(Refused, match="no limit of processor-hours"):
        world.extensions.ask(ravi, "river-access", Resource.CPU_HOURS, 5, why="x")
    asked = world.extensions.ask(ravi, "river-access", Resource.CPUS, 2, why="x")
    with pytest.raises(Refused, match="already asked"):
        world.extensions.ask(ravi, "river-access", Resource.CPUS, 2, why="x")
    world.extensions.withdraw(ravi, asked.id)
    assert world.extensions.ask(ravi, "river-access", Resource.CPUS, 2, why="x")


def test_a_stranger_to_the_project_asks_nothing(world: World) -> None:
    kim = Actor.for_person(PEOPLE["kustregio-analyst"])
    with pytest.raises(NotFound):
        world.extensions.ask(kim, "river-access", Resource.CPUS, 2, why="x")


@pytest.mark.parametrize(("amount", "why"), [(0, "x"), (-1, "x"), (float("inf"), "x"), (1, "  ")])
def test_odd_requests_are_turned_away(world: World, amount: float, why: str) -> None:
    ravi = Actor.for_person(PEOPLE[RAVI])
    with pytest.raises(Invalid):
        world.extensions.ask(ravi, "river-access", Resource.CPUS, amount, why=why)


def no_member(world: World) -> None:
    with world.register.write() as t:
        t.projects.remove_membership(RAVI, "river-access")


def suspended(world: World) -> None:
    with world.register.write() as t:
        t.organisations.put(replace(ORGANISATIONS["rivierstad"], suspended=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.administration.register_project(
            w.operator, replace(PROJECTS["river-access"], ends=date(2026, 11, 1))
        ),
        lambda w: w.administration.register_member(
            w.operator, Membership(RAVI, "river-access", MemberRole.ANALYST, date(2026, 11, 1))
        ),
        lambda w: w.administration.register_member(
            w.operator, Membership(RAVI, "river-access", MemberRole.VIEWER)
        ),
        no_member,
        suspended,
    ],
    ids=["project ended", "membership ended", "viewer now", "no member", "suspended"],
)
def test_who_may_no_longer_work_is_stopped_at_once(world: World, change) -> None:  # type: ignore[no-untyped-def]
    plan = world.run(RAVI, "river-access")
    assert world.holding.enforce() == []
    change(world)
    assert [session.id for session in world.holding.enforce()] == [plan.session]
    assert state(world, plan.session) is SessionState.CLOSED
