"""HTTP to addresses people type: every request, also after a redirect, judged by the guard."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import httpx

from polderlab_catalog.domain.sources import Login, Source
from polderlab_catalog.sources.failures import Failed, by_status
from polderlab_catalog.sources.guard import Guard

MAX_BYTES = 256 * 1024**2
"""The largest page or document that is read as a whole."""
_MAX_REDIRECTS = 5


class _Guarded(httpx.HTTPTransport):
    """Connects to the very address the guard judged; TLS still asks for the name."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(verify=ssl.create_default_context(), trust_env=False)
        self._guard = guard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``."""
        if request.url.scheme not in ("http", "https"):
            raise Failed
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = self._guard.resolve(host, port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return super().handle_request(request)


class Web:
    """A client for one source; its login goes to the source's own origin only."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        self._home = httpx.URL(source.location)
        self._login = login
        self._client = httpx.Client(
            transport=_Guarded(guard),
            timeout=httpx.Timeout(min(30.0, source.timeout_seconds), connect=10),
            headers={"User-Agent": "PolderLab"},
            trust_env=False,
        )

    def get(self, url: str, accept: str) -> bytes:
        """Return the body at ``url``, :data:`MAX_BYTES` at most."""
        with self.stream(url, accept) as response:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise Failed
            return bytes(body)

    @contextmanager
    def stream(self, url: str, accept: str) -> Iterator[httpx.Response]:
        """Yield the answer of ``url``, after its redirects; an error status raises."""
        for _ in range(_MAX_REDIRECTS + 1):
            with self._client.stream("GET", url, headers=self._headers(url, accept)) as response:
                if not response.has_redirect_location:
                    if response.status_code >= 400:
                        raise by_status(response.status_code)
                    yield response
                    return
                url = urljoin(url, response.headers["location"])
        raise Failed

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _headers(self, url: str, accept: str) -> dict[str, str]:
        headers = {"Accept": accept}
        there = httpx.URL(url)
        own = (there.scheme, there.host, there.port)
        if own == (self._home.scheme, self._home.host, self._home.port) and self._login.password:
            if self._login.username:
                made = httpx.BasicAuth(self._login.username, self._login.password)
                return headers | {"Authorization": made._auth_header}
            headers["Authorization"] = f"Bearer {self._login.password}"
        return headers
