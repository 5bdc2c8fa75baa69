"""The hash chain shows every change to the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord
from polderlab_catalog.domain.chain import digest, seal, verify

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def chain(length: int) -> list[AuditRecord]:
    records: list[AuditRecord] = []
    for number in range(length):
        event = AuditEvent(AuditAction.DATASET_READ, f"person:{number}", details={"bytes": number})
        at = NOW + timedelta(seconds=number)
        records.append(seal(event, at, records[-1] if records else None))
    return records


def test_an_untouched_chain_holds() -> None:
    records = chain(5)
    found = verify(records)
    assert (found.ok, found.count, found.head) == (True, 5, records[-1].hash)


def test_an_empty_log_holds() -> None:
    assert verify([]).ok


@given(st.integers(2, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 2))))
def test_removing_any_line_but_the_last_shows(where: tuple[int, int]) -> None:
    length, gone = where
    records = chain(length)
    del records[gone]
    found = verify(records)
    assert (found.ok, found.first_bad) == (False, gone + 1)


@given(st.integers(0, 5), st.sampled_from(["actor", "object", "project", "purpose", "origin"]))
def test_changing_any_field_of_any_line_shows(number: int, field: str) -> None:
    records = chain(6)
    changed = replace(records[number].event, **{field: "something else"})  # type: ignore[arg-type]
    records[number] = replace(records[number], event=changed)
    assert verify(records).first_bad == number + 1


def test_a_line_sealed_anew_by_a_forger_breaks_the_next_one() -> None:
    records = chain(4)
    forged = replace(records[1].event, actor="person:innocent")
    records[1] = seal(forged, records[1].at, records[0])
    found = verify(records)
    assert (found.first_bad, found.reason) == (3, "line 3 does not follow the line before it")


def test_the_hash_is_of_the_moment_not_of_its_time_zone() -> None:
    event = AuditEvent(AuditAction.GRANT_GIVEN, "lab")
    there = NOW.astimezone(timezone(timedelta(hours=2)))
    assert digest(1, NOW, event, "") == digest(1, there, event, "")
