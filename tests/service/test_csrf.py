"""Nothing changes unless the person meant it: forms, forged and real."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from tests.service.conftest import HOST, PREFIX, Service

FORMS = [
    ("rivierstad-analyst", f"{PREFIX}/projects/river-access/sessions", {"size": "small"}),
    ("rivierstad-analyst", f"{PREFIX}/projects/river-access/stop", {}),
    (
        "rivierstad-steward",
        f"{PREFIX}/datasets/soil_survey/grants",
        {"project": "youth-health", "until": "2026-12-31"},
    ),
    ("rivierstad-steward", f"{PREFIX}/datasets/soil_survey/grants/youth-health/revocation", {}),
]
HONEST = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Origin": HOST},
    {"Origin": HOST},
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
]


def changes(service: Service) -> tuple[int, int]:
    """Return what has happened: things asked of the hub, grants in the register."""
    asked = [method for method, path, _ in service.hub.asked if "/servers/" in path]
    return len(asked), len(service.lab.grants.of_dataset("soil_survey"))


async def post(
    client: httpx.AsyncClient, path: str, form: dict[str, str], headers: dict[str, str]
) -> int:
    return (await client.post(path, data=form, headers=headers)).status_code


@pytest.mark.parametrize(("username", "path", "form"), FORMS)
async def test_a_form_without_its_token_changes_nothing(
    service: Service, username: str, path: str, form: dict[str, str]
) -> None:
    of_someone_else = service.csrf("rivierstad-lead")
    async with service.visit(username) as client:
        for headers in [*HONEST, *FOREIGN]:
            for token in ("", "wrong", of_someone_else):
                assert await post(client, path, {**form, "csrf": token}, headers) == 403
    assert changes(service) == (0, 0)


@pytest.mark.parametrize(("username", "path", "form"), FORMS)
async def test_a_form_of_another_site_changes_nothing_even_with_the_token(
    service: Service, username: str, path: str, form: dict[str, str]
) -> None:
    async with service.visit(username) as client:
        sent = {**form, "csrf": service.csrf(username)}
        for headers in FOREIGN:
            assert await post(client, path, sent, headers) == 403
    assert changes(service) == (0, 0)


@pytest.mark.parametrize(("username", "path", "form"), FORMS[:3])
async def test_the_real_form_does_what_it_says(
    service: Service, username: str, path: str, form: dict[str, str]
) -> None:
    async with service.visit(username) as client:
        sent = {**form, "csrf": service.csrf(username)}
        for headers in HONEST:
            assert await post(client, path, sent, headers) == 303
    assert changes(service) != (0, 0)


@pytest.mark.parametrize(("username", "path", "form"), FORMS)
async def test_without_a_session_a_form_leads_to_signing_in(
    service: Service, username: str, path: str, form: dict[str, str]
) -> None:
    async with service.visit() as client:
        answer = await client.post(path, data={**form, "csrf": service.csrf(username)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/hub/api/oauth2/authorize?")
    assert changes(service) == (0, 0)


async def test_reading_an_address_never_changes_anything(service: Service) -> None:
    for username, path, form in FORMS:
        async with service.visit(username) as client:
            await client.get(path, params={**form, "csrf": service.csrf(username)})
    assert changes(service) == (0, 0)


async def test_the_api_asks_for_the_token_too_when_a_cookie_comes_with_it(
    service: Service,
) -> None:
    path = f"{PREFIX}/api/v1/datasets/soil_survey/grants"
    body = {"project": "youth-health", "until": "2026-12-31"}
    async with service.visit("rivierstad-steward") as client:
        assert (await client.post(path, json=body)).status_code == 403
        token = {"X-CSRF-Token": service.csrf("rivierstad-steward")}
        assert (await client.post(path, json=body, headers=token)).status_code == 201
    async with service.visit() as client:
        bearer = {"Authorization": f"Bearer {service.hub.token('rivierstad-steward')}"}
        assert (await client.post(path, json=body, headers=bearer)).status_code == 201


def changing(service: Service) -> list[tuple[str, str]]:
    """Return method and address of everything of the portal that changes something."""
    app = service.portal_app
    while not isinstance(app, FastAPI):
        app = app._app  # type: ignore[attr-defined]
    known = {"name": "growth_study", "slug": "river-access", "project": "river-access"}
    ids = {"number": "1", "version": "1", "id": str(UUID(int=7)), "session": str(UUID(int=7))}
    found = []
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        ours = path.startswith(f"{PREFIX}/") and "/oauth_callback" not in path
        for method in sorted((route.methods or set()) - {"GET", "HEAD"}) if ours else ():
            blanks = re.findall(r"{(\w+)", path)
            values = {each: (known | ids).get(each, "x") for each in blanks}
            found.append((method, re.sub(r":\w+}", "}", path).format_map(values)))
    return found


BRINGS_A_SECRET = {f"{PREFIX}/new-password", f"{PREFIX}/join"}
"""Where somebody comes with a link, before any page could give them a token: what is changed is
their own browser only, and a form of another site is refused all the same."""


async def test_every_address_that_changes_something_asks_for_the_token(service: Service) -> None:
    assert len(changing(service)) > 20
    async with service.visit("kustregio-steward") as client:
        for method, path in changing(service):
            for headers in ({}, {"Content-Type": "text/plain"}, {"Sec-Fetch-Site": "cross-site"}):
                if path in BRINGS_A_SECRET and "Sec-Fetch-Site" not in headers:
                    continue
                answer = await client.request(method, path, headers=headers, content=b"x=1")
                assert answer.status_code == 403, f"{method} {path} {headers}"
