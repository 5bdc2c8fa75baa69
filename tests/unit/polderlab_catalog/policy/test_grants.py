"""Stewards decide on their own organisation's data, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.world import DATASETS, ORGANISATIONS, PEOPLE, PROJECTS

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.grants import may_grant, may_revoke

TODAY = date(2026, 11, 2)
STUDY, OWNER, PROJECT = (
    replace(DATASETS["growth_study"], classification=Classification.INTERNAL),
    ORGANISATIONS["kustregio"],
    PROJECTS["river-access"],
)
CONFIDENTIAL = DATASETS["growth_study"]
STEWARD = Actor.for_person(PEOPLE["kustregio-steward"])


def code(actor: Actor = STEWARD, until: date = date(2026, 12, 31), today: date = TODAY) -> Code:
    return may_grant(actor, STUDY, OWNER, PROJECT, until=until, today=today).code


def test_a_steward_of_the_owner_grants_and_revokes() -> None:
    assert code() is Code.ALLOWED
    assert may_revoke(STEWARD, STUDY, OWNER, TODAY)


@pytest.mark.parametrize(
    "username", ["waterdienst-admin", "rivierstad-steward", "kustregio-analyst", "rivierstad-lead"]
)
def test_nobody_else_does_not_even_a_lab_administrator(username: str) -> None:
    actor = Actor.for_person(PEOPLE[username])
    assert code(actor) is Code.NOT_STEWARD
    assert may_revoke(actor, STUDY, OWNER, TODAY).code is Code.NOT_STEWARD


def test_a_steward_whose_account_is_closed_does_not() -> None:
    gone = Actor.for_person(replace(PEOPLE["kustregio-steward"], active=False))
    assert code(gone) is Code.NOT_STEWARD


def test_a_steward_of_a_suspended_organisation_does_not() -> None:
    owner = replace(OWNER, suspended=True)
    assert may_revoke(STEWARD, STUDY, owner, TODAY).code is Code.ORGANISATION_SUSPENDED


def test_the_operator_of_the_machine_does() -> None:
    assert code(Actor.operator("root")) is Code.ALLOWED


@pytest.mark.parametrize(
    ("until", "today", "expected"),
    [
        (date(2026, 11, 3), TODAY, Code.ALLOWED),
        (TODAY, TODAY, Code.GRANT_NEEDS_FUTURE_END),
        (date(2020, 1, 1), TODAY, Code.GRANT_NEEDS_FUTURE_END),
        (date(2027, 12, 31), TODAY, Code.ALLOWED),
        (date(2028, 1, 1), TODAY, Code.GRANT_OUTLIVES_PROJECT),
        (date(2028, 6, 1), date(2028, 1, 1), Code.PROJECT_ENDED),
    ],
)
def test_access_ends_in_the_future_and_within_the_project(
    until: date, today: date, expected: Code
) -> None:
    assert code(until=until, today=today) is expected


def test_confidential_data_takes_more_than_a_steward_alone() -> None:
    given = lambda actor: may_grant(  # noqa: E731
        actor, CONFIDENTIAL, OWNER, PROJECT, until=date(2026, 12, 31), today=TODAY
    )
    assert given(STEWARD).code is Code.CONFIDENTIAL_NEEDS_REQUEST
    assert given(Actor.operator("root")).code is Code.ALLOWED
    assert may_revoke(STEWARD, CONFIDENTIAL, OWNER, TODAY)


def test_nobody_grants_to_a_project_of_their_own() -> None:
    until = date(2026, 12, 31)
    decision = may_grant(STEWARD, STUDY, OWNER, PROJECT, until=until, today=TODAY, member=True)
    assert decision.code is Code.OWN_PROJECT
