"""Folders of people and projects; real folders, since modes and links are the point."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.polderlab_hub.test_session_plan import PLACE, PLAN

from polderlab_hub.session_plan import Place
from polderlab_hub.storage import StorageError, prepare


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return replace(PLACE, homes=tmp_path / "homes", projects=tmp_path / "projects")


def described(folder: Path) -> tuple[int, int, int]:
    found = folder.lstat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def test_a_home_is_the_analysts_alone_and_a_project_is_its_members(place: Place) -> None:
    prepare(PLAN, place)
    assert described(place.homes / PLAN.home) == (0o700, 1000, 1000)
    assert described(place.homes / PLAN.home / "project") == (0o700, 1000, 1000)
    assert described(place.projects / PLAN.shared) == (0o2770, 1000, 1000)


def test_what_lies_above_them_is_roots_and_closed(place: Place) -> None:
    prepare(PLAN, place)
    for folder in (place.homes, place.homes / PLAN.username, place.projects):
        assert described(folder) == (0o700, 0, 0)


def test_a_second_start_leaves_the_work_alone(place: Place) -> None:
    prepare(PLAN, place)
    work = place.homes / PLAN.home / "work.txt"
    work.write_text("mine")
    prepare(PLAN, place)
    assert work.read_text() == "mine"


@pytest.mark.parametrize("home", ["../outside", "a/../../outside", "/outside", "", "."])
def test_a_path_that_leaves_the_folder_is_refused(place: Place, home: str) -> None:
    with pytest.raises(StorageError):
        prepare(replace(PLAN, home=home), place)
    assert not (place.homes.parent / "outside").exists()


def test_a_link_is_refused_and_not_followed(place: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = described(elsewhere)
    (place.homes / PLAN.username).mkdir(parents=True)
    (place.homes / PLAN.home).symlink_to(elsewhere)
    with pytest.raises(StorageError, match="not a folder"):
        prepare(PLAN, place)
    assert described(elsewhere) == before
    assert list(elsewhere.iterdir()) == []
