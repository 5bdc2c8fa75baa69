"""Kept reports: as pages, to print, as CSV, by REST and on the command line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import AsyncClient
from tests.service.conftest import PREFIX, Service
from tests.service.test_api_allocations import caller
from tests.service.test_command_line import Command, polderlab, state
from tests.support import reports

from polderlab_catalog.bootstrap import build
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.worker.tasks import keep_reports

__all__ = ["polderlab", "state"]

API = f"{PREFIX}/api/v1"
RAVI, KIM, ADMIN, BOSS = (
    "rivierstad-analyst",
    "kustregio-analyst",
    "waterdienst-admin",
    "rivierstad-steward",
)
OWN, OTHERS = "/organisations/rivierstad/reports", "/organisations/kustregio/reports"


@pytest.fixture
def kept(service: Service) -> Service:
    """A lab in which November is over, and in which one person looks after Rivierstad."""
    with service.lab.register.write() as t:
        person = t.people.get(BOSS)
        assert person is not None
        t.people.put(replace(person, roles=frozenset({LabRole.ORGANISATION_ADMINISTRATOR})))
    for username, project in ((RAVI, "river-access"), (KIM, "youth-health")):
        plan = service.world.run(username, project)
        service.world.clock.advance(hours=3)
        service.lab.sessions.close(plan.session, "stop")
    service.world.clock.now = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    keep_reports(service.lab)
    return service


async def rows(client: AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(PREFIX + path)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_an_organisations_reports_are_listed_shown_and_taken_along(kept: Service) -> None:
    async with kept.visit(BOSS) as boss:
        listed = await boss.get(f"{PREFIX}{OWN}")
        assert f'href="{PREFIX}{OWN}/2026-11"' in listed.text
        page = await boss.get(f"{PREFIX}{OWN}/2026-11")
        assert "November 2026" in page.text
        assert "Kept on 1 December 2026" in page.text
        assert "pl-no-print" in page.text
        found = await rows(boss, f"{OWN}/2026-11/csv")
    assert [(row["project"], row["what"], row["quantity"]) for row in found[:2]] == [
        ("river-access", "cpu-hours", "3.0000"),
        ("river-access", "memory-gib-hours", "6.0000"),
    ]


async def test_what_the_costs_page_counts_later_is_not_in_the_report(kept: Service) -> None:
    with kept.lab.register.write() as t:
        session = next(iter(t.usage.spans(datetime(2026, 11, 1, tzinfo=UTC), kept.world.clock.now)))
        held = t.sessions.get(session.session)
        assert held is not None
        t.sessions.put(replace(held, cpus=50))
    async with kept.visit(ADMIN) as admin:
        costs = await rows(admin, "/organisations/rivierstad/costs/csv?month=2026-11")
        report = await rows(admin, f"{OWN}/2026-11/csv")
    assert costs[0]["quantity"] == "150.0000", "the positive control"
    assert report[0]["quantity"] == "3.0000"


async def test_the_lab_administrator_sees_all_of_a_month(kept: Service) -> None:
    async with kept.visit(ADMIN) as admin:
        page = (await admin.get(f"{PREFIX}/reports")).text
        assert f"{OWN}/2026-11" in page
        assert f"{OTHERS}/2026-11" in page
        empty = await admin.get(f"{PREFIX}/reports?month=2026-10")
        assert empty.status_code == 200
        assert f"{OWN}/2026-11" not in empty.text
        for odd in ("2026-13", "x", "2026-11-01", "%00"):
            assert (await admin.get(f"{PREFIX}/reports?month={odd}")).status_code == 404
            assert (await admin.get(f"{PREFIX}{OWN}/{odd}")).status_code == 404


@pytest.mark.parametrize("rest", ["", "/2026-11", "/2026-11/csv"])
async def test_an_administrator_sees_the_own_organisations_only(kept: Service, rest: str) -> None:
    async with kept.visit(BOSS) as boss:
        assert (await boss.get(f"{PREFIX}{OWN}{rest}")).status_code == 200
        assert (await boss.get(f"{PREFIX}{OTHERS}{rest}")).status_code == 404
        assert (await boss.get(f"{PREFIX}/reports")).status_code == 403
    async with kept.visit(KIM) as kim:
        assert (await kim.get(f"{PREFIX}{OTHERS}{rest}")).status_code in (403, 404)
    async with caller(kept, BOSS) as boss:
        if not rest.endswith("csv"):
            assert (await boss.get(f"{API}{OWN}{rest}")).status_code == 200
            assert (await boss.get(f"{API}{OTHERS}{rest}")).status_code == 404


async def test_programs_get_the_same(kept: Service) -> None:
    async with caller(kept, ADMIN) as admin:
        (listed,) = (await admin.get(f"{API}{OWN}")).json()
        assert (listed["month"], listed["currency"]) == ("2026-11", "EUR")
        whole = (await admin.get(f"{API}{OWN}/2026-11")).json()
        assert whole["report"] == listed
        (project,) = whole["projects"]
        assert project["costs"][0]["quantity"] == "3.000000"
        assert (await admin.get(f"{API}{OWN}/2026-10")).status_code == 404
        assert (await admin.get(f"{API}{OWN}/2026-13")).status_code == 400


async def test_whoever_is_told_finds_the_report_behind_the_notice(kept: Service) -> None:
    async with kept.visit(BOSS) as boss:
        page = (await boss.get(f"{PREFIX}/notices")).text
        assert "The report of use and costs of Rivierstad is there" in page
        assert "from 1 November 2026 up to and including 30 November 2026" in page
        assert f'href="{PREFIX}{OWN}/2026-11"' in page
    async with kept.visit(ADMIN) as admin:
        assert (
            f'href="{PREFIX}/reports?month=2026-11"' in (await admin.get(f"{PREFIX}/notices")).text
        )


def test_an_operator_lists_and_shows_them(polderlab: Command, state: Path) -> None:
    assert polderlab("report", "list", "rivierstad").stdout == "No month of it was kept yet.\n"
    reports.keep(build(LabSettings(state=state, database="")).register)
    (listed,) = json.loads(polderlab("report", "list", "rivierstad", "--json").stdout)
    assert (listed["month"], listed["total"]) == ("2026-10", "29.15")
    shown = polderlab("report", "show", "rivierstad", "2026-10", "--csv").stdout
    row = next(csv.DictReader(io.StringIO(shown)))
    assert (row["quantity"], row["cost"], row["currency"]) == ("412.5000", "20.63", "EUR")
    assert polderlab("report", "show", "rivierstad", "2026-11").returncode == 1
    assert "write the month as" in polderlab("report", "show", "rivierstad", "x").stderr
