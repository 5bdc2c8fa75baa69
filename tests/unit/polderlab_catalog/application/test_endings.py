"""Leaving: access ends at once, folders go step by step, and a record stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import PEOPLE, World

from polderlab import wire
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.allocations import Extension, Level, Resource
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.endings import FolderState, Leaving, Offboarding
from polderlab_catalog.domain.notices import MailState, NoticeKind
from polderlab_catalog.domain.organisations import OrganisationState
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.decisions import Code

ADMIN = Actor.for_person(PEOPLE["waterdienst-admin"])
PERSON = Wish(Leaving.PERSON, "rivierstad-analyst", "another job")
PROJECT = Wish(Leaving.PROJECT, "river-access", "the study is done")
ORGANISATION = Wish(Leaving.ORGANISATION, "kustregio", "the agreement ended")
HOME = "rivierstad-analyst/river-access"
HOMES = [HOME, "rivierstad-lead/river-access"]


@pytest.fixture
def world() -> World:
    world = World(MemoryRegister())
    for slug in ("rivierstad", "kustregio"):
        person = Person(f"{slug}-boss", "Bo", slug, frozenset({LabRole.ORGANISATION_ADMINISTRATOR}))
        world.administration.register_person(world.operator, person)
    return world


def boss(slug: str) -> Actor:
    role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
    return Actor.for_person(Person(f"{slug}-boss", "Bo", slug, role))


def done(order: wire.FolderOrder, **changes: object) -> wire.FolderDone:
    """Return what the hub says that has the homes of :data:`HOMES`."""
    parts = {
        "person-homes": [home for home in HOMES if home.startswith(f"{order.name}/")],
        "project-homes": [home for home in HOMES if home.endswith(f"/{order.name}")],
    }.get(order.kind, [order.name])
    made = wire.FolderDone(order.id, order.wanted, parts=parts)
    if order.wanted == "archived" and parts:
        made = replace(made, archive=order.archive, bytes=9, sha256="ab" * 32, files=2)
    return replace(made, **changes)  # type: ignore[arg-type]


def carry_out(world: World, **changes: object) -> int:
    orders = world.folders.orders()
    for order in orders:
        world.folders.report(done(order, **changes))
    return len(orders)


def test_a_person_who_leaves_has_nothing_left_at_once(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    record = world.endings.offboard(ADMIN, PERSON, "rivierstad-analyst")
    with world.register.read() as t:
        person = t.people.get("rivierstad-analyst")
        assert person is not None
        assert not person.active
        assert t.projects.memberships(username="rivierstad-analyst") == []
        assert t.sessions.open(username="rivierstad-analyst") == []
        closed = t.sessions.get(plan.session)
        assert closed is not None
        assert closed.close_reason == "left the lab: another job"
    assert world.hub.stopped == [("rivierstad-analyst", "river-access")]
    assert world.hub.signed_out == ["rivierstad-analyst"]
    assert {kind: len(names) for kind, names in record.ended.items()} == {
        "sessions": 1,
        "memberships": 1,
        "people": 1,
    }
    with pytest.raises(Refused):
        world.read(plan, "water_bodies")


def test_a_project_that_ends_gives_up_its_grants_and_requests(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    record = world.endings.offboard(boss("rivierstad"), PROJECT, "river-access")
    with world.register.read() as t:
        project = t.projects.get("river-access")
        assert project is not None
        assert project.ends < world.clock().date()
        assert not t.grants.find(project="river-access")[0].live(world.clock())
        assert t.projects.memberships(project="river-access") == []
    assert set(record.ended) == {"grants", "memberships", "projects"}
    assert [folder.kind for folder in record.folders] == ["project-homes", "project-folder"]


def ask_for_more(world: World, *levels: Level) -> None:
    with world.register.write() as t:
        for level in levels:
            now = world.clock()
            asker = "person:rivierstad-analyst"
            made = Extension(str(level), level, Resource.CPUS, 1, "", asker, now, now.date())
            t.allocations.put_extension(made)


def asked_for(world: World) -> set[Level]:
    with world.register.read() as t:
        return {each.level for each in t.allocations.extensions(open_only=True)}


def test_requests_for_more_end_with_what_they_are_for(world: World) -> None:
    whole, other = Level.organisation("rivierstad"), Level.project("youth-health")
    project = Level.project("river-access")
    analyst = Level.person("river-access", "rivierstad-analyst")
    lead = Level.person("river-access", "rivierstad-lead")
    ask_for_more(world, whole, other, project, analyst, lead)
    world.endings.offboard(ADMIN, PERSON, PERSON.name)
    assert asked_for(world) == {whole, other, project, lead}
    record = world.endings.offboard(ADMIN, PROJECT, PROJECT.name)
    assert asked_for(world) == {whole, other}
    assert set(record.ended["extensions"]) == {f"cpus · {project}", f"cpus · {lead}"}
    world.endings.offboard(ADMIN, Wish(Leaving.ORGANISATION, "rivierstad", "gone"), "rivierstad")
    assert asked_for(world) == {other}
    with world.register.read() as t:
        events = [each.event for each in t.audit.records()]
    withdrawn = {e.object for e in events if e.action is AuditAction.EXTENSION_WITHDRAWN}
    assert withdrawn == {str(each) for each in (whole, project, analyst, lead)}


def test_the_leads_of_a_project_that_ends_are_told_once_that_access_is_gone(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    world.endings.offboard(ADMIN, PROJECT, "river-access")
    with world.register.read() as t:
        told = [
            each.username
            for person in t.people.all()
            for each in t.notices.of(person.username)
            if each.kind is NoticeKind.ACCESS_TAKEN
        ]
    assert told == ["rivierstad-lead"]


def test_an_organisation_leaves_whole_and_hands_over_its_datasets(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    wish = replace(ORGANISATION, heir="waterdienst")
    shown = world.endings.preview(ADMIN, wish)
    record = world.endings.offboard(ADMIN, wish, "kustregio")
    assert [each.name for each in shown.datasets] == ["growth_study"]
    assert shown.record.ended == record.ended
    assert shown.record.folders == record.folders
    with world.register.read() as t:
        left = t.organisations.get("kustregio")
        assert left is not None
        assert left.state is OrganisationState.LEFT
        assert not any(each.active for each in t.people.all() if each.organisation == "kustregio")
        dataset = t.datasets.get("growth_study")
        assert dataset is not None
        assert dataset.organisation == "waterdienst"
        assert t.grants.find(dataset="growth_study")[0].live(world.clock())


def test_only_who_takes_part_is_offered_as_an_heir(world: World) -> None:
    def offered() -> set[str]:
        return {each.slug for each in world.endings.preview(ADMIN, ORGANISATION).heirs}

    assert offered() == {"waterdienst", "rivierstad"}
    world.organisations.suspend(world.operator, "rivierstad")
    assert offered() == {"waterdienst"}
    with pytest.raises(Invalid):
        world.endings.preview(ADMIN, replace(ORGANISATION, heir="rivierstad"))


def test_without_an_heir_nobody_reads_its_datasets_by_a_grant_any_more(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    record = world.endings.offboard(ADMIN, ORGANISATION, "kustregio")
    assert record.ended["grants"] == ("growth_study · river-access",)
    with world.register.read() as t:
        assert not t.grants.find(dataset="growth_study")[0].live(world.clock())


def test_looking_first_changes_nothing(world: World) -> None:
    world.run("rivierstad-analyst", "river-access")
    before = world.audit.verify()
    shown = world.endings.preview(ADMIN, Wish(Leaving.ORGANISATION, "rivierstad"))
    assert shown.record.ended["sessions"] == ("rivierstad-analyst · river-access",)
    assert world.audit.verify() == before
    assert world.endings.records(ADMIN) == []
    with world.register.read() as t:
        assert len(t.sessions.open()) == 1


def test_a_project_left_without_its_only_lead_is_told(world: World) -> None:
    shown = world.endings.preview(ADMIN, Wish(Leaving.PERSON, "rivierstad-lead"))
    assert shown.leaderless == ("river-access",)
    assert world.endings.preview(ADMIN, PERSON).leaderless == ()


@pytest.mark.parametrize("typed", ["", "rivierstad", "RIVIERSTAD-ANALYST", "../etc"])
def test_the_name_must_be_typed(world: World, typed: str) -> None:
    with pytest.raises(Invalid) as invalid:
        world.endings.offboard(ADMIN, PERSON, typed)
    assert set(invalid.value.fields) == {"typed"}
    with world.register.read() as t:
        assert t.people.get("rivierstad-analyst") == PEOPLE["rivierstad-analyst"]


@pytest.mark.parametrize("name", ["..", "../rivierstad-analyst", "a/b", "x" * 4000, "\0", "nobody"])
@pytest.mark.parametrize("kind", list(Leaving))
def test_what_is_no_name_is_not_there(world: World, kind: Leaving, name: str) -> None:
    with pytest.raises(NotFound):
        world.endings.offboard(ADMIN, Wish(kind, name, "why"), name)
    assert world.folders.orders() == []


@pytest.mark.parametrize("wish", [PERSON, PROJECT])
def test_another_organisations_administrator_does_not_learn_that_it_is_there(
    world: World, wish: Wish
) -> None:
    for attempt in (
        lambda: world.endings.preview(boss("kustregio"), wish),
        lambda: world.endings.offboard(boss("kustregio"), wish, wish.name),
    ):
        with pytest.raises(NotFound):
            attempt()
    record = world.endings.offboard(boss("rivierstad"), wish, wish.name)  # its own may
    with pytest.raises(NotFound):
        world.endings.record(boss("kustregio"), record.id)
    assert world.endings.records(boss("kustregio")) == []
    assert world.endings.record(boss("rivierstad"), record.id) == record


def test_who_is_no_administrator_lets_nobody_go(world: World) -> None:
    for username in ("rivierstad-lead", "rivierstad-steward", "kustregio-privacy"):
        actor = Actor.for_person(PEOPLE[username])
        with pytest.raises(Refused) as refusal:
            world.endings.offboard(actor, PERSON, PERSON.name)
        assert refusal.value.decision.code is Code.NOT_ADMINISTRATOR


def test_an_administrator_of_a_suspended_organisation_lets_nobody_go(world: World) -> None:
    world.organisations.suspend(world.operator, "rivierstad")
    with pytest.raises(Refused):
        world.endings.offboard(boss("rivierstad"), PERSON, PERSON.name)


@pytest.mark.parametrize(
    ("actor", "wish", "code"),
    [
        (ADMIN, Wish(Leaving.ORGANISATION, "waterdienst", "x"), Code.LEAD_AGENCY_STAYS),
        (ADMIN, Wish(Leaving.PERSON, "waterdienst-admin", "x"), Code.NOT_ONESELF),
        (boss("rivierstad"), Wish(Leaving.PERSON, "rivierstad-boss", "x"), Code.NOT_ONESELF),
        (
            boss("rivierstad"),
            Wish(Leaving.ORGANISATION, "rivierstad", "x"),
            Code.NOT_LAB_ADMINISTRATOR,
        ),
    ],
)
def test_some_never_leave_like_this(world: World, actor: Actor, wish: Wish, code: Code) -> None:
    with pytest.raises(Refused) as refusal:
        world.endings.offboard(actor, wish, wish.name)
    assert refusal.value.decision.code is code
    with world.register.read() as t:
        assert t.audit.search(limit=1)[0].event.action is AuditAction.ADMINISTRATION_REFUSED


def test_doing_it_twice_is_doing_it_once(world: World) -> None:
    first = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    assert world.endings.offboard(ADMIN, PERSON, PERSON.name) == first
    assert len(world.folders.orders()) == 1


def test_folders_are_frozen_packed_and_deleted_only_when_signed_and_due(world: World) -> None:
    record = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    with pytest.raises(Refused) as refusal:
        world.endings.sign(ADMIN, record.id, "J. de Vries")
    assert refusal.value.decision.code is Code.NOT_ARCHIVED_YET
    assert [each.wanted for each in world.folders.orders()] == ["frozen"]
    carry_out(world)
    assert [each.wanted for each in world.folders.orders()] == ["archived"]
    carry_out(world)
    world.clock.now += timedelta(days=365)
    assert world.folders.orders() == []  # nobody signed
    world.endings.sign(ADMIN, record.id, "  J. de   Vries ")
    orders = world.folders.orders()
    assert [(each.wanted, each.parts) for each in orders] == [("deleted", [HOME])]
    carry_out(world)
    over = world.endings.record(ADMIN, record.id)
    assert over.folders[0].received_by == "J. de Vries"
    assert over.done is not None
    assert over.folders[0].state is FolderState.DELETED
    assert over.folders[0].sha256 == "ab" * 32
    assert world.folders.orders() == []
    with world.register.read() as t:
        told = [line.event.action.value for line in t.audit.search(object=record.id)]
    assert told == [
        "offboarding:done",
        "offboarding:deleted",
        "offboarding:signed",
        "offboarding:archived",
        "offboarding:frozen",
    ]
    assert world.audit.verify().ok


def test_nothing_is_deleted_before_its_day_though_it_is_signed_for(world: World) -> None:
    record = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    carry_out(world)
    carry_out(world)
    world.endings.sign(ADMIN, record.id, "nobody wants it")
    world.clock.now = record.keep_until - timedelta(seconds=1)
    assert world.folders.orders() == []
    world.clock.now = record.keep_until
    assert len(world.folders.orders()) == 1


def test_only_a_lab_administrator_signs(world: World) -> None:
    record = world.endings.offboard(boss("rivierstad"), PERSON, PERSON.name)
    carry_out(world)
    carry_out(world)
    with pytest.raises(Refused):
        world.endings.sign(boss("rivierstad"), record.id, "me")
    with pytest.raises(Invalid):
        world.endings.sign(ADMIN, record.id, " ")


def test_a_report_that_comes_twice_or_too_early_changes_nothing(world: World) -> None:
    record = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    order = world.folders.orders()[0]
    world.folders.report(replace(done(order), reached="deleted"))
    world.folders.report(replace(done(order), reached="archived"))
    assert world.endings.record(ADMIN, record.id).folders[0].state is FolderState.OPEN
    world.folders.report(done(order))
    world.folders.report(done(order))
    assert world.endings.record(ADMIN, record.id).folders[0].state is FolderState.FROZEN
    with world.register.read() as t:
        assert len(t.audit.search(action=AuditAction.OFFBOARDING_FROZEN)) == 1


def test_trouble_is_kept_in_the_record_and_the_order_stays(world: World) -> None:
    record = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    order = world.folders.orders()[0]
    world.folders.report(done(order, error="No space left on device"))
    folder = world.endings.record(ADMIN, record.id).folders[0]
    assert (folder.state, folder.error) == (FolderState.OPEN, "No space left on device")
    carry_out(world)
    assert world.endings.record(ADMIN, record.id).folders[0].error == ""


@pytest.mark.parametrize("order", ["nothing", "x:0", "{}:1", "{}:-1", "{}:", ":", "{}:⁷"])
def test_a_report_of_what_was_never_ordered_is_turned_away(world: World, order: str) -> None:
    record = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    with pytest.raises(NotFound):
        world.folders.report(wire.FolderDone(order.format(record.id), "frozen"))


# What somebody made in a project is its owner's ----------------------------------------------

GUEST = Membership("rivierstad-analyst", "youth-health", MemberRole.ANALYST)
THERE = "rivierstad-analyst/youth-health"


@pytest.fixture
def guest(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Somebody of rivierstad who works in a project of kustregio as well."""
    monkeypatch.setattr(f"{__name__}.HOMES", [HOME, THERE])
    with world.register.write() as t:
        t.projects.put_membership(GUEST)
    return world


def packed(world: World, wish: Wish = PERSON) -> Offboarding:
    record = world.endings.offboard(ADMIN, wish, wish.name)
    while carry_out(world):
        pass
    return world.endings.record(ADMIN, record.id)


def test_each_home_is_packed_by_itself_for_the_owner_of_its_project(guest: World) -> None:
    record = packed(guest)
    assert [(each.kind.value, each.name, each.owner) for each in record.folders] == [
        ("home", HOME, "rivierstad"),
        ("home", THERE, "kustregio"),
    ]
    assert len({each.archive for each in record.folders}) == 2


def test_an_archive_is_shown_to_those_it_is_for_and_to_no_others(guest: World) -> None:
    record = packed(guest)
    own = guest.endings.record(boss("rivierstad"), record.id)
    assert [bool(each.sha256) for each in own.folders] == [True, False]
    assert [bool(each.archive) for each in own.folders] == [True, False]
    assert own.ended == record.ended
    (theirs,) = guest.endings.records(boss("kustregio"))
    assert [(each.name, bool(each.archive)) for each in theirs.folders] == [(THERE, True)]
    assert (theirs.ended, theirs.reason) == ({}, "")
    with guest.register.read() as t:
        told = t.notices.of("kustregio-boss")[0]
    assert told.kind is NoticeKind.ARCHIVE_KEPT
    assert told.details["project"] == "youth-health"
    for attempt in (guest.endings.call_off, lambda a, r: guest.endings.sign(a, r, "me")):
        with pytest.raises(Refused):
            attempt(boss("kustregio"), record.id)


def test_whose_work_is_in_no_archive_sees_no_record(world: World) -> None:
    record = packed(world)
    with pytest.raises(NotFound):
        world.endings.record(boss("kustregio"), record.id)


def test_each_organisation_is_signed_for_by_itself(guest: World) -> None:
    record = packed(guest)
    with pytest.raises(Invalid) as invalid:
        guest.endings.sign(ADMIN, record.id, "J. de Vries")
    assert set(invalid.value.fields) == {"owner"}
    guest.endings.sign(ADMIN, record.id, "K. Bakker", "kustregio")
    guest.endings.sign(ADMIN, record.id, "somebody else", "kustregio")  # too late
    guest.clock.now = record.keep_until
    assert [each.parts for each in guest.folders.orders()] == [[THERE]]
    guest.endings.sign(ADMIN, record.id, "J. de Vries")
    assert len(guest.folders.orders()) == 2
    carry_out(guest)
    over = guest.endings.record(ADMIN, record.id)
    assert over.done is not None
    assert [each.received_by for each in over.folders] == ["J. de Vries", "K. Bakker"]


def test_a_home_in_a_project_that_leaves_as_well_is_packed_once(guest: World) -> None:
    record = packed(guest, Wish(Leaving.ORGANISATION, "rivierstad", "gone"))
    held = [part for each in record.folders for part in each.parts]
    assert sorted(held) == sorted({HOME, THERE, "river-access"})
    assert record.archived


def test_who_never_worked_here_needs_no_signature(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.HOMES", [])
    record = packed(world)
    assert record.signed
    assert record.folders[0].archived
    world.clock.now = record.keep_until - timedelta(seconds=1)
    assert world.folders.orders() == []


# Calling off -----------------------------------------------------------------------------

STEPS = ["begun", "frozen", "packed", "signed"]


def brought_to(world: World, step: str) -> Offboarding:
    record = world.endings.offboard(boss("rivierstad"), PERSON, PERSON.name)
    for _ in range(STEPS.index(step)):
        carry_out(world)
    if step == "signed":
        world.endings.sign(ADMIN, record.id, "J. de Vries")
    return record


@pytest.mark.parametrize("step", STEPS)
def test_a_leaving_is_called_off_as_long_as_nothing_was_deleted(world: World, step: str) -> None:
    record = brought_to(world, step)
    off = world.endings.call_off(boss("rivierstad"), record.id)
    assert (off.called_off, off.called_off_by) == (world.clock.now, "person:rivierstad-boss")
    assert off.done is None
    assert [each.wanted for each in world.folders.orders()] == ["thawed"]
    carry_out(world)
    over = world.endings.record(boss("rivierstad"), record.id)
    assert over.done is not None
    assert over.folders[0].state is FolderState.THAWED
    world.clock.now = record.keep_until
    assert world.folders.orders() == []
    with world.register.read() as t:
        told = [line.event.action.value for line in t.audit.search(object=record.id)]
        notices = {each.kind for each in t.notices.of("waterdienst-admin")}
    assert "offboarding:called-off" in told
    assert "offboarding:thawed" in told
    assert "offboarding:deleted" not in told
    assert NoticeKind.CALLED_OFF in notices


def test_called_off_gives_back_no_account_and_no_membership_but_lets_them_be_given(
    world: World,
) -> None:
    record = brought_to(world, "packed")
    world.endings.call_off(ADMIN, record.id)
    with pytest.raises(Refused) as refusal:
        world.people.reopen_account(ADMIN, PERSON.name)  # its home is not back yet
    assert refusal.value.decision.code is Code.ON_THE_WAY_OUT
    carry_out(world)
    with world.register.read() as t:
        person = t.people.get(PERSON.name)
        assert person is not None
        assert not person.active
        assert t.projects.memberships(username=PERSON.name) == []
    world.people.reopen_account(ADMIN, PERSON.name)
    again = world.endings.offboard(ADMIN, PERSON, PERSON.name)
    assert again.id != record.id  # and may leave once more


def test_a_project_goes_on_only_when_all_its_folders_are_back(world: World) -> None:
    record = world.endings.offboard(ADMIN, PROJECT, PROJECT.name)
    carry_out(world)
    world.endings.call_off(ADMIN, record.id)
    later = date(2027, 6, 30)
    orders = world.folders.orders()
    for order in orders:
        with pytest.raises(Refused) as refusal:
            world.members.end(ADMIN, PROJECT.name, later)
        assert refusal.value.decision.code is Code.ON_THE_WAY_OUT
        world.folders.report(done(order))
    assert len(orders) == 2
    assert world.members.end(ADMIN, PROJECT.name, later).ends == later


def test_an_organisation_that_stays_is_invited_like_any_other(world: World) -> None:
    record = world.endings.offboard(ADMIN, ORGANISATION, "kustregio")
    with pytest.raises(Refused):
        world.endings.call_off(boss("kustregio"), record.id)
    world.endings.call_off(ADMIN, record.id)
    while carry_out(world):
        pass
    with world.register.read() as t:
        found = t.organisations.get("kustregio")
        assert found is not None
        assert found.state is OrganisationState.INVITED
        assert not any(each.active for each in t.people.all() if each.organisation == "kustregio")


def test_what_may_be_being_deleted_is_not_called_off(world: World) -> None:
    record = brought_to(world, "signed")
    world.clock.now = record.keep_until - timedelta(seconds=1)
    assert world.endings.may_call_off(ADMIN, record.id)
    world.clock.now = record.keep_until  # from now on the hub may hold the order
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            world.endings.call_off(ADMIN, record.id)
        assert refusal.value.decision.code is Code.DELETING_BEGAN
        carry_out(world)
    assert world.endings.record(ADMIN, record.id).called_off is None


@pytest.mark.parametrize("username", ["rivierstad-lead", "rivierstad-steward", "kustregio-boss"])
def test_who_could_not_begin_it_does_not_call_it_off(world: World, username: str) -> None:
    record = brought_to(world, "frozen")
    actor = boss("kustregio") if "boss" in username else Actor.for_person(PEOPLE[username])
    with pytest.raises((Refused, NotFound)):
        world.endings.call_off(actor, record.id)
    assert world.endings.record(ADMIN, record.id).called_off is None
    world.endings.call_off(boss("rivierstad"), record.id)  # whoever could may


def test_what_the_hub_was_doing_when_it_was_called_off_is_given_back_all_the_same(
    world: World,
) -> None:
    for step, late in (("begun", "frozen"), ("frozen", "archived")):
        record = brought_to(world, step)
        (order,) = world.folders.orders()
        assert order.wanted == late
        world.endings.call_off(ADMIN, record.id)
        world.folders.report(done(order))  # it comes too late, and is not believed
        world.folders.report(done(order))
        (order,) = world.folders.orders()
        assert order.wanted == "thawed"
        world.folders.report(done(order, error="the engine does not answer"))
        assert [each.wanted for each in world.folders.orders()] == ["thawed"]
        carry_out(world)
        carry_out(world)
        assert world.endings.record(ADMIN, record.id).done is not None
        assert world.endings.call_off(ADMIN, record.id).called_off == world.clock.now
        world.people.reopen_account(ADMIN, PERSON.name)


def test_what_another_leaving_holds_stays_frozen(world: World) -> None:
    record = brought_to(world, "packed")
    world.endings.offboard(ADMIN, PROJECT, PROJECT.name)
    carry_out(world)
    world.endings.call_off(ADMIN, record.id)
    first, *others = world.folders.orders()
    assert (first.wanted, HOME in first.parts) == ("thawed", True)
    assert {each.wanted for each in others} == {"archived"}


# Room for archives -----------------------------------------------------------------------


def test_an_archive_for_which_there_is_no_room_waits_and_nothing_is_deleted(world: World) -> None:
    record = brought_to(world, "frozen")
    (order,) = world.folders.orders()
    short = {"parts": [], "archive": "", "error": "no room", "needed": 9_000, "free": 10}
    world.folders.report(done(order, **short))
    folder = world.endings.record(ADMIN, record.id).folders[0]
    assert (folder.state, folder.needed, folder.free) == (FolderState.FROZEN, 9_000, 10)
    with pytest.raises(Refused):
        world.endings.sign(ADMIN, record.id, "J. de Vries")
    world.clock.now = record.keep_until + timedelta(days=400)
    assert [each.wanted for each in world.folders.orders()] == ["archived"]
    carry_out(world)
    folder = world.endings.record(ADMIN, record.id).folders[0]
    assert (folder.state, folder.needed, folder.free) == (FolderState.ARCHIVED, 0, 0)


# Datasets that are handed over -----------------------------------------------------------


def test_the_heir_sees_and_is_asked_at_once_what_it_takes_over(world: World) -> None:
    grant = world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    steward = Person("water-steward", "Wim", "waterdienst", frozenset({LabRole.STEWARD}))
    with world.register.write() as t:
        t.people.put(replace(steward, email="wim@example.org"))
    wish = replace(ORGANISATION, heir="waterdienst")
    record = world.endings.offboard(ADMIN, wish, "kustregio")
    # Nobody and nothing ran in between.
    (line,) = world.confirmations.waiting(Actor.for_person(steward))
    assert line.confirmation.key == grant.id
    assert line.confirmation.deadline == world.clock.now + timedelta(days=30)
    with world.register.read() as t:
        (told,) = t.notices.of("water-steward")
        asked = t.audit.search(action=AuditAction.CONFIRMATION_ASKED)
    assert (told.kind, told.details["what"]) == (NoticeKind.HANDED_OVER, "growth_study")
    assert told.mail is MailState.WAITING
    assert [each.event.object for each in asked] == [grant.id]
    world.clock.now += timedelta(days=31)
    world.confirmations.run_due()  # nobody answered
    with world.register.read() as t:
        held = t.grants.get(grant.id)
        assert held is not None
        assert not held.live(world.clock.now)
    assert record.ended["handed-over"] == ("growth_study → waterdienst",)


def test_without_an_heir_nobody_is_asked(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 12, 31))
    world.endings.offboard(ADMIN, ORGANISATION, "kustregio")
    with world.register.read() as t:
        assert t.audit.search(action=AuditAction.CONFIRMATION_ASKED) == []


def test_a_hub_that_is_away_stops_nobody_from_leaving(world: World) -> None:
    world.run("rivierstad-analyst", "river-access")
    world.hub.down = True
    world.endings.offboard(ADMIN, PERSON, PERSON.name)
    with world.register.read() as t:
        assert t.sessions.open() == []
