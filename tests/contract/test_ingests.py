"""Ingests and quality runs in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.contract.test_register import NOW, TEXT, dataset, organisation

from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult, QualityRun
from polderlab_catalog.policy.ingests import Trouble, finding

SECOND = timedelta(seconds=1)


def an_ingest(id_: str = "i1", **changes: object) -> Ingest:
    made = Ingest(
        id=id_, dataset="growth_study", actor="person:stef", file="groei ’24.csv", path="abc",
        bytes=2**40, created=NOW, options={"delimiter": "\t"}, choices={"layer": ("a", "b")},
        preview=(("naam", "é"), ("1", "")), step="convert", progress=0.25,
        findings=(finding(Trouble.UNEVEN_ROWS, line=3, expected=2, found=1),), note=TEXT,
        project="youth-health", session="s1", derived_from=("water_bodies@1",), attempts=2,
        started=NOW, heartbeat=NOW, finished=NOW, version=3,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def filled(register: Register, *ingests: Ingest) -> None:
    with register.write() as t:
        t.organisations.put(organisation())
        t.datasets.put(dataset())
        t.datasets.put(dataset("other_study"))
        for ingest in ingests:
            t.ingests.put(ingest)


def test_an_ingest_comes_back_as_it_was_put(register: Register) -> None:
    filled(register, an_ingest(), an_ingest("i2", finished=None, heartbeat=None, version=None))
    with register.read() as t:
        assert t.ingests.get("i1") == an_ingest()
        assert t.ingests.get("i2") == an_ingest("i2", finished=None, heartbeat=None, version=None)
        assert t.ingests.get("i3") is None


def test_ingests_are_found_newest_first(register: Register) -> None:
    filled(
        register,
        an_ingest("i1"),
        an_ingest("i2", created=NOW + SECOND, state=IngestState.DONE),
        an_ingest("i3", created=NOW + 2 * SECOND),
        an_ingest("i4", dataset="other_study"),
    )
    with register.read() as t:
        found = [each.id for each in t.ingests.find(dataset="growth_study")]
        assert found == ["i3", "i2", "i1"]
        assert [i.id for i in t.ingests.find(dataset="growth_study", open_only=True)] == [
            "i3",
            "i1",
        ]
        assert [i.id for i in t.ingests.find(limit=1)] == ["i3"]


def test_the_next_is_the_oldest_that_waits_or_lost_its_worker(register: Register) -> None:
    dead, alive = NOW - 20 * SECOND, NOW
    filled(
        register,
        an_ingest("done", created=NOW - 9 * SECOND, state=IngestState.DONE, heartbeat=dead),
        an_ingest("asked", created=NOW - 8 * SECOND, state=IngestState.DETECTED, heartbeat=dead),
        an_ingest("alive", created=NOW - 7 * SECOND, state=IngestState.RUNNING, heartbeat=alive),
    )
    with register.read() as t:
        assert t.ingests.next(NOW - 15 * SECOND) is None
    lost = an_ingest("lost", created=NOW, state=IngestState.RUNNING, heartbeat=dead)
    queued = an_ingest("queued", created=NOW + SECOND, state=IngestState.QUEUED)
    filled(register, queued, lost)
    for expected in ("lost", "queued"):
        with register.write() as t:
            found = t.ingests.next(NOW - 15 * SECOND)
            assert found is not None
            assert found.id == expected
            t.ingests.put(replace(found, state=IngestState.DONE))


def test_quality_runs_come_back_newest_first(register: Register) -> None:
    check = Check(CheckKind.ALLOWED, ("soort",), {"values": ("a", "b")})
    results = (CheckResult(check, passed=False, failing=2**33, error="no column"),)
    runs = [QualityRun("growth_study", number, NOW, 10, results) for number in (1, 2)]
    filled(register)
    with register.write() as t:
        for run in (*runs, QualityRun("other_study", 1, NOW, 0, ())):
            t.quality.add(run)
    with register.read() as t:
        assert t.quality.of("growth_study") == runs[::-1]
        assert t.quality.of("growth_study", 1) == runs[1:]
        assert t.quality.of("nothing") == []
