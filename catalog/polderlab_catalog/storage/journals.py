"""Journals of reads under way: one file per process, appended to before bytes leave.

A line is of fixed length, so that one that was cut off is never taken for another; it is
written in one call on a descriptor that only appends, so that killing the process leaves whole
lines. A lock on the file tells whether its process lives.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.domain.reads import Noted

_SUFFIX = ".journal"
_LINE = len(f"{uuid4().hex} 00000000 {0:016x} {0:016x}\n")
_AWAY = "The lab cannot note what is read, so nothing is sent. Try again in a moment."


class FileJournal(ports.Journal):
    """A journal in the file ``path``, locked by whoever holds it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.name = path.name.removesuffix(_SUFFIX)
        self._path, self._file = path, descriptor
        self._torn = False

    def note(self, read_id: str, requests: int, bytes_: int, at: datetime) -> None:
        """Append one line; what cannot be written whole raises ``Unavailable``."""
        line = f"{read_id} {requests:08x} {bytes_:016x} {_microseconds(at):016x}\n".encode()
        line = b"\n" + line if self._torn else line
        try:
            self._torn = os.write(self._file, line) != len(line)
        except OSError as error:
            raise Unavailable(_AWAY) from error
        if self._torn:
            raise Unavailable(_AWAY)

    def sync(self) -> None:
        """Bring the file to the disk."""
        os.fdatasync(self._file)

    def size(self) -> int:
        """Return the file's size in bytes."""
        return os.fstat(self._file).st_size

    def noted(self) -> Mapping[str, Noted]:
        """Add up the lines, leaving out any that is not whole."""
        sums: dict[str, Noted] = {}
        with self._path.open("rb") as lines:
            for line in lines:
                with suppress(ValueError):
                    read_id, noted = _parse(line)
                    known = sums.get(read_id)
                    sums[read_id] = _added(known, noted) if known else noted
        return sums

    def remove(self) -> None:
        """Delete the file, then let go of it."""
        self._path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the file and its lock."""
        os.close(self._file)


class FileJournals(ports.Journals):
    """The journals in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self) -> FileJournal:
        """Make a file of one's own; its name is not seen before it is locked."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{uuid4().hex}{_SUFFIX}"
        hidden = path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(hidden, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(path)
        self._sync_folder()
        return FileJournal(path, descriptor)

    def names(self) -> Collection[str]:
        """Return the names of all there are."""
        return {path.name.removesuffix(_SUFFIX) for path in self._paths()}

    def orphans(self) -> Iterator[FileJournal]:
        """Yield those nobody holds a lock on any more."""
        for path in self._paths():
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            except FileNotFoundError:  # somebody else just folded it
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            if os.fstat(descriptor).st_nlink == 0:  # folded while we waited for the lock
                os.close(descriptor)
                continue
            yield FileJournal(path, descriptor)

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _parse(line: bytes) -> tuple[str, Noted]:
    if len(line) != _LINE or not line.endswith(b"\n"):
        raise ValueError("not a whole line")
    read_id, requests, bytes_, at = line.decode("ascii").split()
    moment = datetime.fromtimestamp(int(at, 16) / 1_000_000, UTC)
    return read_id, Noted(int(requests, 16), int(bytes_, 16), moment)


def _added(one: Noted, other: Noted) -> Noted:
    return Noted(one.requests + other.requests, one.bytes + other.bytes, max(one.last, other.last))
