"""Build contexts: what one image is made of, its hash, and the tar Docker gets."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from polderlab_images import client_wheel
from polderlab_images.settings import BuildSettings
from polderlab_images.spec import REPOSITORY, ImageSpec


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that decides what an image becomes: path → (content, executable)."""

    files: Mapping[str, tuple[bytes, bool]]
    parent: str

    @property
    def hash(self) -> str:
        """Twelve hex digits over the files, their modes and the parent's own tag."""
        digest = hashlib.sha256(self.parent.encode())
        for name, (content, executable) in sorted(self.files.items()):
            digest.update(f"\0{name}\0{executable}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:12]


def inputs(image: ImageSpec, parent: str, repository: Path = REPOSITORY) -> Inputs:
    """Gather the inputs of ``image``; ``parent`` is the tag it begins from."""
    files = _folder(image.folder)
    if image.client:
        wheel = client_wheel.build(repository)
        files[f"client/{wheel.name}"] = (wheel.content, False)
        for name, file in _folder(repository / "notebooks" / "tutorials").items():
            files[f"tutorials/{name}"] = file
    return Inputs(files, parent)


def pack(given: Inputs, settings: BuildSettings) -> IO[bytes]:
    """Return the build context as a tar, with the host's own settings beside the inputs.

    Owners and times are set, so that Docker's layer cache sees the same files as the same.
    """
    bundle = settings.ca_bundle.read_bytes() if settings.ca_bundle else b""
    host = {
        "build-host/pip.conf": (settings.pip_conf().encode(), False),
        "build-host/ca.pem": (bundle, False),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (content, executable) in sorted({**given.files, **host}.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755 if executable else 0o644
            tar.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed


def _folder(folder: Path) -> dict[str, tuple[bytes, bool]]:
    skipped = {"__pycache__", ".ipynb_checkpoints"}
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not skipped & set(path.parts)
    }
