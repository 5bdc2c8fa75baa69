"""Granting and revoking."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction

JUNE = date(2027, 6, 30)
STUDY, PROJECT = "growth_study", "river-access"


def test_access_runs_from_now_through_the_last_day_in_the_labs_time_zone(world: World) -> None:
    grant = world.grants.grant(world.operator, STUDY, PROJECT, JUNE, "  onderzoek\n naar groei ")
    assert grant.starts == world.clock()
    assert grant.ends == datetime(2027, 6, 30, 22, tzinfo=UTC)
    assert (grant.granted_by, grant.reason) == (
        "operator:root",
        "onderzoek naar groei",
    )


def test_granting_again_moves_the_end_of_the_same_grant(world: World) -> None:
    first = world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    world.clock.advance(days=1)
    again = world.grants.grant(world.operator, STUDY, PROJECT, date(2026, 12, 1))
    assert (again.id, again.starts) == (first.id, first.starts)
    assert world.grants.of_dataset(STUDY) == [again]


def test_a_grant_after_a_revocation_is_a_new_one_and_the_old_stays(world: World) -> None:
    first = world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    world.grants.revoke(world.steward, STUDY, PROJECT)
    world.clock.advance(days=1)
    again = world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    live, ended = world.grants.of_dataset(STUDY)
    assert (live, ended.id) == (again, first.id)
    assert ended.revoked_by == "person:kustregio-steward"


def test_a_refusal_is_logged_and_changes_nothing(world: World) -> None:
    stranger = Actor.for_person(PEOPLE["rivierstad-steward"], "10.0.0.8")
    with pytest.raises(Refused, match="Only a steward of Kustregio"):
        world.grants.grant(stranger, STUDY, PROJECT, JUNE)
    with pytest.raises(Refused, match="Only a steward of Kustregio"):
        world.grants.revoke(stranger, STUDY, PROJECT)
    lines = world.audit.show(action=AuditAction.GRANT_REFUSED)
    assert [line.event.origin for line in lines] == ["10.0.0.8", "10.0.0.8"]
    assert world.grants.of_dataset(STUDY) == []


def test_there_must_be_something_to_revoke(world: World) -> None:
    with pytest.raises(NotFound, match="growth_study to river-access"):
        world.grants.revoke(world.steward, STUDY, PROJECT)


def test_a_reason_is_a_line_not_a_book(world: World) -> None:
    with pytest.raises(Invalid, match="500"):
        world.grants.grant(world.operator, STUDY, PROJECT, JUNE, "x" * 501)


def test_the_end_of_time_is_not_a_date(world: World) -> None:
    with pytest.raises(Refused, match="on or before 2027-12-31"):
        world.grants.grant(world.operator, STUDY, PROJECT, date.max)
