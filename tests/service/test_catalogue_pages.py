"""Finding data: the catalogue, a dataset's page, and which values are shown to whom."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
from tests.fakes.world import DATASETS, distribution
from tests.service.conftest import HOST, PREFIX, Service
from tests.service.test_api import API, program

from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import (
    Classification,
    Column,
    Distribution,
    DistributionRole,
    Profile,
    Version,
)
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.texts import Text

UNTIL = date(2026, 12, 31)
SECRETS = ("Zilverwilg", "177.25", "Beekdal", "The largest part of the rows")
"""Values that stand in every file and profile here, and nowhere else in the lab."""


def publish(service: Service, dataset: str) -> None:
    """Publish a real file with a profile of it."""
    frame = pd.DataFrame({"tree": ["Zilverwilg", "Eik"] * 8, "hgt": [177.25, 3.5] * 8})
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    path = f"{dataset}/2/rows.parquet"
    service.put(path, buffer.getvalue())
    file = Distribution(
        "rows.parquet", "application/vnd.apache.parquet", path, len(buffer.getvalue()), "0" * 64,
        rows=16,
        columns=(
            Column("tree", "string", Text("boomsoort", "species"),
                   Profile(1, 2, top=(("Zilverwilg", 8), ("Beekdal", 7)))),
            Column("hgt", "double", Text(),
                   Profile(0, 2, minimum="3.5", maximum="177.25", bins=(8, *[0] * 14, 8))),
        ),
    )  # fmt: skip
    service.lab.publishing.publish_version(service.world.operator, dataset, (file,))


async def seen(service: Service, username: str, dataset: str, query: str = "") -> set[str]:
    """Return which of the values ``username`` gets to see, in any form the lab answers in."""
    answers = []
    async with service.visit(username) as client:
        answers.append(await client.get(f"{PREFIX}/datasets/{dataset}{query}"))
        answers.append(await client.get(f"{PREFIX}/datasets"))
        answers += [await client.get(f"{PREFIX}/datasets/{dataset}.{e}") for e in ("ttl", "jsonld")]
    async with program(service, username) as client:
        answers += [await client.get(f"{API}/datasets{path}") for path in ("", f"/{dataset}")]
    assert {each.status_code for each in answers} == {200}
    return {value for each in answers for value in SECRETS if value in each.text}


def grant(service: Service, dataset: str, scope: Scope | None = None) -> None:
    more = {"scope": scope} if scope else {}
    service.lab.grants.grant(service.world.operator, dataset, "river-access", UNTIL, **more)


def reads(service: Service) -> list[dict[str, object]]:
    with service.lab.register.read() as t:
        found = t.audit.search(action=AuditAction.DATASET_READ)
    return [{"who": r.event.actor, "project": r.event.project, "what": r.event.object,
             "purpose": r.event.purpose} for r in found]  # fmt: skip


async def test_values_of_public_data_are_for_everyone_and_no_read_is_logged(
    service: Service,
) -> None:
    publish(service, "water_bodies")
    assert await seen(service, "kustregio-steward", "water_bodies") == set(SECRETS)
    assert reads(service) == []


async def test_values_of_internal_data_are_for_who_works_in_an_entitled_project(
    service: Service,
) -> None:
    publish(service, "soil_survey")
    assert await seen(service, "rivierstad-analyst", "soil_survey", "?rows=yes") == set()
    grant(service, "soil_survey")
    assert await seen(service, "rivierstad-analyst", "soil_survey") == set(SECRETS)
    assert await seen(service, "kustregio-analyst", "soil_survey", "?rows=yes") == set()
    assert await seen(service, "rivierstad-steward", "soil_survey", "?rows=yes") == set()


async def test_looking_at_the_rows_of_internal_data_is_logged_with_the_project(
    service: Service,
) -> None:
    publish(service, "soil_survey")
    grant(service, "soil_survey")
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets/soil_survey")).text
        assert "Show the first rows" in page
        assert "<td>Eik</td>" not in page
        assert reads(service) == []
        page = (await client.get(f"{PREFIX}/datasets/soil_survey?rows=yes")).text
        assert page.count("<td>Eik</td>") == 5
    assert reads(service) == [
        {
            "who": "person:rivierstad-analyst",
            "project": "river-access",
            "what": "soil_survey",
            "purpose": "doel van river-access",
        }
    ]
    service.lab.grants.revoke(service.world.operator, "soil_survey", "river-access")
    assert await seen(service, "rivierstad-analyst", "soil_survey", "?rows=yes") == set()


@pytest.mark.parametrize("username", ["rivierstad-analyst", "kustregio-steward",
                                      "kustregio-privacy", "waterdienst-admin"])  # fmt: skip
async def test_values_of_confidential_data_are_shown_to_nobody(
    service: Service, username: str
) -> None:
    publish(service, "growth_study")
    grant(service, "growth_study")
    assert await seen(service, username, "growth_study", "?rows=yes") == set()
    async with service.visit(username) as client:
        page = (await client.get(f"{PREFIX}/datasets/growth_study")).text
    assert "species" in page, "what the columns mean is for everyone"
    assert "93.8 %" in page, "and how much of them is filled in"


async def test_a_scope_narrows_what_is_shown_as_it_narrows_what_is_read(service: Service) -> None:
    publish(service, "soil_survey")
    grant(service, "soil_survey", Scope(("hgt",)))
    found = await seen(service, "rivierstad-analyst", "soil_survey", "?rows=yes")
    assert found == {"177.25", "The largest part of the rows"}
    grant(service, "soil_survey", Scope(("tree",)))
    found = await seen(service, "rivierstad-analyst", "soil_survey", "?rows=yes")
    assert found == {"Zilverwilg", "Beekdal"}
    some_rows = Scope((), (Condition("hgt", Operator.LESS, (10,)),))
    grant(service, "soil_survey", some_rows)
    assert await seen(service, "rivierstad-analyst", "soil_survey", "?rows=yes") == set()


async def test_a_viewer_of_the_project_is_shown_no_values(service: Service) -> None:
    publish(service, "soil_survey")
    grant(service, "soil_survey")
    viewer = Membership("kustregio-analyst", "river-access", MemberRole.VIEWER)
    service.lab.administration.register_member(service.world.operator, viewer)
    assert await seen(service, "kustregio-analyst", "soil_survey", "?rows=yes") == set()


async def test_a_file_that_is_gone_leaves_the_rest_of_the_page(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(f"{PREFIX}/datasets/water_bodies")
    assert answer.status_code == 200
    assert "Read it in your notebook" in answer.text
    assert 'id="rows"' not in answer.text


async def test_a_small_map_layer_is_drawn(service: Service) -> None:
    shapes = gpd.GeoDataFrame(
        {"n": [1, 2]}, geometry=[box(1e5, 4e5, 1.1e5, 4.2e5), box(1.2e5, 4e5, 1.3e5, 4.1e5)],
        crs="EPSG:28992",
    )  # fmt: skip
    buffer = io.BytesIO()
    shapes.to_parquet(buffer)
    service.put("water_bodies/2/shapes.parquet", buffer.getvalue())
    file = Distribution(
        "shapes.parquet", "application/vnd.apache.parquet", "water_bodies/2/shapes.parquet",
        len(buffer.getvalue()), "1" * 64, rows=2, crs="EPSG:28992", bbox=(4.5, 51.6, 4.9, 51.8),
        columns=(Column("n", "int64"), Column("geometry", "binary")),
    )  # fmt: skip
    service.lab.publishing.publish_version(service.world.operator, "water_bodies", (file,))
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets/water_bodies")).text
        listed = (await client.get(f"{PREFIX}/datasets?format=map")).text
    (path,) = re.findall(r'class="pl-shapes pl-shapes--areas" d="([^"]+)"', page)
    assert path.count("z") == 2
    assert "10 km" not in path
    assert 'read_parquet("lab://water_bodies/shapes.parquet")'.replace('"', "&#34;") in page
    assert f'href="{PREFIX}/datasets/water_bodies"' in listed


async def test_the_page_tells_machines_what_it_tells_people(service: Service) -> None:
    evil = replace(
        DATASETS["water_bodies"],
        title=Text("</script><script>alert(1)</script>", "</script><script>alert(1)</script>"),
        keywords=("a&b", "<i>"),
        contact="data@example.org",
        place="Land van Heusden & Altena",
    )
    service.lab.publishing.register_dataset(service.world.operator, evil)
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets/water_bodies")).text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told = json.loads(block)
    assert told["@type"] == "Dataset"
    assert told["name"] == evil.title.en
    assert told["keywords"] == ["a&b", "<i>"]
    assert told["description"] == evil.description.en
    assert (
        told["creator"]
        == told["publisher"]
        == {
            "@type": "Organization",
            "name": "Waterdienst",
        }
    )
    assert told["url"] == f"{HOST}{PREFIX}/datasets/water_bodies"
    assert told["@id"] == told["identifier"] == f"{HOST}{PREFIX}/id/dataset/water_bodies"
    assert (told["license"], told["inLanguage"]) == (evil.licence, "nl")
    assert "<script>alert" not in page
    assert 'href="mailto:data@example.org"' in page
    assert f'href="{PREFIX}/datasets?place=Land+van+Heusden+%26+Altena"' in page
    assert f'href="{PREFIX}/datasets?q=a%26b"' in page
    assert "CC BY 4.0: name the source" in page
    assert "(2026)." in page


async def test_a_dataset_of_another_catalogue_is_marked_and_led_to(service: Service) -> None:
    remote = replace(DATASETS["water_bodies"], name="elsewhere", remote="https://example.org/d/1")
    bad = replace(remote, name="elsewhere_too", remote="javascript:alert(1)")
    with service.lab.register.write() as t:
        t.datasets.put(remote)
        t.datasets.put(bad)
    async with service.visit("rivierstad-analyst") as client:
        listed = (await client.get(f"{PREFIX}/datasets?format=elsewhere")).text
        page = (await client.get(f"{PREFIX}/datasets/elsewhere")).text
        evil = (await client.get(f"{PREFIX}/datasets/elsewhere_too")).text
    assert "2 datasets" in listed
    assert "only the description is here" in listed
    assert 'href="https://example.org/d/1"' in page
    assert "javascript:" not in evil
    assert 'id="versions"' not in page, "nothing is published here, and nothing will be"
    assert "elsewhere.ttl" not in page, "its description is for its own catalogue to pass on"
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(told)["creator"]["name"] == remote.source, "not who keeps it here"
    assert "@id" not in json.loads(told)
    assert 'id="read"' not in page


async def test_pages_follow_each_other_and_keep_the_search(service: Service) -> None:
    with service.lab.register.write() as t:
        for number in range(60):
            name = f"extra_{number:02}"
            t.datasets.put(replace(DATASETS["soil_survey"], name=name, title=Text(f"Extra {name}")))
            t.datasets.put_version(Version(name, 1, service.world.clock(), (distribution(name),)))
    async with service.visit("rivierstad-analyst") as client:
        path, names = f"{PREFIX}/datasets?q=extra&classification=internal&sort=title", []
        while path:
            page = (await client.get(path)).text
            names += re.findall(
                rf'<h3 class="pl-result__name"><a href="{PREFIX}/datasets/(\w+)"', page
            )
            found = re.findall(r'href="([^"]+)" rel="next"', page)
            path = found[0].replace("&amp;", "&") if found else ""
        beyond = (await client.get(f"{PREFIX}/datasets?q=extra&page=9")).text
    assert names == [f"extra_{number:02}" for number in range(60)]
    assert "51 to 60 of 60" in page
    assert "The list ends before this page." in beyond


@pytest.mark.parametrize("page", ["", "0", "-1", "abc", "1.5", "٣", "9" * 15, "%00", "2&page=x"])
async def test_what_is_no_page_is_the_first_and_never_an_error(service: Service, page: str) -> None:
    async with service.visit("rivierstad-analyst") as client:
        answer = await client.get(f"{PREFIX}/datasets?page={page}")
    assert answer.status_code == 200
    assert "3 datasets<" in answer.text
    assert "water_bodies" in answer.text


async def test_who_may_only_look_on_is_told_who_can_ask(service: Service) -> None:
    sentence = "The project's lead or an analyst can ask for access."
    viewer = Membership("kustregio-steward", "river-access", MemberRole.VIEWER)
    service.lab.administration.register_member(service.world.operator, viewer)
    for path in ("/datasets?q=soil_survey", "/datasets/soil_survey"):
        async with service.visit("kustregio-steward") as client:
            page = (await client.get(f"{PREFIX}{path}")).text
        assert html.unescape(page).count(sentence) == 1, path
        assert "#ask" not in page, path
        async with service.visit("rivierstad-analyst") as client:
            page = (await client.get(f"{PREFIX}{path}")).text
        assert sentence not in html.unescape(page), path
        assert "#ask" in page, path


async def test_checks_of_what_is_only_consulted_live_are_not_promised(service: Service) -> None:
    sentence, promise = "only consulted live is not checked", "the lab checks every new version"
    live = replace(distribution("soil_survey"), role=DistributionRole.LIVE, path="", sha256="")
    async with service.visit("rivierstad-steward") as client:
        page = (await client.get(f"{PREFIX}/datasets/soil_survey")).text
        assert (sentence in page, promise in page) == (False, True), "the positive control"
        with service.lab.register.write() as t:
            t.datasets.put_version(Version("soil_survey", 2, service.world.clock(), (live,)))
        for path in ("/datasets/soil_survey", "/datasets/soil_survey/checks"):
            page = (await client.get(f"{PREFIX}{path}")).text
            assert (sentence in page, promise in page.lower()) == (True, False), path


async def test_facets_count_and_can_be_taken_away_one_by_one(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets?classification=public&q=about")).text
        (without,) = re.findall(r'class="pl-chip" href="([^"]+)"', page)
        wider = (await client.get(without.replace("&amp;", "&"))).text
        empty = (await client.get(f"{PREFIX}/datasets?q=nietsdergelijks&format=map")).text
    assert "1 dataset<" in page
    assert re.search(r'value="internal"><span>Internal</span><span class="pl-tally">1<', page)
    assert "3 datasets<" in wider
    assert "Search without the filters" in empty
    assert f'href="{PREFIX}/datasets?q=nietsdergelijks"' in empty


async def test_values_of_a_facet_beyond_the_most_frequent_are_one_press_away(
    service: Service,
) -> None:
    with service.lab.register.write() as t:
        for number in range(11):
            name = f"extra_{number:02}"
            place = f"Dorp {number:02}"
            made = replace(DATASETS["soil_survey"], name=name, place=place, remote="https://a.nl")
            t.datasets.put(made)
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets")).text
        found = (await client.get(f"{PREFIX}/datasets?place=Dorp 10")).text
    shown, _, more = page.partition('<details class="pl-more">')
    assert "3 more" in more.partition("</summary>")[0]
    assert shown.count('name="place"') == 8
    assert page.count('name="place"') == 11
    assert "1 dataset<" in found
    assert 'value="Dorp 10" checked' in found


@pytest.mark.parametrize(
    ("days", "scope", "asks"),
    [(40, None, False), (9, None, True), (40, Scope(columns=("tree",)), True)],
    ids=["reads all of it for weeks", "access ends soon", "reads part of it"],
)
async def test_a_project_is_offered_to_ask_where_there_is_something_to_ask(
    service: Service, days: int, scope: Scope | None, asks: bool
) -> None:
    publish(service, "soil_survey")
    until = service.world.clock.now.date() + timedelta(days=days)
    more = {"scope": scope} if scope else {}
    service.lab.grants.grant(service.world.operator, "soil_survey", "river-access", until, **more)
    async with service.visit("rivierstad-lead") as client:
        page = (await client.get(f"{PREFIX}/datasets/soil_survey")).text
    assert (f'action="{PREFIX}/datasets/soil_survey/requests"' in page) is asks
    assert ('href="#ask"' in page) is asks
    assert ("pl-access--ending" in page) is (days == 9)
    assert ("9 more days" in page) is (days == 9)


async def test_what_was_updated_lately_is_found_as_such(service: Service) -> None:
    service.world.clock.now += timedelta(days=100)
    publish(service, "soil_survey")
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets?freshness=month")).text
    assert "1 dataset<" in page


async def test_who_uses_a_dataset_stands_on_its_page_by_title(service: Service) -> None:
    grant(service, "growth_study")
    assert DATASETS["growth_study"].classification is Classification.CONFIDENTIAL
    async with service.visit("kustregio-analyst") as client:
        page = (await client.get(f"{PREFIX}/datasets/growth_study")).text
    assert "<li>river-access</li>" in page
