"""No sequence of events lets a session read what its project holds no live grant for.

A model of its own, kept beside the lab in plain sets, says what may be read; Hypothesis looks
for a sequence after which the lab says otherwise, in either direction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.fakes.register import MemoryRegister
from tests.fakes.world import AMSTERDAM, DATASETS, MEMBERS, PEOPLE, PROJECTS, World

from polderlab import wire
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import LabError, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.people import LabRole

PUBLIC = "water_bodies"
members = st.sampled_from(MEMBERS)
datasets = st.sampled_from(sorted(DATASETS))
projects = st.sampled_from(sorted(PROJECTS))
people = st.sampled_from(sorted(PEOPLE))
days = st.sampled_from([-1, 0, 1, 7, 30, 90, 400])
STEWARDS = {
    person.organisation: person.username
    for person in PEOPLE.values()
    if LabRole.STEWARD in person.roles
}
meddlers = st.none() | st.none() | st.none() | people
"""Mostly nobody: then the owner's own steward acts."""


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(MemoryRegister())
        self.addresses = iter(f"10.213.{n // 200}.{n % 200 + 2}" for n in range(10_000))
        self.plans: list[tuple[wire.SessionPlan, str]] = []
        self.running: set[str] = set()
        self.members = {(m.username, m.project) for m in MEMBERS}
        self.suspended: set[str] = set()
        self.inactive: set[str] = set()
        self.granted: dict[tuple[str, str], datetime] = {}

    @initialize()
    def begin_with_something_to_lose(self) -> None:
        for member in MEMBERS:
            self.start(member)
        for dataset, project in (("growth_study", "river-access"), ("soil_survey", "youth-health")):
            self.grant(dataset, project, 90, None)

    @rule(member=members)
    def start(self, member: object) -> None:
        username, project = member.username, member.project  # type: ignore[attr-defined]
        address = next(self.addresses)
        try:
            plan = self.world.run(username, project, address)
        except Refused:
            return
        self.plans.append((plan, address))
        self.running.add(plan.session)

    @rule(member=members)
    def plan_only(self, member: object) -> None:
        username, project = member.username, member.project  # type: ignore[attr-defined]
        try:
            plan = self.world.plan(username, project)
        except Refused:
            return
        self.plans.append((plan, "10.0.0.1"))  # never activated: must never read

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.in_order()))
        self.world.sessions.close(session, "stop")
        self.running.discard(session)

    @rule(data=st.data())
    def lose_containers(self, data: st.DataObject) -> None:
        left = data.draw(st.sets(st.sampled_from(self.in_order()))) if self.running else set()
        self.world.clock.advance(minutes=4)
        self.world.sessions.reconcile(wire.Running(sorted(left)))
        self.running = left

    @rule(dataset=datasets, project=projects, ahead=days, meddler=meddlers)
    def grant(self, dataset: str, project: str, ahead: int, meddler: str | None) -> None:
        until = self.today() + timedelta(days=ahead)
        username = meddler or STEWARDS.get(DATASETS[dataset].organisation, "waterdienst-admin")
        confidential = DATASETS[dataset].classification is Classification.CONFIDENTIAL
        operator = confidential and meddler is None  # a steward alone may not
        actor = self.world.operator if operator else self.actor(username)
        try:
            grant = self.world.grants.grant(actor, dataset, project, until)
        except LabError:
            return
        assert operator or not confidential
        assert STEWARDS[DATASETS[dataset].organisation] == username
        self.granted[dataset, project] = grant.ends

    @precondition(lambda self: self.granted)
    @rule(data=st.data(), meddler=meddlers)
    def revoke(self, data: st.DataObject, meddler: str | None) -> None:
        dataset, project = data.draw(st.sampled_from(sorted(self.granted)))
        steward = STEWARDS[DATASETS[dataset].organisation]
        try:
            self.world.grants.revoke(self.actor(meddler or steward), dataset, project)
        except LabError:
            return
        assert (meddler or steward) == steward
        del self.granted[dataset, project]

    @rule(member=members, there=st.sampled_from([True, True, False]))
    def change_membership(self, member: object, there: bool) -> None:
        username, project = member.username, member.project  # type: ignore[attr-defined]
        if there:
            self.world.administration.register_member(self.world.operator, member)  # type: ignore[arg-type]
            self.members.add((username, project))
        else:
            # in the register itself: what runs goes on, so that each read is what is refused
            with self.world.register.write() as t:
                t.projects.remove_membership(username, project)
            self.members.discard((username, project))

    @rule(
        organisation=st.sampled_from(["rivierstad", "kustregio"]),
        suspended=st.sampled_from([False, False, True]),
    )
    def suspend(self, organisation: str, suspended: bool) -> None:
        with self.world.register.write() as t:
            home = t.organisations.get(organisation)
            assert home is not None
            t.organisations.put(replace(home, suspended=suspended))
        (self.suspended.add if suspended else self.suspended.discard)(organisation)

    @rule(username=people)
    def close_account(self, username: str) -> None:
        if not self.inactive:  # somebody must remain to do things
            self.world.people.close_account(self.world.operator, username)
            self.inactive.add(username)

    @rule(hours=st.integers(1, 24 * 15))
    def time_passes(self, hours: int) -> None:
        self.world.clock.advance(hours=hours)

    @invariant()
    def a_session_reads_exactly_what_the_model_allows(self) -> None:
        for plan, address in self.plans[-8:]:
            for dataset in DATASETS:
                assert self.reads(plan, address, dataset) == self.allowed(plan, dataset)
                assert not self.reads(plan, "10.213.15.250", dataset)

    @invariant()
    def the_listing_names_exactly_what_can_be_read(self) -> None:
        for plan, address in self.plans[-3:]:
            token = plan.environment[wire.SessionEnvironment.TOKEN]
            try:
                listing = self.world.reading.catalogue(token, address).datasets
            except Refused:
                listing = []
            assert {entry.name for entry in listing} == {
                dataset for dataset in DATASETS if self.allowed(plan, dataset)
            }

    def teardown(self) -> None:
        assert self.world.audit.verify().ok
        for line in self.world.audit.show(action=AuditAction.DATASET_READ, limit=10**6):
            assert line.event.project in PROJECTS

    def reads(self, plan: wire.SessionPlan, address: str, dataset: str) -> bool:
        try:
            self.world.read(plan, dataset, address)
        except Refused:
            return False
        except NotFound as error:
            pytest.fail(f"the world lacks {error}")
        return True

    def allowed(self, plan: wire.SessionPlan, dataset: str) -> bool:
        project = PROJECTS[plan.project]
        person = PEOPLE[plan.username]
        until = self.granted.get((dataset, plan.project))
        return (
            plan.session in self.running
            and (plan.username, plan.project) in self.members
            and person.username not in self.inactive
            and person.organisation not in self.suspended
            and project.organisation not in self.suspended
            and project.starts <= self.today() <= project.ends
            and (dataset == PUBLIC or (until is not None and self.world.clock() < until))
        )

    def in_order(self) -> list[str]:
        """The running sessions, oldest first: their ids are random, and drawing must not be."""
        return [plan.session for plan, _ in self.plans if plan.session in self.running]

    def actor(self, username: str) -> Actor:
        return Actor.for_person(self.world.people.find(username))

    def today(self) -> date:
        return self.world.clock().astimezone(AMSTERDAM).date()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
