"""Passwords of local accounts: set, changed, and chosen by a link."""

from __future__ import annotations

from contextlib import suppress

from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, Refused, Unavailable, must
from polderlab_catalog.application.lookups import the_person
from polderlab_catalog.application.ports import (
    Clock,
    Guesser,
    Hasher,
    Hub,
    Register,
    Secrets,
    Transaction,
)
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.sign_ins import PasswordLink
from polderlab_catalog.policy.administration import may_administer
from polderlab_catalog.policy.identities import may_have_password
from polderlab_catalog.policy.passwords import (
    LINK_HOURS,
    MAX_LINK_HOURS,
    MIN_GUESSES,
    NO_CHANGE,
    NOT_THE_SAME,
    TOO_COMMON,
    known_words,
    length_fault,
    link_expires,
    may_give_password,
    may_use_link,
)


class Passwords:
    """Keeps passwords, as hashes.

    A password that takes the place of another ends all sign-ins of its owner: whoever knew the
    old one is out. They are ended before it is written, so that a hub that does not answer
    leaves everything as it was, and again after it, for who came in meanwhile.
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        hasher: Hasher,
        guesser: Guesser,
        *,
        secrets: Secrets,
        hub: Hub,
    ) -> None:
        self._register, self._clock, self._door = register, clock, Door(register, clock)
        self._hasher, self._guesser = hasher, guesser
        self._secrets, self._hub = secrets, hub

    def has_password(self, username: str) -> bool:
        """Tell whether ``username`` can sign in with a local password."""
        with self._register.read() as t:
            held = t.people.credentials(username)
            return held is not None and held.opens

    def set_password(self, username: str, password: str, actor: Actor | None = None) -> None:
        """Give ``username`` a first password; raise :class:`NotFound` or :class:`Invalid`."""
        with self._register.read() as t:
            person = the_person(t, username)
        self._check(person, password)
        self._write(person, password, actor or Actor.lab())

    def first(self, person: Person, new: str, again: str) -> Credentials:
        """Return what to keep of the first password of somebody who comes in; raise
        :class:`Invalid`."""
        self._check(person, new, again)
        return Credentials(person.username, self._hasher.hash(new))

    def change(self, person: Person, origin: str, current: str, new: str, again: str) -> None:
        """Change one's own password; ``current`` was verified already.

        Raises ``Invalid``, or ``Unavailable`` with nothing changed.
        """
        self._check(person, new, again)
        if new == current:
            raise Invalid({"password": NO_CHANGE})
        self._replace(person, new, Actor.for_person(person, origin))

    def make_link(
        self, actor: Actor, username: str, hours: int = LINK_HOURS
    ) -> tuple[str, PasswordLink]:
        """Return the key of a new link for ``username``, and the link; the one before is dead.

        Raises ``NotFound``, ``Refused`` or ``Invalid``.
        """
        if not 1 <= hours <= MAX_LINK_HOURS:
            raise Invalid({"hours": f"choose 1 to {MAX_LINK_HOURS}"})
        key = self._secrets()
        with self._door.change(actor) as change:
            must(may_give_password(actor))
            person = the_person(change.t, username)
            must(may_have_password(change.t.identities.of(person.username)))
            expires = link_expires(self._clock(), hours)
            link = PasswordLink(person.username, secret_hash(key), expires)
            change.t.sign_ins.put_link(link)
            change.log(AuditAction.PERSON_PASSWORD_LINK_MADE, username, expires=expires.isoformat())
        return key, link

    def owner(self, key: str) -> Person:
        """Return whose password the link with ``key`` is for; raise :class:`Refused`."""
        with self._register.read() as t:
            return self._owner(t, key)

    def choose(self, key: str, new: str, again: str, origin: str) -> Person:
        """Choose a password with the link that has ``key``, and use it up.

        Raises ``Refused``, ``Invalid`` (the link is as good as before), or ``Unavailable``.
        """
        person = self.owner(key)
        self._check(person, new, again)
        self._replace(person, new, Actor.for_person(person, origin), key)
        return person

    def unlock(self, actor: Actor, subject: str) -> bool:
        """Forget the failed tries held against ``subject``; return whether there were any."""
        with self._door.change(actor) as change:
            must(may_administer(actor))
            there = change.t.sign_ins.remove_tries(subject)
            if there:
                change.log(AuditAction.PERSON_UNLOCKED, subject.partition(":")[2])
            return there

    def _owner(self, t: Transaction, key: str) -> Person:
        link = t.sign_ins.link(secret_hash(key))
        person = t.people.get(link.username) if link else None
        decision = may_use_link(link, person, self._clock())
        if person is None or not decision:
            raise Refused(decision)
        return person

    def _check(self, person: Person, new: str, again: str | None = None) -> None:
        if fault := length_fault(new):
            raise Invalid({"password": fault})
        if self._guesser(new, known_words(person)) < MIN_GUESSES:
            raise Invalid({"password": TOO_COMMON})
        if again is not None and again != new:
            raise Invalid({"again": NOT_THE_SAME})

    def _replace(self, person: Person, new: str, actor: Actor, key: str | None = None) -> None:
        self._hub.sign_out(person.username)
        self._write(person, new, actor, key)
        with suppress(Unavailable):
            self._hub.sign_out(person.username)

    def _write(self, person: Person, new: str, actor: Actor, key: str | None = None) -> None:
        hashed = self._hasher.hash(new)
        with self._register.write() as t:
            if key is not None:
                self._owner(t, key)  # somebody may have been quicker
            must(may_have_password(t.identities.of(person.username)))
            t.people.put_credentials(Credentials(person.username, hashed))
            t.sign_ins.remove_link(person.username)
            t.sign_ins.remove_tries(f"name:{person.username}")
            t.audit.append(
                AuditEvent(
                    AuditAction.PERSON_PASSWORD_SET,
                    actor=actor.name,
                    object=person.username,
                    origin=actor.origin,
                ),
                self._clock(),
            )
