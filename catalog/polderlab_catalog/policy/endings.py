"""Who may let a person, a project or an organisation leave, who is told what of it, and in which
order it goes."""

from __future__ import annotations

from dataclasses import replace
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
    """Decide whether ``actor`` may let something of ``organisation`` leave, or call that off.

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


def may_call_off(offboarding: Offboarding, now: datetime) -> Decision:
    """Decide whether a leaving can still be called off, by whoever could begin it."""
    if offboarding.called_off is not None:
        return ALLOWED
    if offboarding.done is not None or offboarding.deleting(now):
        return refused(Code.DELETING_BEGAN, name=offboarding.title)
    return ALLOWED


def may_sign(actor: Actor, offboarding: Offboarding) -> Decision:
    """Decide whether ``actor`` may sign that an archive was handed over."""
    if not sees_all(actor):
        return refused(Code.NOT_LAB_ADMINISTRATOR)
    if not offboarding.archived:
        return refused(Code.NOT_ARCHIVED_YET)
    return ALLOWED


def seen_by(actor: Actor, offboarding: Offboarding) -> Offboarding | None:
    """Return what ``actor`` may know of a record; None when that is nothing.

    Whoever looks after what left sees all of it, but of an archive that holds another's work only
    whose it is and how far: not what it is called or holds, how large it is, what went wrong, or
    who has it. Whoever looks after the organisation such an archive is for sees all of that one,
    and of the rest who left, when, by whom and until when it can come back, but not why, what
    ended, or which other archives there are.
    """
    own = oversees(actor, offboarding.organisation)
    folders = tuple(
        folder if oversees(actor, folder.owner or offboarding.organisation) else _outside(folder)
        for folder in offboarding.folders
        if own or (folder.owner and oversees(actor, folder.owner))
    )
    if own:
        return replace(offboarding, folders=folders)
    return replace(offboarding, folders=folders, ended={}, reason="") if folders else None


def _outside(folder: Folder) -> Folder:
    return replace(
        folder,
        archive="",
        bytes=0,
        sha256="",
        files=0,
        received_by="",
        signed_by="",
        error="",
        needed=0,
        free=0,
    )


def next_state(offboarding: Offboarding, folder: Folder, now: datetime) -> FolderState | None:
    """Return the state ``folder`` is to be brought to next; None when it waits, or is done."""
    if offboarding.called_off is not None:
        # Whatever the register knows: the hub may have been about to freeze or pack it.
        return None if folder.state is FolderState.THAWED else FolderState.THAWED
    if folder.state is FolderState.OPEN:
        return FolderState.FROZEN
    if folder.state is FolderState.FROZEN:
        return FolderState.ARCHIVED
    if folder.state is FolderState.ARCHIVED and offboarding.deletable(folder, now):
        return FolderState.DELETED
    return None
