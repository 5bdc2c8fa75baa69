"""The gateway: who may read what, from where, and how many bytes of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import httpx
import pytest
from tests.fakes.world import FILE, token
from tests.service.conftest import Service

from polderlab_catalog.domain.audit import AuditAction

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def files(service: Service) -> Path:
    for name in ("water_bodies", "growth_study", "soil_survey"):
        service.put(f"{name}/1/{FILE}", CONTENT)
    return service.data


@pytest.fixture
def session(service: Service, files: Path) -> str:
    """Return the token of a running session in the municipality's project."""
    return token(service.world.run("rivierstad-analyst", "river-access"))


def grant(service: Service, project: str = "river-access") -> None:
    service.lab.grants.grant(service.world.operator, "growth_study", project, date(2026, 12, 31))


async def read(service: Service, key: str, path: str, **more: str) -> httpx.Response:
    async with service.gateway(key, **more) as client:
        return await client.get(f"/datasets/{path}")


async def test_a_public_dataset_is_read_whole_and_with_its_type(
    service: Service, session: str
) -> None:
    answer = await read(service, session, f"water_bodies/{FILE}")
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["etag"] == f'"{1:064x}"'
    assert answer.headers["accept-ranges"] == "bytes"


async def test_the_listing_holds_exactly_what_the_project_may_read(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        before = (await client.get("/datasets")).json()
        grant(service)
        after = (await client.get("/datasets")).json()
    assert before["project"] == "river-access"
    assert [each["name"] for each in before["datasets"]] == ["water_bodies"]
    assert [each["name"] for each in after["datasets"]] == ["growth_study", "water_bodies"]
    assert after["datasets"][0]["until"] == "2026-12-31"


async def test_without_a_grant_the_refusal_says_why_and_where_to_go(
    service: Service, session: str
) -> None:
    answer = await read(service, session, f"growth_study/{FILE}")
    problem = answer.json()
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "no-grant"
    assert problem["messages"]["nl"].startswith("Project river-access mag growth_study niet lezen")
    assert problem["messages"]["en"].startswith("Project river-access may not read growth_study")
    assert problem["help"].endswith("/services/lab/datasets/growth_study")


async def test_a_grant_and_its_revocation_hold_on_the_very_next_read(
    service: Service, session: str
) -> None:
    codes = []
    codes.append((await read(service, session, f"growth_study/{FILE}")).status_code)
    grant(service)
    codes.append((await read(service, session, f"growth_study/{FILE}")).status_code)
    service.lab.grants.revoke(service.world.steward, "growth_study", "river-access")
    answer = await read(service, session, f"growth_study/{FILE}")
    assert [*codes, answer.status_code] == [403, 200, 403]
    assert answer.json()["code"] == "grant-revoked"


async def test_a_grant_ends_by_itself_after_its_last_day(service: Service, session: str) -> None:
    grant(service)
    service.world.clock.advance(days=59)
    assert (await read(service, session, f"growth_study/{FILE}")).status_code == 200
    service.world.clock.advance(days=1)
    assert (await read(service, session, f"growth_study/{FILE}")).json()["code"] == "grant-ended"


async def test_a_grant_is_of_its_project_alone(service: Service, session: str) -> None:
    grant(service, "youth-health")
    theirs = token(service.world.run("kustregio-analyst", "youth-health", "10.213.0.3"))
    assert (await read(service, theirs, f"growth_study/{FILE}", address="10.213.0.3")).is_success
    assert (await read(service, session, f"growth_study/{FILE}")).json()["code"] == "no-grant"


async def test_a_key_works_from_its_own_container_only(service: Service, session: str) -> None:
    assert (await read(service, session, f"water_bodies/{FILE}")).is_success
    other = await read(service, session, f"water_bodies/{FILE}", address="10.213.0.3")
    assert (other.status_code, other.json()["code"]) == (403, "wrong-address")
    async with service.gateway(session, "10.213.0.3") as client:
        claim = {"X-Forwarded-For": "10.213.0.2", "Forwarded": "for=10.213.0.2"}
        answer = await client.get(f"/datasets/water_bodies/{FILE}", headers=claim)
    assert answer.json()["code"] == "wrong-address", "a header does not move a container"


async def test_a_closed_session_reads_nothing_any_more(service: Service, files: Path) -> None:
    plan = service.world.run("rivierstad-analyst", "river-access")
    assert (await read(service, token(plan), f"water_bodies/{FILE}")).is_success
    service.lab.sessions.close(plan.session, "stopped")
    for path in (f"water_bodies/{FILE}", f"water_bodies@1/{FILE}"):
        answer = await read(service, token(plan), path)
        assert (answer.status_code, answer.json()["code"]) == (403, "session-closed")
    async with service.gateway(token(plan)) as client:
        assert (await client.get("/datasets")).status_code == 403


async def test_a_session_that_still_starts_reads_nothing_yet(service: Service, files: Path) -> None:
    plan = service.world.plan("rivierstad-analyst", "river-access")
    answer = await read(service, token(plan), f"water_bodies/{FILE}")
    assert answer.json()["code"] == "session-not-ready"


@pytest.mark.parametrize("key", ["", "wrong", "x" * 10000, "token token"])
async def test_an_unknown_key_is_turned_away(service: Service, files: Path, key: str) -> None:
    answer = await read(service, key, f"water_bodies/{FILE}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_scheme_token_is_as_good_as_bearer(service: Service, session: str) -> None:
    async with service.gateway("") as client:
        headers = {"Authorization": f"token {session}"}
        assert (await client.get("/datasets", headers=headers)).is_success


async def test_a_withdrawn_version_is_refused_and_a_named_one_is_found(
    service: Service, session: str
) -> None:
    assert (await read(service, session, f"water_bodies@1/{FILE}")).is_success
    assert (await read(service, session, f"water_bodies@2/{FILE}")).status_code == 404
    service.lab.administration.withdraw_version(service.world.operator, "water_bodies", 1)
    answer = await read(service, session, f"water_bodies@1/{FILE}")
    assert (answer.status_code, answer.json()["code"]) == (403, "version-withdrawn")


@pytest.mark.parametrize(
    "path",
    [
        "nothing_here/data.parquet",
        "water_bodies/missing.parquet",
        "water_bodies/..%2f..%2fregister.sqlite",
        "water_bodies/%2e%2e/%2e%2e/register.sqlite",
        "water_bodies/..%252f..%252fregister.sqlite",
        "water_bodies/..%5c..%5cregister.sqlite",
        "water_bodies/%00",
        "water_bodies/data.parquet%00.txt",
        "..%2fregister.sqlite/data.parquet",
        "%2fetc%2fpasswd/data.parquet",
        "water_bodies//data.parquet",
        "water_bodies/./data.parquet/../../../register.sqlite",
        "water_bodies@/data.parquet",
        "water_bodies@01/data.parquet",
        "water_bodies@-1/data.parquet",
        "water_bodies@1@1/data.parquet",
        "water_bodies@99999999999999999999/data.parquet",
        "WATER_BODIES/data.parquet",
        "water_bodies/" + "a" * 3000 + ".parquet",
    ],
)
async def test_no_way_of_writing_an_address_leads_outside(
    service: Service, session: str, path: str
) -> None:
    answer = await read(service, session, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=-10", -10, None), ("bytes=102390-", 102390, None)],
)
async def test_a_range_brings_just_those_bytes(
    service: Service, session: str, asked: str, start: int, stop: int | None
) -> None:
    async with service.gateway(session) as client:
        answer = await client.get(f"/datasets/water_bodies/{FILE}", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == CONTENT[start:stop]
    assert answer.headers["content-range"].endswith(f"/{len(CONTENT)}")


async def test_a_range_outside_the_file_is_told_its_length(service: Service, session: str) -> None:
    async with service.gateway(session) as client:
        answer = await client.get(
            f"/datasets/water_bodies/{FILE}", headers={"Range": "bytes=999999-"}
        )
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert answer.json()["status"] == 416


@pytest.mark.parametrize("asked", ["bytes=" + ",".join(["0-9"] * 3000), "bytes=9-0", "lines=1-2"])
async def test_odd_ranges_get_the_file_itself(service: Service, session: str, asked: str) -> None:
    async with service.gateway(session) as client:
        answer = await client.get(f"/datasets/water_bodies/{FILE}", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


async def test_a_changed_file_is_not_pieced_together_from_two_versions(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        headers = {"Range": "bytes=0-9", "If-Range": '"of another version"'}
        answer = await client.get(f"/datasets/water_bodies/{FILE}", headers=headers)
    assert answer.status_code == 200


async def test_head_tells_the_size_and_is_no_read(service: Service, session: str) -> None:
    async with service.gateway(session) as client:
        answer = await client.head(f"/datasets/water_bodies/{FILE}")
        refused = await client.head(f"/datasets/growth_study/{FILE}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert refused.status_code == 403
    assert records(service, AuditAction.DATASET_READ) == []
    assert len(records(service, AuditAction.DATASET_READ_REFUSED)) == 1


async def test_every_read_and_every_refusal_is_logged_with_its_purpose(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        await client.get(f"/datasets/water_bodies/{FILE}", headers={"Range": "bytes=0-99"})
        await client.get(f"/datasets/growth_study/{FILE}")
    (done,) = records(service, AuditAction.DATASET_READ)
    (refused,) = records(service, AuditAction.DATASET_READ_REFUSED)
    assert done.actor == refused.actor == "person:rivierstad-analyst"
    assert done.purpose == "doel van river-access"
    assert (done.object, done.details["bytes"], done.origin) == ("water_bodies", 100, "10.213.0.2")
    assert (refused.object, refused.details["code"]) == ("growth_study", "no-grant")


async def test_a_link_swapped_in_for_a_file_is_not_followed(
    service: Service, session: str, files: Path
) -> None:
    secret = files.parent / "secret"
    secret.write_bytes(b"not for anyone")
    path = files / "water_bodies" / "1" / FILE
    path.unlink()
    path.symlink_to(secret)
    answer = await read(service, session, f"water_bodies/{FILE}")
    assert answer.status_code == 500
    assert b"not for anyone" not in answer.content
    assert records(service, AuditAction.DATASET_READ) == []


async def test_other_methods_and_addresses_are_problem_details(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        for method, path, status in (
            ("POST", "/datasets", 405),
            ("DELETE", f"/datasets/water_bodies/{FILE}", 405),
            ("GET", "/nothing", 404),
            ("GET", "/../internal/health", 404),
            ("GET", "/openapi.json", 404),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == status
            assert json.loads(answer.content)["status"] == status


def records(service: Service, action: AuditAction) -> list:  # type: ignore[type-arg]
    service.lab.reads.seal(everything=True)
    with service.lab.register.read() as register:
        return [record.event for record in register.audit.search(action=action)]
