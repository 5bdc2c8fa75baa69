"""The panel's way to the lab: an extension of the session's own Jupyter server.

The browser asks here, as whoever Jupyter says it is and with Jupyter's own guard against forged
requests; this asks the gateway, with the session's token, which so never leaves the container.
Only the doors named in :data:`DOORS` are passed on.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.web import authenticated

from polderlab.wire import SessionEnvironment

DOORS = (
    # below /polderlab/, methods, what may be asked with it
    (r"catalogue", ("GET",), ("query", "page")),
    (r"datasets/[a-z0-9_]{1,100}/preview", ("GET",), ()),
    (r"requests", ("GET", "POST"), ()),
    (r"quota", ("GET",), ()),
    (r"announcements", ("GET",), ()),
)
SECONDS = 30
LARGEST = 64 * 1024
"""Bytes of a request's body; a purpose is a few sentences."""


class Passage(APIHandler):
    """Passes a request on to the gateway, and its answer back."""

    auth_resource = "contents"

    def initialize(self, methods: tuple[str, ...], arguments: tuple[str, ...]) -> None:
        """Take what this door lets through."""
        self._methods, self._arguments = methods, arguments

    @authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Ask the lab."""
        await self._pass_on(path, None)

    @authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Tell the lab."""
        await self._pass_on(path, self.request.body)

    async def _pass_on(self, path: str, body: bytes | None) -> None:
        if self.request.method not in self._methods:
            self._tell(HTTPStatus.METHOD_NOT_ALLOWED, b"{}")
            return
        if body is not None and len(body) > LARGEST:
            self._tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"{}")
            return
        asked = {name: self.get_query_argument(name, "") for name in self._arguments}
        query = urlencode({name: value for name, value in asked.items() if value})
        request = HTTPRequest(
            f"{_environment(SessionEnvironment.GATEWAY)}/{path}{f'?{query}' if query else ''}",
            method=self.request.method,
            headers=_headers(body),
            body=body,
            request_timeout=SECONDS,
            follow_redirects=False,
        )
        try:
            answer = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (HTTPClientError, OSError, ValueError):
            # The error carries the request with its token: none of it goes on.
            self._tell(HTTPStatus.BAD_GATEWAY, b"{}")
            return
        unanswered = answer.code == 599
        self._tell(HTTPStatus.BAD_GATEWAY if unanswered else answer.code, answer.body or b"{}")

    def _tell(self, status: int, body: bytes) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(body)


def _headers(body: bytes | None) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {_environment(SessionEnvironment.TOKEN)}",
        "Accept-Language": _environment(SessionEnvironment.LANGUAGE) or "nl",
    }
    return headers | ({"Content-Type": "application/json"} if body is not None else {})


def _environment(name: SessionEnvironment) -> str:
    return os.environ.get(name, "").rstrip("/")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "polderlab.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Open the doors, and tell the page in which language and of which lab it is."""
    application = server.web_app
    base = url_path_join(application.settings["base_url"], "polderlab")
    application.add_handlers(
        ".*$",
        [
            (f"{base}/({path})", Passage, {"methods": methods, "arguments": arguments})
            for path, methods, arguments in DOORS
        ],
    )
    page = application.settings.setdefault("page_config_data", {})
    page["polderlabLanguage"] = _environment(SessionEnvironment.LANGUAGE) or "nl"
    page["polderlabPortal"] = _environment(SessionEnvironment.PORTAL)
