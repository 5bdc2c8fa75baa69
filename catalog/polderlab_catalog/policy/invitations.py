"""How long an invitation works, and when it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from polderlab_catalog.domain.invitations import Invitation, InvitationKind
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

VALID = {InvitationKind.ORGANISATION: timedelta(days=30), InvitationKind.PERSON: timedelta(days=7)}
"""An organisation has to ask around for what it fills in; a person has not."""


def may_use(invitation: Invitation | None, kind: InvitationKind, now: datetime) -> Decision:
    """Decide whether whoever shows an invitation comes in by it. Every no is the same."""
    if invitation is None or invitation.kind is not kind or not invitation.open(now):
        return refused(Code.INVITATION_GONE)
    return ALLOWED
