"""Checks are run, kept, and mark the version they fail for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World

from polderlab_catalog.application.errors import Invalid, NotFound
from polderlab_catalog.application.quality import Quality
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult

CHECK = Check(CheckKind.REQUIRED, ("hgt",))


class Checker:
    """Finds what the test says."""

    def __init__(self) -> None:
        self.passes, self.paths = True, list[str]()

    def __call__(
        self, path: str, checks: Sequence[Check], *, today: date, published: date
    ) -> tuple[int, tuple[CheckResult, ...]]:
        self.paths.append(path)
        return 10, tuple(CheckResult(each, self.passes, 0 if self.passes else 4) for each in checks)


@pytest.fixture
def world() -> World:
    made = World(MemoryRegister())
    with made.register.write() as t:
        dataset = t.datasets.get("growth_study")
        assert dataset is not None
        t.datasets.put(replace(dataset, checks=(CHECK,)))
    return made


@pytest.fixture
def checker() -> Checker:
    return Checker()


@pytest.fixture
def quality(world: World, checker: Checker) -> Quality:
    return Quality(world.register, world.clock, checker)


def marked(world: World) -> bool:
    with world.register.read() as t:
        version = t.datasets.version("growth_study")
    assert version is not None
    return version.marked


def test_a_version_is_marked_while_a_check_fails(
    world: World, quality: Quality, checker: Checker
) -> None:
    checker.passes = False
    run = quality.run("growth_study")
    assert (run.passed, run.version, run.rows) == (False, 1, 10)
    assert marked(world)
    line = world.audit.show(action=AuditAction.DATASET_CHECKED)[0].event
    assert (line.outcome, line.details) == (Outcome.ERROR, {"version": 1, "failed": 1})
    checker.passes = True
    assert quality.run("growth_study").passed
    assert not marked(world)
    assert [each.passed for each in quality.history("growth_study")] == [True, False]


def test_checks_run_once_a_day(world: World, quality: Quality, checker: Checker) -> None:
    today = world.clock().date()
    assert [run.dataset for run in quality.run_due(today)] == ["growth_study"]
    assert quality.run_due(today) == []
    world.clock.advance(days=1)
    assert len(quality.run_due(world.clock().date())) == 1
    assert checker.paths == ["growth_study/1/data.parquet"] * 2


def test_there_must_be_something_to_check(quality: Quality) -> None:
    with pytest.raises(Invalid, match="nothing to check"):
        quality.run("water_bodies")
    with pytest.raises(NotFound):
        quality.run("growth_study", 7)
    with pytest.raises(NotFound):
        quality.run("no_such_data")
