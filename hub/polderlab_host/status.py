"""What runs, where, and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from polderlab_host import disk, engine, firewall, network, readiness, supervision
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings


@dataclass(frozen=True)
class Status:
    """The lab as it is now; healthy when it runs and ``problems`` is empty."""

    instance: str
    url: str
    state: str
    running: bool
    engine: str | None
    processes: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    homes: str = ""

    @property
    def healthy(self) -> bool:
        """Whether people can work."""
        return self.running and not self.problems


def status(settings: HostSettings) -> Status:
    """Look at everything; never raises for what is merely wrong."""
    processes = supervision.states(settings)
    problems: list[str] = []
    version, sessions = None, []
    try:
        client = engine.client(timeout=10)
    except HostError as error:
        problems.append(f"{error.problem} {error.remedy}")
    else:
        version = str(client.version()["Version"])
        sessions = [
            {"name": str(container.name), "state": container.status}
            for container in engine.sessions(client, settings)
        ]
        if processes:
            problems += _wrong_around(settings, network.missing(client, settings))
    problems += [
        f"{process['name']} is {process['state']}. Its log is {settings.log}/{process['name']}.log."
        for process in processes
        if process["state"] != "running"
    ]
    warnings: list[str] = []
    if processes:
        problems += _wrong_answers(settings)
        problems += disk.wrong(settings)
        warnings = disk.warnings(settings)
    return Status(
        settings.instance,
        settings.url,
        str(settings.state),
        bool(processes),
        version,
        processes,
        sessions,
        problems,
        warnings,
        disk.shown(settings),
    )


def _wrong_around(settings: HostSettings, missing: list[str]) -> list[str]:
    wrong = [f"The network {name} is gone. Run `make up`." for name in missing]
    if not firewall.in_place(settings):
        wrong.append("The firewall rules around sessions are not in place. Run `make up`.")
    return wrong


def _wrong_answers(settings: HostSettings) -> list[str]:
    token = json.loads((settings.run / "secrets.json").read_text())["hub_token"]
    answers = [readiness.ask(probe, token) for probe in readiness.probes(settings)]
    return [f"{wrong}." for wrong in answers if wrong]


def as_json(found: Status) -> str:
    """Return the status as JSON."""
    return json.dumps({**asdict(found), "healthy": found.healthy}, indent=2)


def as_text(found: Status) -> str:
    """Return the status for people."""
    if not found.running:
        lines = [f"{found.instance} does not run. Start it with `make up`."]
    else:
        lines = [f"{found.instance} runs at {found.url} (state in {found.state})"]
        lines += [_process(process) for process in found.processes]
        lines += [f"  session  {session['name']}  {session['state']}" for session in found.sessions]
        lines.append(f"  engine   Docker {found.engine or 'does not answer'}")
        lines.append(f"  homes    {found.homes}")
    if found.running and found.problems:
        lines += ["", "What is wrong:", *(f"  - {problem}" for problem in found.problems)]
    if found.warnings:
        lines += ["", "WARNING", *(f"  - {warning}" for warning in found.warnings)]
    return "\n".join(lines)


def _process(process: dict[str, Any]) -> str:
    seconds = process["seconds"]
    since = f"for {seconds // 3600} h {seconds % 3600 // 60} min" if seconds else ""
    return f"  {process['name']:<8} {process['state']} {since}".rstrip()
