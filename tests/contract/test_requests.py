"""Access requests in every register: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from tests.fakes.world import World

from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.requests import (
    AccessRequest,
    Approval,
    ApprovalRole,
    Message,
    RequestState,
)
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.storage.register import SqlRegister

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)


def request(id_: str = "r1", **changes: object) -> AccessRequest:
    made = AccessRequest(
        id=id_,
        dataset="growth_study",
        project="river-access",
        asked_by="person:rivierstad-analyst",
        asked=NOW,
        purpose="Één regel\nen “nog” een 🌊",
        legal_basis=LegalBasis.LEGAL_OBLIGATION,
        until=date(2027, 2, 28),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


WHOLE_STORY = request(
    columns=("hgt", "hgt.z"),
    state=RequestState.APPROVED,
    approvals=(
        Approval(ApprovalRole.PRIVACY_OFFICER, "person:a", NOW, "goed"),
        Approval(ApprovalRole.STEWARD, "person:b", NOW),
    ),
    messages=(Message("person:b", NOW, "Waarom?\nEcht?"), Message("person:c", NOW, "Daarom.")),
    scope=Scope(("hgt",), (Condition("hgt", Operator.IN, (1, 2.5, True, "x")),)),
    granted_until=date(2026, 12, 31),
    conditions="Niet koppelen.",
    decided=NOW,
    decided_by="person:b",
    reason="Akkoord",
)


@pytest.mark.parametrize("given", [request(), WHOLE_STORY], ids=["bare", "whole"])
def test_a_request_comes_back_as_it_went_in(world: World, given: AccessRequest) -> None:
    with world.register.write() as t:
        t.requests.put(given)
    with world.register.read() as t:
        assert t.requests.get("r1") == given
        assert t.requests.get("r2") is None


def test_requests_are_found_newest_first_by_what_they_are_about(world: World) -> None:
    first = request("r1", state=RequestState.REFUSED)
    later = request("r2", asked=NOW + timedelta(hours=1), state=RequestState.QUESTIONED)
    other = request("r3", dataset="soil_survey", project="youth-health")
    with world.register.write() as t:
        for each in (later, first, other):
            t.requests.put(each)
    with world.register.read() as t:
        assert t.requests.find(dataset="growth_study") == [later, first]
        assert t.requests.find(project="youth-health") == [other]
        assert t.requests.find(projects=["youth-health", "nothing"]) == [other]
        assert t.requests.find(projects=[]) == []
        assert t.requests.find(organisation="kustregio") == [later, first]
        assert t.requests.find(organisation="kustregio", open_only=True) == [later]
        assert t.requests.find(dataset="soil_survey", project="river-access") == []
        assert len(t.requests.find()) == 3


def test_the_database_itself_holds_one_open_request_per_dataset_and_project(
    sql: SqlRegister,
) -> None:
    World(sql)
    with sql.write() as t:
        t.requests.put(request("r1", state=RequestState.WITHDRAWN))
        t.requests.put(request("r2"))
    with pytest.raises(IntegrityError), sql.write() as t:
        t.requests.put(request("r3", state=RequestState.QUESTIONED))
    with sql.write() as t:
        t.requests.put(request("r2", state=RequestState.REFUSED))
        t.requests.put(request("r3"))
