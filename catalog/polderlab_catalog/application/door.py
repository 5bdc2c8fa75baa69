"""The door of every use case on organisations, people and projects: look up, ask the table.

What somebody may not know of looks as if it did not exist, also when they try to change it;
every try to change that is turned away stands in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.errors import NotFound, Refused, must
from polderlab_catalog.application.lookups import (
    as_before,
    the_organisation,
    the_person,
    the_project,
)
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.roles import Action, Subject, may, may_know


class Hidden(NotFound):
    """What the actor may not know of; ``refusal`` is for the log only."""

    def __init__(self, kind: str, name: str, refusal: Decision) -> None:
        super().__init__(kind, name)
        self.refusal = refusal


class Door:
    """Finds things for those who may do ``action`` to them; raises for others."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo = UTC) -> None:
        self.register, self._clock, self.zone = register, clock, timezone

    def now(self) -> datetime:
        """Return the time now."""
        return self._clock()

    def today(self) -> date:
        """Return the lab's local date."""
        return self._clock().astimezone(self.zone).date()

    @contextmanager
    def change(self, actor: Actor) -> Iterator[Change]:
        """Yield a change; when a policy says no within, it is undone and the try logged."""
        try:
            with self.register.write() as t:
                must(as_before(t, actor))
                yield Change(t, actor, self._clock)
        except (Refused, Hidden) as error:
            refusal = error.decision if isinstance(error, Refused) else error.refusal
            with self.register.write() as t:
                Change(t, actor, self._clock).log(
                    AuditAction.ADMINISTRATION_REFUSED,
                    "",
                    outcome=Outcome.REFUSED,
                    code=refusal.code.value,
                )
            raise

    def joined(self, t: Transaction, actor: Actor) -> Change:
        """Return a change in a transaction that is under way, of somebody without a role yet."""
        return Change(t, actor, self._clock)

    def subject(
        self,
        t: Transaction,
        actor: Actor,
        organisation: Organisation | None = None,
        project: Project | None = None,
        proposer: str = "",
    ) -> Subject:
        """Return how the actor stands to what is acted on."""
        person = actor.person
        return Subject(
            today=self.today(),
            home=t.organisations.get(person.organisation) if person else None,
            organisation=organisation,
            project=project.slug if project else "",
            membership=t.projects.membership(person.username, project.slug)
            if person and project
            else None,
            proposer=proposer,
        )

    def giver(self, t: Transaction, actor: Actor, organisation: Organisation) -> Subject:
        """Return how the actor stands to an organisation whose roles they would give."""
        role = LabRole.ORGANISATION_ADMINISTRATOR
        people = t.people.all(organisation=organisation.slug)
        there = any(each.cleared and role in each.roles for each in people)
        return replace(self.subject(t, actor, organisation), administered=there)

    def lab(self, t: Transaction, actor: Actor, action: Action) -> None:
        """Let through who may do ``action``, which is done to nothing in particular."""
        decision = may(actor, action, self.subject(t, actor))
        if not decision:
            raise Refused(decision)

    def organisation(self, t: Transaction, actor: Actor, slug: str, action: Action) -> Organisation:
        """Return the organisation."""
        found = the_organisation(t, slug)
        self._must(actor, action, self.subject(t, actor, found), "organisation", slug)
        return found

    def home(self, t: Transaction, actor: Actor, slug: str, action: Action) -> Organisation:
        """Return the actor's own organisation."""
        found = the_organisation(t, slug)
        decision = may(actor, action, self.subject(t, actor, found))
        if not decision:
            raise Refused(decision)
        return found

    def person(
        self, t: Transaction, actor: Actor, username: str, action: Action
    ) -> tuple[Person, Organisation]:
        """Return the person, and whose people they belong to."""
        found = the_person(t, username)
        home = the_organisation(t, found.organisation)
        self._must(actor, action, self.subject(t, actor, home), "person", username)
        return found, home

    def project(self, t: Transaction, actor: Actor, slug: str, action: Action) -> Project:
        """Return the project."""
        found = the_project(t, slug)
        owner = the_organisation(t, found.organisation)
        self._must(actor, action, self.subject(t, actor, owner, found), "project", slug)
        return found

    def proposal(self, t: Transaction, actor: Actor, proposal_id: str, action: Action) -> Proposal:
        """Return the proposal."""
        known = printable(proposal_id, 36) == proposal_id
        found = t.proposals.get(proposal_id) if known else None
        if found is None:
            raise NotFound("proposal", printable(proposal_id, 36))
        owner = the_organisation(t, found.organisation)
        subject = self.subject(t, actor, owner, proposer=found.proposed_by)
        self._must(actor, action, subject, "proposal", proposal_id)
        return found

    def _must(self, actor: Actor, action: Action, subject: Subject, kind: str, name: str) -> None:
        decision = may(actor, action, subject)
        if decision:
            return
        if not may_know(actor, action, subject):
            raise Hidden(kind, printable(name), decision)
        raise Refused(decision)
