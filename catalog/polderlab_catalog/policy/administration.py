"""Who may change the register itself."""

from __future__ import annotations

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


def may_administer(actor: Actor) -> Decision:
    """Decide on organisations, people, projects, members, images and sizes."""
    if actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    return refused(Code.NOT_LAB_ADMINISTRATOR)
