"""The story of the lab, told on every store: what ends, ends on the very next read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.fakes.clock import NOON
from tests.fakes.world import FILE, MEMBERS, ORGANISATIONS, PEOPLE, World, token

from polderlab import wire
from polderlab_catalog.application.errors import LabError, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.organisations import OrganisationState
from polderlab_catalog.domain.people import Vetting
from polderlab_catalog.policy.decisions import Code

UNTIL = date(2026, 11, 30)


def refusal(of: Callable[[], object]) -> Code:
    with pytest.raises(Refused) as raised:
        of()
    return raised.value.decision.code


def test_a_grant_opens_the_data_in_a_running_session_and_revoking_closes_it(
    world: World,
) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    assert refusal(lambda: world.read(plan, "growth_study")) is Code.NO_GRANT
    world.grants.grant(world.operator, "growth_study", "river-access", UNTIL, "onderzoek")
    assert world.read(plan, "growth_study").version.number == 1
    world.grants.revoke(world.steward, "growth_study", "river-access")
    assert refusal(lambda: world.read(plan, "growth_study")) is Code.GRANT_REVOKED


LAST_DAY = NOON.date()


def person(world: World, **changes: object) -> None:
    with world.register.write() as t:
        t.people.put(replace(PEOPLE["rivierstad-analyst"], **changes))  # type: ignore[arg-type]


def home(world: World, **changes: object) -> None:
    with world.register.write() as t:
        t.organisations.put(replace(ORGANISATIONS["rivierstad"], **changes))  # type: ignore[arg-type]


def no_member(world: World) -> None:
    with world.register.write() as t:
        t.projects.remove_membership("rivierstad-analyst", "river-access")


ENDINGS: dict[str, tuple[Callable[[World, wire.SessionPlan], object], Code]] = {
    "the session is closed": (
        lambda w, plan: w.sessions.close(plan.session, "stop"),
        Code.SESSION_CLOSED,
    ),
    "the member is removed": (
        lambda w, _: w.members.remove(w.operator, "river-access", "rivierstad-analyst"),
        Code.SESSION_CLOSED,
    ),
    "the member is removed and the session still runs": (
        lambda w, _: no_member(w),
        Code.NOT_A_MEMBER,
    ),
    "the account is closed": (
        lambda w, _: w.people.close_account(w.operator, "rivierstad-analyst"),
        Code.SESSION_CLOSED,
    ),
    "the account is closed and its session still runs": (
        lambda w, _: person(w, active=False),
        Code.PERSON_INACTIVE,
    ),
    "somebody has to be looked at first": (
        lambda w, _: person(w, vetting=Vetting.WAITING),
        Code.PERSON_NOT_VETTED,
    ),
    "the membership's last day has passed": (
        lambda w, _: (
            w.administration.register_member(w.operator, replace(MEMBERS[1], until=LAST_DAY)),
            w.clock.advance(days=2),
        ),
        Code.MEMBERSHIP_ENDED,
    ),
    "the agreement's last day has passed": (
        lambda w, _: (home(w, agreed_until=LAST_DAY), w.clock.advance(days=2)),
        Code.AGREEMENT_ENDED,
    ),
    "the organisation has left": (
        lambda w, _: home(w, state=OrganisationState.LEFT),
        Code.ORGANISATION_NOT_ACTIVE,
    ),
    "the organisation is suspended": (
        lambda w, _: w.organisations.suspend(w.operator, "rivierstad"),
        Code.SESSION_CLOSED,
    ),
    "the organisation is suspended and its session still runs": (
        lambda w, _: home(w, suspended=True),
        Code.ORGANISATION_SUSPENDED,
    ),
    "the grant is revoked": (
        lambda w, _: w.grants.revoke(w.steward, "growth_study", "river-access"),
        Code.GRANT_REVOKED,
    ),
    "the grant's last day has passed": (lambda w, _: w.clock.advance(days=29), Code.GRANT_ENDED),
    "the project has ended": (lambda w, _: w.clock.advance(days=500), Code.PROJECT_ENDED),
    "nobody's container runs any more": (
        lambda w, _: (w.clock.advance(minutes=1), w.sessions.reconcile(wire.Running([]))),
        Code.SESSION_CLOSED,
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_very_next_read_is_refused_when(world: World, ending: str) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", UNTIL)
    plan = world.run("rivierstad-analyst", "river-access")
    assert world.read(plan, "growth_study")  # the probe works
    end, code = ENDINGS[ending]
    end(world, plan)
    assert refusal(lambda: world.read(plan, "growth_study")) is code
    (line,) = world.audit.show(action=AuditAction.DATASET_READ_REFUSED)
    assert dict(line.event.details) == {"code": code.value, "file": FILE}


def test_what_was_authorised_before_a_revocation_is_not_recorded_after_it(world: World) -> None:
    world.grants.grant(world.operator, "growth_study", "river-access", UNTIL)
    plan = world.run("rivierstad-analyst", "river-access")
    readable = world.reading.authorise(token(plan), "10.213.0.2", "growth_study", 1, FILE)
    world.grants.revoke(world.steward, "growth_study", "river-access")
    assert refusal(lambda: world.reads.begin(readable, 1)) is Code.GRANT_REVOKED
    assert world.audit.show(action=AuditAction.DATASET_READ) == []


def test_every_read_is_logged_with_its_purpose(world: World) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    world.read(plan, "water_bodies")
    (line,) = world.audit.show(action=AuditAction.DATASET_READ)
    assert line.event.actor == "person:rivierstad-analyst"
    assert line.event.object == "water_bodies"
    assert line.event.project == "river-access"
    assert line.event.purpose == "doel van river-access"
    assert line.event.session == plan.session
    assert line.event.origin == "10.213.0.2"
    now = world.clock().isoformat(timespec="seconds")
    assert dict(line.event.details) == {
        "read": line.event.details["read"],
        "version": 1,
        "file": FILE,
        "requests": 1,
        "bytes": 1001,
        "first": now,
        "last": now,
    }


def test_a_closed_session_gives_its_place_back(world: World) -> None:
    plans = [world.plan("rivierstad-analyst", "river-access", "medium")]
    plans.append(world.plan("rivierstad-lead", "river-access", "medium"))
    again = wire.SessionRequest("rivierstad-lead", "river-access", size="medium")
    world.sessions.activate(plans[0].session, wire.Activation("c", "10.0.0.1"))
    world.sessions.close(plans[1].session, "stop")
    assert world.sessions.plan(again)
    assert world.audit.verify().ok


@pytest.mark.parametrize(
    "odd", ["", "\x00", "a\nb", "../../etc", "é" * 2000, "\ud800", "a" * 10**6]
)
def test_odd_input_is_refused_and_nothing_breaks(world: World, odd: str) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    attempts: list[Callable[[], object]] = [
        lambda: world.sign_ins.sign_in(odd, odd, odd),
        lambda: world.sessions.plan(wire.SessionRequest(odd, odd, odd, odd, odd), odd),
        lambda: world.sessions.plan(
            wire.SessionRequest("rivierstad-lead", "river-access", odd or "-", odd or "-")
        ),
        lambda: world.sessions.activate(odd, wire.Activation(odd, "10.0.0.1")),
        lambda: world.sessions.activate(plan.session, wire.Activation("c", odd)),
        lambda: world.reading.authorise(odd, odd, odd, 10**30, odd),
        lambda: world.reading.authorise(token(plan), "10.213.0.2", odd, 10**30, odd),
        lambda: world.reading.authorise(token(plan), "10.213.0.2", "water_bodies", 10**30, odd),
        lambda: world.reading.authorise(token(plan), "10.213.0.2", "water_bodies", None, odd),
        lambda: world.reading.authorise(token(plan), odd, "water_bodies", None, FILE),
        lambda: world.grants.grant(world.steward, odd, odd, UNTIL),
        lambda: world.grants.revoke(world.steward, odd, odd),
        lambda: world.passwords.set_password(odd, "long enough, this one"),
    ]
    for attempt in attempts:
        with pytest.raises(LabError):
            attempt()
    world.sessions.close(odd, odd)
    world.sessions.close(plan.session, odd)
    world.sessions.reconcile(wire.Running([odd]))
    for line in world.audit.show(limit=1000):
        assert str(line.event).isprintable()
        assert len(str(line.event)) < 2000
    assert world.audit.verify().ok
