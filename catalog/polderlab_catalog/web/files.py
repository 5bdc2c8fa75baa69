"""Opens data files so that nothing outside the data folder can ever be read.

The path comes from the register, never from a request. It is walked from the data folder
component by component without following links, on file descriptors: what was checked is what
is read, also when somebody swaps a link in meanwhile.
"""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK = 1024 * 1024
"""Bytes per read and per send. Large, because every piece costs a thread hop (64 KiB pieces
halve the throughput)."""


class FileUnavailableError(OSError):
    """The register knows the file, but it is not there as an ordinary file."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file and its size in bytes."""

    stream: FileIO
    size: int


def open_beneath(root: Path, relative: str) -> OpenFile:
    """Open ``relative`` beneath ``root`` for reading.

    Raises:
        FileUnavailableError: it is missing, leaves the folder, passes a link, or is no plain file.
    """
    parts = PurePosixPath(relative).parts
    if not parts or relative.startswith("/") or "\0" in relative or ".." in parts:
        raise FileUnavailableError(f"not a path inside the data folder: {relative!r}")
    try:
        with ExitStack() as folders:
            folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            folders.callback(os.close, folder)
            for part in parts[:-1]:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                folder = os.open(part, flags, dir_fd=folder)
                folders.callback(os.close, folder)
            # O_NONBLOCK: opening a pipe that someone put there must not wait for a writer
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            file = os.open(parts[-1], flags, dir_fd=folder)
    except OSError as error:
        raise FileUnavailableError(f"cannot open {relative!r}: {error.strerror}") from error
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        os.close(file)
        raise FileUnavailableError(f"not a plain file: {relative!r}")
    return OpenFile(FileIO(file), status.st_size)


def read(file: OpenFile, start: int, length: int, *, wait: bool = True) -> memoryview:
    """Return ``length`` bytes from ``start``.

    Raises:
        FileUnavailableError: the file ends before.
        BlockingIOError: without ``wait``: the disk is needed for it.
    """
    piece = bytearray(length)
    try:
        # what the kernel has at hand it gives at once, and less or nothing where it has not
        flags = 0 if wait else os.RWF_NOWAIT
        found = os.preadv(file.stream.fileno(), [piece], start, flags) if length else 0
    except OSError as error:
        if wait:
            raise
        raise BlockingIOError from error
    if found != length:
        if wait:
            raise FileUnavailableError("the file became shorter while it was read")
        raise BlockingIOError
    return memoryview(piece)


NEAR = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "overlay", "tmpfs"})
"""Kinds of filesystem on disks of this machine."""


def is_near(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Tell whether ``folder`` is on a disk of this machine, so that opening a file never waits
    for another one."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return False
    there = folder.resolve()
    kinds = {line[1]: line[2] for line in lines if there.is_relative_to(line[1])}
    return bool(kinds) and kinds[max(kinds, key=len)] in NEAR


async def _pieces(file: OpenFile, start: int, stop: int) -> AsyncIterator[bytes]:
    at, descriptor = start, file.stream.fileno()
    while at < stop:
        piece = await run_in_threadpool(os.pread, descriptor, min(CHUNK, stop - at), at)
        if not piece:
            raise FileUnavailableError("the file became shorter while it was read")
        at += len(piece)
        yield piece


class FileSpan(StreamingResponse):
    """Sends the bytes from ``start`` up to ``stop`` and closes the file, also when the reader
    goes away half-way."""

    def __init__(
        self, file: OpenFile, start: int, stop: int, *, status_code: int, headers: Mapping[str, str]
    ) -> None:
        super().__init__(_pieces(file, start, stop), status_code=status_code, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.stream.close()
