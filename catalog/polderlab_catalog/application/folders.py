"""The folders of who and what left: frozen, packed, and in the end deleted, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from polderlab import wire
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.telling import News, in_role, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.endings import Folder, FolderKind, FolderState, Offboarding
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import OrganisationKind
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.endings import next_state

_STEPS: Mapping[FolderState, AuditAction] = {
    FolderState.FROZEN: AuditAction.OFFBOARDING_FROZEN,
    FolderState.ARCHIVED: AuditAction.OFFBOARDING_ARCHIVED,
    FolderState.DELETED: AuditAction.OFFBOARDING_DELETED,
    FolderState.THAWED: AuditAction.OFFBOARDING_THAWED,
}
_HELD = (FolderState.FROZEN, FolderState.ARCHIVED)
_OVER = (FolderState.DELETED, FolderState.THAWED)


class Folders:
    """Gives the hub its orders, and notes what it did.

    What lies on the disk is the hub's to freeze, pack and delete. Each step it reports is noted
    before the next is ordered, so that either side may be killed at any moment.
    """

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register, self._clock = register, clock

    def orders(self) -> list[wire.FolderOrder]:
        """Return what is to be done on the disk now, one step for each folder.

        What is given back comes first: were it frozen again meanwhile, that holds.
        """
        now = self._clock()
        with self._register.read() as t:
            found = t.offboardings.find(open_only=True)
        orders = [
            wire.FolderOrder(
                id=f"{record.id}:{number}",
                wanted=wanted.value,
                kind=folder.kind.value,
                name=folder.name,
                archive=folder.archive or _archive(record, number, folder),
                parts=_stay_frozen(found, record)
                if wanted is FolderState.THAWED
                else list(folder.parts),
            )
            for record in found
            for number, folder in enumerate(record.folders)
            if (wanted := next_state(record, folder, now)) is not None
        ]
        return sorted(orders, key=lambda order: order.wanted != FolderState.THAWED.value)

    def report(self, done: wire.FolderDone) -> None:
        """Note what the hub did, or could not do. A report that comes twice changes nothing."""
        record_id, _, number = done.id.partition(":")
        now = self._clock()
        with self._register.write() as t:
            record = t.offboardings.get(record_id)
            index = int(number) if number.isdecimal() else -1
            if record is None or not 0 <= index < len(record.folders):
                raise NotFound("order", printable(done.id))
            folder = record.folders[index]
            wanted = next_state(record, folder, now)
            if wanted is None or wanted.value != done.reached:
                return
            error = printable(done.error, 200)
            after = replace(folder, error=error, needed=done.needed, free=done.free)
            more: tuple[Folder, ...] = ()
            if not done.error:
                after = _reached(after, wanted, done, now)
                _log_step(t, now, record, after)
                if after.kind is FolderKind.PERSON_HOMES and wanted is FolderState.FROZEN:
                    after, *rest = self._apart(t, record, after)
                    more = tuple(rest)
            # At the end: orders and reports name a folder by its place.
            folders = (*record.folders[:index], after, *record.folders[index + 1 :], *more)
            record = replace(record, folders=folders)
            if all(each.state in _OVER for each in folders):
                record = replace(record, done=now)
                _log(t, now, AuditAction.OFFBOARDING_DONE, record.id, name=record.name)
            t.offboardings.put(record)

    def _apart(self, t: Transaction, record: Offboarding, homes: Folder) -> list[Folder]:
        """Return somebody's homes one by one: what is in each is the work of the project's owner,
        who gets that archive and no other."""
        packed = {f.name for f in record.folders if f.kind is FolderKind.PROJECT_HOMES}
        found: list[Folder] = []
        projects: dict[str, list[str]] = {}
        for name in homes.parts:
            slug = name.partition("/")[2]
            if slug in packed:
                continue  # it goes with the project
            project = t.projects.get(slug)
            owner = project.organisation if project else _lead_agency(t)
            home = replace(homes, kind=FolderKind.HOME, name=name, parts=(name,), owner=owner)
            found.append(home)
            projects.setdefault(owner, []).append(slug)
        for owner, slugs in projects.items():
            if owner != record.organisation:
                self._tell(t, record, owner, slugs)
        # Nothing to pack: whoever never worked here, or only in projects that leave as well.
        empty = replace(
            homes, state=FolderState.ARCHIVED, archived=homes.frozen, parts=(), owner=""
        )
        return found or [empty]

    def _tell(self, t: Transaction, record: Offboarding, owner: str, slugs: list[str]) -> None:
        role = LabRole.ORGANISATION_ADMINISTRATOR
        who = in_role(t.people.all(organisation=owner), owner, role)
        details = {"what": record.title, "project": ", ".join(slugs)}
        path = f"/administration/offboarding/{record.id}"
        news = News(NoticeKind.ARCHIVE_KEPT, f"{record.id}:{owner}", details, path)
        tell(t, self._clock(), who, news)


def _archive(record: Offboarding, number: int, folder: Folder) -> str:
    name = folder.name.replace("/", "-")
    return f"{record.id}/{number}-{folder.kind.value}-{name}.tar.zst"


def _stay_frozen(records: Iterable[Offboarding], leaving: Offboarding) -> list[str]:
    """Return what other leavings hold, so that it is not given back with this one."""
    return sorted(
        part
        for record in records
        if record.id != leaving.id and record.called_off is None
        for folder in record.folders
        if folder.state in _HELD
        for part in folder.parts
    )


def _lead_agency(t: Transaction) -> str:
    return next(o.slug for o in t.organisations.all() if o.kind is OrganisationKind.LEAD)


def _reached(folder: Folder, state: FolderState, done: wire.FolderDone, now: datetime) -> Folder:
    if state is FolderState.FROZEN:
        parts = tuple(printable(part, 100) for part in done.parts)
        return replace(folder, state=state, frozen=now, parts=parts)
    if state is FolderState.THAWED:
        return replace(folder, state=state, thawed=now)
    if state is FolderState.DELETED:
        return replace(folder, state=state, deleted=now)
    return replace(
        folder,
        state=state,
        archived=now,
        archive=printable(done.archive, 300),
        bytes=done.bytes,
        sha256=printable(done.sha256, 64),
        files=done.files,
        parts=tuple(printable(part, 100) for part in done.parts),
    )


def _log_step(t: Transaction, now: datetime, record: Offboarding, folder: Folder) -> None:
    told: dict[str, str | int] = {"kind": folder.kind.value, "name": folder.name}
    if folder.state not in (FolderState.FROZEN, FolderState.THAWED):
        told |= {
            "archive": folder.archive,
            "bytes": folder.bytes,
            "sha256": folder.sha256,
            "files": folder.files,
        }
    _log(t, now, _STEPS[folder.state], record.id, **told)


def _log(
    t: Transaction, now: datetime, action: AuditAction, record_id: str, **told: str | int
) -> None:
    event = AuditEvent(action, actor=Actor.lab().name, object=record_id, details=told)
    t.audit.append(event, now)
