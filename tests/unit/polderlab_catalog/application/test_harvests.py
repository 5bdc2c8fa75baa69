"""Harvesting: what comes, what changes, what goes, and what never goes by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import DATASETS, ORGANISATIONS, PEOPLE, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, Unavailable
from polderlab_catalog.application.harvests import Described, Harvests, Taken, name_for
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.names import is_dataset_name
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.grants import may_grant
from polderlab_catalog.policy.publishing import may_publish

URL = "https://data.example.nl/catalog.ttl"


def there(number: int, title: str = "") -> Described:
    uri = f"https://data.example.nl/id/{number}"
    return Described(uri, f"{uri}.html", Text(title or f"Dataset {number}", ""))


@dataclass
class Elsewhere:
    """A catalogue elsewhere: what it describes, or why it does not answer."""

    datasets: list[Described] = field(default_factory=list)
    away: bool = False

    def read(self, url: str) -> Sequence[Described]:
        assert url == URL
        if self.away:
            raise Unavailable("The catalogue does not answer.")
        return self.datasets


@dataclass
class Harvesting:
    world: World
    elsewhere: Elsewhere
    harvests: Harvests

    @property
    def remote(self) -> dict[str, str]:
        with self.world.register.read() as t:
            return {each.name: each.remote for each in t.datasets.all() if each.remote}

    def add(self) -> str:
        return self.harvests.add(self.world.operator, URL, "rivierstad").id

    def run(self, harvest_id: str) -> Taken:
        return self.harvests.run(self.world.operator, harvest_id)


@pytest.fixture
def harvesting() -> Harvesting:
    world = World(MemoryRegister())
    elsewhere = Elsewhere([there(1), there(2)])
    return Harvesting(world, elsewhere, Harvests(world.register, world.clock, elsewhere))


def test_descriptions_come_change_and_go(harvesting: Harvesting) -> None:
    harvest = harvesting.add()
    assert harvesting.run(harvest) == Taken(added=2)
    assert harvesting.remote == {
        "dataset_1": "https://data.example.nl/id/1.html",
        "dataset_2": "https://data.example.nl/id/2.html",
    }
    assert harvesting.run(harvest) == Taken(), "the same again changes nothing"
    harvesting.elsewhere.datasets = [there(2, "Other title"), there(3)]
    assert harvesting.run(harvest) == Taken(added=1, changed=1, removed=1)
    assert set(harvesting.remote) == {"dataset_2", "dataset_3"}
    with harvesting.world.register.read() as t:
        changed = t.datasets.get("dataset_2")
    assert changed is not None
    assert changed.title == Text("Other title", "")
    assert (changed.classification, changed.organisation) == (Classification.PUBLIC, "rivierstad")


@pytest.mark.parametrize("wrong", ["away", "empty"])
def test_a_catalogue_that_fails_or_is_empty_takes_nothing_away(
    harvesting: Harvesting, wrong: str
) -> None:
    harvest = harvesting.add()
    harvesting.run(harvest)
    harvesting.elsewhere.away = wrong == "away"
    harvesting.elsewhere.datasets = []
    with pytest.raises((Unavailable, Invalid)):
        harvesting.run(harvest)
    assert len(harvesting.remote) == 2
    (kept,) = harvesting.harvests.all()
    assert kept.error
    assert kept.found == 2
    with harvesting.world.register.read() as t:
        newest = t.audit.search(action=AuditAction.DATASET_HARVESTED, limit=1)[0].event
    assert (newest.outcome, newest.object) == ("error", harvest)


def test_a_name_that_is_taken_gets_a_number_and_keeps_it(harvesting: Harvesting) -> None:
    harvesting.elsewhere.datasets = [there(1, "Growth study"), there(2, "growth-STUDY!")]
    harvest = harvesting.add()
    harvesting.run(harvest)
    assert set(harvesting.remote) == {"growth_study_2", "growth_study_3"}
    assert harvesting.run(harvest) == Taken()
    with harvesting.world.register.read() as t:
        assert t.datasets.get("growth_study") == DATASETS["growth_study"]


@pytest.mark.parametrize(
    "title", ["Ünïcode wàters", "1e Kamer", "", "🌊🌊", "a", "x" * 200, "__", "Ø", "_1_"]
)
@pytest.mark.parametrize("suffix", ["", "_12345"])
def test_any_title_becomes_a_name(title: str, suffix: str) -> None:
    assert is_dataset_name(name_for(title, suffix)), name_for(title, suffix)


def test_removing_a_harvest_takes_its_descriptions_along(harvesting: Harvesting) -> None:
    harvest = harvesting.add()
    harvesting.run(harvest)
    assert harvesting.harvests.remove(harvesting.world.operator, harvest) == 2
    assert harvesting.remote == {}
    assert harvesting.harvests.all() == []
    with pytest.raises(NotFound):
        harvesting.run(harvest)
    with harvesting.world.register.read() as t:
        assert {each.name for each in t.datasets.all()} == set(DATASETS)


def test_the_worker_runs_what_is_due_and_goes_on_after_a_failure(harvesting: Harvesting) -> None:
    harvesting.add()
    harvesting.elsewhere.away = True
    harvesting.harvests.run_due()
    assert harvesting.harvests.all()[0].error
    harvesting.elsewhere.away = False
    harvesting.harvests.run_due()
    assert harvesting.remote == {}, "it was tried this day already"
    harvesting.world.clock.now += timedelta(hours=24)
    harvesting.harvests.run_due()
    assert len(harvesting.remote) == 2
    assert not harvesting.harvests.all()[0].error


def test_only_who_runs_the_lab_harvests(harvesting: Harvesting) -> None:
    harvest = harvesting.add()
    steward = Actor.for_person(PEOPLE["rivierstad-steward"])
    for attempt in (
        lambda: harvesting.harvests.add(steward, f"{URL}?2", "rivierstad"),
        lambda: harvesting.harvests.run(steward, harvest),
        lambda: harvesting.harvests.remove(steward, harvest),
    ):
        with pytest.raises(Refused):
            attempt()
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    assert harvesting.harvests.run(admin, harvest).added == 2


@pytest.mark.parametrize(
    ("url", "organisation", "hours"),
    [
        ("file:///etc/passwd", "rivierstad", 24),
        ("ftp://x.example/", "rivierstad", 24),
        ("https://x.example/a b", "rivierstad", 24),
        ("", "rivierstad", 24),
        ("https://x.example/", "rivierstad", 0),
        ("https://x.example/", "nobody", 24),
        (URL, "rivierstad", 24),
    ],
)
def test_what_cannot_be_harvested_is_not_kept(
    harvesting: Harvesting, url: str, organisation: str, hours: int
) -> None:
    harvesting.add()
    with pytest.raises((Invalid, NotFound)):
        harvesting.harvests.add(harvesting.world.operator, url, organisation, hours=hours)
    assert len(harvesting.harvests.all()) == 1


def test_what_lies_elsewhere_is_neither_granted_nor_read_nor_published_here(
    harvesting: Harvesting,
) -> None:
    harvesting.run(harvesting.add())
    world = harvesting.world
    with world.register.read() as t:
        dataset, project = t.datasets.get("dataset_1"), t.projects.get("river-access")
    assert dataset is not None
    assert project is not None
    until = project.ends
    decisions = (
        may_grant(
            world.operator, dataset, ORGANISATIONS["rivierstad"], project,
            until=until, today=project.starts,
        ),
        may_publish(world.operator, dataset, ORGANISATIONS["rivierstad"], project.starts),
        world.catalogue.card(PEOPLE["rivierstad-analyst"], "dataset_1").access[0].decision,
    )  # fmt: skip
    assert [each.code for each in decisions] == [Code.DATASET_LIES_ELSEWHERE] * 3
    assert dataset.remote in decisions[0].message
    ours = replace(dataset, remote="")
    assert may_publish(world.operator, ours, ORGANISATIONS["rivierstad"], project.starts)


def test_a_catalogue_that_is_removed_while_it_is_read_leaves_nothing(
    harvesting: Harvesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest = harvesting.add()
    described = harvesting.elsewhere.datasets

    def read(url: str) -> Sequence[Described]:
        harvesting.harvests.remove(harvesting.world.operator, harvest)
        return described

    monkeypatch.setattr(harvesting.elsewhere, "read", read)
    with pytest.raises(NotFound):
        harvesting.run(harvest)
    assert harvesting.remote == {}
    assert harvesting.harvests.all() == []


def test_who_asks_for_a_run_gets_it_from_the_worker_and_keeps_what_there_was(
    harvesting: Harvesting,
) -> None:
    harvest = harvesting.add()
    harvesting.run(harvest)
    harvesting.elsewhere.datasets.append(there(3))
    harvesting.harvests.run_due()
    assert len(harvesting.remote) == 2, "it is not due yet: the positive control"
    asked = harvesting.harvests.ask(harvesting.world.operator, harvest)
    assert (asked.last, asked.found) == (None, 2)
    harvesting.harvests.run_due()
    assert len(harvesting.remote) == 3


def test_only_an_administrator_or_operator_sees_and_asks(harvesting: Harvesting) -> None:
    harvest = harvesting.add()
    steward = Actor.for_person(PEOPLE["rivierstad-steward"])
    for act in (
        lambda who: harvesting.harvests.overview(who),
        lambda who: harvesting.harvests.show(who, harvest),
        lambda who: harvesting.harvests.ask(who, harvest),
    ):
        with pytest.raises(Refused) as refusal:
            act(steward)
        assert refusal.value.decision.code is Code.NOT_LAB_ADMINISTRATOR
        act(Actor.for_person(PEOPLE["waterdienst-admin"]))


def test_who_asks_for_a_run_during_another_gets_one_of_what_is_there_then(
    harvesting: Harvesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest = harvesting.add()
    harvesting.run(harvest)
    before = list(harvesting.elsewhere.datasets)

    def read(url: str) -> Sequence[Described]:
        harvesting.harvests.ask(harvesting.world.operator, harvest)
        return before

    with monkeypatch.context() as patched:
        patched.setattr(harvesting.elsewhere, "read", read)
        assert harvesting.run(harvest) == Taken()
    assert harvesting.harvests.all()[0].last is None, "it waits for its turn"
    harvesting.elsewhere.datasets.append(there(3))
    harvesting.harvests.run_due()
    assert len(harvesting.remote) == 3
    harvesting.elsewhere.datasets.append(there(4))
    harvesting.harvests.run_due()
    assert len(harvesting.remote) == 3, "asked once, it runs once"
