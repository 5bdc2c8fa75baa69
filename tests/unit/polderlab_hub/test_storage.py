"""Folders of people and projects; real folders, since modes and links are the point."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.polderlab_hub.test_session_plan import PLAN

from polderlab_disk.names import StorageError, Volume
from polderlab_disk.volumes import PlainVolumes
from polderlab_hub.storage import prepare


class Noted(PlainVolumes):
    """Plain folders that note the limits they are given."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.limits: dict[str, int] = {}

    def resize(self, volume: Volume, limit: int) -> None:
        self.limits[volume.name] = limit


@pytest.fixture
def volumes(tmp_path: Path) -> Noted:
    return Noted(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "homes" / PLAN.home


def described(folder: Path) -> tuple[int, int, int]:
    found = folder.lstat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def test_a_home_is_the_analysts_alone_and_a_project_is_its_members(
    volumes: Noted, home: Path, tmp_path: Path
) -> None:
    prepare(PLAN, volumes)
    for folder in (home, home / "project", home / ".snapshots" / "home"):
        assert described(folder) == (0o700, 1000, 1000)
    assert described(tmp_path / "projects" / PLAN.shared) == (0o2770, 1000, 1000)


def test_what_lies_above_them_is_roots_and_closed(
    volumes: Noted, home: Path, tmp_path: Path
) -> None:
    prepare(PLAN, volumes)
    for folder in (tmp_path / "homes", home.parent, tmp_path / "projects"):
        assert described(folder) == (0o700, 0, 0)


def test_a_second_start_leaves_the_work_alone(volumes: Noted, home: Path) -> None:
    prepare(PLAN, volumes)
    (home / "work.txt").write_text("mine")
    prepare(PLAN, volumes)
    assert (home / "work.txt").read_text() == "mine"


def test_both_get_the_limits_of_the_plan(volumes: Noted) -> None:
    prepare(replace(PLAN, home_bytes=5, shared_bytes=7), volumes)
    assert volumes.limits == {PLAN.home: 5, PLAN.shared: 7}


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/outside", "", "."])
def test_a_path_that_leaves_the_folder_is_refused(
    volumes: Noted, tmp_path: Path, name: str
) -> None:
    with pytest.raises(StorageError):
        prepare(replace(PLAN, home=name), volumes)
    assert not (tmp_path.parent / "outside").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["", "project", ".snapshots", ".snapshots/home"])
def test_a_link_is_refused_and_not_followed(
    volumes: Noted, home: Path, tmp_path: Path, place: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = described(elsewhere)
    link = home / place if place else home
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(StorageError, match="not a folder"):
        prepare(PLAN, volumes)
    assert described(elsewhere) == before
    assert list(elsewhere.iterdir()) == []


def test_a_disk_that_is_full_is_a_fault_of_the_storage(tmp_path: Path) -> None:
    class Full(PlainVolumes):
        @contextmanager
        def ensure(self, volume: Volume) -> Iterator[int]:
            raise OSError(errno.ENOSPC, f"No space left for {volume}")
            yield 0

    with pytest.raises(StorageError, match="No space left"):
        prepare(PLAN, Full(tmp_path))
