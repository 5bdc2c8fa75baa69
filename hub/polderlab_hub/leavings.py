"""Folders of who and what left the lab: frozen, packed, and in the end deleted or given back.

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
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from polderlab.wire import FolderDone, FolderOrder
from polderlab_disk.folders import opened
from polderlab_disk.names import HOMES, PROJECTS, SLUG, Kind, StorageError, Volume
from polderlab_disk.volumes import Volumes
from polderlab_hub.lab_client import LabClientError
from polderlab_hub.storage import give_back

SECONDS_BETWEEN = 30
SECONDS_AFTER_TROUBLE = 300
ARCHIVE_MODE = 0o600
PIECE = 1 << 20
ARCHIVE = re.compile(r"[0-9a-f-]{36}/[0-9]{1,5}-[a-z-]{1,20}-[a-z0-9-]{3,81}\.tar\.zst")
SPARE = 1 << 28
"""Bytes that an archive leaves free on its disk: the lab writes there too."""

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


class NoRoomError(StorageError):
    """An archive may not fit on its disk: so many bytes ``needed``, so many ``free``."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"the archive may take {needed} bytes, and {free} are free. Make room on the disk of "
            "the archives; it is tried again every five minutes."
        )
        self.needed, self.free = needed, free


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
        steps = {
            "frozen": self._freeze,
            "archived": self._pack,
            "deleted": self._delete,
            "thawed": self._thaw,
        }
        try:
            return steps[_checked(order)](order)
        except NoRoomError as error:
            return FolderDone(
                order.id, order.wanted, error=str(error), needed=error.needed, free=error.free
            )
        except StorageError as error:
            why = str(error)
        except OSError as error:
            why = error.strerror or "it failed"
        except Exception as error:
            # What one person left behind (folders deeper than any stack, say) stops no other.
            log.exception("An order broke off")
            why = f"it broke off: {type(error).__name__}"
        return FolderDone(order.id, order.wanted, error=why)

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
        self._forget_archive(order)
        return FolderDone(order.id, order.wanted, parts=list(order.parts))

    def _thaw(self, order: FolderOrder) -> FolderDone:
        """Give back what is there, but for ``parts``, which another leaving holds; the archive
        goes last, so that there is always one of the two."""
        given = [volume for volume in self._found(order) if volume.name not in order.parts]
        for volume in given:
            self._volumes.thaw(volume)
            with suppress(FileNotFoundError), opened(self._root, volume.parts) as folder:
                give_back(folder, volume.kind)
        self._forget_archive(order)
        return FolderDone(order.id, order.wanted, parts=[volume.name for volume in given])

    def _forget_archive(self, order: FolderOrder) -> None:
        archive = self._archives / order.archive
        for file in (archive, archive.with_suffix(".part")):
            file.unlink(missing_ok=True)
        with suppress(OSError):
            archive.parent.rmdir()

    def _found(self, order: FolderOrder) -> list[Volume]:
        """Return the folders that are there; raise where one cannot know."""
        kind = _KINDS[order.kind]
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
        self._look_for_room(volumes)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ARCHIVE_MODE)
        digest, size, files = hashlib.sha256(), 0, Counted()
        try:
            with os.fdopen(handle, "wb") as file, opened(self._root) as top:
                for piece in _tar(top, ["/".join(volume.parts) for volume in volumes], files):
                    digest.update(piece)
                    size += file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)  # half of it would only fill the disk
        return Packed(size, digest.hexdigest(), files.files)

    def _look_for_room(self, volumes: Sequence[Volume]) -> None:
        """Raise unless the archive fits, were nothing in it to become smaller by packing."""
        needed = sum(map(self._size, volumes))
        found = os.statvfs(self._archives)
        free = found.f_bavail * found.f_frsize
        if needed + needed // 20 + SPARE > free:
            raise NoRoomError(needed, free)

    def _size(self, volume: Volume) -> int:
        """Return how many bytes on the disk a folder holds. ``du`` gets an open folder, no path,
        and follows no link."""
        with opened(self._root, volume.parts) as folder:
            said = subprocess.run(
                ["du", "--summarize", "--block-size=1", "."],  # noqa: S607
                cwd=f"/proc/self/fd/{folder}",
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        size = said.stdout.split(maxsplit=1)
        if said.returncode or not size:
            raise StorageError(f"the size of {volume.name} cannot be told")
        return int(size[0])


_KINDS = {
    "person-homes": Kind.HOME,
    "home": Kind.HOME,
    "project-homes": Kind.HOME,
    "project-folder": Kind.PROJECT,
}


_WANTED = ("frozen", "archived", "deleted", "thawed")


def _checked(order: FolderOrder) -> str:
    """Return what is wanted, of an order that names nothing but what a lab has."""
    names = order.name.split("/")
    if not all(map(SLUG.fullmatch, names)) or not ARCHIVE.fullmatch(order.archive):
        raise StorageError("this order names no folder of a lab")
    if len(names) != (2 if order.kind == "home" else 1):
        raise StorageError("this order names no folder of a lab")
    if order.kind not in _KINDS or order.wanted not in _WANTED:
        raise StorageError("this hub does not know that order")
    return order.wanted


def _belongs(order: FolderOrder, volume: Volume) -> bool:
    if volume.kind is not _KINDS[order.kind]:
        return False
    if order.kind == "home":
        return volume.name == order.name
    names = volume.name.split("/")
    return names[-1 if order.kind == "project-homes" else 0] == order.name


@dataclass(slots=True)
class Counted:
    """How many files went into an archive."""

    files: int = 0

    def count(self, told: IO[bytes]) -> None:
        """Count what tar says it packs, a line each (it quotes line ends), without folders."""
        with told:
            self.files = sum(not line.endswith(b"/\n") for line in told)


def _tar(top: int, paths: Sequence[str], files: Counted) -> Iterator[bytes]:
    """Yield the folders as tar.zst. The programs get an open folder and checked names, no path."""
    tar = subprocess.Popen(  # noqa: S603
        [  # noqa: S607  (Debian's own, from the path of root's processes)
            "tar",
            "--create",
            "--verbose",
            f"--directory=/proc/self/fd/{top}",
            "--numeric-owner",
            "--sort=name",
            # A file may claim to be larger than any disk; what it holds is packed.
            "--sparse",
            "--",
            *paths,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[top],
        env={**os.environ, "LC_ALL": "C"},
    )
    zstd = subprocess.Popen(
        ["zstd", "--quiet", "--stdout"],  # noqa: S607
        stdin=tar.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert tar.stdout is not None  # noqa: S101
    assert tar.stderr is not None  # noqa: S101
    assert zstd.stdout is not None  # noqa: S101
    counting = threading.Thread(target=files.count, args=(tar.stderr,))
    counting.start()
    tar.stdout.close()
    try:
        while piece := zstd.stdout.read(PIECE):
            yield piece
    finally:
        zstd.stdout.close()
        codes = (zstd.wait(), tar.wait())
        counting.join()
    if any(codes):
        raise StorageError("the folders cannot be packed; see that the disk has room")
