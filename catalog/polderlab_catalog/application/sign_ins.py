"""Sign in: with a local account's password, or vouched for by an identity provider."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from polderlab.wire import Vouched
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.identities import account_of, identity_of, may_open, told
from polderlab_catalog.application.ports import Clock, Hasher, Register, Transaction
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.identities import Binding
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.domain.sign_ins import Tries
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.identities import may_have_password
from polderlab_catalog.policy.passwords import MAX_PASSWORD
from polderlab_catalog.policy.sign_ins import (
    BY_ADDRESS,
    BY_NAME,
    FORGOTTEN_AFTER,
    Allowance,
    address_counted,
    after_failure,
    may_be_vouched_for,
    may_enter,
    may_try,
)


class SignIns:
    """Checks who comes in, and stops guessing.

    A name without an account costs the same work and gets the same answers as one with a wrong
    password, also after a restart: failed tries of both are kept in the same place.
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        hasher: Hasher,
        *,
        timezone: tzinfo,
        administrators_need_second_factor: bool = False,
        local_accounts: bool = True,
    ) -> None:
        self._register, self._clock, self._hasher = register, clock, hasher
        self._timezone = timezone
        self._strict = administrators_need_second_factor
        self._local = local_accounts
        self._decoy = hasher.hash("a password nobody has")

    def sign_in(self, username: str, password: str, origin: str = "") -> Person:
        """Return whose password this is; raise :class:`Refused`. Either way it is logged."""
        if not self._local:
            with self._register.write() as t:
                decision = refused(Code.LOCAL_ACCOUNTS_OFF)
                self._log(t, username, decision, origin, {})
            raise Refused(decision)
        held = self._try(username, password, origin)
        with self._register.write() as t:
            decision, person = self._settle(t, username, held, origin)
            self._log(t, username, decision, origin, {})
        if person is None or not decision:
            raise Refused(decision)
        return person

    def prove(self, person: Person, password: str, origin: str = "") -> Decision:
        """Decide whether ``password`` is that of ``person``, who is signed in; a wrong one
        counts like a failed sign-in."""
        held = self._try(person.username, password, origin)
        with self._register.write() as t:
            decision, _ = self._settle(t, person.username, held, origin, entering=False)
            if not decision:
                self._log(t, person.username, decision, origin, {})
        return decision

    def vouch(self, vouched: Vouched, origin: str = "") -> Person:
        """Return the person a provider vouches for; raise :class:`Refused`. It is logged."""
        with self._register.write() as t:
            username = account_of(t, vouched)
            person = t.people.get(username) if username else None
            decision = may_be_vouched_for(person, vouched.organisation)
            known = bool(username) and t.identities.find(identity_of(vouched)) is not None
            if person is not None and decision:
                decision = may_open(t, person, vouched)
                known |= not decision
            if person is not None and decision:
                decision = self._may_enter(t, person, second_factor=vouched.second_factor)
            details = {"provider": printable(vouched.provider, 40)}
            if known and not decision:
                details |= told(identity_of(vouched))
            self._log(t, username or vouched.username, decision, origin, details)
            if person is not None and decision:
                self._bind(t, person, vouched, origin)
        if person is None or not decision:
            raise Refused(decision)
        return person

    def _bind(self, t: Transaction, person: Person, vouched: Vouched, origin: str) -> None:
        """Tie the account to who came in to it first."""
        before = t.identities.of(person.username) or Binding(person.username)
        if before.identity is not None:
            return
        identity = identity_of(vouched)
        t.identities.put(replace(before, identity=identity, bound=self._clock()))
        event = AuditEvent(
            AuditAction.PERSON_BOUND,
            actor=f"person:{person.username}",
            object=person.username,
            origin=printable(origin),
            details={"provider": printable(vouched.provider, 40), **told(identity)},
        )
        t.audit.append(event, self._clock())

    def _try(self, username: str, password: str, origin: str) -> str:
        """Return the hash ``password`` belongs to; empty when it belongs to none, or when no
        password may be tried now."""
        with self._register.read() as t:
            credentials = t.people.credentials(username) if is_slug(username) else None
            open_ = may_try(self._held(t, username, origin), self._clock())
        if not open_ or len(password) > MAX_PASSWORD:
            return ""
        held = credentials.password_hash if credentials else ""
        return held if self._hasher.verify(held or self._decoy, password) else ""

    def _settle(
        self, t: Transaction, username: str, held: str, origin: str, *, entering: bool = True
    ) -> tuple[Decision, Person | None]:
        """Count the try and decide. Locks and hash are looked at again, inside the transaction:
        of many tries at once only the first few may be lucky, and a password that was changed
        meanwhile lets nobody in."""
        tries = self._held(t, username, origin)
        locked = may_try(tries, self._clock())
        if not locked:
            return locked, None
        now_held = t.people.credentials(username) if held else None
        person = t.people.get(username) if now_held == Credentials(username, held) else None
        if not held or person is None:
            self._count(t, tries)
            return refused(Code.WRONG_CREDENTIALS), None
        t.sign_ins.remove_tries(_of_name(username))
        if not entering:
            return ALLOWED, person
        return may_have_password(t.identities.of(username)) and self._may_enter(t, person), person

    def _may_enter(
        self, t: Transaction, person: Person, *, second_factor: bool = False
    ) -> Decision:
        organisation = t.organisations.get(person.organisation)
        if organisation is None:
            return refused(Code.NOT_IN_REGISTER)
        return may_enter(
            person,
            organisation,
            self._clock().astimezone(self._timezone).date(),
            second_factor=second_factor,
            administrators_need_one=self._strict,
        )

    def _held(self, t: Transaction, username: str, origin: str) -> list[Tries]:
        subjects = [_of_name(username)]
        if address := address_counted(origin):
            subjects.append(f"address:{address}")
        return [t.sign_ins.tries(subject) or Tries(subject) for subject in subjects]

    def _count(self, t: Transaction, tries: list[Tries]) -> None:
        now = self._clock()
        for each in tries:
            t.sign_ins.put_tries(after_failure(each, _allowance(each), now))
        t.sign_ins.forget_tries(now - FORGOTTEN_AFTER)

    def _log(
        self,
        t: Transaction,
        username: str,
        decision: Decision,
        origin: str,
        details: Mapping[str, str],
    ) -> None:
        name = username if is_slug(username) else ""
        event = AuditEvent(
            AuditAction.PERSON_SIGNED_IN if decision else AuditAction.PERSON_SIGN_IN_REFUSED,
            actor=f"person:{name}" if name else "unknown",
            outcome=Outcome.OK if decision else Outcome.REFUSED,
            object=name,
            origin=printable(origin),
            details={**details, **({} if decision else {"code": decision.code.value})},
        )
        t.audit.append(event, self._clock())


def _of_name(username: str) -> str:
    """Return what to count tries of ``username`` under: what is no name is not kept as it is."""
    if is_slug(username):
        return f"name:{username}"
    return f"name:#{hashlib.sha256(username.encode('utf-8', 'replace')).hexdigest()}"


def _allowance(tries: Tries) -> Allowance:
    return BY_NAME if tries.subject.startswith("name:") else BY_ADDRESS
