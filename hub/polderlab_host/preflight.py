"""What must be so before anything is done: facts are gathered, then judged by a pure function."""

from __future__ import annotations

import os
import platform
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from polderlab_host import engine, supervision
from polderlab_host.commands import run
from polderlab_host.errors import HostError
from polderlab_host.settings import PROVIDERS, HostSettings, program

ARCHITECTURES = frozenset({"x86_64", "aarch64"})
GIGABYTE = 1_000_000_000
PORT_SETTINGS = {
    "public_bind": "people's browsers",
    "proxy_api": "the proxy's own interface",
    "portal_bind": "the lab service",
}


@dataclass(frozen=True)
class Facts:
    """What was found on this machine."""

    root: bool
    engine_answers: bool
    engine_installed: bool
    architecture: str
    free_bytes: int
    built: bool
    """The images are there, so that little disk is needed."""
    taken: tuple[str, ...] = ()
    """Names of the settings whose address somebody else listens on."""
    providers: str = ""
    """What is wrong with the file of identity providers, in the hub's words."""


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way, and what to do about it."""

    code: str
    problem: str
    remedy: str


def judge(facts: Facts, settings: HostSettings) -> list[Finding]:
    """Return what stands in the way, the most fundamental first."""
    findings = []
    if not facts.root:
        findings.append(
            Finding(
                "not-root",
                "The lab needs root on this machine: it makes homes, networks and firewall rules"
                " and runs the hub that starts containers.",
                "Run `sudo make up`, or ask whoever administers this machine.",
            )
        )
    if facts.architecture not in ARCHITECTURES:
        findings.append(
            Finding(
                "architecture",
                f"This machine's processor is {facts.architecture}; the lab's images are made"
                " for x86_64 (amd64) and aarch64 (arm64).",
                "Use a machine with one of those.",
            )
        )
    if not facts.engine_answers and not facts.engine_installed:
        findings.append(
            Finding(
                "no-engine",
                "There is no Docker Engine on this machine.",
                "Run `make up`, which installs it, or `apt-get install docker.io`.",
            )
        )
    needed = settings.free_gigabytes if not facts.built else 1
    if facts.free_bytes < needed * GIGABYTE:
        findings.append(
            Finding(
                "disk",
                f"Only {facts.free_bytes / GIGABYTE:.1f} GB is free where the lab keeps its data"
                f" and images; it needs {needed} GB.",
                f"Free some space, or put the state elsewhere with POLDERLAB_STATE"
                f" (now {settings.state}).",
            )
        )
    for name in facts.taken:
        address = getattr(settings, name)
        host = address.rpartition(":")[0]
        findings.append(
            Finding(
                "port",
                f"Another program listens on {address}, which is meant for {PORT_SETTINGS[name]}.",
                f"Stop that program, or choose another port, for instance"
                f" `POLDERLAB_{name.upper()}={host}:18080 make up`.",
            )
        )
    if facts.providers:
        findings.append(
            Finding(
                "providers",
                facts.providers,
                "Mend the file, or move it away and set POLDERLAB_LOCAL_ACCOUNTS=true, and run the"
                " same command again."
                if not settings.local_accounts
                else "Mend the file, or move it away, and run the same command again.",
            )
        )
    return findings


def gather(settings: HostSettings) -> Facts:
    """Look at this machine."""
    answers = engine.answers()
    own_runs = supervision.pid_of(settings) is not None
    return Facts(
        root=os.geteuid() == 0,
        engine_answers=answers,
        engine_installed=shutil.which("dockerd") is not None,
        architecture=platform.machine(),
        free_bytes=_free(settings),
        built=answers and bool(engine.client().images.list(filters={"label": "polderlab.image"})),
        taken=()
        if own_runs
        else tuple(name for name in PORT_SETTINGS if _taken(getattr(settings, name))),
        providers=_wrong_with_providers(settings),
    )


def check(settings: HostSettings) -> None:
    """Stop with a plain message when something stands in the way."""
    findings = judge(gather(settings), settings)
    if findings:
        raise HostError(
            "\n".join(finding.problem for finding in findings),
            "\n".join(finding.remedy for finding in findings),
        )


def _wrong_with_providers(settings: HostSettings) -> str:
    """Let the hub read its file: better now than when it does not start."""
    file = settings.state / PROVIDERS
    if not file.exists() and settings.local_accounts:
        return ""
    needed = [] if settings.local_accounts else ["--needed"]
    command = [program("python"), "-m", "polderlab_hub.providers", str(file), *needed]
    done = run(command, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"{file} cannot be used.")


def _free(settings: HostSettings) -> int:
    folders = [settings.state, Path("/var/lib/docker")]
    there = [next(p for p in (f, *f.parents) if p.exists()) for f in folders]
    return min(shutil.disk_usage(folder).free for folder in there)


def _taken(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            return True
    return False
