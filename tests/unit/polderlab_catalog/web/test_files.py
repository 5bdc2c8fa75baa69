"""Nothing outside the data folder is ever opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polderlab_catalog.web.files import FileUnavailableError, is_near, open_beneath, read


@pytest.fixture
def data(tmp_path: Path) -> Path:
    inside = tmp_path / "data" / "water" / "1"
    inside.mkdir(parents=True)
    (inside / "water.parquet").write_bytes(b"water")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "data"


def test_a_file_inside_is_opened(data: Path) -> None:
    opened = open_beneath(data, "water/1/water.parquet")
    with opened.stream:
        assert (opened.stream.read(), opened.size) == (b"water", 5)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../secret",
        "water/../../secret",
        "water/1/../../../secret",
        "water/1/water.parquet\0.txt",
        "water/1",
        "water/1/missing",
        "..",
    ],
)
def test_a_path_that_leads_elsewhere_is_not(data: Path, path: str) -> None:
    with pytest.raises(FileUnavailableError):
        open_beneath(data, path)


def test_a_link_is_never_followed_be_it_the_file_or_a_folder(data: Path) -> None:
    (data / "water" / "1" / "link").symlink_to(data.parent / "secret")
    (data / "outside").symlink_to(data.parent)
    (data / "inside").symlink_to(data / "water")
    for path in ("water/1/link", "outside/secret", "inside/1/water.parquet"):
        with pytest.raises(FileUnavailableError):
            open_beneath(data, path)


def test_a_pipe_is_refused_without_waiting_for_a_writer(data: Path) -> None:
    os.mkfifo(data / "pipe")
    with pytest.raises(FileUnavailableError):
        open_beneath(data, "pipe")


def test_a_file_that_is_swapped_for_a_link_after_opening_changes_nothing(data: Path) -> None:
    path = data / "water" / "1" / "water.parquet"
    opened = open_beneath(data, "water/1/water.parquet")
    path.unlink()
    path.symlink_to(data.parent / "secret")
    with opened.stream:
        assert opened.stream.read() == b"water"


@pytest.mark.parametrize("wait", [True, False])
def test_a_piece_is_read_and_a_file_that_ends_before_is_told(data: Path, wait: bool) -> None:
    opened = open_beneath(data, "water/1/water.parquet")
    with opened.stream:
        assert bytes(read(opened, 1, 3, wait=True)) == b"ate", "in memory from now on"
        assert bytes(read(opened, 1, 3, wait=wait)) == b"ate"
        assert bytes(read(opened, 0, 0, wait=wait)) == b""
        with pytest.raises(FileUnavailableError if wait else BlockingIOError):
            read(opened, 0, 6, wait=wait)


def test_what_needs_the_disk_is_not_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_beneath(data, "water/1/water.parquet")

    def on_a_disk(_file: int, pieces: list[bytearray], _at: int, flags: int) -> int:
        if flags & os.RWF_NOWAIT:
            raise BlockingIOError
        pieces[0][:] = b"water"
        return 5

    monkeypatch.setattr(os, "preadv", on_a_disk)
    with opened.stream:
        assert bytes(read(opened, 0, 5)) == b"water"
        with pytest.raises(BlockingIOError):
            read(opened, 0, 5, wait=False)


@pytest.mark.parametrize(
    ("folder", "near"),
    [("/", True), ("/srv/data", False), ("/srv/database", True), ("/srv/data/fast/x", True)],
)
def test_a_folder_on_another_machine_is_told_from_one_here(
    tmp_path: Path, folder: str, near: bool
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\nfiles:/lab /srv/data nfs4 rw 0 0\n/dev/vdb /srv/data/fast xfs rw\n"
    )
    assert is_near(Path(folder), mounts) is near
    assert not is_near(Path(folder), tmp_path / "not there"), "what is not known may be far"
