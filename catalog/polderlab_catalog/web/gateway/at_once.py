"""Ranges of files, answered at once: before routes, threads, and whatever else takes time.

A notebook reads a file by hundreds of small ranges, and most of what one costs is the way to
the code that decides. This is a shorter way to the same code. What it cannot answer without
waiting, and every refusal, goes on to the application behind it as if it had not been here.
"""

from __future__ import annotations

from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from polderlab_catalog.application.errors import LabError
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.web.files import FileUnavailableError
from polderlab_catalog.web.gateway.caller import CALLER, shown
from polderlab_catalog.web.gateway.reading import dataset_and_version
from polderlab_catalog.web.gateway.sending import Ask, Waits, answer
from polderlab_catalog.web.gateway.transfers import Transfers

_FOLDER = ["", "v1", "datasets"]
_TOLD = [(name, name.encode()) for name in ("authorization", "range", "if-range", CALLER)]
"""The headers that decide about an answer."""


class AtOnce:
    """ASGI application before ``app``."""

    def __init__(self, app: ASGIApp, transfers: Transfers) -> None:
        self._app, self._transfers, self._lab = app, transfers, transfers.lab
        self._by_nginx = self._lab.settings.gateway_socket is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a file, or pass it on."""
        at_once = self._answer(scope) if scope["type"] == "http" else None
        await (at_once or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        """Return the answer; None where it takes more, or is a refusal."""
        path = scope["path"].split("/")
        if len(path) != 5 or path[:3] != _FOLDER or scope["method"] not in ("GET", "HEAD"):
            return None
        # of a header that was sent twice the first counts
        headers = dict(reversed(scope["headers"]))
        if b"content-length" in headers or b"transfer-encoding" in headers:
            return None
        told = {name: headers[key].decode("latin-1") for name, key in _TOLD if key in headers}
        ask = Ask(scope["method"], told.get("range"), told.get("if-range"))
        client = scope.get("client")
        try:
            token, address = shown(told, client[0] if client else "", by_nginx=self._by_nginx)
            dataset, version = dataset_and_version(path[3])
            readable = self._lab.reading.at_once(token, address, dataset, version, path[4])
            if readable is None or not readable.scope.whole:
                return None
            if readable.distribution.role is DistributionRole.LIVE:
                return None
            return answer(self._transfers, readable, ask, wait=False)
        except (Waits, BlockingIOError, FileUnavailableError, HTTPException, LabError):
            return None
