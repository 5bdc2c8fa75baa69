"""People are told in time what ends, and each thing once; what nobody confirms, ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.register import Confirmations as Kept
from tests.fakes.register import MemoryRegister
from tests.fakes.register import People as KnownPeople
from tests.fakes.world import MEMBERS, ORGANISATIONS, PEOPLE, PROJECTS, World

from polderlab_catalog.application import confirmations
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import NotFound, Refused, Unavailable
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.application.outbox import LONGEST_SENDING, Outbox
from polderlab_catalog.application.ports import Transaction, Undeliverable
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.notices import MailState, Notice, NoticeKind
from polderlab_catalog.domain.organisations import OrganisationState
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.notices import BODIES, SUBJECTS, days_to_tell, say
from polderlab_catalog.speech import Speech

BOSS = Person(
    "rivierstad-boss", "Bo", "rivierstad", frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
)
STEWARD = Actor.for_person(PEOPLE["kustregio-steward"])


@pytest.fixture
def world() -> World:
    world = World(MemoryRegister())
    with world.register.write() as t:
        t.people.put(BOSS)
        for person in t.people.all():
            t.people.put(replace(person, email=f"{person.username}@example.org"))
    return world


def at(world: World, day: date, hour: int = 12) -> None:
    world.clock.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def told(world: World, username: str) -> list[tuple[NoticeKind, str]]:
    with world.register.read() as t:
        return [(each.kind, each.details["date"]) for each in t.notices.of(username)]


@pytest.mark.parametrize(
    ("left", "long", "days"),
    [
        (31, 365, None),
        (30, 365, 30),
        (8, 365, 30),
        (7, 365, 7),
        (0, 365, 7),
        (-1, 365, None),
        (20, 25, None),
        (7, 25, 7),
        (3, 5, None),
    ],
)
def test_when_people_are_told(left: int, long: int, days: int | None) -> None:
    assert days_to_tell(left, long) == days


def test_an_end_of_access_is_told_a_month_and_a_week_before_and_never_twice(world: World) -> None:
    at(world, date(2026, 5, 1))
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 9, 30))
    assert world.notices.tell_ends() == 0
    at(world, date(2026, 8, 31))
    world.notices.tell_ends()
    world.notices.tell_ends()
    once = [(NoticeKind.GRANT_ENDS, "2026-09-30")]
    assert told(world, "rivierstad-lead") == once
    assert told(world, "kustregio-steward") == once
    assert told(world, "rivierstad-analyst") == []
    at(world, date(2026, 9, 25))
    world.notices.tell_ends()
    assert told(world, "rivierstad-lead") == once * 2
    at(world, date(2026, 10, 1), 0)
    world.notices.tell_ends()
    assert told(world, "rivierstad-lead") == once * 2


def test_who_led_a_project_is_not_told_any_more_what_ends_in_it(world: World) -> None:
    at(world, date(2026, 5, 1))
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 9, 30))
    lead = Membership("rivierstad-lead", "river-access", MemberRole.LEAD, date(2026, 8, 30))
    analyst = replace(MEMBERS[1], until=date(2026, 9, 10))
    with world.register.write() as t:
        t.projects.put(replace(PROJECTS["river-access"], ends=date(2026, 9, 30)))
        t.projects.put_membership(lead)
        t.projects.put_membership(analyst)
    at(world, date(2026, 8, 31))
    world.notices.tell_ends()
    assert set(told(world, analyst.username)) == {
        (NoticeKind.PROJECT_ENDS, "2026-09-30"),
        (NoticeKind.MEMBERSHIP_ENDS, "2026-09-10"),
    }
    assert told(world, lead.username) == []
    with world.register.write() as t:
        t.projects.put_membership(replace(lead, until=date(2026, 8, 31)))
    at(world, date(2026, 8, 31), 13)
    world.notices.tell_ends()
    assert {kind for kind, _ in told(world, lead.username)} == {
        NoticeKind.PROJECT_ENDS,
        NoticeKind.GRANT_ENDS,
        NoticeKind.MEMBERSHIP_ENDS,
    }


def test_access_that_was_revoked_or_extended_is_told_as_it_is(world: World) -> None:
    at(world, date(2026, 5, 1))
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 9, 30))
    at(world, date(2026, 9, 20))
    world.notices.tell_ends()
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 10, 15))
    world.notices.tell_ends()
    ends = [day for kind, day in told(world, "rivierstad-lead") if kind is NoticeKind.GRANT_ENDS]
    assert ends == ["2026-09-30", "2026-10-15"]
    world.grants.revoke(world.operator, "growth_study", "river-access")
    at(world, date(2026, 10, 10))
    assert world.notices.tell_ends() == 0


def test_ends_of_projects_memberships_and_agreements_are_told(world: World) -> None:
    with world.register.write() as t:
        t.projects.put(replace(PROJECTS["river-access"], ends=date(2026, 9, 30)))
        t.projects.put_membership(replace(MEMBERS[1], until=date(2026, 9, 10)))
        t.organisations.put(replace(ORGANISATIONS["kustregio"], agreed_until=date(2026, 9, 20)))
    at(world, date(2026, 9, 5))
    world.notices.tell_ends()
    assert set(told(world, "rivierstad-analyst")) == {
        (NoticeKind.PROJECT_ENDS, "2026-09-30"),
        (NoticeKind.MEMBERSHIP_ENDS, "2026-09-10"),
    }
    assert told(world, "rivierstad-boss") == [(NoticeKind.PROJECT_ENDS, "2026-09-30")]
    assert told(world, "waterdienst-admin") == [(NoticeKind.AGREEMENT_ENDS, "2026-09-20")]


@pytest.mark.parametrize(
    ("changes", "told_of_it"),
    [
        ({}, True),
        ({"suspended": True}, False),
        ({"state": OrganisationState.LEFT}, False),
        ({"state": OrganisationState.SUBMITTED}, False),
    ],
)
def test_the_end_of_an_agreement_is_told_of_who_takes_part(
    world: World, changes: dict[str, Any], told_of_it: bool
) -> None:
    agreed = replace(ORGANISATIONS["kustregio"], agreed_until=date(2026, 9, 20), **changes)
    with world.register.write() as t:
        t.organisations.put(agreed)
    at(world, date(2026, 9, 5))
    world.notices.tell_ends()
    assert bool(told(world, "waterdienst-admin")) is told_of_it


def test_what_ends_on_its_day_ends_by_itself(world: World) -> None:
    """Nobody does anything: each is decided anew at every read."""
    plan = world.run("rivierstad-analyst", "river-access")
    at(world, date(2026, 11, 1))
    world.grants.grant(world.operator, "growth_study", "river-access", date(2026, 11, 20))
    last = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    project, organisation = PROJECTS["river-access"], ORGANISATIONS["rivierstad"]
    for ends in ("grant", "membership", "project", "agreement"):
        with world.register.write() as t:
            day = date(2026, 11, 20)
            t.projects.put(replace(project, ends=day) if ends == "project" else project)
            t.projects.put_membership(
                replace(MEMBERS[1], until=day) if ends == "membership" else MEMBERS[1]
            )
            t.organisations.put(
                replace(organisation, agreed_until=day) if ends == "agreement" else organisation
            )
        world.clock.now = last
        world.read(plan, "growth_study")
        world.clock.now = last + timedelta(minutes=1)
        with pytest.raises(Refused) as refusal:
            world.read(plan, "growth_study")
        assert refusal.value.decision.code.value == (
            f"{ends}-ended" if ends != "agreement" else "agreement-ended"
        ), ends
        if ends == "grant":
            world.clock.now = last
            world.grants.grant(world.operator, "growth_study", "river-access", date(2027, 3, 1))


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [("1023.5 GiB", "1.023,5 GiB", "1,023.5 GiB"), ("1e+06", "1.000.000", "1,000,000")],
)
def test_an_amount_is_written_as_its_reader_writes_it(
    world: World, amount: str, dutch: str, english: str
) -> None:
    details = {"title_nl": "Rivieren", "title_en": "Rivers", "date": "2026-11-30"}
    details |= {"resource": "memory", "amount": amount}
    notice = Notice("n", "ravi", NoticeKind.EXTENSION_GIVEN, world.clock(), details)
    for language, shown in (("nl", dutch), ("en", english)):
        speech = Speech(language, UTC)
        _, body = say(notice, language, speech.gettext, speech.day, speech.number)
        assert f": {shown} " in body


def test_every_sentence_can_be_said_in_both_languages(world: World) -> None:
    details = {
        f"{name}{end}": "2026-09-30" if name in ("date", "until") else f"{name}{end}"
        for name in ("dataset", "project", "organisation", "title")
        for end in ("_nl", "_en")
    } | dict.fromkeys(("date", "until"), "2026-09-30")
    details |= {name: name for name in ("person", "count", "what", "reason", "by")}
    details |= {"resource": "memory", "amount": "1.5 GiB"}
    for kind in NoticeKind:
        notice = Notice("n", "ravi", kind, world.clock(), details)
        for language in ("nl", "en"):
            subject, body = say(notice, language, str, date.isoformat, str)
            assert "{" not in subject + body
            assert ("_nl" in subject + body) <= (language == "nl")
    assert set(SUBJECTS) == set(BODIES) == set(NoticeKind)


def test_reading_ones_notices_leaves_others_as_they_were(world: World) -> None:
    with world.register.write() as t:
        t.projects.put(replace(PROJECTS["river-access"], ends=date(2026, 9, 30)))
    at(world, date(2026, 9, 5))
    world.notices.tell_ends()
    ravi, lea = (Actor.for_person(PEOPLE[f"rivierstad-{name}"]) for name in ("analyst", "lead"))
    theirs = world.notices.mine(lea)[0].id
    assert world.notices.mark_read(ravi, theirs) == 0
    assert world.notices.mark_read(ravi) == 1
    assert world.mastheads.of(ravi).unread == 0
    assert world.mastheads.of(lea).unread == 1


# Confirmations ---------------------------------------------------------------------------


def year_later(world: World) -> None:
    world.confirmations.run_due()
    world.clock.now += timedelta(days=366)
    with world.register.write() as t:
        for project in t.projects.all():
            t.projects.put(replace(project, ends=date(2035, 1, 1)))
    world.confirmations.run_due()


def granted(world: World) -> str:
    with world.register.write() as t:
        for project in t.projects.all():
            t.projects.put(replace(project, ends=date(2035, 1, 1)))
    grant = world.grants.grant(world.operator, "growth_study", "river-access", date(2034, 1, 1))
    return grant.id


def test_after_a_year_those_who_answer_for_it_are_asked(world: World) -> None:
    grant = granted(world)
    assert world.confirmations.waiting(STEWARD) == []
    year_later(world)
    asked = world.confirmations.waiting(STEWARD)
    assert [line.confirmation.key for line in asked] == [grant]
    own = {line.confirmation.key for line in world.confirmations.waiting(Actor.for_person(BOSS))}
    assert own == {each for each in [*PEOPLE, BOSS.username] if each.startswith("rivierstad")} | {
        "river-access"
    }
    assert (NoticeKind.CONFIRMATION_ASKED in dict(told(world, "kustregio-steward"))) is True


def test_what_is_confirmed_stands_for_another_year(world: World) -> None:
    grant = granted(world)
    year_later(world)
    assert world.confirmations.confirm(STEWARD, [(Matter.GRANT, grant)]) == 1
    assert world.confirmations.waiting(STEWARD) == []
    world.clock.now += timedelta(days=20)
    world.confirmations.run_due()
    with world.register.read() as t:
        held = t.grants.get(grant)
        assert held is not None
        assert held.live(world.clock())
        kept = t.confirmations.get(Matter.GRANT, grant)
        assert kept is not None
        assert kept.confirmed_by == "person:kustregio-steward"


def test_what_nobody_confirms_ends_after_a_last_word(world: World) -> None:
    grant = granted(world)
    year_later(world)
    world.clock.now += timedelta(days=24)
    world.confirmations.run_due()
    assert NoticeKind.LAPSE_NEAR in dict(told(world, "kustregio-steward"))
    world.clock.now += timedelta(days=6, seconds=-1)
    world.confirmations.run_due()
    with world.register.read() as t:
        assert t.grants.find(project="river-access")[0].revoked is None
    world.clock.now += timedelta(seconds=1)
    world.confirmations.run_due()
    with world.register.read() as t:
        held = t.grants.get(grant)
        assert held is not None
        assert held.revoked_by == "lab"
        line = next(iter(t.audit.search(object=grant)))
        assert line.event.action.value == "confirmation:lapsed"
        ravi = t.people.get("rivierstad-analyst")
        assert ravi is not None
        assert not ravi.active
        admin = t.people.get("waterdienst-admin")
        assert admin is not None
        assert admin.active  # somebody must be left to put things right
    assert world.confirmations.run_due() == 0


def test_what_should_not_stand_ends_at_once(world: World) -> None:
    grant = granted(world)
    year_later(world)
    world.confirmations.end(STEWARD, (Matter.GRANT, grant))
    with world.register.read() as t:
        held = t.grants.get(grant)
        assert held is not None
        assert held.revoked_by == "person:kustregio-steward"
    with pytest.raises(NotFound):
        world.confirmations.end(STEWARD, (Matter.GRANT, grant))


@pytest.mark.parametrize(
    "username", ["rivierstad-steward", "waterdienst-admin", "kustregio-privacy", "rivierstad-lead"]
)
def test_others_confirm_and_end_nothing(world: World, username: str) -> None:
    grant = granted(world)
    year_later(world)
    actor = Actor.for_person(PEOPLE[username])
    key = (Matter.GRANT, grant)
    for attempt in (
        lambda: world.confirmations.confirm(actor, [key]),
        lambda: world.confirmations.end(actor, key),
    ):
        with pytest.raises(Refused):
            attempt()
    assert key[1] not in {line.confirmation.key for line in world.confirmations.waiting(actor)}


def test_a_lab_administrator_stands_in_for_an_administrator_there_is_not(world: World) -> None:
    year_later(world)
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    waiting = {line.confirmation.key for line in world.confirmations.waiting(admin)}
    assert "kustregio-analyst" in waiting
    assert "rivierstad-analyst" not in waiting


def handed_over(world: World) -> None:
    """The organisation that owns the data leaves; the lead agency takes it over."""
    heir = Person("waterdienst-steward", "Wim", "waterdienst", frozenset({LabRole.STEWARD}))
    with world.register.write() as t:
        t.people.put(heir)
    wish = Wish(Leaving.ORGANISATION, "kustregio", "the agreement ended", heir="waterdienst")
    world.endings.offboard(world.operator, wish, "kustregio")


def steward_of(slug: str) -> Actor:
    roles = frozenset({LabRole.STEWARD})
    return Actor.for_person(Person(f"{slug}-steward", "Wim", slug, roles))


def test_who_takes_a_dataset_over_is_asked_and_has_the_whole_time(world: World) -> None:
    grant = granted(world)
    year_later(world)
    asked = {line.confirmation.key for line in world.confirmations.waiting(world.operator)}
    others = [(kind, key) for kind in Matter for key in asked - {grant}]
    assert world.confirmations.confirm(world.operator, others) == len(asked) - 1
    world.clock.now += timedelta(days=30)  # the very moment at which it would lapse
    handed_over(world)
    heir, other = steward_of("waterdienst"), steward_of("rivierstad")
    world.confirmations.run_due()
    (line,) = world.confirmations.waiting(heir)
    assert line.confirmation.key == grant
    assert line.confirmation.deadline == world.clock.now + timedelta(days=30)
    assert NoticeKind.CONFIRMATION_ASKED in dict(told(world, "waterdienst-steward"))
    with pytest.raises(Refused):
        world.confirmations.confirm(other, [(Matter.GRANT, grant)])
    assert world.confirmations.waiting(other) == []
    assert world.confirmations.confirm(heir, [(Matter.GRANT, grant)]) == 1
    world.clock.now += timedelta(days=31)
    world.confirmations.run_due()
    with world.register.read() as t:
        held = t.grants.get(grant)
        assert held is not None
        assert held.revoked is None


@pytest.mark.parametrize("most", [1, 3, 4, 500])
def test_much_is_taken_up_a_part_at_a_time_and_counted_whole(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(confirmations, "AT_ONCE", most)
    granted(world)
    with world.register.read() as t:
        stand = [each.username for each in t.people.all()]
        stand += [each.slug for each in t.projects.all()] + [t.grants.find()[0].id]
    steps: list[int] = []
    put = Kept.put

    def counting(self: Kept, confirmation: Confirmation) -> None:
        steps[-1] += 1
        put(self, confirmation)

    write = MemoryRegister.write

    def begin(self: MemoryRegister) -> AbstractContextManager[Transaction]:
        steps.append(0)
        return write(self)

    monkeypatch.setattr(Kept, "put", counting)
    monkeypatch.setattr(MemoryRegister, "write", begin)
    assert world.confirmations.run_due() == 0  # all is new: nothing is asked yet
    assert sum(steps) == len(stand)
    assert max(steps) <= most
    steps.clear()
    world.clock.now += timedelta(days=366)
    assert world.confirmations.run_due() == len(stand)
    assert max(steps) <= most
    with world.register.read() as t:
        assert {each.key for each in t.confirmations.find(asked_only=True)} == set(stand)
        asked = [
            each.details["count"]
            for each in t.notices.of(BOSS.username)
            if each.kind is NoticeKind.CONFIRMATION_ASKED
        ]
    own = [each for each in stand if each.startswith("rivierstad")]
    assert asked == [str(len(own) + 1)]  # its people and its project
    world.clock.now += timedelta(days=30)
    assert world.confirmations.run_due() == len(stand) - 1  # the lab keeps its administrator
    assert max(steps) <= most


def test_how_much_waits_is_known_from_reading_people_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted(world)
    year_later(world)
    admin = Actor.for_person(PEOPLE["waterdienst-admin"])
    waits, read, all_people = len(world.confirmations.waiting(admin)), [], KnownPeople.all

    def counting(self: KnownPeople, *, organisation: str | None = None) -> Sequence[Person]:
        read.append(organisation)
        return all_people(self, organisation=organisation)

    monkeypatch.setattr(KnownPeople, "all", counting)
    with world.register.read() as t:
        assert world.confirmations.count(t, admin) == waits > 0
        assert read == [None]
        read.clear()
        assert world.confirmations.count(t, Actor.for_person(BOSS)) > 0
        assert read == ["rivierstad"]


# The outbox ------------------------------------------------------------------------------


class Box:
    """A post that remembers, and fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.errors: list[Exception | None] = []

    def deliver(self, notice: Notice, person: Person) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append(f"{notice.id} to {person.email}")


def posted(world: World, count: int = 1) -> tuple[Outbox, Box]:
    with world.register.write() as t:
        for number in range(count):
            t.notices.add(Notice(f"n{number}", "rivierstad-lead", NoticeKind.LAPSED, world.clock()))
    box = Box()
    return Outbox(world.register, world.clock, box), box


def state(world: World, id_: str = "n0") -> MailState:
    with world.register.read() as t:
        found = t.notices.get(id_)
    assert found is not None
    return found.mail


def test_a_mail_goes_once(world: World) -> None:
    outbox, box = posted(world)
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    assert box.sent == ["n0 to rivierstad-lead@example.org"]
    assert state(world) is MailState.SENT


def test_a_server_that_is_away_is_tried_again_later(world: World) -> None:
    outbox, box = posted(world, 2)
    box.errors = [Unavailable("away")]
    assert outbox.send_due() == 0
    assert outbox.send_due() == 1  # the other one; the first waits
    world.clock.now += timedelta(minutes=2)
    assert outbox.send_due() == 1
    assert sorted(box.sent) == [f"n{n} to rivierstad-lead@example.org" for n in (0, 1)]


def test_an_address_that_is_refused_is_given_up(world: World) -> None:
    outbox, box = posted(world)
    box.errors = [Undeliverable("no such box")]
    assert outbox.send_due() == 0
    world.clock.now += timedelta(days=30)
    assert outbox.send_due() == 0
    assert state(world) is MailState.FAILED
    assert outbox.trouble(world.operator)[0].error == "no such box"
    with pytest.raises(Refused):
        outbox.trouble(STEWARD)


@pytest.mark.parametrize("error", [RuntimeError("the line broke"), OSError("?")])
def test_a_mail_that_may_have_arrived_is_not_sent_again(world: World, error: Exception) -> None:
    outbox, box = posted(world)
    box.errors = [error]
    outbox.send_due()
    world.clock.now += timedelta(days=30)
    outbox.send_due()
    assert box.sent == []
    assert state(world) is MailState.UNSURE


def test_a_worker_that_was_killed_while_sending_does_not_send_twice(world: World) -> None:
    outbox, box = posted(world)
    box.errors = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        outbox.send_due()
    assert state(world) is MailState.SENDING
    assert outbox.send_due() == 0
    world.clock.now += LONGEST_SENDING
    assert outbox.send_due() == 0
    assert state(world) is MailState.UNSURE
    assert box.sent == []


def test_who_left_or_has_no_address_gets_no_mail(world: World) -> None:
    outbox, box = posted(world)
    with world.register.write() as t:
        t.people.put(replace(PEOPLE["rivierstad-lead"], active=False, email="x@example.org"))
    outbox.send_due()
    assert box.sent == []
    assert state(world) is MailState.NONE
