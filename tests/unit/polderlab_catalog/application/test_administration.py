"""Changing the register: by whom, once, and logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.world import (
    DATASETS,
    ORGANISATIONS,
    PEOPLE,
    PROJECTS,
    World,
    distribution,
)

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.projects import MemberRole, Membership

ADMIN = Actor.for_person(PEOPLE["waterdienst-admin"])
ANALYST = Actor.for_person(PEOPLE["rivierstad-analyst"])
CHANGES: list[Callable[[World, Actor], object]] = [
    lambda w, by: w.administration.register_organisation(
        by, replace(ORGANISATIONS["rivierstad"], slug="newcomer")
    ),
    lambda w, by: w.administration.identify_organisation(
        by, "kustregio", "https://identifier.overheid.nl/tooi/id/x"
    ),
    lambda w, by: w.administration.register_project(
        by, replace(PROJECTS["river-access"], internet=True)
    ),
    lambda w, by: w.administration.register_dataset(
        by, replace(DATASETS["growth_study"], source="elsewhere")
    ),
    lambda w, by: w.administration.publish_version(
        by, "growth_study", (distribution("growth_study", 2),)
    ),
    lambda w, by: w.administration.withdraw_version(by, "growth_study", 1),
]


PLACES: list[Callable[[World, Actor], object]] = [
    lambda w, by: w.administration.register_person(
        by, replace(PEOPLE["rivierstad-lead"], username="newcomer")
    ),
    lambda w, by: w.administration.register_member(
        by, Membership("rivierstad-analyst", "youth-health", MemberRole.ANALYST)
    ),
]
"""Who holds which role: no administrator makes a way to data here."""


@pytest.mark.parametrize("place", PLACES)
def test_an_operator_says_who_holds_which_role_and_no_administrator_does(
    world: World, place: Callable[[World, Actor], object]
) -> None:
    before = world.audit.verify().count
    for by in (ANALYST, ADMIN):
        with pytest.raises(Refused):
            place(world, by)
    assert len(world.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)) == 2
    place(world, world.operator)
    assert world.audit.verify().count == before + 3


@pytest.mark.parametrize("change", CHANGES)
def test_an_administrator_changes_the_register_and_an_analyst_does_not(
    world: World, change: Callable[[World, Actor], object]
) -> None:
    before = world.audit.verify().count
    with pytest.raises(Refused):
        change(world, ANALYST)
    assert len(world.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)) == 1
    change(world, ADMIN)
    assert world.audit.verify().count == before + 2


def test_filling_a_lab_again_changes_and_logs_nothing(world: World) -> None:
    before = world.audit.verify().count
    world._fill()
    assert world.audit.verify().count == before


def test_a_steward_publishes_the_own_organisations_data_only(world: World) -> None:
    files = (distribution("growth_study", 2),)
    assert world.administration.publish_version(world.steward, "growth_study", files).number == 2
    with pytest.raises(Refused):
        world.administration.publish_version(world.steward, "soil_survey", files)


def test_a_steward_cannot_take_over_anothers_dataset(world: World) -> None:
    mine = replace(DATASETS["soil_survey"], organisation="kustregio")
    with pytest.raises(Refused):
        world.administration.register_dataset(world.steward, mine)


def test_withdrawn_numbers_are_not_used_again(world: World) -> None:
    by, a = world.operator, world.administration
    assert a.withdraw_version(by, "growth_study", 1) is True
    assert a.withdraw_version(by, "growth_study", 1) is False
    assert a.publish_version(by, "growth_study", (distribution("growth_study"),)).number == 2


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.parquet", "a/../../x", "a\\b"])
def test_files_lie_inside_the_data_folder(world: World, path: str) -> None:
    file = replace(distribution("growth_study", 2), path=path)
    with pytest.raises(Invalid, match="inside the data folder"):
        world.administration.publish_version(world.operator, "growth_study", (file,))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda w: w.administration.register_organisation(
            w.operator, replace(ORGANISATIONS["rivierstad"], slug="No Slug")
        ),
        lambda w: w.administration.register_person(
            w.operator, replace(PEOPLE["rivierstad-lead"], username="../../root")
        ),
        lambda w: w.administration.register_project(
            w.operator, replace(PROJECTS["river-access"], ends=date(2020, 1, 1))
        ),
        lambda w: w.administration.register_dataset(
            w.operator, replace(DATASETS["growth_study"], name="growth-study")
        ),
        lambda w: w.administration.publish_version(w.operator, "growth_study", ()),
        lambda w: w.administration.publish_version(
            w.operator, "growth_study", (distribution("a"), distribution("b"))
        ),
    ],
)
def test_what_cannot_be_is_invalid(world: World, wrong: Callable[[World], object]) -> None:
    with pytest.raises(Invalid):
        wrong(world)


@pytest.mark.parametrize(
    "orphan",
    [
        lambda w: w.administration.register_person(
            w.operator, replace(PEOPLE["rivierstad-lead"], organisation="nowhere")
        ),
        lambda w: w.administration.register_member(
            w.operator, Membership("nobody", "river-access", MemberRole.LEAD)
        ),
        lambda w: w.administration.register_member(
            w.operator, Membership("rivierstad-lead", "nothing", MemberRole.LEAD)
        ),
        lambda w: w.administration.publish_version(
            w.operator, "nothing_here", (distribution("nothing_here"),)
        ),
        lambda w: w.administration.withdraw_version(w.operator, "growth_study", 9),
    ],
)
def test_what_belongs_to_nothing_is_not_found(
    world: World, orphan: Callable[[World], object]
) -> None:
    with pytest.raises(NotFound):
        orphan(world)


@pytest.mark.parametrize("identifier", ["javascript:alert(1)", "gm0796", "https://"])
def test_an_organisation_is_known_by_a_web_address_or_not_at_all(
    world: World, identifier: str
) -> None:
    with pytest.raises(Invalid):
        world.administration.identify_organisation(ADMIN, "kustregio", identifier)
    assert world.administration.identify_organisation(ADMIN, "kustregio", "https://x.example/1")
    assert not world.administration.identify_organisation(ADMIN, "kustregio", "https://x.example/1")
    assert world.administration.identify_organisation(ADMIN, "kustregio", "")
