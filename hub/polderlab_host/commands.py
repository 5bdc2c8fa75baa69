"""Runs the system's own tools."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from polderlab_host.errors import HostError


def run(
    command: Sequence[str], *, check: bool = True, text: str | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run ``command``, ``text`` as its input; a failure carries the last lines it said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, check=False, input=text or ""
        )
    except FileNotFoundError:
        raise HostError(
            f"The program {command[0]} is not on this machine.",
            "Run `make up`, which installs what is missing.",
        ) from None
    if check and done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise HostError(
            f"`{' '.join(command)}` failed: {' / '.join(said) or done.returncode}",
            "Mend that and run the same command again.",
        )
    return done
