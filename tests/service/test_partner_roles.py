"""Every role against every page and API route on partners, from the role table.

Each route is tried by everybody the table does not give it to, who are turned away and change
nothing, and then by somebody it does: the same request, so that a broken probe shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import APIRoute
from tests.fakes.partners import CONTACT, DETAILS, STRANGERS, WHO, actor, bring
from tests.fakes.partners import PLAN as WANTED
from tests.service.conftest import PREFIX, Service
from tests.service.test_partners import PLAN

from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.roles import TABLE, Action, Who
from polderlab_catalog.web import api, pages

API = f"{PREFIX}/api/v1"
INVITE = {"name": "Nina", "email": "nina@rivierstad.example"}
CONTACTS = {
    "contact_name": "Dora",
    "contact_email": "dora@duinrand.example",
    "privacy_officer_name": "Piet",
    "privacy_officer_email": "piet@duinrand.example",
}
NEW = {"slug": "nieuwland", "name_nl": "Nieuwland", **CONTACTS}
NEW_JSON = {
    "slug": "nieuwland",
    "name": {"nl": "Nieuwland"},
    "contact": {"name": "Dora", "email": "dora@duinrand.example"},
}
SAID = {"reason": "Waarom?"}
PLAN_JSON = {
    "title": {"nl": "Groen"},
    "purpose": {"nl": "Doel"},
    "legalBasis": "public-task",
    "ground": "wet",
    "categories": "bomen",
    "subjects": "niemand",
    "retention": "kort",
    "starts": "2026-01-01",
    "ends": "2027-12-31",
    "sizes": ["small"],
    "images": ["python-geo"],
}


def submitted(service: Service) -> str:
    """Return an organisation that waits for the lead agency."""
    organisations = service.lab.organisations
    sent = organisations.invite(service.world.operator, "duinrand", Text("Duinrand"), CONTACT)
    organisations.submit(sent.secret, DETAILS, AgreementText("1", "text"))
    return "duinrand"


def suspended(service: Service) -> str:
    service.lab.organisations.suspend(service.world.operator, "rivierstad")
    return "rivierstad"


def invited(service: Service) -> str:
    made = service.lab.invitations.invite_person(actor("rivierstad-admin"), "rivierstad", CONTACT)
    return made.invitation.id


def proposed(service: Service) -> str:
    return service.lab.proposals.propose(actor("rivierstad-proposer"), WANTED).id


def endorsed(service: Service) -> str:
    made = proposed(service)
    service.lab.proposals.endorse(actor("rivierstad-admin"), made)
    return made


def returned(service: Service) -> str:
    made = proposed(service)
    service.lab.proposals.send_back(actor("rivierstad-admin"), made, "nog niet")
    return made


@dataclass(frozen=True)
class Try:
    """How a route is asked: what fills the blanks of its address, and what it is sent."""

    action: Action
    blanks: Mapping[str, str | Callable[[Service], str]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


ORG = {"slug": "rivierstad"}
PROJECT = {"slug": "river-access"}
SOMEBODY = {"username": "rivierstad-analyst"}
WAITING = {"username": "rivierstad-waiting"}
MEMBER = {**PROJECT, "username": "rivierstad-analyst"}
ROUTES: dict[tuple[str, str], Try] = {
    ("GET", "/organisations"): Try(Action.ORGANISATION_LIST),
    ("POST", "/organisations"): Try(Action.ORGANISATION_INVITE, body=NEW),
    ("GET", "/organisations/{slug}"): Try(Action.ORGANISATION_SHOW, ORG),
    ("POST", "/organisations/{slug}/invitations"): Try(Action.PERSON_INVITE, ORG, INVITE),
    ("POST", "/organisations/{slug}/invitations/{invitation}/withdrawal"): Try(
        Action.PERSON_INVITE, {**ORG, "invitation": invited}
    ),
    ("GET", "/organisations/{slug}/contacts"): Try(Action.ORGANISATION_CHANGE, ORG),
    ("POST", "/organisations/{slug}/contacts"): Try(Action.ORGANISATION_CHANGE, ORG, CONTACTS),
    ("GET", "/organisations/{slug}/decision"): Try(Action.ORGANISATION_DECIDE, {"slug": submitted}),
    ("POST", "/organisations/{slug}/approval"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, {"cpus": "1"}
    ),
    ("POST", "/organisations/{slug}/changes"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, SAID
    ),
    ("POST", "/organisations/{slug}/refusal"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, SAID
    ),
    ("POST", "/organisations/{slug}/renewal"): Try(
        Action.ORGANISATION_DECIDE, ORG, {"agreed_until": "2028-01-01"}
    ),
    ("POST", "/organisations/{slug}/suspension"): Try(
        Action.ORGANISATION_SUSPEND, ORG, {"suspended": "yes"}
    ),
    ("GET", "/people/{username}"): Try(Action.PERSON_SHOW, SOMEBODY),
    ("POST", "/people/{username}/roles"): Try(Action.PERSON_ROLES, SOMEBODY),
    ("POST", "/people/{username}/vetting"): Try(Action.PERSON_VET, WAITING),
    ("POST", "/people/{username}/closing"): Try(Action.PERSON_CLOSE, WAITING),
    ("POST", "/people/{username}/opening"): Try(Action.PERSON_CLOSE, WAITING),
    ("GET", "/projects/{slug}"): Try(Action.PROJECT_SHOW, PROJECT),
    ("POST", "/projects/{slug}/members"): Try(
        Action.MEMBER_CHANGE, PROJECT, {"username": "rivierstad-steward", "role": "viewer"}
    ),
    ("POST", "/projects/{slug}/members/{username}/removal"): Try(
        Action.MEMBER_CHANGE, {**PROJECT, "username": "rivierstad-viewer"}
    ),
    ("POST", "/projects/{slug}/end"): Try(Action.PROJECT_END, PROJECT, {"ends": "2027-01-01"}),
    ("GET", "/proposals/{id}"): Try(Action.PROPOSAL_SHOW, {"id": proposed}),
    ("GET", "/proposals/{id}/change"): Try(Action.PROPOSAL_SHOW, {"id": returned}),
    ("POST", "/proposals/{id}/change"): Try(Action.PROPOSAL_CHANGE, {"id": returned}, PLAN),
    ("POST", "/proposals/{id}/endorsement"): Try(Action.PROPOSAL_ENDORSE, {"id": proposed}),
    ("POST", "/proposals/{id}/approval"): Try(Action.PROPOSAL_DECIDE, {"id": endorsed}),
    ("POST", "/proposals/{id}/changes"): Try(Action.PROPOSAL_DECIDE, {"id": endorsed}, SAID),
    ("POST", "/proposals/{id}/refusal"): Try(Action.PROPOSAL_ENDORSE, {"id": proposed}, SAID),
    ("POST", "/proposals/{id}/withdrawal"): Try(Action.PROPOSAL_CHANGE, {"id": proposed}),
}
API_ROUTES: dict[tuple[str, str], Try] = {
    ("GET", "/organisations"): Try(Action.ORGANISATION_LIST),
    ("POST", "/organisations"): Try(Action.ORGANISATION_INVITE, body=NEW_JSON),
    ("GET", "/organisations/{slug}"): Try(Action.ORGANISATION_SHOW, ORG),
    ("POST", "/organisations/{slug}/approval"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, {"cpus": 1}
    ),
    ("POST", "/organisations/{slug}/changes"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, SAID
    ),
    ("POST", "/organisations/{slug}/refusal"): Try(
        Action.ORGANISATION_DECIDE, {"slug": submitted}, SAID
    ),
    ("PUT", "/organisations/{slug}/suspension"): Try(Action.ORGANISATION_SUSPEND, ORG),
    ("DELETE", "/organisations/{slug}/suspension"): Try(
        Action.ORGANISATION_SUSPEND, {"slug": suspended}
    ),
    ("GET", "/organisations/{slug}/people"): Try(Action.ORGANISATION_SHOW, ORG),
    ("GET", "/organisations/{slug}/invitations"): Try(Action.ORGANISATION_SHOW, ORG),
    ("POST", "/organisations/{slug}/invitations"): Try(Action.PERSON_INVITE, ORG, INVITE),
    ("DELETE", "/organisations/{slug}/invitations/{id}"): Try(
        Action.PERSON_INVITE, {**ORG, "id": invited}
    ),
    ("GET", "/persons/{username}"): Try(Action.PERSON_SHOW, SOMEBODY),
    ("PUT", "/persons/{username}/roles"): Try(
        Action.PERSON_ROLES, SOMEBODY, {"roles": [LabRole.ORGANISATION_ADMINISTRATOR]}
    ),
    ("PUT", "/persons/{username}/vetting"): Try(Action.PERSON_VET, WAITING),
    ("DELETE", "/persons/{username}/account"): Try(Action.PERSON_CLOSE, WAITING),
    ("PUT", "/persons/{username}/account"): Try(Action.PERSON_CLOSE, WAITING),
    ("GET", "/projects/{slug}/members"): Try(Action.PROJECT_SHOW, PROJECT),
    ("PUT", "/projects/{slug}/members/{username}"): Try(
        Action.MEMBER_CHANGE, {**PROJECT, "username": "rivierstad-steward"}, {"role": "viewer"}
    ),
    ("DELETE", "/projects/{slug}/members/{username}"): Try(
        Action.MEMBER_CHANGE, {**PROJECT, "username": "rivierstad-viewer"}
    ),
    ("PUT", "/projects/{slug}/period"): Try(Action.PROJECT_END, PROJECT, {"ends": "2027-01-01"}),
    ("GET", "/proposals/{id}"): Try(Action.PROPOSAL_SHOW, {"id": proposed}),
    ("PUT", "/proposals/{id}"): Try(Action.PROPOSAL_CHANGE, {"id": returned}, PLAN_JSON),
    ("POST", "/proposals/{id}/endorsement"): Try(Action.PROPOSAL_ENDORSE, {"id": proposed}),
    ("POST", "/proposals/{id}/approval"): Try(Action.PROPOSAL_DECIDE, {"id": endorsed}),
    ("POST", "/proposals/{id}/changes"): Try(Action.PROPOSAL_ENDORSE, {"id": proposed}, SAID),
    ("POST", "/proposals/{id}/refusal"): Try(Action.PROPOSAL_DECIDE, {"id": endorsed}, SAID),
    ("POST", "/proposals/{id}/withdrawal"): Try(Action.PROPOSAL_CHANGE, {"id": proposed}),
}
OPEN = {("GET", "/proposals"), ("GET", "/proposals/new"), ("POST", "/proposals")}
"""For everyone, about their own organisation: nobody to turn away."""

SHOWN_BEYOND = {("GET", "/organisations/{slug}/contacts"), ("GET", "/proposals/{id}/change")}
"""Forms that those who may see the thing may open as well; sending them is another matter."""


def routes(*modules: object) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for module in modules
        for route in module.router.routes  # type: ignore[attr-defined]
        if isinstance(route, APIRoute)
        for method in route.methods
    }


def test_no_route_is_left_out() -> None:
    shown = routes(pages.organisations, pages.people, pages.members, pages.proposals)
    assert shown == set(ROUTES) | OPEN
    machines = routes(api.organisations, api.people, api.members, api.proposals)
    assert machines == set(API_ROUTES) | (OPEN - {("GET", "/proposals/new")})


async def ask(
    service: Service, username: str, method: str, path: str, tried: Try, *, machine: bool
) -> int:
    async with service.visit(username) as client:
        if machine:
            client.headers["Authorization"] = f"Bearer {service.hub.token(username)}"
            body = {"json": dict(tried.body)} if method in ("POST", "PUT") else {}
        else:
            form = {**tried.body, "csrf": service.csrf(username)}
            body = {"data": form} if method == "POST" else {}
        return (await client.request(method, path, **body)).status_code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("machine", "method", "path"),
    [(False, *each) for each in ROUTES] + [(True, *each) for each in API_ROUTES],
)
async def test_who_may_not_is_turned_away_and_who_may_is_not(
    service: Service, machine: bool, method: str, path: str
) -> None:
    bring(service.world)
    tried = (API_ROUTES if machine else ROUTES)[method, path]
    filled = {
        name: value(service) if callable(value) else value for name, value in tried.blanks.items()
    }
    address = (API if machine else PREFIX) + path.format(**filled)
    allowed = {WHO[who] for who in TABLE[tried.action]}
    seen = allowed | {WHO[Who.ORGANISATION_ADMINISTRATOR], WHO[Who.LAB_ADMINISTRATOR]}
    others = (set(WHO.values()) | set(STRANGERS.values())) - allowed
    if (method, path) in SHOWN_BEYOND:
        others -= seen
    others.discard(filled.get("username", ""))  # everyone may leave a project themselves
    for username in sorted(others):
        status = await ask(service, username, method, address, tried, machine=machine)
        assert status in (403, 404), f"{username}: {status}"
    first = sorted(allowed)[0]
    status = await ask(service, first, method, address, tried, machine=machine)
    assert status in (200, 201, 204, 303), f"{first}: {status}"
