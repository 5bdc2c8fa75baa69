"""One line of JSON per request: who asked for which path, the answer, how long it took.

Never a query, a header, or a body: those may hold codes and tokens. JSON escapes line breaks
and terminal codes, so a crafted path cannot forge a line.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("polderlab.access")
_LONGEST = 500


class AccessLog:
    """ASGI middleware that logs each request when its answer has been sent."""

    def __init__(self, app: ASGIApp, server: str) -> None:
        self._app, self._server = app, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, sent = time.perf_counter(), 0, 0

        async def noting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            client = scope.get("client")
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "server": self._server,
                "client": client[0] if client else "",
                "method": scope["method"],
                "path": scope["path"][:_LONGEST],
                "status": status,
                "bytes": sent,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            }
            log.info("%s", json.dumps(line))
