"""Ties accounts to identities at providers, and releases them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from polderlab.wire import Vouched
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, Unavailable, must
from polderlab_catalog.application.lookups import the_person
from polderlab_catalog.application.ports import Clock, Hub, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.people import Person
from polderlab_catalog.policy.administration import may_place
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.identities import MAX_SUBJECT, is_identity, may_come_as


class Identities:
    """What an operator says of who an account belongs to."""

    def __init__(self, register: Register, clock: Clock, hub: Hub) -> None:
        self._register, self._hub = register, hub
        self._door = Door(register, clock)
        self._clock = clock

    def of(self, username: str) -> Binding:
        """Return how ``username`` comes in through a provider."""
        with self._register.read() as t:
            return t.identities.of(username) or Binding(username)

    def link(self, actor: Actor, username: str, identity: Identity | None = None) -> Binding:
        """Let ``username`` come in through a provider as well as with a password.

        With ``identity`` as that one and no other; else the first that comes under its name is
        the one. Raises ``NotFound``, ``Refused``, or ``Invalid`` when it is another account's.
        """
        with self._door.change(actor) as change:
            must(may_place(actor))
            the_person(change.t, username)
            before = change.t.identities.of(username) or Binding(username)
            after = replace(before, linked=True)
            if identity is not None:
                self._must_be_free(change.t, username, identity)
                after = replace(after, identity=identity, bound=self._clock())
            if after.linked != before.linked:
                change.log(AuditAction.PERSON_LINKED, username)
            if after.identity is not None and after.identity != before.identity:
                known = told(after.identity)
                change.log(
                    AuditAction.PERSON_BOUND,
                    username,
                    issuer=known["issuer"],
                    subject=known["subject"],
                )
            change.t.identities.put(after)
            return after

    def release(self, actor: Actor, username: str) -> bool:
        """Forget who ``username`` belongs to, and its link; return whether there was anything.

        Its sign-ins are ended first, so that a hub that does not answer leaves all as it was,
        and again after it.
        """
        with self._register.read() as t:
            must(may_place(actor))
            the_person(t, username)
        self._hub.sign_out(username)
        with self._door.change(actor) as change:
            must(may_place(actor))
            there = change.t.identities.remove(username)
            if there:
                change.log(AuditAction.PERSON_RELEASED, username)
        with suppress(Unavailable):
            self._hub.sign_out(username)
        return there

    def _must_be_free(self, t: Transaction, username: str, identity: Identity) -> None:
        if not is_identity(identity):
            raise Invalid({"subject": "give --issuer and --subject as the provider tells them"})
        holder, own = t.identities.find(identity), t.identities.of(username)
        if holder is not None and holder.username != username:
            raise Invalid({"subject": f"it belongs to {holder.username}; release that first"})
        if own is not None and own.identity not in (None, identity):
            raise Invalid({"subject": f"{username} belongs to another; release it first"})


def identity_of(vouched: Vouched) -> Identity:
    """Return who a provider says this is, for good."""
    return Identity(vouched.issuer, vouched.subject)


def account_of(t: Transaction, vouched: Vouched) -> str:
    """Return which account this is: the one that is theirs, whatever they are called now, else
    the one that bears their name; empty when there can be none."""
    if not is_identity(identity_of(vouched)):
        return ""
    binding = t.identities.find(identity_of(vouched))
    if binding is not None:
        return binding.username
    return vouched.username if is_slug(vouched.username) else ""


def may_open(t: Transaction, person: Person, vouched: Vouched) -> Decision:
    """Decide whether who is vouched for is the one the account of ``person`` belongs to."""
    if vouched.listed and person.username != vouched.username:
        # The operator's list says something else by now, or no longer says anything of them, and
        # the operator has the last word.
        return refused(Code.IDENTITY_DIFFERS, name=vouched.username)
    return may_come_as(
        person.username,
        t.identities.of(person.username),
        identity_of(vouched),
        t.people.credentials(person.username),
    )


def told(identity: Identity) -> dict[str, str]:
    """Return ``identity`` for the audit log."""
    return {
        "issuer": printable(identity.issuer, MAX_SUBJECT),
        "subject": printable(identity.subject, MAX_SUBJECT),
    }
