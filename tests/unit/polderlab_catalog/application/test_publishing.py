"""Who describes, publishes, withdraws and takes home."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import DATASETS, FILE, PEOPLE, World, token

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Classification, Column, Profile
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code

ADMIN = Actor.for_person(PEOPLE["waterdienst-admin"])
ANALYST = Actor.for_person(PEOPLE["kustregio-analyst"])
OTHER = Actor.for_person(PEOPLE["rivierstad-steward"])


def test_a_new_dataset_needs_a_name_of_its_own(world: World) -> None:
    taken = replace(DATASETS["growth_study"], title=Text("anders", "other"))
    with pytest.raises(Invalid, match="of this name already"):
        world.publishing.register_dataset(world.steward, taken, new=True)
    assert world.publishing.register_dataset(
        world.steward, replace(taken, name="growth_again"), new=True
    )


def test_a_steward_registers_for_the_own_organisation_only(world: World) -> None:
    for actor, dataset in ((OTHER, DATASETS["growth_study"]), (ANALYST, DATASETS["growth_study"])):
        with pytest.raises(Refused):
            world.publishing.register_dataset(actor, replace(dataset, name="new_one"), new=True)
    assert [each.slug for each in world.publishing.owners(world.steward)] == ["kustregio"]
    assert len(world.publishing.owners(ADMIN)) == 3
    assert world.publishing.owners(ANALYST) == []


@pytest.mark.parametrize(
    ("organisation", "error"), [("waterdienst", Refused), ("no-such-thing", NotFound)]
)
def test_nobody_makes_a_dataset_another_organisations(
    world: World, organisation: str, error: type[Exception]
) -> None:
    """It would be published in their name."""
    with pytest.raises(error):
        world.publishing.describe(
            world.steward, "growth_study", lambda now: replace(now, organisation=organisation)
        )
    assert world.publishing.description("growth_study").organisation == "kustregio"
    given = world.publishing.describe(
        world.operator, "growth_study", lambda now: replace(now, organisation="waterdienst")
    )
    assert given.organisation == "waterdienst"


@pytest.mark.parametrize(
    "opening",
    [{"classification": Classification.PUBLIC}, {"organisation": "waterdienst"}],
)
def test_a_lab_administrator_does_not_open_data_by_describing_it(
    world: World, opening: dict[str, object]
) -> None:
    def describe(actor: Actor, **changes: object) -> Classification:
        return world.publishing.describe(
            actor,
            "growth_study",
            lambda each: replace(each, **changes),  # type: ignore[arg-type]
        ).classification

    with pytest.raises(Refused) as refusal:
        describe(ADMIN, **opening)
    assert refusal.value.decision.code is Code.NOT_STEWARD
    describe(ADMIN, source="a better description")
    assert describe(world.steward, classification=Classification.PUBLIC) == "public"


def test_a_withdrawn_version_is_refused_with_the_reason(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    reason = "Two measuring points were swapped."
    world.publishing.withdraw_version(world.operator, "water_bodies", 1, reason)
    with pytest.raises(Refused, match=r"by its steward: Two measuring points were swapped\. Read"):
        world.reading.authorise(token(plan), "10.213.0.2", "water_bodies", 1, FILE)


@pytest.mark.parametrize("reason", ["x" * 501, "one\nforged: line", "\x1b[31m"])
def test_a_reason_is_one_short_line(world: World, reason: str) -> None:
    with pytest.raises(Invalid):
        world.publishing.withdraw_version(world.steward, "growth_study", 1, reason)


@pytest.mark.parametrize("actor", [ADMIN, ANALYST, OTHER])
def test_only_its_stewards_take_a_confidential_file_home(world: World, actor: Actor) -> None:
    with pytest.raises(Refused) as refusal:
        world.publishing.download(actor, "growth_study", 1, FILE)
    assert refusal.value.decision.code is Code.ORIGINAL_FOR_STEWARDS
    assert world.audit.show(action=AuditAction.DATASET_DOWNLOADED) == []
    assert world.publishing.download(world.steward, "growth_study", 1, FILE).name == FILE
    (line,) = world.audit.show(action=AuditAction.DATASET_DOWNLOADED)
    assert line.event.details == {"version": 1, "file": FILE, "bytes": 1001}


def test_public_data_is_for_everyone_until_it_is_withdrawn(world: World) -> None:
    assert world.publishing.download(ANALYST, "water_bodies", 1, FILE)
    for number, file in ((1, "../../etc/passwd"), (9, FILE), (2**40, FILE), (-1, FILE)):
        with pytest.raises(NotFound):
            world.publishing.download(ANALYST, "water_bodies", number, file)
    world.publishing.withdraw_version(world.operator, "water_bodies", 1)
    with pytest.raises(Refused):
        world.publishing.download(ANALYST, "water_bodies", 1, FILE)


def test_what_is_counted_of_files_makes_no_version_of_them(world: World) -> None:
    with world.register.read() as t:
        version = t.datasets.version("growth_study")
    assert version is not None

    def publish(**changes: object) -> int:
        column = replace(Column("hgt", "double"), **changes)  # type: ignore[arg-type]
        files = tuple(replace(file, columns=(column,)) for file in version.distributions)
        return world.publishing.publish_version(world.steward, "growth_study", files).number

    number = publish(profile=Profile(0, 100, bins=(60, 40)))
    assert number == version.number + 1
    assert publish(profile=Profile(0, 101, bins=(59, 41))) == publish() == number
    assert publish(type="int64") == number + 1, "but other columns do: the positive control"
