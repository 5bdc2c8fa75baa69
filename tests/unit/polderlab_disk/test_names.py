"""What may be the name of a volume; everything root does with a folder starts here."""

from __future__ import annotations

from datetime import date

import pytest

from polderlab_disk.names import Kind, StorageError, Volume, day_of


def test_a_volume_knows_where_it_is() -> None:
    home = Volume(Kind.HOME, "rivierstad-analyst/river-access")
    assert home.parts == ("homes", "rivierstad-analyst", "river-access")
    assert home.snapshots == ("snapshots", "homes", "rivierstad-analyst", "river-access")
    assert Volume(Kind.PROJECT, "river-access").parts == ("projects", "river-access")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../outside",
        "someone/../outside",
        "someone/..",
        "/etc",
        "someone//project",
        "someone/project/",
        "someone/project\n",
        "someone/project\0",
        "someone/pro ject",
        "someone/Project",
        "someone/-project",
        "someone/pro--ject",
        "someone/.hidden",
        "someone/project/more",
        "someone",
        "someone/pröject",
        "someone/" + "a" * 41,
        "someone\\project",
        "so/project",
    ],
)
def test_a_name_that_means_harm_is_none(name: str) -> None:
    with pytest.raises(StorageError):
        Volume(Kind.HOME, name)
    assert Volume(Kind.HOME, "someone/project").name == "someone/project"


def test_a_project_is_one_name() -> None:
    with pytest.raises(StorageError):
        Volume(Kind.PROJECT, "river/access")


@pytest.mark.parametrize("name", ["20270301", "2027-3-1", "2027-W09-1", "..", "", "2027-03-01x"])
def test_only_a_day_as_we_write_it_is_a_snapshots_name(name: str) -> None:
    assert day_of(name) is None
    assert day_of("2027-03-01") == date(2027, 3, 1)
