"""Runs portal and gateway: one process, two sockets, one event loop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import uvicorn
import uvloop
from pydantic import ValidationError
from starlette.types import ASGIApp

from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.web.apps import gateway_app, portal_app
from polderlab_catalog.web.connections import Connections
from polderlab_catalog.web.housekeeping import Housekeeping
from polderlab_catalog.web.identity import HubIdentity
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.sign_in import CALLBACK

log = logging.getLogger("polderlab.serve")
GRACE_SECONDS = 10
"""How long running downloads may go on after the service is told to stop."""


STALLED_MILLISECONDS = 60_000
"""How long a container may leave what was sent to it untaken."""


class CannotStart(Exception):  # noqa: N818  (a sentence for the operator)
    """The service cannot start; the message says what to do."""


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs both."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def main() -> int:
    """Run until told to stop; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # these two log addresses with their query, which may hold codes
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        settings = LabSettings()
        lab, servers = _servers(settings)
    except ValidationError as error:
        missing = ", ".join(f"POLDERLAB_{str(e['loc'][0]).upper()}" for e in error.errors())
        sys.stderr.write(f"Set these to usable values and start again: {missing}.\n")
        return 1
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # What was loaded stays: looking through all of it doubled the time of every long list.
    gc.collect()
    gc.freeze()
    try:
        with Housekeeping(lab):
            uvloop.run(_run(servers))  # a third less work per range than asyncio's own loop
    finally:
        gc.unfreeze()  # some libraries complain at the end about what they cannot clear
    return 0


def _servers(settings: LabSettings) -> tuple[Lab, list[tuple[_Server, socket.socket]]]:
    _check_secrets(settings)
    sockets = [_listen(settings.portal_bind), _listen_gateway(settings)]
    lab = build(settings)
    identity = HubIdentity(
        settings.hub_api,
        settings.service_token.get_secret_value(),
        f"{settings.portal_url}{CALLBACK}",
    )
    portal = Portal.build(lab, identity)
    connections = Connections()
    configs = [
        # the proxy on this machine tells who is behind it; a container must not be able to
        _config(portal_app(portal), behind_proxy=True),
        _config(gateway_app(lab, connections), http=connections.protocol()),
    ]
    return lab, [
        (_Server(config), listening) for config, listening in zip(configs, sockets, strict=True)
    ]


def _check_secrets(settings: LabSettings) -> None:
    """An empty secret would let anybody in who shows nothing."""
    names = ("service_token", "hub_token", "cookie_secret")
    empty = [name for name in names if not getattr(settings, name).get_secret_value()]
    if empty:
        listed = ", ".join(f"POLDERLAB_{name.upper()}" for name in empty)
        raise CannotStart(f"Set these secrets and start again: {listed}.")


def _config(
    app: ASGIApp,
    *,
    behind_proxy: bool = False,
    http: type[asyncio.Protocol] | Literal["auto"] = "auto",
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=http,
        proxy_headers=behind_proxy,
        forwarded_allow_ips="127.0.0.1",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
    )


def _listen(bind: str) -> socket.socket:
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), int(port)))
    except (OSError, ValueError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "not an address"
        raise CannotStart(
            f"Cannot listen on {bind} ({reason}). Check that nothing else uses it and that the "
            "lab's network exists."
        ) from error
    listening.set_inheritable(True)
    return listening


def _listen_gateway(settings: LabSettings) -> socket.socket:
    if settings.gateway_socket is None:
        listening = _listen(settings.gateway_bind)
        # Whoever lets what was sent lie this long is gone, or keeps a place for nothing.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MILLISECONDS)
        return listening
    path = settings.gateway_socket
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # The folder is this user's alone: nginx says who calls, so nobody else may.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"Cannot listen on {path} ({error.strerror}). Check its folder and owner."
        ) from error
    return listening


async def _run(servers: list[tuple[_Server, socket.socket]]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    log.info("Portal and gateway are up.")
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(server.serve(sockets=[listening])) for server, listening in servers
        ]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop()  # one without the other is no lab: the supervisor starts both again
