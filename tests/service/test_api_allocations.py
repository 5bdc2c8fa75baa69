"""Allocations, requests for more and use over the REST API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.service.conftest import PREFIX, Service

API = f"{PREFIX}/api/v1"
RAVI, ADMIN = "rivierstad-analyst", "waterdienst-admin"


def caller(service: Service, username: str) -> httpx.AsyncClient:
    client = service.visit()
    client.headers["Authorization"] = f"Bearer {service.hub.token(username)}"
    client.headers["Accept"] = "application/json"
    return client


async def test_limits_are_put_and_read_back_and_gauges_follow(service: Service) -> None:
    limits = {"cpus": 2.5, "sessions": 1, "cpuHours": 10, "sizes": ["small"]}
    async with caller(service, ADMIN) as admin:
        put = await admin.put(f"{API}/projects/river-access/allocation", json=limits)
        assert put.status_code == 200, put.text
        told: dict[str, Any] = put.json()
        assert {k: v for k, v in told["own"].items() if v is not None} == limits
        assert told["holds"]["memoryBytes"] == 8 * 2**30
        again = await admin.get(f"{API}/projects/river-access/allocation")
        assert again.json() == told
        too_much = await admin.put(f"{API}/projects/river-access/allocation", json={"cpus": 40})
        assert (too_much.status_code, too_much.json()["code"]) == (403, "allocation-exceeds")
    async with caller(service, RAVI) as ravi:
        quota = (await ravi.get(f"{API}/projects/river-access/quota")).json()
        limited = {each["resource"]: each["limit"] for each in quota["gauges"]}
        assert limited["cpu_hours"] == 10
        assert limited["sessions"] == 1


async def test_more_is_asked_given_and_taken_back(service: Service) -> None:
    asked = {"resource": "cpus", "amount": 2, "why": "Larger maps"}
    async with caller(service, RAVI) as ravi, caller(service, ADMIN) as admin:
        made = await ravi.post(f"{API}/projects/river-access/extensions", json=asked)
        assert made.status_code == 201, made.text
        one = made.json()["id"]
        (waits,) = (await admin.get(f"{API}/extensions")).json()
        assert (waits["id"], waits["level"], waits["why"]) == (one, "organisation", "Larger maps")
        own = await ravi.post(f"{API}/extensions/{one}/approval", json={})
        assert own.status_code == 404  # whose level it is does not concern who asked
        given = await admin.post(f"{API}/extensions/{one}/approval", json={"amount": 1})
        assert (given.json()["state"], given.json()["amount"]) == ("approved", 1)
        held = await admin.get(f"{API}/organisations/rivierstad/allocation")
        assert (held.json()["own"]["cpus"], held.json()["holds"]["cpus"]) == (4, 5)
        two = (await ravi.post(f"{API}/projects/river-access/extensions", json=asked)).json()["id"]
        assert (await admin.delete(f"{API}/extensions/{two}")).status_code == 403
        assert (await ravi.delete(f"{API}/extensions/{two}")).status_code == 204
        late = await admin.post(f"{API}/extensions/{two}/refusal", json={"reason": "no"})
        assert late.json()["code"] == "extension-decided"


@pytest.mark.parametrize(
    "path",
    [
        "/organisations/rivierstad/allocation",
        "/projects/river-access/allocation",
        "/projects/river-access/members/rivierstad-analyst/allocation",
        "/projects/river-access/quota",
        "/organisations/rivierstad/usage",
    ],
)
async def test_to_strangers_it_does_not_exist(service: Service, path: str) -> None:
    async with caller(service, "kustregio-analyst") as kim:
        assert (await kim.get(API + path)).status_code == 404
        if path.endswith("allocation"):
            assert (await kim.put(API + path, json={})).status_code == 404
    async with caller(service, ADMIN) as admin:
        # a lab administrator is no member, and has no quota in a project
        wanted = 404 if path.endswith("quota") else 200
        assert (await admin.get(API + path)).status_code == wanted


async def test_the_bill_is_exact_and_in_text(service: Service) -> None:
    plan = service.world.run(RAVI, "river-access")
    service.world.clock.advance(hours=3)
    service.lab.sessions.close(plan.session, "stop")
    async with caller(service, ADMIN) as admin:
        bill = (await admin.get(f"{API}/organisations/rivierstad/usage?month=2026-11")).json()
        (project,) = bill["projects"]
        assert project["cpuNanoseconds"] == str(3 * 3600 * 10**9)
        assert project["costs"][0]["quantity"] == "3.000000"
        odd = await admin.get(f"{API}/organisations/rivierstad/usage?month=2026-13")
        assert odd.status_code == 400
