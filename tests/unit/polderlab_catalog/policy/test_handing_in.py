from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.fakes.world import DATASETS, ORGANISATIONS, PEOPLE

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.handing_in import keeps_values, may_follow, may_see_rows

STUDY = DATASETS["growth_study"]
TODAY = date(2026, 1, 2)
OWNER = ORGANISATIONS["kustregio"]
STEWARD = Actor.for_person(PEOPLE["kustregio-steward"])
ELSEWHERE = Actor.for_person(
    replace(PEOPLE["kustregio-steward"], username="other-steward", organisation="rivierstad")
)
ADMINISTRATOR = Actor.for_person(
    Person("lab-admin", "Admin", "waterdienst", frozenset({LabRole.LAB_ADMINISTRATOR}))
)
INGEST = Ingest(
    "1", "growth_study", STEWARD.name, "x.csv", "x", 1, datetime(2026, 1, 1, tzinfo=UTC),
    IngestState.DETECTED,
)  # fmt: skip


@pytest.mark.parametrize(
    ("actor", "follows", "sees"),
    [(STEWARD, True, True), (ADMINISTRATOR, True, False), (ELSEWHERE, False, False)],
)
def test_helping_with_a_file_is_not_looking_into_it(
    actor: Actor, follows: bool, sees: bool
) -> None:
    assert may_follow(actor, INGEST, STUDY, OWNER, TODAY) is follows
    assert may_see_rows(actor, INGEST, STUDY, OWNER, TODAY) is sees


def test_whoever_handed_it_in_sees_it_until_it_is_confirmed() -> None:
    mine = replace(INGEST, actor=ADMINISTRATOR.name)
    assert may_see_rows(ADMINISTRATOR, mine, STUDY, OWNER, TODAY)
    queued = replace(mine, state=IngestState.QUEUED)
    assert not may_see_rows(ADMINISTRATOR, queued, STUDY, OWNER, TODAY)
    assert may_follow(ADMINISTRATOR, queued, STUDY, OWNER, TODAY)


def test_values_are_kept_of_all_but_confidential_data() -> None:
    kept = {name: keeps_values(dataset) for name, dataset in DATASETS.items()}
    assert kept == {"water_bodies": True, "growth_study": False, "soil_survey": True}
