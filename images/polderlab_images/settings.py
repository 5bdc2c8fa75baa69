"""How this host reaches package archives: settings of the build, never part of an image."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
DEBIAN = "http://deb.debian.org/debian"
INDEX_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "timeout")


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """``ca_bundle``: certificates the build trusts (``POLDERLAB_CA_BUNDLE``, else the host's own,
    which holds a local authority where TLS is inspected). ``pip``: the host's index options,
    which may hold credentials and so travel as a file of a build stage that is left behind.
    ``proxies`` are build arguments Docker itself keeps out of history."""

    ca_bundle: Path | None = None
    debian_mirror: str = DEBIAN
    debian_security_mirror: str = f"{DEBIAN}-security"
    registry_seconds: int = 10
    pip: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)

    def pip_conf(self) -> str:
        """Return the ``pip.conf`` of the build stage."""
        options = dict(self.pip)
        if self.ca_bundle is not None:
            options["cert"] = "/run/build-host/ca.pem"
        return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())


def from_environment(environment: Mapping[str, str] = os.environ) -> BuildSettings:
    """Read the settings of this host.

    Raises ``FileNotFoundError`` when ``POLDERLAB_CA_BUNDLE`` names no file.
    """
    named = environment.get("POLDERLAB_CA_BUNDLE")
    bundle = Path(named) if named else SYSTEM_BUNDLE
    if named and not bundle.is_file():
        raise FileNotFoundError(f"POLDERLAB_CA_BUNDLE names {bundle}, which is no file.")
    mirror = environment.get("POLDERLAB_DEBIAN_MIRROR", DEBIAN).rstrip("/")
    return BuildSettings(
        ca_bundle=bundle if bundle.is_file() else None,
        debian_mirror=mirror,
        debian_security_mirror=environment.get(
            "POLDERLAB_DEBIAN_SECURITY_MIRROR", f"{mirror}-security"
        ),
        pip=_host_pip(),
        proxies={
            name: value
            for name in (*PROXIES, *map(str.lower, PROXIES))
            if (value := environment.get(name))
        },
    )


def _host_pip() -> dict[str, str]:
    """Return pip's own view of files and environment together, less what only exists here."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return index_options(listed)


def index_options(listed: str) -> dict[str, str]:
    """Pick the index options out of ``pip config list``; the environment's lines win."""
    options: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, quoted = line.partition("=")
        name = key.rpartition(".")[2]
        values = [word for word in quoted.strip("'\"").split() if not word.startswith("file:")]
        if name in INDEX_OPTIONS and values:
            options[name] = " ".join(values)
    return options
