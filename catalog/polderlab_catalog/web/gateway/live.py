"""Send what a live source answers, as it comes, for as long as the reader may have it.

While a read is under way it is decided anew every :data:`AGAIN` seconds, and the reader is looked
for: when either is no more, the work in the source is cancelled and the answer is broken off.
Then the last piece is an empty batch that says why, and the connection ends unfinished, so that
no client takes a part for the whole.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import ClassVar, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from polderlab_catalog.application.errors import Invalid, LabError, Refused, Unavailable
from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.application.sources import ARROW, Live
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.sources import Asked
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.web.gateway.caller import Caller
from polderlab_catalog.web.problems import Problems

AGAIN = 1.5
"""Seconds after which a read under way is decided anew."""
AT_ONCE = 16
"""Reads of live sources at the same time. They wait in threads of their own, so that slow
sources do not hold up anybody who reads files."""
OF_ONE_SESSION = 4
"""Of those at most are one session's: it must leave some to others."""
_GRACE = 10.0
"""Seconds a source gets beyond its limit to end by itself."""
_MOST_COLUMNS = 2000
_PARAMETER = "param."

T = TypeVar("T")
_threads = ThreadPoolExecutor(AT_ONCE * 3, thread_name_prefix="source")


class _Gone(Exception):  # noqa: N818  (not an error: the reader left)
    """The reader went away."""


async def send(lab: Lab, readable: Readable, request: Request, by: Caller) -> Response:
    """Answer a read of a live source that was authorised."""
    asked = _asked(request)
    if request.method == "HEAD":
        return Response(headers=_HEADERS)
    reading = _Reading(lab, readable, request, by)
    try:
        await reading.begin(asked)
    except _Gone:
        return Response(status_code=HTTPStatus.NO_CONTENT)  # nobody is there to read it
    return _LiveResponse(reading)


_HEADERS = {"Content-Type": ARROW, "Cache-Control": "no-store", "Accept-Ranges": "none"}


class _Reading:
    """One read under way, from the question to the last byte."""

    _under_way: ClassVar[Counter[str]] = Counter()
    """How many there are, by session."""

    def __init__(self, lab: Lab, readable: Readable, request: Request, by: Caller) -> None:
        self.lab, self._readable, self._request, self._by = lab, readable, request, by
        self._live: Live | None = None
        self._first: bytes | memoryview = b""
        self._coming: asyncio.Future[bytes | memoryview | None] | None = None
        self._asked_at = self._decided_at = monotonic()
        self._counted = self._sending = False

    async def begin(self, asked: Asked) -> None:
        """Open the source and wait for its first piece, so that what is wrong has a status."""
        self._take_a_place()
        try:
            opening = _in_thread(partial(self.lab.sources.open, self._readable, asked))
            opening.add_done_callback(self._opened)
            self._live = await self._patiently(opening)
            self._first = await self.next()
            await run_in_threadpool(self.lab.reads.begin, self._readable, len(self._first))
        except BaseException:
            await self.end()
            raise

    def _take_a_place(self) -> None:
        under_way, session = self._under_way, self._readable.session.id
        if under_way[session] >= OF_ONE_SESSION:
            raise Refused(refused(Code.TOO_MANY_READS, limit=OF_ONE_SESSION))
        if under_way.total() >= AT_ONCE:
            raise Unavailable(decision=refused(Code.SOURCE_BUSY))
        under_way[session] += 1
        self._counted = True

    async def pieces(self) -> AsyncIterator[bytes | memoryview]:
        """Yield every piece; raise :class:`LabError` when it may not or cannot go on."""
        self._sending = True
        yield self._first
        while piece := await self.next():
            await run_in_threadpool(self.lab.reads.add, self._readable, len(piece))
            yield piece
        if self._live is not None:
            await run_in_threadpool(self.lab.sources.well, self._live)

    async def next(self) -> bytes | memoryview:
        """Return the next piece; empty after the last.

        The one after it is fetched meanwhile: the source works while this one leaves.
        """
        live = self._live
        assert live is not None  # noqa: S101  (begin comes first)
        await self._decide_again()
        try:
            piece = await self._patiently(self._coming or _in_thread(live.stream.next)) or b""
        except SourceError as error:
            raise await run_in_threadpool(
                self.lab.sources.failed, self._readable.dataset, live.source, error
            ) from None
        self._coming = _in_thread(live.stream.next) if piece else None
        if self._coming:
            self._coming.add_done_callback(_ignore)
        return piece

    def reason(self, error: LabError) -> bytes:
        """Return the last piece of a read that is broken off: why, for our own client."""
        told = Problems(self.lab.settings.zone).of(error, self._by.language)
        assert self._live is not None  # noqa: S101  (there is something to break off)
        return self._live.stream.say(json.dumps(asdict(told)))

    async def end(self) -> None:
        """Cancel what is under way and let go of the source; no part of it waits."""
        if not self._counted:
            return
        self._counted = False
        under_way, session = self._under_way, self._readable.session.id
        under_way[session] -= 1
        if not under_way[session]:
            del under_way[session]
        if self._live is not None:
            stream = self._live.stream
            _threads.submit(stream.cancel)
            _threads.submit(stream.close)

    def _opened(self, opening: asyncio.Future[Live]) -> None:
        """Close a source that answered when nobody waited any more."""
        failed = opening.cancelled() or opening.exception() is not None
        if not failed and not self._counted:
            _threads.submit(opening.result().stream.close)

    async def _patiently(self, work: asyncio.Future[T]) -> T:
        """Wait for ``work``, deciding anew meanwhile."""
        work.add_done_callback(_ignore)
        while True:
            done, _ = await asyncio.wait({work}, timeout=AGAIN)
            if done:
                return work.result()
            await self._decide_again()
            if not self._sending and await self._request.is_disconnected():
                raise _Gone
            if monotonic() - self._asked_at > self._limit():
                raise await self._too_slow()

    def _limit(self) -> float:
        # Until it is open its own limit is not known here; connecting has limits of its own.
        return (self._live.seconds if self._live else 60) + _GRACE

    async def _too_slow(self) -> LabError:
        dataset = self._readable.dataset
        decision = refused(
            Code.SOURCE_TOO_SLOW if self._live else Code.SOURCE_DOWN,
            dataset=dataset.name,
            steward=dataset.steward,
            seconds=self._live.seconds if self._live else 60,
        )
        return Unavailable(decision=decision)

    async def _decide_again(self) -> None:
        if monotonic() - self._decided_at < AGAIN:
            return
        readable = self._readable
        again = await run_in_threadpool(
            self.lab.reading.authorise,
            self._by.token,
            self._by.address,
            readable.dataset.name,
            readable.version.number,
            readable.distribution.name,
        )
        if again.scope != readable.scope:
            raise Unavailable(
                decision=refused(
                    Code.SOURCE_FAILED,
                    dataset=readable.dataset.name,
                    steward=readable.dataset.steward,
                )
            )
        self._decided_at = monotonic()


class _LiveResponse(Response):
    """Sends a read as it comes; what goes wrong half-way breaks the answer off."""

    def __init__(self, reading: _Reading) -> None:
        super().__init__(headers=_HEADERS)
        self._reading = reading
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        watch = asyncio.ensure_future(_watch(receive))
        sending = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait({watch, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (watch, sending):
                task.cancel()
            await asyncio.gather(watch, sending, return_exceptions=True)
            await self._reading.end()

    async def _send(self, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": HTTPStatus.OK,
            "headers": self.raw_headers,
        }
        await send(start)
        try:
            async for piece in self._reading.pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except LabError as error:
            # Returning without an end makes the server close the connection: broken off.
            piece = self._reading.reason(error)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _asked(request: Request) -> Asked:
    """Read ``?columns=a,b&limit=10&param.year=2024`` from the request."""
    query = request.query_params
    columns = [name for each in query.getlist("columns") for name in each.split(",") if name]
    limit = query.get("limit")
    if len(columns) > _MOST_COLUMNS:
        raise Invalid({"columns": f"name at most {_MOST_COLUMNS}"})
    if limit is not None and not (limit.isascii() and limit.isdigit() and 0 < len(limit) < 12):
        raise Invalid({"limit": "give a whole number"})
    parameters = {
        name.removeprefix(_PARAMETER): value
        for name, value in query.items()
        if name.startswith(_PARAMETER)
    }
    known = {"columns", "limit"} | {_PARAMETER + name for name in parameters}
    if others := set(query) - known:
        what = "is not known: use columns, limit and param.NAME"
        raise Invalid({printable(min(others), 40): what})
    return Asked(tuple(columns), int(limit) if limit is not None else None, parameters)


def _in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(_threads, work)


def _ignore(work: asyncio.Future[T]) -> None:
    """Look at what came of work nobody waits for any more, so that it is not reported."""
    if not work.cancelled():
        work.exception()


async def _watch(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
