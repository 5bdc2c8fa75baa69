"""Making the place where homes are, filling it with those of before, and taking it away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support import btrfs as real
from tests.support.lab import sweep_volumes
from tests.support.leftovers import leftovers

from polderlab_disk.names import Kind, StorageError, Volume
from polderlab_disk.volumes import BtrfsVolumes
from polderlab_host import disk, loops, moving
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

GIB = 1024**3
HOME = Volume(Kind.HOME, "rivierstad-analyst/river-access")
PROJECT = Volume(Kind.PROJECT, "river-access")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[HostSettings]:
    made = HostSettings(instance="pltestd", state=tmp_path / "state", volumes_gigabytes=1)
    made.run.mkdir(parents=True, mode=0o700)
    try:
        yield made
    finally:
        disk.release(made, anyhow=True)
        left = loops.of(made.volumes_file)
        shutil.rmtree(made.state, ignore_errors=True)
        assert not left
        assert leftovers(made) == []


def ensure(settings: HostSettings, *, in_use: bool = False) -> disk.Disk:
    return disk.ensure(settings, in_use=in_use, tell=lambda _: None)


def fill(settings: HostSettings) -> Path:
    """Put down a home and a project folder as labs of before had them; return the home."""
    home = settings.state / "homes" / HOME.name
    shared = settings.state / "projects" / PROJECT.name
    for folder in (home / "notebooks" / "old", shared):
        folder.mkdir(parents=True)
    (home / "work.txt").write_text("mine")
    (home / "notebooks" / "old" / "one.ipynb").write_bytes(os.urandom(300_000))
    os.link(home / "work.txt", home / "same.txt")
    (home / "link").symlink_to("/etc/passwd")
    (home / "name with ünicode\n").write_text("odd")
    (home / "work.txt").chmod(0o640)
    os.utime(home / "work.txt", ns=(1, 1_600_000_000_123_456_789))
    (shared / "ours.csv").write_text("a,b\n")
    for path in (home, *home.rglob("*"), shared, *shared.rglob("*")):
        os.chown(path, 1000, 1000, follow_symlinks=False)
    home.chmod(0o700)
    shared.chmod(0o2770)
    return home


def test_a_file_with_a_btrfs_is_made_once_and_mounted_again(settings: HostSettings) -> None:
    made = ensure(settings)
    assert made.kind is disk.Kind.FILE
    assert settings.volumes_file.stat().st_size == GIB
    assert settings.volumes_file.stat().st_blocks * 512 < GIB / 10, "it is not sparse"
    assert settings.volumes_file.stat().st_mode & 0o777 == 0o600
    with BtrfsVolumes(settings.volumes).ensure(HOME):
        pass
    assert ensure(settings) == made
    assert disk.release(settings)
    assert not disk.release(settings)
    assert list(settings.volumes.iterdir()) == []
    assert disk.wrong(settings)
    assert ensure(settings) == made
    assert disk.wrong(settings) == []
    assert list(BtrfsVolumes(settings.volumes).all()) == [HOME]


def test_nothing_of_it_stays_behind(settings: HostSettings) -> None:
    ensure(settings)
    assert any("loop device" in line for line in leftovers(settings))
    assert any("mount" in line for line in leftovers(settings))
    disk.release(settings)
    left = [line for line in leftovers(settings) if "loop" in line or "mount" in line]
    assert left == []


def test_somebody_elses_mount_and_device_are_left_alone(
    settings: HostSettings, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    with real.mounted(theirs) as top:
        ensure(settings)
        disk.release(settings)
        assert loops.device(top) is not None
        assert (theirs / "disk.img").exists()


def test_the_file_grows_when_the_setting_does_and_does_not_shrink(settings: HostSettings) -> None:
    ensure(settings)
    larger = settings.model_copy(update={"volumes_gigabytes": 3})
    ensure(larger)
    assert shutil.disk_usage(settings.volumes).total == 3 * GIB
    ensure(settings)
    assert shutil.disk_usage(settings.volumes).total == 3 * GIB


def test_growing_that_was_broken_off_is_finished(settings: HostSettings) -> None:
    ensure(settings)
    with settings.volumes_file.open("ab") as file:
        file.truncate(3 * GIB)
    ensure(settings.model_copy(update={"volumes_gigabytes": 3}))
    assert shutil.disk_usage(settings.volumes).total == 3 * GIB


def test_a_state_folder_behind_a_link_is_found_and_taken_away(
    settings: HostSettings, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    linked = HostSettings(
        instance=settings.instance, state=tmp_path / "link" / "state", volumes_gigabytes=2
    )
    ensure(settings)
    ensure(linked)
    assert shutil.disk_usage(settings.volumes).total == 2 * GIB
    assert disk.release(linked)
    assert loops.of(settings.volumes_file) == []


def test_a_mount_that_is_in_use_is_told_by_whom(
    settings: HostSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(settings)
    monkeypatch.setattr(loops, "WAIT_SECONDS", 0.2)
    with subprocess.Popen(["sleep", "60"], cwd=settings.volumes) as user:
        try:
            with pytest.raises(HostError, match=r"in use by sleep \(\d+\)"):
                disk.release(settings)
            assert disk.wrong(settings) == []
            assert disk.release(settings, anyhow=True)
        finally:
            user.kill()
    # With the last user the device goes as well.
    assert loops.device(settings.volumes) is None


def test_a_btrfs_that_is_there_is_used_and_left_mounted(
    settings: HostSettings, tmp_path: Path
) -> None:
    with own_disk(settings, tmp_path):
        found = ensure(settings)
        assert found.kind is disk.Kind.BTRFS
        assert not settings.volumes_file.exists()
        volumes = BtrfsVolumes(settings.volumes)
        with volumes.ensure(HOME):
            volumes.resize(HOME, GIB)
        disk.release(settings)
        assert list(volumes.all()) == [HOME]
        disk.empty(settings)
        assert list(volumes.all()) == []


def test_volumes_go_from_a_disk_that_counts_no_longer(
    settings: HostSettings, tmp_path: Path
) -> None:
    with own_disk(settings, tmp_path):
        ensure(settings)
        volumes = BtrfsVolumes(settings.volumes)
        with volumes.ensure(HOME):
            pass
        volumes.freeze(HOME)
        said("btrfs", "quota", "disable", str(settings.volumes))
        assert disk.wrong(settings)
        disk.empty(settings)
        assert list(volumes.all()) == []


def test_another_disk_in_the_place_of_the_homes_is_not_wiped(
    settings: HostSettings, tmp_path: Path
) -> None:
    with own_disk(settings, tmp_path):
        ensure(settings)
    (tmp_path / "second").mkdir()
    with own_disk(settings, tmp_path / "second"):
        (settings.volumes / "photo.jpg").write_text("somebody's")
        with pytest.raises(HostError, match="Another disk"):
            disk.empty(settings)
    disk.empty(settings)  # nothing is mounted: there is nothing to lose


def test_what_cannot_be_removed_is_told(
    settings: HostSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_disk(settings, tmp_path):
        ensure(settings)
        with BtrfsVolumes(settings.volumes).ensure(HOME):
            pass

        def fails(*_: object) -> None:
            raise StorageError("'river-access' cannot be removed whole.")

        monkeypatch.setattr(BtrfsVolumes, "delete", fails)
        with pytest.raises(HostError, match="cannot be removed whole"):
            disk.empty(settings)


def test_homes_move_to_a_disk_of_their_own_while_people_work(
    settings: HostSettings, tmp_path: Path
) -> None:
    ensure(settings)
    volumes = BtrfsVolumes(settings.volumes)
    with volumes.ensure(HOME):
        volumes.resize(HOME, GIB)
    work = settings.volumes.joinpath(*HOME.parts, "work.txt")
    work.write_text("mine")
    own = tmp_path / "own.img"
    with own.open("wb") as file:
        file.truncate(GIB)
    device = said("losetup", "--find", "--show", str(own))
    try:
        with work.open():
            # As docs/how-to/disk-space.md says.
            said("btrfs", "device", "add", device, str(settings.volumes))
            old = said("findmnt", "-no", "SOURCE", str(settings.volumes))
            said("btrfs", "device", "remove", old, str(settings.volumes))
        assert ensure(settings).kind is disk.Kind.BTRFS
        settings.volumes_file.unlink()
        assert disk.wrong(settings) == []
        assert work.read_text() == "mine"
        use = volumes.usage(HOME)
        assert use is not None
        assert use.limit == GIB
    finally:
        said("umount", str(settings.volumes))
        said("losetup", "--detach", device)


def said(*command: str) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=120
    ).stdout.strip()


def test_a_disk_that_is_not_mounted_is_missed_not_replaced(
    settings: HostSettings, tmp_path: Path
) -> None:
    with own_disk(settings, tmp_path):
        ensure(settings)
    with pytest.raises(HostError, match="not mounted"):
        ensure(settings)
    assert not settings.volumes_file.exists()
    assert list(settings.volumes.iterdir()) == []


def test_a_file_that_is_gone_is_missed_not_replaced(settings: HostSettings) -> None:
    ensure(settings)
    disk.release(settings)
    settings.volumes_file.rename(settings.state / "elsewhere")
    with pytest.raises(HostError, match="which is gone"):
        ensure(settings)
    assert not settings.volumes_file.exists()


def test_where_it_cannot_be_plain_folders_do_and_it_is_said_loudly(
    settings: HostSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fill(settings)
    with monkeypatch.context() as without:
        without.setattr(disk.shutil, "which", lambda _: None)
        found = ensure(settings)
    assert found.kind is disk.Kind.PLAIN
    assert disk.place(settings) == settings.state
    assert "btrfs-progs is not installed" in disk.warnings(settings)[0]
    assert "no limit holds" in disk.as_text(found, settings)
    assert (home / "work.txt").read_text() == "mine"
    assert ensure(settings).limited, "it is tried again, and what was plain is moved"
    assert not home.exists()
    assert disk.place(settings) == settings.volumes


def test_a_file_with_homes_in_it_is_never_given_up_for_plain_folders(
    settings: HostSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(settings)
    disk.release(settings)
    (settings.run / "disk.json").unlink()
    settings.volumes_file.chmod(0o600)

    def fails(_: HostSettings) -> None:
        raise HostError("unknown filesystem type 'btrfs'.", "Load the module.")

    monkeypatch.setattr(disk, "_mount", fails)
    with pytest.raises(HostError, match="unknown filesystem"):
        ensure(settings)
    assert settings.volumes_file.exists()


# Homes of before -----------------------------------------------------------------------------


def test_homes_of_before_are_moved_whole(settings: HostSettings, tmp_path: Path) -> None:
    home = fill(settings)
    shutil.copytree(home, tmp_path / "copy", symlinks=True)
    subprocess.run(["cp", "-aT", home, tmp_path / "copy"], check=True, timeout=30)
    ensure(settings)
    moved = settings.volumes.joinpath(*HOME.parts)
    assert moving.difference(tmp_path / "copy", moved) is None
    assert moved.stat().st_ino == 256, "not a subvolume"
    assert (moved / "work.txt").stat().st_nlink == 2
    assert (settings.volumes / "projects" / "river-access" / "ours.csv").read_text() == "a,b\n"
    assert not (settings.state / "homes").exists()
    assert sorted(BtrfsVolumes(settings.volumes).all()) == [HOME, PROJECT]


def test_homes_that_are_in_use_wait(settings: HostSettings) -> None:
    home = fill(settings)
    found = ensure(settings, in_use=True)
    assert not found.limited
    assert "make down" in disk.warnings(settings)[0]
    assert (home / "work.txt").read_text() == "mine"
    assert ensure(settings).limited


STEPS = ["copied", "compared", "in place", "aside", "half removed"]


@pytest.mark.parametrize("step", STEPS)
def test_a_move_that_is_broken_off_loses_nothing_and_goes_on(
    settings: HostSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    home = fill(settings)
    subprocess.run(["cp", "-aT", home, tmp_path / "copy"], check=True, timeout=30)
    with monkeypatch.context() as patch:
        break_at(step, patch)
        with pytest.raises(KilledError):
            ensure(settings)
    places = (home, settings.volumes.joinpath(*HOME.parts))
    whole = [p for p in places if p.exists() and not moving.difference(tmp_path / "copy", p)]
    assert whole, "the home is in neither place whole"
    disk.release(settings)  # and the machine starts anew
    ensure(settings)
    assert moving.difference(tmp_path / "copy", places[1]) is None
    assert not home.exists()
    assert not (settings.state / "moved").exists()
    assert not (settings.volumes / "moving").exists()


def test_a_home_of_folders_too_deep_is_told_and_stays(settings: HostSettings) -> None:
    home = fill(settings)
    here = os.open(home, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    for _ in range(2):
        with pytest.raises(HostError, match="too deep") as told:
            ensure(settings)
        assert HOME.name in told.value.problem
        assert "Move it aside" in told.value.remedy
        assert (home / "work.txt").read_text() == "mine"
    home.rename(settings.state / "aside")
    ensure(settings)
    assert not (settings.volumes / "moving").exists()
    assert list(BtrfsVolumes(settings.volumes).all()) == [PROJECT]
    subprocess.run(["rm", "-rf", settings.state / "aside"], check=True, timeout=30)


def test_two_homes_that_differ_are_both_kept(settings: HostSettings) -> None:
    fill(settings)
    ensure(settings)
    other = fill(settings)
    with pytest.raises(HostError, match="they differ"):
        ensure(settings)
    assert (other / "work.txt").exists()
    assert settings.volumes.joinpath(*HOME.parts, "work.txt").exists()


@pytest.mark.parametrize("change", ["content", "size", "mode", "owner", "link", "missing", "time"])
def test_every_difference_is_seen(settings: HostSettings, tmp_path: Path, change: str) -> None:
    home, copy = fill(settings), tmp_path / "copy"
    subprocess.run(["cp", "-aT", home, copy], check=True, timeout=30)
    assert moving.difference(home, copy) is None
    before = (copy / "work.txt").stat()
    changes: dict[str, Callable[[], object]] = {
        "content": lambda: (copy / "work.txt").write_text("yore"),
        "size": lambda: (copy / "work.txt").write_text("mine and more"),
        "mode": lambda: (copy / "work.txt").chmod(0o600),
        "owner": lambda: os.chown(copy / "notebooks" / "old" / "one.ipynb", 0, 0),
        "link": lambda: ((copy / "link").unlink(), (copy / "link").symlink_to("/etc/group")),
        "missing": lambda: (copy / "notebooks" / "old" / "one.ipynb").unlink(),
        "time": lambda: None,
    }
    changes[change]()
    if change in {"content", "size"}:
        os.utime(copy / "work.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    if change == "time":
        os.utime(copy / "work.txt", ns=(1, 1))
    assert moving.difference(home, copy) is not None


class KilledError(Exception):
    """Stands for a process that is killed."""


def break_at(step: str, patch: pytest.MonkeyPatch) -> None:
    """Have the move end as if killed, right after ``step``."""

    def then_killed(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **more: object) -> object:
            real(*arguments, **more)
            raise KilledError

        return call

    if step == "copied":
        run = moving.run

        def killed_by_copying(command: list[str], **more: float) -> object:
            called = then_killed(run) if command[0] == "cp" else run
            return called(command, **more)

        patch.setattr(moving, "run", killed_by_copying)
    elif step == "compared":
        patch.setattr(moving, "difference", then_killed(moving.difference))
    elif step in {"in place", "aside"}:
        rename, names = Path.rename, {"in place": "draft", "aside": HOME.parts[-1]}

        def killed_after(path: Path, target: Path) -> Path:
            done = rename(path, target)
            if path.name == names[step] and path.parent.name != "run":
                raise KilledError
            return done

        patch.setattr(Path, "rename", killed_after)
    else:
        patch.setattr(moving, "_remove", half)


def half(folder: Path, *_: str) -> None:
    """Remove one file of the folder, then end as if killed."""
    if files := [p for p in folder.rglob("*") if p.is_file()]:
        files[0].unlink()
        raise KilledError


@contextmanager
def own_disk(settings: HostSettings, tmp_path: Path) -> Iterator[None]:
    """Have a disk of the operator's mounted where volumes are."""
    folder = tmp_path / "own"
    folder.mkdir()
    settings.volumes.mkdir(parents=True, exist_ok=True)
    with real.mounted(folder) as top:
        subprocess.run(["mount", "--bind", top, settings.volumes], check=True, timeout=30)
        try:
            yield
        finally:
            subprocess.run(["umount", settings.volumes], check=True, timeout=30)


def test_what_a_killed_run_of_another_checkout_left_is_swept_away(
    settings: HostSettings, tmp_path: Path
) -> None:
    """Its file may be gone with the checkout; what is left bears the lab's name."""
    ensure(settings)
    elsewhere = settings.model_copy(update={"instance": "pltestdx", "state": tmp_path / "other"})
    elsewhere.run.mkdir(parents=True)
    ensure(elsewhere)
    settings.volumes_file.unlink()
    sweep_volumes(settings.instance)
    assert loops.device(settings.volumes) is None
    assert loops.of(settings.volumes_file) == []
    assert loops.device(elsewhere.volumes) is not None, "another lab's was taken"
    disk.release(elsewhere)
