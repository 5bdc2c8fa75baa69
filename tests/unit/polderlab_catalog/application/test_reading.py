"""What a session is told, and what it is not."""

from __future__ import annotations

from datetime import date

import pytest
from tests.fakes.world import FILE, PORTAL, World, distribution, token

from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.policy.decisions import Code

HERE = "10.213.0.2"


def test_the_catalogue_lists_what_may_be_read_in_the_sessions_language(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "youth-health", date(2027, 6, 30))
    plan = world.run("kustregio-analyst", "youth-health")
    listing = world.reading.catalogue(token(plan), HERE, "en")
    assert [entry.name for entry in listing.datasets] == ["growth_study", "water_bodies"]
    study = listing.datasets[0]
    assert (study.until, study.page) == ("2027-06-30", f"{PORTAL}/datasets/growth_study")
    assert study.fields == {"hgt": "height in cm"}
    assert (study.organisation, study.steward) == ("Kustregio", "Kustregio, data")
    dutch = world.reading.catalogue(token(plan), HERE)
    assert dutch.datasets[0].fields == {"hgt": "lengte in cm"}


@pytest.mark.parametrize(("key", "address"), [("wrong", HERE), ("right", "10.213.0.3")])
def test_a_listing_needs_the_sessions_key_and_address(world: World, key: str, address: str) -> None:
    plan = world.run("kustregio-analyst", "youth-health")
    with pytest.raises(Refused):
        world.reading.catalogue(token(plan) if key == "right" else key, address)
    assert len(world.audit.show(action=AuditAction.DATASET_READ_REFUSED)) == 1


def test_unknown_datasets_versions_and_files_are_not_found(world: World) -> None:
    plan = world.run("kustregio-analyst", "youth-health")

    def ask(dataset: str, version: int | None, file: str) -> str:
        with pytest.raises(NotFound) as error:
            world.reading.authorise(token(plan), HERE, dataset, version, file)
        return str(error.value)

    assert "catalogue page" in ask("no_such_set", None, FILE)
    assert "water_bodies@9" in ask("water_bodies", 9, FILE)
    assert "Its files are: data.parquet" in ask("water_bodies", None, "other.parquet")


def test_who_may_not_read_a_dataset_does_not_learn_its_files_or_versions(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    for version, file in ((9, FILE), (None, "other.parquet")):
        with pytest.raises(Refused) as refusal:
            world.reading.authorise(token(plan), HERE, "growth_study", version, file)
        assert refusal.value.decision.code is Code.NO_GRANT


def test_an_older_version_can_be_read_until_it_is_withdrawn(world: World) -> None:
    files = (distribution("water_bodies", 2),)
    world.administration.publish_version(world.operator, "water_bodies", files)
    plan = world.run("rivierstad-analyst", "river-access")

    def path(version: int | None) -> str:
        readable = world.reading.authorise(token(plan), HERE, "water_bodies", version, FILE)
        return readable.distribution.path

    assert path(None) == "water_bodies/2/data.parquet"
    assert path(1) == "water_bodies/1/data.parquet"
    world.administration.withdraw_version(world.operator, "water_bodies", 2)
    assert path(None) == "water_bodies/1/data.parquet"
    with pytest.raises(Refused, match="Version 2 of water_bodies was withdrawn"):
        path(2)
