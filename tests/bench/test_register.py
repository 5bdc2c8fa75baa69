"""How long the landing page and a start take in a lab that many use, and how that grows."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.fakes.hub import SERVICE_TOKEN, FakeHub
from tests.fakes.world import World
from tests.support.crowd import OPEN, gather
from tests.support.measure import keep_value, percentile
from tests.support.worlds import filled

from polderlab_catalog.bootstrap import assemble
from polderlab_catalog.hub_client import HubClient
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.web.apps import portal_app
from polderlab_catalog.web.identity import HubIdentity
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import SESSION_COOKIE

MANY = int(os.environ.get("BENCH_PEOPLE", "10000"))
FEW = MANY // 10
ROUNDS, GOAL = 41, 0.1
HOST, PREFIX = "http://127.0.0.1:8000", "/services/lab"
Times = list[tuple[float, float]]
"""Of each round: seconds by the clock, and of this process."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_landing_page_and_a_start_among_ten_thousand_people(kind: str, tmp_path: Path) -> None:
    found: dict[str, dict[int, float]] = {"landing page": {}, "start and close": {}}
    for count in (FEW, MANY):
        folder = tmp_path / str(count)
        folder.mkdir()
        with filled(kind, count, folder, gather, "people") as world:
            pages = asyncio.run(_pages(world, folder, count))
            for what, times in zip(found, (pages, _starts(world, count)), strict=True):
                found[what][count] = _told(what, times)
    for what, by_count in found.items():
        print(f"{what}: {by_count[MANY] / by_count[FEW]:.1f} times as long with ten times as many")
        keep_value(f"{what}, {MANY:,} people, {kind}", by_count[MANY], "s", GOAL)
    assert max(by_count[MANY] for by_count in found.values()) <= GOAL


async def _pages(world: World, folder: Path, count: int) -> Times:
    """Time the page that lists somebody's projects, as the portal's own application answers it."""
    settings = LabSettings(
        state=folder,
        data=folder,
        database=str(world.register.engine.url),  # type: ignore[attr-defined]
        public_url=HOST,
        prefix=PREFIX,
        hub_api=f"{HOST}/hub/api",
        service_token=SecretStr(SERVICE_TOKEN),
        hub_token=SecretStr("what the hub shows"),
        cookie_secret=SecretStr("a secret of the bench"),
    )
    hub = FakeHub(f"{HOST}{PREFIX}/oauth_callback")
    client = HubClient(settings.hub_api, SERVICE_TOKEN, transport=hub.transport)
    identity = HubIdentity(
        settings.hub_api, SERVICE_TOKEN, f"{HOST}{PREFIX}/oauth_callback", transport=hub.transport
    )
    portal = Portal.build(assemble(settings, world.register, world.clock, client), identity)
    times = []
    transport = httpx.ASGITransport(portal_app(portal))
    for person in _some(count):
        token = {"token": hub.token(person), "session": person}
        cookies = {SESSION_COOKIE: portal.sessions.seal(token)}
        async with httpx.AsyncClient(transport=transport, cookies=cookies) as browser:
            began = time.perf_counter(), time.process_time()
            page = await browser.get(f"{HOST}{PREFIX}/")
            times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
        assert page.status_code == 200, page.text[:400]
        assert "Werk" in page.text
    return times


def _starts(world: World, count: int) -> Times:
    """Time the decision on a start with the place it takes, and giving that back."""
    times = []
    for person in _some(count):
        with world.register.read() as t:
            project = t.projects.memberships(username=person)[-1].project
        began = time.perf_counter(), time.process_time()
        world.sessions.close(world.plan(person, project).session, "bench")
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return times


def _some(count: int) -> list[str]:
    """Name people spread over all; none of them works just now."""
    return [f"person-{number * (count // ROUNDS) // OPEN * OPEN}" for number in range(ROUNDS)]


def _told(what: str, times: Times) -> float:
    """Print what ``times`` were, but for the first; return p95."""
    clock, own = zip(*times[1:], strict=True)
    p50, p95, used = percentile(clock, 50), percentile(clock, 95), percentile(own, 50)
    print(f"{what:20} p50 {p50 * 1000:6.1f} ms  p95 {p95 * 1000:6.1f} ms  "
          f"processor {used * 1000:6.1f} ms", flush=True)  # fmt: skip
    return p95
