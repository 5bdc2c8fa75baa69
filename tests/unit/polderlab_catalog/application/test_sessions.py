"""Planning, activating, closing and reconciling sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import GIB, PEOPLE, PORTAL, PROJECTS, World, token

from polderlab import wire
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.sessions import SessionState
from polderlab_catalog.policy.decisions import Code

RAVI, LEA = "rivierstad-analyst", "rivierstad-lead"


def test_a_plan_says_everything_the_container_needs(world: World) -> None:
    plan = world.sessions.plan(wire.SessionRequest(RAVI, "river-access", language="en"))
    assert plan.image == "sha256:" + "a" * 64
    assert (plan.image_name, plan.size) == ("python-geo", "small")
    assert plan.limits == wire.Limits(1, 2 * GIB, 512, GIB, GIB // 4)
    assert plan.network is wire.NetworkZone.CLOSED
    assert (plan.home, plan.shared) == (f"{RAVI}/river-access", "river-access")
    assert plan.environment == {
        "POLDERLAB_GATEWAY": "http://10.213.0.1:8020/v1",
        "POLDERLAB_TOKEN": token(plan),
        "POLDERLAB_PROJECT": "river-access",
        "POLDERLAB_PORTAL": PORTAL,
        "POLDERLAB_LANGUAGE": "en",
    }


def test_only_a_project_with_internet_gets_the_open_network(world: World) -> None:
    world.administration.register_project(
        world.operator, replace(PROJECTS["river-access"], internet=True)
    )
    assert world.plan(RAVI, "river-access").network is wire.NetworkZone.OPEN


def test_the_register_and_the_log_hold_no_token(world: World) -> None:
    plan = world.run(RAVI, "river-access")
    with world.register.read() as t:
        session = t.sessions.get(plan.session)
    assert session is not None
    assert session.token_hash == secret_hash(token(plan))
    assert token(plan) not in f"{session} {world.audit.show(limit=1000)} {plan}"


def test_a_check_decides_as_a_plan_would_and_takes_no_place(world: World) -> None:
    assert world.sessions.check(RAVI, "river-access")
    assert world.sessions.check(RAVI, "river-access", size="xl").code is Code.UNKNOWN_SIZE
    assert world.sessions.check(RAVI, "youth-health").code is Code.NOT_A_MEMBER
    assert world.sessions.list_open(world.operator) == []


def test_a_refusal_is_logged(world: World) -> None:
    with pytest.raises(Refused, match="not a member of project youth-health"):
        world.plan(RAVI, "youth-health")
    (line,) = world.audit.show(action=AuditAction.SESSION_REFUSED)
    assert dict(line.event.details) == {"code": "not-a-member"}


def test_a_start_that_was_left_behind_makes_room_for_the_next(world: World) -> None:
    left = world.plan(RAVI, "river-access")
    world.plan(RAVI, "river-access")
    with pytest.raises(Refused) as refusal:
        world.sessions.activate(left.session, wire.Activation("c", "10.213.0.2"))
    assert refusal.value.decision.code is Code.SESSION_CLOSED
    assert len(world.sessions.list_open(world.operator)) == 1


def test_a_running_session_is_not_started_twice(world: World) -> None:
    world.run(RAVI, "river-access")
    with pytest.raises(Refused, match="already have a session"):
        world.plan(RAVI, "river-access")


def test_the_allocation_counts_all_projects_of_the_organisation(world: World) -> None:
    other = replace(PROJECTS["river-access"], slug="other-project")
    world.administration.register_project(world.operator, other)
    for project in ("river-access", "other-project"):
        for username in (RAVI, LEA):
            member = replace(_member(world, username), project=project)
            world.administration.register_member(world.operator, member)
    world.plan(RAVI, "river-access", "medium")
    world.plan(RAVI, "other-project", "medium")
    with pytest.raises(Refused, match="0 free, 1 asked"):
        world.plan(LEA, "other-project")


def test_closing_twice_is_no_error_and_keeps_the_first_reason(world: World) -> None:
    plan = world.run(RAVI, "river-access")
    world.sessions.close(plan.session, "stopped")
    world.sessions.close(plan.session, "culled")
    world.sessions.close("no-such-session", "stopped")
    with world.register.read() as t:
        session = t.sessions.get(plan.session)
    assert session is not None
    assert (session.state, session.close_reason) == (SessionState.CLOSED, "stopped")


def test_activation_wants_a_session_and_an_address(world: World) -> None:
    plan = world.plan(RAVI, "river-access")
    with pytest.raises(NotFound):
        world.sessions.activate("no-such-session", wire.Activation("c", "10.0.0.1"))
    with pytest.raises(Invalid, match="address"):
        world.sessions.activate(plan.session, wire.Activation("c", "localhost"))


def test_what_no_longer_runs_is_closed_and_what_should_not_run_is_named(world: World) -> None:
    gone, there = world.run(RAVI, "river-access"), world.run(LEA, "river-access")
    world.clock.advance(minutes=1)
    answer = world.sessions.reconcile(wire.Running([there.session, "unknown", "old"]))
    assert (answer.closed, answer.to_stop) == ([gone.session], ["old", "unknown"])
    assert [s.id for s in world.sessions.list_open(world.operator)] == [there.session]


def test_a_session_that_just_came_to_be_is_not_taken_for_gone(world: World) -> None:
    world.run(RAVI, "river-access")
    world.plan(LEA, "river-access")
    assert world.sessions.reconcile(wire.Running([])).closed == []


def test_a_start_the_hub_knows_of_keeps_its_place_and_one_left_behind_loses_it(
    world: World,
) -> None:
    known = world.plan(LEA, "river-access")
    left_behind = world.plan(RAVI, "river-access")
    world.clock.advance(seconds=30)
    answer = world.sessions.reconcile(wire.Running([known.session]))
    assert (answer.closed, answer.to_stop) == ([left_behind.session], [])


def test_people_see_their_own_sessions_and_administrators_all(world: World) -> None:
    world.run(RAVI, "river-access")
    world.run(LEA, "river-access")

    def seen(username: str) -> int:
        return len(world.sessions.list_open(Actor.for_person(PEOPLE[username])))

    assert (seen(RAVI), seen("kustregio-analyst"), seen("waterdienst-admin")) == (1, 0, 2)


def _member(world: World, username: str):  # type: ignore[no-untyped-def]
    with world.register.read() as t:
        return t.projects.memberships(username=username)[0]
