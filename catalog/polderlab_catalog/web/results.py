"""A file of a project's folder on its way to a browser, which is to keep it and run nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote, unquote_to_bytes

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.ports import OpenResult
from polderlab_catalog.domain.results import Path, legible_name

SECONDS_BETWEEN_LOOKS = 2
"""How long a download goes on, at most, after its reader may read no longer."""
_UNSAFE = '\\/:*?"<>|%;'

HARMLESS = {
    # Whatever it holds, it is no page of this lab: no script, no form, no cookie of ours.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def told_path(request: Request) -> bytes:
    """Return the path a request asks for, as bytes: what people call files need not be text."""
    query: bytes = request.scope["query_string"]
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"path":
            return unquote_to_bytes(value.replace(b"+", b" "))
    return b""


def address(path: Path) -> str:
    """Return a path as it stands in an address."""
    return quote(b"/".join(path), safe="/")


def disposition(kind: str, name: bytes) -> str:
    """Return a ``Content-Disposition`` (RFC 6266) with a name any system can keep a file under."""
    shown = "".join(_kept(each) for each in legible_name(name)).strip(" .") or "result"
    plain = "".join(each if each.isascii() else "_" for each in shown)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def _kept(each: str) -> str:
    return "_" if each in _UNSAFE or each == "\N{REPLACEMENT CHARACTER}" else each


class Sent(StreamingResponse):
    """Sends an open file and closes it, also when the reader goes away half-way.

    ``still`` tells whether the reader may go on, ``done`` is called once, at the end.
    """

    def __init__(
        self,
        file: OpenResult,
        first: bytes,
        *,
        still: Callable[[], bool],
        done: Callable[[], None],
        headers: dict[str, str],
    ) -> None:
        super().__init__(_pieces(file, first, still), headers=headers)
        self._file, self._done = file, done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
            self._done()


async def _pieces(
    file: OpenResult, first: bytes, still: Callable[[], bool]
) -> AsyncIterator[bytes]:
    yield first
    looked = time.monotonic()
    while piece := await run_in_threadpool(file.read):
        if time.monotonic() - looked >= SECONDS_BETWEEN_LOOKS:
            if not await run_in_threadpool(still):
                raise Unavailable
            looked = time.monotonic()
        yield piece
