"""The folders of who and what left: frozen, packed, and in the end deleted, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from polderlab import wire
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.endings import Folder, FolderState, Offboarding
from polderlab_catalog.domain.names import printable
from polderlab_catalog.policy.endings import next_state

_STEPS: Mapping[FolderState, AuditAction] = {
    FolderState.FROZEN: AuditAction.OFFBOARDING_FROZEN,
    FolderState.ARCHIVED: AuditAction.OFFBOARDING_ARCHIVED,
    FolderState.DELETED: AuditAction.OFFBOARDING_DELETED,
}


class Folders:
    """Gives the hub its orders, and notes what it did.

    What lies on the disk is the hub's to freeze, pack and delete. Each step it reports is noted
    before the next is ordered, so that either side may be killed at any moment.
    """

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register, self._clock = register, clock

    def orders(self) -> list[wire.FolderOrder]:
        """Return what is to be done on the disk now, one step for each folder."""
        now = self._clock()
        with self._register.read() as t:
            found = t.offboardings.find(open_only=True)
        return [
            wire.FolderOrder(
                id=f"{record.id}:{number}",
                wanted=wanted.value,
                kind=folder.kind.value,
                name=folder.name,
                archive=f"{record.id}/{number}-{folder.kind.value}-{folder.name}.tar.zst",
                parts=list(folder.parts),
            )
            for record in found
            for number, folder in enumerate(record.folders)
            if (wanted := next_state(record, folder, now)) is not None
        ]

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
            after = replace(folder, error=printable(done.error, 200))
            if not done.error:
                after = _reached(after, wanted, done, now)
                _log_step(t, now, record, after)
            folders = (*record.folders[:index], after, *record.folders[index + 1 :])
            record = replace(record, folders=folders)
            if all(each.state is FolderState.DELETED for each in folders):
                record = replace(record, done=now)
                _log(t, now, AuditAction.OFFBOARDING_DONE, record.id, name=record.name)
            t.offboardings.put(record)


def _reached(folder: Folder, state: FolderState, done: wire.FolderDone, now: datetime) -> Folder:
    if state is FolderState.FROZEN:
        return replace(folder, state=state, frozen=now)
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
    if folder.state is not FolderState.FROZEN:
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
