"""The command line ``polderlab``: the same use cases as the portal, for whoever has the machine."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, or say what is missing when only the analyst's client is installed."""
    try:
        from polderlab_catalog.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("polderlab"):
            raise
        sys.exit(
            f"polderlab: the lab service is not installed here ({error.name} is missing). "
            "Install it with: pip install 'polderlab[service]'"
        )
    run()
