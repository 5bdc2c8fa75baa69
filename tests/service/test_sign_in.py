"""Coming in: through the hub, as someone the register knows."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie

import httpx
import pytest
from tests.fakes.world import PEOPLE
from tests.service.conftest import HOST, PREFIX, Service


async def begin(client: httpx.AsyncClient, path: str = f"{PREFIX}/") -> str:
    answer = await client.get(path)
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_signing_in_leads_back_to_where_one_wanted_to_go(service: Service) -> None:
    async with service.visit() as client:
        address = await begin(client, f"{PREFIX}/datasets?q=water")
        answer = await client.get(service.hub.authorize(address, "rivierstad-analyst"))
        assert answer.headers["location"] == f"{PREFIX}/datasets?q=water"
        cookies = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))
        assert cookies["polderlab-session"]["httponly"]
        assert cookies["polderlab-session"]["samesite"].lower() == "lax"
        assert cookies["polderlab-session"]["path"] == PREFIX
        page = await client.get(f"{PREFIX}/datasets")
    assert page.status_code == 200
    assert "rivierstad-analyst" in page.text


async def test_the_cookie_shows_no_token(service: Service) -> None:
    async with service.visit() as client:
        address = await begin(client)
        await client.get(service.hub.authorize(address, "rivierstad-analyst"))
        cookie = client.cookies.get("polderlab-session") or ""
    assert not any(token in cookie for token in service.hub.tokens)


async def test_a_code_slipped_in_by_someone_else_is_not_used(service: Service) -> None:
    async with service.visit() as mallory, service.visit() as victim:
        theirs = service.hub.authorize(await begin(mallory), "kustregio-analyst")
        await begin(victim)
        answer = await victim.get(theirs)
        assert answer.headers["location"] == f"{PREFIX}/"
        assert "polderlab-session" not in victim.cookies
        assert not service.hub.tokens, "the code was never exchanged"


async def test_a_callback_out_of_nowhere_begins_anew(service: Service) -> None:
    async with service.visit() as client:
        answer = await client.get(f"{PREFIX}/oauth_callback?code=x&state=y")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/")


async def test_a_code_the_hub_does_not_know_is_refused(service: Service) -> None:
    async with service.visit() as client:
        callback = service.hub.authorize(await begin(client), "rivierstad-analyst")
        service.hub.codes.clear()
        answer = await client.get(callback)
    assert answer.status_code == 403
    assert "polderlab-session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(service: Service, target: str) -> None:
    async with service.visit() as client:
        answer = await client.get(f"{PREFIX}/sign-in", params={"next": target})
        callback = service.hub.authorize(answer.headers["location"], "rivierstad-analyst")
        assert (await client.get(callback)).headers["location"] == f"{PREFIX}/"
        answer = await client.get(f"{PREFIX}/language", params={"to": "en", "next": target})
        assert answer.headers["location"] == f"{PREFIX}/"


async def test_signing_out_at_the_hub_holds_within_seconds(service: Service) -> None:
    now = 0.0
    service.portal.identity._clock = lambda: now
    async with service.visit("rivierstad-analyst") as client:
        assert (await client.get(f"{PREFIX}/")).status_code == 200
        service.hub.tokens.clear()
        now = 10.0
        assert (await client.get(f"{PREFIX}/")).status_code == 303


async def test_a_stranger_to_the_register_sees_nothing(service: Service) -> None:
    async with service.visit("nobody-here") as client:
        answer = await client.get(f"{PREFIX}/datasets")
    assert answer.status_code == 403
    assert "water_bodies" not in answer.text


async def test_a_closed_account_is_out_at_the_next_request(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        assert (await client.get(f"{PREFIX}/")).status_code == 200
        service.lab.people.close_account(service.world.operator, "rivierstad-analyst")
        answer = await client.get(f"{PREFIX}/")
    assert answer.status_code == 403
    assert replace(PEOPLE["rivierstad-analyst"], active=False).username not in answer.text


async def test_a_forged_cookie_opens_nothing(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        sealed = client.cookies["polderlab-session"]
        other = "B" if sealed[40] == "A" else "A"
        for forged in (sealed[:-6] + "AAAAAA", sealed[:40] + other + sealed[41:], "x", ""):
            client.cookies.clear()
            client.cookies.set("polderlab-session", forged, domain="127.0.0.1", path=PREFIX)
            assert (await client.get(f"{PREFIX}/")).status_code == 303


async def test_the_token_of_a_running_server_is_none_for_the_portal(service: Service) -> None:
    lesser = service.hub.token("rivierstad-analyst", scopes=("access:servers!user=x",))
    full = service.hub.token("rivierstad-analyst")
    async with service.visit() as client:
        for token, status in ((lesser, 401), (full, 200), ("unknown", 401)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.get(f"{PREFIX}/api/v1/me", headers=headers)
            assert answer.status_code == status


async def test_while_the_hub_is_away_the_portal_says_so(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        service.hub.down = True
        answer = await client.get(f"{HOST}{PREFIX}/")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
