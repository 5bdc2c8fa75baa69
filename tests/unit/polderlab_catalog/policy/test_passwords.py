"""Who may make a link by which somebody chooses a password: whoever has it becomes them."""

from __future__ import annotations

import pytest

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.passwords import may_give_password

ANALYST = Person("rivierstad-analyst", "Analyst", "rivierstad")


def actor(*roles: LabRole, organisation: str = "rivierstad", active: bool = True) -> Actor:
    return Actor.for_person(Person("somebody", "S", organisation, frozenset(roles), active))


def test_an_operator_makes_one_for_anybody() -> None:
    for role in LabRole:
        person = Person("p-one", "P", "rivierstad", frozenset({role}))
        assert may_give_password(Actor.operator("root"), person)


def test_an_organisation_administrator_makes_one_for_own_people_without_an_office() -> None:
    assert may_give_password(actor(LabRole.ORGANISATION_ADMINISTRATOR), ANALYST)


@pytest.mark.parametrize("role", list(LabRole))
def test_and_for_nobody_who_holds_an_office(role: LabRole) -> None:
    person = Person("p-one", "P", "rivierstad", frozenset({role}))
    decision = may_give_password(actor(LabRole.ORGANISATION_ADMINISTRATOR), person)
    assert decision.code is Code.NOT_OPERATOR


@pytest.mark.parametrize(
    "who",
    [
        actor(LabRole.LAB_ADMINISTRATOR),
        actor(LabRole.LAB_ADMINISTRATOR, organisation="waterdienst"),
        actor(LabRole.ORGANISATION_ADMINISTRATOR, organisation="kustregio"),
        actor(LabRole.ORGANISATION_ADMINISTRATOR, active=False),
        actor(LabRole.STEWARD, LabRole.PRIVACY_OFFICER),
        actor(),
    ],
)
def test_nobody_else_makes_one(who: Actor) -> None:
    assert may_give_password(who, ANALYST).code is Code.NOT_OPERATOR
