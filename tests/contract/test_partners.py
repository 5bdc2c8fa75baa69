"""What is kept of organisations, invitations and proposals, in every register alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from tests.fakes.world import ORGANISATIONS, PEOPLE, PROJECTS, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.invitations import Invitation, InvitationKind, Place
from polderlab_catalog.domain.organisations import (
    Agreement,
    Contact,
    OrganisationState,
    Particulars,
    PublicBody,
)
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership
from polderlab_catalog.domain.proposals import (
    Assessment,
    Plan,
    Proposal,
    ProposalState,
    Remark,
    Step,
)
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.register import SqlRegister

SECRET = "zeven kleuren in een regenboog"
NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)

BARE = Particulars("rivierstad")
TOLD = Particulars(
    organisation="rivierstad",
    body=PublicBody.MUNICIPALITY,
    oin="00000001001234567000",
    contact=Contact("Één ë", "a@rivierstad.example"),
    privacy_officer=Contact("Twee", "b@rivierstad.example"),
    administrator=Contact("Drie", "c@rivierstad.example"),
    agreed_from=date(2026, 1, 1),
    agreement=Agreement("1.0", "Drie", NOW),
    remark="Vul\nnog iets aan.",
)


def invitation(id_: str = "i1", **changes: object) -> Invitation:
    made = Invitation(
        id=id_,
        kind=InvitationKind.PERSON,
        organisation="rivierstad",
        name="Nieuw 🌊",
        email="n@rivierstad.example",
        token_hash=f"hash of {id_}",
        invited_by="person:rivierstad-lead",
        made=NOW,
        expires=NOW + timedelta(days=7),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


PLAN = Plan(
    Text("Plan", ""),
    Text("Doel", "Purpose"),
    LegalBasis.PUBLIC_TASK,
    date(2026, 4, 1),
    date(2027, 3, 31),
)
WHOLE_PLAN = replace(
    PLAN,
    ground="Wet, artikel 1",
    categories="lengte",
    subjects="kinderen",
    retention="twee jaar",
    processing_id="RV-12",
    assessments=(Assessment.DPIA, Assessment.IAMA),
    internet=True,
    datasets=("growth_study",),
    sizes=("small",),
    images=("python-geo",),
)


def proposal(id_: str = "p1", **changes: object) -> Proposal:
    made = Proposal(id_, "rivierstad", "rivierstad-lead", NOW, PLAN)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [BARE, TOLD], ids=["bare", "told"])
def test_particulars_come_back_as_they_went_in(world: World, given: Particulars) -> None:
    with world.register.write() as t:
        assert t.organisations.particulars("rivierstad") is None
        t.organisations.put_particulars(BARE)
        t.organisations.put_particulars(given)
    with world.register.read() as t:
        assert t.organisations.particulars("rivierstad") == given


def test_an_organisation_keeps_its_state_and_the_end_of_its_agreement(world: World) -> None:
    changed = replace(
        ORGANISATIONS["rivierstad"],
        state=OrganisationState.SUBMITTED,
        agreed_until=date(2027, 3, 31),
        vetting=True,
    )
    with world.register.write() as t:
        t.organisations.put(changed)
    with world.register.read() as t:
        assert t.organisations.get("rivierstad") == changed


def test_a_person_keeps_address_and_vetting(world: World) -> None:
    changed = replace(
        PEOPLE["rivierstad-lead"],
        email="lea@rivierstad.example",
        vetting=Vetting.DONE,
        vetted_by="person:waterdienst-admin",
        vetted=NOW,
    )
    with world.register.write() as t:
        t.people.put(changed)
    with world.register.read() as t:
        assert t.people.get("rivierstad-lead") == changed


def test_those_who_wait_for_vetting_are_found(world: World) -> None:
    lea, ravi = PEOPLE["rivierstad-lead"], PEOPLE["rivierstad-analyst"]
    with world.register.write() as t:
        assert t.people.waiting() == []
        t.people.put(replace(lea, vetting=Vetting.WAITING))
        t.people.put(replace(ravi, vetting=Vetting.WAITING, active=False))
    with world.register.read() as t:
        assert [each.username for each in t.people.waiting()] == ["rivierstad-lead"]


def test_a_membership_keeps_its_last_day(world: World) -> None:
    changed = Membership("rivierstad-lead", "river-access", MemberRole.LEAD, date(2026, 12, 31))
    with world.register.write() as t:
        t.projects.put_membership(changed)
    with world.register.read() as t:
        assert t.projects.membership("rivierstad-lead", "river-access") == changed


def test_people_and_projects_are_found_by_organisation(world: World) -> None:
    with world.register.read() as t:
        people = {each.username for each in t.people.all(organisation="kustregio")}
        projects = [each.slug for each in t.projects.all(organisation="kustregio")]
    assert people == {name for name in PEOPLE if name.startswith("kustregio-")}
    assert projects == ["youth-health"]
    assert len(PROJECTS) > 1


@pytest.mark.parametrize(
    "given",
    [
        invitation(),
        invitation(
            kind=InvitationKind.ORGANISATION,
            roles=frozenset({LabRole.STEWARD, LabRole.PRIVACY_OFFICER}),
            places=(Place("river-access", MemberRole.VIEWER),),
            username="rivierstad-new",
            used=NOW,
            withdrawn=NOW,
        ),
    ],
    ids=["bare", "whole"],
)
def test_an_invitation_comes_back_as_it_went_in(world: World, given: Invitation) -> None:
    with world.register.write() as t:
        t.invitations.put(invitation())
        t.invitations.put(given)
    with world.register.read() as t:
        assert t.invitations.get("i1") == given
        assert t.invitations.by_token_hash("hash of i1") == given
        assert t.invitations.by_token_hash("another") is None


def test_invitations_are_found_newest_first(world: World) -> None:
    later = invitation("i2", made=NOW + timedelta(seconds=1))
    other = invitation("i3", organisation="kustregio")
    with world.register.write() as t:
        for each in (invitation(), later, other):
            t.invitations.put(each)
    with world.register.read() as t:
        assert [each.id for each in t.invitations.find(organisation="rivierstad")] == ["i2", "i1"]


def test_the_database_holds_no_secret_twice(sql: SqlRegister) -> None:
    world = World(sql)
    with world.register.write() as t:
        t.invitations.put(invitation())
    with pytest.raises(IntegrityError), world.register.write() as t:
        t.invitations.put(invitation("i2", token_hash="hash of i1"))


@pytest.mark.parametrize(
    "given",
    [
        proposal(),
        proposal(
            plan=WHOLE_PLAN,
            state=ProposalState.APPROVED,
            remarks=(Remark(Step.PROPOSED, "person:a", NOW), Remark(Step.APPROVED, "b", NOW, "é")),
            project="river-access",
        ),
    ],
    ids=["bare", "whole"],
)
def test_a_proposal_comes_back_as_it_went_in(world: World, given: Proposal) -> None:
    with world.register.write() as t:
        t.proposals.put(given)
    with world.register.read() as t:
        assert t.proposals.get("p1") == given


def test_proposals_are_found_by_what_they_are_of(world: World) -> None:
    second = proposal("p2", made=NOW + timedelta(seconds=1), proposed_by="rivierstad-analyst")
    done = proposal("p3", state=ProposalState.APPROVED, project="river-access")
    other = proposal("p4", organisation="kustregio", proposed_by="kustregio-analyst")
    with world.register.write() as t:
        for each in (proposal(), second, done, other):
            t.proposals.put(each)
    with world.register.read() as t:
        own = t.proposals.find(organisation="rivierstad", open_only=True)
        assert [each.id for each in own] == ["p2", "p1"]
        mine = t.proposals.find(proposed_by="rivierstad-analyst")
        assert [each.id for each in mine] == ["p2"]
        made = t.proposals.find(project="river-access")
        assert [each.id for each in made] == ["p3"]


def test_of_many_who_use_one_link_at_once_one_comes_in(world: World) -> None:
    contact = Contact("Nina", "nina@rivierstad.example")
    sent = world.invitations.invite_person(world.operator, "rivierstad", contact)

    def come(number: int) -> bool:
        try:
            world.invitations.accept(sent.secret, f"nina-{number}", "Nina", SECRET, SECRET)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(come, range(16))) == 1
    with world.register.read() as t:
        assert len([p for p in t.people.all() if p.username.startswith("nina-")]) == 1


@pytest.mark.parametrize("gone", [{"active": False}, {"roles": frozenset()}])
def test_an_administrator_who_is_out_comes_in_by_no_link_made_before(
    world: World, gone: dict[str, object]
) -> None:
    roles = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
    admin = replace(PEOPLE["rivierstad-lead"], roles=roles)
    with world.register.write() as t:
        t.people.put(admin)
    contact = Contact("Nina", "nina@rivierstad.example")
    by = Actor.for_person(admin)
    sent = world.invitations.invite_person(by, "rivierstad", contact, roles=roles)
    assert world.invitations.welcome(sent.secret).invitation.roles == roles
    with world.register.write() as t:
        t.people.put(replace(admin, **gone))  # type: ignore[arg-type]
    with pytest.raises(Refused):
        world.invitations.accept(sent.secret, "nina", "Nina", SECRET, SECRET)
