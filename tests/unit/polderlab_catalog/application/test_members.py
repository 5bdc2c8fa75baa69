"""Members from another organisation come in, and get more, by an operator only."""

from __future__ import annotations

from datetime import date

import pytest
from tests.fakes.partners import actor, bring
from tests.fakes.world import World

from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.members import may_change_guest

LEAD, ANALYST, VIEWER = MemberRole.LEAD, MemberRole.ANALYST, MemberRole.VIEWER
PROJECT, GUEST = "river-access", "kustregio-analyst"
SOONER, LAST, LATER = date(2027, 1, 31), date(2027, 6, 30), date(2027, 7, 1)


@pytest.fixture
def full(world: World) -> World:
    bring(world)
    world.members.put(world.operator, PROJECT, GUEST, ANALYST, LAST)
    return world


def put(world: World, by: Actor, role: MemberRole, until: date | None) -> Membership:
    return world.members.put(by, PROJECT, GUEST, role, until)


@pytest.mark.parametrize("by", ["rivierstad-lead", "rivierstad-admin"])
@pytest.mark.parametrize(
    ("role", "until"),
    [(ANALYST, LATER), (ANALYST, None), (LEAD, LAST), (LEAD, SOONER), (VIEWER, LATER)],
)
def test_only_an_operator_gives_a_guest_more(
    full: World, by: str, role: MemberRole, until: date | None
) -> None:
    with pytest.raises(Refused) as refusal:
        put(full, actor(by), role, until)
    assert refusal.value.decision.code is Code.GUEST_BY_OPERATOR
    with full.register.read() as t:
        assert t.projects.membership(GUEST, PROJECT) == Membership(GUEST, PROJECT, ANALYST, LAST)
    assert put(full, full.operator, role, until) == Membership(GUEST, PROJECT, role, until)


@pytest.mark.parametrize("by", ["rivierstad-lead", "rivierstad-admin"])
@pytest.mark.parametrize(
    ("role", "until"), [(ANALYST, LAST), (VIEWER, LAST), (ANALYST, SOONER), (VIEWER, SOONER)]
)
def test_a_guest_is_given_less_by_the_projects_own_people(
    full: World, by: str, role: MemberRole, until: date
) -> None:
    assert put(full, actor(by), role, until) == Membership(GUEST, PROJECT, role, until)
    assert full.members.remove(actor(by), PROJECT, GUEST)
    with pytest.raises(NotFound):
        put(full, actor(by), role, until)


def test_a_colleague_is_given_more_by_a_lead(full: World) -> None:
    lea = actor("rivierstad-lead")
    for role in (VIEWER, ANALYST, LEAD):
        after = full.members.put(lea, PROJECT, "rivierstad-analyst", role, None)
        assert after.role is role


def test_a_guest_with_no_last_day_may_be_given_one() -> None:
    endless = Membership(GUEST, PROJECT, ANALYST)
    assert may_change_guest(endless, Membership(GUEST, PROJECT, ANALYST, LAST))
    assert not may_change_guest(Membership(GUEST, PROJECT, ANALYST, LAST), endless)


def test_a_guest_who_leads_is_shown_nobody_of_the_other_organisation(full: World) -> None:
    put(full, full.operator, LEAD, None)
    guest = full.members.page(actor(GUEST), PROJECT)
    assert (guest.may_change, guest.addable) == (True, ())
    for by in (actor("rivierstad-lead"), full.operator):
        names = {each.username for each in full.members.page(by, PROJECT).addable}
        assert "rivierstad-colleague" in names
