"""Who sets what a level may use, what does not fit, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.register import Sessions as Kept
from tests.fakes.world import GIB, PEOPLE, PROJECTS, World

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.allocations import shown
from polderlab_catalog.policy.decisions import Code

ORGANISATION = Level.organisation("rivierstad")
PROJECT = Level.project("river-access")
PERSON = Level.person("river-access", "rivierstad-analyst")
LEVELS = (ORGANISATION, PROJECT, PERSON)
SMALL = Allocation(cpus=1, sessions=1, sizes=("small",))


def actor(world: World, username: str, *roles: LabRole) -> Actor:
    with world.register.write() as t:
        person = t.people.get(username)
        assert person is not None
        changed = replace(person, roles=person.roles | frozenset(roles))
        t.people.put(changed)
    return Actor.for_person(changed)


@pytest.mark.parametrize(
    ("username", "role", "may"),
    [
        ("waterdienst-admin", None, (True, True, True)),
        ("rivierstad-steward", LabRole.ORGANISATION_ADMINISTRATOR, (False, True, True)),
        ("rivierstad-lead", None, (False, False, True)),
        ("rivierstad-analyst", None, (False, False, False)),
        ("rivierstad-steward", None, (False, False, False)),
        ("kustregio-steward", LabRole.ORGANISATION_ADMINISTRATOR, (False, False, False)),
        ("kustregio-analyst", None, (False, False, False)),
    ],
)
def test_each_level_is_divided_by_who_has_the_one_above(
    world: World, username: str, role: LabRole | None, may: tuple[bool, ...]
) -> None:
    who = actor(world, username, *([role] if role else []))
    done = []
    for level in LEVELS:
        try:
            done.append(world.allocations.set(who, level, SMALL))
        except (Refused, NotFound):
            done.append(False)
    assert tuple(done) == may
    with world.register.read() as t:
        refused = t.audit.search(action=AuditAction.ADMINISTRATION_REFUSED)
    assert len(refused) == may.count(False)


def test_another_organisations_levels_look_as_if_they_did_not_exist(world: World) -> None:
    other = actor(world, "kustregio-steward", LabRole.ORGANISATION_ADMINISTRATOR)
    for level in LEVELS:
        with pytest.raises(NotFound):
            world.allocations.show(other, level)
        with pytest.raises(NotFound):
            world.allocations.set(other, level, SMALL)
    own = world.allocations.show(other, Level.organisation("kustregio"))
    assert own.own.cpus == 4
    assert not own.may_set


def test_a_member_sees_the_project_and_the_own_part_but_no_colleagues(world: World) -> None:
    ravi = actor(world, "rivierstad-analyst")
    assert world.allocations.show(ravi, PROJECT).own.sessions == 4
    assert [card.level for card in world.allocations.below(ravi, PROJECT)] == [PERSON]
    with pytest.raises(NotFound):
        world.allocations.show(ravi, Level.person("river-access", "rivierstad-lead"))
    lead = actor(world, "rivierstad-lead")
    assert len(world.allocations.below(lead, PROJECT)) == 2


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Allocation(cpus=5), "processors, 5 asked, while Rivierstad has 4"),
        (Allocation(memory_bytes=9 * GIB), "memory, 9 GiB asked, while Rivierstad has 8 GiB"),
        (Allocation(sessions=5), "sessions, 5 asked"),
    ],
)
def test_a_lower_level_may_not_exceed_what_is_above(
    world: World, limits: Allocation, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        world.allocations.set(world.operator, PROJECT, limits)
    assert refusal.value.decision.code is Code.ALLOCATION_EXCEEDS
    assert world.allocations.set(world.operator, PROJECT, Allocation(cpus=4, sessions=4))


def test_what_i_have_counts_at_the_levels_it_is_in_only(world: World) -> None:
    by, username = world.operator, "rivierstad-lead"
    project = replace(PROJECTS["river-access"], slug="dike-watch")
    world.administration.register_project(by, project)
    for name in (username, "rivierstad-analyst"):
        member = Membership(name, "dike-watch", MemberRole.ANALYST)
        world.administration.register_member(by, member)
    limited = Allocation(sessions=3)
    there = Level.project("dike-watch")
    theirs, own = (Level.person("dike-watch", n) for n in ("rivierstad-analyst", username))
    for level in (ORGANISATION, PROJECT, there, theirs, own):
        world.allocations.set(by, level, limited)
    world.run(username, "river-access")
    world.run("rivierstad-analyst", "dike-watch", "10.213.0.3")
    me = actor(world, username, LabRole.ORGANISATION_ADMINISTRATOR)

    def counts(level: Level) -> tuple[float, float]:
        (gauge,) = [
            each
            for each in world.allocations.show(me, level).gauges
            if each.resource is Resource.SESSIONS
        ]
        return gauge.used, gauge.mine

    assert counts(ORGANISATION) == (2, 1)
    assert counts(PROJECT) == (1, 1)
    assert counts(there) == (1, 0)
    assert counts(theirs) == (1, 0)
    world.run(username, "dike-watch", "10.213.0.4")
    assert counts(there) == (2, 1)
    assert counts(own) == (1, 1)
    assert counts(theirs) == (1, 0)


@pytest.mark.parametrize(
    ("resource", "amount", "reads"),
    [
        (Resource.MEMORY_BYTES, 1023.5 * GIB, "1023.5 GiB"),
        (Resource.PROJECT_BYTES, 2048 * GIB, "2048 GiB"),
        (Resource.HOME_BYTES, GIB / 1024, "0.001 GiB"),
        (Resource.CPU_HOURS, 1234567.5, "1234567.5"),
        (Resource.MEMORY_GIB_HOURS, 10 / 3, "3.333"),
        (Resource.CPU_HOURS, 1e14, "100000000000000"),
        (Resource.CPUS, -1, "0"),
    ],
)
def test_amounts_are_written_in_full(resource: Resource, amount: float, reads: str) -> None:
    assert shown(resource, amount) == reads


def test_a_size_that_is_not_allowed_above_cannot_be_given_below(world: World) -> None:
    world.allocations.set(world.operator, PROJECT, Allocation(sizes=("small",)))
    with pytest.raises(Refused, match="sizes, medium asked, while river-access has small"):
        world.allocations.set(world.operator, PERSON, Allocation(sizes=("medium",)))


def test_a_size_the_allocation_does_not_allow_cannot_be_started(world: World) -> None:
    world.allocations.set(world.operator, PERSON, Allocation(sizes=("small",)))
    with pytest.raises(Refused, match="one of: small"):
        world.plan("rivierstad-analyst", "river-access", "medium")
    assert world.plan("rivierstad-lead", "river-access", "medium").size == "medium"


def test_an_image_the_allocation_does_not_allow_cannot_be_started(world: World) -> None:
    world.allocations.set(world.operator, PROJECT, Allocation(images=()))
    with pytest.raises(Refused) as refusal:
        world.plan("rivierstad-analyst", "river-access")
    assert refusal.value.decision.code is Code.UNKNOWN_IMAGE


@pytest.mark.parametrize(
    "wrong",
    [
        Allocation(cpus=-1),
        Allocation(sessions=2**60),
        Allocation(cpu_hours=float("nan")),
        Allocation(sizes=("gigantic",)),
    ],
)
def test_odd_limits_are_turned_away(world: World, wrong: Allocation) -> None:
    with pytest.raises(Invalid):
        world.allocations.set(world.operator, PERSON, wrong)


def test_setting_what_is_so_already_is_no_line_of_the_log(world: World) -> None:
    assert world.allocations.set(world.operator, PROJECT, SMALL)
    assert not world.allocations.set(world.operator, PROJECT, SMALL)
    with world.register.read() as t:
        line = t.audit.search(action=AuditAction.ALLOCATION_SET)[0]
        assert line.previous == t.audit.search(limit=2)[1].hash
    assert line.event.object == "project:river-access"
    assert line.event.details["limits"] == "cpus 1, sessions 1, sizes small"


def test_the_quota_names_the_level_that_leaves_least(world: World) -> None:
    world.allocations.set(world.operator, PERSON, Allocation(memory_bytes=3 * GIB))
    world.run("rivierstad-analyst", "river-access")
    card = world.projects.card(PEOPLE["rivierstad-analyst"], "river-access")
    gauges = {gauge.resource: gauge for gauge in card.quota.gauges}
    memory = gauges[Resource.MEMORY_BYTES]
    assert (memory.level, memory.limit, memory.used) == (PERSON, 3 * GIB, 2 * GIB)
    assert gauges[Resource.CPUS].level == ORGANISATION
    assert Resource.CPU_HOURS not in gauges


def test_what_runs_is_read_once_for_all_levels_below(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, all_open = [], Kept.open

    def counting(self: Kept, **which: Any) -> Sequence[Session]:
        read.append(which)
        return all_open(self, **which)

    world.run("rivierstad-analyst", "river-access")
    monkeypatch.setattr(Kept, "open", counting)
    cards = world.allocations.below(world.operator, PROJECT)
    assert [card.room.held.sessions for card in cards] == [1, 0]
    assert read == [{"organisation": "rivierstad"}]
