"""Going down through folders one by one, following no link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from polderlab_disk.names import StorageError

PARENT_MODE = 0o700
DOWN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def opened(root: Path, parts: Sequence[str] = (), *, make: bool = False) -> Iterator[int]:
    """Open the folder ``parts`` lead to below ``root``; those that are missing are root's alone.

    Raises FileNotFoundError where one is missing and is not to be made, StorageError where one
    is not a folder.
    """
    try:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except NotADirectoryError:
        raise StorageError(f"{root} is not a folder.") from None
    try:
        for part in parts:
            above, here = here, enter(here, part, make=make)
            os.close(above)  # one at a time: there may be more than files may be open
        yield here
    finally:
        os.close(here)


def enter(parent: int, name: str, *, make: bool = False, mode: int = PARENT_MODE) -> int:
    """Open folder ``name`` of the open folder ``parent``; the caller closes it."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, mode, dir_fd=parent)
    try:
        return os.open(name, DOWN, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(
            f"{name!r} is not a folder ({error.strerror}). "
            "Move it away and start the session again."
        ) from error


def names_in(folder: int) -> list[str]:
    """Return the names of the folders in the open folder."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
