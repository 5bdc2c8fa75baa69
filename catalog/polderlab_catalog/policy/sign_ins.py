"""Local accounts: when a sign-in is let in, and when tries are stopped.

Names without an account are counted and locked like real ones, so that no answer tells which
names exist (OWASP ASVS 5.0, 6.3.8).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

MAX_FAILED = 10
LOCKED_FOR = timedelta(minutes=10)
MIN_PASSWORD, MAX_PASSWORD = 12, 200


def may_try(credentials: Credentials, now: datetime) -> Decision:
    """Decide whether a password may be tried now."""
    until = credentials.locked_until
    if until is not None and now < until:
        minutes = ceil((until - now) / timedelta(minutes=1))
        return refused(Code.ACCOUNT_LOCKED, minutes=minutes)
    return ALLOWED


def after_failure(credentials: Credentials, now: datetime) -> Credentials:
    """Return the credentials after one more wrong password; the tenth locks them."""
    failed = credentials.failed + 1
    if failed >= MAX_FAILED:
        return replace(credentials, failed=0, locked_until=now + LOCKED_FOR)
    return replace(credentials, failed=failed, locked_until=None)


def after_success(credentials: Credentials) -> Credentials:
    """Return the credentials after a right password: nothing is held against them."""
    return replace(credentials, failed=0, locked_until=None)


def may_enter(person: Person, organisation: Organisation) -> Decision:
    """Decide whether someone whose password was right may come in."""
    if not person.active:
        return refused(Code.PERSON_INACTIVE)
    if organisation.suspended:
        return refused(Code.ORGANISATION_SUSPENDED, organisation=organisation.name.in_("nl"))
    return ALLOWED
