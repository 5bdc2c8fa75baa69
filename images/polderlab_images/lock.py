"""Locking: exact releases with hashes, for every image that has a ``requirements.in``."""

from __future__ import annotations

import subprocess
from pathlib import Path

from polderlab_images.errors import ImageError
from polderlab_images.spec import read

PYTHON = "3.13"
"""Python of Debian 13 (trixie), whose release `images.toml` names."""
LEFT_OUT = ("rfc3987-syntax", "lark")


def lock(name: str, uv: str = "uv") -> Path:
    """Write the lock of image ``name`` anew, with ``uv``; return its path."""
    folder = read().named(name).folder
    command = [
        *(uv, "pip", "compile", "requirements.in", "--quiet", "--upgrade"),
        *("--universal", "--python-version", PYTHON, "--generate-hashes"),
        *("--no-emit-index-url", "--no-header", "-o", "requirements.lock"),
        *(word for package in LEFT_OUT for word in ("--no-emit-package", package)),
    ]
    done = subprocess.run(  # noqa: S603  (fixed arguments)
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ImageError(f"uv could not lock {name}:\n{done.stderr}")
    return folder / "requirements.lock"
