"""Whoever something waits for is told, whoever asked is told what came of it, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.fakes.partners import CAST, CONTACT, DETAILS, PLAN, actor, bring
from tests.fakes.world import DATASETS, MEMBERS, World

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.names import one_line
from polderlab_catalog.domain.notices import Notice, NoticeKind
from polderlab_catalog.domain.people import Vetting
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.domain.texts import Text

GOOD = "a long enough password of mine"
STUDY, SURVEY, PROJECT = "growth_study", "soil_survey", "river-access"
ASKER, LEAD = "rivierstad-analyst", "rivierstad-lead"
STEWARD, PRIVACY = "kustregio-steward", "kustregio-privacy"
OWN, LAB, SECOND = "rivierstad-admin", "waterdienst-admin", "waterdienst-second"
JUNE = date(2027, 6, 30)


@pytest.fixture
def world(world: World) -> World:
    bring(world)
    return world


def notices(world: World) -> list[Notice]:
    with world.register.read() as t:
        return [each for person in t.people.all() for each in t.notices.of(person.username)]


def news(world: World, deed: Callable[[], object]) -> dict[str, NoticeKind]:
    """Return who is told what by ``deed``: one notice each."""
    before = {each.id for each in notices(world)}
    world.clock.advance(seconds=1)
    deed()
    told = [each for each in notices(world) if each.id not in before]
    assert set(Counter(each.username for each in told).values()) <= {1}
    return {each.username: each.kind for each in told}


def last(world: World, username: str) -> Notice:
    return world.notices.mine(actor(username))[0]


def each(kind: NoticeKind, *usernames: str) -> dict[str, NoticeKind]:
    return dict.fromkeys(usernames, kind)


# Organisations and people ------------------------------------------------------------------


def test_the_lead_agency_is_told_that_an_organisation_waits(world: World) -> None:
    sent = world.organisations.invite(world.operator, "duinrand", Text("Duinrand"), CONTACT)
    text = AgreementText("1", "text")
    told = news(world, lambda: world.organisations.submit(sent.secret, DETAILS, text))
    assert told == each(NoticeKind.ORGANISATION_WAITS, LAB, SECOND)
    assert last(world, LAB).path == "/organisations/duinrand/decision"
    again = world.organisations.send_back(actor(LAB), "duinrand", "No number")
    told = news(world, lambda: world.organisations.submit(again.secret, DETAILS, text))
    assert told == each(NoticeKind.ORGANISATION_WAITS, LAB, SECOND)


@pytest.mark.parametrize("vetting", [True, False])
def test_the_lead_agency_is_told_of_people_to_check_and_they_when_that_was_done(
    world: World, vetting: bool
) -> None:
    with world.register.write() as t:
        home = t.organisations.get("rivierstad")
        assert home is not None
        t.organisations.put(replace(home, vetting=vetting))
    sent = world.invitations.invite_person(actor(OWN), "rivierstad", CONTACT)
    told = news(world, lambda: world.invitations.accept(sent.secret, "dora", "Dora", GOOD, GOOD))
    if not vetting:
        assert told == {}
        return
    assert told == each(NoticeKind.PERSON_WAITS, LAB, SECOND)
    assert last(world, LAB).path == "/people/dora"
    told = news(world, lambda: world.people.vet(actor(LAB), "dora"))
    assert told == each(NoticeKind.PERSON_CHECKED, "dora")


# Proposals ---------------------------------------------------------------------------------


def test_a_proposal_is_told_at_each_turn_to_whose_turn_it_is(world: World) -> None:
    pia, olga, ada = actor("rivierstad-proposer"), actor(OWN), actor(LAB)
    proposals = world.proposals
    assert news(world, lambda: proposals.propose(pia, PLAN)) == each(NoticeKind.PROPOSAL_WAITS, OWN)
    id_ = proposals.of(pia)[0].proposal.id
    assert last(world, OWN).path == f"/proposals/{id_}"

    told = news(world, lambda: proposals.send_back(olga, id_, "Which\ntrees?"))
    assert told == each(NoticeKind.PROPOSAL_RETURNED, pia.name.removeprefix("person:"))
    assert last(world, "rivierstad-proposer").details["reason"] == "Which trees?"

    told = news(world, lambda: proposals.change(pia, id_, PLAN))
    assert told == each(NoticeKind.PROPOSAL_WAITS, OWN)
    told = news(world, lambda: proposals.endorse(olga, id_))
    assert told == each(NoticeKind.PROPOSAL_WAITS, LAB, SECOND)
    told = news(world, lambda: proposals.approve(ada, id_, "Good luck"))
    assert told == each(NoticeKind.PROPOSAL_APPROVED, "rivierstad-proposer")
    said = last(world, "rivierstad-proposer")
    assert said.details["reason"] == "Good luck"
    assert said.path == f"/projects/{proposals.show(ada, id_).proposal.project}"


def test_a_refused_proposal_is_told_with_the_reason_and_one_taken_back_to_nobody(
    world: World,
) -> None:
    pia = actor("rivierstad-proposer")
    refused, taken = (world.proposals.propose(pia, PLAN).id for _ in "12")
    told = news(world, lambda: world.proposals.refuse(actor(OWN), refused, "x" * 2000))
    assert told == each(NoticeKind.PROPOSAL_REFUSED, "rivierstad-proposer")
    assert last(world, "rivierstad-proposer").details["reason"] == one_line("x" * 2000, 500)
    assert news(world, lambda: world.proposals.withdraw(pia, taken)) == {}


def test_nobody_is_told_to_decide_on_a_proposal_of_their_own(world: World) -> None:
    told = news(world, lambda: world.proposals.propose(actor(OWN), PLAN))
    assert told == each(NoticeKind.PROPOSAL_WAITS, LAB, SECOND)  # endorsed at once
    told = news(world, lambda: world.proposals.propose(actor(LAB), PLAN))
    assert told == each(NoticeKind.PROPOSAL_WAITS, "waterdienst-boss")
    id_ = world.proposals.of(actor(LAB))[0].proposal.id
    told = news(world, lambda: world.proposals.endorse(actor("waterdienst-boss"), id_))
    assert told == each(NoticeKind.PROPOSAL_WAITS, SECOND)


@pytest.mark.parametrize("why", ["none", "waiting"])
def test_a_proposal_that_nobody_can_endorse_is_told_to_the_lead_agency(
    world: World, why: str
) -> None:
    changes = {"none": {"roles": frozenset()}, "waiting": {"vetting": Vetting.WAITING}}
    with world.register.write() as t:
        t.people.put(replace(CAST[OWN], **changes[why]))  # type: ignore[arg-type]
    told = news(world, lambda: world.proposals.propose(actor("rivierstad-proposer"), PLAN))
    assert told == each(NoticeKind.PROPOSAL_WAITS, LAB, SECOND)


# More room ---------------------------------------------------------------------------------

LEVELS = {
    "person": (Level.person(PROJECT, ASKER), {LEAD, OWN}),
    "project": (Level.project(PROJECT), {OWN}),
    "organisation": (Level.organisation("rivierstad"), {LAB, SECOND}),
}


def limited(world: World, level: Level) -> None:
    for each_, _ in LEVELS.values():
        world.allocations.set(world.operator, each_, Allocation())
    world.allocations.set(world.operator, level, Allocation(cpu_hours=10))


@pytest.mark.parametrize(("level", "givers"), LEVELS.values(), ids=LEVELS)
def test_more_room_is_asked_of_whoever_can_give_it_and_the_asker_hears(
    world: World, level: Level, givers: set[str]
) -> None:
    limited(world, level)
    ravi = actor(ASKER)

    def ask() -> None:
        world.extensions.ask(ravi, PROJECT, Resource.CPU_HOURS, 5, why="One more run")

    assert news(world, ask) == each(NoticeKind.EXTENSION_WAITS, *givers)
    for username in givers:
        assert last(world, username).path == "/extensions"
        assert world.extensions.waiting(actor(username))  # who is told can answer
    by = actor(sorted(givers)[0])
    (asked,) = world.extensions.mine(ravi)
    told = news(world, lambda: world.extensions.refuse(by, asked.id, "Wait for May"))
    assert told == each(NoticeKind.EXTENSION_REFUSED, ASKER)
    assert last(world, ASKER).details["reason"] == "Wait for May"

    ask()
    told = news(world, lambda: world.extensions.approve(by, world.extensions.mine(ravi)[0].id, 3))
    assert told == each(NoticeKind.EXTENSION_GIVEN, ASKER)
    assert last(world, ASKER).details["amount"] == "3"


def test_where_an_organisation_has_no_administrator_the_lead_agency_is_told(world: World) -> None:
    limited(world, Level.project(PROJECT))
    with world.register.write() as t:
        t.people.put(replace(CAST[OWN], vetting=Vetting.WAITING))
    lea = actor(LEAD)
    told = news(
        world, lambda: world.extensions.ask(lea, PROJECT, Resource.CPU_HOURS, 5, why="A run")
    )
    assert told == each(NoticeKind.EXTENSION_WAITS, LAB, SECOND)
    id_ = world.extensions.mine(lea)[0].id
    assert news(world, lambda: world.extensions.withdraw(lea, id_)) == {}


# Access ------------------------------------------------------------------------------------


def ask(world: World, dataset: str = STUDY) -> AccessRequest:
    return world.requests.ask(actor(ASKER), dataset, PROJECT, "Groei vergelijken", until=JUNE)


def test_a_request_is_told_to_those_who_decide_and_questions_to_the_other_side(
    world: World,
) -> None:
    assert news(world, lambda: ask(world)) == each(NoticeKind.REQUEST_WAITS, STEWARD, PRIVACY)
    id_ = world.requests.of(actor(ASKER))[0].request.id
    assert last(world, STEWARD).path == f"/requests/{id_}"

    for text in ("Why this?", "And until when?"):
        told = news(world, lambda said=text: world.requests.question(world.steward, id_, said))  # type: ignore[misc]
        assert told == each(NoticeKind.REQUEST_QUESTIONED, ASKER, LEAD)
        assert text not in str(last(world, ASKER).details)  # it is read where it is answered
    told = news(world, lambda: world.requests.answer(actor(LEAD), id_, "To compare"))
    assert told == each(NoticeKind.REQUEST_ANSWERED, STEWARD, PRIVACY)

    told = news(
        world, lambda: world.requests.approve(world.steward, id_, ApprovalRole.STEWARD, until=JUNE)
    )
    assert told == {}  # the other was told, and nothing was decided yet
    told = news(
        world,
        lambda: world.requests.approve(
            world.privacy_officer, id_, ApprovalRole.PRIVACY_OFFICER, until=date(2027, 5, 31)
        ),
    )
    assert told == each(NoticeKind.REQUEST_APPROVED, ASKER, LEAD)
    assert last(world, LEAD).details["date"] == "2027-05-31"


def test_only_those_who_may_decide_are_told(world: World) -> None:
    """No privacy officer for internal data, and no steward who is of the project that asks."""
    internal = replace(DATASETS[STUDY], classification=Classification.INTERNAL)
    with world.register.write() as t:
        t.datasets.put(internal)
    assert news(world, lambda: ask(world)) == each(NoticeKind.REQUEST_WAITS, STEWARD)
    world.requests.withdraw(actor(ASKER), world.requests.of(actor(ASKER))[0].request.id)
    with world.register.write() as t:
        t.datasets.put(DATASETS[STUDY])
        t.projects.put_membership(Membership(STEWARD, PROJECT, MemberRole.VIEWER))
    assert news(world, lambda: ask(world)) == each(NoticeKind.REQUEST_WAITS, PRIVACY)


def test_a_refusal_is_told_with_its_reason_to_who_is_of_the_project_still(world: World) -> None:
    request = ask(world)
    with world.register.write() as t:
        t.projects.remove_membership(ASKER, PROJECT)
    told = news(
        world, lambda: world.requests.refuse(world.steward, request.id, "Not for\nthis purpose")
    )
    assert told == each(NoticeKind.REQUEST_REFUSED, LEAD)
    assert last(world, LEAD).details["reason"] == "Not for this purpose"


def test_a_request_taken_back_or_turned_away_is_no_news(world: World) -> None:
    request = ask(world)
    assert news(world, lambda: world.requests.withdraw(actor(ASKER), request.id)) == {}

    def again() -> None:
        with pytest.raises(Refused):
            world.requests.refuse(world.steward, request.id, "Too late")

    assert news(world, again) == {}


def granted(world: World) -> None:
    request = ask(world)
    for by, role in (
        (world.steward, ApprovalRole.STEWARD),
        (world.privacy_officer, ApprovalRole.PRIVACY_OFFICER),
    ):
        world.requests.approve(by, request.id, role)


def test_access_that_is_narrowed_or_taken_away_is_told_to_asker_and_leads(world: World) -> None:
    granted(world)

    def give(until: date, **terms: str) -> dict[str, NoticeKind]:
        grants = world.grants
        return news(
            world,
            lambda: grants.grant(world.operator, STUDY, PROJECT, until, **terms),  # type: ignore[arg-type]
        )

    assert give(date(2027, 3, 31)) == each(NoticeKind.ACCESS_CHANGED, ASKER, LEAD)
    assert last(world, LEAD).details["date"] == "2027-03-31"
    assert give(date(2027, 3, 31)) == {}  # nothing changed
    told = give(date(2027, 3, 31), conditions="No maps")
    assert told == each(NoticeKind.ACCESS_CHANGED, ASKER, LEAD)
    told = news(world, lambda: world.grants.revoke(world.steward, STUDY, PROJECT))
    assert told == each(NoticeKind.ACCESS_TAKEN, ASKER, LEAD)


def test_columns_taken_from_a_grant_are_told(world: World) -> None:
    world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    narrower = Scope(("hgt",))
    told = news(
        world, lambda: world.grants.grant(world.operator, STUDY, PROJECT, JUNE, scope=narrower)
    )
    assert told == each(NoticeKind.ACCESS_CHANGED, LEAD)


def test_a_revocation_is_told_to_asker_and_leads_but_not_to_a_lead_who_is_out(
    world: World,
) -> None:
    granted(world)
    yesterday = replace(MEMBERS[0], until=date(2026, 1, 2))
    with world.register.write() as t:
        t.projects.put_membership(yesterday)
    told = news(world, lambda: world.grants.revoke(world.steward, STUDY, PROJECT))
    assert told == each(NoticeKind.ACCESS_TAKEN, ASKER)


def test_access_that_ends_by_another_classification_is_told(world: World) -> None:
    """What one steward gave of internal data does not hold for confidential data."""
    with world.register.write() as t:
        t.datasets.put(replace(DATASETS[STUDY], classification=Classification.INTERNAL))
    world.grants.grant(world.steward, STUDY, PROJECT, JUNE)
    told = news(
        world,
        lambda: world.publishing.describe(
            world.steward,
            STUDY,
            lambda known: replace(known, classification=Classification.CONFIDENTIAL),
        ),
    )
    assert told == each(NoticeKind.ACCESS_TAKEN, LEAD)


def test_access_that_ends_when_its_owner_leaves_the_lab_is_told_to_who_had_it(
    world: World,
) -> None:
    world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    wish = Wish(Leaving.ORGANISATION, "kustregio", "The agreement ended")
    told = news(world, lambda: world.endings.offboard(actor(LAB), wish, "kustregio"))
    assert told[LEAD] is NoticeKind.ACCESS_TAKEN
    assert ASKER not in told


@pytest.mark.parametrize("why", ["suspended", "agreement over", "waits to be checked"])
def test_nobody_is_told_who_may_not_be_in_the_lab(world: World, why: str) -> None:
    granted(world)
    with world.register.write() as t:
        home, ravi = t.organisations.get("rivierstad"), t.people.get(ASKER)
        assert home is not None
        assert ravi is not None
        match why:
            case "suspended":
                t.organisations.put(replace(home, suspended=True))
            case "agreement over":
                t.organisations.put(replace(home, agreed_until=date(2026, 1, 1)))
            case _:
                t.people.put(replace(ravi, vetting=Vetting.WAITING))
    told = news(world, lambda: world.grants.revoke(world.steward, STUDY, PROJECT))
    assert told == (each(NoticeKind.ACCESS_TAKEN, LEAD) if why == "waits to be checked" else {})


def test_who_was_checked_is_told_though_their_organisation_is_suspended(world: World) -> None:
    with world.register.write() as t:
        home, ravi = t.organisations.get("rivierstad"), t.people.get(ASKER)
        assert home is not None
        assert ravi is not None
        t.organisations.put(replace(home, suspended=True))
        t.people.put(replace(ravi, vetting=Vetting.WAITING))
    told = news(world, lambda: world.people.vet(world.operator, ASKER))
    assert told == each(NoticeKind.PERSON_CHECKED, ASKER)


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Asia/Tokyo", "UTC"])
def test_the_last_day_that_is_told_is_the_labs(world: World, zone: str) -> None:
    here = ZoneInfo(zone)
    world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    with world.register.write() as t:
        (grant,) = t.grants.find(dataset=STUDY, project=PROJECT)
        after = replace(grant, ends=datetime(2027, 4, 1, tzinfo=here).astimezone(UTC))
        Messenger(t, world.operator, world.clock(), here).access_changed(grant, after)
    assert last(world, LEAD).details["date"] == "2027-03-31"


def test_whoever_does_something_that_concerns_themselves_is_not_told(world: World) -> None:
    """A lead who asked hears what came of it once, and nothing of their own answer."""
    lea = actor(LEAD)
    asked = world.requests.ask(lea, STUDY, PROJECT, "x", until=JUNE)
    world.requests.question(world.steward, asked.id, "Why?")
    told = news(world, lambda: world.requests.answer(lea, asked.id, "So"))
    assert LEAD not in told
    told = news(world, lambda: world.requests.refuse(world.privacy_officer, asked.id, "No"))
    assert told == each(NoticeKind.REQUEST_REFUSED, LEAD)


def test_a_deed_that_is_undone_was_not_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(world.requests), "_log", broken)

    def fails() -> None:
        with pytest.raises(RuntimeError):
            ask(world)

    assert news(world, fails) == {}
    assert world.requests.of(actor(ASKER)) == []
