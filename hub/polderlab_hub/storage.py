"""Folders of people and projects, made ready before a session's container mounts them.

A container can write in two of them only: the home of its person in its project, and the folder
of the project's members. What lies above belongs to root and is closed to all others, so nobody
inside a container can put a link where a folder is expected; a link found there all the same is
refused, not followed.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from functools import cache
from pathlib import PurePosixPath

from polderlab.wire import SessionPlan
from polderlab_disk.folders import enter
from polderlab_disk.names import Kind, StorageError, Volume
from polderlab_disk.volumes import BtrfsVolumes, PlainVolumes, Volumes
from polderlab_hub.session_plan import GID, HOME, SHARED, SNAPSHOTS, UID
from polderlab_hub.settings import hub_settings

HOME_MODE = 0o700
SHARED_MODE = 0o2770
INSIDE = (SHARED, *(f"{SNAPSHOTS}/{kind}" for kind in Kind))
"""Where others are mounted in a home: made here and not by the engine, which would leave them
with root's name on them."""


def prepare(plan: SessionPlan, volumes: Volumes) -> None:
    """Make the folders of a session, with their owner, mode and limit. Safe to repeat."""
    home, shared = Volume(Kind.HOME, plan.home), Volume(Kind.PROJECT, plan.shared)
    try:
        with volumes.ensure(shared) as folder:
            _belongs_to_analyst(folder, SHARED_MODE)
        with volumes.ensure(home) as folder:
            _belongs_to_analyst(folder, HOME_MODE)
            for inside in INSIDE:
                _make(folder, PurePosixPath(inside).relative_to(HOME).parts)
        # Last, so that what comes from elsewhere and is too large can be opened all the same.
        volumes.resize(home, plan.home_bytes)
        volumes.resize(shared, plan.shared_bytes)
    except OSError as error:
        raise StorageError(f"The folders of {plan.home} cannot be made ready: {error}") from error


def give_back(folder: int, kind: Kind) -> None:
    """Let a session write in the open folder of a volume again."""
    _belongs_to_analyst(folder, HOME_MODE if kind is Kind.HOME else SHARED_MODE)


def _make(folder: int, parts: tuple[str, ...]) -> None:
    with ExitStack() as opened:
        for part in parts:
            folder = enter(folder, part, make=True)
            opened.callback(os.close, folder)
            _belongs_to_analyst(folder, HOME_MODE)


def _belongs_to_analyst(folder: int, mode: int) -> None:
    found = os.fstat(folder)
    if (found.st_uid, found.st_gid) != (UID, GID):
        os.fchown(folder, UID, GID)
    # After chown, which clears the set-group-id bit.
    if stat.S_IMODE(os.fstat(folder).st_mode) != mode:
        os.fchmod(folder, mode)


@cache
def the_volumes() -> Volumes:
    """Return this machine's homes and project folders."""
    settings = hub_settings()
    return BtrfsVolumes(settings.folders) if settings.limited else PlainVolumes(settings.folders)
