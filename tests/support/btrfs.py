"""A small real btrfs in a file, for as long as a test needs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polderlab_disk import btrfs
from polderlab_disk.folders import opened

MIB = 1024**2
SIZE = 512 * MIB


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Yield a mounted btrfs that counts, made in ``folder``."""
    file, top = folder / "disk.img", folder / "disk"
    top.mkdir()
    with file.open("wb") as handle:
        handle.truncate(SIZE)
    _run("mkfs.btrfs", "--quiet", str(file))
    _run("mount", "-o", "loop,noatime", str(file), str(top))
    try:
        with opened(top) as handle_of_top:
            btrfs.enable_quotas(handle_of_top)
        yield top
    finally:
        _run("umount", str(top))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
