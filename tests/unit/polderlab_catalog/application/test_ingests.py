"""Files on their way in: who may hand them in, and that an ingest ends once, whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import PEOPLE, World, distribution

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.ingests import Ingests, Origin
from polderlab_catalog.application.intake import MOST_ATTEMPTS, Checked
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult, OnFailure
from polderlab_catalog.policy.ingests import SENTENCES, WARNINGS, Trouble, finding

FILES = (distribution("growth_study", 9),)
FAILED = CheckResult(Check(CheckKind.REQUIRED, ("hgt",)), passed=False, failing=3)


@pytest.fixture
def world() -> World:
    return World(MemoryRegister())


@pytest.fixture
def ingests(world: World) -> Ingests:
    return world.ingests


def receive(world: World, *, confirm: bool = False, **more: object) -> Ingest:
    return world.ingests.receive(
        world.steward, "growth_study", "groei.csv", "abc", 10, confirm=confirm, **more  # type: ignore[arg-type]
    )  # fmt: skip


def begin(world: World) -> Ingest:
    begun = world.intake.begin()
    assert begun is not None
    return begun


def logged(world: World, action: AuditAction) -> int:
    return len(world.audit.show(action=action))


def test_a_file_waits_is_worked_on_and_becomes_a_version(world: World, ingests: Ingests) -> None:
    ingest = receive(world)
    begun = begin(world)
    assert (begun.id, begun.state) == (ingest.id, IngestState.RUNNING)
    assert world.intake.beat(begun, "convert", 0.5)
    assert ingests.show(world.steward, ingest.id).progress == 0.5
    done = world.intake.done(begun, FILES, (), Checked(10))
    assert done is not None
    assert (done.state, done.version) == (IngestState.DONE, 2)
    newest = world.audit.show(action=AuditAction.DATASET_PUBLISHED)[0]
    assert newest.event.actor == world.steward.name
    with world.register.read() as t:
        version = t.datasets.version("growth_study")
    assert version is not None
    assert version.distributions == FILES


@pytest.mark.parametrize(
    "username", ["rivierstad-steward", "kustregio-analyst", "rivierstad-analyst"]
)
def test_only_who_may_publish_may_hand_in_and_look(
    world: World, ingests: Ingests, username: str
) -> None:
    other = Actor.for_person(PEOPLE[username])
    with pytest.raises(Refused):
        ingests.receive(other, "growth_study", "x.csv", "x", 1, confirm=False)
    assert logged(world, AuditAction.INGEST_RECEIVED) == 0
    ingest = receive(world, confirm=True)
    for forbidden in (
        lambda: ingests.show(other, ingest.id),
        lambda: ingests.cancel(other, ingest.id),
        lambda: ingests.confirm(other, ingest.id, {}),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert ingests.of(other, "growth_study") == []
    assert ingests.of(world.steward, "growth_study") == [ingest]


def test_a_session_hands_in_with_its_origin(world: World, ingests: Ingests) -> None:
    analyst = Actor.for_person(PEOPLE["kustregio-analyst"])
    origin = Origin("youth-health", "s1", ("water_bodies@1",))
    with world.register.write() as t:
        change = Change(t, analyst, world.clock)
        ingest = ingests.take(
            change, "growth_study", "r.parquet", "r", 1, confirm=False, origin=origin
        )
    assert ingests.show(analyst, ingest.id) == ingest
    world.intake.done(begin(world), FILES, (), Checked(10))
    with world.register.read() as t:
        version = t.datasets.version("growth_study")
    assert version is not None
    assert (version.project, version.derived_from) == ("youth-health", ("water_bodies@1",))


def test_somebody_confirms_how_the_file_is_read(world: World, ingests: Ingests) -> None:
    ingest = receive(world, confirm=True, options={"delimiter": ";"})
    begun = begin(world)
    world.intake.detected(
        begun, {"delimiter": ",", "decimal": "."}, {"decimal": (".", ",")}, (("a", "b"),), ()
    )
    found = ingests.show(world.steward, ingest.id)
    assert found.state is IngestState.DETECTED
    assert found.options == {"delimiter": ";", "decimal": "."}
    assert world.intake.begin() is None
    with pytest.raises(Invalid, match="decimal"):
        ingests.confirm(world.steward, ingest.id, {"decimal": "x"})
    with pytest.raises(Invalid, match="no option"):
        ingests.confirm(world.steward, ingest.id, {"shell": "x"})
    confirmed = ingests.confirm(world.steward, ingest.id, {"decimal": ","})
    assert confirmed.state is IngestState.QUEUED
    assert ingests.confirm(world.steward, ingest.id, {"decimal": "."}) == confirmed
    again = begin(world)
    assert again.options == {"delimiter": ";", "decimal": ","}
    assert not again.confirm


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "a\0b"])
def test_an_option_is_short_and_printable(world: World, value: str) -> None:
    with pytest.raises(Invalid):
        receive(world, options={"layer": value})


def test_a_cancelled_ingest_publishes_nothing(world: World, ingests: Ingests) -> None:
    ingest = receive(world)
    begun = begin(world)
    ingests.cancel(world.steward, ingest.id)
    assert not world.intake.beat(begun, "convert", 0.9)
    assert world.intake.done(begun, FILES, (), Checked(10)) is None
    assert ingests.show(world.steward, ingest.id).state is IngestState.CANCELLED
    assert logged(world, AuditAction.INGEST_CANCELLED) == 1
    assert logged(world, AuditAction.DATASET_PUBLISHED) == 3  # the world's own


def test_what_is_done_stays_done(world: World, ingests: Ingests) -> None:
    ingest = receive(world)
    begun = begin(world)
    world.intake.done(begun, FILES, (), Checked(10))
    assert world.intake.done(begun, FILES, (), Checked(10)) is None
    assert ingests.cancel(world.steward, ingest.id).state is IngestState.DONE
    assert world.intake.waiting_files() == set()


def test_a_dead_workers_ingest_is_taken_over_and_the_dead_can_do_no_more(
    world: World, ingests: Ingests
) -> None:
    receive(world)
    first = begin(world)
    world.clock.advance(seconds=10)
    assert world.intake.begin() is None
    world.clock.advance(seconds=10)
    second = begin(world)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not world.intake.beat(first, "convert", 0.1)
    assert world.intake.done(first, FILES, (), Checked(10)) is None
    assert world.intake.done(second, FILES, (), Checked(10)) is not None


def test_what_breaks_off_again_and_again_is_given_up(world: World, ingests: Ingests) -> None:
    ingest = receive(world)
    for _ in range(MOST_ATTEMPTS):
        begin(world)
        world.clock.advance(seconds=20)
    assert world.intake.begin() is None
    failed = ingests.show(world.steward, ingest.id)
    assert failed.state is IngestState.FAILED
    assert failed.findings == (finding(Trouble.GAVE_UP, attempts=MOST_ATTEMPTS),)


def test_what_broke_off_is_tried_three_times(world: World, ingests: Ingests) -> None:
    receive(world)
    why = finding(Trouble.GAVE_UP, attempts=3)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        begun = begin(world)
        assert begun.attempts == attempt
        world.intake.again(begun, why)
    assert world.intake.begin() is None
    assert logged(world, AuditAction.INGEST_FAILED) == 1


def test_a_worker_that_stops_does_not_count_as_one_that_died(
    world: World, ingests: Ingests
) -> None:
    receive(world)
    for _ in range(5):
        begun = begin(world)
        assert begun.attempts == 1
        world.intake.put_back(begun)


@pytest.mark.parametrize("on_failure", OnFailure)
def test_a_failing_check_blocks_or_marks_as_the_steward_chose(
    world: World, ingests: Ingests, on_failure: OnFailure
) -> None:
    with world.register.write() as t:
        dataset = t.datasets.get("growth_study")
        assert dataset is not None
        t.datasets.put(replace(dataset, on_failure=on_failure))
    ingest = receive(world)
    world.intake.done(begin(world), FILES, (), Checked(10, (FAILED,)))
    ended = ingests.show(world.steward, ingest.id)
    with world.register.read() as t:
        version = t.datasets.version("growth_study")
        runs = t.quality.of("growth_study")
    assert version is not None
    if on_failure is OnFailure.BLOCK:
        assert (ended.state, version.number, len(runs)) == (IngestState.FAILED, 1, 0)
        assert ended.findings[0].code == Trouble.CHECK_FAILED
    else:
        assert (ended.state, version.number, version.marked) == (IngestState.DONE, 2, True)
        assert runs[0].results == (FAILED,)
        assert ended.findings[0].code == Trouble.CHECK_MARKED


def test_the_same_data_makes_no_new_version(world: World, ingests: Ingests) -> None:
    for _ in range(2):
        receive(world)
        done = world.intake.done(begin(world), FILES, (), Checked(10))
    assert done is not None
    assert done.version == 2
    assert [f.code for f in done.findings] == [Trouble.SAME_AS_BEFORE]


def test_the_oldest_goes_first(world: World, ingests: Ingests) -> None:
    first = receive(world)
    world.clock.advance(seconds=1)
    receive(world)
    assert begin(world).id == first.id


def test_every_trouble_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Trouble)
    assert set(Trouble) >= WARNINGS


OPTIONS = {"delimiter": ",", "decimal": ".", "thousands": ",", "header": "yes", "encoding": "utf-8"}


def asked(world: World, choices: dict[str, tuple[str, ...]] | None = None) -> Ingest:
    """Return an ingest that waits for somebody to confirm how it is read."""
    receive(world, confirm=True)
    begun = begin(world)
    world.intake.detected(begun, OPTIONS, choices or {}, (("a",), ("1",)), ())
    return world.ingests.show(world.steward, begun.id)


def test_looking_again_keeps_what_was_said_and_finds_anew_what_follows_from_it(
    world: World, ingests: Ingests
) -> None:
    ingest = asked(world)
    waiting = ingests.look_again(world.steward, ingest.id, {**OPTIONS, "delimiter": ";"})
    assert (waiting.state, waiting.confirm, waiting.preview) == (IngestState.RECEIVED, True, ())
    assert waiting.options == {"delimiter": ";", "encoding": "utf-8"}
    begun = begin(world)
    assert begun.confirm, "it is looked at, not published"
    world.intake.detected(begun, {**OPTIONS, "decimal": ","}, {}, (("a", "b"),), ())
    again = ingests.show(world.steward, ingest.id)
    assert (again.state, again.preview) == (IngestState.DETECTED, (("a", "b"),))
    assert (again.options["delimiter"], again.options["decimal"]) == (";", ",")
    kept = ingests.look_again(world.steward, ingest.id, {"thousands": "", "decimal": ","})
    assert (kept.options["thousands"], kept.options["decimal"]) == ("", ",")


def test_only_what_waits_for_somebody_is_looked_at_again_and_only_by_them(
    world: World, ingests: Ingests
) -> None:
    ingest = asked(world, {"sheet": ("A", "B")})
    with pytest.raises(NotFound):
        ingests.look_again(Actor.for_person(PEOPLE["rivierstad-steward"]), ingest.id, {})
    with pytest.raises(Invalid, match="A, B"):
        ingests.look_again(world.steward, ingest.id, {"sheet": "C"})
    queued = ingests.confirm(world.steward, ingest.id, {})
    assert ingests.look_again(world.steward, ingest.id, {}) == queued


def test_rows_of_a_file_are_not_kept_once_it_is_dealt_with(world: World, ingests: Ingests) -> None:
    assert asked(world).preview
    ingests.cancel(world.steward, ingests.of(world.steward, "growth_study")[0].id)
    done = asked(world)
    ingests.confirm(world.steward, done.id, {})
    world.intake.done(begin(world), FILES, (), Checked(10))
    failed = asked(world)
    ingests.confirm(world.steward, failed.id, {})
    world.intake.failed(begin(world), (finding(Trouble.NO_ROWS),))
    over = ingests.of(world.steward, "growth_study")
    assert [(each.state.open, each.preview) for each in over] == [(False, ())] * 3
