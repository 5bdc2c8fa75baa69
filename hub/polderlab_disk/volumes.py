"""Homes and project folders with a limit that holds, and with snapshots.

Root does this for people who run any code they like, so the verbs are few and fixed, the names
are checked (`names.py`), and every step goes through folders that are open (`folders.py`): no
path comes from outside, and nothing that is swapped meanwhile is followed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Protocol

from polderlab_disk import btrfs, removing
from polderlab_disk.btrfs import Use
from polderlab_disk.folders import enter, names_in, opened
from polderlab_disk.names import HOMES, TOPS, StorageError, Volume, day_of

SNAPSHOTS_MODE = 0o755
FROZEN_MODE = 0o500


class Volumes(Protocol):
    """What can be done with homes and project folders."""

    def ensure(self, volume: Volume) -> AbstractContextManager[int]:
        """Open the volume for a while, making it if need be."""

    def open(self, volume: Volume) -> AbstractContextManager[int]:
        """Open the volume for a while; raise FileNotFoundError where there is none."""

    def resize(self, volume: Volume, limit: int) -> None:
        """Let it hold ``limit`` bytes, from this moment on."""

    def usage(self, volume: Volume) -> Use | None:
        """Return what it holds and may hold; ``None`` where that is not counted or not there."""

    def all(self) -> Iterator[Volume]:
        """Yield every volume there is."""

    def freeze(self, volume: Volume) -> None:
        """Let nobody write in it any more. Safe to repeat."""

    def thaw(self, volume: Volume) -> None:
        """Let it be written in again, as before it was frozen. Safe to repeat."""

    def delete(self, volume: Volume) -> None:
        """Remove the volume with its snapshots, frozen or not. Safe to repeat."""


class PlainVolumes:
    """Plain folders, where btrfs cannot be had: no limit holds and nothing is kept aside."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def ensure(self, volume: Volume) -> Iterator[int]:
        """Open the folder, making it if need be."""
        with opened(self._root, volume.parts, make=True) as folder:
            yield folder

    @contextmanager
    def open(self, volume: Volume) -> Iterator[int]:
        """Open the folder; raise FileNotFoundError where there is none."""
        with opened(self._root, volume.parts) as folder:
            yield folder

    def resize(self, volume: Volume, limit: int) -> None:
        """Do nothing: there is no limit to set."""

    def usage(self, volume: Volume) -> Use | None:  # noqa: ARG002
        """Return ``None``: nobody counts."""
        return None

    def all(self) -> Iterator[Volume]:
        """Yield every folder there is."""
        return _all(self._root)

    def freeze(self, volume: Volume) -> None:
        """Give the folder to root: nobody of a session gets into it."""
        with suppress(FileNotFoundError), opened(self._root, volume.parts) as folder:
            os.fchown(folder, 0, 0)
            os.fchmod(folder, FROZEN_MODE)

    def thaw(self, volume: Volume) -> None:
        """Do nothing: it is whoever the folder is given to that writes in it."""

    def delete(self, volume: Volume) -> None:
        """Remove the folder."""
        with suppress(FileNotFoundError), opened(self._root, volume.parts[:-1]) as parent:
            removing.remove(parent, volume.parts[-1])
        _forget_person(self._root, volume.parts)


class BtrfsVolumes:
    """A btrfs subvolume each, below ``root``, which must be in a btrfs that counts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._gone: set[int] = set()
        self._one_by_one = threading.Lock()

    @contextmanager
    def ensure(self, volume: Volume) -> Iterator[int]:
        """Open the volume, making it if need be."""
        with self._top(volume.parts[:-1], make=True) as parent:
            name = volume.parts[-1]
            with suppress(FileExistsError):
                btrfs.create(parent, name)
            folder = enter(parent, name)
            try:
                if not btrfs.is_subvolume(folder):
                    raise StorageError(
                        f"{name!r} in {self._root} is a plain folder, which no limit can hold. "
                        "Move it away and start the session again."
                    )
                self._ready_for_snapshots(volume)
                yield folder
            finally:
                os.close(folder)

    @contextmanager
    def open(self, volume: Volume) -> Iterator[int]:
        """Open the volume; raise FileNotFoundError where there is none."""
        with self._top(volume.parts) as folder:
            if not btrfs.is_subvolume(folder):
                raise StorageError(f"{volume.name!r} in {self._root} is a plain folder.")
            yield folder

    def resize(self, volume: Volume, limit: int) -> None:
        """Let the volume hold ``limit`` bytes, from this moment on."""
        with self.open(volume) as folder:
            try:
                btrfs.limit(folder, limit)
            except OSError as error:
                raise StorageError(
                    f"No limit can be set in {self._root} ({error.strerror}). Run `make up`."
                ) from error

    def usage(self, volume: Volume) -> Use | None:
        """Return what the volume holds, as of the last half minute, and may hold."""
        with suppress(FileNotFoundError), self.open(volume) as folder:
            return btrfs.use(folder)
        return None

    def all(self) -> Iterator[Volume]:
        """Yield every volume there is."""
        with self._top(()):
            return _all(self._root)

    def snapshot(self, volume: Volume, day: date) -> None:
        """Keep the volume as it is now, read-only, under its day; a second one is not made."""
        with (
            self._one_by_one,
            self.open(volume) as folder,
            self._top(volume.snapshots, make=True) as kept,
            suppress(FileExistsError),
        ):
            btrfs.snapshot(folder, kept, day.isoformat())

    def snapshots(self, volume: Volume) -> list[date]:
        """Return the days there is a snapshot of, the oldest first."""
        with suppress(FileNotFoundError), self._top(volume.snapshots) as kept:
            return [day for day in map(day_of, names_in(kept)) if day]
        return []

    def forget(self, volume: Volume, day: date) -> None:
        """Remove the snapshot of ``day``; its space comes free soon after."""
        with suppress(FileNotFoundError), self._top(volume.snapshots) as kept:
            self._destroy(kept, day.isoformat())

    def freeze(self, volume: Volume) -> None:
        """Let nobody write in the volume any more. Safe to repeat."""
        with suppress(FileNotFoundError), self.open(volume) as folder:
            btrfs.freeze(folder)

    def thaw(self, volume: Volume) -> None:
        """Let the volume be written in again. Safe to repeat."""
        with suppress(FileNotFoundError), self.open(volume) as folder:
            btrfs.thaw(folder)

    def delete(self, volume: Volume) -> None:
        """Remove the volume with its snapshots, frozen or not. Safe to repeat."""
        with self._one_by_one:
            # The volume first: from then on nobody makes a snapshot, which would stay unseen.
            self._delete(volume.parts)
            for day in self.snapshots(volume):
                self.forget(volume, day)
            self._delete(volume.snapshots)

    def _delete(self, parts: tuple[str, ...]) -> None:
        with suppress(FileNotFoundError), self._top(parts[:-1]) as parent:
            self._destroy(parent, parts[-1])
        _forget_person(self._root, parts)

    def tidy(self) -> None:
        """Remove the counters of what is gone, and count again if the kernel lost count."""
        with self._top(()) as top:
            btrfs.count_again(top)
            for number in list(self._gone):  # another thread may add to them
                if btrfs.forget_count(top, number):
                    self._gone.discard(number)

    def room(self) -> float:
        """Return which part of the whole file system is free, from 0 to 1."""
        with self._top(()) as top:
            found = os.fstatvfs(top)
        return found.f_bavail / found.f_blocks

    def _ready_for_snapshots(self, volume: Volume) -> None:
        with self._top(volume.snapshots, make=True) as kept:
            # Sessions see it by a mount of their own; the folders above it are root's alone.
            os.fchmod(kept, SNAPSHOTS_MODE)

    def _destroy(self, parent: int, name: str) -> None:
        folder = enter(parent, name)
        try:
            whole = btrfs.is_subvolume(folder)
        finally:
            os.close(folder)
        if whole:
            self._gone.update(removing.destroy(parent, name))
        else:
            removing.remove(parent, name)

    @contextmanager
    def _top(self, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        with opened(self._root) as top:
            # What is not mounted looks empty: to make homes there would hide those there are.
            if btrfs.file_system(top) is None:
                raise StorageError(f"{self._root} is not mounted. Run `make up`.")
        with opened(self._root, parts, make=make) as folder:
            yield folder


def _forget_person(root: Path, parts: tuple[str, ...]) -> None:
    """Remove the folder above a home, which has a person's name, if it was the last one."""
    *above, person, _ = parts
    if HOMES in above:
        with suppress(OSError, StorageError), opened(root, above) as top:
            os.rmdir(person, dir_fd=top)


def _all(root: Path) -> Iterator[Volume]:
    for kind, (_, depth) in TOPS.items():
        for parts in _below(root, TOPS[kind][0], depth):
            with suppress(StorageError):
                yield Volume(kind, "/".join(parts))


def _below(root: Path, top: str, depth: int) -> Iterator[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for _ in range(depth):
        found = [(*parts, name) for parts in found for name in _names(root, (top, *parts))]
    yield from found


def _names(root: Path, parts: tuple[str, ...]) -> list[str]:
    with suppress(FileNotFoundError, StorageError), opened(root, parts) as folder:
        return names_in(folder)
    return []
