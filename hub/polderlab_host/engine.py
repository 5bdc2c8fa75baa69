"""The Docker Engine: starts it when nothing runs it, and finds what is the lab's in it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import docker
from docker.errors import DockerException
from docker.models.containers import Container

from polderlab_host import made
from polderlab_host.commands import run
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

LABEL = "polderlab.instance"
START_SECONDS = 60


def client(timeout: int = 60) -> docker.DockerClient:
    """Return a client of the engine; an engine that is away is a plain error."""
    try:
        _knock()
        engine = docker.from_env(timeout=timeout)
        engine.ping()
    except (DockerException, OSError) as error:
        raise HostError(
            f"The Docker Engine does not answer ({error}).", "Run `make up`, which starts it."
        ) from error
    return engine


def _knock() -> None:
    """Connect to the engine's socket and hang up; raise OSError when nobody is there.

    The client library leaves its socket open when it cannot connect
    (docker.transport.unixconn), so it is only used once somebody listens.
    """
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(address.removeprefix("unix://"))


def answers() -> bool:
    """Tell whether an engine answers."""
    try:
        client(timeout=5).close()
    except HostError:
        return False
    return True


def ensure(settings: HostSettings) -> str:
    """Start the engine if nothing runs it; return one sentence about what was done."""
    if answers():
        return "Docker Engine answers"
    if Path("/run/systemd/system").exists():
        run(["systemctl", "start", "docker"], timeout=120)
        _wait("journalctl -u docker")
        return "Docker Engine started by systemd"
    log = settings.log / "dockerd.log"
    # Left behind by an engine that was killed; with it there, a new one refuses to start.
    pidfile = Path("/var/run/docker.pid")
    if pidfile.exists() and not alive(int(pidfile.read_text() or 0)):
        pidfile.unlink()
    with log.open("ab") as output:
        daemon = subprocess.Popen(
            ["dockerd"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    made.note(settings.run, engine=daemon.pid)
    _wait(str(log), daemon)
    return "Docker Engine started"


def _wait(where: str, daemon: subprocess.Popen[bytes] | None = None) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if answers():
            return
        if daemon and daemon.poll() is not None:
            break
        time.sleep(0.5)
    raise HostError(
        "The Docker Engine does not start.",
        f"Its reason is at the end of {where}. Mend that and run `make up` again.",
    )


def alive(pid: int) -> bool:
    """Tell whether there is a process with this id."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def stop_own(settings: HostSettings) -> str | None:
    """Stop the engine if this lab started it and nobody else uses it; return what was done."""
    pid = made.read(settings.run).engine
    if pid is None or not alive(pid) or not _is_engine(pid):
        return None
    if answers():
        with contextlib.closing(client()) as engine:
            others = [n for n in engine.networks.list() if _of_another(n.attrs["Labels"], settings)]
            if engine.containers.list() or others:
                return "Docker Engine left running: others use it"
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 30
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.2)
    made.note(settings.run, engine=None)
    return "Docker Engine stopped"


def _is_engine(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "dockerd"


def _of_another(labels: dict[str, str] | None, settings: HostSettings) -> bool:
    return (labels or {}).get(LABEL, settings.instance) != settings.instance


def others_here(engine: docker.DockerClient, settings: HostSettings) -> bool:
    """Tell whether another lab uses this engine (and with it, the same images)."""
    return any(_of_another(network.attrs["Labels"], settings) for network in engine.networks.list())


def sessions(engine: docker.DockerClient, settings: HostSettings) -> list[Container]:
    """Return the session containers of this lab, running or not."""
    return list(
        engine.containers.list(
            all=True, ignore_removed=True, filters={"label": f"{LABEL}={settings.instance}"}
        )
    )
