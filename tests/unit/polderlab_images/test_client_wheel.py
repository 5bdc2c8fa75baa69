"""The analyst's client as a wheel."""

from __future__ import annotations

import importlib.metadata
import io
import subprocess
import sys
import zipfile
from pathlib import Path

from polderlab_images import client_wheel


def test_it_is_the_same_every_time() -> None:
    assert client_wheel.build() == client_wheel.build()


def test_it_holds_the_client_and_nothing_of_the_lab_service() -> None:
    archive = zipfile.ZipFile(io.BytesIO(client_wheel.build().content))
    packages = {name.split("/")[0] for name in archive.namelist()}
    assert packages == {"polderlab", "polderlab-0.1.0.data", "polderlab-0.1.0.dist-info"}
    assert "polderlab/catalog.yml" in archive.namelist()
    assert "polderlab/py.typed" in archive.namelist()


def test_pip_installs_it_with_its_entry_points(tmp_path: Path) -> None:
    wheel = client_wheel.build()
    file = tmp_path / wheel.name
    file.write_bytes(wheel.content)
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    subprocess.run([*pip, "--target", str(target), str(file)], check=True, timeout=120)
    panel = target / client_wheel.EXTENSION
    assert (panel / "package.json").is_file()
    assert (panel / "static" / "remoteEntry.js").is_file()
    installed = next(iter(importlib.metadata.distributions(path=[str(target)])))
    points = {(point.group, point.name): point.value for point in installed.entry_points}
    assert points == {
        ("fsspec.specs", "lab"): "polderlab.filesystem:LabFileSystem",
        ("intake.imports", "polderlab"): "polderlab.catalog",
    }
    assert any(name.startswith("intake") for name in installed.requires or [])
