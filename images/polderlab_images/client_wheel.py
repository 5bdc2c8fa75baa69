"""The analyst's client as a small wheel of its own: ``polderlab``, without the lab service.

One project makes one distribution, but a session needs none of the service's code, so the
wheel is put together here, byte for byte the same for the same sources.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polderlab_images.spec import REPOSITORY

EXTENSION = "share/jupyter/labextensions/@polderlab/catalogue"
"""Where JupyterLab finds the panel, below the environment it runs in."""
EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A built wheel: its file name and its bytes."""

    name: str
    content: bytes


def build(repository: Path = REPOSITORY) -> Wheel:
    """Build the client's wheel (PEP 427): the package, the panel of JupyterLab, the metadata."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    catalog, name = repository / "catalog", f"polderlab-{project['version']}"
    files = _folder(catalog / "polderlab", "polderlab")
    files |= _folder(catalog / "labextension", f"{name}.data/data/{EXTENSION}")
    info = f"{name}.dist-info"
    files[f"{info}/METADATA"] = _metadata(project).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: polderlab_images\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/entry_points.txt"] = _entry_points(project).encode()
    files[f"{info}/RECORD"] = _record(files, info).encode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, EPOCH), data)
    return Wheel(f"{name}-py3-none-any.whl", content.getvalue())


def _folder(folder: Path, at: str) -> dict[str, bytes]:
    return {
        f"{at}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _metadata(project: dict[str, Any]) -> str:
    lines = [
        "Metadata-Version: 2.4",
        "Name: polderlab",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
    ]
    return (
        "\n".join([*lines, *(f"Requires-Dist: {name}" for name in project["dependencies"])]) + "\n"
    )


def _entry_points(project: dict[str, Any]) -> str:
    """Keep the entry points that lead into the client."""
    lines: list[str] = []
    for group, points in project["entry-points"].items():
        ours = {name: at for name, at in points.items() if at.split(".")[0] == "polderlab"}
        lines += [f"[{group}]", *(f"{name} = {at}" for name, at in ours.items()), ""]
    return "\n".join(lines)


def _record(files: dict[str, bytes], info: str) -> str:
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
