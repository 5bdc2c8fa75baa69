"""Who may let a person, a project or an organisation leave, and in which order it goes."""

from __future__ import annotations

from datetime import datetime

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.endings import Folder, FolderState, Leaving, Offboarding
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.oversight import oversees, sees_all


def may_offboard(
    actor: Actor, kind: Leaving, organisation: Organisation, person: Person | None = None
) -> Decision:
    """Decide whether ``actor`` may let something of ``organisation`` leave.

    An organisation is let go by a lab administrator; people and projects by those who look after
    their organisation. Nobody lets themselves go, and the lead agency stays.
    """
    if kind is Leaving.ORGANISATION:
        if not sees_all(actor):
            return refused(Code.NOT_LAB_ADMINISTRATOR)
        if organisation.kind is OrganisationKind.LEAD:
            return refused(Code.LEAD_AGENCY_STAYS, organisation=organisation.name.in_("nl"))
    if not oversees(actor, organisation.slug):
        return refused(Code.NOT_ADMINISTRATOR)
    if person is not None and actor.person is not None:
        if person.username == actor.person.username:
            return refused(Code.NOT_ONESELF)
        if LabRole.LAB_ADMINISTRATOR in person.roles and not sees_all(actor):
            return refused(Code.NOT_LAB_ADMINISTRATOR)
    return ALLOWED


def may_sign(actor: Actor, offboarding: Offboarding) -> Decision:
    """Decide whether ``actor`` may sign that the archive was handed over."""
    if not sees_all(actor):
        return refused(Code.NOT_LAB_ADMINISTRATOR)
    if not offboarding.archived:
        return refused(Code.NOT_ARCHIVED_YET)
    return ALLOWED


def next_state(offboarding: Offboarding, folder: Folder, now: datetime) -> FolderState | None:
    """Return the state ``folder`` is to be brought to next; None when it waits, or is done."""
    if folder.state is FolderState.OPEN:
        return FolderState.FROZEN
    if folder.state is FolderState.FROZEN:
        return FolderState.ARCHIVED
    if folder.state is FolderState.ARCHIVED and offboarding.deletable(now):
        return FolderState.DELETED
    return None
