"""Harvests, what they described, and the list for outside: the same in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.fakes.world import DATASETS, ORGANISATIONS, World

from polderlab_catalog.application.search import SearchQuery
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.texts import Text

HARVEST = Harvest("h1", "https://data.example.nl/catalog.ttl", "rivierstad", 12)
THERE = "https://data.example.nl/id/1"


def test_a_harvest_is_kept_changed_and_removed(world: World) -> None:
    tried = replace(HARVEST, last=datetime(2026, 11, 5, 3, tzinfo=UTC), error="away", found=7)
    with world.register.write() as t:
        t.harvests.put(HARVEST)
        assert t.harvests.get("h1") == HARVEST
        t.harvests.put(tried)
    with world.register.write() as t:
        assert t.harvests.all() == [tried]
        assert t.harvests.get("other") is None
        assert t.harvests.remove("h1")
        assert not t.harvests.remove("h1")
        assert t.harvests.all() == []


def test_what_a_harvest_described_is_found_by_its_address_there(world: World) -> None:
    remote = replace(DATASETS["soil_survey"], name="from_elsewhere", remote=THERE)
    with world.register.write() as t:
        t.harvests.put(HARVEST)
        t.datasets.put(remote)
        t.harvests.put_described("h1", THERE, remote.name)
    with world.register.write() as t:
        assert t.harvests.described("h1") == {THERE: "from_elsewhere"}
        assert t.harvests.described("h2") == {}
        t.harvests.forget_described("h1", THERE)
        assert t.datasets.remove("from_elsewhere")
        assert not t.datasets.remove("from_elsewhere")
    with world.register.read() as t:
        assert t.harvests.described("h1") == {}
        assert t.datasets.get("from_elsewhere") is None


def test_a_description_that_goes_is_no_longer_found(world: World) -> None:
    def found() -> int:
        query, now = SearchQuery(words="stekelbaars"), datetime(2026, 11, 20, tzinfo=UTC)
        with world.register.read() as t:
            return t.search.find(query, projects=(), now=now, today=now.date()).total

    remote = replace(
        DATASETS["soil_survey"], name="from_there", title=Text("Stekelbaars"), remote=THERE
    )
    with world.register.write() as t:
        t.datasets.put(remote)
    assert found() == 1
    with world.register.write() as t:
        t.datasets.remove("from_there")
    assert found() == 0
    with world.register.write() as t:
        t.datasets.put(remote)
    assert found() == 1, "and it comes back with the same name"


def test_only_our_own_datasets_with_a_version_are_listed_page_by_page(world: World) -> None:
    with world.register.write() as t:
        t.datasets.put(replace(DATASETS["soil_survey"], name="a_draft"))
        t.datasets.put(replace(DATASETS["soil_survey"], name="b_remote", remote=THERE))
    with world.register.read() as t:
        every, count = t.datasets.listed(public_only=False, offset=0, limit=10)
        assert ([each.name for each in every], count) == (
            ["growth_study", "soil_survey", "water_bodies"],
            3,
        )
        second, count = t.datasets.listed(public_only=False, offset=1, limit=1)
        assert ([each.name for each in second], count) == (["soil_survey"], 3)
        public, count = t.datasets.listed(public_only=True, offset=0, limit=10)
        assert [each.classification for each in public] == [Classification.PUBLIC] * count
    with world.register.write() as t:
        version = t.datasets.version("water_bodies")
        assert version is not None
        t.datasets.put_version(replace(version, withdrawn=True))
        assert t.datasets.listed(public_only=True, offset=0, limit=10) == ([], 0)


def test_an_organisation_keeps_its_public_identifier(world: World) -> None:
    uri = "https://identifier.overheid.nl/tooi/id/gemeente/gm0599"
    with world.register.write() as t:
        t.organisations.put(replace(ORGANISATIONS["rivierstad"], identifier=uri))
    with world.register.read() as t:
        found = t.organisations.get("rivierstad")
        assert found is not None
        assert found.identifier == uri
