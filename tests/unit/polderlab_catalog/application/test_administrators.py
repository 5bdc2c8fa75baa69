"""Nobody from outside changes who administers an organisation without its people being told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.fakes.partners import CONTACT
from tests.fakes.register import MemoryRegister
from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.application.outbox import Outbox
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.notices import MailState, Notice, NoticeKind
from polderlab_catalog.domain.people import LabRole, Person

ADA = PEOPLE["waterdienst-admin"]
LEAD_AGENCY = Actor.for_person(ADA)
ROLES = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
BO, FI = (
    Person(f"rivierstad-{name}", name.title(), "rivierstad", ROLES, email=f"{name}@example.org")
    for name in ("bo", "fi")
)
STEWARD = "rivierstad-steward"

Deed = Callable[[World, Actor], object]
INVITE: Deed = lambda w, by: w.invitations.invite_person(by, "rivierstad", CONTACT, roles=ROLES)  # noqa: E731
DEEDS: dict[str, tuple[Deed, NoticeKind]] = {
    "invite": (INVITE, NoticeKind.ADMINISTRATOR_INVITED),
    "close": (
        lambda w, by: w.people.close_account(by, FI.username),
        NoticeKind.ADMINISTRATOR_GONE,
    ),
    "demote": (
        lambda w, by: w.people.give_roles(by, FI.username, ()),
        NoticeKind.ADMINISTRATOR_GONE,
    ),
    "name": (
        lambda w, by: w.people.give_roles(by, "rivierstad-lead", ROLES),
        NoticeKind.ADMINISTRATOR_NAMED,
    ),
    "offboard": (
        lambda w, by: w.endings.offboard(by, Wish(Leaving.PERSON, FI.username, "x"), FI.username),
        NoticeKind.ADMINISTRATOR_GONE,
    ),
}


@pytest.fixture
def world() -> World:
    world = World(MemoryRegister())
    with world.register.write() as t:
        for person in (BO, FI):
            t.people.put(person)
    return world


def told(world: World, username: str) -> list[NoticeKind]:
    with world.register.read() as t:
        kinds = [each.kind for each in t.notices.of(username)]
    return [each for each in kinds if each.value.startswith(("administrator-", "steward-"))]


class Box:
    """Takes mail."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def deliver(self, notice: Notice, person: Person) -> None:
        self.taken.append(person.username)


@pytest.mark.parametrize("deed", DEEDS)
def test_the_other_administrators_are_told_what_the_lead_agency_does(
    world: World, deed: str
) -> None:
    do, kind = DEEDS[deed]
    # Only an operator gives the role beside administrators there are; the rest a lab
    # administrator does as well.
    gives = kind is not NoticeKind.ADMINISTRATOR_GONE
    actor = world.operator if gives else LEAD_AGENCY
    do(world, actor)
    assert told(world, BO.username) == [kind]
    assert told(world, STEWARD) == ([kind] if kind is NoticeKind.ADMINISTRATOR_GONE else [])
    assert told(world, "kustregio-steward") == []
    with world.register.read() as t:
        notice = next(each for each in t.notices.of(BO.username) if each.kind is kind)
        (line,) = t.audit.search(action=AuditAction.ORGANISATION_TOLD)
    assert notice.mail is MailState.WAITING
    assert notice.details["by"] == ("root" if gives else ADA.display_name)
    assert line.event.object == "rivierstad"
    assert line.event.details["by"] == actor.name
    assert BO.username in str(line.event.details["administrators"])


@pytest.mark.parametrize("deed", [name for name in DEEDS if name != "offboard"])
def test_what_the_organisation_does_itself_is_no_news(world: World, deed: str) -> None:
    DEEDS[deed][0](world, Actor.for_person(BO))
    assert told(world, STEWARD) == []
    assert told(world, FI.username) == []
    with world.register.read() as t:
        assert t.audit.search(action=AuditAction.ORGANISATION_TOLD) == []


def test_who_loses_the_role_is_told_too(world: World) -> None:
    world.people.give_roles(LEAD_AGENCY, FI.username, ())
    assert told(world, FI.username) == [NoticeKind.ADMINISTRATOR_GONE]


def test_other_roles_and_people_are_no_news(world: World) -> None:
    world.people.give_roles(world.operator, "rivierstad-lead", {LabRole.STEWARD})
    world.people.close_account(LEAD_AGENCY, "rivierstad-analyst")
    world.invitations.invite_person(LEAD_AGENCY, "rivierstad", CONTACT)
    assert told(world, BO.username) == []


def test_whoever_replaces_the_last_administrator_is_seen_by_the_stewards(world: World) -> None:
    """One after the other: theirs out, ours in."""
    world.people.close_account(LEAD_AGENCY, FI.username)
    world.people.give_roles(LEAD_AGENCY, BO.username, ())
    INVITE(world, LEAD_AGENCY)
    gone, invited = NoticeKind.ADMINISTRATOR_GONE, NoticeKind.ADMINISTRATOR_INVITED
    assert sorted(told(world, STEWARD)) == sorted([gone, gone, invited])
    with world.register.read() as t:
        lines = t.audit.search(action=AuditAction.ORGANISATION_TOLD)
    assert [(each.event.details["kind"], each.event.details["stewards"]) for each in lines] == [
        (invited, STEWARD),
        (gone, STEWARD),
        (gone, STEWARD),
    ]


def test_putting_ones_own_in_first_hides_nothing(world: World) -> None:
    INVITE(world, world.operator)
    with world.register.write() as t:
        t.people.put(Person("rivierstad-mole", "Mo", "rivierstad", ROLES))
    for username in (BO.username, FI.username):
        world.people.give_roles(LEAD_AGENCY, username, ())
    gone = NoticeKind.ADMINISTRATOR_GONE
    assert told(world, BO.username).count(NoticeKind.ADMINISTRATOR_INVITED) == 1
    assert told(world, STEWARD) == [gone, gone]


def test_opening_an_administrators_account_again_is_naming_one(world: World) -> None:
    world.people.close_account(Actor.for_person(BO), FI.username)
    world.people.reopen_account(LEAD_AGENCY, FI.username)
    assert told(world, BO.username) == [NoticeKind.ADMINISTRATOR_NAMED]


def test_nobody_is_cleared_away_unseen_before_an_accomplice_is_named(world: World) -> None:
    """First the stewards, then the only administrator, then one who obeys."""
    world.people.close_account(Actor.for_person(BO), FI.username)
    with world.register.write() as t:
        t.people.put(replace(PEOPLE[STEWARD], email="stef@example.org"))
    chain: list[tuple[Deed, NoticeKind, set[str]]] = [
        (
            lambda w, by: w.people.close_account(by, STEWARD),
            NoticeKind.STEWARD_GONE,
            {BO.username, STEWARD},
        ),
        (
            lambda w, by: w.endings.offboard(
                by, Wish(Leaving.PERSON, BO.username, "x"), BO.username
            ),
            NoticeKind.ADMINISTRATOR_GONE,
            {BO.username, "rivierstad-lead", "rivierstad-analyst"},
        ),
        (
            INVITE,
            NoticeKind.ADMINISTRATOR_INVITED,
            {"rivierstad-lead", "rivierstad-analyst"},
        ),
    ]
    box = Box()
    outbox = Outbox(world.register, world.clock, box)
    mails = iter(({BO.username, STEWARD}, {BO.username}, set[str]()))
    for deed, kind, whom in chain:
        box.taken.clear()
        deed(world, LEAD_AGENCY)
        with world.register.read() as t:
            assert {
                each.username
                for each in t.people.all()
                if any(notice.kind is kind for notice in t.notices.of(each.username))
            } == whom
            line = t.audit.search(action=AuditAction.ORGANISATION_TOLD)[0].event
        assert line.details["kind"] == kind.value
        outbox.send_due()
        assert set(box.taken) == next(mails), kind
    assert line.details["people"] == "rivierstad-analyst, rivierstad-lead"


def test_a_closed_account_gets_no_other_mail(world: World) -> None:
    box = Box()
    world.invitations.invite_person(world.operator, "rivierstad", CONTACT, roles=ROLES)
    assert told(world, FI.username) == [NoticeKind.ADMINISTRATOR_INVITED]
    world.people.close_account(Actor.for_person(BO), FI.username)
    Outbox(world.register, world.clock, box).send_due()
    assert box.taken == [BO.username]


@pytest.mark.parametrize("deed", ["close", "demote", "offboard"])
def test_administrators_and_other_stewards_see_a_steward_go(world: World, deed: str) -> None:
    roles = frozenset({LabRole.STEWARD})
    gone = Person("rivierstad-sam", "Sam", "rivierstad", roles)
    with world.register.write() as t:
        t.people.put(gone)
    if deed == "offboard":
        wish = Wish(Leaving.PERSON, gone.username, "x")
        world.endings.offboard(LEAD_AGENCY, wish, gone.username)
    elif deed == "close":
        world.people.close_account(LEAD_AGENCY, gone.username)
    else:
        world.people.give_roles(world.operator, gone.username, ())
    for username in (BO.username, FI.username, STEWARD, gone.username):
        assert told(world, username) == [NoticeKind.STEWARD_GONE]
    assert told(world, "rivierstad-analyst") == []


def test_a_steward_whom_the_organisation_lets_go_itself_is_no_news(world: World) -> None:
    world.people.close_account(Actor.for_person(BO), STEWARD)
    assert told(world, FI.username) == told(world, STEWARD) == []


def test_a_steward_who_becomes_the_administrator_is_told_as_both(world: World) -> None:
    world.people.give_roles(world.operator, STEWARD, ROLES)
    both = [NoticeKind.ADMINISTRATOR_NAMED, NoticeKind.STEWARD_GONE]
    assert sorted(told(world, BO.username)) == both
