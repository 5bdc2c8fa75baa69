"""Files on their way in: written to the uploads folder under names nobody chose.

A file comes in pieces (a browser, a program) or lies in the inbox, a folder per organisation on
the lab's own machine, and is copied from there. Whatever is left half-way is taken away.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from polderlab_catalog.application.errors import NotFound, Refused, Unavailable
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.policy.decisions import Code, Decision, refused

GIGABYTE = 1024**3
_PIECE = 1024 * 1024
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came in whole: its ``path`` beneath the uploads folder, and its size."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file in the inbox."""

    name: str
    bytes: int


class Upload:
    """One file while it comes in. Leave the ``with`` block by an error and it is gone."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._path, self._largest = folder / uuid4().hex, largest
        self._bytes = 0

    def __enter__(self) -> Self:
        """Open the file; the folder is made when it is not there."""
        with _disk():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o600)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, and take it away when something went wrong."""
        os.close(self._file)
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Add ``piece``; raise ``Refused`` when the file grows too large."""
        self._bytes += len(piece)
        if self._bytes > self._largest:
            raise Refused(too_large(self._largest))
        view = memoryview(piece)
        with _disk():
            while view:
                view = view[os.write(self._file, view) :]

    def copy(self, stream: BinaryIO) -> None:
        """Add all that ``stream`` holds."""
        while piece := stream.read(_PIECE):
            self.write(piece)

    @property
    def received(self) -> Received:
        """What has come in so far."""
        return Received(self._path.name, self._bytes)


class Uploads:
    """The uploads folder and the inbox. ``largest``: bytes of the largest file taken in."""

    def __init__(self, folder: Path, inbox: Path, largest: int) -> None:
        self._folder, self._inbox, self.largest = folder, inbox, largest

    def begin(self) -> Upload:
        """Return a file to write to, in a ``with`` block."""
        return Upload(self._folder, self.largest)

    def discard(self, received: Received) -> None:
        """Take a file away that nobody wants any more."""
        (self._folder / Path(received.path).name).unlink(missing_ok=True)

    def waiting(self, organisation: str) -> list[Waiting]:
        """Return the files in the inbox of ``organisation``, by name: plain ones, no links."""
        if not is_slug(organisation):
            return []
        try:
            with os.scandir(self._inbox / organisation) as entries:
                found = [
                    Waiting(entry.name, entry.stat(follow_symlinks=False).st_size)
                    for entry in entries
                    if entry.is_file(follow_symlinks=False) and _plain(entry.name)
                ]
        except OSError:
            return []
        return sorted(found, key=lambda each: each.name)

    def take(self, organisation: str, name: str) -> Received:
        """Copy a file from the inbox of ``organisation``; raise ``NotFound``."""
        with self._open(organisation, name) as stream, self.begin() as upload:
            upload.copy(stream)
        return upload.received

    def _open(self, organisation: str, name: str) -> BinaryIO:
        missing = NotFound("file in the inbox", printable(name))
        if not is_slug(organisation) or not _plain(name):
            raise missing
        with contextlib.ExitStack() as folders:
            try:
                at = os.open(self._inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                folders.callback(os.close, at)
                inside = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
                at = os.open(organisation, inside | os.O_DIRECTORY, dir_fd=at)
                folders.callback(os.close, at)
                # O_NONBLOCK: opening a pipe that someone put there must not wait for a writer
                file = os.open(name, inside | os.O_NONBLOCK, dir_fd=at)
            except OSError:
                raise missing from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise missing
        return os.fdopen(file, "rb")


def too_large(largest: int) -> Decision:
    """Return the refusal of a file of more than ``largest`` bytes."""
    return refused(Code.FILE_TOO_LARGE, limit=f"{largest // GIGABYTE} GB")


def _plain(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and not name.startswith(".")
        and "/" not in name
    )


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The uploads folder cannot be written: {error.strerror}.") from error
