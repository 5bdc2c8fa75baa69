"""What lies in a project's folder: put there by its members, shown to all of them.

Names are bytes, as they are on a disk: people may call a file anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.names import printable

Path = tuple[bytes, ...]
"""The names to go through from the project's folder; none for the folder itself."""

DEEPEST, LONGEST = 32, 255


class ItemKind(StrEnum):
    """A folder, a plain file, or anything else (a link, a pipe), which is not opened."""

    FOLDER = "folder"
    FILE = "file"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a folder; ``bytes`` is 0 but for files, ``changed`` timezone-aware."""

    name: bytes
    kind: ItemKind
    bytes: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a folder: folders first, by name. ``total`` counts all of it; ``cut`` says that
    there is more than is ever looked at."""

    items: tuple[Item, ...]
    total: int
    cut: bool = False


class Use(StrEnum):
    """What a file is read for."""

    DOWNLOAD = "download"
    PREVIEW = "preview"
    PICTURE = "picture"


def path_of(told: bytes) -> Path | None:
    """Return the path somebody asks for; None where nothing can be called so.

    What begins with a dot is what programs keep for themselves, and is not shown.
    """
    parts = tuple(told.split(b"/")) if told else ()
    if len(parts) > DEEPEST or not all(map(_is_name, parts)):
        return None
    return parts


def _is_name(part: bytes) -> bool:
    return 0 < len(part) <= LONGEST and not part.startswith(b".") and b"\0" not in part


def legible_name(name: bytes, limit: int = LONGEST) -> str:
    """Return a name fit to be shown: one line, no sign that turns text round."""
    return printable(name.decode("utf-8", "replace"), limit)
