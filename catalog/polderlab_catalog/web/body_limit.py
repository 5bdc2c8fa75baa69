"""Refuses bodies that are larger than anything the lab asks for."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 1024 * 1024
"""Bytes. The largest real body is a list of session ids; files come in by doors of their own."""


_ENDLESS = 2**63


class BodyLimit:
    """ASGI middleware: a longer body is cut off as if the client had gone, and answered 413.

    ``doors`` returns how much a request may bring that hands in a file, and None for others.
    """

    def __init__(
        self, app: ASGIApp, refuse: ASGIApp, doors: Callable[[Scope], int | None] | None = None
    ) -> None:
        self._app, self._refuse = app, refuse
        self._doors = doors or (lambda _scope: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays small."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._doors(scope) or LARGEST
        if self._declared(scope) > largest:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > largest:
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, counting, send)

    @staticmethod
    def _declared(scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else _ENDLESS
        return 0
