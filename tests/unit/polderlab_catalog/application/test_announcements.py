"""Whoever works in a project is told by who looks after it; nobody else's people are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.fakes.register import Sessions as Kept
from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.errors import Invalid, NotFound
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.domain.texts import Text

ANALYST, GUEST = "rivierstad-analyst", "kustregio-analyst"
TEXT = Text("Sla je werk op", "Save your work")


def boss(world: World, slug: str) -> Actor:
    role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
    person = Person(f"{slug}-boss", "Bo", slug, role)
    world.administration.register_person(world.operator, person)
    return Actor.for_person(person)


def to_people(*names: str) -> Draft:
    return Draft(TEXT, Audience.PEOPLE, names)


def works_in_both(world: World, username: str) -> None:
    for project in ("river-access", "youth-health"):
        held = Membership(username, project, MemberRole.ANALYST)
        world.administration.register_member(world.operator, held)
        world.plan(username, project)


@pytest.mark.parametrize("username", [ANALYST, GUEST])
@pytest.mark.parametrize("slug", ["rivierstad", "kustregio"])
def test_who_works_for_two_organisations_is_told_by_either(
    world: World, slug: str, username: str
) -> None:
    works_in_both(world, username)
    made = world.announcements.tell_running(boss(world, slug), TEXT)
    assert made.names == (username,)
    told = world.mastheads.of(Actor.for_person(PEOPLE[username]))
    assert [each.id for each in told.announcements] == [made.id]


def test_a_stranger_is_not_there(world: World) -> None:
    own = boss(world, "rivierstad")
    world.plan(GUEST, "youth-health")
    with pytest.raises(Invalid):
        world.announcements.tell_running(own, TEXT)
    for name in (GUEST, "nobody", "\0", "../etc"):
        with pytest.raises(NotFound):
            world.announcements.make(own, to_people(ANALYST, name))
    assert world.announcements.make(own, to_people(ANALYST)).names == (ANALYST,)
    works_in_both(world, GUEST)  # a guest who works in a project of one's own is
    assert world.announcements.make(own, to_people(GUEST)).names == (GUEST,)


def test_a_lab_administrator_tells_anyone_there_is(world: World) -> None:
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    assert world.announcements.make(admin, to_people(ANALYST, GUEST)).names == (GUEST, ANALYST)
    with pytest.raises(NotFound):
        world.announcements.make(admin, to_people(ANALYST, "nobody"))


def test_what_runs_is_read_once_however_many_are_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, all_open = [], Kept.open

    def counting(self: Kept, **which: Any) -> Sequence[Session]:
        read.append(which)
        return all_open(self, **which)

    monkeypatch.setattr(Kept, "open", counting)
    world.announcements.make(world.operator, to_people(*PEOPLE))
    assert len(read) == 1
