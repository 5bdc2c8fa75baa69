"""Running code where analysts run it: in a kernel of their session, reached through the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.support.web import cookie_header, xsrf


@dataclass(frozen=True)
class Result:
    """What a cell gave: printed text, the value of its last line, the error if it raised."""

    stdout: str = ""
    value: str = ""
    error: str = ""
    """``PermissionError: the sentence``; empty when all went well."""
    images: tuple[str, ...] = field(default=(), repr=False)


class KernelGoneError(Exception):
    """The kernel died while the cell ran."""


class Kernel:
    """One kernel, kept over several cells. Each cell opens its own connection, so that a hub or
    proxy may come and go between two of them."""

    def __init__(self, client: httpx.Client, base: str, id_: str) -> None:
        """``client`` is signed in; ``base`` is the server's path, ``/user/<name>/<project>/``."""
        self._client, self._base, self.id = client, base, id_

    @classmethod
    def new(cls, client: httpx.Client, base: str) -> Kernel:
        """Start a kernel."""
        kernel = cls._visit(client, base)
        kernel.id = str(kernel.api("POST", "kernels", json={"name": "python3"}).json()["id"])
        return kernel

    @classmethod
    def running(cls, client: httpx.Client, base: str) -> list[Kernel]:
        """Return the kernels that somebody, in a browser perhaps, has running."""
        kernel = cls._visit(client, base)
        return [cls(client, base, found["id"]) for found in kernel.api("GET", "kernels").json()]

    @classmethod
    def _visit(cls, client: httpx.Client, base: str) -> Kernel:
        page = client.get(f"{base}lab")
        assert page.status_code == 200, f"{base}lab answers {page.status_code}: {page.text[:300]}"
        return cls(client, base, "")

    @property
    def connected(self) -> bool:
        """Whether somebody's notebook is connected to it, and it waits for work."""
        found = self.api("GET", f"kernels/{self.id}").json()
        return bool(found["connections"]) and found["execution_state"] == "idle"

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the session's own server."""
        answer = self._client.request(
            method,
            f"{self._base}api/{path}",
            headers={"X-XSRFToken": xsrf(self._client, self._base)},
            **more,
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def run(self, code: str, *, seconds: float = 90) -> Result:
        """Run one cell and return what came of it."""
        # In a thread of its own: the caller's may have an event loop (Playwright's has).
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._run(code, seconds)).result()

    def out(self, code: str, *, seconds: float = 90) -> str:
        """Run one cell that must succeed; return what it printed."""
        result = self.run(code, seconds=seconds)
        assert not result.error, result.error
        return result.stdout.strip()

    def stop(self) -> None:
        """Shut the kernel down."""
        self.api("DELETE", f"kernels/{self.id}")

    def __enter__(self) -> Self:
        """Use the kernel."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Shut the kernel down, unless something went wrong and it may be gone already."""
        if error is None:
            self.stop()

    async def _run(self, code: str, seconds: float) -> Result:
        url = self._client.base_url.join(f"{self._base}api/kernels/{self.id}/channels")
        request = HTTPRequest(
            str(url.copy_with(scheme="ws")),
            headers={
                "Cookie": cookie_header(self._client, str(url)),
                "Sec-Fetch-Mode": "websocket",
                "Origin": str(self._client.base_url).rstrip("/"),
            },
            connect_timeout=30,
            request_timeout=30,
        )
        socket = await websocket_connect(request, max_message_size=64 * 1024**2)
        message = _execute_request(code)
        try:
            await socket.write_message(json.dumps(message))
            async with asyncio.timeout(seconds):
                return await _collect(socket, message["header"]["msg_id"])
        finally:
            socket.close()
            # Closed is closed when the other side has said so too.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    while await socket.read_message() is not None:
                        pass


async def _collect(socket: Any, request: str) -> Result:
    stdout, value, error, images = "", "", "", []
    while True:
        raw = await socket.read_message()
        if raw is None:
            raise KernelGoneError("the connection to the kernel was closed")
        message = json.loads(raw)
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] in {"restarting", "dead"}:
            raise KernelGoneError(f"the kernel is {content['execution_state']}")
        if message["parent_header"].get("msg_id") != request:
            continue
        if kind == "stream" and content["name"] == "stdout":
            stdout += content["text"]
        elif kind in {"execute_result", "display_data"}:
            value = content["data"].get("text/plain", value)
            images += [content["data"][key] for key in content["data"] if key == "image/png"]
        elif kind == "error":
            error = f"{content['ename']}: {content['evalue']}"
        elif kind == "status" and content["execution_state"] == "idle":
            return Result(stdout, value, error, tuple(images))


def _execute_request(code: str) -> dict[str, Any]:
    return {
        "header": {
            "msg_id": uuid4().hex,
            "msg_type": "execute_request",
            "username": "test",
            "session": uuid4().hex,
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {},
        "content": {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        },
        "channel": "shell",
        "buffers": [],
    }
