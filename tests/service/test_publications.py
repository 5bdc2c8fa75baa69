"""Publishing from a session, through the gateway: who, under which name, how classified."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import httpx
import pytest
from tests.fakes.world import FILE, PROJECTS, distribution, token
from tests.service.conftest import Service

from polderlab_catalog.application.intake import Checked
from polderlab_catalog.application.publications import MOST_OPEN
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.projects import MemberRole, Membership

CONTENT = b"PAR1 what a test calls a file PAR1" * 1000


@pytest.fixture
def session(service: Service) -> str:
    """Return the token of a running session in the municipality's project."""
    for name in ("water_bodies", "growth_study", "soil_survey"):
        service.put(f"{name}/1/{FILE}", b"rows")
    return token(service.world.run("rivierstad-analyst", "river-access"))


def described(name: str = "bathing_days", **more: str) -> dict[str, str]:
    return {"name": name, "file": f"{name}.parquet", "title": "Bathing days", **more}


async def publish(
    service: Service, key: str, told: dict[str, str], content: bytes = CONTENT, **more: str
) -> httpx.Response:
    async with service.gateway(key, **more) as client:
        client.headers["Accept-Language"] = "en"
        body = json.dumps(told).encode() + b"\n" + content
        return await client.post("/publications", content=body)


async def check(service: Service, key: str, told: dict[str, str]) -> httpx.Response:
    async with service.gateway(key) as client:
        client.headers["Accept-Language"] = "en"
        return await client.post("/publications/checks", json=told)


async def read(service: Service, key: str, dataset: str) -> None:
    async with service.gateway(key) as client:
        assert (await client.get(f"/datasets/{dataset}/{FILE}")).status_code == 200


def grant(service: Service) -> None:
    service.lab.grants.grant(
        service.world.operator, "growth_study", "river-access", date(2026, 12, 31)
    )


def uploads(service: Service) -> list[bytes]:
    folder = service.lab.settings.uploads_folder
    return [path.read_bytes() for path in folder.glob("*")] if folder.exists() else []


def finish(service: Service) -> None:
    """Do what the worker does when all is well."""
    while (begun := service.lab.intake.begin()) is not None:
        done = service.lab.intake.done(begun, (distribution(begun.dataset),), (), Checked(rows=10))
        assert done is not None


async def test_an_analyst_publishes_a_result_of_the_projects_organisation(
    service: Service, session: str
) -> None:
    await read(service, session, "water_bodies")
    answer = await publish(service, session, described())
    told = answer.json()
    finish(service)
    async with service.gateway(session) as client:
        after = (await client.get(f"/publications/{told['id']}")).json()
        listed = (await client.get("/datasets")).json()["datasets"]

    assert answer.status_code == 202, answer.text
    assert uploads(service) == [CONTENT]
    assert (told["dataset"], told["state"]) == ("bathing_days", "received")
    assert (after["state"], after["version"]) == ("done", 1)
    assert after["derived_from"] == ["water_bodies@1"]
    mine = next(each for each in listed if each["name"] == "bathing_days")
    assert (mine["organisation"], mine["classification"]) == ("Rivierstad", "internal")
    assert mine["until"] == PROJECTS["river-access"].ends.isoformat()
    with service.lab.register.read() as t:
        version = t.datasets.version("bathing_days")
    assert version is not None
    assert (version.project, version.derived_from) == ("river-access", ("water_bodies@1",))


async def test_what_it_was_made_with_sets_the_least_classification(
    service: Service, session: str
) -> None:
    grant(service)
    await read(service, session, "growth_study")
    lower = await publish(service, session, described(classification="internal"))
    left_out = await publish(service, session, described())

    assert (lower.status_code, lower.json()["code"]) == (403, "result-classified-lower")
    assert "confidential at least, because it has read growth_study" in lower.json()["detail"]
    assert "ten minste vertrouwelijk" in lower.json()["messages"]["nl"]
    assert left_out.json()["classification"] == "confidential"


async def test_a_new_session_does_not_wash_off_what_the_project_read(
    service: Service, session: str
) -> None:
    grant(service)
    await read(service, session, "growth_study")
    service.lab.reads.seal(everything=True)
    plan = service.world.sessions
    with service.lab.register.read() as t:
        (running,) = t.sessions.open()
    plan.close(running.id, "stopped")
    fresh = token(service.world.run("rivierstad-analyst", "river-access"))

    refused = await check(service, fresh, described(classification="public"))
    allowed = await check(service, fresh, described(classification="confidential"))

    assert refused.json()["code"] == "result-classified-lower"
    assert allowed.status_code == 204


async def test_a_public_result_of_public_data_may_be_public(service: Service, session: str) -> None:
    await read(service, session, "water_bodies")
    answer = await publish(service, session, described(classification="public"))
    assert answer.json()["classification"] == "public"


@pytest.mark.parametrize("name", ["growth_study", "soil_survey", "water_bodies"])
async def test_names_of_others_are_refused_alike(service: Service, session: str, name: str) -> None:
    answers = [
        await publish(service, session, described(name)),
        await check(service, session, described(name)),
    ]

    for answer in answers:
        assert answer.status_code == 403
        assert answer.json()["detail"] == (
            f"Project river-access cannot publish as “{name}”. Choose another name: a project "
            "adds versions only to what it published itself."
        )
    assert uploads(service) == [], "nothing of a refused file is kept"
    with service.lab.register.read() as t:
        assert not t.ingests.find(dataset=name)


async def test_another_project_of_the_same_organisation_cannot_add_a_version(
    service: Service, session: str
) -> None:
    assert (await publish(service, session, described())).status_code == 202
    again = await publish(service, session, described(title=""))
    a = service.world.administration
    other = replace(PROJECTS["river-access"], slug="river-quality")
    a.register_project(service.world.operator, other)
    a.register_member(
        service.world.operator, Membership("rivierstad-lead", "river-quality", MemberRole.LEAD)
    )
    theirs = token(service.world.run("rivierstad-lead", "river-quality", "10.213.0.3"))
    refused = await publish(service, theirs, described(), address="10.213.0.3")

    assert again.status_code == 202, "the project itself does, and needs no title any more"
    assert refused.json()["code"] == "name-not-yours"


async def test_a_steward_lowers_it_and_the_next_version_keeps_that(
    service: Service, session: str
) -> None:
    grant(service)
    await read(service, session, "growth_study")
    await publish(service, session, described())
    finish(service)
    with service.lab.register.write() as t:
        dataset = t.datasets.get("bathing_days")
        assert dataset is not None
        t.datasets.put(replace(dataset, classification=Classification.INTERNAL))

    judged = await publish(service, session, described())
    raised = await check(service, session, described(classification="confidential"))

    assert judged.json()["classification"] == "internal"
    assert raised.json()["code"] == "classification-by-steward"


async def test_a_source_that_was_made_stricter_since_has_to_be_judged_again(
    service: Service, session: str
) -> None:
    operator, describe = service.world.operator, service.lab.publishing.describe

    def classify(name: str, kind: Classification) -> None:
        describe(operator, name, lambda now: replace(now, classification=kind))

    classify("growth_study", Classification.INTERNAL)
    grant(service)
    await read(service, session, "growth_study")
    assert (await publish(service, session, described())).json()["classification"] == "internal"
    finish(service)
    assert (await check(service, session, described())).status_code == 204
    classify("growth_study", Classification.CONFIDENTIAL)
    refused = await check(service, session, described())
    for kind in (Classification.CONFIDENTIAL, Classification.INTERNAL):
        classify("bathing_days", kind)
    judged = await check(service, session, described())

    assert refused.json()["code"] == "result-too-confidential"
    assert judged.status_code == 204


async def test_what_nobody_judged_cannot_go_into_a_looser_dataset(
    service: Service, session: str
) -> None:
    await publish(service, session, described(classification="public"))
    finish(service)
    grant(service)
    await read(service, session, "growth_study")

    answer = await publish(service, session, described())

    assert answer.json()["code"] == "result-too-confidential"
    assert "confidential data of growth_study" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (described("Bathing days"), 422),
        (described("../../etc"), 422),
        (described("a" * 41), 422),
        ({"name": "bathing_days", "file": "a.parquet"}, 422),
        (described(classification="secret"), 422),
        (described(licence="javascript:alert(1)"), 422),
        (described(title="t" * 201), 422),
        (described(), 202),
    ],
)
async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    service: Service, session: str, told: dict[str, str], status: int
) -> None:
    answer = await publish(service, session, told)
    assert answer.status_code == status, answer.text
    assert len(uploads(service)) == (status == 202)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"{}\n", b"no json\nfile", b"[]\nfile", b"x" * 100_000, b'{"name": 3}\nf']
)
async def test_a_body_that_is_no_publication_is_refused(
    service: Service, session: str, body: bytes
) -> None:
    async with service.gateway(session) as client:
        answer = await client.post("/publications", content=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert uploads(service) == []


async def test_an_empty_file_is_refused(service: Service, session: str) -> None:
    answer = await publish(service, session, described(), b"")
    assert answer.status_code == 422
    assert uploads(service) == []
    with service.lab.register.read() as t:
        assert t.datasets.get("bathing_days") is None


async def test_a_file_may_be_larger_than_other_bodies_but_not_endless(
    service: Service, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = await publish(service, session, described(), b"x" * 3 * 1024 * 1024)
    monkeypatch.setattr(service.lab.uploads, "largest", 1024)
    refused = await publish(service, session, described(), b"x" * 2048)

    assert large.status_code == 202
    assert refused.json()["code"] == "file-too-large"
    assert len(uploads(service)) == 1


async def test_a_key_from_elsewhere_a_wrong_one_and_a_closed_session_publish_nothing(
    service: Service, session: str
) -> None:
    elsewhere = await publish(service, session, described(), address="10.213.0.9")
    wrong = await publish(service, "guess", described())
    none = await publish(service, "", described())
    with service.lab.register.read() as t:
        (running,) = t.sessions.open()
    service.lab.sessions.close(running.id, "stopped")
    closed = await publish(service, session, described())

    codes = [each.json()["code"] for each in (elsewhere, wrong, none, closed)]
    assert codes == ["wrong-address", "not-signed-in", "not-signed-in", "session-closed"]
    assert uploads(service) == []
    with service.lab.register.read() as t:
        logged = t.audit.search(action=AuditAction.PUBLICATION_REFUSED)
    assert len(logged) == 3


async def test_a_viewer_publishes_nothing_even_in_a_session_that_runs(
    service: Service, session: str
) -> None:
    assert (await check(service, session, described())).status_code == 204
    service.world.administration.register_member(
        service.world.operator,
        Membership("rivierstad-analyst", "river-access", MemberRole.VIEWER),
    )
    refused = await publish(service, session, described())
    assert refused.json()["code"] == "viewer-starts-no-session"


async def test_how_far_a_publication_is_is_for_its_own_project_alone(
    service: Service, session: str
) -> None:
    made = (await publish(service, session, described())).json()["id"]
    theirs = token(service.world.run("kustregio-analyst", "youth-health", "10.213.0.3"))
    async with service.gateway(session) as client:
        own = await client.get(f"/publications/{made}")
        odd = await client.get("/publications/..%2f..")
    async with service.gateway(theirs, "10.213.0.3") as client:
        foreign = await client.get(f"/publications/{made}")
        absent = await client.get(f"/publications/{'0' * 8}-0000-0000-0000-{'0' * 12}")

    assert own.status_code == 200
    assert (foreign.status_code, odd.status_code) == (404, 404)
    assert foreign.json() == absent.json()


async def test_a_project_publishes_only_so_much_at_once(service: Service, session: str) -> None:
    names = [f"result_{number}" for number in range(MOST_OPEN)]
    accepted = [await publish(service, session, described(name)) for name in names]
    refused = await publish(service, session, described("one_more"))
    while (begun := service.lab.intake.begin()) is not None:
        service.lab.intake.failed(begun, ())
    again = await publish(service, session, described("one_more"))

    assert {each.status_code for each in accepted} == {202}
    assert (refused.status_code, refused.json()["code"]) == (403, "too-many-publications")
    assert len(uploads(service)) == MOST_OPEN + 1
    assert again.status_code == 202
