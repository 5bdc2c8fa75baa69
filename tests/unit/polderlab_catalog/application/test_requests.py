"""From a project's question to its grant, and every way that must not lead there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.world import AMSTERDAM, DATASETS, MEMBERS, PEOPLE, World, distribution, token

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.datasets import Classification, Column
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole, RequestState
from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.reading import last_day

STUDY, SURVEY, PROJECT = "growth_study", "soil_survey", "river-access"
JUNE = date(2027, 6, 30)
STEWARD, PRIVACY = ApprovalRole.STEWARD, ApprovalRole.PRIVACY_OFFICER
COLUMNS = (Column("hgt", "double"), Column("age", "int32"), Column("reg", "string"))


def who(username: str) -> Actor:
    return Actor.for_person(PEOPLE[username], "10.0.0.4")


@pytest.fixture(autouse=True)
def columns(world: World) -> None:
    world.administration.publish_version(
        world.operator, STUDY, (replace(distribution(STUDY, 2), columns=COLUMNS),)
    )


def asked(world: World, **changes: object) -> AccessRequest:
    given = {"until": JUNE, "columns": ()} | changes
    return world.requests.ask(
        who("rivierstad-analyst"), STUDY, PROJECT, "Groei vergelijken", **given
    )  # type: ignore[arg-type]


def in_register(world: World, person: Person) -> Actor:
    world.people.register_person(world.operator, person)
    return Actor.for_person(person)


def code(deed: Callable[[], object]) -> Code:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.decision.code


def state(world: World, request: AccessRequest) -> RequestState:
    return world.requests.show(world.operator, request.id).request.state


@pytest.mark.parametrize("first", ApprovalRole)
def test_two_people_in_any_order_open_confidential_data_in_a_running_session(
    world: World, first: ApprovalRole
) -> None:
    people = {STEWARD: world.steward, PRIVACY: world.privacy_officer}
    (second,) = set(ApprovalRole) - {first}
    plan, request = world.run("rivierstad-analyst", PROJECT), asked(world)
    world.requests.approve(people[first], request.id, first)
    assert code(lambda: world.read(plan, STUDY)) is Code.NO_GRANT
    assert state(world, request) is RequestState.OPEN

    world.requests.approve(people[second], request.id, second, note="Prima")

    assert world.read(plan, STUDY).version.number == 2
    (grant,) = world.grants.of_dataset(STUDY)
    assert (grant.request, grant.granted_by) == (request.id, people[second].name)
    assert state(world, request) is RequestState.APPROVED
    world.grants.revoke(world.steward, STUDY, PROJECT)
    assert code(lambda: world.read(plan, STUDY)) is Code.GRANT_REVOKED


def test_internal_data_takes_its_steward_alone(world: World) -> None:
    kim, stef = who("kustregio-analyst"), who("rivierstad-steward")
    request = world.requests.ask(kim, SURVEY, "youth-health", "Bodem", until=JUNE)
    privacy = replace(
        PEOPLE["rivierstad-steward"], roles=frozenset({LabRole.PRIVACY_OFFICER, LabRole.STEWARD})
    )
    officer = in_register(world, privacy)
    assert code(lambda: world.requests.approve(officer, request.id, PRIVACY)) is (
        Code.APPROVAL_NOT_NEEDED
    )
    only = in_register(world, replace(privacy, roles=frozenset({LabRole.PRIVACY_OFFICER})))
    with pytest.raises(NotFound):
        world.requests.refuse(only, request.id, "nee")
    in_register(world, PEOPLE["rivierstad-steward"])
    world.requests.approve(stef, request.id, STEWARD)
    assert [grant.project for grant in world.grants.of_dataset(SURVEY)] == ["youth-health"]


def test_one_person_with_both_roles_cannot_give_both(world: World) -> None:
    both = replace(
        PEOPLE["kustregio-steward"], roles=frozenset({LabRole.STEWARD, LabRole.PRIVACY_OFFICER})
    )
    actor, request = in_register(world, both), asked(world)
    world.requests.approve(actor, request.id, STEWARD)
    assert code(lambda: world.requests.approve(actor, request.id, PRIVACY)) is Code.NEEDS_TWO_PEOPLE
    assert code(lambda: world.requests.approve(actor, request.id, STEWARD)) is Code.NEEDS_TWO_PEOPLE
    assert world.grants.of_dataset(STUDY) == []
    world.requests.approve(world.privacy_officer, request.id, PRIVACY)
    assert len(world.grants.of_dataset(STUDY)) == 1


def test_an_approval_of_one_role_is_given_once(world: World) -> None:
    other = replace(PEOPLE["kustregio-steward"], username="kustregio-second")
    world.administration.register_person(world.operator, other)
    request = asked(world)
    world.requests.approve(world.steward, request.id, STEWARD)
    second = Actor.for_person(other)
    assert code(lambda: world.requests.approve(second, request.id, STEWARD)) is (
        Code.APPROVED_ALREADY
    )


def test_nobody_decides_for_a_project_of_their_own(world: World) -> None:
    request = asked(world)
    joined = Membership("kustregio-steward", PROJECT, MemberRole.VIEWER)
    world.administration.register_member(world.operator, joined)
    for deed in (
        lambda: world.requests.approve(world.steward, request.id, STEWARD),
        lambda: world.requests.refuse(world.steward, request.id, "nee"),
        lambda: world.requests.question(world.steward, request.id, "waarom?"),
    ):
        assert code(deed) is Code.OWN_PROJECT
    assert state(world, request) is RequestState.OPEN


@pytest.mark.parametrize(
    "username",
    ["rivierstad-steward", "kustregio-analyst", "waterdienst-admin"],
)
def test_to_those_it_does_not_concern_a_request_does_not_exist(world: World, username: str) -> None:
    request, stranger = asked(world), who(username)
    for deed in (
        lambda: world.requests.show(stranger, request.id),
        lambda: world.requests.approve(stranger, request.id, STEWARD),
        lambda: world.requests.refuse(stranger, request.id, "nee"),
        lambda: world.requests.question(stranger, request.id, "?"),
        lambda: world.requests.answer(stranger, request.id, "!"),
        lambda: world.requests.withdraw(stranger, request.id),
        lambda: world.requests.show(stranger, "no such id"),
    ):
        with pytest.raises(NotFound):
            deed()
    assert world.requests.of(stranger) == world.requests.of_project(stranger, PROJECT) == []
    assert len(world.requests.of(world.steward)) == 1  # the probe works


def test_who_asked_approves_nothing_and_the_owner_withdraws_nothing(world: World) -> None:
    request, asker = asked(world), who("rivierstad-analyst")
    for role in ApprovalRole:
        assert code(lambda: world.requests.approve(asker, request.id, role)) is (  # noqa: B023
            Code.NOT_A_DECIDER
        )
    assert code(lambda: world.requests.withdraw(world.steward, request.id)) is Code.NOT_THE_ASKER
    assert code(lambda: world.requests.approve(world.steward, request.id, PRIVACY)) is (
        Code.NOT_PRIVACY_OFFICER
    )
    assert code(lambda: world.requests.approve(world.privacy_officer, request.id, STEWARD)) is (
        Code.NOT_STEWARD
    )
    assert code(lambda: world.requests.approve(world.operator, request.id, STEWARD)) is (
        Code.NOT_A_DECIDER
    )


def test_questions_go_back_and_forth_and_tell_who_is_to_move(world: World) -> None:
    request, asker, lead = asked(world), who("rivierstad-analyst"), who("rivierstad-lead")

    def turn(actor: Actor) -> list[str]:
        with world.register.read() as t:
            found = [each.id for each in world.requests.waiting_for(t, actor)]
        assert world.mastheads.of(actor).waiting == len(found)
        return found

    assert (turn(world.steward), turn(asker)) == ([request.id], [])
    world.requests.question(world.steward, request.id, "Is leeftijd in jaren genoeg?")
    assert (turn(world.steward), turn(asker), turn(lead)) == ([], [request.id], [request.id])
    world.requests.answer(lead, request.id, "Ja.\n\n\n\nHele jaren.")
    assert (turn(world.steward), turn(asker)) == ([request.id], [])
    world.requests.approve(world.steward, request.id, STEWARD)
    assert (turn(world.steward), turn(world.privacy_officer)) == ([], [request.id])
    spoken = world.requests.show(asker, request.id).request.messages
    assert [(each.by, each.text) for each in spoken] == [
        ("person:kustregio-steward", "Is leeftijd in jaren genoeg?"),
        ("person:rivierstad-lead", "Ja.\n\nHele jaren."),
    ]


def test_each_approval_only_narrows(world: World) -> None:
    request = asked(world, columns=("hgt", "age", "reg"))
    young = Condition("age", Operator.LESS, (12,))
    north = Condition("reg", Operator.EQUALS, ("North",))
    world.requests.approve(
        world.steward, request.id, STEWARD,
        until=date(2027, 1, 31), scope=Scope(("age", "hgt"), (young,)), conditions="Niet koppelen",
    )  # fmt: skip
    officer = world.privacy_officer
    late = lambda: world.requests.approve(officer, request.id, PRIVACY, until=JUNE)  # noqa: E731
    assert code(late) is Code.MORE_THAN_ASKED
    only_reg = Scope(("reg",))
    assert (
        code(lambda: world.requests.approve(officer, request.id, PRIVACY, scope=only_reg))
        is Code.NO_COLUMN_LEFT
    )
    world.requests.approve(
        officer, request.id, PRIVACY,
        scope=Scope(("hgt", "reg"), (north,)), conditions="Groepen van 10",
    )  # fmt: skip
    (grant,) = world.grants.of_dataset(STUDY)
    assert grant.scope == Scope(("hgt",), (young, north))
    assert grant.conditions == "Niet koppelen\nGroepen van 10"
    assert last_day(grant, AMSTERDAM) == "2027-01-31"


def test_an_approval_without_a_choice_gives_what_was_asked_and_no_more(world: World) -> None:
    request = asked(world, columns=("age",))
    world.requests.approve(world.steward, request.id, STEWARD, scope=WHOLE)
    world.requests.approve(world.privacy_officer, request.id, PRIVACY)
    (grant,) = world.grants.of_dataset(STUDY)
    assert (grant.scope, last_day(grant, AMSTERDAM)) == (Scope(("age",)), "2027-06-30")


def test_a_column_that_vanished_since_is_not_granted(world: World) -> None:
    request = asked(world, columns=("age", "hgt"))
    world.administration.publish_version(
        world.operator, STUDY, (replace(distribution(STUDY, 3), columns=COLUMNS[:1]),)
    )
    assert code(lambda: world.requests.approve(world.steward, request.id, STEWARD)) is (
        Code.UNKNOWN_COLUMN
    )
    world.requests.approve(world.steward, request.id, STEWARD, scope=Scope(("hgt",)))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(("nothing",)),
        Scope((), (Condition("nothing", Operator.NULL),)),
        Scope((), (Condition("age", Operator.EQUALS, ("12",)),)),
        Scope((), (Condition("age", Operator.EQUALS, (True,)),)),
        Scope((), (Condition("age", Operator.EQUALS, ()),)),
        Scope((), (Condition("age", Operator.NULL, (1,)),)),
        Scope((), (Condition("hgt", Operator.LESS, (float("nan"),)),)),
        Scope((), (Condition("reg", Operator.EQUALS, ("x'; DROP TABLE grants;\n--",)),)),
        Scope((), (Condition("reg", Operator.IN, ()),)),
    ],
)
def test_a_scope_that_does_not_fit_the_data_is_refused(world: World, scope: Scope) -> None:
    request = asked(world)
    wrong = code(lambda: world.requests.approve(world.steward, request.id, STEWARD, scope=scope))
    assert wrong in {Code.UNKNOWN_COLUMN, Code.UNFIT_CONDITION}
    assert code(lambda: world.grants.grant(world.operator, STUDY, PROJECT, JUNE, scope=scope)) in {
        Code.UNKNOWN_COLUMN,
        Code.UNFIT_CONDITION,
    }


@pytest.mark.parametrize(
    ("username", "dataset", "project", "until", "expected"),
    [
        ("rivierstad-analyst", STUDY, "youth-health", JUNE, Code.NOT_A_MEMBER),
        ("rivierstad-analyst", STUDY, "no-such-project", JUNE, Code.NOT_A_MEMBER),
        ("kustregio-steward", STUDY, PROJECT, JUNE, Code.NOT_A_MEMBER),
        ("rivierstad-viewer", STUDY, PROJECT, JUNE, Code.VIEWER_ASKS_NOTHING),
        ("rivierstad-analyst", "water_bodies", PROJECT, JUNE, Code.PUBLIC_NEEDS_NO_REQUEST),
        ("rivierstad-analyst", STUDY, PROJECT, date(2026, 11, 2), Code.GRANT_NEEDS_FUTURE_END),
        ("rivierstad-analyst", STUDY, PROJECT, date(2028, 1, 1), Code.GRANT_OUTLIVES_PROJECT),
    ],
)
def test_who_may_not_ask_is_told_why(
    world: World, username: str, dataset: str, project: str, until: date, expected: Code
) -> None:
    viewer = replace(PEOPLE["rivierstad-lead"], username="rivierstad-viewer")
    world.administration.register_person(world.operator, viewer)
    world.administration.register_member(
        world.operator, Membership(viewer.username, PROJECT, MemberRole.VIEWER)
    )
    actor = Actor.for_person({**PEOPLE, viewer.username: viewer}[username])
    assert (
        code(lambda: world.requests.ask(actor, dataset, project, "Doel", until=until)) is expected
    )
    assert world.requests.of(world.operator) == []


def test_a_dataset_of_another_catalogue_is_asked_for_there(world: World) -> None:
    far = replace(DATASETS[STUDY], remote="https://other.example/growth")
    with world.register.write() as t:
        t.datasets.put(far)
    assert code(lambda: asked(world)) is Code.DATASET_LIES_ELSEWHERE


def test_there_is_one_open_request_and_a_decided_one_stays_decided(world: World) -> None:
    request, asker = asked(world), who("rivierstad-analyst")
    assert code(lambda: asked(world)) is Code.REQUEST_OPEN_ALREADY
    world.requests.refuse(world.privacy_officer, request.id, "Kan met minder gegevens.")
    for deed in (
        lambda: world.requests.approve(world.steward, request.id, STEWARD),
        lambda: world.requests.answer(asker, request.id, "Toch?"),
        lambda: world.requests.withdraw(asker, request.id),
        lambda: world.requests.refuse(world.steward, request.id, "nee"),
    ):
        assert code(deed) is Code.REQUEST_DECIDED
    world.requests.withdraw(who("rivierstad-lead"), asked(world).id)
    states = [card.request.state for card in world.requests.of_project(asker, PROJECT)]
    assert sorted(states) == ["refused", "withdrawn"]


def test_what_people_write_is_kept_legible_and_reaches_the_log_as_one_line(world: World) -> None:
    nasty = "Eerste regel\r\nLOG\x1b[31m injected\x00 \u2028actor=person:root"
    request = world.requests.ask(who("rivierstad-analyst"), STUDY, PROJECT, nasty, until=JUNE)
    world.requests.refuse(world.steward, request.id, "nee\x07")
    kept = world.requests.show(world.steward, request.id).request
    assert "\x1b" not in kept.purpose
    assert "\x00" not in kept.purpose
    assert kept.purpose.startswith("Eerste regel\nLOG")
    (line,) = world.audit.show(action=AuditAction.REQUEST_MADE)
    assert line.event.purpose.isprintable()
    assert line.event.purpose.startswith("Eerste regel LOG")


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_empty_and_endless_words_are_refused(world: World, text: str) -> None:
    with pytest.raises(Invalid):
        world.requests.ask(who("rivierstad-analyst"), STUDY, PROJECT, text, until=JUNE)
    request = asked(world)
    with pytest.raises(Invalid):
        world.requests.question(world.steward, request.id, text)
    with pytest.raises(Invalid):
        world.requests.refuse(world.steward, request.id, text)


def test_every_step_stands_in_the_log_refusals_too(world: World) -> None:
    request = asked(world)
    code(lambda: world.requests.approve(world.steward, request.id, PRIVACY))
    world.requests.approve(world.steward, request.id, STEWARD)
    refused, approved = [
        each.event for each in world.audit.show(action=AuditAction.REQUEST_APPROVED)
    ][::-1]
    assert (refused.outcome, refused.details["code"]) == (Outcome.REFUSED, "not-privacy-officer")
    assert (approved.outcome, approved.details["role"]) == (Outcome.OK, "steward")
    assert approved.details["request"] == request.id
    assert approved.origin == "10.0.0.9"
    assert world.audit.verify().ok


def test_a_session_asks_as_its_person_for_its_project(world: World) -> None:
    plan = world.run("rivierstad-analyst", PROJECT)
    request = world.requests.ask_from_session(token(plan), "10.213.0.2", STUDY, "Vanuit notebook")
    assert (request.asked_by, request.project) == ("person:rivierstad-analyst", PROJECT)
    assert (request.legal_basis, request.until) == (LegalBasis.PUBLIC_TASK, date(2027, 12, 31))
    shown = world.requests.of_session(token(plan), "10.213.0.2")
    assert [card.request.id for card in shown] == [request.id]
    for key, address, expected in (
        ("wrong", "10.213.0.2", Code.NOT_SIGNED_IN),
        (token(plan), "10.213.0.9", Code.WRONG_ADDRESS),
    ):
        again = lambda: world.requests.ask_from_session(key, address, STUDY, "x")  # noqa: E731, B023
        assert code(again) is expected
    world.sessions.close(plan.session, "stop")
    assert (
        code(lambda: world.requests.ask_from_session(token(plan), "10.213.0.2", STUDY, "x"))
        is Code.SESSION_CLOSED
    )


def test_who_left_the_project_sees_its_request_no_more(world: World) -> None:
    request, asker = asked(world), who("rivierstad-analyst")
    assert world.requests.show(asker, request.id)
    world.members.remove(world.operator, PROJECT, MEMBERS[1].username)
    with pytest.raises(NotFound):
        world.requests.show(asker, request.id)


def test_a_new_answer_changes_the_grant_there_is(world: World) -> None:
    first = world.grants.grant(world.operator, STUDY, PROJECT, date(2026, 12, 1))
    request = asked(world, columns=("age",))
    world.requests.approve(world.steward, request.id, STEWARD)
    world.requests.approve(world.privacy_officer, request.id, PRIVACY)
    (grant,) = world.grants.of_dataset(STUDY)
    assert (grant.id, grant.starts) == (first.id, first.starts)
    assert (last_day(grant, AMSTERDAM), grant.scope) == ("2027-06-30", Scope(("age",)))


def test_access_that_one_person_gave_ends_when_data_is_made_confidential(world: World) -> None:
    """Or one person could lend confidential data out: lower it, give access, raise it again."""

    def classify(kind: Classification) -> None:
        world.publishing.describe(
            world.steward, STUDY, lambda now: replace(now, classification=kind)
        )

    def live() -> bool:
        with world.register.read() as t:
            (grant,) = t.grants.find(dataset=STUDY, project=PROJECT)
        return grant.live(world.clock())

    classify(Classification.INTERNAL)
    world.grants.grant(world.steward, STUDY, PROJECT, JUNE)
    plan = world.run("rivierstad-analyst", PROJECT)
    assert world.read(plan, STUDY)
    classify(Classification.CONFIDENTIAL)
    assert not live()
    assert code(lambda: world.read(plan, STUDY)) is Code.GRANT_REVOKED
    (line,) = world.audit.show(action=AuditAction.GRANT_REVOKED)
    assert (line.event.actor, line.event.project) == (world.steward.name, PROJECT)


@pytest.mark.parametrize("by", ["two people", "an operator"])
def test_access_that_may_be_given_to_confidential_data_outlasts_a_change_of_classification(
    world: World, by: str
) -> None:
    if by == "two people":
        request = asked(world)
        world.requests.approve(world.steward, request.id, STEWARD)
        world.requests.approve(world.privacy_officer, request.id, PRIVACY)
    else:
        world.grants.grant(world.operator, STUDY, PROJECT, JUNE)
    for kind in (Classification.INTERNAL, Classification.CONFIDENTIAL):
        world.publishing.describe(
            world.steward, STUDY, lambda now, kind=kind: replace(now, classification=kind)
        )
    assert world.read(world.run("rivierstad-analyst", PROJECT), STUDY)
