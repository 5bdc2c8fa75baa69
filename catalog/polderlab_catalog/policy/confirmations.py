"""Who confirms what stands, and when it lapses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

TOLD_BEFORE = timedelta(days=7)
"""How long before something lapses people are told once more."""

CONFIRMS = {
    Matter.GRANT: LabRole.STEWARD,
    Matter.PERSON: LabRole.ORGANISATION_ADMINISTRATOR,
    Matter.PROJECT: LabRole.ORGANISATION_ADMINISTRATOR,
}
"""In which role of the organisation each is confirmed."""


def may_confirm(actor: Actor, kind: Matter, organisation: str, *, alone: bool) -> Decision:
    """Decide whether ``actor`` says whether something of ``organisation`` still stands.

    ``alone``: the organisation has nobody in that role; then a lab administrator does it, but
    never for access to data.
    """
    if actor.trusted:
        return ALLOWED
    own = actor.person is not None and actor.person.organisation == organisation
    if own and actor.has(CONFIRMS[kind]):
        return ALLOWED
    if alone and kind is not Matter.GRANT and actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    return refused(Code.NOT_YOURS_TO_CONFIRM)


def asked(held: Confirmation, now: datetime, within: timedelta) -> Confirmation:
    """Return ``held`` once it is asked: whoever answers has ``within``."""
    return replace(held, asked=now, deadline=now + within)


def confirmed(held: Confirmation, now: datetime, by: str, every: timedelta) -> Confirmation:
    """Return ``held`` once it is confirmed; it is asked again after ``every``."""
    return replace(held, due=now + every, asked=None, deadline=None, confirmed=now, confirmed_by=by)


def lapses(held: Confirmation, now: datetime) -> bool:
    """Tell whether nobody answered in time."""
    return held.open and held.deadline is not None and now >= held.deadline


def never_lapses(person: Person) -> bool:
    """Tell whether this account is never closed by itself: a lab without an administrator could
    not be put right by anyone but its operators."""
    return LabRole.LAB_ADMINISTRATOR in person.roles
