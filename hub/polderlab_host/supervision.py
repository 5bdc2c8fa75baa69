"""The supervisor that keeps the lab's processes up, one daemon per lab."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from polderlab_host import engine, environments, nginx, processes
from polderlab_host.errors import HostError
from polderlab_host.files import write_private
from polderlab_host.processes import Process
from polderlab_host.secrets import Secrets
from polderlab_host.settings import HostSettings, program

STOP_SECONDS = 30
RUN_MARK = "LAB_RUN"
"""Every process of the lab bears this variable, so that it is known without its supervisor."""


def configuration(settings: HostSettings, plan: list[Process]) -> str:
    """Return the supervisor's configuration. It holds secrets: mode 0600."""
    sections = [
        f"""\
[unix_http_server]
file={settings.run}/supervisor.sock
chmod=0700

[supervisord]
logfile={settings.log}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={settings.run}/supervisord.pid
childlogdir={settings.log}
directory=/
umask=022
user=root

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{settings.run}/supervisor.sock
"""
    ]
    for process in plan:
        told = {
            **environments.common(),
            **process.environment,
            RUN_MARK: str(settings.run),
            "LAB_CODE_STAMP": processes.code_stamp(process.code),
        }
        environment = ",".join(f'{name}="{_escape(value)}"' for name, value in told.items())
        sections.append(
            f"""\
[program:{process.name}]
command={_escape(" ".join(process.command))}
directory=/
user={process.user}
environment={environment}
umask={process.umask}
priority={process.priority}
autorestart=true
startsecs=2
startretries=20
stopsignal=TERM
stopwaitsecs=20
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={settings.log}/{process.name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
        )
    return "\n".join(sections)


def _escape(value: str) -> str:
    return value.replace("%", "%%")


def start(settings: HostSettings, secrets: Secrets) -> list[str]:
    """Start what does not run, restart what changed; return the names of what was (re)started."""
    plan = processes.plan(settings, secrets)
    config = settings.run / "supervisord.conf"
    for process in plan:
        write_private(
            settings.run / f"{process.name}.env", environments.as_file(process.environment)
        )
    write_private(config, configuration(settings, plan))
    if pid_of(settings) is None:
        (settings.run / "supervisor.sock").unlink(missing_ok=True)
        done = subprocess.run(
            [program("supervisord"), "-c", str(config)],
            env=environments.common(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise HostError(
                f"The supervisor does not start: {(done.stderr or done.stdout).strip()}",
                f"See {settings.log}/supervisord.log, mend that and run `make up` again.",
            )
        return [process.name for process in plan]
    return _update(settings)


def _update(settings: HostSettings) -> list[str]:
    with remote(settings) as control:
        added, changed, removed = control.reloadConfig()[0]
        for name in [*removed, *changed]:
            control.stopProcessGroup(name)
            control.removeProcessGroup(name)
        for name in [*added, *changed]:
            control.addProcessGroup(name)
        # One that gave up earlier (its port was taken, say) gets another chance.
        down = [
            info["name"]
            for info in control.getAllProcessInfo()
            if info["statename"] in {"FATAL", "STOPPED", "EXITED"}
        ]
        for name in down:
            control.startProcess(name, False)
        return [*added, *changed, *down]


def states(settings: HostSettings) -> list[dict[str, Any]]:
    """Return name, state, process id and seconds up of each process; empty when all is down."""
    if pid_of(settings) is None:
        return []
    with remote(settings) as control:
        known = control.getAllProcessInfo()
    return [
        {
            "name": info["name"],
            "state": info["statename"].lower(),
            "pid": info["pid"] or None,
            "seconds": info["now"] - info["start"] if info["statename"] == "RUNNING" else 0,
        }
        for info in known
    ]


def stop(settings: HostSettings) -> bool:
    """Stop the processes and their supervisor; tell whether there was anything to stop."""
    pid = pid_of(settings)
    if pid is None:
        return False
    with remote(settings) as control:
        control.shutdown()
    until = time.monotonic() + STOP_SECONDS
    while engine.alive(pid):
        if time.monotonic() > until:
            raise HostError(
                f"The supervisor (process {pid}) does not stop.",
                f"See {settings.log}/supervisord.log.",
            )
        time.sleep(0.1)
    return True


def signal_hub(settings: HostSettings, name: str) -> None:
    """Send the hub a signal, ``KILL`` for instance; the supervisor starts it again."""
    with remote(settings) as control:
        control.signalProcess("hub", name)


def stop_orphans(settings: HostSettings) -> int:
    """Stop what a supervisor that was killed left running; return how many there were."""
    if pid_of(settings) is not None:
        return 0
    mark = f"{RUN_MARK}={settings.run}\0".encode()
    orphans = [pid for pid, environment in _environments() if mark in environment]
    orphans += nginx.masters(settings)
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while left := [pid for pid in orphans if engine.alive(pid)]:
        if time.monotonic() > until:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.1)
    return len(orphans)


def _environments() -> Iterator[tuple[int, bytes]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(folder.name), (folder / "environ").read_bytes()


def restart(settings: HostSettings, name: str) -> None:
    """Stop and start one process."""
    with remote(settings) as control:
        with contextlib.suppress(Fault):  # it was not running
            control.stopProcess(name)
        control.startProcess(name)


@contextlib.contextmanager
def remote(settings: HostSettings) -> Iterator[Any]:
    """Hold the supervisor's remote control."""
    transport = SupervisorTransport(None, None, f"unix://{settings.run}/supervisor.sock")
    try:
        yield ServerProxy("http://127.0.0.1", transport=transport).supervisor
    finally:
        transport.close()


def pid_of(settings: HostSettings) -> int | None:
    """Return the process id of this lab's supervisor, if it runs."""
    file = settings.run / "supervisord.pid"
    try:
        pid = int(file.read_text())
        # A number alone may by now be somebody else's process.
        ours = str(settings.run).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if ours and engine.alive(pid) else None
