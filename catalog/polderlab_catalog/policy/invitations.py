"""How long an invitation works, and when it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.invitations import Invitation, InvitationKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

VALID = {InvitationKind.ORGANISATION: timedelta(days=30), InvitationKind.PERSON: timedelta(days=7)}
"""An organisation has to ask around for what it fills in; a person has not."""


def may_use(invitation: Invitation | None, kind: InvitationKind, now: datetime) -> Decision:
    """Decide whether whoever shows an invitation comes in by it. Every no is the same."""
    if invitation is None or invitation.kind is not kind or not invitation.open(now):
        return refused(Code.INVITATION_GONE)
    return ALLOWED


def vetting_of(home: Organisation, inviter: Actor) -> Vetting:
    """Return whether somebody who comes in at ``home`` waits for the lead agency to look at them.

    Whom the lead agency invited itself it has looked at.
    """
    if not home.vetting or inviter.trusted or inviter.has(LabRole.LAB_ADMINISTRATOR):
        return Vetting.NOT_NEEDED
    return Vetting.WAITING
