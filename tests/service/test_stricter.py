"""A dataset is made confidential: what could be seen of it before is seen nowhere any more."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest
from tests.fakes.world import token
from tests.service.conftest import PREFIX, Service
from tests.service.test_api import API, program
from tests.service.test_catalogue_pages import grant
from tests.service.test_dcat import opened

from polderlab_catalog.domain.datasets import (
    Classification,
    Column,
    Distribution,
    DistributionRole,
    Profile,
)
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult, QualityRun

NAME = "soil_survey"
STEWARD, ANALYST = "rivierstad-steward", "rivierstad-analyst"
PROFILE = {"Veenpluis", "841.5", "0.25"}
ROWS = {"Veenpluis", "841.5"}
EXTENT = {"4.512345", "51.612345"}
COUNT, COUNT_READ = "43218765", "43,218,765"  # longer than what a token holds by chance
SECRETS = PROFILE | EXTENT | {COUNT, COUNT_READ, "the file itself"}


@pytest.fixture
def lab(service: Service) -> Service:
    """Return a lab in which the dataset is open to the world: profile, rows, map and original."""
    public = opened(service)
    buffer = io.BytesIO()
    pd.DataFrame({"plant": ["Veenpluis"] * 4, "n": [841.5] * 4}).to_parquet(buffer)
    public.put(f"{NAME}/2/data.parquet", buffer.getvalue())
    public.put(f"{NAME}/2/original.csv", b"the file itself")
    check = Check(CheckKind.REQUIRED, ("plant",))
    files = (
        Distribution(
            "data.parquet", "application/vnd.apache.parquet", f"{NAME}/2/data.parquet",
            len(buffer.getvalue()), "0" * 64, rows=4, crs="EPSG:28992",
            bbox=(4.512345, 51.612345, 4.912345, 51.812345),
            columns=(
                Column("plant", "string", profile=Profile(0, 1, top=(("Veenpluis", 4),))),
                Column("n", "double", profile=Profile(0, 2, minimum="0.25", maximum="841.5")),
            ),
        ),
        Distribution(
            "original.csv", "text/csv", f"{NAME}/2/original.csv", 15, "1" * 64,
            role=DistributionRole.ORIGINAL,
        ),
    )  # fmt: skip
    with public.lab.register.write() as t:
        dataset = t.datasets.get(NAME)
        assert dataset is not None
        public_now = replace(
            dataset,
            classification=Classification.PUBLIC,
            open_download=True,
            checks=(check,),
        )
        t.datasets.put(public_now)
    published = public.lab.publishing.publish_version(public.world.operator, NAME, files)
    failed = CheckResult(check, passed=False, failing=int(COUNT))
    with public.lab.register.write() as t:
        t.quality.add(QualityRun(NAME, published.number, public.world.clock(), 4, (failed,)))
    return public


async def seen(lab: Service, username: str | None) -> set[str]:
    """Return which of the values are in any answer of the portal, the API and the open door."""
    page = f"{PREFIX}/datasets/{NAME}"
    answers = []
    async with lab.visit(username) as client:
        paths = [
            page, f"{page}?rows=yes", f"{page}.ttl", f"{page}.rdf", f"{page}.jsonld",
            f"{PREFIX}/datasets?q=soil",
            f"{PREFIX}/catalogue.ttl", f"{PREFIX}/catalogue.jsonld",
            f"{page}/versions/2/files/original.csv", f"{page}/versions/2/files/data.parquet",
            f"{PREFIX}/open/{NAME}/original.csv", f"{PREFIX}/open/{NAME}/data.parquet",
        ]  # fmt: skip
        answers += [await client.get(path) for path in paths]
    if username:
        async with program(lab, username) as client:
            for path in ("", f"/{NAME}", f"/{NAME}/quality-runs"):
                answers.append(await client.get(f"{API}/datasets{path}"))
    broken = [str(each.url) for each in answers if each.status_code >= 500]
    assert broken == []
    return {value for value in SECRETS for each in answers if value in each.text}


async def stricter(lab: Service, wanted: Classification = Classification.CONFIDENTIAL) -> None:
    """Choose another class on the page, with the box of open data still ticked."""
    async with lab.visit(STEWARD) as client:
        form = {
            "title_nl": "Bodem", "description_nl": "Over de bodem", "steward": "Team bodem",
            "contact": "bodem@rivierstad.example", "classification": wanted.value,
            "open_download": "yes", "csrf": lab.csrf(STEWARD),
        }  # fmt: skip
        answer = await client.post(f"{PREFIX}/datasets/{NAME}/description", data=form)
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(
    "username", [ANALYST, "kustregio-analyst", "kustregio-steward", "waterdienst-admin", None]
)
async def test_what_was_open_is_shown_to_nobody_once_it_is_confidential(
    lab: Service, username: str | None
) -> None:
    grant(lab, NAME)
    before = await seen(lab, username)
    assert before >= (PROFILE | EXTENT | {COUNT} if username else EXTENT | {"the file itself"})
    await stricter(lab)
    assert await seen(lab, username) == set()


async def test_its_own_steward_keeps_the_original_and_the_counts_and_sees_no_values(
    lab: Service,
) -> None:
    assert await seen(lab, STEWARD) >= PROFILE | EXTENT
    await stricter(lab)
    # The plant stands in the file itself, which they may take home.
    assert await seen(lab, STEWARD) == {COUNT_READ, COUNT, "the file itself", "Veenpluis"}


async def test_public_data_made_internal_is_for_entitled_projects(lab: Service) -> None:
    grant(lab, NAME)
    await stricter(lab, Classification.INTERNAL)
    assert await seen(lab, ANALYST) >= PROFILE
    assert not await seen(lab, "kustregio-analyst") & (PROFILE | {"the file itself"})
    assert await seen(lab, None) == set()


async def test_open_download_ends_and_does_not_come_back_by_itself(lab: Service) -> None:
    path = f"{PREFIX}/open/{NAME}/data.parquet"
    async with lab.visit() as client:
        assert (await client.get(path)).status_code == 200
        await stricter(lab)
        assert (await client.get(path)).status_code == 404
        lab.lab.publishing.describe(
            lab.world.operator, NAME, lambda now: replace(now, classification=Classification.PUBLIC)
        )
        assert (await client.get(path)).status_code == 404
        lab.lab.publishing.describe(
            lab.world.operator, NAME, lambda now: replace(now, open_download=True)
        )
        assert (await client.get(path)).status_code == 200


async def test_a_session_without_a_grant_is_shown_no_first_rows_any_more(lab: Service) -> None:
    key = token(lab.world.run(ANALYST, "river-access"))

    async def told() -> str:
        async with lab.gateway(key) as client:
            found = await client.get("/catalogue")
            assert found.status_code == 200
            return found.text + (await client.get(f"/datasets/{NAME}/preview")).text

    assert {value for value in SECRETS if value in await told()} == ROWS
    await stricter(lab)
    assert not {value for value in SECRETS if value in await told()}
