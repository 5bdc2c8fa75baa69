"""Endings: somebody or something leaves the lab, and what is left of it is kept, then deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Leaving(StrEnum):
    """What leaves."""

    PERSON = "person"
    PROJECT = "project"
    ORGANISATION = "organisation"


class FolderKind(StrEnum):
    """Which folders: all homes of a person, one of them (``person/project``), the homes in a
    project, a project's own folder.

    Which homes a person has is known once they are frozen; from then on each stands by itself.
    """

    PERSON_HOMES = "person-homes"
    HOME = "home"
    PROJECT_HOMES = "project-homes"
    PROJECT_FOLDER = "project-folder"


class FolderState(StrEnum):
    """How far folders are on their way out; each step is taken once, in this order. Until the
    last, they can be ``thawed`` instead: as they were."""

    OPEN = "open"
    FROZEN = "frozen"
    ARCHIVED = "archived"
    DELETED = "deleted"
    THAWED = "thawed"


@dataclass(frozen=True, slots=True)
class Folder:
    """Folders of one kind and name that leave.

    ``archive`` is the file they were packed in, with its ``bytes`` and SHA-256 (hex); ``parts``
    are the folders found, as they are called on the machine: none when there never were any.
    ``owner`` is the organisation whose work they hold (empty until that is known), and
    ``signed_by`` who signed that ``received_by`` has the archive on its behalf. Where it did not
    fit, ``needed`` and ``free`` say how many bytes the archive may take and how many there were.
    """

    kind: FolderKind
    name: str
    state: FolderState = FolderState.OPEN
    frozen: datetime | None = None
    archived: datetime | None = None
    deleted: datetime | None = None
    archive: str = ""
    bytes: int = 0
    sha256: str = ""
    files: int = 0
    parts: tuple[str, ...] = ()
    error: str = ""
    owner: str = ""
    received_by: str = ""
    signed_by: str = ""
    signed: datetime | None = None
    thawed: datetime | None = None
    needed: int = 0
    free: int = 0

    @property
    def waits_for_signature(self) -> bool:
        """Whether there is an archive that nobody has signed for yet."""
        return self.state is FolderState.ARCHIVED and bool(self.parts) and self.signed is None


@dataclass(frozen=True, slots=True)
class Offboarding:
    """The record of a leaving: who asked, what ended at once, and what became of the folders.

    ``ended`` lists what ended at once, by kind. Folders are kept read-only until ``keep_until``,
    and until somebody signed for their archive. Before anything is deleted it can be called off:
    then they are given back.
    """

    id: str
    kind: Leaving
    name: str
    title: str
    organisation: str
    by: str
    asked: datetime
    reason: str
    keep_until: datetime
    folders: tuple[Folder, ...] = ()
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    done: datetime | None = None
    called_off: datetime | None = None
    called_off_by: str = ""

    @property
    def archived(self) -> bool:
        """Whether everything is packed, so that it can be handed over."""
        packed = (FolderState.ARCHIVED, FolderState.DELETED)
        return all(folder.state in packed for folder in self.folders)

    @property
    def signed(self) -> bool:
        """Whether everything is packed, and signed for."""
        return self.archived and not any(folder.waits_for_signature for folder in self.folders)

    def deletable(self, folder: Folder, now: datetime) -> bool:
        """Whether ``folder`` may be deleted at ``now``: everything packed, this one signed for
        (there is nothing to sign for where nothing was found), and kept long enough."""
        signed = folder.signed is not None or not folder.parts
        return self.archived and signed and now >= self.keep_until

    def deleting(self, now: datetime) -> bool:
        """Whether anything that was there is deleted, or may be at this very moment."""
        return any(
            folder.state is FolderState.DELETED or self.deletable(folder, now)
            for folder in self.folders
            if folder.parts
        )
