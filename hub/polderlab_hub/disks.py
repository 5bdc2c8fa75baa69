"""Looking after homes and project folders: what they hold, a snapshot a day, limits that change.

The lab service has no right to the folders; it reads what is written here, in a file that its
user may read, and the hub asks it what each may hold (`reconcile.py`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from polderlab.wire import DiskLimit
from polderlab_disk.names import Kind, StorageError, Volume
from polderlab_disk.volumes import BtrfsVolumes, Volumes

SECONDS_BETWEEN = 30
"""btrfs itself counts every half minute."""
REST = 10
"""With thousands of folders it rests so many times longer than it looks: the hub has other work."""
SCARCE = 0.15
"""Below this part of the file system free, the oldest snapshots go, whatever was promised."""
REPORT_MODE = 0o640

log = logging.getLogger("polderlab.hub.disks")


class DiskKeeper:
    """Looks after all volumes, for as long as the hub runs."""

    def __init__(
        self, volumes: BtrfsVolumes, report: Path, *, days: int, today: Callable[[], date]
    ) -> None:
        self._volumes, self._report = volumes, report
        self._days, self._today = days, today

    async def run(self) -> None:
        """Look now and about every half minute; what goes wrong is logged and tried again."""
        while True:
            began = time.monotonic()
            try:
                await asyncio.to_thread(self.once)
            except (StorageError, OSError) as error:
                log.warning("Homes and project folders are not looked after: %s", error)
            except Exception:
                log.exception("Homes and project folders are not looked after")
            took = time.monotonic() - began
            await asyncio.sleep(max(SECONDS_BETWEEN, REST * took))

    def once(self) -> None:
        """Make today's snapshots, let go of old ones, and write down what everything holds."""
        volumes = list(self._volumes.all())
        scarce = self._volumes.room() < SCARCE
        self._keep(volumes, new=not scarce)
        if scarce:
            self._make_room(volumes)
        self._volumes.tidy()
        self._write(volumes)

    def _keep(self, volumes: Iterable[Volume], *, new: bool) -> None:
        today = self._today()
        oldest = today - timedelta(days=self._days)
        for volume in volumes:
            days = self._volumes.snapshots(volume)
            if new and self._days and today not in days:
                self._volumes.snapshot(volume, today)
            for day in days:
                if day <= oldest:
                    self._volumes.forget(volume, day)

    def _make_room(self, volumes: Iterable[Volume]) -> None:
        """Let go of everybody's oldest snapshots while space is scarce: work goes before history.

        One day at a time, since its space comes free only later.
        """
        kept = {volume: self._volumes.snapshots(volume) for volume in volumes}
        days = sorted({day for days in kept.values() for day in days})
        if not days:
            return
        log.warning("Little space is left: letting go of the snapshots of %s", days[0])
        for volume, of in kept.items():
            if days[0] in of:
                self._volumes.forget(volume, days[0])

    def _write(self, volumes: Iterable[Volume]) -> None:
        found = {volume: self._volumes.usage(volume) for volume in volumes}
        told = {
            kind.value: {
                v.name: [u.used, u.limit] for v, u in found.items() if u and v.kind is kind
            }
            for kind in Kind
        }
        draft = self._report.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, REPORT_MODE)
        with os.fdopen(handle, "w") as file:
            json.dump(told, file)
        draft.chmod(REPORT_MODE)
        draft.replace(self._report)


def hold(volumes: Volumes, limits: Iterable[DiskLimit]) -> None:
    """Give each of these folders its limit, where it has another."""
    for limit in limits:
        try:
            volume = Volume(Kind(limit.kind), limit.name)
            use = volumes.usage(volume)
            if use is not None and use.limit != limit.bytes:
                volumes.resize(volume, limit.bytes)
                log.info("%s %s may hold %d bytes now", volume.kind, volume.name, limit.bytes)
        except (StorageError, ValueError, OSError) as error:
            log.warning("No limit for %s %s: %s", limit.kind, limit.name, error)


def today_in(timezone: str) -> Callable[[], date]:
    """Return what tells which day it is there."""
    zone = ZoneInfo(timezone)
    return lambda: datetime.now(zone).date()
