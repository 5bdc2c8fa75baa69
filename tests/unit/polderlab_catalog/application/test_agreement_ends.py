"""After the last day of its agreement an organisation's stewards decide on nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.world import DATASETS, FILE, PEOPLE, PROJECTS, World, distribution

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.policy.decisions import Code

SURVEY, UNTIL = "soil_survey", date(2027, 6, 30)
STEF = Actor.for_person(PEOPLE["rivierstad-steward"])
KIM = Actor.for_person(PEOPLE["kustregio-analyst"])


def hand_in(world: World) -> str:
    return world.ingests.receive(STEF, SURVEY, "x.csv", "x", 1, confirm=True).id


def request(world: World) -> str:
    return world.requests.ask(KIM, SURVEY, "youth-health", "Bodem", until=UNTIL).id


DEEDS: dict[str, Callable[[World], Callable[[], object]]] = {
    "grant": lambda w: lambda: w.grants.grant(STEF, SURVEY, "youth-health", UNTIL),
    "publish": lambda w: (
        lambda: w.publishing.publish_version(STEF, SURVEY, (distribution(SURVEY, 2),))
    ),
    "describe": lambda w: (
        lambda: w.publishing.register_dataset(STEF, replace(DATASETS[SURVEY], steward="Somebody"))
    ),
    "download": lambda w: lambda: w.publishing.download(STEF, SURVEY, 1, FILE),
    "withdraw": lambda w: lambda: w.publishing.withdraw_version(STEF, SURVEY, 1),
    "hand in": lambda w: lambda: hand_in(w),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_steward_acts_through_the_last_day(
    world: World, deed: Callable[[World], Callable[[], object]]
) -> None:
    agreed(world)
    assert deed(world)()
    after(world)
    with pytest.raises(Refused) as refusal:
        deed(world)()
    ended = {Code.AGREEMENT_ENDED, Code.ORIGINAL_FOR_STEWARDS}
    assert refusal.value.decision.code in ended


def test_a_file_that_waits_is_not_confirmed_after_it(world: World) -> None:
    agreed(world)
    first, second = hand_in(world), hand_in(world)
    world.ingests.confirm(STEF, first, {})
    after(world)
    with pytest.raises(Refused) as refusal:
        world.ingests.confirm(STEF, second, {})
    assert refusal.value.decision.code is Code.AGREEMENT_ENDED


def test_a_request_is_answered_through_the_last_day(world: World) -> None:
    agreed(world)
    asked = request(world)
    world.requests.question(STEF, asked, "Waarom?")
    assert world.requests.of(STEF)
    after(world)
    with pytest.raises(NotFound):
        world.requests.approve(STEF, asked, ApprovalRole.STEWARD)
    assert world.requests.of(STEF) == []
    world.organisations.renew(world.operator, "rivierstad", agreed_until=None, vetting=False)
    world.requests.approve(STEF, asked, ApprovalRole.STEWARD)


def test_the_catalogue_shows_a_steward_no_grants_after_it(world: World) -> None:
    agreed(world)
    world.grants.grant(world.operator, SURVEY, PROJECTS["youth-health"].slug, UNTIL)
    assert world.catalogue.card(PEOPLE["rivierstad-steward"], SURVEY).grants
    after(world)
    card = world.catalogue.card(PEOPLE["rivierstad-steward"], SURVEY)
    assert (card.grants, card.may_grant) == ((), False)


def agreed(world: World) -> None:
    """Let the agreement of the steward's organisation end today."""
    world.organisations.renew(
        world.operator, "rivierstad", agreed_until=world.door.today(), vetting=False
    )


def after(world: World) -> None:
    """Let it be the day after."""
    world.clock.advance(days=1)
