"""Somebody loses what they may between coming in and writing: nothing is written any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Any

import pytest
from tests.fakes.meanwhile import Meanwhile
from tests.fakes.register import MemoryRegister
from tests.fakes.world import DATASETS, ORGANISATIONS, PROJECTS, World, distribution

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.audit import Sought
from polderlab_catalog.application.drafts import Drafts
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.harvests import Harvests
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.audit import Outcome
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.sign_ins import Tries
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code

STEWARD, ADMIN, BOSS = "kustregio-steward", "waterdienst-admin", "kustregio-boss"
STUDY, RIVER, YOUTH = "growth_study", "river-access", "youth-health"
SURVEY = "soil_survey"
UNTIL = date(2027, 6, 30)
NEW = replace(DATASETS[STUDY], name="new_study")
FILES = (distribution(STUDY, 2),)


@dataclass
class Lab:
    """A world in which something may happen meanwhile, and what the verbs need to be there."""

    world: World
    register: Meanwhile

    @classmethod
    def made(cls) -> Lab:
        register = Meanwhile(MemoryRegister())
        world = World(register)
        role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
        world.people.register_person(world.operator, Person(BOSS, "Bo", "kustregio", role))
        return cls(world, register)

    def person(self, username: str) -> Person:
        return self.world.people.find(username)

    def actor(self, username: str) -> Actor:
        return Actor.for_person(self.person(username))

    def done(self) -> int:
        """Count what the log says was done: everything is logged where it is done."""
        lines = self.world.audit.show(limit=10_000)
        return sum(line.event.outcome is Outcome.OK for line in lines)

    def locked(self) -> None:
        with self.register.write() as t:
            now = self.world.clock.now
            t.sign_ins.put_tries(Tries("name:rivierstad-lead", 9, now, now))

    def asked(self) -> str:
        asker = self.actor("rivierstad-analyst")
        return self.world.requests.ask(asker, STUDY, RIVER, "Groei", until=UNTIL).id

    def received(self, **more: Any) -> str:
        steward = self.actor(STEWARD)
        return self.world.ingests.receive(steward, STUDY, "x.csv", "x", 1, confirm=True, **more).id

    def announced(self) -> str:
        return self.world.announcements.make(self.actor(ADMIN), Draft(Text("Hallo", "Hello"))).id

    def told_to_confirm(self) -> Any:
        self.world.confirmations.run_due()
        self.world.clock.advance(days=400)
        self.world.confirmations.run_due()
        return next(
            (line.confirmation.kind, line.confirmation.key)
            for line in self.world.confirmations.waiting(self.actor(BOSS))
        )

    def working(self) -> str:
        return self.world.run("kustregio-analyst", YOUTH).session


Verb = tuple[str, Callable[[Lab], Any], Callable[[Lab, Actor, Any], object]]
"""Who does it, what must be there first, and the deed."""


def nothing(_lab: Lab) -> None:
    """Need nothing."""


VERBS: dict[str, Verb] = {
    "grant": (
        "rivierstad-steward",
        nothing,
        lambda lab, who, _: lab.world.grants.grant(who, SURVEY, YOUTH, UNTIL),
    ),
    "revoke": (
        STEWARD,
        lambda lab: lab.world.grants.grant(lab.world.operator, STUDY, YOUTH, UNTIL),
        lambda lab, who, _: lab.world.grants.revoke(who, STUDY, YOUTH),
    ),
    "approve": (
        STEWARD,
        Lab.asked,
        lambda lab, who, id_: lab.world.requests.approve(who, id_, ApprovalRole.STEWARD),
    ),
    "question": (
        STEWARD,
        Lab.asked,
        lambda lab, who, id_: lab.world.requests.question(who, id_, "?"),
    ),
    "refuse": (STEWARD, Lab.asked, lambda lab, who, id_: lab.world.requests.refuse(who, id_, "no")),
    "register a dataset": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.publishing.register_dataset(who, NEW),
    ),
    "describe": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.publishing.describe(
            who, STUDY, lambda known: replace(known, source="elsewhere")
        ),
    ),
    "publish": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.publishing.publish_version(who, STUDY, FILES),
    ),
    "withdraw": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.publishing.withdraw_version(who, STUDY, 1),
    ),
    "download": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.publishing.download(who, STUDY, 1, "data.parquet"),
    ),
    "remove a draft": (
        STEWARD,
        lambda lab: lab.world.publishing.register_dataset(lab.world.operator, NEW),
        lambda lab, who, _: Drafts(lab.register, lab.world.clock, timezone=UTC).remove(
            who, NEW.name
        ),
    ),
    "hand in": (
        STEWARD,
        nothing,
        lambda lab, who, _: lab.world.ingests.receive(who, STUDY, "x", "x", 1, confirm=True),
    ),
    "take back": (STEWARD, Lab.received, lambda lab, who, id_: lab.world.ingests.cancel(who, id_)),
    "harvest": (
        ADMIN,
        nothing,
        lambda lab, who, _: Harvests(lab.register, lab.world.clock, None).add(  # type: ignore[arg-type]
            who, "https://example.org/catalog.ttl", "kustregio"
        ),
    ),
    "register an organisation": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.administration.register_organisation(
            who, replace(ORGANISATIONS["kustregio"], slug="duinrand")
        ),
    ),
    "register a project": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.administration.register_project(
            who, replace(PROJECTS[YOUTH], slug="dike-watch")
        ),
    ),
    "offer an image": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.administration.put_image(
            who, Image("geo", "1", Text("Geo"), "x")
        ),
    ),
    "offer a size": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.administration.put_size(
            who, Size("huge", Text("reus"), 8, 2**34)
        ),
    ),
    "unlock": (
        ADMIN,
        Lab.locked,
        lambda lab, who, _: lab.world.passwords.unlock(who, "name:rivierstad-lead"),
    ),
    "announce": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.announcements.make(who, Draft(Text("Ja", "Yes"))),
    ),
    "withdraw an announcement": (
        ADMIN,
        Lab.announced,
        lambda lab, who, id_: lab.world.announcements.withdraw(who, id_),
    ),
    "take the log along": (
        ADMIN,
        nothing,
        lambda lab, who, _: lab.world.audit.export(who, Sought()),
    ),
    "stop a session": (
        BOSS,
        Lab.working,
        lambda lab, who, id_: lab.world.supervision.stop(who, {id_}, "busy"),
    ),
    "stop somebody's session by its id": (
        ADMIN,
        Lab.working,
        lambda lab, who, id_: lab.world.sessions.stop(who, id_),
    ),
    "confirm": (
        BOSS,
        Lab.told_to_confirm,
        lambda lab, who, key: lab.world.confirmations.confirm(who, [key]),
    ),
    "end what is not confirmed": (
        BOSS,
        Lab.told_to_confirm,
        lambda lab, who, key: lab.world.confirmations.end(who, key),
    ),
    "let somebody leave": (
        BOSS,
        nothing,
        lambda lab, who, _: lab.world.endings.offboard(
            who, Wish(Leaving.PERSON, "kustregio-analyst", "gone"), "kustregio-analyst"
        ),
    ),
    "allocate": (
        BOSS,
        nothing,
        lambda lab, who, _: lab.world.allocations.set(
            who, Level.project(YOUTH), Allocation(cpus=1)
        ),
    ),
    "close an account": (
        BOSS,
        nothing,
        lambda lab, who, _: lab.world.people.close_account(who, "kustregio-analyst"),
    ),
    "add a member": (
        BOSS,
        nothing,
        lambda lab, who, _: lab.world.members.put(who, YOUTH, STEWARD, MemberRole.ANALYST),
    ),
}
LOSSES: dict[str, tuple[Callable[[Person], Person], Code]] = {
    "loses the role": (lambda held: replace(held, roles=frozenset()), Code.PERSON_CHANGED),
    "goes elsewhere": (lambda held: replace(held, organisation="duinrand"), Code.PERSON_CHANGED),
    "is closed out": (lambda held: replace(held, active=False), Code.PERSON_INACTIVE),
}


@pytest.mark.parametrize("verb", VERBS)
def test_who_stays_who_they_are_does_it(verb: str) -> None:
    lab, (username, prepare, act) = Lab.made(), VERBS[verb]
    there = prepare(lab)
    before = lab.done()
    act(lab, lab.actor(username), there)
    assert lab.done() > before


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("verb", VERBS)
def test_who_meanwhile_is_somebody_else_does_not(verb: str, loss: str) -> None:
    lab, (username, prepare, act), (changed, code) = Lab.made(), VERBS[verb], LOSSES[loss]
    there, actor = prepare(lab), lab.actor(username)
    before = lab.done()
    now = changed(lab.person(username))
    lab.register.happens = lambda t: t.people.put(now)
    with pytest.raises(Refused) as refusal:
        act(lab, actor, there)
    assert refusal.value.decision.code is code
    assert lab.register.happens is None
    assert lab.person(username) == now
    assert lab.done() == before


def test_what_somebody_gets_meanwhile_is_no_hindrance() -> None:
    lab, (username, _, act) = Lab.made(), VERBS["grant"]
    actor, more = lab.actor(username), frozenset({LabRole.STEWARD, LabRole.PRIVACY_OFFICER})
    lab.register.happens = lambda t: t.people.put(replace(lab.person(username), roles=more))
    act(lab, actor, None)
    assert len(lab.world.grants.of_dataset(SURVEY)) == 1
