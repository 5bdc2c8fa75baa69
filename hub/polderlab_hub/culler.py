"""``python -m polderlab_hub.culler``: stop sessions nobody works in.

Activity is what a session's server reports to the hub. The image counts a busy kernel as
activity, so a long computation nobody watches goes on.
"""

from __future__ import annotations

import os
import sys

from polderlab_hub.settings import HubSettings, hub_settings

CHECKS_PER_PERIOD = 4
LONGEST_BETWEEN = 300


def command(settings: HubSettings) -> list[str]:
    """Return the culler's command line; its token goes by the environment, not by this."""
    every = max(15, min(LONGEST_BETWEEN, settings.idle_seconds // CHECKS_PER_PERIOD))
    return [
        sys.executable,
        "-m",
        "jupyterhub_idle_culler",
        f"--url={settings.hub_api}",
        f"--timeout={settings.idle_seconds}",
        f"--cull-every={every}",
    ]


def main() -> None:
    """Become jupyterhub-idle-culler."""
    settings = hub_settings()
    environment = {**os.environ, "JUPYTERHUB_API_TOKEN": settings.culler_token.get_secret_value()}
    arguments = command(settings)
    os.execve(arguments[0], arguments, environment)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
