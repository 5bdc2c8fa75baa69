"""Folders of who and what left the lab: frozen, packed, and in the end deleted.

The lab service keeps the record and decides; it has no right to the folders. The hub asks it every
half minute what is next, does that, and reports. Every step may be repeated, so either may be
killed at any moment. Nothing is concluded from a folder that is not there: what is deleted are the
folders that were packed, by their names in the record.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from polderlab.wire import FolderDone, FolderOrder
from polderlab_disk.folders import opened
from polderlab_disk.names import HOMES, PROJECTS, SLUG, Kind, StorageError, Volume
from polderlab_disk.volumes import Volumes
from polderlab_hub.lab_client import LabClientError

SECONDS_BETWEEN = 30
SECONDS_AFTER_TROUBLE = 300
ARCHIVE_MODE = 0o600
PIECE = 1 << 20
ARCHIVE = re.compile(r"[0-9a-f-]{36}/[0-9]{1,5}-[a-z-]{1,20}-[a-z0-9-]{3,40}\.tar\.zst")

log = logging.getLogger("polderlab.hub.leavings")


class Lab(Protocol):
    """What the lab service is asked."""

    async def folder_orders(self) -> list[FolderOrder]: ...
    async def folder_done(self, done: FolderDone) -> None: ...


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive that was made."""

    bytes: int
    sha256: str
    files: int


class Leavings:
    """Carries out what the lab service orders, one order after the other.

    ``root`` is the folder above all volumes, ``archives`` root's own; ``in_use`` tells whether a
    container of this person or project is still there.
    """

    def __init__(
        self,
        lab: Lab,
        volumes: Volumes,
        root: Path,
        archives: Path,
        in_use: Callable[[Volume], bool],
    ) -> None:
        self._lab, self._volumes, self._root = lab, volumes, root
        self._archives, self._in_use = archives, in_use
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Ask now and every half minute; what goes wrong is logged and tried again."""
        while True:
            try:
                await self.once()
            except LabClientError as error:
                log.warning("Folders of what left wait: %s", error)
            except Exception:
                log.exception("Folders of what left wait")
            await asyncio.sleep(SECONDS_BETWEEN)

    async def once(self) -> None:
        """Carry out what is ordered now."""
        for order in await self._lab.folder_orders():
            if time.monotonic() < self._not_before.get(order.id, 0.0):
                continue
            done = await asyncio.to_thread(self.carry_out, order)
            if done.error:
                self._not_before[order.id] = time.monotonic() + SECONDS_AFTER_TROUBLE
                log.warning("%s %s is not %s: %s", order.kind, order.name, order.wanted, done.error)
            await self._lab.folder_done(done)

    def carry_out(self, order: FolderOrder) -> FolderDone:
        """Do one order; what goes wrong is told, not raised."""
        try:
            if not SLUG.fullmatch(order.name) or not ARCHIVE.fullmatch(order.archive):
                raise StorageError("this order names no folder of a lab")  # noqa: TRY301
            match order.wanted:
                case "frozen":
                    return self._freeze(order)
                case "archived":
                    return self._pack(order)
                case "deleted":
                    return self._delete(order)
        except StorageError as error:
            return FolderDone(order.id, order.wanted, error=str(error))
        except OSError as error:
            return FolderDone(order.id, order.wanted, error=error.strerror or "it failed")
        return FolderDone(order.id, order.wanted, error="this hub does not know that order")

    def _freeze(self, order: FolderOrder) -> FolderDone:
        found = self._found(order)
        for volume in found:
            if self._in_use(volume):
                raise StorageError(f"{volume.name} is still in use; its session is being stopped")
        for volume in found:
            self._volumes.freeze(volume)
        return FolderDone(order.id, order.wanted, parts=[volume.name for volume in found])

    def _pack(self, order: FolderOrder) -> FolderDone:
        found = self._found(order)
        if not found:
            return FolderDone(order.id, order.wanted)  # nobody ever worked there
        packed = self._archive(found, self._archives / order.archive)
        return FolderDone(
            order.id,
            order.wanted,
            parts=[volume.name for volume in found],
            archive=order.archive,
            bytes=packed.bytes,
            sha256=packed.sha256,
            files=packed.files,
        )

    def _delete(self, order: FolderOrder) -> FolderDone:
        kind = _KINDS[order.kind]
        for name in order.parts:
            volume = Volume(kind, name)
            if not _belongs(order, volume):
                raise StorageError(f"{name!r} is no part of {order.kind} {order.name}")
            self._volumes.delete(volume)
        if order.kind == "person-homes":
            with suppress(OSError), opened(self._root, (HOMES,)) as homes:
                os.rmdir(order.name, dir_fd=homes)
        archive = self._archives / order.archive
        archive.unlink(missing_ok=True)
        with suppress(OSError):
            archive.parent.rmdir()
        return FolderDone(order.id, order.wanted, parts=list(order.parts))

    def _found(self, order: FolderOrder) -> list[Volume]:
        """Return the folders that are there; raise where one cannot know."""
        kind = _KINDS.get(order.kind)
        if kind is None:
            raise StorageError("this order names no kind of folder")
        with opened(self._root):
            # Without the folder above them, none would seem to be there.
            if not (self._root / (HOMES if kind is Kind.HOME else PROJECTS)).is_dir():
                self._nothing_yet()
            return [volume for volume in self._volumes.all() if _belongs(order, volume)]

    def _nothing_yet(self) -> None:
        if any(self._volumes.all()):
            raise StorageError(f"part of {self._root} is missing. Run `make up`.")

    def _archive(self, volumes: Sequence[Volume], target: Path) -> Packed:
        """Pack ``volumes`` into ``target``, whole and on the disk before it gets its name."""
        self._archives.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        draft = target.with_suffix(".part")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ARCHIVE_MODE)
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as file, opened(self._root) as top:
            for piece in _tar(top, ["/".join(volume.parts) for volume in volumes]):
                digest.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            files = sum(_files(top, volume) for volume in volumes)
        draft.replace(target)
        return Packed(size, digest.hexdigest(), files)


_KINDS = {
    "person-homes": Kind.HOME,
    "project-homes": Kind.HOME,
    "project-folder": Kind.PROJECT,
}


def _belongs(order: FolderOrder, volume: Volume) -> bool:
    if volume.kind is not _KINDS[order.kind]:
        return False
    names = volume.name.split("/")
    return names[-1 if order.kind == "project-homes" else 0] == order.name


def _tar(top: int, paths: Sequence[str]) -> Iterator[bytes]:
    """Yield the folders as tar.zst. The programs get an open folder and checked names, no path."""
    tar = subprocess.Popen(  # noqa: S603
        [  # noqa: S607  (Debian's own, from the path of root's processes)
            "tar",
            "--create",
            f"--directory=/proc/self/fd/{top}",
            "--numeric-owner",
            "--sort=name",
            "--",
            *paths,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[top],
    )
    zstd = subprocess.Popen(
        ["zstd", "--quiet", "--stdout"],  # noqa: S607
        stdin=tar.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert tar.stdout is not None and zstd.stdout is not None  # noqa: S101, PT018
    tar.stdout.close()
    try:
        while piece := zstd.stdout.read(PIECE):
            yield piece
    finally:
        zstd.stdout.close()
        codes = (zstd.wait(), tar.wait())
    if any(codes):
        raise StorageError("the folders cannot be packed; see that the disk has room")


def _files(top: int, volume: Volume) -> int:
    return sum(len(names) for _, _, names, _ in os.fwalk("/".join(volume.parts), dir_fd=top))
