"""A lab in memory, and small stand-ins for the packages that hold the demo's data."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import pytest
from shapely import box
from tests.fakes.clock import StoppedClock
from tests.fakes.register import MemoryRegister

from polderlab_catalog.bootstrap import Lab, assemble
from polderlab_catalog.demo import load as loading
from polderlab_catalog.demo import publish as publishing
from polderlab_catalog.demo.datasets import DATASETS
from polderlab_catalog.demo.fetch import Sources
from polderlab_catalog.settings import LabSettings

GEO = {"water_bodies", "elevation_tiles"}


def table(name: str) -> pd.DataFrame:
    """Return three rows with the columns dataset ``name`` has."""
    columns = next(demo.columns for demo in DATASETS if demo.dataset.name == name)
    plain = {column: [1, 2, 3] for column in columns if column != "geometry"}
    if name not in GEO:
        return pd.DataFrame(plain)
    squares = [box(x, 400_000, x + 5_000, 406_250) for x in (100_000, 105_000, 110_000)]
    return geopandas.GeoDataFrame(plain, geometry=squares, crs="EPSG:28992")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return assemble(LabSettings(state=tmp_path), MemoryRegister(), StoppedClock())


@pytest.fixture
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Sources(Path("nlmod.whl"), Path("mice.deb"))
    monkeypatch.setattr(loading, "fetch", lambda into, progress: nowhere)
    readers = {
        demo.dataset.name: lambda _, name=demo.dataset.name: table(name) for demo in DATASETS
    }
    monkeypatch.setattr(publishing, "READERS", readers)
