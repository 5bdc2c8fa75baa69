"""Other catalogues in the portal and the API: for lab administrators, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.search import SearchQuery
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.policy import harvests as sentences
from polderlab_catalog.policy.decisions import MESSAGES, Code
from polderlab_catalog.worker.tasks import harvest as harvest_due

ADMIN = "waterdienst-admin"
URL = "https://data.example.nl/catalog.ttl"
PAGE = f"{PREFIX}/harvests"
API = f"{PREFIX}/api/v1/harvests"


@pytest.fixture
def harvest(service: Service) -> Harvest:
    return service.lab.harvests.add(Actor.operator("root"), URL, "rivierstad", hours=24)


def tried(service: Service, harvest: Harvest, **facts: object) -> None:
    with service.lab.register.write() as t:
        t.harvests.put(replace(harvest, last=service.world.clock(), **facts))  # type: ignore[arg-type]


def kept(service: Service) -> list[Harvest]:
    return list(service.lab.harvests.all())


async def test_an_administrator_adds_a_catalogue(service: Service) -> None:
    sent = {"url": URL, "organisation": "rivierstad", "hours": "168", "csrf": service.csrf(ADMIN)}
    async with service.visit(ADMIN) as client:
        answer = await client.post(PAGE, data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        page = (await client.get(PAGE)).text
    (added,) = kept(service)
    assert (added.url, added.organisation, added.hours) == (URL, "rivierstad", 168)
    assert URL in page
    assert "every week" in page
    assert "waits for its turn" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "ftp://data.example.nl/"}, "url"),
        ({"url": "https://data.example.nl/<script>"}, "url"),
        ({"url": "https://data.example.nl/" + "x" * 2100}, "url"),
        ({"url": "https://data.example.nl/\x00"}, "url"),
        ({"url": "https://data.example.nl/é"}, "url"),
        ({"organisation": "nobody"}, "organisation"),
        ({"organisation": "rivier\x00stad"}, "organisation"),
        ({"hours": "0"}, "hours"),
        ({"hours": "٣"}, "hours"),
        ({"hours": "9" * 400}, "hours"),
    ],
)
async def test_a_mistake_is_told_at_its_field_and_nothing_is_kept(
    service: Service, wrong: dict[str, str], field: str
) -> None:
    right = {"url": URL, "organisation": "rivierstad", "hours": "24", "csrf": service.csrf(ADMIN)}
    async with service.visit(ADMIN) as client:
        answer = await client.post(PAGE, data={**right, **wrong})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert "<script>" not in answer.text.partition("<main")[2]
        assert kept(service) == []
        assert (await client.post(PAGE, data=right)).status_code == 303, "the positive control"


async def test_reading_now_waits_for_the_worker_and_keeps_what_was_found(
    service: Service, harvest: Harvest
) -> None:
    tried(service, harvest, found=12)
    async with service.visit(ADMIN) as client:
        assert "12 datasets" in (await client.get(PAGE)).text
        answer = await client.post(f"{PAGE}/{harvest.id}/runs", data={"csrf": service.csrf(ADMIN)})
        assert answer.status_code == 303
        assert "waits for its turn" in (await client.get(PAGE)).text
    (asked,) = kept(service)
    assert (asked.last, asked.found) == (None, 12)
    harvest_due(service.lab)  # what the worker does; nothing answers at this address here
    (done,) = kept(service)
    assert (done.last, done.found) == (service.world.clock(), 12)
    assert done.error == "The catalogue does not answer."
    logged = [each.event.action for each in service.lab.audit.show(object=harvest.id, limit=2)]
    assert logged == [AuditAction.DATASET_HARVESTED, AuditAction.HARVEST_REQUESTED]


async def test_what_went_wrong_is_told_in_the_readers_language(
    service: Service, harvest: Harvest
) -> None:
    refusal = MESSAGES[Code.SOURCE_NOT_ALLOWED].format(host="portal.example")
    for error, dutch in (
        ("The catalogue answers with status 404.", "antwoordt met status 404"),
        ("The catalogue has more than 1,000 pages.", "meer dan 1,000 pagina"),
        (refusal, "raadpleegt portal.example niet"),
        ("Something of <an> {earlier} version", "Something of &lt;an&gt; {earlier} version"),
    ):
        tried(service, harvest, error=error, found=3)
        async with service.visit(ADMIN, "nl") as client:
            page = (await client.get(PAGE)).text
        assert dutch in page
        assert "3 datasets van een eerdere keer blijven staan" in page


async def test_removing_takes_the_descriptions_along(service: Service, harvest: Harvest) -> None:
    def found() -> int:
        person = service.lab.people.get(ADMIN)
        assert person is not None
        return service.lab.catalogue.search(person, SearchQuery(formats=("elsewhere",))).total

    with service.lab.register.write() as t:
        dataset = t.datasets.get("soil_survey")
        assert dataset is not None
        t.datasets.put(replace(dataset, name="from_there", remote="https://data.example.nl/1"))
        t.harvests.put_described(harvest.id, "https://data.example.nl/1", "from_there")
    assert found() == 1
    async with service.visit(ADMIN) as client:
        gone = await client.post(f"{PAGE}/{harvest.id}/removal", data={"csrf": service.csrf(ADMIN)})
    assert gone.status_code == 303
    assert found() == 0
    assert kept(service) == []


@pytest.mark.parametrize("username", ["rivierstad-steward", "kustregio-privacy", "rivierstad-lead"])
async def test_nobody_else_sees_or_changes_them(
    service: Service, harvest: Harvest, username: str
) -> None:
    tried(service, harvest, found=1)
    before = kept(service)
    form = {"csrf": service.csrf(username)}
    new = {"url": f"{URL}?2", "organisation": "rivierstad", "hours": "24"}
    async with service.visit(username) as client:
        header = {"X-CSRF-Token": form["csrf"]}
        answers = [
            await client.get(PAGE),
            await client.get(f"{PAGE}/live"),
            await client.post(PAGE, data=form | new),
            await client.post(f"{PAGE}/{harvest.id}/runs", data=form),
            await client.post(f"{PAGE}/{harvest.id}/removal", data=form),
            await client.get(API),
            await client.get(f"{API}/{harvest.id}"),
            await client.post(API, json={**new, "hours": 24}, headers=header),
            await client.post(f"{API}/{harvest.id}/runs", headers=header),
            await client.delete(f"{API}/{harvest.id}", headers=header),
        ]
        assert f"{PREFIX}/harvests" not in (await client.get(f"{PREFIX}/publishing")).text
    assert [each.status_code for each in answers] == [403] * len(answers)
    assert not [each for each in answers if "data.example.nl" in each.text]
    assert kept(service) == before
    refused = service.lab.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)
    assert len(refused) == 6, "whoever tried to change something stands in the log"


async def test_a_form_of_another_site_changes_nothing(service: Service, harvest: Harvest) -> None:
    tried(service, harvest)
    before = kept(service)
    async with service.visit(ADMIN) as client:
        for path in (PAGE, f"{PAGE}/{harvest.id}/runs", f"{PAGE}/{harvest.id}/removal"):
            answer = await client.post(path, data={"url": f"{URL}?2", "csrf": "guessed"})
            assert answer.status_code == 403
    assert kept(service) == before


async def test_the_api_does_the_same(service: Service) -> None:
    header = {"X-CSRF-Token": service.csrf(ADMIN)}
    async with service.visit(ADMIN) as client:
        made = await client.post(
            API, json={"url": URL, "organisation": "rivierstad"}, headers=header
        )
        assert made.status_code == 201
        id_ = made.json()["id"]
        assert (made.json()["hours"], made.json()["last"]) == (24, None)
        tried(service, kept(service)[0], found=7, error=sentences.NO_ANSWER)
        (listed,) = (await client.get(API)).json()
        assert (listed["found"], listed["error"]) == (7, sentences.NO_ANSWER)
        assert (await client.get(f"{API}/{id_}")).json() == listed
        run = await client.post(f"{API}/{id_}/runs", headers=header)
        assert (run.status_code, run.json()["last"]) == (202, None)
        assert (await client.delete(f"{API}/{id_}", headers=header)).status_code == 204
        assert (await client.get(f"{API}/{id_}")).status_code == 404
        assert (await client.get(f"{API}/nonsense")).status_code == 400


def test_every_sentence_about_a_catalogue_is_recognised_again() -> None:
    for name in ("STATUS", "LARGE_PAGE", "SLOW_PAGE", "SLOW", "MANY_PAGES", "NO_ANSWER", "CONTEXT"):
        sentence = getattr(sentences, name)
        details = dict.fromkeys(("status", "size", "seconds", "minutes", "count"), "1,000")
        found, filled = sentences.recognised(sentence.format(**details))
        assert found == sentence
        assert set(filled.values()) <= {"1,000"}
