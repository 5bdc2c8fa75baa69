"""The people who may come in."""

from __future__ import annotations

from dataclasses import replace

from polderlab_catalog.application.changes import Changes
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.lookups import the_organisation, the_person
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import is_slug
from polderlab_catalog.domain.people import Person


class People:
    """Registers people, finds them, and closes accounts."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register, self._changes = register, Changes(register, clock)

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
        with self._changes(actor) as change:
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

    def close_account(self, actor: Actor, username: str) -> None:
        """Close the door for ``username``: no sign-in, no start, no read from now on."""
        with self._changes(actor) as change:
            person = the_person(change.t, username)
            if person.active:
                change.t.people.put(replace(person, active=False))
                change.log(AuditAction.PERSON_CLOSED, username)
