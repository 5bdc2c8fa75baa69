"""Every role against every deed of the role table: what it allows happens, what it does not is
turned away, and who may not know of a thing finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from tests.fakes.partners import CONTACT, DETAILS, PLAN, STRANGERS, WHO, actor, bring
from tests.fakes.project_folders import EmptyFolders
from tests.fakes.world import World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.application.results import Results
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.roles import SHOWS, TABLE, Action, Who

AGREEMENT = AgreementText("1", "text")
NEW = Contact("Nina", "nina@rivierstad.example")
LESS = Allocation(sessions=1)
Deed = Callable[[World, Actor], object]


def proposal(w: World) -> str:
    return w.proposals.propose(actor("rivierstad-proposer"), PLAN).id


def endorsed(w: World) -> str:
    made = proposal(w)
    w.proposals.endorse(actor("rivierstad-admin"), made)
    return made


def returned(w: World) -> str:
    made = proposal(w)
    w.proposals.send_back(actor("rivierstad-admin"), made, "nog niet")
    return made


def vet(w: World, by: Actor) -> None:
    assert w.people.vet(by, "rivierstad-waiting").vetting is Vetting.DONE


def start(w: World, by: Actor) -> None:
    assert by.person
    w.plan(by.person.username, "river-access")


def ask(w: World, by: Actor) -> None:
    w.requests.ask(by, "growth_study", "river-access", "doel", until=date(2027, 6, 30))


def put_out(w: World, by: Actor) -> None:
    w.members.put(w.operator, "river-access", "rivierstad-steward", MemberRole.VIEWER)
    assert w.members.remove(by, "river-access", "rivierstad-steward")


DEEDS: dict[Action, list[Deed]] = {
    Action.ORGANISATION_LIST: [lambda w, by: w.organisations.all(by)],
    Action.ORGANISATION_INVITE: [
        lambda w, by: w.organisations.invite(by, "nieuwland", Text("Duinrand"), CONTACT)
    ],
    Action.ORGANISATION_DECIDE: [
        lambda w, by: w.organisations.renew(
            by, "rivierstad", agreed_until=date(2028, 1, 1), vetting=True
        )
    ],
    Action.ORGANISATION_SUSPEND: [lambda w, by: w.organisations.suspend(by, "rivierstad")],
    Action.ORGANISATION_SHOW: [lambda w, by: w.organisations.page(by, "rivierstad")],
    Action.ORGANISATION_CHANGE: [
        lambda w, by: w.organisations.change(
            by, "rivierstad", contact=CONTACT, privacy_officer=CONTACT
        )
    ],
    Action.PERSON_SHOW: [lambda w, by: w.people.page(by, "rivierstad-analyst")],
    Action.PERSON_INVITE: [lambda w, by: w.invitations.invite_person(by, "rivierstad", NEW)],
    Action.PERSON_ROLES: [lambda w, by: w.people.give_roles(by, "rivierstad-waiting", ())],
    Action.PERSON_CLOSE: [
        lambda w, by: w.people.close_account(by, "rivierstad-steward"),
        lambda w, by: w.people.reopen_account(by, "rivierstad-steward"),
    ],
    Action.PERSON_VET: [vet],
    Action.PROPOSAL_MAKE: [lambda w, by: w.proposals.propose(by, PLAN)],
    Action.PROPOSAL_SHOW: [lambda w, by: w.proposals.show(by, proposal(w))],
    Action.PROPOSAL_CHANGE: [
        lambda w, by: w.proposals.change(by, returned(w), PLAN),
        lambda w, by: w.proposals.withdraw(by, proposal(w)),
    ],
    Action.PROPOSAL_ENDORSE: [
        lambda w, by: w.proposals.endorse(by, proposal(w)),
        lambda w, by: w.proposals.send_back(by, proposal(w), "waarom"),
        lambda w, by: w.proposals.refuse(by, proposal(w), "daarom"),
    ],
    Action.PROPOSAL_DECIDE: [
        lambda w, by: w.proposals.approve(by, endorsed(w)),
        lambda w, by: w.proposals.send_back(by, endorsed(w), "waarom"),
        lambda w, by: w.proposals.refuse(by, endorsed(w), "daarom"),
    ],
    Action.PROJECT_SHOW: [lambda w, by: w.members.page(by, "river-access")],
    Action.PROJECT_END: [lambda w, by: w.members.end(by, "river-access", date(2026, 12, 31))],
    Action.PROJECT_EXTEND: [lambda w, by: w.members.end(by, "river-access", date(2029, 12, 31))],
    Action.MEMBER_CHANGE: [
        lambda w, by: w.members.put(by, "river-access", "rivierstad-steward", MemberRole.VIEWER),
        put_out,
    ],
    Action.ORGANISATION_ALLOCATE: [
        lambda w, by: w.allocations.set(by, Level.organisation("rivierstad"), LESS)
    ],
    Action.PROJECT_ALLOCATE: [
        lambda w, by: w.allocations.set(by, Level.project("river-access"), LESS)
    ],
    Action.MEMBER_ALLOCATE: [
        lambda w, by: w.allocations.set(by, Level.person("river-access", "rivierstad-viewer"), LESS)
    ],
    Action.SESSION_START: [start],
    Action.ACCESS_ASK: [ask],
    Action.RESULT_READ: [
        lambda w, by: Results(w.door, EmptyFolders()).look(by, "river-access", b"")
    ],
}
SPECIAL = {
    # made in a transaction of its own, from a state the world has no other use for
    Action.ORGANISATION_DECIDE: [
        lambda w, by: w.organisations.approve(by, "duinrand", Allocation(), vetting=False),
        lambda w, by: w.organisations.send_back(by, "duinrand", "nog iets"),
        lambda w, by: w.organisations.refuse(by, "duinrand", "nee"),
    ]
}


@pytest.fixture
def full(world: World) -> World:
    bring(world)
    sent = world.organisations.invite(world.operator, "duinrand", Text("Duinrand"), CONTACT)
    world.organisations.submit(sent.secret, DETAILS, AGREEMENT)
    return world


CASES = [
    (action, number, who)
    for action, deeds in DEEDS.items()
    for number in range(len(deeds + SPECIAL.get(action, [])))
    for who in Who
]


def deed(action: Action, number: int) -> Deed:
    return (DEEDS[action] + SPECIAL.get(action, []))[number]


def test_every_action_of_the_table_is_tried() -> None:
    assert set(DEEDS) == set(TABLE) == set(Action)


@pytest.mark.parametrize(("action", "number", "who"), CASES)
def test_the_table_holds_for_every_role(full: World, action: Action, number: int, who: Who) -> None:
    by = actor(WHO[who])
    # everyone at rivierstad is a colleague, and everyone is one at home
    colleague = WHO[who].startswith("rivierstad-") or action is Action.PROPOSAL_MAKE
    allowed = who in TABLE[action] or (Who.COLLEAGUE in TABLE[action] and colleague)
    if allowed:
        deed(action, number)(full, by)
        return
    with pytest.raises((Refused, NotFound)) as turned_away:
        deed(action, number)(full, by)
    own = not (action is Action.ORGANISATION_DECIDE and number)  # else it is about duinrand
    if own and action is not Action.ORGANISATION_LIST and who in TABLE[shows(action)]:
        assert isinstance(turned_away.value, Refused)


def shows(action: Action) -> Action:
    return SHOWS[action.partition(":")[0]]


@pytest.mark.parametrize(
    ("stranger", "action", "number"),
    [
        (stranger, action, number)
        for stranger in STRANGERS.values()
        for action, number, who in CASES
        if who is Who.LEAD
        # everyone proposes for their own organisation
        and (action is not Action.PROPOSAL_MAKE or stranger.endswith("-waiting"))
    ],
)
def test_strangers_are_turned_away_from_everything(
    full: World, stranger: str, action: Action, number: int
) -> None:
    with pytest.raises((Refused, NotFound)):
        deed(action, number)(full, actor(stranger))


OF_PEOPLE = {Action.PROPOSAL_MAKE, Action.SESSION_START, Action.ACCESS_ASK}
"""An operator is nobody's colleague and no member."""


@pytest.mark.parametrize("action", [each for each in Action if each not in OF_PEOPLE])
def test_an_operator_may_do_all_of_it(full: World, action: Action) -> None:
    for number in range(len(DEEDS[action] + SPECIAL.get(action, []))):
        if action is Action.ORGANISATION_DECIDE and number > 1:
            break
        deed(action, number)(full, full.operator)


def test_what_another_organisation_has_looks_as_if_it_did_not_exist(full: World) -> None:
    otto = actor("kustregio-admin")
    for there, absent in (
        (lambda: full.organisations.page(otto, "rivierstad"), "rivierstad"),
        (lambda: full.people.page(otto, "rivierstad-analyst"), "rivierstad-analyst"),
        (lambda: full.members.page(otto, "river-access"), "river-access"),
        (lambda: full.people.close_account(otto, "rivierstad-analyst"), "rivierstad-analyst"),
    ):
        with pytest.raises(NotFound, match=f"No such .*: {absent}"):
            there()
    with pytest.raises(NotFound, match="No such organisation: nowhere"):
        full.organisations.page(otto, "nowhere")
    assert full.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)


@pytest.mark.parametrize("role", [LabRole.STEWARD, LabRole.PRIVACY_OFFICER])
def test_a_lab_administrator_gives_no_role_that_opens_data(full: World, role: LabRole) -> None:
    ada = actor("waterdienst-admin")
    with pytest.raises(Refused):
        full.people.give_roles(ada, "rivierstad-analyst", {role})
    with pytest.raises(Refused):
        full.invitations.invite_person(ada, "waterdienst", NEW, roles={role})
    after = full.people.give_roles(actor("rivierstad-admin"), "rivierstad-analyst", {role})
    assert after.roles == {role}


def test_nobody_gives_a_role_to_themselves(full: World) -> None:
    for name in ("waterdienst-admin", "rivierstad-admin"):
        with pytest.raises(Refused, match="themselves"):
            full.people.give_roles(actor(name), name, set(LabRole))
    for name in ("rivierstad-admin", "rivierstad-lead"):
        with pytest.raises(Refused, match="themselves"):
            full.members.put(actor(name), "river-access", name, MemberRole.ANALYST)


def test_an_organisation_administrator_makes_nobody_a_lab_administrator(full: World) -> None:
    with pytest.raises(Refused):
        full.people.give_roles(
            actor("rivierstad-admin"), "rivierstad-analyst", {LabRole.LAB_ADMINISTRATOR}
        )
    with pytest.raises(Refused):
        full.people.give_roles(
            actor("waterdienst-boss"), "waterdienst-admin", set()
        )  # nor takes it away
    with pytest.raises(Refused):  # a partner never looks after the lab
        full.people.give_roles(
            actor("waterdienst-admin"), "rivierstad-analyst", {LabRole.LAB_ADMINISTRATOR}
        )
    boss = full.people.give_roles(
        actor("waterdienst-admin"),
        "waterdienst-boss",
        {*LabRole} - {LabRole.STEWARD, LabRole.PRIVACY_OFFICER},
    )
    assert LabRole.LAB_ADMINISTRATOR in boss.roles
