"""The REST API: what the pages do, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.service.conftest import PREFIX, Service

API = f"{PREFIX}/api/v1"


def program(service: Service, username: str) -> httpx.AsyncClient:
    client = service.visit()
    client.headers = httpx.Headers({"Authorization": f"Bearer {service.hub.token(username)}"})
    return client


@pytest.fixture
async def analyst(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with program(service, "rivierstad-analyst") as client:
        yield client


@pytest.fixture
async def steward(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with program(service, "kustregio-steward") as client:
        yield client


async def test_i_am_who_the_register_says(steward: httpx.AsyncClient) -> None:
    answer = await steward.get(f"{API}/me")
    assert answer.headers["api-version"].startswith("1.")
    assert answer.json() == {
        "username": "kustregio-steward",
        "displayName": "Sara",
        "organisation": "kustregio",
        "roles": ["steward"],
    }


async def test_my_projects_are_mine_alone(analyst: httpx.AsyncClient) -> None:
    (project,) = (await analyst.get(f"{API}/projects")).json()
    assert (project["slug"], project["role"], project["legalBasis"]) == (
        "river-access",
        "analyst",
        "public-task",
    )
    assert project["startable"] == {"allowed": True, "code": "allowed", "message": "Toegestaan."}
    assert (await analyst.get(f"{API}/projects/river-access")).json() == project
    assert (await analyst.get(f"{API}/projects/youth-health")).status_code == 404


async def test_every_description_is_for_everyone_with_my_access_beside_it(
    analyst: httpx.AsyncClient,
) -> None:
    answer = (await analyst.get(f"{API}/datasets")).json()
    found = {each["name"]: each for each in answer["datasets"]}
    assert set(found) == {"growth_study", "soil_survey", "water_bodies"}
    assert found["water_bodies"]["access"][0]["verdict"]["allowed"]
    assert found["growth_study"]["access"][0]["verdict"]["code"] == "no-grant"
    assert "path" not in found["water_bodies"]["files"][0]
    one = (await analyst.get(f"{API}/datasets?query=growth&classification=confidential")).json()
    assert [each["name"] for each in one["datasets"]] == ["growth_study"]


async def test_the_catalogue_is_paged_with_links_to_follow(analyst: httpx.AsyncClient) -> None:
    names, address = [], f"{API}/datasets?pageSize=2&sort=title&classification=public"
    address += "&classification=internal&classification=confidential"
    while address:
        answer = await analyst.get(address)
        page = answer.json()
        names += [each["name"] for each in page["datasets"]]
        assert (page["total"], page["pageSize"]) == (3, 2)
        address = page["_links"].get("next", {}).get("href", "")
        assert ('rel="next"' in answer.headers["link"]) is bool(address)
    assert names == ["growth_study", "soil_survey", "water_bodies"]
    assert page["facets"]["classification"] == {"public": 1, "internal": 1, "confidential": 1}
    assert page["_links"]["prev"]["href"].endswith("page=1")


@pytest.mark.parametrize(
    "query", ["page=0", "pageSize=101", "pageSize=x", "classification=secret", "sort=luck"]
)
async def test_a_page_that_cannot_be_is_refused(analyst: httpx.AsyncClient, query: str) -> None:
    assert (await analyst.get(f"{API}/datasets?{query}")).status_code in (400, 422)


async def test_a_steward_grants_sees_and_revokes(service: Service) -> None:
    async with program(service, "rivierstad-steward") as steward:
        path = f"{API}/datasets/soil_survey/grants"
        body = {"project": "youth-health", "until": "2026-12-31", "reason": "Research"}
        given = await steward.post(path, json=body)
        assert (given.status_code, given.json()["live"]) == (201, True)
        assert given.json()["grantedBy"] == "person:rivierstad-steward"
        assert (await steward.delete(f"{path}/youth-health")).status_code == 204
        assert (await steward.delete(f"{path}/youth-health")).status_code == 404
        assert [each["live"] for each in (await steward.get(path)).json()] == [False]
        late = await steward.post(path, json={**body, "until": "2030-01-01"})
        assert (late.status_code, late.json()["code"]) == (403, "grant-outlives-project")


async def test_others_neither_see_nor_change_grants(analyst: httpx.AsyncClient) -> None:
    path = f"{API}/datasets/growth_study/grants"
    body = {"project": "river-access", "until": "2026-12-31"}
    for answer in (
        await analyst.get(path),
        await analyst.post(path, json=body),
        await analyst.delete(f"{path}/river-access"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not-steward")


async def test_sessions_start_are_listed_and_stop(
    service: Service, analyst: httpx.AsyncClient
) -> None:
    started = await analyst.post(f"{API}/projects/river-access/sessions", json={"size": "small"})
    assert started.status_code == 202
    assert started.json()["page"].endswith("/hub/spawn-pending/rivierstad-analyst/river-access")
    mine = service.world.run("rivierstad-analyst", "river-access").session
    theirs = service.world.run("rivierstad-lead", "river-access", "10.213.0.3").session
    (shown,) = (await analyst.get(f"{API}/sessions")).json()
    assert shown["id"] == mine
    assert not {"tokenHash", "address", "container"} & set(shown)
    assert (await analyst.delete(f"{API}/sessions/{theirs}")).status_code == 404
    assert (await analyst.delete(f"{API}/sessions/{mine}")).status_code == 204
    assert (await analyst.get(f"{API}/sessions")).json() == []


async def test_a_lab_administrator_sees_all_sessions_and_no_data(service: Service) -> None:
    service.world.run("rivierstad-lead", "river-access")
    async with program(service, "waterdienst-admin") as client:
        assert len((await client.get(f"{API}/sessions")).json()) == 1
        assert (await client.get(f"{API}/projects")).json() == []
        assert (await client.get(f"{API}/datasets/growth_study/grants")).status_code == 403


@pytest.mark.parametrize(
    "body", [{"size": "huge"}, {"image": "../x"}, {"size": {"a": 1}}, {"size": "x" * 100}, []]
)
async def test_forged_choices_start_nothing(
    service: Service, analyst: httpx.AsyncClient, body: object
) -> None:
    answer = await analyst.post(f"{API}/projects/river-access/sessions", json=body)
    assert answer.status_code in (400, 403)
    assert not [each for each in service.hub.asked if "/servers/" in each[1]]


async def test_the_api_describes_itself(analyst: httpx.AsyncClient) -> None:
    described = (await analyst.get(f"{API}/openapi.json")).json()
    assert described["openapi"].startswith("3.")
    assert described["info"]["contact"]["url"].endswith("/services/lab/help")
    assert set(described["paths"]) >= {
        f"{API}{path}"
        for path in (
            "/me",
            "/projects",
            "/projects/{slug}",
            "/projects/{slug}/sessions",
            "/datasets",
            "/datasets/{name}",
            "/datasets/{name}/grants",
            "/datasets/{name}/grants/{project}",
            "/sessions",
            "/sessions/{session}",
        )
    }
    for path in described["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["403"]["content"]
