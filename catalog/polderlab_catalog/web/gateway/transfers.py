"""Long answers, sent piece by piece: counted as they go, and cut when access ends."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from polderlab_catalog.application.errors import LabError, Refused
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.web.connections import Connections
from polderlab_catalog.web.files import CHUNK, FileUnavailableError, OpenFile

log = logging.getLogger("polderlab.gateway")

DECIDE_SECONDS = 2.0
"""How often it is decided again whether a transfer may go on."""
STALL_SECONDS = 60.0
"""A reader that takes nothing for this long is cut, so that it does not hold a place."""
MOST_AT_ONCE = 64
"""Long answers one session may have open."""


class Transfers:
    """The long answers of one gateway."""

    def __init__(self, lab: Lab, connections: Connections | None = None) -> None:
        self.lab, self.connections = lab, connections or Connections()
        self._of_session: Counter[str] = Counter()

    def room(self, session: str) -> bool:
        """Tell whether the session has a place left."""
        return self._of_session[session] < MOST_AT_ONCE

    def begin(self, session: str) -> None:
        """Take a place for a transfer; raise :class:`Refused` when the session has too many."""
        if not self.room(session):
            raise Refused(refused(Code.TOO_MANY_READS, limit=MOST_AT_ONCE))
        self._of_session[session] += 1

    def end(self, session: str) -> None:
        """Give the place back."""
        self._of_session[session] -= 1
        if not self._of_session[session]:
            del self._of_session[session]


class Transfer(StreamingResponse):
    """Sends the bytes from ``start`` up to ``stop`` and closes the file, however it ends.

    Each piece is counted before it leaves; the first, with the request, once there is a place,
    or before already: then ``headers`` name the read.
    """

    def __init__(
        self,
        transfers: Transfers,
        readable: Readable,
        file: OpenFile,
        start: int,
        stop: int,
        *,
        status_code: int,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(self._pieces(start, stop), status_code=status_code, headers=headers)
        self._transfers, self._readable, self._file = transfers, readable, file
        self._first = min(stop - start, CHUNK)
        self._moved = time.monotonic()
        self._ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, and watch beside it whether it may go on."""
        session = self._readable.session.id
        try:
            self._transfers.begin(session)
            try:
                if "X-Audit-Id" not in self.headers:
                    begin = self._transfers.lab.reads.begin
                    read = await run_in_threadpool(begin, self._readable, self._first)
                    self.headers["X-Audit-Id"] = read
                watch = asyncio.create_task(self._watch(scope))
                try:
                    await super().__call__(scope, receive, send)
                finally:
                    watch.cancel()
                    with suppress(asyncio.CancelledError):
                        await watch
            finally:
                self._transfers.end(session)
        finally:
            self._file.stream.close()

    async def _pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
        at = start
        while at < stop:
            if self._ended:
                # The connection is being cut, which ends this task; and where there is none to
                # cut, an answer that is too short must not pass for a whole one.
                await asyncio.sleep(DECIDE_SECONDS)
                raise FileUnavailableError("access ended while it was read")
            size = min(CHUNK, stop - at)
            piece = await run_in_threadpool(self._piece, at, size, counted=at > start)
            at += len(piece)
            self._moved = time.monotonic()
            yield piece
            self._moved = time.monotonic()

    def _piece(self, at: int, size: int, *, counted: bool) -> bytes:
        piece = os.pread(self._file.stream.fileno(), size, at)
        if not piece:
            raise FileUnavailableError("the file became shorter while it was read")
        if counted:
            self._transfers.lab.reads.add(self._readable, len(piece))
        return piece

    async def _watch(self, scope: Scope) -> None:
        while True:
            await asyncio.sleep(DECIDE_SECONDS)
            reason = await run_in_threadpool(self._over)
            if reason:
                log.info("A transfer of %s was cut: %s", self._readable.dataset.name, reason)
                self._ended = True
                self._transfers.connections.cut(scope)
                return

    def _over(self) -> str:
        """Return why the transfer ends; nothing when it goes on."""
        if time.monotonic() - self._moved > STALL_SECONDS:
            return "its reader takes nothing"
        try:
            self._transfers.lab.reading.again(self._readable)
        except LabError as error:
            return str(error)
        return ""
