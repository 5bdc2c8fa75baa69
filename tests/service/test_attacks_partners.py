"""People who are after more than they were given, by way of what partners are let in with.

Each attack has its positive control: the same deed by whom it is for, or before it was ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.fakes.partners import CONTACT, PLAN, bring, suspended_home
from tests.fakes.world import FILE, token
from tests.service.conftest import PREFIX, Service
from tests.service.test_partners import GOOD

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.invitations import Place
from polderlab_catalog.domain.organisations import OrganisationState
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.proposals import ProposalState
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code

ADMINISTRATOR = LabRole.ORGANISATION_ADMINISTRATOR


@pytest.fixture
def cast(service: Service) -> Service:
    bring(service.world)
    return service


def now(service: Service, username: str) -> Actor:
    """Return somebody as the register has them at this moment, as every request does."""
    with service.lab.register.read() as t:
        found = t.people.get(username)
    assert found is not None
    return Actor.for_person(found, "10.0.0.3")


def person(service: Service, username: str) -> Person | None:
    with service.lab.register.read() as t:
        return t.people.get(username)


def is_open(service: Service, username: str) -> bool:
    found = person(service, username)
    return found is not None and found.active


def lead_agency(service: Service) -> Actor:
    return now(service, "waterdienst-admin")


# An invitation is worth what whoever made it could give now, not what they could give then.

ENDINGS = {
    "whose account was closed": lambda s: s.lab.people.close_account(
        lead_agency(s), "rivierstad-admin"
    ),
    "whose role was taken away": lambda s: s.lab.people.give_roles(
        lead_agency(s), "rivierstad-admin", []
    ),
    "who left": lambda s: s.lab.endings.offboard(
        lead_agency(s), Wish(Leaving.PERSON, "rivierstad-admin", "weg"), "rivierstad-admin"
    ),
}


@pytest.mark.parametrize("ended", [None, *ENDINGS])
def test_an_invitation_lets_nobody_in_for_an_administrator(
    cast: Service, ended: str | None
) -> None:
    sent = cast.lab.invitations.invite_person(
        now(cast, "rivierstad-admin"),
        "rivierstad",
        CONTACT,
        roles=[ADMINISTRATOR],
        places=[Place("river-access", MemberRole.ANALYST)],
    )
    if ended is None:
        made = cast.lab.invitations.accept(sent.secret, "back-door", "Dora", GOOD, GOOD)
        assert made.roles == {ADMINISTRATOR}
        return
    ENDINGS[ended](cast)
    with pytest.raises(Refused) as refusal:
        cast.lab.invitations.accept(sent.secret, "back-door", "Dora", GOOD, GOOD)
    assert refusal.value.decision.code is Code.INVITATION_GONE
    assert person(cast, "back-door") is None


def test_a_former_lab_administrators_invitation_makes_no_lab_administrator(cast: Service) -> None:
    sent = cast.lab.invitations.invite_person(
        now(cast, "waterdienst-second"),
        "waterdienst",
        CONTACT,
        roles=[LabRole.LAB_ADMINISTRATOR],
    )
    cast.lab.people.give_roles(lead_agency(cast), "waterdienst-second", [])
    with pytest.raises(Refused):
        cast.lab.invitations.accept(sent.secret, "back-door", "Dora", GOOD, GOOD)
    assert person(cast, "back-door") is None


def test_a_lab_administrator_makes_no_second_self_that_administers_a_partner(
    cast: Service,
) -> None:
    lab = lead_agency(cast)
    with pytest.raises(Refused) as refusal:
        cast.lab.invitations.invite_person(lab, "rivierstad", CONTACT, roles=[ADMINISTRATOR])
    assert refusal.value.decision.code is Code.ROLE_NOT_YOURS_TO_GIVE
    with pytest.raises(Refused):
        cast.lab.people.give_roles(lab, "rivierstad-colleague", [ADMINISTRATOR])
    assert cast.lab.invitations.invite_person(
        now(cast, "rivierstad-admin"), "rivierstad", CONTACT, roles=[ADMINISTRATOR]
    )
    # where nobody is left who can, the lead agency can, or nobody ever could
    cast.lab.people.give_roles(lab, "rivierstad-admin", [])
    assert cast.lab.invitations.invite_person(lab, "rivierstad", CONTACT, roles=[ADMINISTRATOR])


@pytest.mark.parametrize("role", [LabRole.STEWARD, LabRole.PRIVACY_OFFICER])
def test_a_lab_administrator_gives_no_role_that_opens_data(cast: Service, role: LabRole) -> None:
    lab, own = lead_agency(cast), now(cast, "rivierstad-admin")
    with pytest.raises(Refused):
        cast.lab.invitations.invite_person(lab, "rivierstad", CONTACT, roles=[role])
    with pytest.raises(Refused):
        cast.lab.people.give_roles(lab, "rivierstad-colleague", [role])
    with pytest.raises(Refused):
        cast.lab.invitations.invite_person(
            lab, "rivierstad", CONTACT, places=[Place("river-access", MemberRole.ANALYST)]
        )
    with pytest.raises(Refused):
        cast.lab.members.put(lab, "river-access", "waterdienst-second", MemberRole.ANALYST)
    assert cast.lab.people.give_roles(own, "rivierstad-colleague", [role]).roles == {role}


def test_an_administrator_of_the_lead_agency_closes_no_lab_administrator(cast: Service) -> None:
    boss, lab = now(cast, "waterdienst-boss"), "waterdienst-second"
    for deed in (cast.lab.people.close_account, cast.lab.people.reopen_account):
        with pytest.raises(Refused):
            deed(boss, lab)
    with pytest.raises(Refused):
        cast.lab.endings.offboard(boss, Wish(Leaving.PERSON, lab, "weg"), lab)
    with cast.lab.register.write() as t:
        t.confirmations.put(
            Confirmation(
                Matter.PERSON, lab, "waterdienst", due=cast.world.clock(),
                asked=cast.world.clock(), deadline=cast.world.clock() + timedelta(days=9),
            )
        )  # fmt: skip
    with pytest.raises(Refused):
        cast.lab.confirmations.end(boss, (Matter.PERSON, lab))
    assert is_open(cast, lab)
    cast.lab.people.close_account(lead_agency(cast), lab)
    assert not is_open(cast, lab)


def test_nobody_comes_back_while_their_folders_are_on_the_way_out(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    name = "rivierstad-analyst"
    cast.lab.people.close_account(own, name)
    cast.lab.people.reopen_account(own, name)
    assert is_open(cast, name), "a closed account can be opened again"
    cast.lab.endings.offboard(own, Wish(Leaving.PERSON, name, "weg"), name)
    with pytest.raises(Refused):
        cast.lab.people.reopen_account(own, name)
    assert not is_open(cast, name)


def test_a_project_is_not_extended_while_its_folders_are_on_the_way_out(cast: Service) -> None:
    lab = lead_agency(cast)
    later = date(2028, 1, 31)
    assert cast.lab.members.end(lab, "river-access", later).ends == later
    cast.lab.endings.offboard(lab, Wish(Leaving.PROJECT, "river-access", "klaar"), "river-access")
    with pytest.raises(Refused):
        cast.lab.members.end(lab, "river-access", later)


def test_one_request_of_somebody_who_went_hides_no_others(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    level = Level.person("river-access", "rivierstad-analyst")
    cast.lab.allocations.set(own, level, Allocation(cpus=1))
    cast.lab.extensions.ask(
        now(cast, "rivierstad-analyst"), "river-access", Resource.CPUS, 1, why="drukte"
    )
    assert len(cast.lab.extensions.waiting(own)) == 1
    cast.lab.members.remove(own, "river-access", "rivierstad-analyst")
    assert cast.lab.extensions.waiting(own) == []
    assert cast.lab.extensions.waiting(lead_agency(cast)) == []


def test_announcing_does_not_tell_which_projects_others_have(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")

    def told(kind: Audience, name: str) -> type[Exception] | None:
        try:
            cast.lab.announcements.make(own, Draft(Text("Let op"), kind, (name,)))
        except (NotFound, Refused) as error:
            return type(error)
        return None

    assert told(Audience.PROJECT, "river-access") is None
    assert told(Audience.PROJECT, "youth-health") is told(Audience.PROJECT, "no-such-thing")
    assert told(Audience.ORGANISATION, "kustregio") is told(Audience.ORGANISATION, "no-such")
    assert told(Audience.PEOPLE, "kustregio-analyst") is told(Audience.PEOPLE, "no-such-one")


def test_no_project_is_made_for_whom_is_not_here_any_more(cast: Service) -> None:
    made = cast.lab.proposals.propose(now(cast, "rivierstad-proposer"), PLAN)
    cast.lab.proposals.endorse(now(cast, "rivierstad-admin"), made.id)
    other = cast.lab.proposals.propose(now(cast, "rivierstad-colleague"), PLAN)
    cast.lab.proposals.endorse(now(cast, "rivierstad-admin"), other.id)
    assert cast.lab.proposals.approve(lead_agency(cast), other.id).state is ProposalState.APPROVED
    suspended_home(cast.world, "rivierstad")
    with pytest.raises(Refused):
        cast.lab.proposals.approve(lead_agency(cast), made.id)


def test_a_leaving_organisations_data_goes_to_one_that_is_there(cast: Service) -> None:
    lab = lead_agency(cast)
    suspended_home(cast.world, "waterdienst")
    with cast.lab.register.write() as t:
        left = t.organisations.get("waterdienst")
        assert left is not None
        t.organisations.put(replace(left, slug="gone-away"))
        t.organisations.put(replace(left, state=OrganisationState.ACTIVE))
    wish = Wish(Leaving.ORGANISATION, "kustregio", "weg", heir="gone-away")
    with pytest.raises(Invalid) as refusal:
        cast.lab.endings.offboard(lab, wish, "kustregio")
    assert set(refusal.value.fields) == {"heir"}
    done = cast.lab.endings.offboard(lab, replace(wish, heir="rivierstad"), "kustregio")
    assert "handed-over" in done.ended


async def test_a_refused_administrator_is_not_shown_the_record(cast: Service) -> None:
    lab, own = lead_agency(cast), now(cast, "rivierstad-admin")
    other = now(cast, "kustregio-admin")
    wish = Wish(Leaving.PROJECT, "river-access", "klaar")
    record = cast.lab.endings.offboard(lab, wish, "river-access")
    assert cast.lab.endings.offboard(own, wish, "river-access").id == record.id
    with pytest.raises(NotFound):
        cast.lab.endings.offboard(other, wish, "river-access")
    with pytest.raises(NotFound):
        cast.lab.endings.record(other, record.id)
    with pytest.raises(Refused):
        cast.lab.endings.sign(own, record.id, "mij")


# What ends without anybody doing anything ends on the short way, too.


@pytest.mark.parametrize("what", ["agreement", "membership", "project", "owner's agreement"])
async def test_what_ends_by_the_calendar_ends_the_very_next_read(cast: Service, what: str) -> None:
    content = bytes(range(256)) * 40
    cast.put(f"growth_study/1/{FILE}", content)
    until = date(2026, 12, 31)
    cast.lab.grants.grant(cast.world.operator, "growth_study", "river-access", date(2027, 6, 30))
    with cast.lab.register.write() as t:
        home, project = t.organisations.get("rivierstad"), t.projects.get("river-access")
        held = t.projects.membership("rivierstad-analyst", "river-access")
        other = t.organisations.get("kustregio")
        assert home is not None
        assert project is not None
        assert held is not None
        assert other is not None
        match what:
            case "agreement":
                t.organisations.put(replace(home, agreed_until=until))
            case "membership":
                t.projects.put_membership(replace(held, until=until))
            case "project":
                t.projects.put(replace(project, ends=until))
            case _:
                t.organisations.put(replace(other, agreed_until=until))
                t.projects.put(replace(project, organisation="kustregio"))
    key = token(cast.world.run("rivierstad-analyst", "river-access"))
    path = f"/datasets/growth_study/{FILE}"
    async with cast.gateway(key) as client:
        for _ in range(2):
            before = await client.get(path, headers={"Range": "bytes=0-9"})
            assert (before.status_code, before.content) == (206, content[:10])
        cast.world.clock.now = cast.world.clock.now.replace(year=2027, month=1, day=1, hour=12)
        after = await client.get(path, headers={"Range": "bytes=0-9"})
    assert after.status_code == 403
    assert content[:10] not in after.content


async def test_whoever_waits_to_be_looked_at_sees_and_does_nothing(cast: Service) -> None:
    with cast.lab.register.write() as t:
        found = t.people.get("rivierstad-analyst")
        assert found is not None
        t.people.put(replace(found, vetting=Vetting.WAITING))
    key_paths = ["/organisations/rivierstad", "/people/rivierstad-lead", "/projects/river-access"]
    async with cast.visit("rivierstad-analyst") as waiting, cast.visit("rivierstad-lead") as lead:
        for path in key_paths:
            assert (await waiting.get(f"{PREFIX}{path}")).status_code in (403, 404), path
        assert (await lead.get(f"{PREFIX}/projects/river-access")).status_code == 200
    with pytest.raises(Refused):
        cast.world.plan("rivierstad-analyst", "river-access")
    assert cast.world.plan("rivierstad-lead", "river-access")


def test_no_log_line_holds_what_opens_an_account(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    sent = cast.lab.invitations.invite_person(own, "rivierstad", CONTACT)
    key, _ = cast.lab.passwords.make_link(cast.world.operator, "rivierstad-analyst")
    cast.lab.invitations.accept(sent.secret, "new-one", "Dora", GOOD, GOOD)
    cast.lab.passwords.choose(key, GOOD, GOOD, "10.0.0.1")
    lines = "\n".join(map(repr, cast.lab.audit.show()))
    assert AuditAction.PERSON_JOINED.value in lines
    for secret in (sent.secret, key, GOOD):
        assert secret not in lines
