"""What is left, asking for more, dividing it, and the cost report: as pages."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from tests.fakes.world import GIB, PROJECTS
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    Level,
    Resource,
)
from polderlab_catalog.domain.people import LabRole

PROJECT = Level.project("river-access")
RAVI, LEA, ADMIN, STEF = (
    "rivierstad-analyst",
    "rivierstad-lead",
    "waterdienst-admin",
    "rivierstad-steward",
)


def allow(service: Service, level: Level = PROJECT, **limits: float) -> None:
    service.lab.allocations.set(service.world.operator, level, Allocation(**limits))  # type: ignore[arg-type]


def actor(service: Service, username: str) -> Actor:
    person = service.lab.people.get(username)
    assert person is not None
    return Actor.for_person(person)


def ask_more(service: Service) -> Extension:
    return service.lab.extensions.ask(
        actor(service, RAVI), "river-access", Resource.CPUS, 2, why="Larger maps"
    )


@pytest.fixture
def organisation_administrator(service: Service) -> str:
    with service.lab.register.write() as t:
        stef = t.people.get(STEF)
        assert stef is not None
        t.people.put(replace(stef, roles=frozenset({LabRole.ORGANISATION_ADMINISTRATOR})))
    return STEF


async def test_what_is_left_is_shown_and_more_is_asked_and_given(service: Service) -> None:
    allow(service, cpu_hours=10)
    async with service.visit(RAVI) as ravi:
        page = await ravi.get(f"{PREFIX}/projects/river-access/more")
        assert page.status_code == 200
        assert "<strong>10</strong> of 10 left" in page.text
        sent = await ravi.post(f"{PREFIX}/projects/river-access/more",
            data={
                "csrf": service.csrf(RAVI), "resource": "cpu_hours", "amount": "2,5",
                "why": "A <b>larger</b> map", "until": "",
            },
        )  # fmt: skip
        assert sent.status_code == 303
        page = await ravi.get(f"{PREFIX}/projects/river-access/more")
        assert "Cpu hours per month: +2.5" in page.text
        assert "waits for an answer" in page.text
    (asked,) = service.lab.extensions.mine(actor(service, RAVI))
    async with service.visit(ADMIN) as admin:
        page = await admin.get(f"{PREFIX}/extensions")
        assert "A &lt;b&gt;larger&lt;/b&gt; map" in page.text
        given = await admin.post(
            f"{PREFIX}/extensions/{asked.id}/approval",
            data={"csrf": service.csrf(ADMIN), "until": "2026-11-30"},
        )
        assert given.status_code == 303
    async with service.visit(RAVI) as ravi:
        page = await ravi.get(f"{PREFIX}/projects/river-access/more")
        assert "of 12.5 left" in page.text
        assert "given" in page.text


async def test_a_refusal_says_why_to_who_asked(service: Service) -> None:
    asked = ask_more(service)
    async with service.visit(ADMIN) as admin:
        path = f"{PREFIX}/extensions/{asked.id}/refusal"
        empty = await admin.post(path, data={"csrf": service.csrf(ADMIN), "reason": " "})
        assert empty.status_code == 422
        assert "Say why" in empty.text
        await admin.post(path, data={"csrf": service.csrf(ADMIN), "reason": "Not in November"})
    async with service.visit(RAVI) as ravi:
        page = await ravi.get(f"{PREFIX}/projects/river-access/more")
        assert "Not in November" in page.text


async def test_a_request_is_taken_back_by_who_made_it_only(service: Service) -> None:
    asked = ask_more(service)
    path = f"{PREFIX}/extensions/{asked.id}/withdrawal"
    async with service.visit(LEA) as lea:
        assert (await lea.post(path, data={"csrf": service.csrf(LEA)})).status_code == 404
    async with service.visit(RAVI) as ravi:
        assert (await ravi.post(path, data={"csrf": service.csrf(RAVI)})).status_code == 303
    (mine,) = service.lab.extensions.mine(actor(service, RAVI))
    assert mine.state is ExtensionState.WITHDRAWN


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"amount": "0"}, "above 0"),
        ({"amount": "much"}, "above 0"),
        ({"why": " "}, "Say what you need it for"),
        ({"until": "2020-01-01"}, "Choose today or a later day"),
        ({"until": "tomorrow"}, "Choose a day, or leave it empty"),
        ({"resource": "everything"}, "Choose from the list"),
        ({"resource": "cpu_hours"}, "There is no limit of processor-hours here"),
    ],
)
async def test_what_cannot_be_asked_is_said_beside_the_field(
    service: Service, fields: dict[str, str], says: str
) -> None:
    good = {"resource": "cpus", "amount": "1", "why": "x", "until": ""}
    async with service.visit(RAVI) as ravi:
        answer = await ravi.post(
            f"{PREFIX}/projects/river-access/more",
            data={"csrf": service.csrf(RAVI), **good, **fields},
        )
    assert answer.status_code == 422
    assert says in answer.text


async def test_limits_are_set_level_by_level(
    service: Service, organisation_administrator: str
) -> None:
    boss = organisation_administrator
    async with service.visit(boss) as admin:
        page = await admin.get(f"{PREFIX}/allocations/organisation/rivierstad")
        assert "/allocations/project/river-access" in page.text
        assert "Set the limits" not in page.text
        data = {"csrf": service.csrf(boss), "cpus": "2", "memory_bytes": "3,5", "sizes": "small"}
        set_ = await admin.post(f"{PREFIX}/allocations/project/river-access", data=data)
        assert set_.status_code == 303
        wrong = await admin.post(
            f"{PREFIX}/allocations/project/river-access", data={**data, "cpus": "40"}
        )
        assert wrong.status_code == 422
        assert "40 asked, while Rivierstad has 4" in wrong.text
        odd = await admin.post(
            f"{PREFIX}/allocations/project/river-access", data={**data, "cpus": "-1"}
        )
        assert "Give a number of 0 or more" in odd.text
        up = await admin.post(f"{PREFIX}/allocations/organisation/rivierstad", data=data)
        assert up.status_code == 403
    card = service.lab.allocations.show(service.world.operator, PROJECT)
    assert card.own == Allocation(cpus=2, memory_bytes=int(3.5 * GIB), sizes=("small",))
    async with service.visit(LEA) as lea:
        path = f"{PREFIX}/allocations/person/river-access/rivierstad-analyst"
        assert (await lea.get(path)).status_code == 200
        done = await lea.post(path, data={"csrf": service.csrf(LEA), "sessions": "1"})
        assert done.status_code == 303
        no = await lea.post(
            f"{PREFIX}/allocations/project/river-access", data={"csrf": service.csrf(LEA)}
        )
        assert no.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/allocations/organisation/rivierstad",
        "/allocations/project/river-access",
        "/allocations/person/river-access/rivierstad-analyst",
        "/projects/river-access/more",
        "/organisations/rivierstad/costs",
        "/organisations/rivierstad/costs/csv",
        "/allocations/nothing/river-access",
    ],
)
async def test_to_strangers_it_looks_as_if_it_did_not_exist(service: Service, path: str) -> None:
    async with service.visit("kustregio-analyst") as kim:
        assert (await kim.get(PREFIX + path)).status_code == 404
    async with service.visit(ADMIN) as admin:
        known = (await admin.get(PREFIX + path)).status_code
    assert known == (404 if "more" in path or "nothing" in path else 200)


async def test_nothing_is_set_without_the_forms_own_token(service: Service) -> None:
    async with service.visit(ADMIN) as admin:
        for path in ("/allocations/project/river-access", "/projects/river-access/more"):
            assert (await admin.post(PREFIX + path, data={"cpus": "1"})).status_code == 403
    assert service.lab.allocations.show(service.world.operator, PROJECT).own.cpus is None


async def test_a_project_card_warns_and_tells_why_a_session_was_stopped(service: Service) -> None:
    allow(service, cpu_hours=10)
    service.world.run(RAVI, "river-access")
    async with service.visit(RAVI) as ravi:
        service.world.clock.advance(hours=9, minutes=40)
        assert "95 % of this month&#39;s hours are used." in (await ravi.get(f"{PREFIX}/")).text
        service.world.clock.advance(minutes=20)
        service.lab.holding.enforce()
        page = (await ravi.get(f"{PREFIX}/")).text
        assert "Your session stops at 22:10. The project has used all its hours" in page
        assert (
            "Save your work, or ask for more."
            in (await ravi.get(f"{PREFIX}/projects/river-access/more")).text
        )
        service.world.clock.advance(minutes=10)
        service.lab.holding.enforce()
        page = (await ravi.get(f"{PREFIX}/")).text
        assert "Stopped by the lab: The project has used all its hours of this month." in page
        assert "has used all its processor-hours of this month: 10" in page


async def test_the_cost_report_adds_up_as_a_page_and_as_csv(service: Service) -> None:
    plan = service.world.run(RAVI, "river-access")
    service.world.clock.advance(hours=3)
    service.lab.sessions.close(plan.session, "stop")
    async with service.visit(ADMIN) as admin:
        page = await admin.get(f"{PREFIX}/organisations/rivierstad/costs?month=2026-11")
        assert page.status_code == 200
        assert "November 2026" in page.text
        rows = list(csv.DictReader(io.StringIO(
            (await admin.get(f"{PREFIX}/organisations/rivierstad/costs/csv?month=2026-11")).text
        )))  # fmt: skip
        assert [(row["what"], row["quantity"]) for row in rows[:2]] == [
            ("cpu-hours", "3.0000"),
            ("memory-gib-hours", "6.0000"),
        ]
        empty = await admin.get(f"{PREFIX}/organisations/rivierstad/costs?month=2026-10")
        assert empty.status_code == 200
        for odd in ("2026-13", "x", "2026-11-01", "%00", "20٢٦-11"):
            odd_answer = await admin.get(f"{PREFIX}/organisations/rivierstad/costs?month={odd}")
            assert odd_answer.status_code == 404


async def test_an_administrator_sees_the_costs_of_the_own_organisation_only(
    service: Service, organisation_administrator: str
) -> None:
    async with service.visit(organisation_administrator) as admin:
        assert (await admin.get(f"{PREFIX}/organisations/rivierstad/costs")).status_code == 200
        assert (await admin.get(f"{PREFIX}/organisations/kustregio/costs")).status_code == 404


async def test_a_day_that_is_past_is_said_beside_the_request(service: Service) -> None:
    asked = ask_more(service)
    path = f"{PREFIX}/extensions/{asked.id}/approval"
    async with service.visit(ADMIN) as admin:
        for until in ("2020-01-01", "31-12-2026"):
            answer = await admin.post(path, data={"csrf": service.csrf(ADMIN), "until": until})
            assert answer.status_code == 422
            assert f'id="{asked.id}-error"' in answer.text
    assert service.lab.extensions.mine(actor(service, RAVI))[0].state is ExtensionState.ASKED


async def test_whoever_can_give_more_is_told_on_every_page(
    service: Service, organisation_administrator: str
) -> None:
    allow(service, cpus=4)
    ask_more(service)
    badge = '<span class="pl-count">1'
    async with service.visit(organisation_administrator) as stef:
        assert badge in (await stef.get(f"{PREFIX}/help")).text
        assert "Give more room, or say no" in (await stef.get(f"{PREFIX}/")).text
        page = await stef.get(f"{PREFIX}/requests")
        assert "1 request for more room waits for you." in page.text
        answers = await stef.get(f"{PREFIX}/extensions")
        assert "Ravi" in answers.text
        assert PROJECTS["river-access"].title.in_("en") in answers.text
    async with service.visit(LEA) as lea:
        assert badge not in (await lea.get(f"{PREFIX}/help")).text


async def test_limits_are_shown_as_they_were_given_and_what_is_above(
    service: Service, organisation_administrator: str
) -> None:
    allow(service, Level.organisation("rivierstad"), cpus=4)
    allow(service, cpus=2, home_bytes=GIB // 5)
    async with service.visit(organisation_administrator) as stef:
        page = await stef.get(f"{PREFIX}/allocations/project/river-access")
    assert 'name="home_bytes" inputmode="decimal" value="0.2"' in page.text
    assert "At most 4" in page.text
    assert "Empty: 50" in page.text  # GiB of a project's folder where nobody says
