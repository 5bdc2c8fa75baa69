"""What the panel in JupyterLab asks of the gateway: the whole catalogue, and first rows."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import geopandas
import httpx
import pandas as pd
import pytest
from shapely import Point
from tests.fakes.world import FILE, token
from tests.service.conftest import Service

from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.scopes import Condition, Operator, Scope

PEOPLE = pd.DataFrame(
    {
        "name": [f"person {number}" for number in range(50)],
        "hgt": [100.0 + number for number in range(49)] + [float("nan")],
        "born": pd.to_datetime(["2001-02-03"] * 50),
        "number": [2**60] * 50,
        "photo": [b"\x00\x01"] * 50,
    }
)


@pytest.fixture
def session(service: Service) -> str:
    """Return the token of a running session in the municipality's project."""
    lakes = geopandas.GeoDataFrame(
        {"lake": ["IJsselmeer", None]}, geometry=[Point(1, 2), Point(3, 4).buffer(1)], crs=28992
    )
    for name, frame in (("water_bodies", lakes), ("growth_study", PEOPLE), ("soil_survey", PEOPLE)):
        content = io.BytesIO()
        frame.to_parquet(content)
        service.put(f"{name}/1/{FILE}", content.getvalue())
    return token(service.world.run("rivierstad-analyst", "river-access"))


async def ask(
    service: Service, key: str, path: str, language: str = "en", **more: str
) -> httpx.Response:
    async with service.gateway(key, **more) as client:
        return await client.get(path, headers={"Accept-Language": language})


async def cards(service: Service, key: str, path: str = "/catalogue", **more: str) -> dict:
    answer = await ask(service, key, path, **more)
    assert answer.status_code == 200, answer.text
    return {card["name"]: card for card in answer.json()["cards"]}


def grant(service: Service) -> None:
    service.lab.grants.grant(
        service.world.operator, "growth_study", "river-access", date(2026, 12, 31)
    )


async def test_every_description_is_found_with_what_this_project_may(
    service: Service, session: str
) -> None:
    found = await cards(service, session)
    grant(service)
    after = await cards(service, session)

    assert set(found) == {"growth_study", "soil_survey", "water_bodies"}
    assert (found["water_bodies"]["access"], found["water_bodies"]["until"]) == ("open", None)
    locked = found["growth_study"]
    assert locked["access"] == "locked"
    assert locked["reason"].startswith("Project river-access may not read growth_study")
    assert locked["page"].endswith("/services/lab/datasets/growth_study")
    assert (after["growth_study"]["access"], after["growth_study"]["until"]) == (
        "open",
        "2026-12-31",
    )


async def test_words_narrow_it_down_and_the_language_is_the_askers(
    service: Service, session: str
) -> None:
    found = await cards(service, session, "/catalogue?query=growth")
    dutch = await cards(service, session, "/catalogue?query=growth", language="nl")
    answer = await ask(service, session, "/catalogue?query=nothingofthekind")

    assert list(found) == ["growth_study"]
    assert found["growth_study"]["description"] == "about growth_study"
    assert dutch["growth_study"]["description"] == "over growth_study"
    assert dutch["growth_study"]["reason"].startswith("Project river-access mag growth_study")
    assert (answer.json()["total"], answer.json()["cards"]) == (0, [])


async def test_what_was_asked_for_says_so(service: Service, session: str) -> None:
    service.lab.requests.ask_from_session(
        session, "10.213.0.2", "growth_study", "To compare growth", until=date(2026, 12, 31)
    )
    assert (await cards(service, session))["growth_study"]["access"] == "asked"


async def test_the_first_rows_are_shown_and_logged_as_a_read(
    service: Service, session: str
) -> None:
    grant(service)
    told = (await ask(service, session, "/datasets/growth_study/preview")).json()
    service.lab.reads.seal(everything=True)
    with service.lab.register.read() as t:
        (logged,) = t.audit.search(action=AuditAction.DATASET_READ)

    assert told["columns"] == ["name", "hgt", "born", "number", "photo"]
    assert len(told["rows"]) == 20
    assert told["rows"][0] == ["person 0", 100.0, "2001-02-03 00:00:00", str(2**60), "2 bytes"]
    assert (logged.event.object, logged.event.session != "") == ("growth_study", True)


async def test_shapes_are_told_in_words(service: Service, session: str) -> None:
    told = (await ask(service, session, "/datasets/water_bodies/preview")).json()
    assert told["rows"] == [["IJsselmeer", "POINT (1 2)"], [None, "Polygon"]]


async def test_a_preview_shows_only_the_columns_and_rows_that_were_granted(
    service: Service, session: str
) -> None:
    rows = (Condition("hgt", Operator.AT_LEAST, (145.0,)),)
    grant_scoped(service, Scope(columns=("hgt",), rows=rows))

    told = (await ask(service, session, "/datasets/growth_study/preview")).json()

    assert told["columns"] == ["hgt"]
    assert told["rows"] == [[145.0], [146.0], [147.0], [148.0]]


def grant_scoped(service: Service, scope: Scope) -> None:
    """Put the scope on the grant as it stands, whatever the steward's door asks for."""
    grant(service)
    with service.lab.register.write() as t:
        (held,) = t.grants.find(dataset="growth_study", project="river-access")
        t.grants.put(replace(held, scope=scope))


async def test_what_may_not_be_read_is_not_shown_either(service: Service, session: str) -> None:
    refused = await ask(service, session, "/datasets/growth_study/preview")
    grant(service)
    allowed = await ask(service, session, "/datasets/growth_study/preview")
    service.lab.grants.revoke(service.world.operator, "growth_study", "river-access")
    again = await ask(service, session, "/datasets/growth_study/preview")

    assert (refused.status_code, refused.json()["code"]) == (403, "no-grant")
    assert allowed.status_code == 200
    assert (again.status_code, again.json()["code"]) == (403, "grant-revoked")


@pytest.mark.parametrize("name", ["absent", "..%2fetc", "growth_study%00", "GROWTH_STUDY"])
async def test_names_that_are_none_look_alike(service: Service, session: str, name: str) -> None:
    answer = await ask(service, session, f"/datasets/{name}/preview")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/catalogue", "/datasets/water_bodies/preview"])
async def test_both_doors_want_a_key_from_its_own_container(
    service: Service, session: str, path: str
) -> None:
    own = await ask(service, session, path)
    elsewhere = await ask(service, session, path, address="10.213.0.9")
    none = await ask(service, "", path)
    wrong = await ask(service, "guess", path)

    assert own.status_code == 200
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "wrong-address")
    assert (none.status_code, wrong.status_code) == (401, 401)


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "query=" + "a" * 201])
async def test_odd_questions_are_refused_in_plain_words(
    service: Service, session: str, query: str
) -> None:
    answer = await ask(service, session, f"/catalogue?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["'; DROP TABLE datasets; --", '"*" OR 1', "%25_", "NEAR("])
async def test_what_people_type_is_only_ever_looked_up(
    service: Service, session: str, query: str
) -> None:
    answer = await ask(service, session, f"/catalogue?{httpx.QueryParams(query=query)}")
    assert answer.status_code == 200
    assert set(await cards(service, session)) == {"growth_study", "soil_survey", "water_bodies"}
