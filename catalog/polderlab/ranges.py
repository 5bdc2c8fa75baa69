"""Ranges of files over plain HTTP connections, on the thread that asks for them.

What fsspec runs on its event loop hands each request from thread to thread and copies its bytes
three times. Here the kernel puts them in the ``bytes`` that are returned.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS, SILENT_SECONDS = 10, 120
MOST_IDLE = 16
"""Connections kept for later; each thread that reads uses one."""


class Ranges:
    """Asks for ranges. Safe for use by many threads, and by processes that are forked."""

    def __init__(self) -> None:
        self._idle: list[tuple[int, str, HTTPConnection]] = []
        weakref.finalize(self, _close, self._idle)

    def ask(self, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return status and body of what is answered to a GET.

        Raises ``OSError`` or ``HTTPException`` where there is no whole answer.
        """
        there = urlsplit(url)
        connection = self._taken(there.netloc)
        if connection is not None:
            try:
                return self._asked(connection, there, headers)
            except (OSError, HTTPException):
                pass  # closed while it waited for us, or cut: a new one works, or tells why
        return self._asked(_opened(there), there, headers)

    def _asked(
        self, connection: HTTPConnection, there: SplitResult, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        whole = False
        try:
            connection.request("GET", there.path, headers=dict(headers))
            response = connection.getresponse()
            answer = response.status, response.read()
            whole = not response.will_close
        finally:  # also when somebody interrupts: half an answer must not become another's
            if whole and len(self._idle) < MOST_IDLE:
                self._idle.append((os.getpid(), there.netloc, connection))
            else:
                connection.close()
        return answer

    def _taken(self, netloc: str) -> HTTPConnection | None:
        try:
            owner, where, connection = self._idle.pop()
        except IndexError:
            return None
        if (owner, where) == (os.getpid(), netloc):
            return connection
        connection.close()  # a process that was forked must not speak on its parent's
        return None


def _close(idle: list[tuple[int, str, HTTPConnection]]) -> None:
    for _, _, connection in idle:
        connection.close()


def _opened(there: SplitResult) -> HTTPConnection:
    kind = HTTPSConnection if there.scheme == "https" else HTTPConnection
    connection = kind(there.netloc, timeout=CONNECT_SECONDS)
    connection.connect()
    connection.sock.settimeout(SILENT_SECONDS)
    return connection
