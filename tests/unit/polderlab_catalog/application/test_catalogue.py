"""Every description for everyone; access per project; grants for stewards."""

from __future__ import annotations

from datetime import date

import pytest
from tests.fakes.world import PEOPLE, PROJECTS, World

from polderlab_catalog.application.catalogue import Found
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.search import Facet, SearchQuery, Sort
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope
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


def names(found: Found) -> list[str]:
    return [card.dataset.name for card in found.cards]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("GROWTH", ["growth_study"]),
        ("about survey", ["soil_survey"]),
        ("  ", ["growth_study", "soil_survey", "water_bodies"]),
        ("growth water", []),
    ],
)
def test_a_search_finds_what_holds_every_word(world: World, words: str, found: list[str]) -> None:
    query = SearchQuery(words, sort=Sort.TITLE)
    assert names(world.catalogue.search(RAVI, query)) == found


def test_facets_narrow_the_list(world: World) -> None:
    def found(**chosen: tuple[str, ...]) -> list[str]:
        return names(world.catalogue.search(RAVI, SearchQuery(**chosen)))  # type: ignore[arg-type]

    assert found(organisations=("rivierstad",)) == ["soil_survey"]
    assert found(classifications=("public",)) == ["water_bodies"]
    assert found(access=("readable",)) == ["water_bodies"]
    world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    assert set(found(access=("readable",))) == {"growth_study", "water_bodies"}
    assert found(access=("locked",)) == ["soil_survey"]


def test_who_belongs_to_no_project_reads_nothing(world: World) -> None:
    found = world.catalogue.search(SARA, SearchQuery())
    assert found.facets[Facet.ACCESS] == {"locked": 3}
    assert [card.access for card in found.cards] == [(), (), ()]


def test_a_session_sees_its_own_project_and_no_other(world: World) -> None:
    operator = world.operator
    both = Membership(RAVI.username, "youth-health", MemberRole.ANALYST)
    world.administration.register_member(operator, both)
    world.grants.grant(operator, "growth_study", "youth-health", JUNE)
    search = world.catalogue.search_for_project
    theirs = search(RAVI.username, "river-access", SearchQuery("growth")).cards[0]
    mine = search(RAVI.username, "youth-health", SearchQuery("growth")).cards[0]
    assert [(a.project.slug, bool(a.decision)) for a in theirs.access] == [("river-access", False)]
    assert [(a.project.slug, bool(a.decision)) for a in mine.access] == [("youth-health", True)]
    assert (mine.grants, mine.may_grant) == ((), False)


def test_pages_hold_what_is_asked_and_tell_how_many_there_are(world: World) -> None:
    found = world.catalogue.search(RAVI, SearchQuery(size=2, page=2))
    assert (len(found.cards), found.total, found.page, found.pages) == (1, 3, 2, 2)


@pytest.mark.parametrize(
    ("dataset", "scope", "shown"),
    [
        ("water_bodies", None, WHOLE),
        ("soil_survey", None, None),
        ("soil_survey", WHOLE, WHOLE),
        ("soil_survey", Scope(("hgt",)), Scope(("hgt",))),
        ("soil_survey", Scope((), (Condition("hgt", Operator.LESS, (3,)),)), None),
        ("growth_study", WHOLE, None),
    ],
)
def test_values_are_shown_as_far_as_they_may_be_read_and_confidential_ones_never(
    world: World, dataset: str, scope: Scope | None, shown: Scope | None
) -> None:
    if scope is not None:
        world.grants.grant(world.operator, dataset, "river-access", JUNE, scope=scope)
    assert world.catalogue.card(RAVI, dataset).shown == shown


def test_a_viewer_works_with_no_data_and_is_shown_none(world: World) -> None:
    world.grants.grant(world.operator, "soil_survey", "river-access", JUNE)
    viewer = Membership("kustregio-analyst", "river-access", MemberRole.VIEWER)
    world.administration.register_member(world.operator, viewer)
    assert world.catalogue.card(PEOPLE["kustregio-analyst"], "soil_survey").shown is None
    assert world.catalogue.card(RAVI, "soil_survey").shown == WHOLE


def test_who_uses_a_dataset_is_told_by_title(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    assert world.catalogue.card(SARA, "growth_study").used_by == (PROJECTS["river-access"].title,)
    assert world.catalogue.card(SARA, "water_bodies").used_by == ()


def test_an_operator_sees_all_grants_and_no_projects_of_his_own(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", JUNE)
    card = world.catalogue.cards(None)[0]
    assert (card.access, len(card.grants)) == ((), 1)


def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="no dataset “nothing_here”"):
        world.catalogue.card(RAVI, "nothing_here")
    assert [version.number for version in world.catalogue.versions("water_bodies")] == [1]
