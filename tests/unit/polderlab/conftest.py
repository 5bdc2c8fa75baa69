"""A session's surroundings: a gateway that answers, and the variables that lead to it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import fsspec
import geopandas
import pandas as pd
import pytest
from shapely.geometry import Point
from tests.fakes.gateway import TOKEN, FakeDataset, FakeGateway

from polderlab.filesystem import LabFileSystem
from polderlab.wire import SessionEnvironment

PLACES = pd.DataFrame({"name": ["Zwolle", "Lemmer", "Urk"], "population": [129840, 10315, 21227]})


def parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def points() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        PLACES,
        geometry=[Point(202000, 503000), Point(177000, 539000), Point(170000, 520000)],
        crs="EPSG:28992",
    )


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    served = FakeGateway()
    served.add(FakeDataset("places", {1: parquet(PLACES.head(2)), 2: parquet(PLACES)}))
    served.add(FakeDataset("water_bodies", {1: parquet(points())}, geo=True))
    served.add(FakeDataset("growth_study", {1: parquet(PLACES)}), granted=False)
    with served:
        monkeypatch.setenv(SessionEnvironment.GATEWAY, served.url)
        monkeypatch.setenv(SessionEnvironment.TOKEN, TOKEN)
        monkeypatch.setenv(SessionEnvironment.LANGUAGE, "en")
        LabFileSystem.clear_instance_cache()
        yield served
        LabFileSystem.clear_instance_cache()


@pytest.fixture
def lab(gateway: FakeGateway) -> LabFileSystem:
    found: LabFileSystem = fsspec.filesystem("lab")
    return found
