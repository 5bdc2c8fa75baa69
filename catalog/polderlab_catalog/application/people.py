"""The people who may come in, and their roles in their organisation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from polderlab_catalog.application.administrators import Watch
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, Refused, must
from polderlab_catalog.application.lookups import on_the_way_out, the_organisation, the_person
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.application.stopping import Stopping
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import is_slug
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import Membership
from polderlab_catalog.policy.administration import may_place
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.policy.roles import (
    Action,
    may,
    may_give,
    may_touch,
    not_for_yourself,
)


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Somebody as their administrators see them; ``givable`` are the roles the viewer gives."""

    person: Person
    organisation: Organisation
    memberships: tuple[Membership, ...]
    givable: tuple[LabRole, ...]
    may_close: bool
    may_vet: bool


class People:
    """Registers people, finds them, gives them roles, and closes accounts."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        *,
        stopping: Stopping | None = None,
        timezone: tzinfo = UTC,
    ) -> None:
        self._register = register
        self._door = Door(register, clock, timezone=timezone)
        self._stopping = stopping

    def find(self, username: str) -> Person:
        """Return the person; raise :class:`~.errors.NotFound`."""
        with self._register.read() as t:
            return the_person(t, username)

    def get(self, username: str) -> Person | None:
        """Return the person, or None."""
        with self._register.read() as t:
            return t.people.get(username) if is_slug(username) else None

    def all(self) -> list[Person]:
        """Return everyone, by username."""
        with self._register.read() as t:
            return list(t.people.all())

    def register_person(self, actor: Actor, person: Person) -> bool:
        """Put ``person`` in the register; return whether anything changed."""
        if not is_slug(person.username):
            raise Invalid({"username": "use 3 to 40 lower-case letters, digits and hyphens"})
        with self._door.change(actor) as change:
            must(may_place(actor))
            the_organisation(change.t, person.organisation)
            if change.t.people.get(person.username) == person:
                return False
            change.t.people.put(person)
            change.log(
                AuditAction.PERSON_REGISTERED,
                person.username,
                organisation=person.organisation,
                roles=", ".join(sorted(person.roles)),
            )
            return True

    def page(self, actor: Actor, username: str) -> PersonPage:
        """Return somebody to those who look after them."""
        with self._register.read() as t:
            person, home = self._door.person(t, actor, username, Action.PERSON_SHOW)
            subject, giver = self._door.subject(t, actor, home), self._door.giver(t, actor, home)
            other = bool(not_for_yourself(actor, username))
            changes = other and bool(may(actor, Action.PERSON_ROLES, subject))
            return PersonPage(
                person=person,
                organisation=home,
                memberships=tuple(t.projects.memberships(username=username)),
                givable=tuple(
                    role
                    for role in LabRole
                    if changes and may_give(actor, role, subject if role in person.roles else giver)
                ),
                may_close=other
                and bool(may(actor, Action.PERSON_CLOSE, subject))
                and bool(may_touch(actor, person)),
                may_vet=other
                and person.vetting is Vetting.WAITING
                and bool(may(actor, Action.PERSON_VET, subject)),
            )

    def givable(self, actor: Actor, organisation: str) -> list[LabRole]:
        """Return the roles the actor may give at ``organisation``."""
        with self._register.read() as t:
            subject = self._door.giver(t, actor, the_organisation(t, organisation))
            return [role for role in LabRole if may_give(actor, role, subject)]

    def may_place(self, actor: Actor, organisation: str) -> bool:
        """Tell whether the actor may add people to every project of ``organisation``."""
        with self._register.read() as t:
            subject = self._door.subject(t, actor, the_organisation(t, organisation))
            return bool(may(actor, Action.MEMBER_CHANGE, subject))

    def give_roles(self, actor: Actor, username: str, roles: Collection[LabRole]) -> Person:
        """Let somebody have exactly these roles in their organisation, from now on.

        Roles the actor may neither give nor take have to stay as they are.
        """
        with self._door.change(actor) as change:
            person, home = self._door.person(change.t, actor, username, Action.PERSON_ROLES)
            must(not_for_yourself(actor, username))
            after = replace(person, roles=frozenset(roles))
            subject = self._door.subject(change.t, actor, home)
            for role in sorted(person.roles - after.roles):
                must(may_give(actor, role, subject))
            giver = self._door.giver(change.t, actor, home)
            for role in sorted(after.roles - person.roles):
                must(may_give(actor, role, giver))
            if after != person:
                change.t.people.put(after)
                told = ", ".join(sorted(after.roles))
                change.log(AuditAction.PERSON_CHANGED, username, roles=told)
                Watch(change.t, actor, self._door.now(), home).changed(person, after)
            return after

    def vet(self, actor: Actor, username: str) -> Person:
        """Say that somebody has been looked at, and may use the lab."""
        with self._door.change(actor) as change:
            person, _ = self._door.person(change.t, actor, username, Action.PERSON_VET)
            must(not_for_yourself(actor, username))
            if person.vetting is not Vetting.WAITING:
                raise Refused(refused(Code.NOT_WAITING))
            after = replace(
                person, vetting=Vetting.DONE, vetted_by=actor.name, vetted=self._door.now()
            )
            change.t.people.put(after)
            change.log(AuditAction.PERSON_VETTED, username)
            door = self._door
            Messenger(change.t, actor, door.now(), door.zone).person_checked(after)
            return after

    def close_account(self, actor: Actor, username: str) -> None:
        """Close the door for ``username``: no sign-in, no start, no read from now on."""
        with self._door.change(actor) as change:
            person, home = self._door.person(change.t, actor, username, Action.PERSON_CLOSE)
            must(not_for_yourself(actor, username))
            must(may_touch(actor, person))
            if person.active:
                after = replace(person, active=False)
                change.t.people.put(after)
                change.log(AuditAction.PERSON_CLOSED, username)
                Watch(change.t, actor, self._door.now(), home).changed(person, after)
        if self._stopping is not None:
            self._stopping.stop(actor, "the account was closed", username=username)

    def reopen_account(self, actor: Actor, username: str) -> None:
        """Open a closed account again, with the roles and projects it had."""
        with self._door.change(actor) as change:
            person, home = self._door.person(change.t, actor, username, Action.PERSON_CLOSE)
            must(not_for_yourself(actor, username))
            must(may_touch(actor, person))
            if not person.active:
                if on_the_way_out(change.t, person=username):
                    must(refused(Code.ON_THE_WAY_OUT, name=person.display_name))
                after = replace(person, active=True)
                change.t.people.put(after)
                change.log(AuditAction.PERSON_REOPENED, username)
                Watch(change.t, actor, self._door.now(), home).changed(person, after)
