"""Asks the lab whether it answers, the way its users would."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from polderlab_host import supervision
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

WAIT_SECONDS = 90
CRASH_SECONDS = 20
"""A process that cannot start after this long will not: tell why instead of waiting on."""


@dataclass(frozen=True)
class Probe:
    """One question to the lab: which process answers it, at which address."""

    process: str
    url: str
    token: bool = False
    answers: int = 200
    """The status that shows it works."""


def probes(settings: HostSettings) -> list[Probe]:
    """Return the questions that a working lab answers."""
    gateway = f"http://{settings.gateway_bind}/v1/names"
    return [
        Probe("lab", f"http://{settings.portal_bind}/internal/health", token=True),
        # Nobody but a session gets more from it than the question who asks.
        Probe("nginx" if settings.nginx else "lab", gateway, answers=401),
        Probe("hub", f"http://{settings.hub_bind}/hub/api/"),
        Probe("proxy", f"http://{settings.public_bind}/hub/login"),
    ]


def ask(probe: Probe, hub_token: str) -> str | None:
    """Return None when the answer is right, else what is wrong with it."""
    headers = {"Authorization": f"Bearer {hub_token}"} if probe.token else {}
    try:
        answer = httpx.get(probe.url, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        return f"{probe.url} does not answer ({error or type(error).__name__})"
    if answer.status_code != probe.answers:
        return f"{probe.url} answers {answer.status_code}"
    return None


def wait(settings: HostSettings, hub_token: str) -> None:
    """Return once everything answers; else say which process does not, with its last lines."""
    began = time.monotonic()
    left = probes(settings)
    wrong = ""
    while left:
        wrong = ask(left[0], hub_token) or ""
        if not wrong:
            left.pop(0)
            continue
        waited = time.monotonic() - began
        crashes = waited > CRASH_SECONDS and _crashes(settings, left[0].process)
        if crashes or waited > WAIT_SECONDS:
            log = settings.log / f"{left[0].process}.log"
            raise HostError(
                f"The lab does not work: {wrong}.\nThe end of {log}:\n{tail(log)}",
                "Mend that and run `make up` again; `make status` says what is wrong.",
            )
        time.sleep(0.3)


def _crashes(settings: HostSettings, name: str) -> bool:
    return any(
        process["name"] == name and process["state"] in {"backoff", "fatal"}
        for process in supervision.states(settings)
    )


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, indented."""
    if not log.exists():
        return "    (nothing was logged)"
    return "\n".join(
        f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:]
    )
