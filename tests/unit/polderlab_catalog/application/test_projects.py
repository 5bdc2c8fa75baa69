"""My projects and what is left."""

from __future__ import annotations

import pytest
from tests.fakes.world import GIB, PEOPLE, World

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.allocations import Resource
from polderlab_catalog.policy.decisions import Code

RAVI, KIM = PEOPLE["rivierstad-analyst"], PEOPLE["kustregio-analyst"]


def test_a_card_shows_what_can_be_started(world: World) -> None:
    (card,) = world.projects.mine(RAVI)
    assert card.project.slug == "river-access"
    assert [image.name for image in card.images] == ["python-geo"]
    assert [size.name for size in card.sizes] == ["small", "medium"]
    assert (card.datasets, card.startable.allowed) == (1, True)
    assert (card.session, card.last) == (None, None)


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


def test_others_projects_look_as_if_they_did_not_exist(world: World) -> None:
    for slug in ("river-access", "no-such-project", "\x00"):
        with pytest.raises(NotFound):
            world.projects.card(KIM, slug)


def test_what_is_left_tells_mine_from_others(world: World) -> None:
    world.plan(RAVI.username, "river-access", "medium")
    world.plan("rivierstad-lead", "river-access")
    left = world.allocations.left(RAVI, "rivierstad")
    assert [(g.resource, g.limit, g.used, g.mine) for g in left] == [
        (Resource.SESSIONS, 4, 2, 1),
        (Resource.CPUS, 4, 3, 2),
        (Resource.MEMORY_BYTES, 8 * GIB, 6 * GIB, 4 * GIB),
    ]


def test_a_steward_chooses_among_projects_that_still_run(world: World) -> None:
    assert [p.slug for p in world.projects.all_for_grants()] == ["river-access", "youth-health"]
    world.clock.advance(days=500)
    assert world.projects.all_for_grants() == []
