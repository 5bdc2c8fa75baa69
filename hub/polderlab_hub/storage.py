"""Folders of people and projects on the host.

A session's container can write in two folders only: ``<homes>/<person>/<project>`` (its own) and
``<projects>/<project>`` (its members'). Their parents belong to root and are closed to all
others, so nobody inside a container can put a link where a folder is expected; a link found there
all the same is refused, not followed.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from polderlab.wire import SessionPlan
from polderlab_hub.session_plan import GID, HOME, SHARED, UID, Place

HOME_MODE = 0o700
SHARED_MODE = 0o2770
PARENT_MODE = 0o700


class StorageError(Exception):
    """A folder cannot be used. The message is for whoever runs the lab."""


def prepare(plan: SessionPlan, place: Place) -> None:
    """Make the folders of a session, with the right owner and mode. Safe to repeat."""
    _folder(place.homes, plan.home, HOME_MODE)
    _folder(place.projects, plan.shared, SHARED_MODE)
    # The place where the shared folder is mounted, made here and not by the engine, which would
    # leave it with root's name on it.
    inside = PurePosixPath(SHARED).relative_to(HOME)
    _folder(place.homes / plan.home, str(inside), HOME_MODE)


def _folder(root: Path, relative: str, mode: int) -> None:
    parts = PurePosixPath(relative).parts
    if not parts or any(part in {"/", "..", "."} for part in parts):
        raise StorageError(f"{relative!r} is no folder below {root}.")
    root.mkdir(mode=PARENT_MODE, parents=True, exist_ok=True)
    with ExitStack() as opened:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, here)
        for part in parts:
            here = _enter(here, part, root)
            opened.callback(os.close, here)
        _belongs_to_analyst(here, mode)


def _enter(parent: int, name: str, root: Path) -> int:
    """Open folder ``name`` of the open folder ``parent``, making it if need be."""
    with suppress(FileExistsError):
        os.mkdir(name, PARENT_MODE, dir_fd=parent)
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        raise StorageError(
            f"{name!r} below {root} is not a folder ({error.strerror}). "
            "Move it away and start the session again."
        ) from error


def _belongs_to_analyst(folder: int, mode: int) -> None:
    found = os.fstat(folder)
    if (found.st_uid, found.st_gid) != (UID, GID):
        os.fchown(folder, UID, GID)
    # After chown, which clears the set-group-id bit.
    if stat.S_IMODE(os.fstat(folder).st_mode) != mode:
        os.fchmod(folder, mode)
