"""Everybody the role table knows, at one organisation and as strangers from another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.domain.organisations import Contact, OrganisationState, PublicBody
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership
from polderlab_catalog.domain.proposals import Plan
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.organisations import Details
from polderlab_catalog.policy.roles import Who

ADMINISTRATOR = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
CAST = {
    person.username: person
    for person in (
        Person("rivierstad-admin", "Olga", "rivierstad", ADMINISTRATOR),
        Person("kustregio-admin", "Otto", "kustregio", ADMINISTRATOR),
        Person("waterdienst-boss", "Omar", "waterdienst", ADMINISTRATOR),
        Person("waterdienst-second", "Abe", "waterdienst", frozenset({LabRole.LAB_ADMINISTRATOR})),
        Person("rivierstad-viewer", "Vera", "rivierstad"),
        Person("rivierstad-colleague", "Cor", "rivierstad"),
        Person("rivierstad-proposer", "Pia", "rivierstad"),
        Person("rivierstad-waiting", "Wim", "rivierstad", ADMINISTRATOR, vetting=Vetting.WAITING),
        Person("kustregio-colleague", "Kees", "kustregio"),
    )
}
WHO = {
    Who.LAB_ADMINISTRATOR: "waterdienst-admin",
    Who.ORGANISATION_ADMINISTRATOR: "rivierstad-admin",
    Who.COLLEAGUE: "rivierstad-colleague",
    Who.PROPOSER: "rivierstad-proposer",
    Who.LEAD: "rivierstad-lead",
    Who.ANALYST: "rivierstad-analyst",
    Who.VIEWER: "rivierstad-viewer",
}
"""Who plays each part towards Rivierstad, its project river-access, and Pia's proposal."""

STRANGERS = {
    "the administrator of another organisation": "kustregio-admin",
    "an administrator of the lead agency's own organisation": "waterdienst-boss",
    "somebody of another organisation": "kustregio-colleague",
    "an administrator who waits for vetting": "rivierstad-waiting",
}


def bring(world: World) -> None:
    """Let the cast in."""
    with world.register.write() as t:
        for person in CAST.values():
            t.people.put(person)
        t.projects.put_membership(
            Membership("rivierstad-viewer", "river-access", MemberRole.VIEWER)
        )


def actor(username: str) -> Actor:
    return Actor.for_person(CAST.get(username) or PEOPLE[username], "10.0.0.3")


PLAN = Plan(
    title=Text("Groen in de buurt", "Green nearby"),
    purpose=Text("Nagaan waar bomen staan.", "Find out where trees are."),
    legal_basis=LegalBasis.PUBLIC_TASK,
    starts=date(2026, 1, 1),
    ends=date(2027, 12, 31),
    ground="Omgevingswet, artikel 2.1",
    categories="ligging van bomen",
    subjects="niemand",
    retention="twee jaar",
    datasets=("water_bodies",),
    sizes=("small",),
    images=("python-geo",),
)
DETAILS = Details(
    name=Text("Gemeente Duinrand", "Municipality of Duinrand"),
    body=PublicBody.MUNICIPALITY,
    identifier="https://identifier.overheid.nl/tooi/id/gemeente/gm0999",
    oin="",
    contact=Contact("Dora", "dora@duinrand.example"),
    privacy_officer=Contact("Piet", "piet@duinrand.example"),
    administrator=Contact("Ans", "ans@duinrand.example"),
    agreed_from=date(2026, 1, 1),
    agreed_until=date(2028, 12, 31),
    accepts=True,
)
CONTACT = Contact("Dora", "dora@duinrand.example")


def suspended_home(world: World, slug: str) -> None:
    with world.register.write() as t:
        found = t.organisations.get(slug)
        assert found is not None
        t.organisations.put(replace(found, state=OrganisationState.LEFT))
