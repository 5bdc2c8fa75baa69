"""Fetch a document from another catalogue: only from where the lab may go, and only so much.

The host of every address, also after a redirect, is judged once and the connection goes to the
very network address that was judged.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpcore

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.policy import harvests as said

Resolve = Callable[[str, int], str]
"""Returns the network address to connect to for a host and port, or refuses."""

MOST_BYTES = 16 * 1024 * 1024
MOST_REDIRECTS = 5
SECONDS = 60
"""For one document; each part of it must come within a third of that."""
ACCEPT = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1"

_NO_ANSWER = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    OSError,
    SourceError,
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document: where it came from in the end, its media type, its ``Link`` header."""

    url: str
    media_type: str
    link: str
    content: bytes


class _Judged(httpcore.SyncBackend):
    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the address that was judged."""
        address = self._resolve(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)


class Fetcher:
    """Fetches by HTTP from hosts that ``resolve`` allows."""

    def __init__(self, resolve: Resolve, *, most_bytes: int = MOST_BYTES) -> None:
        self._resolve, self._most = resolve, most_bytes

    def fetch(self, url: str) -> Fetched:
        """Return the document at ``url``.

        Raises:
            Refused: the lab may not go there.
            Unavailable: it does not answer, or not with a document of a reasonable size.
        """
        tls = ssl.create_default_context()
        backend = _Judged(self._resolve)
        with httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._ask(pool, url)
                if isinstance(answer, Fetched):
                    return answer
                url = answer
        raise Unavailable(said.ROUND)

    def _ask(self, pool: httpcore.ConnectionPool, url: str) -> Fetched | str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise Unavailable(said.NO_ADDRESS)
        headers: dict[bytes | str, bytes | str] = {
            "Accept": ACCEPT,
            "Accept-Encoding": "identity",
            "User-Agent": "PolderLab",
        }
        part = SECONDS / 3
        timeouts = {"connect": part, "read": part, "write": part, "pool": part}
        try:
            with pool.stream(
                "GET", url, headers=headers, extensions={"timeout": timeouts}
            ) as answer:
                found = {
                    k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers
                }
                if answer.status in (301, 302, 303, 307, 308) and found.get("location"):
                    return urljoin(url, found["location"])
                if answer.status != 200:
                    raise Unavailable(said.STATUS.format(status=answer.status))
                kind = found.get("content-type", "").partition(";")[0].strip().lower()
                return Fetched(url, kind, found.get("link", ""), self._body(answer))
        except _NO_ANSWER:
            raise Unavailable(said.NO_ANSWER) from None
        except (httpcore.UnsupportedProtocol, ValueError, UnicodeError):
            raise Unavailable(said.NO_ADDRESS) from None

    def _body(self, answer: httpcore.Response) -> bytes:
        until, content = time.monotonic() + SECONDS, bytearray()
        for piece in answer.iter_stream():
            content += piece
            if len(content) > self._most:
                size = self._most // 1024**2
                raise Unavailable(said.LARGE_PAGE.format(size=size))
            if time.monotonic() > until:
                raise Unavailable(said.SLOW_PAGE.format(seconds=SECONDS))
        return bytes(content)
