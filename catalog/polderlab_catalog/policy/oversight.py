"""Who looks after the lab day by day: all of it, or one organisation's part."""

from __future__ import annotations

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


def sees_all(actor: Actor) -> bool:
    """Tell whether ``actor`` looks after the whole lab."""
    return actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR)


def oversees(actor: Actor, organisation: str) -> bool:
    """Tell whether ``actor`` looks after ``organisation``: its own administrator does, and a lab
    administrator. Neither reads any data by it."""
    own = actor.person is not None and actor.person.organisation == organisation
    return sees_all(actor) or (own and actor.has(LabRole.ORGANISATION_ADMINISTRATOR))


def may_oversee(actor: Actor) -> Decision:
    """Decide whether ``actor`` looks after anything at all."""
    if sees_all(actor) or actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
        return ALLOWED
    return refused(Code.NOT_ADMINISTRATOR)


def may_read_audit(actor: Actor) -> Decision:
    """Decide whether ``actor`` may read the whole audit log. It holds no data."""
    return ALLOWED if sees_all(actor) else refused(Code.NOT_LAB_ADMINISTRATOR)
