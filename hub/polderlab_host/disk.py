"""Where homes and project folders are, so that each can have a limit: in a btrfs.

``<state>/volumes`` is taken as it is where that is btrfs already (the state folder's own, or a
disk that was mounted there); else a btrfs is made in the file ``<state>/volumes.btrfs`` and
mounted there. Where even that cannot be, they stay plain folders in the state folder, without a
limit, and ``status`` says so loudly. What was chosen is written down: a lab that has volumes never
goes back to plain folders by itself, since it would look as if all homes were empty.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from polderlab_disk import btrfs
from polderlab_disk.folders import opened
from polderlab_disk.names import StorageError
from polderlab_disk.volumes import BtrfsVolumes
from polderlab_host import confinement, loops, moving
from polderlab_host.commands import run
from polderlab_host.errors import HostError
from polderlab_host.files import folder, write_private
from polderlab_host.settings import HostSettings

GIB = 1024**3
SHARE = 2
"""One part in so many of the free space is what the file may grow to, if nothing is set."""
FORMATTING_SECONDS = 300
SCARCE = 0.15
BLOCK = 512
"""In which the kernel tells how much of a file is on the disk."""
PLAIN = (
    "Homes and project folders are plain folders, so no limit holds and there are no snapshots:"
    " one full home fills the disk for all ({why}). See docs/how-to/disk-space.md."
)


class Kind(StrEnum):
    """What homes and project folders are in."""

    BTRFS = "btrfs"
    """A btrfs that was there."""
    FILE = "file"
    """A btrfs of our own, in a file."""
    PLAIN = "plain"
    """Plain folders."""


@dataclass(frozen=True, slots=True)
class Disk:
    """What was chosen: ``file_system`` is the btrfs's own id, ``why`` what stood in the way."""

    kind: Kind = Kind.PLAIN
    file_system: str = ""
    why: str = "`make up` has not looked yet"

    @property
    def limited(self) -> bool:
        """Whether limits hold."""
        return self.kind is not Kind.PLAIN


def read(settings: HostSettings) -> Disk:
    """Return what was chosen last."""
    try:
        known = json.loads(_record(settings).read_text())
    except FileNotFoundError:
        return Disk()
    return Disk(Kind(known["kind"]), known["file_system"], known["why"])


def place(settings: HostSettings) -> Path:
    """Return the folder that holds ``homes`` and ``projects``."""
    return settings.volumes if read(settings).limited else settings.state


def ensure(settings: HostSettings, *, in_use: bool, tell: Callable[[str], None]) -> Disk:
    """See to it that homes and project folders are in a btrfs, if that can be.

    ``in_use``: people are at work, so that what is in plain folders cannot be moved now.
    """
    known = read(settings)
    waiting = moving.waiting(settings)
    if waiting and in_use:
        if known.limited:
            raise HostError(
                "Homes were being moved when this was interrupted, and people are at work.",
                "Run `make down` and then `make up`: the rest is moved in between.",
            )
        return _write(settings, Disk(why="they are in use now: run `make down`, then `make up`"))
    known = _write(settings, _had(settings, known) if known.limited else _choose(settings))
    if known.limited:
        _count(settings)
        moving.move(settings, tell)
    return known


def release(settings: HostSettings, *, anyhow: bool = False) -> bool:
    """Take our mount and its loop device away; tell whether there was one.

    ``anyhow``: also where somebody uses it; it goes when they do.
    """
    return loops.release(settings.volumes, settings.volumes_file, anyhow=anyhow)


def empty(settings: HostSettings) -> None:
    """Remove all volumes where they are in a btrfs that is not ours to take away.

    Raises HostError where what is mounted there is another disk: all in it would go.
    """
    known, found = read(settings), _file_system(settings)
    if known.limited and str(found) == known.file_system:
        volumes = BtrfsVolumes(settings.volumes)
        try:
            for volume in list(volumes.all()):
                volumes.delete(volume)
        except (StorageError, OSError) as error:
            raise HostError(
                f"Not all homes and project folders can be removed: {error}",
                f"Remove what is left in {settings.volumes} and run `make purge` again.",
            ) from error
    elif str(settings.volumes) in {where for _, where in loops.mounts()}:
        raise HostError(
            f"Another disk than the one with the homes is mounted on {settings.volumes}.",
            f"Run `umount {settings.volumes}` and then `make purge` again.",
        )


def as_text(disk: Disk, settings: HostSettings) -> str:
    """Return in one line where homes are."""
    if disk.kind is Kind.PLAIN:
        return f"Warning: {PLAIN.format(why=disk.why)}"
    where = settings.volumes_file if disk.kind is Kind.FILE else settings.volumes
    return f"homes and project folders have limits, in {where}"


def shown(settings: HostSettings) -> str:
    """Return in a few words where homes are, and how much room there is."""
    known = read(settings)
    if not known.limited:
        return "plain folders, without limits"
    if wrong(settings):
        return f"in {settings.volumes}, which does not work"
    room = shutil.disk_usage(settings.volumes)
    where = settings.volumes_file if known.kind is Kind.FILE else settings.volumes
    return f"with limits, in {where}: {room.used / GIB:.1f} of {room.total / GIB:.1f} GiB in use"


def wrong(settings: HostSettings) -> list[str]:
    """Return what keeps people from their homes."""
    known = read(settings)
    if known.limited and str(_file_system(settings)) != known.file_system:
        return [f"{settings.volumes}, with all homes, is not mounted. Run `make up`."]
    if known.limited:
        with opened(settings.volumes) as top:
            if not btrfs.counts(top):
                return [f"Limits do not hold in {settings.volumes}. Run `make up`."]
    return []


def warnings(settings: HostSettings) -> list[str]:
    """Return what goes well now, and may not tomorrow."""
    known = read(settings)
    if not known.limited:
        return [PLAIN.format(why=known.why)]
    if wrong(settings):
        return []
    found = []
    room = shutil.disk_usage(settings.volumes)
    if room.free < SCARCE * room.total:
        found.append(
            f"Homes and project folders are nearly full ({room.free / GIB:.1f} GB free): the oldest"
            " snapshots go first, then nobody can write. See docs/how-to/disk-space.md."
        )
    if known.kind is Kind.FILE:
        file, below = settings.volumes_file.stat(), shutil.disk_usage(settings.state)
        if file.st_size - file.st_blocks * BLOCK > below.free:
            found.append(
                f"{settings.volumes_file} may grow by more than the {below.free / GIB:.1f} GB that"
                " are free below it. Free some space, or move it to a disk of its own:"
                " docs/how-to/disk-space.md."
            )
    if not settings.seccomp.exists():
        found.append(confinement.MISSING[0].upper() + confinement.MISSING[1:])
    return found


def _choose(settings: HostSettings) -> Disk:
    folder(settings.volumes, mode=0o700)
    if found := _file_system(settings):
        kind = Kind.FILE if _in_file(settings) else Kind.BTRFS
        return Disk(kind, str(found), "")
    made = not settings.volumes_file.exists()
    try:
        if made:
            _make_file(settings)
        _mount(settings)
    except HostError as error:
        if not made:  # somebody's homes are in it
            raise
        settings.volumes_file.unlink(missing_ok=True)
        return Disk(why=error.problem.rstrip("."))
    return Disk(Kind.FILE, str(_file_system(settings)), "")


def _make_file(settings: HostSettings) -> None:
    """Make the file with a btrfs in it, in one step: half of one is never taken for whole."""
    if not shutil.which("mkfs.btrfs"):
        raise HostError("btrfs-progs is not installed.", "Install it, and run `make up` again.")
    draft = settings.volumes_file.with_suffix(".new")
    size = settings.volumes_gigabytes * GIB or shutil.disk_usage(settings.state).free // SHARE
    with draft.open("wb") as file:
        draft.chmod(0o600)
        file.truncate(size)
    label = f"polderlab-{settings.instance}"
    try:
        run(["mkfs.btrfs", "-q", "-f", "-L", label, str(draft)], timeout=FORMATTING_SECONDS)
    except HostError:
        draft.unlink()
        raise
    draft.replace(settings.volumes_file)


def _had(settings: HostSettings, known: Disk) -> Disk:
    """Return what was chosen, mounted; raise where it is not to be had."""
    if known.kind is Kind.FILE and _file_system(settings) is None:
        if not settings.volumes_file.exists():
            raise HostError(
                f"All homes are in {settings.volumes_file}, which is gone.",
                "Put it back, from the backup if need be, and run `make up` again.",
            )
        _mount(settings)
    if str(found := _file_system(settings)) != known.file_system:
        raise HostError(
            f"The homes are in the btrfs {known.file_system}, and {settings.volumes} is"
            f" {'another one: ' + str(found) if found else 'not mounted'}.",
            "Mount it there and run `make up` again. If it moved to another disk on purpose, see"
            " docs/how-to/disk-space.md.",
        )
    if not _in_file(settings):
        return replace(known, kind=Kind.BTRFS)  # it may have been moved to a disk of its own
    _grow(settings)
    return known


def _mount(settings: HostSettings) -> None:
    folder(settings.volumes, mode=0o700)
    # `loop` frees the device when the mount goes, whoever takes it away.
    options = "loop,noatime,nosuid,nodev,discard=async"
    run(["mount", "-t", "btrfs", "-o", options, str(settings.volumes_file), str(settings.volumes)])
    settings.volumes.chmod(0o700)


def _in_file(settings: HostSettings) -> bool:
    return loops.device(settings.volumes) in loops.of(settings.volumes_file)


def _grow(settings: HostSettings) -> None:
    wanted = settings.volumes_gigabytes * GIB
    device = loops.device(settings.volumes)
    if device is None or not wanted:
        return
    if wanted > settings.volumes_file.stat().st_size:
        with settings.volumes_file.open("ab") as file:
            file.truncate(wanted)
    # Always: it may have been broken off right here.
    run(["losetup", "--set-capacity", device])
    with opened(settings.volumes) as top:
        btrfs.grow(top)


def _count(settings: HostSettings) -> None:
    with opened(settings.volumes) as top:
        if btrfs.counts(top):
            return
        try:
            btrfs.enable_quotas(top)
        except OSError as error:
            raise HostError(
                f"No limits can be set in {settings.volumes}: {error.strerror}.",
                "Use a btrfs on a kernel with quotas (CONFIG_BTRFS_FS), and `make up` again.",
            ) from error


def _file_system(settings: HostSettings) -> UUID | None:
    try:
        with opened(settings.volumes) as top:
            return btrfs.file_system(top)
    except FileNotFoundError:
        return None


def _record(settings: HostSettings) -> Path:
    return settings.run / "disk.json"


def _write(settings: HostSettings, disk: Disk) -> Disk:
    write_private(_record(settings), json.dumps(asdict(disk)))
    return disk
