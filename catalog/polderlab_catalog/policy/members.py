"""How far a project's own people change the membership of somebody from elsewhere."""

from __future__ import annotations

from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

_DOWNWARDS = (MemberRole.LEAD, MemberRole.ANALYST, MemberRole.VIEWER)


def may_change_guest(before: Membership, after: Membership) -> Decision:
    """Decide whether leads and administrators may make ``after`` of a guest's ``before``.

    Only what gives less: guests come in by an operator, and so do not stay longer or do more
    by anybody else.
    """
    higher = _DOWNWARDS.index(after.role) < _DOWNWARDS.index(before.role)
    later = before.until is not None and (after.until is None or after.until > before.until)
    if higher or later:
        return refused(Code.GUEST_BY_OPERATOR, project=before.project)
    return ALLOWED
