"""Who may make a link by which somebody chooses a password: whoever has it becomes them."""

from __future__ import annotations

import pytest

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.passwords import may_give_password


def test_an_operator_makes_one() -> None:
    assert may_give_password(Actor.operator("root"))


@pytest.mark.parametrize("roles", [(), *((role,) for role in LabRole), tuple(LabRole)])
def test_nobody_with_an_account_makes_one(roles: tuple[LabRole, ...]) -> None:
    somebody = Person("somebody", "S", "rivierstad", frozenset(roles))
    assert may_give_password(Actor.for_person(somebody)).code is Code.NOT_OPERATOR
