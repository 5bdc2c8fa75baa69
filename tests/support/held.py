"""Tells, as the lab service's own user, what it knows of a folder.

``python -m tests.support.held home rivierstad-analyst/river-access``
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from polderlab_catalog.disks import DiskReport
from polderlab_catalog.settings import LabSettings


def main(kind: str, name: str) -> None:
    """Print what the folder holds and may hold, as JSON; ``null`` where it is not known."""
    use = DiskReport(LabSettings().disk_report).usage(kind, name)
    print(json.dumps(asdict(use) if use else None))


if __name__ == "__main__":
    main(*sys.argv[1:])
