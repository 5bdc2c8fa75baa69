"""Every description for everyone; access per project; grants for stewards."""

from __future__ import annotations

from datetime import date

import pytest
from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.policy.decisions import Code

JUNE = date(2027, 6, 30)
RAVI, SARA = PEOPLE["rivierstad-analyst"], PEOPLE["kustregio-steward"]


def test_everyone_sees_every_description(world: World) -> None:
    for person in PEOPLE.values():
        names = [card.dataset.name for card in world.catalogue.cards(person)]
        assert names == ["growth_study", "soil_survey", "water_bodies"]


def test_access_is_told_per_project_of_mine(world: World) -> None:
    (access,) = world.catalogue.card(RAVI, "growth_study").access
    assert (access.project.slug, access.decision.code) == ("river-access", Code.NO_GRANT)
    world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    (access,) = world.catalogue.card(RAVI, "growth_study").access
    assert (access.decision.allowed, access.until) == (True, JUNE)


def test_who_has_access_is_for_the_owners_stewards(world: World) -> None:
    grant = world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    mine, theirs = (world.catalogue.card(person, "growth_study") for person in (SARA, RAVI))
    assert (mine.grants, mine.may_grant) == ((grant,), True)
    assert (theirs.grants, theirs.may_grant) == ((), False)
    assert mine.projects_with_access == theirs.projects_with_access == 1
    assert world.catalogue.card(SARA, "soil_survey").may_grant is False


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("GROWTH", ["growth_study"]),
        ("about survey", ["soil_survey"]),
        ("  ", ["growth_study", "soil_survey", "water_bodies"]),
        ("growth water", []),
        ("%", []),
    ],
)
def test_a_search_finds_what_holds_every_word(world: World, query: str, found: list[str]) -> None:
    assert [card.dataset.name for card in world.catalogue.cards(RAVI, query=query)] == found


def test_facets_narrow_the_list(world: World) -> None:
    mine = world.catalogue.cards(RAVI, organisation="rivierstad")
    public = world.catalogue.cards(RAVI, classification=Classification.PUBLIC)
    assert [card.dataset.name for card in mine] == ["soil_survey"]
    assert [card.dataset.name for card in public] == ["water_bodies"]


def test_an_operator_sees_all_grants_and_no_projects_of_his_own(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    card = world.catalogue.cards(None)[0]
    assert (card.access, len(card.grants)) == ((), 1)


def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="no dataset “nothing_here”"):
        world.catalogue.card(RAVI, "nothing_here")
    assert [version.number for version in world.catalogue.versions("water_bodies")] == [1]
