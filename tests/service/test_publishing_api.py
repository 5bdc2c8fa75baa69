"""Bringing data in through the REST API: by token, or by cookie with the form's token."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.fakes.world import PEOPLE
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.ingests import IngestState
from polderlab_catalog.worker.ingesting import work

API = f"{PREFIX}/api/v1"
STEWARD = "kustregio-steward"
NEW = {
    "name": "bathing_water",
    "organisation": "kustregio",
    "title": {"nl": "Zwemwater"},
    "description": {"nl": "Een rij per meting."},
    "steward": "Kustregio, data",
    "classification": "internal",
    "period": {"first": "2026-01-01", "last": "2026-09-30"},
    "keywords": ["water"],
    "checks": [{"kind": "range", "columns": ["waarde"], "maximum": "2"}],
}
ROWS = b"plek;waarde\nstrand;1,5\nplas;2,25\n"


def program(service: Service, username: str = STEWARD) -> httpx.AsyncClient:
    """Return a program with somebody's token."""
    client = service.visit()
    client.headers["Authorization"] = f"Bearer {service.hub.token(username)}"
    client.headers["Accept"] = "application/json"
    return client


async def test_a_dataset_is_registered_filled_and_looked_at(service: Service) -> None:
    async with program(service) as client:
        made = await client.post(f"{API}/datasets", json=NEW)
        assert made.status_code == 201, made.text
        assert (made.json()["name"], made.json()["version"]) == ("bathing_water", None)
        sent = await client.post(
            f"{API}/datasets/bathing_water/uploads",
            params={"file": "meting.csv", "confirm": "true", "noteEn": "First"},
            content=ROWS,
        )
        assert sent.status_code == 202, sent.text
        address = f"{API}/ingests/{sent.json()['id']}"
        assert work(service.lab)
        shown = (await client.get(address)).json()
        assert shown["state"] == "detected"
        assert (shown["options"]["delimiter"], shown["options"]["decimal"]) == (";", ",")
        assert shown["preview"][:2] == [["plek", "waarde"], ["strand", "1,5"]]
        again = await client.post(f"{address}/reading", json={"options": {"delimiter": "|"}})
        assert (again.status_code, again.json()["state"]) == (202, "received")
        assert work(service.lab)
        shown = (await client.get(address)).json()
        assert (shown["state"], shown["options"]["delimiter"]) == ("detected", "|")
        assert shown["preview"][0] == ["plek;waarde"]
        odd = await client.post(f"{address}/reading", json={"options": {"no_option": "x"}})
        assert odd.status_code == 400
        await client.post(f"{address}/reading", json={"options": {"delimiter": ";"}})
        assert work(service.lab)
        assert (await client.get(address)).json()["preview"][1] == ["strand", "1,5"]
        confirmed = await client.post(f"{address}/confirmation", json={"options": {}})
        assert confirmed.json()["state"] == "queued"
        assert work(service.lab)
        done = (await client.get(address)).json()
        assert (done["state"], done["version"]) == ("done", 1)
        assert [each["code"] for each in done["findings"]] == ["check-marked"]
        runs = (await client.get(f"{API}/datasets/bathing_water/quality-runs")).json()
        assert [(run["passed"], run["results"][0]["failing"]) for run in runs] == [(False, 1)]
        dataset = (await client.get(f"{API}/datasets/bathing_water")).json()
        assert dataset["version"] == 1
        path = f"{API}/datasets/bathing_water/versions/1/withdrawal"
        assert (await client.post(path, json={"reason": ""})).status_code in (400, 422)
        assert (await client.post(path, json={"reason": "Two were swapped"})).status_code == 204
    assert service.lab.catalogue.versions("bathing_water")[0].withdrawn


async def test_what_is_left_out_of_a_change_stays(service: Service) -> None:
    async with program(service) as client:
        await client.post(f"{API}/datasets", json=NEW)
        path = f"{API}/datasets/bathing_water"
        changed = await client.patch(path, json={"classification": "public"})
        assert (changed.status_code, changed.json()["classification"]) == (200, "public")
        assert changed.json()["keywords"] == ["water"]
        await client.patch(path, json={"period": None, "title": {"en": "Bathing water"}})
    dataset = service.lab.catalogue.card(PEOPLE[STEWARD], "bathing_water").dataset
    assert (dataset.period, dataset.title.en) == (None, "Bathing water")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "growth_study"},
        {"licence": "javascript:alert(1)"},
        {"title": {"nl": ""}},
        {"checks": [{"kind": "range", "columns": ["a"]}]},
        {"classification": "secret"},
        {"openDownload": True},
    ],
)
async def test_a_wrong_description_is_invalid(service: Service, wrong: dict[str, Any]) -> None:
    async with program(service) as client:
        answer = await client.post(f"{API}/datasets", json={**NEW, **wrong})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert len(service.lab.catalogue.cards(None)) == 3


@pytest.mark.parametrize("username", ["kustregio-analyst", "rivierstad-steward"])
async def test_others_change_nothing(service: Service, username: str) -> None:
    async with program(service, username) as client:
        path = f"{API}/datasets/growth_study"
        answers = [
            await client.post(f"{API}/datasets", json=NEW),
            await client.patch(path, json={"source": "elsewhere"}),
            await client.post(f"{path}/uploads", params={"file": "a.csv"}, content=ROWS),
            await client.post(f"{path}/versions/1/withdrawal", json={"reason": "no"}),
        ]
    assert [answer.status_code for answer in answers] == [403] * 4
    folder = service.lab.settings.uploads_folder
    assert not folder.exists() or list(folder.iterdir()) == []
    assert not service.lab.catalogue.versions("growth_study")[0].withdrawn


async def test_a_lab_administrator_publishes_but_opens_nothing(service: Service) -> None:
    async with program(service, "waterdienst-admin") as client:
        path = f"{API}/datasets/growth_study"
        opening = [
            {"classification": "public"},
            {"organisation": "waterdienst", "classification": "internal"},
            {"checks": [{"kind": "allowed", "columns": ["hgt"], "values": ["180"]}]},
        ]
        for change in opening:
            answer = await client.patch(path, json=change)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-steward")
        sent = await client.post(f"{path}/uploads", params={"file": "a.csv"}, content=ROWS)
        assert sent.status_code == 202
    dataset = service.lab.catalogue.card(PEOPLE[STEWARD], "growth_study").dataset
    assert dataset.classification is Classification.CONFIDENTIAL


async def test_an_ingest_is_shown_to_who_may_publish(service: Service) -> None:
    async with program(service) as client:
        sent = await client.post(
            f"{API}/datasets/growth_study/uploads",
            params={"file": "a.csv", "confirm": "true"},
            content=ROWS,
        )
        address = f"{API}/ingests/{sent.json()['id']}"
    work(service.lab)
    async with program(service, "waterdienst-admin") as client:
        assert (await client.get(address)).json()["preview"] == []
    async with program(service, "rivierstad-steward") as client:
        assert (await client.get(address)).status_code == 404
        assert (await client.post(f"{address}/confirmation", json={})).status_code == 404
        assert (await client.post(f"{address}/reading", json={})).status_code == 404
        assert (await client.delete(address)).status_code == 404
        assert (await client.get(f"{API}/ingests/not-an-id")).status_code in (400, 404, 422)
    async with program(service) as client:
        assert (await client.get(address)).json()["preview"]
        assert (await client.delete(address)).status_code == 204
    (ingest,) = service.lab.ingests.of(service.world.steward, "growth_study")
    assert ingest.state is IngestState.CANCELLED


async def test_a_cookie_needs_the_forms_token_before_a_byte_is_taken(service: Service) -> None:
    path = f"{API}/datasets/growth_study/uploads"
    async with service.visit(STEWARD) as client:
        for headers in (
            {},
            {"X-CSRF-Token": "wrong"},
            {"X-CSRF-Token": service.csrf(STEWARD), "Origin": "https://evil.example"},
            {"X-CSRF-Token": service.csrf(STEWARD), "Sec-Fetch-Site": "cross-site"},
            # a simple request of another site, with the token in the body
            {"Content-Type": "application/x-www-form-urlencoded"},
        ):
            answer = await client.post(path, params={"file": "a"}, content=ROWS, headers=headers)
            assert answer.status_code == 403, headers
        assert service.lab.ingests.of(service.world.steward, "growth_study") == []
        token = {"X-CSRF-Token": service.csrf(STEWARD)}
        honest = await client.post(path, params={"file": "a.csv"}, content=ROWS, headers=token)
    assert honest.status_code == 202


async def test_too_large_is_said_before_the_body_is_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{API}/datasets/growth_study/uploads"
    monkeypatch.setattr(service.lab.uploads, "largest", 10)
    async with program(service) as client:
        answer = await client.post(path, params={"file": "a.csv"}, content=ROWS)
        assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")
        # every other address keeps its small limit, whatever it is called
        for other in (f"{API}/datasets/growth_study/uploads/", f"{API}/datasets/x/../y/uploads/x"):
            large = await client.post(other, content=b"x" * (1024 * 1024 + 1))
            assert large.status_code == 413
    assert service.lab.ingests.of(service.world.steward, "growth_study") == []
