"""A file system in a file: which loop device it is on, and how both are taken away again."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from polderlab_host.commands import run
from polderlab_host.errors import HostError

WAIT_SECONDS = 10
SHOWN = 5
OCTAL = re.compile(r"\\([0-7]{3})")
"""How the kernel tells a space, or the like, in the name of a folder."""


def mounts() -> Iterator[tuple[str, str]]:
    """Yield device and folder of every mount, as the kernel tells them."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        device, folder, *_ = line.split(" ")
        yield device, OCTAL.sub(lambda found: chr(int(found[1], 8)), folder)


def device(folder: Path) -> str | None:
    """Return the loop device that is mounted on ``folder``."""
    found = [name for name, where in mounts() if where == str(folder)]
    return found[-1] if found and found[-1].startswith("/dev/loop") else None


def of(file: Path) -> list[str]:
    """Return the loop devices ``file`` is on."""
    found = []
    for told in Path("/sys/block").glob("loop*/loop/backing_file"):
        with suppress(OSError):
            if told.read_text().strip() in {str(file), f"{file} (deleted)"}:
                found.append(f"/dev/{told.parents[1].name}")
    return found


def release(folder: Path, file: Path, *, anyhow: bool = False) -> bool:
    """Take away the mount of ``file`` on ``folder`` and its device; nobody else's is touched."""
    ours = of(file)
    if not ours:
        return False
    while device(folder) in ours:
        _unmount(folder, anyhow=anyhow)
    until = time.monotonic() + WAIT_SECONDS
    while (left := of(file)) and time.monotonic() < until:
        mounted = {name for name, _ in mounts()}
        for name in left:
            if name not in mounted:
                run(["losetup", "--detach", name], check=False)
        time.sleep(0.1)
    return True


def _unmount(folder: Path, *, anyhow: bool) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while run(["umount", str(folder)], check=False).returncode != 0:
        if anyhow:
            run(["umount", "--lazy", str(folder)])
            return
        if time.monotonic() > until:
            raise HostError(
                f"{folder} is in use{_by(folder)}, so it stays mounted.",
                "End that, and run `make down` again.",
            )
        time.sleep(0.5)


def _by(folder: Path) -> str:
    """Name the processes that use ``folder``."""
    users = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            links = [process / "cwd", process / "root", *(process / "fd").iterdir()]
            if any(_is_below(link, folder) for link in links):
                users.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
    return f" by {', '.join(users[:SHOWN])}" if users else ""


def _is_below(link: Path, folder: Path) -> bool:
    with suppress(OSError):
        target = os.readlink(link)  # noqa: PTH115  (Path.readlink would trip over "pipe:[1]")
        return target == str(folder) or target.startswith(f"{folder}/")
    return False
