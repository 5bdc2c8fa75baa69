"""Who is let in by a link, and who may take one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.fakes.partners import CAST, CONTACT, actor, bring
from tests.fakes.world import World

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.invitations import Sent
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import Person
from polderlab_catalog.policy.decisions import Code

GOOD = "a long enough password of mine"


@pytest.fixture
def full(world: World) -> World:
    bring(world)
    return world


def sent_by(world: World, name: str) -> Sent:
    """Return a link into Rivierstad that stands under ``name``."""
    sent = world.invitations.invite_person(world.operator, "rivierstad", CONTACT)
    with world.register.write() as t:
        t.invitations.put(replace(sent.invitation, invited_by=name))
    return sent


def accept(world: World, sent: Sent) -> Person:
    return world.invitations.accept(sent.secret, "new-one", "Dora", GOOD, GOOD)


@pytest.mark.parametrize("name", ["person:rivierstad-admin", "operator:root"])
def test_a_link_of_somebody_who_is_there_lets_in(full: World, name: str) -> None:
    assert accept(full, sent_by(full, name)).username == "new-one"


def test_a_link_of_somebody_who_is_in_the_register_no_more_does_not(full: World) -> None:
    with pytest.raises(Refused) as refusal:
        accept(full, sent_by(full, "person:nobody-here"))
    assert refusal.value.decision.code is Code.INVITATION_GONE


CHANGES: dict[str, Callable[[World, Actor], object]] = {
    "through the door": lambda w, by: w.invitations.invite_person(by, "rivierstad", CONTACT),
    "by whoever oversees": lambda w, by: w.supervision.overseen(by),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whoever_is_in_the_register_no_more_changes_nothing(
    full: World, change: Callable[[World, Actor], object]
) -> None:
    assert change(full, actor("rivierstad-admin")) is not None
    gone = Actor.for_person(replace(CAST["rivierstad-admin"], username="nobody-here"))
    with pytest.raises(Refused) as refusal:
        change(full, gone)
    assert refusal.value.decision.code is Code.PERSON_INACTIVE
