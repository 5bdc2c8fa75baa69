"""Nothing outside the data folder is ever opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polderlab_catalog.web.files import FileUnavailableError, open_beneath


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
