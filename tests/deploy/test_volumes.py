"""Homes and project folders in a real btrfs: limits, snapshots, and names that mean harm."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from tests.support.btrfs import MIB, mounted
from tests.support.lab import eventually

from polderlab_disk import btrfs
from polderlab_disk.folders import opened
from polderlab_disk.names import Kind, StorageError, Volume
from polderlab_disk.volumes import BtrfsVolumes, PlainVolumes

HOME = Volume(Kind.HOME, "rivierstad-analyst/river-access")
NEIGHBOUR = Volume(Kind.HOME, "deltastad-analyst/river-access")
PROJECT = Volume(Kind.PROJECT, "river-access")
TODAY, TOMORROW = date(2027, 3, 1), date(2027, 3, 2)


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path) as root:
        yield root


@pytest.fixture
def volumes(top: Path) -> BtrfsVolumes:
    return BtrfsVolumes(top)


def make(volumes: BtrfsVolumes | PlainVolumes, volume: Volume, limit: int = 4 * MIB) -> None:
    with volumes.ensure(volume):
        pass
    volumes.resize(volume, limit)


def path(top: Path, volume: Volume) -> Path:
    return top.joinpath(*volume.parts)


def write(file: Path, size: int) -> None:
    """Write so many bytes that cannot be packed, and see them on the disk."""
    with file.open("wb") as handle:
        for _ in range(size // MIB):
            handle.write(os.urandom(MIB))
        handle.flush()
        os.fsync(handle.fileno())


def test_what_goes_over_the_limit_fails_and_hurts_nobody_else(
    volumes: BtrfsVolumes, top: Path
) -> None:
    make(volumes, HOME)
    make(volumes, NEIGHBOUR)
    with pytest.raises(OSError, match="Disk quota exceeded") as failed:
        write(path(top, HOME) / "much", 8 * MIB)
    assert failed.value.errno == errno.EDQUOT
    write(path(top, NEIGHBOUR) / "some", 2 * MIB)


def test_a_full_volume_can_be_emptied_and_used_again(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME)
    much = path(top, HOME) / "much"
    with pytest.raises(OSError, match="Disk quota exceeded"):
        write(much, 8 * MIB)
    much.unlink()
    os.sync()
    write(much, 2 * MIB)


def test_a_larger_limit_holds_at_once(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME)
    with pytest.raises(OSError, match="Disk quota exceeded"):
        write(path(top, HOME) / "much", 8 * MIB)
    volumes.resize(HOME, 32 * MIB)
    write(path(top, HOME) / "much", 8 * MIB)


def test_use_is_counted(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME, 8 * MIB)
    write(path(top, HOME) / "some", 2 * MIB)
    _flush(top)
    use = volumes.usage(HOME)
    assert use is not None
    assert use.limit == 8 * MIB
    assert 2 * MIB <= use.used < 3 * MIB
    assert volumes.usage(NEIGHBOUR) is None


def test_a_snapshot_keeps_what_was_there_and_nobody_can_write_in_it(
    volumes: BtrfsVolumes, top: Path
) -> None:
    make(volumes, HOME)
    work = path(top, HOME) / "work.txt"
    work.write_text("of today")
    volumes.snapshot(HOME, TODAY)
    work.write_text("of tomorrow")
    volumes.snapshot(HOME, TODAY)  # a second time changes nothing
    kept = top.joinpath(*HOME.snapshots, TODAY.isoformat()) / "work.txt"
    assert kept.read_text() == "of today"
    with pytest.raises(OSError, match="Read-only"):
        kept.write_text("changed")


def test_snapshots_do_not_eat_the_limit(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME)
    for day in (TODAY, TOMORROW):
        write(path(top, HOME) / "much", 3 * MIB)
        volumes.snapshot(HOME, day)
        (path(top, HOME) / "much").unlink()
    _flush(top)
    use = volumes.usage(HOME)
    assert use is not None
    assert use.used < MIB, "what was deleted still counts"
    write(path(top, HOME) / "much", 3 * MIB)


def test_a_snapshot_that_is_forgotten_gives_its_space_back(
    volumes: BtrfsVolumes, top: Path
) -> None:
    make(volumes, HOME, 200 * MIB)
    write(path(top, HOME) / "much", 100 * MIB)
    volumes.snapshot(HOME, TODAY)
    volumes.snapshot(HOME, TOMORROW)
    (path(top, HOME) / "much").unlink()
    _flush(top)
    before = volumes.room()
    volumes.forget(HOME, TODAY)
    assert volumes.snapshots(HOME) == [TOMORROW]
    volumes.forget(HOME, TOMORROW)
    _flush(top)
    assert volumes.snapshots(HOME) == []
    eventually(lambda: volumes.room() > before + 0.05, 30, "the space is free again")


def test_a_volume_that_is_deleted_takes_its_snapshots_and_counters_along(
    volumes: BtrfsVolumes, top: Path
) -> None:
    make(volumes, HOME)
    make(volumes, PROJECT)
    (path(top, HOME) / "work.txt").write_text("mine")
    volumes.snapshot(HOME, TODAY)
    with opened(top) as folder:
        # What somebody who gets round the seccomp profile could make.
        with opened(path(top, HOME)) as home:
            btrfs.create(home, "nested")
        counters = btrfs.KNOWN / str(btrfs.file_system(folder)) / "qgroups"
    volumes.delete(HOME)
    volumes.delete(HOME)
    assert list(volumes.all()) == [PROJECT]
    names = {entry.name for entry in top.rglob("*")}
    assert not names & {"rivierstad-analyst", "work.txt"}

    def tidy() -> bool:
        _flush(top)
        volumes.tidy()
        # The top's, the project's, and the nested one's, which nobody of us made.
        return len(list(counters.glob("0_*"))) <= 3

    eventually(tidy, 30, "no counter is left")


def test_nobody_writes_in_a_frozen_volume_and_it_can_be_deleted(
    volumes: BtrfsVolumes, top: Path
) -> None:
    make(volumes, HOME)
    work = path(top, HOME) / "work.txt"
    work.write_text("mine")
    for _ in range(2):
        volumes.freeze(HOME)
        with pytest.raises(OSError, match="Read-only"):
            work.write_text("changed")
    assert work.read_text() == "mine"
    volumes.delete(HOME)
    assert not path(top, HOME).exists()


def test_a_frozen_volume_that_is_thawed_is_as_it_was(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME)
    work = path(top, HOME) / "work.txt"
    work.write_text("mine")
    volumes.thaw(HOME)  # it was not frozen
    volumes.freeze(HOME)
    for _ in range(2):
        volumes.thaw(HOME)
        work.write_text("changed")
    with pytest.raises(OSError, match="Disk quota exceeded"):
        write(path(top, HOME) / "much", 8 * MIB)
    volumes.thaw(NEIGHBOUR)  # which is not there
    assert list(volumes.all()) == [HOME]


def test_a_frozen_volume_with_subvolumes_in_it_can_be_deleted(
    volumes: BtrfsVolumes, top: Path
) -> None:
    """What somebody who gets round the seccomp profile could leave behind."""
    make(volumes, HOME, 64 * MIB)
    deep = path(top, HOME)
    for _ in range(1100):  # more than files may be open
        deep = deep / "d"
        deep.mkdir()
    for folder in (path(top, HOME), path(top, HOME) / "nested", deep):
        with opened(folder) as parent:
            btrfs.create(parent, "nested")
        (folder / "nested" / "file").write_text("here too")
    with opened(path(top, HOME) / "nested") as parent:
        os.mkdir(b"\xff", dir_fd=parent)
    for frozen in ("nested", "nested/nested"):
        with opened(path(top, HOME) / frozen) as nested:
            btrfs.freeze(nested)
    volumes.freeze(HOME)
    volumes.delete(HOME)
    assert list(volumes.all()) == []
    assert not path(top, HOME).exists()


def test_a_snapshot_that_is_made_while_its_volume_goes_does_not_stay(
    volumes: BtrfsVolumes, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(volumes, HOME)
    volumes.snapshot(HOME, TODAY)
    destroy, keeper = btrfs.destroy, BtrfsVolumes(top)

    def meanwhile(parent: int, name: str) -> None:
        with suppress(FileNotFoundError):
            keeper.snapshot(HOME, TOMORROW)
        destroy(parent, name)

    monkeypatch.setattr(btrfs, "destroy", meanwhile)
    volumes.delete(HOME)
    assert [str(left) for left in (top / "snapshots").rglob("*")] == [str(top / "snapshots/homes")]


def test_what_goes_while_counters_are_removed_is_remembered(
    volumes: BtrfsVolumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def forget(_: int, number: int) -> bool:
        asked.append(number)
        if len(asked) == 1:
            volumes.delete(NEIGHBOUR)
        return True

    make(volumes, HOME)
    with volumes.ensure(NEIGHBOUR) as folder:
        neighbour = btrfs.identity(folder)
    volumes.delete(HOME)
    monkeypatch.setattr(btrfs, "forget_count", forget)
    volumes.tidy()
    volumes.tidy()
    assert asked[1:] == [neighbour]


def test_all_volumes_are_found_and_nothing_else(volumes: BtrfsVolumes, top: Path) -> None:
    make(volumes, HOME)
    make(volumes, PROJECT)
    (top / "homes" / "lost+found").mkdir()
    (top / "projects" / "Odd Name").mkdir()
    assert sorted(volumes.all()) == [HOME, PROJECT]


def test_what_is_not_mounted_is_not_taken_for_empty(tmp_path: Path) -> None:
    volumes = BtrfsVolumes(tmp_path)
    with pytest.raises(StorageError, match="not mounted"), volumes.ensure(HOME):
        pass
    with pytest.raises(StorageError, match="not mounted"):
        list(volumes.all())
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_a_folder_is_not_followed(
    volumes: BtrfsVolumes, top: Path, tmp_path: Path
) -> None:
    make(volumes, NEIGHBOUR)
    (path(top, NEIGHBOUR) / "work.txt").write_text("theirs")
    (top / "homes" / "rivierstad-analyst").mkdir(parents=True)
    for target in (path(top, NEIGHBOUR), tmp_path):
        path(top, HOME).symlink_to(target)
        with pytest.raises(StorageError, match="not a folder"), volumes.ensure(HOME):
            pass
        for verb in (volumes.usage, volumes.delete):
            with pytest.raises(StorageError, match="not a folder"):
                verb(HOME)
        with pytest.raises(StorageError, match="not a folder"):
            volumes.resize(HOME, MIB)
        path(top, HOME).unlink()
    assert (path(top, NEIGHBOUR) / "work.txt").read_text() == "theirs"
    make(volumes, HOME)  # the same name, without the link


def test_a_plain_folder_in_the_place_of_a_volume_is_refused(
    volumes: BtrfsVolumes, top: Path
) -> None:
    path(top, HOME).mkdir(parents=True)
    with pytest.raises(StorageError, match="plain folder"), volumes.ensure(HOME):
        pass


def test_plain_folders_have_no_limit_and_say_so(tmp_path: Path) -> None:
    volumes = PlainVolumes(tmp_path)
    make(volumes, HOME)
    assert volumes.usage(HOME) is None
    assert list(volumes.all()) == [HOME]
    volumes.delete(HOME)
    volumes.delete(HOME)
    assert list(volumes.all()) == []
    assert list((tmp_path / "homes").iterdir()) == [], "the name of who left stays"


def _flush(top: Path) -> None:
    with opened(top) as folder:
        btrfs.sync(folder)
    os.sync()
