"""The connections the gateway has open: how many of a caller, and a way to cut one.

What was handed to a connection is on its way, also when access ends; cutting it throws away
what has not left this machine yet.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from itertools import count

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_OF_A_CALLER = 256
"""Connections of one address; a session's libraries together use some dozens."""

Peer = tuple[str, int]


class Connections:
    """Open connections by the address and port they come from."""

    def __init__(self, most: int = MOST_OF_A_CALLER) -> None:
        self._most = most
        self._open: dict[Peer, asyncio.Transport] = {}
        self._of_host: Counter[str] = Counter()
        self._numbers = count(1)

    def begin(self, peer: Peer | None, transport: asyncio.Transport) -> Peer:
        """Note a connection and return its name; one too many of the same caller is cut.

        Those of a Unix socket have no address: they are numbered, and not limited.
        """
        name = peer or ("unix", next(self._numbers))
        self._open[name] = transport
        self._of_host[name[0]] += 1
        if peer is not None and self._of_host[name[0]] > self._most:
            _abort(transport)
        return name

    def end(self, peer: Peer, transport: asyncio.Transport) -> None:
        """Forget a connection, once; not the one that came from the same port since."""
        if self._open.get(peer) is transport:
            del self._open[peer]
        self._of_host[peer[0]] -= 1
        if not self._of_host[peer[0]]:
            del self._of_host[peer[0]]

    def cut(self, scope: Scope) -> bool:
        """Cut the connection a request came by; tell whether there was one."""
        transport = self._open.get(scope.get("client") or ("", 0))
        if transport is None:
            return False
        _abort(transport)
        return True

    def protocol(self) -> type[HttpToolsProtocol]:
        """Return uvicorn's protocol with every connection noted here."""
        connections = self

        class Noted(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                self.client = connections.begin(self.client, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    connections.end(self.client, self.transport)
                super().connection_lost(exc)

        return Noted


def _abort(transport: asyncio.Transport) -> None:
    held: socket.socket | None = transport.get_extra_info("socket")
    if held is not None:
        # closing then resets the connection, so that not even the kernel sends what it holds
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
