"""Reads become one line of the log each, with everything that was let go in it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.fakes.world import FILE, World, distribution, token

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.application.ports import Register
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.application.reads import LONGEST, Reads
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.storage.journals import FileJournals

HERE = "10.213.0.2"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def journals(tmp_path: Path) -> FileJournals:
    return FileJournals(tmp_path / "journals")


def process(world: World, journals: FileJournals) -> Reads:
    """Return the reads of one process of the lab."""
    return Reads(world.register, world.clock, world.reading, journals, silence=MINUTE)


def readable(world: World, dataset: str = "water_bodies") -> Readable:
    plan = world.run("rivierstad-analyst", "river-access")
    return world.reading.authorise(token(plan), HERE, dataset, None, FILE)


def lines(world: World) -> list[Mapping[str, str | int]]:
    return [r.event.details for r in reversed(world.audit.show(action=AuditAction.DATASET_READ))]


def totals(world: World) -> tuple[int, int]:
    return (
        sum(int(line["requests"]) for line in lines(world)),
        sum(int(line["bytes"]) for line in lines(world)),
    )


def test_many_ranges_of_a_file_are_one_line(world: World, journals: FileJournals) -> None:
    reads, file = process(world, journals), readable(world)
    for _ in range(5):
        reads.begin(file, 100)
        world.clock.advance(seconds=10)
    reads.add(file, 7)
    assert reads.seal() == 0, "it goes on"
    (going,) = reads.under_way("water_bodies")
    assert (going.requests, going.bytes) == (5, 507)
    world.clock.advance(seconds=60)
    assert reads.seal() == 1
    (line,) = lines(world)
    assert (line["requests"], line["bytes"]) == (5, 507)
    assert str(line["first"]) < str(line["last"])
    assert reads.under_way() == []
    assert world.audit.verify().ok


def test_a_closed_session_s_reads_are_logged_at_once(world: World, journals: FileJournals) -> None:
    reads, file = process(world, journals), readable(world)
    reads.begin(file, 1)
    assert reads.seal() == 0
    world.sessions.close(file.session.id, "stop")
    assert reads.seal() == 1


def test_a_read_without_end_is_logged_every_hour(world: World, journals: FileJournals) -> None:
    reads, file = process(world, journals), readable(world)
    for _ in range(int(LONGEST / timedelta(seconds=30)) + 1):
        reads.begin(file, 1)
        world.clock.advance(seconds=30)
        reads.seal()
    assert len(lines(world)) == 1


def test_a_read_after_silence_is_a_new_one(world: World, journals: FileJournals) -> None:
    reads, file = process(world, journals), readable(world)
    for _ in range(2):
        reads.begin(file, 5)
        world.clock.advance(seconds=61)
        reads.seal()
    assert [line["bytes"] for line in lines(world)] == [5, 5]


def test_a_new_read_is_decided_once_more(world: World, journals: FileJournals) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    reads, file = process(world, journals), readable(world, "growth_study")
    world.grants.revoke(world.steward, "growth_study", "river-access")
    with pytest.raises(Refused) as refusal:
        reads.begin(file, 5)
    assert refusal.value.decision.code is Code.GRANT_REVOKED
    assert reads.under_way() == []


def test_nothing_is_lost_or_counted_twice_while_lines_are_made(
    world: World, journals: FileJournals
) -> None:
    reads, file = process(world, journals), readable(world)
    others = [file, replace(file, distribution=replace(file.distribution))]

    def use(number: int) -> None:
        for at in range(60):
            reads.begin(others[number % 2], 3)
            if at % 20 == 10:
                reads.seal(everything=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    reads.seal(everything=True)
    assert totals(world) == (480, 1440)
    assert world.audit.verify().ok


def test_what_a_killed_process_left_is_logged_by_the_next(
    world: World, journals: FileJournals
) -> None:
    killed, file = process(world, journals), readable(world)
    for _ in range(9):
        killed.begin(file, 11)
    following = process(world, journals)
    assert following.recover() == 0, "it still lives"
    killed._journal.close()  # type: ignore[union-attr]  # as the end of a process does
    assert following.recover() == 1
    assert following.recover() == 0
    assert totals(world) == (9, 99)


def test_a_process_killed_between_the_log_and_its_journal_counts_once(
    world: World, journals: FileJournals, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, file = process(world, journals), readable(world)
    killed.begin(file, 11)
    killed.begin(file, 11)
    journal = killed._journal
    assert journal is not None
    monkeypatch.setattr(journal, "remove", journal.close)
    killed.seal(everything=True)
    assert len(journals.names()) == 1
    assert process(world, journals).recover() == 0
    assert totals(world) == (2, 22)
    assert not journals.names()


def test_a_journal_that_was_cut_off_counts_its_whole_lines(
    world: World, journals: FileJournals, tmp_path: Path
) -> None:
    killed, file = process(world, journals), readable(world)
    for _ in range(4):
        killed.begin(file, 10)
    killed._journal.close()  # type: ignore[union-attr]
    (path,) = (tmp_path / "journals").glob("*.journal")
    path.write_bytes(path.read_bytes()[:-5])
    process(world, journals).recover()
    assert totals(world) == (3, 30)


def test_reads_whose_journal_is_gone_are_still_logged(
    world: World, journals: FileJournals, tmp_path: Path
) -> None:
    killed, file = process(world, journals), readable(world)
    killed.begin(file, 10)
    (path,) = (tmp_path / "journals").glob("*.journal")
    path.unlink()
    assert process(world, journals).recover() == 1
    assert totals(world) == (1, 10)


def test_a_large_journal_is_renewed_and_nothing_forgotten(
    world: World, journals: FileJournals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polderlab_catalog.application.reads.LARGEST_JOURNAL", 200)
    killed, file = process(world, journals), readable(world)
    for _ in range(20):
        killed.begin(file, 1)
        killed.seal()
    assert len(journals.names()) == 1
    assert killed._journal is not None
    assert killed._journal.size() < 300
    killed._journal.close()
    process(world, journals).recover()
    assert totals(world) == (20, 20)


def test_what_cannot_be_noted_is_not_let_go(world: World, journals: FileJournals) -> None:
    reads, file = process(world, journals), readable(world)
    reads.begin(file, 10)
    reads._journal.close()  # type: ignore[union-attr]  # writing to it fails from now on
    with pytest.raises(Unavailable):
        reads.begin(file, 10)


@pytest.mark.parametrize("version", [None, 1, 2, 0])
@pytest.mark.parametrize("dataset", ["water_bodies", "growth_study", "", "nothing_here"])
@pytest.mark.parametrize("file", [FILE, "other.parquet", ""])
def test_every_store_gives_the_same_facts(
    register: Register, world: World, dataset: str, version: int | None, file: str
) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    world.grants.revoke(world.steward, "growth_study", "river-access")
    world.grants.grant(world.operator, "growth_study", "river-access", date(2027, 1, 31))
    plan = world.run("rivierstad-analyst", "river-access")
    with register.read() as t:
        found = t.reads.facts(dataset, version, file, session=plan.session)
        session = t.sessions.get(plan.session)
        assert session is not None
        assert found == t.reads.facts(dataset, version, file, token_hash=session.token_hash)
        assert t.reads.facts(dataset, version, file, session="none").session is None
        asked = t.datasets.version(dataset, version)
        assert found.session == session
        assert found.person == t.people.get(session.username)
        assert found.project == t.projects.get(session.project)
        assert found.home == found.owner == t.organisations.get("rivierstad")
        assert found.membership == t.projects.membership(session.username, session.project)
        assert found.dataset == t.datasets.get(dataset)
        assert list(found.grants) == list(t.grants.find(dataset=dataset, project=session.project))
        if asked is None:
            assert found.version is None
        else:
            wanted = tuple(d for d in asked.distributions if d.name == file)
            assert found.version == replace(asked, distributions=wanted)


def test_every_store_lists_the_same_names(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    key = token(world.run("rivierstad-analyst", "river-access"))
    names = world.reading.names(key, HERE, "nl")
    assert [(each.name, each.rows, each.until) for each in names.datasets] == [
        ("growth_study", 10, "2026-12-31"),
        ("water_bodies", 10, None),
    ]
    assert names.datasets[0].title == "growth_study"
    world.grants.revoke(world.steward, "growth_study", "river-access")
    assert [each.name for each in world.reading.names(key, HERE).datasets] == ["water_bodies"]
    world.administration.withdraw_version(world.operator, "water_bodies", 1)
    assert world.reading.names(key, HERE).datasets == []


def test_what_may_be_read_is_listed_each_with_the_rows_of_its_own_newest_version(
    world: World,
) -> None:
    plan = world.run("rivierstad-analyst", "river-access")

    def rows() -> dict[str, int | None]:
        told = world.reading.names(token(plan), HERE, "nl").datasets
        return {each.name: each.rows for each in told}

    assert rows() == {"water_bodies": 10}
    until = date(2026, 12, 31)
    for dataset in ("growth_study", "soil_survey"):
        world.grants.grant(world.operator, dataset, "river-access", until)
    for number in (2, 3):
        file = replace(distribution("soil_survey", number), rows=number)
        world.administration.publish_version(world.operator, "soil_survey", (file,))
    world.administration.withdraw_version(world.operator, "soil_survey", 3)
    assert rows() == {"growth_study": 10, "soil_survey": 2, "water_bodies": 10}
    for number in (1, 2):
        world.administration.withdraw_version(world.operator, "soil_survey", number)
    world.grants.revoke(world.steward, "growth_study", "river-access")
    assert rows() == {"water_bodies": 10}
