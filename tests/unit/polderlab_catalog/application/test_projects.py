"""My projects and what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import GIB, PEOPLE, PROJECTS, World

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.sessions import Image
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code

RAVI, KIM = PEOPLE["rivierstad-analyst"], PEOPLE["kustregio-analyst"]
LEA, SIZES = "rivierstad-lead", ("small", "medium")


def test_a_card_shows_what_can_be_started(world: World) -> None:
    (card,) = world.projects.overview(RAVI).cards
    assert card.project.slug == "river-access"
    assert [image.name for image in card.images] == ["python-geo"]
    assert [size.name for size in card.sizes] == ["small", "medium"]
    assert (card.datasets, card.startable.allowed) == (1, True)
    assert (card.session, card.last) == (None, None)


def test_only_an_image_that_the_allocation_allows_can_be_chosen(world: World) -> None:
    by, both = world.operator, ("python-geo", "r-geo")
    world.administration.put_image(by, Image("r-geo", "1", Text("R"), "sha256:" + "b" * 64))
    project = replace(PROJECTS["river-access"], images=both)
    world.administration.register_project(by, project)

    def offered() -> tuple[list[str], str]:
        card = world.projects.card(RAVI, "river-access")
        assert card.verdicts["small"]
        return [image.name for image in card.images], card.likely

    assert offered() == (list(both), "python-geo")
    world.allocations.set(by, Level.project("river-access"), Allocation(images=("r-geo",)))
    assert offered() == (["r-geo"], "r-geo")


def test_a_card_shows_what_runs_and_what_ran(world: World) -> None:
    plan = world.run(RAVI.username, "river-access")
    card = world.projects.card(RAVI, "river-access")
    assert card.session is not None
    assert card.session.id == plan.session
    assert card.startable.code is Code.SESSION_EXISTS
    world.sessions.close(plan.session, "stop")
    card = world.projects.card(RAVI, "river-access")
    assert card.session is None
    assert card.last is not None
    assert card.last.close_reason == "stop"


def test_projects_looked_up_together_are_as_they_are_one_by_one(world: World) -> None:
    by, house = world.operator, Level.organisation("rivierstad")
    for slug, organisation in (("dike-watch", "rivierstad"), ("coast-watch", "kustregio")):
        home = replace(PROJECTS["river-access"], slug=slug, organisation=organisation)
        world.administration.register_project(by, home)
        world.administration.register_member(by, Membership(LEA, slug, MemberRole.ANALYST))
        world.run(LEA, slug)
    world.administration.register_member(
        by, Membership(RAVI.username, "dike-watch", MemberRole.VIEWER)
    )
    world.administration.register_member(
        by, Membership(RAVI.username, "coast-watch", MemberRole.ANALYST)
    )
    world.run(RAVI.username, "coast-watch")
    world.allocations.set(by, house, Allocation(cpus=2, cpu_hours=10))
    found = world.projects.overview(RAVI)
    assert [(card.project.slug, card.startable.code) for card in found.cards] == [
        ("coast-watch", Code.SESSION_EXISTS),
        ("dike-watch", Code.VIEWER_STARTS_NO_SESSION),
        ("river-access", Code.ALLOWED),
    ]
    used = {
        organisation.slug: [(g.resource, g.used, g.mine) for g in gauges if g.used]
        for organisation, gauges in found.left
    }
    assert used["rivierstad"] == [(Resource.CPUS, 1, 0)]
    assert used["kustregio"] == [
        (Resource.SESSIONS, 2, 1),
        (Resource.CPUS, 2, 1),
        (Resource.MEMORY_BYTES, 4 * GIB, 2 * GIB),
    ]
    for card in found.cards:
        slug = card.project.slug
        assert card == world.projects.card(RAVI, slug)
        assert card.startable == world.sessions.check(RAVI.username, slug)
        sizes = {name: world.sessions.check(RAVI.username, slug, size=name) for name in SIZES}
        assert card.verdicts == sizes
    assert found.cards[-1].verdicts["medium"].code is Code.NO_ROOM_IN_ORGANISATION
    assert found.cards[-1].verdicts["small"]


def test_others_projects_look_as_if_they_did_not_exist(world: World) -> None:
    for slug in ("river-access", "no-such-project", "\x00"):
        with pytest.raises(NotFound):
            world.projects.card(KIM, slug)


def test_what_is_left_tells_mine_from_others(world: World) -> None:
    world.plan(RAVI.username, "river-access", "medium")
    world.plan("rivierstad-lead", "river-access")
    ((organisation, left),) = world.projects.overview(RAVI).left
    assert organisation.slug == "rivierstad"
    assert [(g.resource, g.limit, g.used, g.mine) for g in left] == [
        (Resource.SESSIONS, 4, 2, 1),
        (Resource.CPUS, 4, 3, 2),
        (Resource.MEMORY_BYTES, 8 * GIB, 6 * GIB, 4 * GIB),
    ]


def test_a_steward_chooses_among_projects_that_still_run(world: World) -> None:
    assert [p.slug for p in world.projects.all_for_grants()] == ["river-access", "youth-health"]
    world.clock.advance(days=500)
    assert world.projects.all_for_grants() == []
