"""How often pages ask the register: that must not grow with what there is to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event
from tests.fakes.world import ORGANISATIONS, PROJECTS
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Extension, Level, Resource
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership
from polderlab_catalog.domain.proposals import Plan, Proposal, ProposalState
from polderlab_catalog.domain.requests import AccessRequest
from polderlab_catalog.domain.texts import Text

ANALYST = "rivierstad-analyst"
FEW, MANY = 3, 30
MOST, MOST_PER_ORGANISATION = 26, 5
"""Statements of the page that lists somebody's projects in one organisation, and what each other
organisation adds: what runs, what is limited, what was used. Of these 3 begin a transaction."""


@contextmanager
def asked(service: Service) -> Iterator[list[str]]:
    """Yield a list that fills with the statements the register gets."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(" ".join(statement.split()))

    engine = service.lab.register.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


async def statements(service: Service, username: str, path: str = "/") -> list[str]:
    """Return what a page asks of the register, but for the first time it is shown."""
    async with service.visit(username) as client:
        assert (await client.get(f"{PREFIX}{path}")).status_code == 200
        with asked(service) as found:
            page = await client.get(f"{PREFIX}{path}")
    assert page.status_code == 200
    return found


def work_in(service: Service, count: int, organisations: tuple[str, ...]) -> None:
    """Let the analyst work in ``count`` projects, spread evenly, with hours to use up."""
    world = service.world
    for number in range(count):
        slug, organisation = f"work-{number}", organisations[number % len(organisations)]
        project = replace(PROJECTS["river-access"], slug=slug, organisation=organisation)
        world.administration.register_project(world.operator, project)
        member = Membership(ANALYST, slug, MemberRole.ANALYST)
        world.administration.register_member(world.operator, member)
        world.allocations.set(world.operator, Level.project(slug), Allocation(cpu_hours=10))


@pytest.mark.parametrize("path", ["/", "/live", "/api/v1/projects"])
async def test_the_projects_page_asks_as_often_for_many_projects_as_for_few(
    service: Service, path: str
) -> None:
    asks = []
    for count in (FEW, MANY):
        work_in(service, count, ("rivierstad",))
        found = await statements(service, ANALYST, path)
        asks.append(len(found))
        assert sum(each.startswith("BEGIN") for each in found) <= 3
    assert asks[0] == asks[1] <= MOST


async def test_each_further_organisation_costs_the_projects_page_a_few_questions(
    service: Service,
) -> None:
    more = tuple(f"house-{number}" for number in range(MANY))
    with service.world.register.write() as t:
        for slug in more:
            partner = replace(ORGANISATIONS["rivierstad"], slug=slug)
            t.organisations.put(partner)
    work_in(service, FEW, ("rivierstad",))
    one = len(await statements(service, ANALYST))
    work_in(service, MANY + FEW, ("rivierstad", *more))
    all_ = len(await statements(service, ANALYST))
    assert one < all_ <= one + MOST_PER_ORGANISATION * MANY


async def test_the_header_asks_as_often_for_many_requests_as_for_few(service: Service) -> None:
    work_in(service, MANY, ("rivierstad",))
    asks = []
    for count in (FEW, MANY):
        with service.world.register.write() as t:
            for number in range(count):
                t.requests.put(request(f"work-{number}"))
        found = len(await statements(service, "kustregio-steward", "/help"))
        asks.append(found)
    assert asks[0] == asks[1]


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize(
    "username", ["kustregio-steward", ANALYST, "rivierstad-lead", "rivierstad-boss"]
)
async def test_the_header_asks_as_often_whoever_asked_for_more_room(
    service: Service, username: str, personal: bool
) -> None:
    with service.world.register.write() as t:
        role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
        t.people.put(Person("rivierstad-boss", "Bo", "rivierstad", role))
    work_in(service, MANY, ("rivierstad", "kustregio"))
    asks = []
    for count in (FEW, MANY):
        with service.world.register.write() as t:
            for number in range(count):
                slug = f"work-{number}"
                level = Level.person(slug, ANALYST) if personal else Level.project(slug)
                t.allocations.put_extension(more(level))
        asks.append(len(await statements(service, username, "/help")))
    assert asks[0] == asks[1]


@pytest.mark.parametrize("username", ["waterdienst-admin", "rivierstad-boss"])
async def test_the_header_asks_as_often_for_many_proposals_as_for_few(
    service: Service, username: str
) -> None:
    with service.world.register.write() as t:
        role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
        t.people.put(Person("rivierstad-boss", "Bo", "rivierstad", role))
    asks = []
    for count in (FEW, MANY):
        with service.world.register.write() as t:
            for number in range(count):
                t.proposals.put(proposal(number))
        person = service.lab.people.get(username)
        assert person is not None
        with service.world.register.read() as t:
            waits = service.lab.proposals.waiting_for(t, Actor.for_person(person))
        assert waits == count // 3
        asks.append(len(await statements(service, username, "/help")))
    assert asks[0] == asks[1]


def proposal(number: int) -> Proposal:
    """Return a proposal: of three one waits for each administrator, and one for its proposer."""
    state = (ProposalState.SUBMITTED, ProposalState.ENDORSED, ProposalState.RETURNED)[number % 3]
    asked = datetime(2026, 11, 1, tzinfo=UTC)
    plan = Plan(Text("Plan"), Text(""), LegalBasis.PUBLIC_TASK, asked.date(), date(2027, 1, 1))
    return Proposal(f"plan-{number}", "rivierstad", ANALYST, asked, plan, state)


def more(level: Level) -> Extension:
    asked = datetime(2026, 11, 1, tzinfo=UTC)
    until = date(2026, 11, 30)
    return Extension(f"of-{level}", level, Resource.CPUS, 1, "", "person:x", asked, until)


def request(project: str) -> AccessRequest:
    return AccessRequest(
        id=f"of-{project}",
        dataset="growth_study",
        project=project,
        asked_by=f"person:{ANALYST}",
        asked=datetime(2026, 11, 1, tzinfo=UTC),
        until=date(2027, 6, 30),
        purpose="",
        legal_basis=LegalBasis.PUBLIC_TASK,
    )
