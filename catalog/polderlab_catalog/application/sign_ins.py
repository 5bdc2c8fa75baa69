"""Sign in with a local account."""

from __future__ import annotations

from collections import OrderedDict

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.application.lookups import the_person
from polderlab_catalog.application.ports import Clock, Hasher, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.sign_ins import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    after_failure,
    after_success,
    may_enter,
    may_try,
)

_STRANGERS_REMEMBERED = 10_000


class SignIns:
    """Checks passwords, and stops guessing.

    A name without an account costs the same work and gets the same answers as one with a wrong
    password. Its tries are counted in memory only: nothing a stranger types fills the register.
    """

    def __init__(self, register: Register, clock: Clock, hasher: Hasher) -> None:
        self._register, self._clock, self._hasher = register, clock, hasher
        self._decoy = hasher.hash("a password nobody has")
        self._strangers: OrderedDict[str, Credentials] = OrderedDict()

    def sign_in(self, username: str, password: str, origin: str = "") -> Person:
        """Return whose password this is; raise :class:`Refused`. Either way it is logged."""
        now = self._clock()
        with self._register.read() as t:
            before = self._credentials(t, username)
        first = may_try(before, now)
        fits = (
            bool(first)
            and len(password) <= MAX_PASSWORD
            and self._hasher.verify(before.password_hash or self._decoy, password)
            and before.password_hash != ""
        )
        with self._register.write() as t:
            decision, person = self._settle(t, username, fits)
            t.audit.append(
                AuditEvent(
                    AuditAction.PERSON_SIGNED_IN
                    if decision
                    else AuditAction.PERSON_SIGN_IN_REFUSED,
                    actor=f"person:{username}" if is_slug(username) else "unknown",
                    outcome=Outcome.OK if decision else Outcome.REFUSED,
                    object=username if is_slug(username) else "",
                    origin=printable(origin),
                    details={} if decision else {"code": decision.code.value},
                ),
                now,
            )
        if person is None or not decision:
            raise Refused(decision)
        return person

    def set_password(self, username: str, password: str, actor: Actor | None = None) -> None:
        """Give ``username`` a new password; raise :class:`NotFound` or :class:`Invalid`."""
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            what = f"choose {MIN_PASSWORD} to {MAX_PASSWORD} characters"
            raise Invalid({"password": what})
        hashed = self._hasher.hash(password)
        with self._register.write() as t:
            the_person(t, username)
            t.people.put_credentials(Credentials(username, hashed))
            t.audit.append(
                AuditEvent(
                    AuditAction.PERSON_PASSWORD_SET,
                    actor=(actor or Actor.lab()).name,
                    object=username,
                ),
                self._clock(),
            )

    def has_password(self, username: str) -> bool:
        """Tell whether ``username`` can sign in with a local password."""
        with self._register.read() as t:
            return t.people.credentials(username) is not None

    def _credentials(self, t: Transaction, username: str) -> Credentials:
        known = t.people.credentials(username) if is_slug(username) else None
        return known or self._strangers.get(username[:100]) or Credentials(username[:100], "")

    def _settle(self, t: Transaction, username: str, fits: bool) -> tuple[Decision, Person | None]:
        """Count the try and decide. The lock is looked at again, inside the transaction: of
        many tries at once only the first few may be lucky."""
        credentials = self._credentials(t, username)
        locked = may_try(credentials, self._clock())
        if not locked:
            return locked, None
        person = t.people.get(username) if fits else None
        organisation = t.organisations.get(person.organisation) if person else None
        if person is None or organisation is None:
            self._keep(t, after_failure(credentials, self._clock()))
            return refused(Code.WRONG_CREDENTIALS), None
        if credentials != after_success(credentials):
            self._keep(t, after_success(credentials))
        return may_enter(person, organisation), person

    def _keep(self, t: Transaction, credentials: Credentials) -> None:
        if credentials.password_hash:
            t.people.put_credentials(credentials)
            return
        self._strangers[credentials.username] = credentials
        self._strangers.move_to_end(credentials.username)
        while len(self._strangers) > _STRANGERS_REMEMBERED:
            self._strangers.popitem(last=False)
