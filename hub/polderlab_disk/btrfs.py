"""The few things asked of btrfs, by the kernel's own interface and on open folders.

No program is run and no path is passed: what is meant was opened before, so that nothing can be
swapped in between. Numbers and layouts are the kernel's (include/uapi/linux/btrfs.h), which keeps
them as they are.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

SUBVOLUME_CREATE = 0x5000_940E
SUBVOLUME_DESTROY = 0x5000_940F
SNAPSHOT_CREATE = 0x5000_9417
ROOT_OF = 0xD000_9412
FILE_SYSTEM = 0x8400_941F
RESIZE = 0x5000_9403
SYNC = 0x0000_9408
SUBVOLUME_FLAGS = 0x4008_941A
QUOTA_CONTROL = 0xC010_9428
QUOTA_REMOVE = 0x4010_942A
QUOTA_LIMIT = 0x8030_942B
QUOTA_RESCAN = 0x4040_942C
QUOTA_RESCAN_WAIT = 0x0000_942E

SUBVOLUME_INODE = 256
"""Inode number of the top folder of every subvolume."""
READ_ONLY = 1 << 1
LIMIT_REFERENCED = 1 << 0
ENABLE_QUOTAS = 1
LONGEST_NAME = 255

KNOWN = Path("/sys/fs/btrfs")


@dataclass(frozen=True, slots=True)
class Use:
    """Bytes a subvolume holds, and may hold (``None``: as many as there are)."""

    used: int
    limit: int | None


def file_system(folder: int) -> UUID | None:
    """Return the id of the btrfs that the open folder is in; ``None`` where it is in another."""
    answer = bytearray(1024)
    try:
        fcntl.ioctl(folder, FILE_SYSTEM, answer)
    except OSError as error:
        if error.errno in {errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP}:
            return None
        raise
    return UUID(bytes=bytes(answer[16:32]))


def is_subvolume(folder: int) -> bool:
    """Tell whether the open folder is the top of a subvolume."""
    return os.fstat(folder).st_ino == SUBVOLUME_INODE and file_system(folder) is not None


def create(parent: int, name: str) -> None:
    """Make an empty subvolume ``name`` in the open folder ``parent``."""
    _ask(parent, SUBVOLUME_CREATE, struct.pack("=q4088s", 0, _bytes(name)))


def snapshot(source: int, parent: int, name: str) -> None:
    """Make a read-only snapshot of the open subvolume ``source`` as ``name`` in ``parent``."""
    told = struct.pack("=qQQ32s4040s", source, 0, READ_ONLY, b"", _bytes(name))
    _ask(parent, SNAPSHOT_CREATE, told)


def destroy(parent: int, name: str) -> None:
    """Remove the subvolume ``name`` in the open folder ``parent``; its space follows soon."""
    _ask(parent, SUBVOLUME_DESTROY, struct.pack("=q4088s", 0, _bytes(name)))


def freeze(subvolume: int) -> None:
    """Let nobody write in the open subvolume any more, root neither."""
    _ask(subvolume, SUBVOLUME_FLAGS, struct.pack("=Q", READ_ONLY))


def thaw(subvolume: int) -> None:
    """Let the open subvolume be written in again."""
    _ask(subvolume, SUBVOLUME_FLAGS, struct.pack("=Q", 0))


def identity(subvolume: int) -> int:
    """Return the number of the subvolume that the open folder is in."""
    answer = bytearray(4096)
    struct.pack_into("=QQ", answer, 0, 0, SUBVOLUME_INODE)
    fcntl.ioctl(subvolume, ROOT_OF, answer)
    (number,) = struct.unpack_from("=Q", answer)
    return int(number)


def limit(subvolume: int, size: int) -> None:
    """Let the open subvolume hold ``size`` bytes, from this moment on."""
    number = identity(subvolume)
    _ask(subvolume, QUOTA_LIMIT, struct.pack("=6Q", number, LIMIT_REFERENCED, size, 0, 0, 0))


def use(subvolume: int) -> Use | None:
    """Return what the open subvolume holds, as of the last half minute; ``None``: not counted."""
    counted = _quotas(subvolume) / f"0_{identity(subvolume)}"
    try:
        used = int((counted / "referenced").read_text())
        limited = int((counted / "limit_flags").read_text()) & LIMIT_REFERENCED
        most = int((counted / "max_referenced").read_text())
    except FileNotFoundError:
        return None
    return Use(used, most if limited else None)


def enable_quotas(top: int) -> None:
    """Count from now on, and wait until what is there is counted."""
    _ask(top, QUOTA_CONTROL, struct.pack("=2Q", ENABLE_QUOTAS, 0))
    fcntl.ioctl(top, QUOTA_RESCAN_WAIT)


def counts(folder: int) -> bool:
    """Tell whether limits are held."""
    return _told(folder, "enabled") == "1"


def count_again(folder: int) -> None:
    """Start counting afresh if the kernel lost count.

    It gives up counting while a large snapshot is removed (drop_subtree_threshold).
    """
    if _told(folder, "inconsistent") != "1":
        return
    try:
        _ask(folder, QUOTA_RESCAN, bytes(64))
    except OSError as error:
        if error.errno != errno.EINPROGRESS:
            raise


def forget_count(folder: int, number: int) -> bool:
    """Remove the counter of a subvolume that is gone; ``False``: it still is on its way out."""
    try:
        _ask(folder, QUOTA_REMOVE, struct.pack("=2Q", 0, number))
    except OSError as error:
        if error.errno == errno.ENOENT:  # newer kernels do it themselves
            return True
        if error.errno == errno.EBUSY:
            return False
        raise
    return True


def grow(top: int) -> None:
    """Let the file system use all of the device it is on."""
    _ask(top, RESIZE, struct.pack("=q4088s", 0, b"max"))


def sync(folder: int) -> None:
    """Return when all that was written is on the disk."""
    fcntl.ioctl(folder, SYNC)


def _ask(folder: int, request: int, told: bytes) -> None:
    # A buffer that may change: fixed ones of more than a kilobyte are refused by Python.
    fcntl.ioctl(folder, request, bytearray(told))


def _bytes(name: str) -> bytes:
    encoded = os.fsencode(name)  # people name folders as they like
    if not encoded or len(encoded) > LONGEST_NAME or b"/" in encoded or b"\0" in encoded:
        message = f"{name!r} is no name of a folder"
        raise ValueError(message)
    return encoded


def _quotas(folder: int) -> Path:
    return KNOWN / str(file_system(folder)) / "qgroups"


def _told(folder: int, name: str) -> str:
    try:
        return (_quotas(folder) / name).read_text().strip()
    except FileNotFoundError:
        return ""
