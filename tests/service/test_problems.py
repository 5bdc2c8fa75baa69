"""Every error is a problem detail, and no log or answer holds a secret."""

from __future__ import annotations

import json
import logging

import pytest
from tests.fakes.world import FILE, PASSWORD, token
from tests.service.conftest import HUB_TOKEN, PREFIX, Service

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.speech import Speech
from polderlab_catalog.web.problems import Problems, explain

HUB = {"Authorization": f"Bearer {HUB_TOKEN}"}
JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PREFIX}/api/v1/nothing", 404),
        ("GET", f"{PREFIX}/api/v1/datasets/nothing", 404),
        ("GET", f"{PREFIX}/api/v1/projects/youth-health", 404),
        ("PATCH", f"{PREFIX}/api/v1/datasets", 405),
        ("GET", f"{PREFIX}/api/v1/datasets?classification=secret", 400),
        ("GET", f"{PREFIX}/api/v1/datasets/growth_study/grants", 403),
        ("GET", "/internal/nothing", 404),
        ("POST", "/internal/sessions", 401),
        ("GET", "/", 404),
        ("GET", f"{PREFIX}/static/../../settings.py", 404),
        ("GET", f"{PREFIX}/static/nothing.css", 404),
    ],
)
async def test_every_error_of_the_api_is_a_problem_detail(
    service: Service, method: str, path: str, status: int
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.request(method, path, headers=JSON)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail", "code", "messages"} <= set(problem)
    assert set(problem["messages"]) == {"nl", "en"}
    assert "{" not in "".join(problem["messages"].values())


@pytest.mark.parametrize("name", ["2026-11-22", "2026-13-45", "٢٠٢٦-١١-٢٢"])
async def test_what_is_not_there_is_named_as_asked_also_when_it_looks_like_a_date(
    service: Service, name: str
) -> None:
    unknown = refused(Code.UNKNOWN_FILE, dataset="growth_study", file=name, choices="a.csv")
    problem = Problems(service.lab.settings.zone).of(NotFound("file", name, unknown), "en")
    assert all(name in said for said in problem.messages.values())


async def test_the_date_of_a_refusal_is_written_out(service: Service) -> None:
    refusal = refused(Code.PROJECT_ENDED, project="2026-11-22", date="2026-11-22")
    zone = service.lab.settings.zone
    assert "22 November 2026" in explain(refusal, Speech("en", zone))
    assert "22 november 2026" in explain(refusal, Speech("nl", zone))


async def test_a_crash_is_a_problem_detail_too_and_says_nothing_of_its_cause(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the cause")

    monkeypatch.setattr(type(service.lab.projects), "overview", fail)
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(f"{PREFIX}/api/v1/projects", headers=JSON)
        page = await client.get(f"{PREFIX}/")
    assert answer.status_code == page.status_code == 500
    assert answer.json()["code"] == "internal-server-error"
    assert "the cause" not in answer.text + page.text
    assert "content-security-policy" in page.headers


@pytest.mark.parametrize("path", ["/internal/sign-ins", f"{PREFIX}/api/v1/projects/x/sessions"])
async def test_a_body_that_is_too_large_is_not_read(service: Service, path: str) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.post(path, content=b"x" * (2 * 1024 * 1024), headers=HUB)
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


async def test_an_invalid_body_is_not_repeated_in_the_answer(service: Service) -> None:
    async with service.visit() as client:
        body = {"username": "rivierstad-analyst", "password": ["a secret"]}
        answer = await client.post("/internal/sign-ins", json=body, headers=HUB)
    assert answer.status_code == 422
    assert "a secret" not in answer.text


async def test_no_key_or_password_reaches_any_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.lab.passwords.set_password("rivierstad-analyst", PASSWORD)
    plan = service.world.run("rivierstad-analyst", "river-access")
    service.put(f"water_bodies/1/{FILE}", b"water")
    bearer = service.hub.token("rivierstad-analyst")
    async with service.gateway(token(plan)) as client:
        assert (await client.get(f"/datasets/water_bodies/{FILE}")).is_success
        await client.get("/datasets", params={"token": token(plan)})
        await client.get(f"/datasets/growth_study/{FILE}")
    async with service.visit() as client:
        await client.get(f"{PREFIX}/api/v1/me", headers={"Authorization": f"Bearer {bearer}"})
        address = (await client.get(f"{PREFIX}/")).headers["location"]
        callback = service.hub.authorize(address, "rivierstad-analyst")
        await client.get(callback)
        body = {"username": "rivierstad-analyst", "password": PASSWORD}
        assert (await client.post("/internal/sign-ins", json=body, headers=HUB)).is_success
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith("http")]
    lines = [each for each in ours if each.startswith("{")]
    code = callback.partition("code=")[2].partition("&")[0]
    for secret in (token(plan), bearer, PASSWORD, HUB_TOKEN, code):
        assert not [line for line in ours if secret in line]
    assert {json.loads(line)["path"] for line in lines} >= {"/v1/datasets", "/internal/sign-ins"}


async def test_a_crafted_path_cannot_forge_a_line_in_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="polderlab.access")
    async with service.visit() as client:
        await client.get("/x%0a%1b[31m" + "y" * 50_000)
    (line,) = [each.getMessage() for each in caplog.records if each.name == "polderlab.access"]
    assert len(line) < 2000
    assert "\n" not in line
    assert "\x1b" not in line
