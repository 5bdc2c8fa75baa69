"""The file in which the hub tells what folders hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.disks import DiskReport

HOME = "rivierstad-analyst/river-access"


def test_what_is_written_is_known_and_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "use.json"
    report = DiskReport(file)
    assert report.usage("home", HOME) is None
    write(file, {"home": {HOME: [5, 10]}, "project": {"river-access": [7, None]}})
    assert report.usage("home", HOME) == DiskUse(5, 10)
    assert report.usage("project", "river-access") == DiskUse(7, 0)
    assert report.usage("project", HOME) is None
    write(file, {"home": {HOME: [6, 10]}})
    assert report.usage("home", HOME) == DiskUse(6, 10)
    assert report.usage("project", "river-access") is None
    file.unlink()
    assert report.usage("home", HOME) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"home": 1}', '{"home": {"a": "b"}}'])
def test_what_cannot_be_read_is_not_known(tmp_path: Path, text: str) -> None:
    file = tmp_path / "use.json"
    report = DiskReport(file)
    file.write_text(text)
    assert report.usage("home", HOME) is None
    write(file, {"home": {HOME: [5, 10]}})
    assert report.usage("home", HOME) == DiskUse(5, 10)


def test_where_nobody_counts_nothing_is_known() -> None:
    assert DiskReport(None).usage("home", HOME) is None


def write(file: Path, told: object) -> None:
    """Write it as the hub does: a new file in the place of the old."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(told))
    draft.replace(file)
