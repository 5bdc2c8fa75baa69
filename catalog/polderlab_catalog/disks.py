"""What homes and project folders hold, from the file the hub writes: it has the right to look."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from polderlab_catalog.application.ports import DiskUse

log = logging.getLogger("polderlab.disks")


class DiskReport:
    """The file, read again when it changed. Without it nothing is known, and nothing fails."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._known: dict[tuple[str, str], DiskUse] = {}

    def usage(self, kind: str, name: str) -> DiskUse | None:
        """Return what a ``home`` (``<user>/<project>``) or a ``project`` holds and may hold."""
        self._look()
        return self._known.get((kind, name))

    def _look(self) -> None:
        try:
            found = self._file.stat() if self._file else None
        except OSError:
            found = None
        seen = (found.st_mtime_ns, found.st_ino) if found else None
        if seen == self._seen:
            return
        self._known = _read(self._file) if self._file and found else {}
        self._seen = seen


def _read(file: Path) -> dict[tuple[str, str], DiskUse]:
    try:
        told = json.loads(file.read_text())
        return {
            (kind, name): DiskUse(int(used), int(limit or 0))
            for kind, names in told.items()
            for name, (used, limit) in names.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        log.warning("What homes and project folders hold cannot be read: %s", error)
        return {}
