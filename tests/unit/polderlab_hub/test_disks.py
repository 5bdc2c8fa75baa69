"""Looking after folders: when snapshots are made and let go, what is written down."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from polderlab.wire import DiskLimit
from polderlab_disk.btrfs import Use
from polderlab_disk.names import Kind, Volume
from polderlab_disk.volumes import BtrfsVolumes
from polderlab_hub.disks import DiskKeeper, hold

HOME = Volume(Kind.HOME, "rivierstad-analyst/river-access")
PROJECT = Volume(Kind.PROJECT, "river-access")
MONDAY = date(2027, 3, 1)
DAY = timedelta(days=1)


class Shelf:
    """Volumes in memory."""

    def __init__(self) -> None:
        self.uses = {HOME: Use(5, 10), PROJECT: Use(7, 50)}
        self.kept: dict[Volume, set[date]] = {HOME: set(), PROJECT: set()}
        self.free = 0.5
        self.resized: list[tuple[Volume, int]] = []

    def all(self) -> Iterator[Volume]:
        yield from self.uses

    def usage(self, volume: Volume) -> Use | None:
        return self.uses.get(volume)

    def resize(self, volume: Volume, limit: int) -> None:
        self.resized.append((volume, limit))

    def snapshots(self, volume: Volume) -> list[date]:
        return sorted(self.kept[volume])

    def snapshot(self, volume: Volume, day: date) -> None:
        self.kept[volume].add(day)

    def forget(self, volume: Volume, day: date) -> None:
        self.kept[volume].remove(day)

    def room(self) -> float:
        return self.free

    def tidy(self) -> None:
        pass


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def look(shelf: Shelf, today: date, report: Path, *, days: int = 7) -> None:
    """Let the keeper look once on ``today``."""
    DiskKeeper(cast(BtrfsVolumes, shelf), report, days=days, today=lambda: today).once()


def test_every_day_has_one_snapshot_and_a_week_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    for number in range(30):
        for _ in range(2):
            look(shelf, MONDAY + number * DAY, tmp_path / "use.json")
    last = MONDAY + 29 * DAY
    for kept in shelf.kept.values():
        assert sorted(kept) == [last - n * DAY for n in range(6, -1, -1)]


def test_no_snapshot_is_kept_where_none_are_wanted(shelf: Shelf, tmp_path: Path) -> None:
    shelf.kept[HOME] = {MONDAY - DAY, MONDAY}
    look(shelf, MONDAY, tmp_path / "use.json", days=0)
    assert shelf.kept == {HOME: set(), PROJECT: set()}


def test_when_space_is_scarce_the_oldest_day_goes_first(shelf: Shelf, tmp_path: Path) -> None:
    for number in range(3):
        look(shelf, MONDAY + number * DAY, tmp_path / "use.json")
    shelf.free = 0.1
    look(shelf, MONDAY + 2 * DAY, tmp_path / "use.json")
    for kept in shelf.kept.values():
        assert sorted(kept) == [MONDAY + DAY, MONDAY + 2 * DAY]
    for _ in range(3):  # and no new ones are made meanwhile
        look(shelf, MONDAY + 2 * DAY, tmp_path / "use.json")
    assert shelf.kept == {HOME: set(), PROJECT: set()}


def test_what_is_held_is_written_for_the_lab_and_nobody_else(shelf: Shelf, tmp_path: Path) -> None:
    report = tmp_path / "use.json"
    look(shelf, MONDAY, report)
    assert json.loads(report.read_text()) == {
        "home": {HOME.name: [5, 10]},
        "project": {PROJECT.name: [7, 50]},
    }
    assert stat.S_IMODE(report.stat().st_mode) == 0o640
    shelf.uses[HOME] = Use(6, None)
    look(shelf, MONDAY, report)
    assert json.loads(report.read_text())["home"] == {HOME.name: [6, None]}
    assert [file.name for file in tmp_path.iterdir()] == ["use.json"]


def test_a_limit_that_changed_is_set_and_no_other(shelf: Shelf) -> None:
    hold(
        cast(BtrfsVolumes, shelf),
        [
            DiskLimit("home", HOME.name, 10),
            DiskLimit("project", PROJECT.name, 60),
            DiskLimit("home", "someone-else/river-access", 5),
            DiskLimit("home", "../../etc", 5),
            DiskLimit("device", "river-access", 5),
        ],
    )
    assert shelf.resized == [(PROJECT, 60)]
