"""Writes files so that nobody ever sees half of one, or one with the wrong mode."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


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
