"""Whoever leaves a home behind that was made to hurt the lab: root packs and deletes it."""

from __future__ import annotations

import os
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.unit.polderlab_hub.test_leavings import RECORD, Machine

from polderlab.wire import FolderOrder
from polderlab_hub.leavings import Leavings

HOME = "homes/ravi/river-access"
DEEP = 2500


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "volumes", tmp_path / "archives")
    made.write(f"{HOME}/notebook.ipynb")
    made.write("homes/lea/river-access/y")
    return made


def deepen(folder: Path, depth: int) -> None:
    """Put folders into each other, deeper than any path can say, with a file in the last."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("last", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)


def members(machine: Machine, archive: str) -> dict[str, tarfile.TarInfo]:
    packed = machine.archives / archive
    plain = subprocess.run(["zstd", "-dcq", packed], capture_output=True, check=True)
    file = packed.with_suffix(".tar")
    file.write_bytes(plain.stdout)
    with tarfile.open(file) as tar:
        return {each.name.removeprefix(f"{HOME}/"): each for each in tar.getmembers()}


def test_a_home_of_odd_things_is_packed_as_it_is_and_deleted(
    machine: Machine, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "shadow").write_text("the root's own secret")
    home = machine.root / HOME
    (home / "link").symlink_to(outside / "shadow")
    (home / "folder").symlink_to(outside)
    (home / "--checkpoint-action=exec=sh").write_text("an option?")
    (home / "a\nb").write_text("two lines")
    os.close(os.open(os.fsencode(home) + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))
    (home / "suid").write_text("#!/bin/sh")
    (home / "suid").chmod(0o6755)
    os.mkfifo(home / "pipe")
    (home / "hard").hardlink_to(home / "suid")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(home)
        try:
            listening.bind("socket")
        finally:
            os.chdir("/")
    packed = machine.carry_out("archived", "person-homes", "ravi")
    assert packed.error == ""
    found = members(machine, packed.archive)
    assert found["notebook.ipynb"].isreg()
    assert found["link"].issym()
    assert found["folder"].issym()
    assert found["pipe"].isfifo()
    assert "--checkpoint-action=exec=sh" in found
    assert (
        b"root's own secret"
        not in (machine.archives / packed.archive).with_suffix(".tar").read_bytes()
    )
    gone = machine.carry_out("deleted", "person-homes", "ravi", packed.parts)
    assert gone.error == ""
    assert (outside / "shadow").read_text() == "the root's own secret"
    assert machine.everything() == {"homes/lea/river-access/y"}


def test_a_file_of_a_petabyte_that_holds_nothing_is_packed_at_once(machine: Machine) -> None:
    with (machine.root / HOME / "huge").open("wb") as file:
        file.truncate(8 * 2**40)
    packed = machine.carry_out("archived", "person-homes", "ravi")
    assert packed.error == ""
    assert packed.bytes < 1_000_000
    assert packed.files == 2


def test_folders_deeper_than_any_path_are_packed_counted_and_deleted(machine: Machine) -> None:
    deepen(machine.root / HOME, DEEP)
    packed = machine.carry_out("archived", "person-homes", "ravi")
    assert packed.error == ""
    assert packed.files == 2
    gone = machine.carry_out("deleted", "person-homes", "ravi", packed.parts)
    assert gone.error == ""
    assert not (machine.root / "homes/ravi").exists()
    assert (machine.root / "homes/lea/river-access/y").exists()


async def test_one_home_that_cannot_be_packed_holds_up_no_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = Leavings._pack

    def failing(self: Leavings, order: FolderOrder) -> object:
        if order.name == "ravi":
            raise RecursionError
        return pack(self, order)

    monkeypatch.setattr(Leavings, "_pack", failing)
    machine.lab.orders = [
        FolderOrder(
            f"{RECORD}:{number}",
            "archived",
            "person-homes",
            name,
            f"{RECORD}/{number}-person-homes-{name}.tar.zst",
        )
        for number, name in enumerate(("ravi", "lea"))
    ]
    await machine.leavings.once()
    first, second = machine.lab.reports
    assert first.error
    assert second.error == ""
    assert second.files == 1


def test_a_pack_for_which_there_is_no_room_leaves_nothing_behind(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = machine.carry_out("archived", "person-homes", "lea")
    assert packed.error == ""

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space" in machine.carry_out("archived", "person-homes", "ravi").error
    assert [path.name for path in machine.archives.rglob("*") if path.is_file()] == [
        Path(packed.archive).name
    ]
