"""Who may change the register itself."""

from __future__ import annotations

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


def may_administer(actor: Actor) -> Decision:
    """Decide on organisations, projects, images and sizes."""
    if actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    return refused(Code.NOT_LAB_ADMINISTRATOR)


def may_place(actor: Actor) -> Decision:
    """Decide on who holds which role without more ado: whoever has the machine. People do it by
    the table of policy/roles.py, so that nobody makes a way to data for themselves."""
    return ALLOWED if actor.trusted else refused(Code.NOT_OPERATOR)
