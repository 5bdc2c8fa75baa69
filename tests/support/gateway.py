"""The lab service as a process of its own, with or without nginx before it, over a world that
is filled before it starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import httpx

from polderlab import wire
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_host import nginx
from tests.fakes.world import World

HERE = "127.0.0.1"


class LiveWorld(World):
    """A world whose clock goes: the service beside it has no other."""

    def _fill(self) -> None:
        self.clock.now = datetime.now(UTC)
        super()._fill()

    def run(self, username: str, project: str, address: str = HERE) -> wire.SessionPlan:
        return super().run(username, project, address)


@dataclass
class GatewayProcess:
    """Portal and gateway as supervisord runs them; ``with`` starts and stops them."""

    folder: Path
    with_nginx: bool = False
    silence: int = 60
    fill: Callable[[World, Path], None] = lambda _world, _data: None
    register: SqlRegister = field(init=False)
    world: LiveWorld = field(init=False)
    port: int = field(default_factory=lambda: free_port())
    portal_port: int = field(default_factory=lambda: free_port())

    def __post_init__(self) -> None:
        for name in ("lab", "data"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.register = SqlRegister(f"sqlite:///{self.folder}/lab/register.sqlite")
        upgrade(self.register.engine)
        self.world = LiveWorld(self.register)
        self.fill(self.world, self.data)
        self._lab: subprocess.Popen[str] | None = None
        self._nginx: subprocess.Popen[str] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}/v1"

    @property
    def _socket(self) -> Path:
        return self.folder / "lab" / "gateway" / "gateway.sock"

    @property
    def access_log(self) -> Path:
        return self.folder / "lab" / "gateway" / "access.log"

    def __enter__(self) -> GatewayProcess:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._end()

    def _end(self) -> None:
        if self._lab is not None:
            self._lab.kill()
            self._lab.wait()
        if self._nginx is not None:
            self._nginx.terminate()  # killing it would leave its workers
            self._nginx.wait(30)
        self.register.close()

    def processes(self) -> list[int]:
        """Return the ids of what runs: the service, nginx, and nginx's workers."""
        started = [each.pid for each in (self._lab, self._nginx) if each and each.poll() is None]
        children = [Path(f"/proc/{pid}/task/{pid}/children").read_text() for pid in started]
        return [*started, *(int(pid) for each in children for pid in each.split())]

    def start(self) -> None:
        """Start what does not run, and wait until it answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "POLDERLAB_STATE": str(self.folder),
            "POLDERLAB_PORTAL_BIND": f"{HERE}:{self.portal_port}",
            "POLDERLAB_GATEWAY_BIND": f"{HERE}:{self.port}",
            "POLDERLAB_GATEWAY_SOCKET": str(self._socket) if self.with_nginx else "",
            "POLDERLAB_READ_SILENCE_SECONDS": str(self.silence),
            "POLDERLAB_SERVICE_TOKEN": "service",
            "POLDERLAB_HUB_TOKEN": "hub",
            "POLDERLAB_COOKIE_SECRET": "cookie",
        }
        if self.with_nginx and self._nginx is None:
            self._start_nginx()
        with (self.folder / "lab.log").open("a") as log:
            self._lab = subprocess.Popen(
                [sys.executable, "-m", "polderlab_catalog.web"],
                env=environment, stdout=log, stderr=log, text=True,
            )  # fmt: skip
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/names", trust_env=False).status_code == 401:
                    return
            except httpx.TransportError:
                pass
            assert self._lab.poll() is None, self.said()
            time.sleep(0.1)
        raise AssertionError(self.said())

    def stop(self) -> None:
        """Stop the service as supervisord does; every read is a line of the log then."""
        if self._lab is not None and self._lab.poll() is None:
            self._lab.send_signal(signal.SIGTERM)
            self._lab.wait(30)

    def kill(self) -> None:
        """Kill the service, as nothing prepares for."""
        assert self._lab is not None
        self._lab.kill()
        self._lab.wait()

    def said(self) -> str:
        """Return what it wrote to its log."""
        return (self.folder / "lab.log").read_text()

    def _start_nginx(self) -> None:
        folder = self._socket.parent
        configured = nginx.configuration_of(
            listen=f"{HERE}:{self.port}",
            folder=folder,
            socket=self._socket,
            data=self.data,
            variants=self.folder / "variants",
            log=self.access_log,
        )
        if os.geteuid() == 0:
            # the lab runs it as its own user, the tests as whoever they are
            configured = f"user root;\n{configured}"
        nginx.write_in(folder, configured, os.geteuid(), os.getegid())
        with (self.folder / "nginx.log").open("a") as log:
            self._nginx = subprocess.Popen(
                [nginx.program(), "-p", str(folder), "-e", "stderr", "-c", f"{folder}/nginx.conf"],
                stdout=log, stderr=log, text=True,
            )  # fmt: skip


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server((HERE, 0)) as listening:
        return int(listening.getsockname()[1])
