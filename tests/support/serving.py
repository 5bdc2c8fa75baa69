"""An ASGI application on a real socket, for what only a socket shows: going away, breaking off."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.support.silent import free_port


@contextmanager
def served(app: ASGIApp, protocol: type[asyncio.Protocol] | None = None) -> Iterator[str]:
    """Yield the address of ``app``, served in a thread, by ``protocol`` if one is given."""
    port = free_port()
    config = uvicorn.Config(
        app, http=protocol or "auto", port=port, log_config=None, access_log=False, lifespan="off",
        timeout_keep_alive=60,  # a busy machine must not end what a test holds open
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
