"""Who is let in by a link, and who may take one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from tests.fakes.partners import CAST, CONTACT, DETAILS, actor, bring
from tests.fakes.world import World

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.invitations import Sent
from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.texts import Text
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


OUT: dict[str, Callable[[Organisation, date], Organisation]] = {
    "suspended": lambda home, _: replace(home, suspended=True),
    "whose agreement ended": lambda home, today: replace(
        home, agreed_until=today - timedelta(days=1)
    ),
    "that left": lambda home, _: replace(home, state=OrganisationState.LEFT),
    "not let in yet": lambda home, _: replace(home, state=OrganisationState.SUBMITTED),
}


@pytest.mark.parametrize("out", OUT.values(), ids=OUT)
def test_nobody_is_invited_into_an_organisation(
    full: World, out: Callable[[Organisation, date], Organisation]
) -> None:
    for by in (full.operator, actor("waterdienst-admin")):
        assert full.organisations.page(by, "rivierstad").may_invite
        assert full.invitations.invite_person(by, "rivierstad", CONTACT)
    with full.register.write() as t:
        home = t.organisations.get("rivierstad")
        assert home is not None
        t.organisations.put(out(home, full.door.today()))
    for by in (full.operator, actor("waterdienst-admin")):
        assert not full.organisations.page(by, "rivierstad").may_invite
        with pytest.raises(Refused) as refusal:
            full.invitations.invite_person(by, "rivierstad", CONTACT)
        assert refusal.value.decision.code in {
            Code.ORGANISATION_SUSPENDED,
            Code.AGREEMENT_ENDED,
            Code.ORGANISATION_NOT_ACTIVE,
        }


def test_to_strangers_an_invitation_there_is_looks_like_one_there_is_not(full: World) -> None:
    olga, otto = actor("rivierstad-admin"), actor("kustregio-admin")
    sent = full.invitations.invite_person(olga, "rivierstad", CONTACT)
    for id_ in (sent.invitation.id, str(uuid4())):
        with pytest.raises(NotFound) as unknown:
            full.invitations.withdraw(otto, id_)
        assert str(unknown.value) == f"No such invitation: {id_}."
        assert (unknown.value.kind, unknown.value.decision) == ("invitation", None)
    assert full.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)
    assert full.invitations.withdraw(olga, sent.invitation.id).withdrawn


def approve(world: World, username: str) -> Sent:
    return world.organisations.approve(
        world.operator, "duinrand", Allocation(), vetting=False, username=username
    )


@pytest.fixture
def waiting(full: World) -> World:
    """Return a world where Duinrand waits to be let in."""
    sent = full.organisations.invite(full.operator, "duinrand", Text("Duinrand"), CONTACT)
    full.organisations.submit(sent.secret, DETAILS, AgreementText("1", "text"))
    return full


def test_where_people_sign_in_elsewhere_the_first_administrators_account_is_named(
    waiting: World,
) -> None:
    waiting.invitations.local_accounts = False
    for wrong in ("", "Ans Beheer", "rivierstad-lead"):
        with pytest.raises(Invalid) as invalid:
            approve(waiting, wrong)
        assert set(invalid.value.fields) == {"username"}
    sent = approve(waiting, "ans-beheer")
    made = waiting.invitations.accept(sent.secret, "somebody-else", "Ans", "", "")
    assert (made.username, made.organisation) == ("ans-beheer", "duinrand")


def test_where_accounts_are_the_labs_own_it_need_not_be(waiting: World) -> None:
    sent = approve(waiting, "")
    assert waiting.invitations.accept(sent.secret, "ans", "Ans", GOOD, GOOD).username == "ans"


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
