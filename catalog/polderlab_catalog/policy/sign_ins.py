"""When a sign-in may be tried, and when it is let in.

Names without an account are counted and held back like real ones, so that no answer tells which
names exist (OWASP ASVS 5.0, 6.3.8). A name allows a few tries and an address more, because a
whole office may stand behind one; each try beyond that makes the wait twice as long. Time
forgives, so that every lock ends by itself and old typing errors do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.sign_ins import Tries
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.standing import takes_part

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=60)
FORGOTTEN_AFTER = timedelta(days=1)
_IPV6_SITE = 64

ADMINISTRATORS = frozenset({LabRole.LAB_ADMINISTRATOR, LabRole.ORGANISATION_ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Allowance:
    """From the failure ``free`` on every one locks; one is forgiven per ``forgiven``."""

    free: int
    forgiven: timedelta


BY_NAME = Allowance(5, timedelta(hours=1))
BY_ADDRESS = Allowance(30, timedelta(minutes=10))


def address_counted(origin: str) -> str:
    """Return what to count tries from ``origin`` under; empty when it says nothing.

    The lab's own machine stands for a proxy that does not tell who is behind it. An IPv6 site
    has as many addresses as it likes, so its network counts.
    """
    try:
        address = ip_address(origin)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        site = int(address) >> _IPV6_SITE << _IPV6_SITE
        return f"{IPv6Address(site)}/{_IPV6_SITE}"
    return str(address)


def may_try(held: Sequence[Tries], now: datetime) -> Decision:
    """Decide whether a password may be tried now, given what is held against who tries."""
    until = max((each.locked_until for each in held if each.locked_until), default=now)
    if now < until:
        return refused(Code.ACCOUNT_LOCKED, minutes=ceil((until - now) / timedelta(minutes=1)))
    return ALLOWED


def after_failure(tries: Tries, allowance: Allowance, now: datetime) -> Tries:
    """Return the tries after one more failure."""
    forgiven = (now - tries.last) // allowance.forgiven if tries.last else 0
    failed = max(0, tries.failed - max(0, forgiven)) + 1
    until = None
    if failed >= allowance.free:
        # Not more than the exponent needs, however long somebody goes on.
        until = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failed - allowance.free, 16))
    return replace(tries, failed=failed, last=now, locked_until=until)


def may_enter(
    person: Person,
    organisation: Organisation,
    today: date,
    *,
    second_factor: bool = False,
    administrators_need_one: bool = False,
) -> Decision:
    """Decide whether someone who has proven who they are may come in."""
    if not person.active:
        return refused(Code.PERSON_INACTIVE)
    decision = takes_part(organisation, today)
    if not decision:
        return decision
    if administrators_need_one and not second_factor and person.roles & ADMINISTRATORS:
        return refused(Code.SECOND_FACTOR_NEEDED)
    return ALLOWED


def may_be_vouched_for(person: Person | None, organisation: str) -> Decision:
    """Decide whether a provider that speaks for ``organisation`` may say that this is ``person``.

    A person who does not exist and one of another organisation look alike.
    """
    if person is None or person.organisation != organisation:
        return refused(Code.NOT_IN_REGISTER)
    return ALLOWED
