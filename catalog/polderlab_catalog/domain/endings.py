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
    """Which folders: all homes of a person, the homes in a project, a project's own folder."""

    PERSON_HOMES = "person-homes"
    PROJECT_HOMES = "project-homes"
    PROJECT_FOLDER = "project-folder"


class FolderState(StrEnum):
    """How far folders are on their way out; each step is taken once, in this order."""

    OPEN = "open"
    FROZEN = "frozen"
    ARCHIVED = "archived"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Folder:
    """Folders of one kind and name that leave.

    ``archive`` is the file they were packed in, with its ``bytes`` and SHA-256 (hex); ``parts``
    are the folders found, as they are called on the machine: none when there never were any.
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


@dataclass(frozen=True, slots=True)
class Offboarding:
    """The record of a leaving: who asked, what ended at once, and what became of the folders.

    ``ended`` lists what ended at once, by kind. Folders are kept read-only until ``keep_until``,
    and until somebody signed for their archive (``signed_by``, ``received_by``).
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
    received_by: str = ""
    signed_by: str = ""
    signed: datetime | None = None
    done: datetime | None = None

    @property
    def archived(self) -> bool:
        """Whether everything is packed, so that it can be handed over."""
        packed = (FolderState.ARCHIVED, FolderState.DELETED)
        return all(folder.state in packed for folder in self.folders)

    def deletable(self, now: datetime) -> bool:
        """Whether the folders may be deleted at ``now``: packed, signed for, and kept long
        enough."""
        return self.archived and self.signed is not None and now >= self.keep_until
