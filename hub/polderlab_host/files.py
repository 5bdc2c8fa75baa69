"""Writes files so that nobody ever sees half of one, or one with the wrong mode."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from polderlab_host.errors import HostError


def write_private(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write ``text`` to ``path`` in one step, never readable by others on the way."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    draft.chmod(mode)
    draft.replace(path)


def folder(path: Path, *, mode: int, owner: str | None = None) -> None:
    """Make sure the folder is there with this mode, and this owner where one is given."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if owner:
        shutil.chown(path, owner, owner)


def read_private(path: Path) -> str:
    """Return the secret in ``path``, without the line's end; raise HostError where others may
    read it, or it is not there."""
    try:
        others = path.stat().st_mode & 0o077
        text = path.read_text().strip()
    except OSError as error:
        raise HostError(
            f"The secret in {path} cannot be read ({error.strerror}).",
            "Write it there, alone on one line, or take the setting away.",
        ) from error
    if others:
        raise HostError(f"Others can read the secret in {path}.", f"Run: chmod 600 {path}")
    return text
