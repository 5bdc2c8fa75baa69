"""Folders of who and what left, on a real disk: frozen, packed, deleted, and nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from polderlab.wire import FolderDone, FolderOrder
from polderlab_disk.names import Volume
from polderlab_disk.volumes import PlainVolumes
from polderlab_hub.leavings import SPARE, Leavings

RECORD = str(UUID(int=7))


class Lab:
    """Gives orders, and remembers what was reported."""

    def __init__(self) -> None:
        self.orders: list[FolderOrder] = []
        self.reports: list[FolderDone] = []

    async def folder_orders(self) -> list[FolderOrder]:
        return self.orders

    async def folder_done(self, done: FolderDone) -> None:
        self.reports.append(done)


class Machine:
    """Homes and project folders below ``root``, and what looks after them."""

    def __init__(self, root: Path, archives: Path) -> None:
        self.root, self.archives, self.used, self.lab = root, archives, False, Lab()
        self.leavings = Leavings(
            self.lab, PlainVolumes(root), root, archives, lambda _volume: self.used
        )

    def write(self, path: str, text: str = "mine") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def carry_out(
        self, wanted: str, kind: str, name: str, parts: list[str] | None = None
    ) -> FolderDone:
        archive = f"{RECORD}/0-{kind}-{name.replace('/', '-')}.tar.zst"
        order = FolderOrder(f"{RECORD}:0", wanted, kind, name, archive, parts or [])
        return self.leavings.carry_out(order)

    def everything(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "volumes", tmp_path / "archives")
    for path in (
        "homes/ravi/river-access/notebook.ipynb",
        "homes/ravi/water-atlas/a/b.csv",
        "homes/ravinder/river-access/x",
        "homes/lea/river-access/y",
        "projects/river-access/shared.csv",
        "projects/ravi/z",
    ):
        made.write(path)
    return made


def test_a_persons_homes_go_the_whole_way_and_nobody_elses(machine: Machine) -> None:
    others = {path for path in machine.everything() if not path.startswith("homes/ravi/")}
    frozen = machine.carry_out("frozen", "person-homes", "ravi")
    assert frozen.parts == ["ravi/river-access", "ravi/water-atlas"]
    home = (machine.root / "homes/ravi/river-access").stat()
    assert (home.st_uid, home.st_mode & 0o777) == (0, 0o500)
    packed = machine.carry_out("archived", "person-homes", "ravi")
    assert packed.error == ""
    assert packed.files == 2
    archive = machine.archives / packed.archive
    content = archive.read_bytes()
    assert hashlib.sha256(content).hexdigest() == packed.sha256
    assert len(content) == packed.bytes
    assert archive.stat().st_mode & 0o777 == 0o600
    listed = subprocess.run(
        ["tar", "--zstd", "-tf", archive], capture_output=True, text=True, check=True
    )
    assert "homes/ravi/river-access/notebook.ipynb" in listed.stdout.splitlines()
    assert "lea" not in listed.stdout
    gone = machine.carry_out("deleted", "person-homes", "ravi", packed.parts)
    assert gone.error == ""
    assert machine.everything() == others
    assert not (machine.root / "homes/ravi").exists()
    assert not archive.exists()
    assert not archive.parent.exists()


def test_every_step_can_be_taken_again(machine: Machine) -> None:
    for wanted in ("frozen", "archived"):
        first = machine.carry_out(wanted, "person-homes", "ravi")
        assert machine.carry_out(wanted, "person-homes", "ravi").parts == first.parts
    parts = ["ravi/river-access", "ravi/water-atlas"]
    for _ in range(2):
        assert machine.carry_out("deleted", "person-homes", "ravi", parts).error == ""


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("project-homes", ["lea/river-access", "ravi/river-access", "ravinder/river-access"]),
        ("project-folder", ["river-access"]),
    ],
)
def test_a_project_leaves_its_homes_and_its_folder(
    machine: Machine, kind: str, parts: list[str]
) -> None:
    assert machine.carry_out("archived", kind, "river-access").parts == parts


def test_whose_last_home_goes_with_a_project_leaves_no_name(machine: Machine) -> None:
    parts = ["lea/river-access", "ravi/river-access"]
    assert machine.carry_out("deleted", "project-homes", "river-access", parts).error == ""
    assert not (machine.root / "homes/lea").exists()
    assert (machine.root / "homes/ravi/water-atlas/a/b.csv").exists()


def test_what_is_still_in_use_waits(machine: Machine) -> None:
    machine.used = True
    done = machine.carry_out("frozen", "person-homes", "ravi")
    assert "still in use" in done.error
    assert (machine.root / "homes/ravi/river-access").stat().st_mode & 0o777 != 0o500


@pytest.mark.parametrize(
    "name", ["..", "../lea", "ravi/..", "/etc", "", "RAVI", "ra\0vi", "r" * 99]
)
@pytest.mark.parametrize("wanted", ["frozen", "archived", "deleted"])
def test_a_name_that_is_none_touches_nothing(machine: Machine, wanted: str, name: str) -> None:
    before = machine.everything()
    done = machine.carry_out(wanted, "person-homes", name, [name, f"{name}/river-access"])
    assert done.error
    assert machine.everything() == before
    assert not machine.archives.exists()


@pytest.mark.parametrize(
    "parts",
    [["lea/river-access"], ["ravi/../lea/river-access"], ["ravi"], ["ravinder/river-access"]],
)
def test_only_parts_of_what_left_are_deleted(machine: Machine, parts: list[str]) -> None:
    before = machine.everything()
    assert machine.carry_out("deleted", "person-homes", "ravi", parts).error
    assert machine.everything() == before


@pytest.mark.parametrize(
    "archive", ["../x.tar.zst", "/etc/passwd", f"{RECORD}/../../x.tar.zst", ""]
)
def test_an_archive_lies_among_the_archives_or_is_not_made(machine: Machine, archive: str) -> None:
    order = FolderOrder("x", "archived", "person-homes", "ravi", archive)
    assert machine.leavings.carry_out(order).error
    assert not machine.archives.exists()


def test_a_link_that_was_swapped_in_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "keep").write_text("keep")
    (machine.root / "homes/ravi/evil").symlink_to(secret)
    (machine.root / "homes/ravi/river-access/link").symlink_to(secret)
    packed = machine.carry_out("archived", "person-homes", "ravi")
    assert "ravi/evil" not in packed.parts
    machine.carry_out("deleted", "person-homes", "ravi", [*packed.parts, "ravi/evil"])
    assert (secret / "keep").read_text() == "keep"


def test_who_never_had_a_home_leaves_nothing_and_nothing_is_deleted(machine: Machine) -> None:
    before = machine.everything()
    assert machine.carry_out("frozen", "person-homes", "nobody").parts == []
    assert machine.carry_out("archived", "person-homes", "nobody") == FolderDone(
        f"{RECORD}:0", "archived"
    )
    assert machine.carry_out("deleted", "person-homes", "nobody").error == ""
    assert machine.everything() == before


@pytest.mark.parametrize("missing", ["volumes", "volumes/homes"])
def test_folders_that_are_away_are_not_taken_for_deleted(
    machine: Machine, tmp_path: Path, missing: str
) -> None:
    (tmp_path / missing).rename(tmp_path / "away")
    for wanted in ("frozen", "archived"):
        assert machine.carry_out(wanted, "person-homes", "ravi").error


def test_a_pack_that_breaks_off_leaves_no_archive(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "tar").write_text("#!/bin/sh\nexit 2\n")
    (broken / "tar").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:/usr/bin:/bin")
    assert "cannot be packed" in machine.carry_out("archived", "person-homes", "ravi").error
    assert list(machine.archives.rglob("*.zst")) == []


def test_one_home_goes_the_whole_way_and_no_other(machine: Machine) -> None:
    kept = {
        path for path in machine.everything() if path != "homes/ravi/river-access/notebook.ipynb"
    }
    home = "ravi/river-access"
    assert machine.carry_out("frozen", "home", home).parts == [home]
    packed = machine.carry_out("archived", "home", home)
    assert (packed.error, packed.parts, packed.files) == ("", [home], 1)
    assert machine.carry_out("deleted", "home", home, [home]).error == ""
    assert machine.everything() == kept


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("home", "ravi"),
        ("home", "ravi/river-access/x"),
        ("home", "../lea/river-access"),
        ("home", "ravi/.."),
        ("home", "/ravi"),
        ("person-homes", "ravi/river-access"),
        ("project-folder", "river-access/x"),
    ],
)
@pytest.mark.parametrize("wanted", ["frozen", "archived", "deleted", "thawed"])
def test_a_home_is_named_by_person_and_project_or_not_at_all(
    machine: Machine, wanted: str, kind: str, name: str
) -> None:
    before = machine.everything()
    assert machine.carry_out(wanted, kind, name, [name]).error
    assert machine.everything() == before
    assert not machine.archives.exists()


@pytest.mark.parametrize("steps", [[], ["frozen"], ["frozen", "archived"]])
def test_what_is_called_off_comes_back_as_it_was_without_its_archive(
    machine: Machine, steps: list[str]
) -> None:
    before, home = machine.everything(), machine.root / "homes/ravi/river-access"
    for wanted in steps:
        assert machine.carry_out(wanted, "person-homes", "ravi").error == ""
    for _ in range(2):  # killed in between, say
        done = machine.carry_out("thawed", "person-homes", "ravi")
        assert (done.error, done.parts) == ("", ["ravi/river-access", "ravi/water-atlas"])
    assert machine.everything() == before
    found = home.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1000, 1000, 0o700)
    assert list(machine.archives.rglob("*")) == []


def test_what_another_leaving_holds_is_not_given_back(machine: Machine) -> None:
    machine.carry_out("frozen", "person-homes", "ravi")
    done = machine.carry_out("thawed", "person-homes", "ravi", ["ravi/river-access"])
    assert done.parts == ["ravi/water-atlas"]
    modes = [
        (machine.root / "homes/ravi" / name).stat().st_mode & 0o777
        for name in ("river-access", "water-atlas")
    ]
    assert modes == [0o500, 0o700]


def test_folders_that_are_away_are_not_taken_for_given_back(
    machine: Machine, tmp_path: Path
) -> None:
    machine.carry_out("archived", "person-homes", "ravi")
    (tmp_path / "volumes").rename(tmp_path / "away")
    assert machine.carry_out("thawed", "person-homes", "ravi").error
    assert len(list(machine.archives.rglob("*.zst"))) == 1


def test_an_archive_that_may_not_fit_is_not_begun(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write("homes/ravi/water-atlas/large", "x" * 300_000)
    statvfs = os.statvfs
    free = SPARE + 200_000

    def little(path: Path) -> os.statvfs_result:
        found = list(statvfs(path))
        found[1], found[4] = 1, free
        return os.statvfs_result(found)

    monkeypatch.setattr(os, "statvfs", little)
    before = machine.everything()
    done = machine.carry_out("archived", "person-homes", "ravi")
    assert done.needed > 300_000
    assert done.free == free
    assert str(done.needed) in done.error
    assert str(machine.archives) not in done.error
    assert machine.everything() == before
    assert list(machine.archives.rglob("*.zst*")) == []
    free += 200_000  # somebody made room
    assert machine.carry_out("archived", "person-homes", "ravi").error == ""


async def test_trouble_is_reported_and_not_tried_again_at_once(machine: Machine) -> None:
    machine.used = True
    archive = f"{RECORD}/0-person-homes-ravi.tar.zst"
    machine.lab.orders = [FolderOrder("x:0", "frozen", "person-homes", "ravi", archive)]
    await machine.leavings.once()
    await machine.leavings.once()
    assert len(machine.lab.reports) == 1
    assert machine.lab.reports[0].error


def test_the_names_of_volumes_hold_no_way_out() -> None:
    for name in ("..", "a/b/c", "ravi/.."):
        with pytest.raises(Exception, match="no name"):
            Volume("home", name)  # type: ignore[arg-type]
