"""Administration for programs: the same use cases, and the same refusals, as the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.domain.people import LabRole, Person

API = f"{PREFIX}/api/v1"
ADMIN, BOSS, OTHER = "waterdienst-admin", "rivierstad-boss", "kustregio-boss"
NOBODY = "3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10"
LEAVER = {"kind": "person", "name": "rivierstad-analyst", "typed": "rivierstad-analyst"}


@pytest.fixture(autouse=True)
def bosses(service: Service) -> None:
    with service.lab.register.write() as t:
        for name in (BOSS, OTHER):
            role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
            t.people.put(Person(name, name.title(), name.partition("-")[0], role))


async def ask(
    service: Service, username: str, method: str, path: str, body: Any = None
) -> httpx.Response:
    async with service.visit() as client:
        client.headers["Authorization"] = f"Bearer {service.hub.token(username)}"
        client.headers["Accept"] = "application/json"
        return await client.request(method, f"{API}{path}", json=body)


async def test_an_organisations_administrator_sees_and_stops_its_own_sessions(
    service: Service,
) -> None:
    own = service.world.run("rivierstad-analyst", "river-access").session
    other = service.world.run("kustregio-analyst", "youth-health", "10.213.0.3").session
    listed = (await ask(service, BOSS, "GET", "/sessions")).json()
    assert [each["id"] for each in listed] == [own]
    assert (await ask(service, BOSS, "DELETE", f"/sessions/{other}")).status_code == 404
    silent = await ask(service, BOSS, "DELETE", f"/sessions/{own}")
    assert silent.status_code == 400, "whoever loses it is told why"
    stopped = await ask(service, BOSS, "DELETE", f"/sessions/{own}?reason=Upkeep")
    assert stopped.status_code == 204
    with service.lab.register.read() as t:
        assert [each.id for each in t.sessions.open()] == [other]
    told = (await ask(service, "rivierstad-analyst", "GET", "/notices")).json()
    assert "Upkeep" in told[0]["body"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/audit-events", None),
        ("GET", "/audit-verification", None),
        ("GET", "/announcements", None),
        ("GET", "/offboardings", None),
        ("GET", "/offboarding-preview?kind=person&name=rivierstad-analyst", None),
        ("POST", "/offboardings", {**LEAVER, "reason": "x"}),
        (
            "POST",
            "/announcements",
            {"text": {"en": "Hi"}, "ends": "2026-12-31T00:00:00Z", "audience": "everyone"},
        ),
        ("POST", "/session-messages", {"text": {"en": "Hi"}}),
    ],
)
async def test_who_looks_after_nothing_is_refused_and_an_administrator_is_not(
    service: Service, method: str, path: str, body: Any
) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    for username in ("rivierstad-lead", "rivierstad-steward", "kustregio-privacy"):
        answer = await ask(service, username, method, path, body)
        assert answer.status_code == 403, answer.text
        assert "person:" not in answer.text
    assert (await ask(service, ADMIN, method, path, body)).is_success


async def test_the_log_is_read_by_page_and_checked(service: Service) -> None:
    first = (await ask(service, ADMIN, "GET", "/audit-events?pageSize=5")).json()
    assert len(first["lines"]) == 5
    path = f"/audit-events?pageSize=5&before={first['older']}"
    second = (await ask(service, ADMIN, "GET", path)).json()
    assert second["lines"][0]["number"] == first["older"] - 1
    assert second["lines"][0]["hash"] == first["lines"][-1]["previous"]
    found = (await ask(service, ADMIN, "GET", "/audit-verification")).json()
    assert found["ok"]
    assert found["head"] == first["lines"][0]["hash"]
    assert (await ask(service, BOSS, "GET", "/audit-events")).status_code == 403


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_beyond_time_is_input_that_cannot_be_used(
    service: Service, moment: str
) -> None:
    answer = await ask(service, ADMIN, "GET", f"/audit-events?since={moment}")
    assert answer.status_code == 400


async def test_somebody_leaves_by_the_api_as_on_the_page(service: Service) -> None:
    wrong = await ask(service, BOSS, "POST", "/offboardings", {**LEAVER, "reason": ""})
    assert wrong.status_code == 400
    stranger = await ask(service, OTHER, "POST", "/offboardings", {**LEAVER, "reason": "x"})
    assert stranger.status_code == 404
    done = await ask(service, BOSS, "POST", "/offboardings", {**LEAVER, "reason": "Moves on"})
    assert done.status_code == 201
    record = done.json()
    assert record["ended"] == {
        "memberships": ["rivierstad-analyst · river-access (analyst)"],
        "people": ["rivierstad-analyst"],
    }
    path = f"/offboardings/{record['id']}"
    assert (await ask(service, OTHER, "GET", path)).status_code == 404
    assert (await ask(service, BOSS, "GET", path)).json() == record
    signature = {"receivedBy": "me"}
    assert (await ask(service, BOSS, "POST", f"{path}/signature", signature)).status_code == 403
    early = await ask(service, ADMIN, "POST", f"{path}/signature", signature)
    assert early.json()["code"] == "not-archived-yet"
    assert (await ask(service, ADMIN, "GET", f"/offboardings/{NOBODY}")).status_code == 404


async def test_a_leaving_is_called_off_by_the_api_by_whoever_could_begin_it(
    service: Service,
) -> None:
    record = await ask(service, BOSS, "POST", "/offboardings", {**LEAVER, "reason": "x"})
    path = f"/offboardings/{record.json()['id']}/calling-off"
    assert (await ask(service, OTHER, "POST", path)).status_code == 404
    assert (await ask(service, "rivierstad-lead", "POST", path)).status_code == 403
    off = await ask(service, BOSS, "POST", path)
    assert off.status_code == 200
    assert off.json()["calledOff"]
    assert (await ask(service, BOSS, "POST", path)).json() == off.json()
    (order,) = service.lab.folders.orders()
    assert order.wanted == "thawed"


async def test_what_waits_is_confirmed_and_ended_by_the_api(service: Service) -> None:
    service.lab.confirmations.run_due()
    service.world.clock.now += timedelta(days=366)
    service.lab.confirmations.run_due()
    waiting = (await ask(service, BOSS, "GET", "/confirmations")).json()
    keys = {(each["kind"], each["key"]) for each in waiting}
    assert ("person", "rivierstad-lead") in keys
    answers = {
        "confirm": [{"kind": "person", "key": "rivierstad-lead"}],
        "end": [{"kind": "person", "key": "rivierstad-analyst"}],
    }
    assert (await ask(service, OTHER, "POST", "/confirmations", answers)).status_code == 403
    left = (await ask(service, BOSS, "POST", "/confirmations", answers)).json()
    gone = {("person", "rivierstad-lead"), ("person", "rivierstad-analyst")}
    assert {(each["kind"], each["key"]) for each in left} == keys - gone


async def test_the_hub_alone_learns_and_reports_what_to_do_with_folders(service: Service) -> None:
    await ask(service, ADMIN, "POST", "/offboardings", {**LEAVER, "reason": "x"})
    async with service.visit() as client:
        assert (await client.get("/internal/folder-orders")).status_code == 401
        client.headers["Authorization"] = "Bearer what the hub shows"
        (order,) = (await client.get("/internal/folder-orders")).json()
        assert (order["wanted"], order["name"]) == ("frozen", "rivierstad-analyst")
        parts = ["rivierstad-analyst/river-access", "rivierstad-analyst/youth-health"]
        report = {"id": order["id"], "reached": "frozen", "parts": parts}
        for _ in range(2):
            answer = await client.post("/internal/folder-orders", json=report)
            assert answer.status_code == 204
        orders = (await client.get("/internal/folder-orders")).json()
        assert [each["wanted"] for each in orders] == ["archived"] * 2
        assert [each["name"] for each in orders] == parts
        nothing = await client.post("/internal/folder-orders", json={**report, "id": "x:9"})
        assert nothing.status_code == 404
