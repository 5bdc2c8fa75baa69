"""What is left, asked from a session: with the real client, at the real gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from tests.fakes.world import PEOPLE, token
from tests.service.conftest import Service
from tests.support.serving import served

import polderlab
from polderlab import wire
from polderlab.wire import SessionEnvironment
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level, Resource

PROJECT = Level.project("river-access")


@pytest.fixture
def session(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[wire.SessionPlan]:
    """Be a session of the analyst in river-access, on this very machine."""
    plan = service.world.run("rivierstad-analyst", "river-access", "127.0.0.1")
    with served(service.gateway_app) as address:
        monkeypatch.setenv(SessionEnvironment.GATEWAY, f"{address}/v1")
        monkeypatch.setenv(SessionEnvironment.TOKEN, token(plan))
        monkeypatch.setenv(SessionEnvironment.LANGUAGE, "en")
        yield plan


def allow(service: Service, **limits: float) -> None:
    service.lab.allocations.set(service.world.operator, PROJECT, Allocation(**limits))  # type: ignore[arg-type]


@pytest.mark.usefixtures("session")
def test_a_notebook_sees_what_is_left(service: Service) -> None:
    allow(service, cpu_hours=10)
    service.world.clock.advance(hours=2, minutes=30)
    left = polderlab.quota()
    assert left.left("cpu_hours") == 7.5
    assert left.left("memory_gib_hours") is None
    assert repr(left).splitlines() == [
        "What is left in project river-access",
        "  Sessions                    3 of 4 left",
        "  Processors                  3 of 4 left",
        "  Memory                      6 GB of 8 GB left",
        "  Processor-hours this month  7.5 of 10 left",
        "The hours start anew on 2026-12-01.",
    ]
    page = left._repr_html_()
    assert '<td style="text-align:left">project river-access</td>' in page
    assert "organisation Rivierstad" in page


@pytest.mark.usefixtures("session")
def test_it_speaks_dutch(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SessionEnvironment.LANGUAGE, "nl")
    allow(service, cpu_hours=10)
    service.world.clock.advance(hours=2, minutes=30)
    assert "Processoruren deze maand  7,5 van 10 over" in repr(polderlab.quota())


@pytest.mark.usefixtures("session")
def test_a_notebook_is_told_when_hours_run_out_and_when_it_stops(service: Service) -> None:
    allow(service, cpu_hours=10)
    service.world.clock.advance(hours=8)
    assert "80 % is used. Ask for more in time" in repr(polderlab.quota())
    service.world.clock.advance(hours=2)
    service.lab.holding.enforce()
    said = repr(polderlab.quota())
    assert "This session stops at 22:10. The project has used all its hours" in said
    assert "/services/lab/projects/river-access/more" in said
    ravi = Actor.for_person(PEOPLE["rivierstad-analyst"])
    asked = service.lab.extensions.ask(
        ravi, "river-access", Resource.CPU_HOURS, 5, why="More", until=date(2026, 11, 30)
    )
    service.lab.extensions.approve(service.world.operator, asked.id)
    service.lab.holding.enforce()
    assert "stops at" not in repr(polderlab.quota())


@pytest.mark.usefixtures("session")
def test_disk_is_shown_where_it_is_known(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    class Known:
        def usage(self, kind: str, _name: str) -> DiskUse:
            return DiskUse(2**30, 4 * 2**30) if kind == "home" else DiskUse(0, 0)

    monkeypatch.setattr(service.lab.allocations, "_disks", Known())
    assert "Disk: your home  3 GB of 4 GB left" in repr(polderlab.quota())
    assert "project folder" not in repr(polderlab.quota())


async def test_a_key_used_elsewhere_or_after_the_end_is_told_nothing(
    service: Service, session: wire.SessionPlan
) -> None:
    async with service.gateway(token(session), "127.0.0.1") as own:
        assert (await own.get("/quota")).status_code == 200
    async with service.gateway(token(session), "10.213.0.99") as other:
        assert (await other.get("/quota")).status_code == 403
    service.lab.sessions.close(session.session, "stop")
    async with service.gateway(token(session), "127.0.0.1") as own:
        assert (await own.get("/quota")).status_code == 403
    with pytest.raises(PermissionError):
        polderlab.quota()


def test_outside_a_session_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SessionEnvironment.GATEWAY, raising=False)
    monkeypatch.setenv(SessionEnvironment.LANGUAGE, "en")
    with pytest.raises(ConnectionError, match="inside a session of the lab only"):
        polderlab.quota()
