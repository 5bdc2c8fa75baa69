"""``python -m polderlab_hub``: run the hub, with the environment as its settings."""

from __future__ import annotations

import sys

from polderlab_hub.app import CONFIG_FILE, LabHub

if __name__ == "__main__":
    LabHub.launch_instance(["--config", str(CONFIG_FILE), *sys.argv[1:]])
