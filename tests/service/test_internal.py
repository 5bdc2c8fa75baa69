"""What the hub asks: sign-ins, plans, and what runs."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from tests.fakes.world import GIB, PASSWORD
from tests.service.conftest import HOST, HUB_TOKEN, Service

from polderlab_catalog.bootstrap import assemble
from polderlab_catalog.web.apps import portal_app
from polderlab_catalog.web.portal import Portal

HUB = {"Authorization": f"Bearer {HUB_TOKEN}", "X-Origin": "192.0.2.7"}
START = {"username": "rivierstad-analyst", "project": "river-access"}


async def test_health_is_told_to_anyone(service: Service) -> None:
    async with service.visit() as client:
        assert (await client.get("/internal/health")).json() == {"status": "ok"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_the_rest_is_for_the_hub_alone(service: Service, headers: dict[str, str]) -> None:
    async with service.visit("waterdienst-admin") as client:
        for method, path in (
            ("POST", "/internal/sign-ins"),
            ("POST", "/internal/vouched-sign-ins"),
            ("POST", "/internal/sessions"),
            ("PUT", f"/internal/sessions/{uuid4()}/activation"),
            ("DELETE", f"/internal/sessions/{uuid4()}"),
            ("POST", "/internal/reconciliations"),
        ):
            answer = await client.request(method, path, headers=headers, json=START)
            assert answer.status_code == 401
    assert service.lab.sessions.list_open(service.world.operator) == []


async def test_signing_in_tells_who_it_is_and_refuses_without_a_hint(service: Service) -> None:
    service.lab.passwords.set_password("waterdienst-admin", PASSWORD)
    async with service.visit() as client:

        async def try_(username: str, password: str) -> tuple[int, dict[str, object]]:
            body = {"username": username, "password": password}
            answer = await client.post("/internal/sign-ins", json=body, headers=HUB)
            return answer.status_code, answer.json()

        right = await try_("waterdienst-admin", PASSWORD)
        wrong = await try_("waterdienst-admin", "wrong")
        unknown = await try_("no-such-person", PASSWORD)
    assert right == (
        200,
        {"username": "waterdienst-admin", "display_name": "Ada", "lab_administrator": True},
    )
    assert wrong == unknown
    assert (wrong[0], wrong[1]["code"]) == (401, "wrong-credentials")


async def test_without_local_accounts_the_lab_refuses_whatever_the_hub_asks(
    service: Service,
) -> None:
    service.lab.passwords.set_password("waterdienst-admin", PASSWORD)
    settings = service.lab.settings.model_copy(update={"local_accounts": False})
    closed = assemble(settings, service.lab.register, service.world.clock, service.lab.hub)
    body = {"username": "waterdienst-admin", "password": PASSWORD}
    said = []
    for lab in (service.lab, closed):
        portal = Portal.build(lab, service.portal.identity)
        transport = httpx.ASGITransport(portal_app(portal))
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            answer = await client.post("/internal/sign-ins", json=body, headers=HUB)
            said.append((answer.status_code, answer.json().get("code")))
    assert said == [(200, None), (403, "local-accounts-off")]


async def test_a_provider_s_word_counts_for_people_of_its_organisation(service: Service) -> None:
    said = {
        "provider": "p",
        "issuer": "https://id.example",
        "subject": "0b1c",
        "username": "rivierstad-analyst",
        "organisation": "rivierstad",
    }
    async with service.visit() as client:

        async def vouch(**changes: object) -> tuple[int, object]:
            answer = await client.post(
                "/internal/vouched-sign-ins", json={**said, **changes}, headers=HUB
            )
            return answer.status_code, answer.json().get("username") or answer.json()["code"]

        assert await vouch() == (200, "rivierstad-analyst")
        assert await vouch(organisation="kustregio") == (403, "not-in-register")
        assert await vouch(username="nobody-here", subject="2") == (403, "not-in-register")
        assert await vouch(subject="2") == (403, "identity-differs")
        without = {name: said[name] for name in said if name != "subject"}
        answer = await client.post("/internal/vouched-sign-ins", json=without, headers=HUB)
        assert answer.status_code == 422
        assert (await client.post("/internal/vouched-sign-ins", json=said)).status_code == 401


async def test_a_session_goes_from_plan_to_key_to_end(service: Service) -> None:
    async with service.visit() as client:
        planned = await client.post("/internal/sessions", json=START, headers=HUB)
        plan = planned.json()
        path = f"/internal/sessions/{plan['session']}"
        key = plan["environment"]["POLDERLAB_TOKEN"]
        codes = []
        async with service.gateway(key) as gateway:
            codes.append((await gateway.get("/datasets")).status_code)
            body = {"container": "c" * 64, "address": "10.213.0.2"}
            activated = await client.put(f"{path}/activation", json=body, headers=HUB)
            codes.append((await gateway.get("/datasets")).status_code)
            ended = [await client.delete(f"{path}?reason=stopped", headers=HUB) for _ in range(2)]
            codes.append((await gateway.get("/datasets")).status_code)
    assert (planned.status_code, activated.status_code) == (201, 204)
    assert [each.status_code for each in ended] == [204, 204]
    assert codes == [403, 200, 403]


async def test_a_refused_plan_is_a_verdict_in_both_languages(service: Service) -> None:
    async with service.visit() as client:
        body = {**START, "project": "youth-health"}
        answer = await client.post("/internal/sessions", json=body, headers=HUB)
        odd = await client.post("/internal/sessions", json={"project": {}}, headers=HUB)
        bent = await client.delete("/internal/sessions/not-an-id", headers=HUB)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-a-member")
    assert answer.json()["messages"]["nl"].startswith("Je bent geen lid van project youth-health")
    assert (odd.status_code, bent.status_code) == (422, 422)


async def test_reconciling_gives_places_back_and_names_what_must_stop(service: Service) -> None:
    gone = service.world.run("rivierstad-analyst", "river-access").session
    there = service.world.run("rivierstad-lead", "river-access", "10.213.0.3").session
    stray = str(uuid4())
    service.world.clock.advance(minutes=1)  # what was planned just now may not show yet
    async with service.visit() as client:
        body = {"sessions": [there, stray]}
        answer = await client.post("/internal/reconciliations", json=body, headers=HUB)
    assert answer.json() == {
        "closed": [gone],
        "to_stop": [stray],
        "limits": [
            {"kind": "home", "name": "rivierstad-lead/river-access", "bytes": 10 * GIB},
            {"kind": "project", "name": "river-access", "bytes": 50 * GIB},
        ],
    }
