"""The catalogue as RDF over HTTP: forms, pages, and who is told what."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF
from tests.fakes.world import DATASETS, distribution
from tests.service.conftest import PREFIX, Service
from tests.support.dcat_ap_nl import term, violations

from polderlab_catalog.application import dcat
from polderlab_catalog.application.dcat import Listings
from polderlab_catalog.dcat.writing import Writer
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.web import bounds, open_data
from polderlab_catalog.web.apps import portal_app
from polderlab_catalog.web.bounds import Bounds, Turns
from polderlab_catalog.web.dcat import preferred
from polderlab_catalog.web.portal import Portal

CATALOGUE = f"{PREFIX}/catalogue"


def opened(service: Service) -> Service:
    """Return the same lab, in which anyone is told what is public."""
    writer = Writer(service.lab.settings.portal_url)
    listings = Listings(
        service.lab.register,
        service.world.clock,
        writer,
        public=True,
        timezone=service.lab.settings.zone,
    )
    lab = replace(service.lab, listings=listings)
    portal = Portal.build(lab, service.portal.identity)
    return replace(service, lab=lab, portal=portal, portal_app=portal_app(portal))


@pytest.fixture
def public(service: Service) -> Service:
    return opened(service)


def names(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"].partition(";")[0]
    graph = Graph().parse(data=answer.text, format=kind)
    return {str(each).rpartition("/")[2] for each in graph.subjects(RDF.type, term("dcat:Dataset"))}


EVERYTHING = {"growth_study", "soil_survey", "water_bodies"}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json;q=0.5, application/rdf+xml;q=0.9", "application/rdf+xml"),
        ("*/*", "text/turtle"),
        ("text/*", "text/turtle"),
        ("application/*, text/*;q=0.2", "application/ld+json"),
        ("application/pdf, */*;q=0.1", "text/turtle"),
        ("", "text/turtle"),
    ],
)
async def test_the_catalogue_comes_in_the_form_that_is_asked_for(
    service: Service, accept: str, kind: str
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(CATALOGUE, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)
    assert "Accept" in answer.headers["vary"]
    assert names(answer) == EVERYTHING


@pytest.mark.parametrize("ending", ["ttl", "rdf", "jsonld"])
async def test_each_form_has_an_address_of_its_own_and_conforms(
    service: Service, ending: str
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        whole = await client.get(f"{CATALOGUE}.{ending}")
        one = await client.get(f"{PREFIX}/datasets/growth_study.{ending}")
    for answer in (whole, one):
        kind = answer.headers["content-type"].partition(";")[0]
        assert violations(Graph().parse(data=answer.text, format=kind)) == []
    assert (names(whole), names(one)) == (EVERYTHING, {"growth_study"})


async def test_a_browser_gets_pages_and_a_program_gets_data_at_the_same_address(
    service: Service,
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        page = await client.get(f"{PREFIX}/datasets/water_bodies")
        assert page.headers["content-type"].startswith("text/html")
        data = await client.get(
            f"{PREFIX}/datasets/water_bodies", headers={"Accept": "text/turtle"}
        )
        assert names(data) == {"water_bodies"}
        there = await client.get(CATALOGUE, headers={"Accept": "text/html"})
        assert (there.status_code, there.headers["location"]) == (303, f"{PREFIX}/datasets")


async def test_the_name_of_a_dataset_leads_to_its_page_or_its_data(public: Service) -> None:
    async with public.visit() as client:
        for name in ("water_bodies", "growth_study", "no_such_one"):
            answer = await client.get(f"{PREFIX}/id/dataset/{name}")
            there = f"{PREFIX}/datasets/{name}"
            assert (answer.status_code, answer.headers["location"]) == (303, there)
            assert answer.text == "", "whether there is one is not told here"
        turtle = {"Accept": "text/turtle"}
        data = await client.get(f"{PREFIX}/id/dataset/water_bodies", headers=turtle)
        assert names(await client.get(data.headers["location"], headers=turtle)) == {"water_bodies"}
        for odd in ("..", "%2F%2Fx.example", "X%0d%0aSet-Cookie:a=b", "//x.example"):
            answer = await client.get(f"{PREFIX}/id/dataset/{odd}")
            assert (answer.status_code, answer.headers.get("location")) == (404, None), odd


@pytest.mark.parametrize("accept", ["application/pdf", "text/turtle;q=0", "image/*, */*;q=0"])
async def test_who_takes_none_of_the_forms_is_told_which_there_are(
    service: Service, accept: str
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(CATALOGUE, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["vary"]) == (406, "Accept")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "text/turtle" in answer.json()["detail"]


async def test_only_what_anyone_is_told_is_open_to_scripts_of_other_sites(public: Service) -> None:
    paths = (CATALOGUE, f"{CATALOGUE}.rdf", f"{PREFIX}/datasets/water_bodies.ttl")
    asked = {"Accept": "text/turtle", "Origin": "https://portal.example"}
    async with public.visit() as client:
        for path in paths:
            answer = await client.get(path, headers=asked)
            assert answer.headers["access-control-allow-origin"] == "*", path
            assert answer.headers["access-control-expose-headers"] == "Link", path
    async with public.visit("rivierstad-analyst") as client:
        for path in paths:
            answer = await client.get(path, headers=asked)
            assert answer.status_code == 200
            assert not [name for name in answer.headers if "access-control" in name], path


async def test_a_closed_lab_tells_nobody_who_is_not_signed_in(service: Service) -> None:
    async with service.visit() as client:
        client.headers["Accept"] = "text/turtle"
        for path in (
            CATALOGUE,
            f"{CATALOGUE}.ttl",
            f"{PREFIX}/datasets/water_bodies",
            f"{PREFIX}/datasets/water_bodies.ttl",
            f"{PREFIX}/datasets/no_such_thing.ttl",
        ):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["status"]) == (401, 401), path


async def test_anyone_is_told_of_public_data_only_and_cannot_probe_the_rest(
    public: Service,
) -> None:
    async with public.visit() as client:
        client.headers["Accept"] = "text/turtle"
        assert names(await client.get(CATALOGUE)) == {"water_bodies"}
        assert names(await client.get(f"{PREFIX}/datasets/water_bodies.ttl")) == {"water_bodies"}
        seen = set()
        for name in ("growth_study", "no_such_one1"):
            for path in (f"/datasets/{name}.ttl", f"/datasets/{name}", f"/open/{name}/x.parquet"):
                answer = await client.get(f"{PREFIX}{path}")
                assert answer.status_code == 404
                seen.add(answer.text.replace(name, "…"))
        assert len(seen) == 1, "a dataset that may not be told of looks different from none"
    async with public.visit("rivierstad-analyst") as client:
        assert names(await client.get(f"{CATALOGUE}.ttl")) == EVERYTHING


async def test_descriptions_of_others_and_drafts_are_not_passed_on(service: Service) -> None:
    with service.lab.register.write() as t:
        t.datasets.put(replace(DATASETS["soil_survey"], name="elsewhere", remote="https://x.nl/1"))
        t.datasets.put(replace(DATASETS["soil_survey"], name="a_draft"))
    async with service.visit("rivierstad-analyst") as client:
        assert names(await client.get(f"{CATALOGUE}.ttl")) == EVERYTHING
        for name in ("elsewhere", "a_draft"):
            answer = await client.get(f"{PREFIX}/datasets/{name}.ttl")
            assert answer.status_code == 404


@pytest.mark.parametrize("ending", ["ttl", "rdf", "jsonld"])
async def test_a_harvester_finds_every_page_in_one_form_by_following_next(
    service: Service, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(dcat, "PAGE_SIZE", 2)
    hydra_next = URIRef("http://www.w3.org/ns/hydra/core#next")
    found: list[str] = []
    async with service.visit("rivierstad-analyst") as client:
        address: str | None = f"{CATALOGUE}.{ending}"
        kinds = set()
        while address:
            answer = await client.get(address, headers={"Accept": "*/*"})
            kinds.add(kind := answer.headers["content-type"].partition(";")[0])
            found += names(answer)
            address = None
            graph = Graph().parse(data=answer.text, format=kind)
            for _, _, to in graph.triples((None, hydra_next, None)):
                address = str(to)
                assert f'<{address}>; rel="next"' in answer.headers["link"]
    assert sorted(found) == sorted(EVERYTHING)
    assert len(kinds) == 1


@pytest.mark.parametrize("page", ["0", "-1", "4", "x", "9999999"])
async def test_a_page_that_is_not_there_is_refused(service: Service, page: str) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(f"{CATALOGUE}.ttl?page={page}", headers={"Accept": "*/*"})
    assert answer.status_code in (400, 404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", None),
        ("text/html;q=0.2, text/turtle;q=0.9", "turtle"),
        ("text/turtle;q=0", None),
        ("text/turtle;q=x", None),
        ("TEXT/TURTLE", "turtle"),
        ("", None),
        ("*/*", None),
    ],
)
def test_what_is_preferred_follows_the_weights(accept: str, ending: str | None) -> None:
    found = preferred(accept)
    assert (found.value if found else None) == ending


CONTENT = b"0123456789" * 100


@pytest.fixture
def downloadable(public: Service) -> Service:
    public.put("water_bodies/1/data.parquet", CONTENT)
    with public.lab.register.write() as t:
        t.datasets.put(replace(DATASETS["water_bodies"], open_download=True))
    return public


FILE = f"{PREFIX}/open/water_bodies/data.parquet"


async def test_an_open_file_is_downloaded_without_signing_in_and_logged_once(
    downloadable: Service,
) -> None:
    async with downloadable.visit() as client:
        whole = await client.get(FILE)
        part = await client.get(FILE, headers={"Range": "bytes=10-19"})
        head = await client.head(FILE)
        past = await client.get(FILE, headers={"Range": "bytes=5000-"})
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["etag"] == f'"{distribution("water_bodies").sha256}"'
    assert (part.status_code, part.content) == (206, CONTENT[10:20])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")
    assert (past.status_code, past.headers["content-range"]) == (416, "bytes */1000")
    with downloadable.lab.register.read() as t:
        records = t.audit.search(action=AuditAction.DATASET_DOWNLOADED)
    lines = [record.event for record in records]
    assert [(each.actor, each.object, each.details["version"]) for each in lines] == [
        ("anyone", "water_bodies", 1)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"open_download": False},
        {"open_download": True, "classification": "internal"},
        {"open_download": True, "classification": "confidential"},
        {"open_download": True, "remote": "https://elsewhere.example/1"},
    ],
    ids=str,
)
async def test_what_is_not_open_is_not_there(
    downloadable: Service, change: dict[str, object]
) -> None:
    async with downloadable.visit() as client:
        assert (await client.get(FILE)).status_code == 200
        if "classification" in change:
            change["classification"] = type(DATASETS["water_bodies"].classification)(
                change["classification"]
            )
        with downloadable.lab.register.write() as t:
            t.datasets.put(replace(DATASETS["water_bodies"], **change))  # type: ignore[arg-type]
        assert (await client.get(FILE)).status_code == 404


async def test_a_closed_lab_gives_nothing_to_anyone(service: Service) -> None:
    service.put("water_bodies/1/data.parquet", CONTENT)
    with service.lab.register.write() as t:
        t.datasets.put(replace(DATASETS["water_bodies"], open_download=True))
    async with service.visit() as client:
        assert (await client.get(FILE)).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fregister.sqlite", "%2e%2e%2fx.y", "data.parquet%00", "other.parquet", "a\\b.c"],
)
async def test_nothing_but_the_files_of_the_version_is_reached(
    downloadable: Service, path: str
) -> None:
    async with downloadable.visit() as client:
        assert (await client.get(f"{PREFIX}/open/water_bodies/{path}")).status_code == 404


async def test_whoever_asks_too_often_waits(
    downloadable: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Bounds(downloads=Turns(per_minute=1, burst=2, clock=lambda: 0.0))
    monkeypatch.setattr(open_data, "bounds_of", lambda _request: few)
    async with downloadable.visit() as client:
        statuses = [(await client.head(FILE)).status_code for _ in range(3)]
        late = await client.get(FILE)
    assert statuses == [200, 200, 429]
    assert late.headers["retry-after"] == "60"


async def test_slow_readers_do_not_take_the_lab_with_them(
    downloadable: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "AT_ONCE", 1)
    one = replace(downloadable, portal_app=portal_app(downloadable.portal))
    async with one.visit() as client:
        again = [(await client.get(FILE)).status_code for _ in range(3)]
    monkeypatch.setattr(bounds, "AT_ONCE", 0)
    none = replace(downloadable, portal_app=portal_app(downloadable.portal))
    async with none.visit() as client:
        refused = await client.get(FILE)
        head = await client.head(FILE)
    assert again == [200] * 3, "each gives its place back"
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert head.status_code == 200
