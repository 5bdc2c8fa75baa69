"""``lab://dataset/file``: the lab's data as an fsspec filesystem, read where it is.

``lab://dataset@2/file`` names a version; without one the newest is read, and an opened file
stays with the version it began with. Everything that speaks fsspec (pandas, geopandas,
pyarrow, DuckDB) reads these paths without knowing of tokens: those come from the session's
environment and go no further than the request.
"""

from __future__ import annotations

import io
import math
import os
import re
import time
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

import aiohttp
import yarl
from fsspec.asyn import sync_wrapper
from fsspec.implementations.http import HTTPFile, HTTPFileSystem

from polderlab import errors, listing
from polderlab.ranges import Ranges
from polderlab.wire import (
    LIVE_MEDIA_TYPE,
    Catalogue,
    CatalogueEntry,
    CatalogueFile,
    Names,
    SessionEnvironment,
)

LISTING_SECONDS = 3.0
"""How old a listing may be before it is asked again."""

MOST_DESCRIBED = 500
"""Descriptions kept for those seconds."""

# No limit on the whole: a large file takes as long as it takes. Silence is limited.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
MEDIA_TYPE = "application/vnd.apache.parquet"
_AWAY = (
    "The data gateway does not answer. Your session and its variables are safe: try again in a "
    "moment, and tell the lab administrator if it lasts."
)
_DATASET = re.compile(r"(?P<name>[^@/]+)(?:@(?P<version>\d+))?")


@dataclass(frozen=True, slots=True)
class LabPath:
    """A path taken apart: ``dataset``, ``version`` (None: newest), ``file`` (empty: all)."""

    dataset: str
    version: int | None
    file: str

    @classmethod
    def parse(cls, path: str) -> LabPath:
        """Take ``dataset[@version][/file]`` apart; ``FileNotFoundError`` tells the form."""
        dataset, _, file = path.partition("/")
        match = _DATASET.fullmatch(dataset)
        if match is None or "/" in file or ".." in (dataset, file):
            raise FileNotFoundError(
                f"lab://{path} names no file of the lab. Write lab://dataset/file, or "
                "lab://dataset@version/file."
            )
        version = match["version"]
        return cls(match["name"], int(version) if version else None, file)


@dataclass(frozen=True, slots=True)
class Listed:
    """A listing and the mark by which the gateway knows whether it changed."""

    names: Names
    etag: str


async def _tell_problems(response: aiohttp.ClientResponse) -> None:
    """Turn every error status into our exceptions; 416 is an answer fsspec understands."""
    if response.status < 400 or response.status == 416:
        return
    body = await response.read()
    language = os.environ.get(SessionEnvironment.LANGUAGE, "")
    raise errors.exception(errors.problem(response.status, body), language) from None


class LabFile(HTTPFile):
    """A file of the lab, read by ranges on the thread that reads."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        found: bytes = self.fs.range(self.path, start, end)
        return found


class LabFileSystem(HTTPFileSystem):
    """Read-only filesystem over the data gateway of this session."""

    protocol = "lab"
    root_marker = ""

    def __init__(self, **options: Any) -> None:
        options.setdefault("cache_type", "none")  # fastest for columns: pyarrow plans its reads
        super().__init__(**options)
        self._session: aiohttp.ClientSession | None = None
        self._ranges = Ranges()
        self._listed: tuple[float, Listed] | None = None
        self._described: dict[str, tuple[float, CatalogueEntry]] = {}

    @property
    def fsid(self) -> str:
        """Name of the filesystem for pyarrow and friends."""
        return "lab"

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return str(path).removeprefix("lab://").strip("/")

    def unstrip_protocol(self, name: str) -> str:
        """Return the full ``lab://`` address of a path."""
        return f"lab://{self._strip_protocol(name)}"

    @classmethod
    def _parent(cls, path: str) -> str:
        return str(cls._strip_protocol(path)).rpartition("/")[0]

    def encode_url(self, url: str) -> yarl.URL:
        """Return the gateway's address of a path (fsspec calls this for every request)."""
        path = quote(self._strip_protocol(url), safe="/@")
        return yarl.URL(f"{_gateway()}/datasets/{path}", encoded=True)

    async def set_session(self) -> aiohttp.ClientSession:
        """Return the HTTP session, opened at first use with the session's own token."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=_headers(),
                timeout=TIMEOUT,
                raise_for_status=_tell_problems,
            )
            if not self.asynchronous:
                weakref.finalize(self, self.close_session, self.loop, self._session)
        return self._session

    async def _names(self, max_age: float = LISTING_SECONDS) -> Names:
        """Return what the session may read, in brief, asked at most ``max_age`` seconds ago."""
        now = time.monotonic()
        if self._listed is None or now - self._listed[0] > max_age:
            known = self._listed[1] if self._listed else None
            headers = {"If-None-Match": known.etag} if known else {}
            status, body, etag = await self._ask("names", headers)
            if known is None or status != HTTPStatus.NOT_MODIFIED:
                known = Listed(listing.names(body), etag)
            self._listed = (now, known)
        return self._listed[1].names

    names = sync_wrapper(_names)

    async def _catalogue(self) -> Catalogue:
        """Return all about all that the session may read. It can be long; see ``names``."""
        _, body, _ = await self._ask("datasets", {})
        return listing.catalogue(body)

    catalogue = sync_wrapper(_catalogue)

    async def _entry(self, path: LabPath) -> CatalogueEntry:
        """Return the dataset of ``path`` at its version; the gateway's own reason if it cannot
        be read."""
        asked = f"{path.dataset}{f'@{path.version}' if path.version else ''}"
        now = time.monotonic()
        known = self._described.get(asked)
        if known is not None and now - known[0] <= LISTING_SECONDS:
            return known[1]
        self._described.pop(asked, None)
        try:
            _, body, _ = await self._ask(f"datasets/{quote(asked, safe='@')}", {})
        except FileNotFoundError as error:
            names = [each.name for each in (await self._names(max_age=0)).datasets]
            hint = "" if path.dataset in names else f"\n{errors.choices(path.dataset, names)}"
            raise FileNotFoundError(f"{error}{hint}") from None
        found = listing.entry(body)
        if self._listed and not any(n.name == found.name for n in self._listed[1].names.datasets):
            # just granted: the list is asked anew when it is next looked at
            self._listed = (-math.inf, self._listed[1])
        if len(self._described) > MOST_DESCRIBED:
            self._described.clear()
        self._described[asked] = (now, found)
        return found

    entry = sync_wrapper(_entry)

    async def _ask(self, address: str, headers: dict[str, str]) -> tuple[int, bytes, str]:
        """Return status, body and ETag of what the gateway answers."""
        session = await self.set_session()
        url = yarl.URL(f"{_gateway()}/{address}", encoded=True)
        try:
            async with session.get(url, headers=headers) as response:
                etag = response.headers.get("ETag", "")
                return response.status, await response.read(), etag
        except aiohttp.ClientConnectionError:
            raise ConnectionError(_AWAY) from None

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        name = self._strip_protocol(path)
        if not name:
            return {"name": "", "size": 0, "type": "directory"}
        asked = LabPath.parse(name)
        entry = await self._entry(asked)
        if not asked.file:
            return {"name": name, "size": 0, "type": "directory", "version": entry.version}
        for file in entry.files:
            if file.name == asked.file:
                return _file_info(name, entry.version, file)
        return await self._head(name, entry.version, asked)

    async def _head(self, name: str, version: int, asked: LabPath) -> dict[str, Any]:
        """Ask about a file that is not described: an original, or none there is."""
        session = await self.set_session()
        path = f"{asked.dataset}@{version}/{asked.file}"
        try:
            async with session.head(self.encode_url(path)) as response:
                return {
                    "name": name,
                    "size": int(response.headers["Content-Length"]),
                    "type": "file",
                    "mimetype": response.headers.get("Content-Type", MEDIA_TYPE),
                    "ETag": response.headers.get("ETag", ""),
                    "version": version,
                }
        except OSError:
            # an answer to HEAD has no body to say why
            await self._ask(f"datasets/{quote(path, safe='@/')}", {"Range": "bytes=0-0"})
            raise

    async def _ls(self, path: str = "", detail: bool = True, **_: Any) -> list[Any]:
        name = self._strip_protocol(path)
        if not name:
            found = [
                {"name": each.name, "size": 0, "type": "directory"}
                for each in (await self._names()).datasets
            ]
        else:
            about = await self._info(name)
            found = [about]
            if about["type"] == "directory":
                files = (await self._entry(LabPath.parse(name))).files
                found = [_file_info(f"{name}/{f.name}", about["version"], f) for f in files]
        return found if detail else [one["name"] for one in found]

    ls = sync_wrapper(_ls)

    async def _exists(self, path: str, **_: Any) -> bool:
        """Tell whether ``path`` can be read; what is refused does not exist here."""
        try:
            await self._info(path)
        except (FileNotFoundError, PermissionError):
            return False
        return True

    async def _isfile(self, path: str) -> bool:
        return bool((await self._info(path))["type"] == "file")

    async def _isdir(self, path: str) -> bool:
        try:
            return bool((await self._info(path))["type"] == "directory")
        except FileNotFoundError:
            return False

    def _open(self, path: str, mode: str = "rb", **options: Any) -> HTTPFile:
        """Open a file, held to the version that is newest now."""
        if mode != "rb":
            raise PermissionError("Data of the lab is read where it is, and cannot be written.")
        about = self.info(path)
        if about["type"] != "file":
            raise IsADirectoryError(f"lab://{about['name']} is a dataset. Name a file in it.")
        asked = LabPath.parse(about["name"])
        if about["mimetype"] == LIVE_MEDIA_TYPE:
            raise io.UnsupportedOperation(
                f"lab://{about['name']} is consulted at its source and is no file. Read it with "
                f'cat["{asked.dataset}"].read(columns=[…], limit=…).'
            )
        return LabFile(
            self,
            f"{asked.dataset}@{about['version']}/{asked.file}",
            session=self._opened_session(),
            block_size=options.get("block_size") or self.block_size,
            cache_type=options.get("cache_type") or self.cache_type,
            cache_options=options.get("cache_options") or self.cache_options,
            size=about["size"],
            loop=self.loop,
        )

    _opened_session = sync_wrapper(set_session)

    def range(self, path: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from ``start`` up to ``end``, or up to where it ends."""
        headers = _headers() | {"Range": f"bytes={start}-{end - 1}"}
        try:
            status, body = self._ranges.ask(str(self.encode_url(path)), headers)
        except (OSError, HTTPException):
            raise ConnectionError(_AWAY) from None
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""
        if status != HTTPStatus.PARTIAL_CONTENT:
            language = os.environ.get(SessionEnvironment.LANGUAGE, "")
            raise errors.exception(errors.problem(status, body), language)
        return body

    def modified(self, path: str) -> datetime:
        """Return a moment that changes with the version.

        The lab numbers states rather than dating them; whoever asks (DuckDB) only compares.
        """
        return datetime.fromtimestamp(self.info(path).get("version") or 0, UTC)

    def ukey(self, path: str) -> str:
        """Return a key that changes when the content does."""
        return str(self.info(path).get("ETag", ""))


def _headers() -> dict[str, str]:
    """Return who asks, and in which language."""
    token = os.environ.get(SessionEnvironment.TOKEN, "")
    language = os.environ.get(SessionEnvironment.LANGUAGE, "nl")
    return {"Authorization": f"Bearer {token}", "Accept-Language": language}


def _gateway() -> str:
    address = os.environ.get(SessionEnvironment.GATEWAY, "")
    if not address:
        raise ConnectionError(
            "lab:// works inside a session of the lab only: "
            f"{SessionEnvironment.GATEWAY} is not set here."
        )
    return address.rstrip("/")


def _file_info(name: str, version: int, file: CatalogueFile) -> dict[str, Any]:
    return {
        "name": name,
        "size": None if file.media_type == LIVE_MEDIA_TYPE else file.bytes,
        "type": "file",
        "mimetype": file.media_type,
        "ETag": f'"{file.sha256}"',
        "version": version,
    }
