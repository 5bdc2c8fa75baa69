"""Removing what people leave behind, whatever they put into it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from polderlab_disk import btrfs
from polderlab_disk.folders import enter, opened
from polderlab_disk.names import StorageError


def remove(parent: int, name: str) -> None:
    """Remove folder ``name`` of the open folder ``parent`` with all that is in it.

    Not by Python's own: whoever left it may have put more folders into each other than Python
    calls itself, and than files may be open. ``rm`` follows no link.
    """
    _said(parent, ["rm", "--recursive", "--force", "--one-file-system", "--", name])


def destroy(parent: int, name: str) -> set[int]:
    """Remove the subvolume ``name`` of ``parent``, frozen or not, with all others in it.

    Return the numbers they had.
    """
    folder = enter(parent, name)
    try:
        numbers = {btrfs.identity(folder)}
        try:
            btrfs.destroy(parent, name)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:  # it holds a subvolume of its own
                raise
            numbers |= _destroy_nested(folder)
            btrfs.destroy(parent, name)
    finally:
        os.close(folder)
    return numbers


def _destroy_nested(folder: int) -> set[int]:
    """Remove all subvolumes in the open one; who gets round the seccomp profile can make them."""
    top, numbers = Path(f"/proc/self/fd/{folder}"), set()
    nested = _nested(folder)
    # Nothing is removed from a frozen one, and each may be.
    btrfs.thaw(folder)
    for parts in nested:
        with opened(top, parts) as subvolume:
            btrfs.thaw(subvolume)
            numbers.add(btrfs.identity(subvolume))
    for *above, name in nested:
        with opened(top, above) as parent:
            btrfs.destroy(parent, name)
    return numbers


def _nested(folder: int) -> list[list[str]]:
    """Return where in the open folder subvolumes are, the innermost first."""
    inode = str(btrfs.SUBVOLUME_INODE)
    wanted = ["-mindepth", "1", "-depth", "-type", "d", "-inum", inode, "-print0"]
    found = _said(folder, ["find", ".", *wanted])
    return [os.fsdecode(path).split("/")[1:] for path in found.split(b"\0") if path]


def _said(folder: int, command: Sequence[str]) -> bytes:
    done = subprocess.run(  # noqa: S603
        command,
        cwd=f"/proc/self/fd/{folder}",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise StorageError(f"{command[-1]!r} cannot be removed whole.")
    return done.stdout
