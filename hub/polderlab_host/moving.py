"""Moves homes and project folders of before into volumes, so that nothing can be lost.

Each is copied beside its place, compared byte by byte with what it was, and then takes its place
in one step; only then the old one goes, by being put aside in one step first. Whenever this is
interrupted, the next `up` goes on: a place is either still the old folder, or whole.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from polderlab_disk import btrfs
from polderlab_disk.folders import opened
from polderlab_disk.names import TOPS, Volume
from polderlab_disk.volumes import PlainVolumes
from polderlab_host.commands import run
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

ASIDE, DRAFTS = "moved", "moving"
COPY_SECONDS = 24 * 3600
PIECE = 1024**2
SPARE = 1.1
"""A copy may take so much more room than what it is of."""


def waiting(settings: HostSettings) -> list[Volume]:
    """Return the plain folders that hold somebody's home, or a project's."""
    return sorted(PlainVolumes(settings.state).all())


def move(settings: HostSettings, tell: Callable[[str], None]) -> None:
    """Move all there is. Raises HostError, with everything in one of its two places."""
    old, new = settings.state, settings.volumes
    _clear(old, new)
    volumes = waiting(settings)
    for number, volume in enumerate(volumes, 1):
        tell(f"moving {volume.name} into a volume ({number} of {len(volumes)})")
        try:
            _move(volume, old, new)
        except (OSError, RecursionError) as error:
            why = "folders in folders too deep" if isinstance(error, RecursionError) else error
            raise HostError(
                f"{old.joinpath(*volume.parts)} cannot be moved into a volume: {why}.",
                "Nothing of it was removed. Move it aside and run `make up` again.",
            ) from error
    _clear(old, new)
    _drop_empty(old)


def _move(volume: Volume, old: Path, new: Path) -> None:
    source, target = old.joinpath(*volume.parts), new.joinpath(*volume.parts)
    if not target.exists():
        _room(source, new)
        draft = _copied(source, new / DRAFTS)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.rename(target)
        with opened(new) as top:
            btrfs.sync(top)
    elif (differs := difference(source, target)) is not None:
        raise HostError(
            f"Both {source} and {target} hold files, and they differ: {differs}.",
            f"Nothing was changed. Put what is right in {target}, move {source} away,"
            " and run `make up` again.",
        )
    (old / ASIDE).mkdir(mode=0o700, exist_ok=True)
    source.rename(old / ASIDE / "-".join(volume.parts))
    _remove(old / ASIDE, "--one-file-system")


def _copied(source: Path, drafts: Path) -> Path:
    """Return a subvolume with all that ``source`` holds, seen to be the same."""
    drafts.mkdir(mode=0o700, exist_ok=True)
    draft = drafts / "draft"
    with opened(drafts) as parent:
        btrfs.create(parent, draft.name)
    run(
        ["cp", "--archive", "--reflink=auto", "--no-target-directory", str(source), str(draft)],
        timeout=COPY_SECONDS,
    )
    with opened(draft) as top:
        btrfs.sync(top)
    if (differs := difference(source, draft)) is not None:
        raise HostError(
            f"The copy of {source} is not what it is of: {differs}.",
            "Nothing was removed. See whether the disk is sound and nobody writes in there,"
            " and run `make up` again.",
        )
    return draft


def difference(one: Path, other: Path) -> str | None:
    """Return the first path at which two folders differ; ``None`` where they hold the same."""
    if _described(one) != _described(other):
        return one.name
    names = sorted(entry.name for entry in one.iterdir())
    if names != sorted(entry.name for entry in other.iterdir()):
        return f"the names in {one.name}"
    for name in names:
        mine, theirs = one / name, other / name
        if _described(mine) != _described(theirs):
            return name
        kind = mine.lstat().st_mode
        if stat.S_ISDIR(kind) and (below := difference(mine, theirs)):
            return f"{name}: {below}"
        if stat.S_ISREG(kind) and not _same(mine, theirs):
            return name
    return None


def _same(one: Path, other: Path) -> bool:
    # Not filecmp: it remembers, and so would not see what changed since without a trace.
    with one.open("rb") as mine, other.open("rb") as theirs:
        while piece := mine.read(PIECE):
            if piece != theirs.read(PIECE):
                return False
    return True


def _described(path: Path) -> tuple[object, ...]:
    """Return all about the file that a copy must keep."""
    found = path.lstat()
    own: tuple[object, ...] = ()
    if stat.S_ISREG(found.st_mode):
        own = (found.st_size,)
    elif stat.S_ISLNK(found.st_mode):
        own = (str(path.readlink()),)
    return found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, own


def _room(source: Path, new: Path) -> None:
    """Raise where there is no room for a copy, in the volumes or on the disk below them."""
    told = run(["du", "-s", "-B1", str(source)], timeout=COPY_SECONDS)
    needed = SPARE * int(told.stdout.split()[0])
    for folder in (new, new.parent):
        if shutil.disk_usage(folder).free < needed:
            raise HostError(
                f"There is no room to copy {source} ({needed / 1e9:.1f} GB) to {folder}.",
                "Free some space, or make POLDERLAB_VOLUMES_GIGABYTES larger, and run `make up`"
                " again; what was moved stays moved.",
            )


def _drop_empty(state: Path) -> None:
    """Remove what is left of the old places; whatever is no folder of ours stays."""
    for top, _ in TOPS.values():
        for folder in (*sorted((state / top).glob("*")), state / top):
            with suppress(OSError):
                folder.rmdir()


def _clear(old: Path, new: Path) -> None:
    _remove(old / ASIDE, "--one-file-system")
    _remove(new / DRAFTS)  # it holds a subvolume, which is a file system of its own


def _remove(folder: Path, *options: str) -> None:
    """Remove it by ``rm``, which gets through folders deeper than Python can call itself."""
    if folder.exists():
        run(["rm", "-rf", *options, "--", str(folder)], timeout=COPY_SECONDS)
