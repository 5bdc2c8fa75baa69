"""Publish a result: a frame or a file becomes a dataset that others in the lab can find.

>>> polderlab.publish(frame, "bathing_days", title="Days fit for bathing, per water")
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from html import escape
from pathlib import Path
from typing import Any

import aiohttp

from polderlab import errors
from polderlab.publishing_texts import words
from polderlab.wire import NewPublication, Publication, SessionEnvironment

ENDINGS = (".csv", ".geojson", ".gpkg", ".parquet", ".xlsx", ".zip")
MEDIA_TYPE = "application/vnd.polderlab.publication"
NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
OPEN = frozenset({"received", "detected", "queued", "running"})
EVERY_SECONDS = 1.0
_PIECE = 1024 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)


class PublishingError(ValueError):
    """The lab took the file in but cannot publish it; the message says what to mend."""


@dataclass(frozen=True)
class Published:
    """What was published: dataset, version, and where people find it."""

    dataset: str
    version: int
    page: str
    classification: str
    findings: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()

    def __repr__(self) -> str:
        say = words()
        lines = [say["done"].format(dataset=self.dataset, version=self.version)]
        lines += [f"{say['classification']}: {say[self.classification]}"]
        if self.derived_from:
            lines.append(f"{say['derived']}: {', '.join(self.derived_from)}")
        return "\n".join([*lines, *(f"! {finding}" for finding in self.findings), self.page])

    def _repr_html_(self) -> str:
        first, *rest = repr(self).split("\n")[:-1]
        more = "".join(f"<br>{escape(line)}" for line in rest)
        page = escape(self.page)
        link = f'<br><a href="{page}" target="_blank" rel="noopener">{page}</a>'
        known = self.page.startswith(("http://", "https://"))
        return f"<p>{escape(first)}{more}{link if known else ''}</p>"


def publish(
    data: Any,
    name: str,
    *,
    title: str = "",
    description: str = "",
    classification: str | None = None,
    licence: str | None = None,
    note: str = "",
) -> Published:
    """Do what :func:`polderlab.publish` says."""
    if not (isinstance(name, str) and 3 <= len(name) <= 40 and NAME.fullmatch(name)):
        raise ValueError(words()["name"].format(name=name))
    with _as_file(data, name) as (path, show):
        described = NewPublication(
            name, path.name, title, description, classification, licence, note
        )
        with _Line() as line:
            told = _run(_publish(described, path, path.stat().st_size, line.show))
    return _published(told, shown=show)


@contextmanager
def _as_file(data: Any, name: str) -> Iterator[tuple[Path, str]]:
    """Yield the path of a file with ``data`` in it, and what to call it."""
    if isinstance(data, str | os.PathLike):
        path = Path(data).expanduser()
        if path.suffix.lower() not in ENDINGS:
            raise ValueError(words()["ending"].format(file=path.name, endings=", ".join(ENDINGS)))
        if not path.is_file():
            raise FileNotFoundError(words()["missing"].format(file=path))
        yield path, path.name
        return
    if not hasattr(data, "to_parquet"):
        raise TypeError(words()["type"].format(type=type(data).__name__))
    with tempfile.TemporaryDirectory(prefix="polderlab-") as folder:
        path = Path(folder) / f"{name}.parquet"
        kept = _keeps_index(data)
        data.to_parquet(path, index=kept)
        yield path, name


def _keeps_index(frame: Any) -> bool:
    """Tell whether a frame's index says more than the number of the row."""
    return type(frame.index).__name__ != "RangeIndex"


async def _publish(
    described: NewPublication, path: Path, size: int, show: Callable[[str], None]
) -> Publication:
    async with _session() as session:
        # Asked before a large file is sent for nothing.
        await _ask(session.post(_url("publications/checks"), json=asdict(described)))
        body = _body(described, path, size, show)
        sent = session.post(_url("publications"), data=body, headers={"Content-Type": MEDIA_TYPE})
        told = _read(await _ask(sent))
        while told.state in OPEN:
            show(f"{words()['working']} {told.progress:4.0%}")
            await asyncio.sleep(EVERY_SECONDS)
            told = _read(await _ask(session.get(_url(f"publications/{told.id}"))))
    return told


async def _body(
    described: NewPublication, path: Path, size: int, show: Callable[[str], None]
) -> AsyncIterator[bytes]:
    yield json.dumps(asdict(described)).encode() + b"\n"
    sent = 0
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
            sent += len(piece)
            show(f"{words()['sending']} {sent / max(size, 1):4.0%}")


def _session() -> aiohttp.ClientSession:
    token = os.environ.get(SessionEnvironment.TOKEN, "")
    language = os.environ.get(SessionEnvironment.LANGUAGE, "nl")
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
        timeout=_TIMEOUT,
    )


def _url(path: str) -> str:
    gateway = os.environ.get(SessionEnvironment.GATEWAY, "").rstrip("/")
    if not gateway:
        raise ConnectionError(words()["outside"].format(variable=SessionEnvironment.GATEWAY))
    return f"{gateway}/{path}"


async def _ask(request: Any) -> bytes:
    """Return what the lab answers; its refusals become Python's own exceptions."""
    try:
        async with request as response:
            body: bytes = await response.read()
            status = response.status
    except aiohttp.ClientError:
        # These carry the request with its token: none of it goes on.
        raise ConnectionError(words()["silent"]) from None
    if status < 400:
        return body
    problem = errors.problem(status, body)
    language = os.environ.get(SessionEnvironment.LANGUAGE, "")
    if status in (413, 422):
        raise ValueError(problem.messages.get(language) or problem.detail)
    raise errors.exception(problem, language)


def _read(body: bytes) -> Publication:
    """Read an answer; what this client does not know is left out."""
    told = json.loads(body)
    known = {field.name for field in fields(Publication)}
    return Publication(**{key: value for key, value in told.items() if key in known})


def _published(told: Publication, *, shown: str) -> Published:
    if told.state != "done" or told.version is None:
        why = "\n".join(told.findings) or words()[told.state]
        raise PublishingError(words()["failed"].format(file=shown, why=why))
    return Published(
        told.dataset,
        told.version,
        told.page,
        told.classification,
        tuple(told.findings),
        tuple(told.derived_from),
    )


def _run(work: Coroutine[Any, Any, Publication]) -> Publication:
    """Run ``work`` to its end: in a thread of its own, for a notebook has a loop already."""
    came: list[Publication | BaseException] = []

    def run() -> None:
        try:
            came.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001  (raised again below, where it is wanted)
            came.append(error)

    thread = threading.Thread(target=run, name="polderlab-publish", daemon=True)
    thread.start()
    thread.join()
    (result,) = came
    if isinstance(result, BaseException):
        raise result
    return result


class _Line:
    """One line that is written over while things go on, and gone when they are done."""

    def __init__(self) -> None:
        self._last, self._longest = 0.0, 0

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._longest:
            sys.stdout.write("\r" + " " * self._longest + "\r")
            sys.stdout.flush()

    def show(self, text: str) -> None:
        """Show ``text``, though not more often than people read."""
        if time.monotonic() - self._last < 0.2:
            return
        self._last, self._longest = time.monotonic(), max(self._longest, len(text))
        sys.stdout.write("\r" + text.ljust(self._longest))
        sys.stdout.flush()
