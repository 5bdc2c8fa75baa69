"""Access requests over the REST API."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import distribution
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.scopes import Condition, Operator, Scope

API = f"{PREFIX}/api/v1"
REQUESTS = f"{API}/access-requests"


@pytest.fixture(autouse=True)
def columns(service: Service) -> None:
    given = (Column("hgt", "double"), Column("age", "int32"))
    files = (replace(distribution("growth_study", 2), columns=given),)
    service.lab.administration.publish_version(service.world.operator, "growth_study", files)


async def call(
    service: Service, username: str, method: str, path: str = "", body: object = None
) -> tuple[int, dict]:  # type: ignore[type-arg]
    token = {"Authorization": f"Bearer {service.hub.token(username)}"}
    async with service.visit() as client:
        answer = await client.request(method, f"{REQUESTS}{path}", json=body, headers=token)
    return answer.status_code, answer.json()


ASKED = {
    "dataset": "growth_study",
    "project": "river-access",
    "purpose": "Compare",
    "until": "2027-06-30",
    "columns": ["hgt", "age"],
}


async def test_a_request_is_asked_discussed_and_granted(service: Service) -> None:
    status, made = await call(service, "rivierstad-analyst", "POST", "", ASKED)
    assert (status, made["state"], made["legalBasis"]) == (201, "open", "public-task")
    assert made["waitsFor"] == ["steward", "privacy-officer"]
    one = f"/{made['id']}"
    steward, privacy = "kustregio-steward", "kustregio-privacy"
    _, told = await call(service, steward, "POST", f"{one}/messages", {"text": "Why?"})
    assert told["state"] == "questioned"
    _, told = await call(service, "rivierstad-lead", "POST", f"{one}/messages", {"text": "So."})
    assert (told["state"], [each["text"] for each in told["messages"]]) == ("open", ["Why?", "So."])
    rows = [{"column": "age", "operator": "<", "values": [12]}]
    approval = {
        "role": "steward",
        "until": "2027-01-31",
        "scope": {"columns": ["age"], "rows": rows},
    }
    status, told = await call(service, steward, "POST", f"{one}/approvals", approval)
    assert (status, told["waitsFor"]) == (201, ["privacy-officer"])
    status, told = await call(
        service, privacy, "POST", f"{one}/approvals", {"role": "privacy-officer"}
    )
    assert (told["state"], told["grantedUntil"]) == ("approved", "2027-01-31")
    (grant,) = service.lab.grants.of_dataset("growth_study")
    assert grant.scope == Scope(("age",), (Condition("age", Operator.LESS, (12,)),))
    _, listed = await call(service, steward, "GET", "?openOnly=true")
    assert listed == []
    _, listed = await call(service, steward, "GET", "?dataset=growth_study")
    assert [each["id"] for each in listed] == [made["id"]]  # type: ignore[index]


async def test_what_is_refused_says_why_and_changes_nothing(service: Service) -> None:
    _, made = await call(service, "rivierstad-analyst", "POST", "", ASKED)
    one = f"/{made['id']}"
    approve = f"{one}/approvals"
    for username, path, body, status, code in (
        ("rivierstad-steward", one, None, 404, "not-found"),
        ("rivierstad-steward", approve, {"role": "steward"}, 404, "not-found"),
        ("rivierstad-analyst", approve, {"role": "steward"}, 403, "not-a-decider"),
        ("kustregio-steward", approve, {"role": "privacy-officer"}, 403, "not-privacy-officer"),
        ("kustregio-steward", approve, {"role": "king"}, 400, "invalid"),
        (
            "kustregio-steward",
            approve,
            {"role": "steward", "scope": {"columns": ["nothing"]}},
            403,
            "unknown-column",
        ),
        ("kustregio-steward", f"{one}/withdrawal", None, 403, "not-the-asker"),
        ("rivierstad-analyst", f"{one}/refusal", {"reason": "x"}, 403, "not-a-decider"),
    ):
        method = "GET" if path == one else "POST"
        answered, told = await call(service, username, method, path, body)
        assert (answered, told["code"]) == (status, code)
    _, again = await call(service, "rivierstad-analyst", "POST", "", ASKED)
    assert again["code"] == "request-open-already"
    _, told = await call(service, "rivierstad-analyst", "GET", one)
    assert told == made
    status, told = await call(
        service, "kustregio-steward", "POST", f"{one}/refusal", {"reason": "No"}
    )
    assert (status, told["state"], told["reason"]) == (201, "refused", "No")


async def test_a_steward_is_told_what_to_do_instead_of_giving_confidential_data_away(
    service: Service,
) -> None:
    token = {"Authorization": f"Bearer {service.hub.token('kustregio-steward')}"}
    async with service.visit() as client:
        answer = await client.post(
            f"{API}/datasets/growth_study/grants",
            json={"project": "river-access", "until": "2026-12-31"},
            headers=token,
        )
    assert (answer.status_code, answer.json()["code"]) == (403, "confidential-needs-request")
    assert "Let project river-access ask for it" in answer.json()["messages"]["en"]
