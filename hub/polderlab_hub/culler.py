"""``python -m polderlab_hub.culler``: stop sessions nobody works in.

Activity is what a session's server reports to the hub. The image counts a busy kernel as
activity, so a long computation nobody watches goes on.

The hub's address and the culler's token are in JupyterHub's own variables,
``JUPYTERHUB_API_URL`` and ``JUPYTERHUB_API_TOKEN``, which jupyterhub-idle-culler reads itself.
"""

from __future__ import annotations

import os
import sys

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKS_PER_PERIOD = 4
SHORTEST_BETWEEN, LONGEST_BETWEEN = 5, 300


class CullerSettings(BaseSettings):
    """How long a session may be idle."""

    model_config = SettingsConfigDict(env_prefix="POLDERLAB_", frozen=True, extra="ignore")

    idle_seconds: int = Field(default=3600, gt=0)


def command(settings: CullerSettings) -> list[str]:
    """Return the culler's command line."""
    every = settings.idle_seconds // CHECKS_PER_PERIOD
    return [
        sys.executable,
        "-m",
        "jupyterhub_idle_culler",
        f"--timeout={settings.idle_seconds}",
        f"--cull-every={max(SHORTEST_BETWEEN, min(LONGEST_BETWEEN, every))}",
    ]


def main() -> None:
    """Become jupyterhub-idle-culler."""
    arguments = command(CullerSettings())
    os.execv(arguments[0], arguments)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
