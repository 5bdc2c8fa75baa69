"""What the lab is filled with: its images, and the demo's people, projects and data."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from polderlab_host import environments
from polderlab_host.errors import HostError
from polderlab_host.progress import Progress
from polderlab_host.secrets import Secrets
from polderlab_host.settings import REPOSITORY, HostSettings, program

OWN_CLOCK = re.compile(r"^\[ *[\d.]+ s\] ")
"""Seconds in front of a line that is shown with ours."""
CATALOGUE = REPOSITORY / "catalog/polderlab/catalog.yml"


def build_images(progress: Progress) -> str:
    """Build the images that are not there yet; return them as JSON, with their digests."""
    return _run([program("polderlab-images"), "build", "--json"], dict(os.environ), progress)


def load_demo(settings: HostSettings, secrets: Secrets, images: str, progress: Progress) -> None:
    """Fill the register as the lab's own user; the passwords end up in the accounts file."""
    passed = ("PIP_", "SSL_CERT", "REQUESTS_CA", "CURL_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    environment = {
        **{name: value for name, value in os.environ.items() if name.upper().startswith(passed)},
        **environments.common(),
        **environments.lab(settings, secrets),
    }
    draft = settings.state / "lab" / settings.accounts.name
    if settings.accounts.exists():
        shutil.copy(settings.accounts, draft)
        shutil.chown(draft, settings.user, settings.user)
    command = [program("python"), "-m", "polderlab_catalog.demo"]
    command += ["--accounts", str(draft), "--images", images]
    _run(command, environment, progress, user=settings.user)
    draft.replace(settings.accounts)
    settings.accounts.chmod(0o600)
    # Whoever typed `sudo make up` should be able to read them without sudo.
    os.chown(
        settings.accounts,
        int(os.environ.get("SUDO_UID", "0")),
        int(os.environ.get("SUDO_GID", "0")),
    )


def put_catalogue(settings: HostSettings) -> None:
    """Put the catalogue file that every session mounts where sessions find it."""
    folder = settings.state / "catalog"
    # In place, not by a rename: running sessions have this very file mounted.
    (folder / CATALOGUE.name).write_bytes(CATALOGUE.read_bytes())
    (folder / CATALOGUE.name).chmod(0o644)


def accounts(settings: HostSettings) -> list[dict[str, object]]:
    """Return the demo's accounts."""
    return list(json.loads(settings.accounts.read_text())["accounts"])


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    progress: Progress,
    *,
    user: str | None = None,
) -> str:
    """Run ``command``, pass its progress on as it comes, return what it printed."""
    output: list[str] = []
    said: deque[str] = deque(maxlen=6)
    with subprocess.Popen(
        command,
        env=dict(environment),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if user else subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    ) as process:
        stream = process.stdout if user else process.stderr
        for line in stream or ():
            if text := OWN_CLOCK.sub("", line.rstrip()):
                said.append(text)
                progress.note(text)
        if not user and process.stdout:
            output.append(process.stdout.read())
    if process.returncode != 0:
        what = Path(command[0]).name if len(command) < 3 else command[2]
        raise HostError(
            f"{what} failed: {said[-1] if said else process.returncode}",
            "Mend that (a package registry that does not answer is the usual reason: see"
            " docs/how-to/offline.md) and run `make up` again; what is done stays done.",
        )
    return "".join(output)
