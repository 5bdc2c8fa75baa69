"""What is in a project's folder, for the lab service to show to the project's members.

The lab service decides who may look and has no right to the folder; the hub has, and decides
nothing. What lies there was put there by people who run any code they like: folders are gone
through one by one, no link is followed, nothing but a plain file is opened, and names that begin
with a dot (what programs keep for themselves, passwords among it) are neither told nor opened.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from polderlab import wire
from polderlab_disk.folders import enter
from polderlab_disk.names import Kind, StorageError, Volume
from polderlab_disk.volumes import Volumes
from polderlab_hub.roles import LAB
from polderlab_hub.storage import the_volumes

T = TypeVar("T")

MOST_NAMES = 10_000
"""Of one folder; more are not looked at."""
ON_A_PAGE = 100
DEEPEST, LONGEST = 32, 255
LAST_MOMENT = 253_370_764_800
"""1 January 9999: a file may claim to have changed after the end of all calendars."""
PIECE = 1 << 20
AT_ONCE = 16
"""Files that are sent at the same time: the hub has other work."""
PATIENCE = 60
"""Seconds in which whoever reads a file takes a piece of it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file, and its size in bytes as it was then."""

    descriptor: int
    size: int


class Results:
    """Lists and opens what is in the folders of projects, and never anything else.

    Both raise FileNotFoundError where there is no such thing, also when it is a link, a pipe or
    a device; StorageError where the folders cannot be got at.
    """

    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    def look(self, project: str, path: bytes, page: int) -> wire.ResultFolder:
        """Return page ``page`` (1, 2, …) of a folder: folders first, by name."""
        parts = parts_of(path)
        try:
            with self._folder(project, parts) as folder:
                names, cut = _names(folder)
                start = (max(page, 1) - 1) * ON_A_PAGE
                shown = [_described(folder, name) for name in names[start : start + ON_A_PAGE]]
        except FileNotFoundError:
            if parts:
                raise
            return wire.ResultFolder([], 0)  # nobody ever worked there
        return wire.ResultFolder([each for each in shown if each], len(names), cut)

    def open(self, project: str, path: bytes) -> Opened:
        """Open a plain file; the caller closes it."""
        *above, name = parts_of(path) or ("",)
        if not name:
            raise FileNotFoundError
        with self._folder(project, above) as folder:
            # What it is must be known before it is opened: to open a device may do something.
            found = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(found).st_mode):
                raise FileNotFoundError
            # The very file that was looked at, whatever bears its name by now.
            file = os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(found)
        return Opened(file, os.fstat(file).st_size)

    @contextmanager
    def _folder(self, project: str, parts: list[str]) -> Iterator[int]:
        with self._volumes.open(Volume(Kind.PROJECT, project)) as top:
            here = os.dup(top)
            try:
                for part in parts:
                    above, here = here, _enter(here, part)
                    os.close(above)
                yield here
            finally:
                os.close(here)


def parts_of(path: bytes) -> list[str]:
    """Return the names to go through; raise FileNotFoundError where they cannot be any."""
    parts = path.split(b"/") if path else []
    if len(parts) > DEEPEST or not all(map(_is_name, parts)):
        raise FileNotFoundError
    return [os.fsdecode(part) for part in parts]


def _is_name(part: bytes) -> bool:
    return 0 < len(part) <= LONGEST and not part.startswith(b".") and b"\0" not in part


def _enter(folder: int, name: str) -> int:
    try:
        return enter(folder, name)
    except StorageError as error:
        raise FileNotFoundError from error


def _names(folder: int) -> tuple[list[str], bool]:
    """Return the names in the open folder in order, and whether there are more."""
    with os.scandir(folder) as entries:
        found = list(islice(entries, MOST_NAMES + 1))
        shown = sorted(
            (not each.is_dir(follow_symlinks=False), each.name.casefold(), each.name)
            for each in found[:MOST_NAMES]
            if not each.name.startswith(".")
        )
    return [name for _, _, name in shown], len(found) > MOST_NAMES


def _described(folder: int, name: str) -> wire.ResultItem | None:
    with suppress(OSError):  # gone since
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        kinds = {stat.S_IFDIR: "folder", stat.S_IFREG: "file"}
        kind = kinds.get(stat.S_IFMT(found.st_mode), "other")
        changed = int(min(max(found.st_mtime, 0), LAST_MOMENT))
        size = found.st_size if kind == "file" else 0
        return wire.ResultItem(quote(os.fsencode(name), safe=""), kind, size, changed)
    return None


class _LabsOwn(APIHandler):
    """For the lab service alone."""

    def must_be_the_lab(self) -> Results:
        """Return what is asked, for the lab service; refuse all others."""
        asking = self.current_user
        if not isinstance(asking, orm.Service) or asking.name != LAB:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        return Results(the_volumes())

    def told(self, name: str) -> bytes:
        """Return an argument as its bytes: what people call their files need not be text."""
        return next(iter(self.request.query_arguments.get(name, ())), b"")

    async def aside(self, something: Callable[[], T]) -> T:
        """Do something with the disk beside the hub's other work."""
        try:
            return await asyncio.to_thread(something)
        except (FileNotFoundError, NotADirectoryError):
            raise HTTPError(HTTPStatus.NOT_FOUND) from None
        except StorageError as error:
            self.log.warning("A project's folder cannot be shown: %s", error)
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        except OSError as error:
            self.log.warning("A project's folder cannot be shown: %s", error.strerror)
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None


class FolderHandler(_LabsOwn):
    """``GET /hub/api/projects/{project}/folder?path=&page=``: a ``wire.ResultFolder``."""

    async def get(self, project: str) -> None:
        """Tell what is in a folder."""
        results = self.must_be_the_lab()
        number = self.told("page")
        page = int(number) if number.isdigit() and len(number) < 6 else 1
        found = await self.aside(lambda: results.look(project, self.told("path"), page))
        self.finish(json.dumps(asdict(found)))


class FileHandler(_LabsOwn):
    """``GET /hub/api/projects/{project}/file?path=&most=``: the bytes of a file.

    No more than it held when it was opened, and no more than ``most``; a file that became shorter
    breaks the answer off.
    """

    under_way = 0

    async def get(self, project: str) -> None:
        """Send a file."""
        results = self.must_be_the_lab()
        if FileHandler.under_way >= AT_ONCE:
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE)
        FileHandler.under_way += 1
        try:
            file = await self.aside(lambda: results.open(project, self.told("path")))
            try:
                await self._send(file)
            finally:
                os.close(file.descriptor)
        except StreamClosedError:
            return  # whoever read it went away
        finally:
            FileHandler.under_way -= 1

    async def _send(self, file: Opened) -> None:
        most = self.told("most")
        length = min(file.size, int(most)) if most.isdigit() and len(most) < 20 else file.size
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Length", str(length))
        self.set_header(wire.SIZE_HEADER, str(file.size))
        at = 0
        while at < length:
            wanted = min(PIECE, length - at)
            piece = await asyncio.to_thread(os.pread, file.descriptor, wanted, at)
            if not piece:
                raise HTTPError(HTTPStatus.CONFLICT, "the file became shorter while it was read")
            at += len(piece)
            self.write(piece)
            try:
                await asyncio.wait_for(self.flush(), PATIENCE)
            except TimeoutError:
                raise HTTPError(HTTPStatus.REQUEST_TIMEOUT, "nobody takes it") from None
        self.finish()


HANDLERS = [
    (r"/api/projects/([a-z0-9-]+)/folder", FolderHandler),
    (r"/api/projects/([a-z0-9-]+)/file", FileHandler),
]
