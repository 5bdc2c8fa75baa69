from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas
import pandas as pd
import pytest
from shapely import box

from polderlab_catalog.demo.convert import publishable
from polderlab_catalog.domain.texts import Text

MEANINGS = {name: Text(name, name) for name in ("name", "size", "geometry")}


@pytest.fixture
def layer() -> geopandas.GeoDataFrame:
    squares = [box(x, 400_000, x + 1_000, 401_000) for x in range(100_000, 140_000, 10_000)]
    names = {"name": list("abcd"), "size": [1.0, 2.0, None, 4.0]}
    return geopandas.GeoDataFrame(names, geometry=squares, crs="EPSG:28992")


def test_a_file_is_described_as_it_was_written(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    file = publishable("squares", layer, MEANINGS, tmp_path, values=True)
    content = (tmp_path / file.path).read_bytes()
    assert file.name == "squares.parquet"
    assert file.bytes == len(content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.rows == 4


def test_a_map_layer_keeps_its_crs_and_tells_its_extent_in_degrees(tmp_path: Path) -> None:
    # The origin of the Dutch grid is a church tower in Amersfoort, whose degrees are known.
    origin = geopandas.GeoDataFrame(
        {"name": ["a"]}, geometry=[box(155_000, 463_000, 155_001, 463_001)], crs="EPSG:28992"
    )
    file = publishable("origin", origin, MEANINGS, tmp_path, values=True)
    assert file.geo
    assert file.crs == "EPSG:28992"
    assert file.bbox == pytest.approx((5.3872, 52.1552, 5.3872, 52.1552), abs=0.0001)
    assert geopandas.read_parquet(tmp_path / file.path).crs == "EPSG:28992"


def test_a_map_layer_can_be_read_in_part(tmp_path: Path, layer: geopandas.GeoDataFrame) -> None:
    file = publishable("squares", layer, MEANINGS, tmp_path, values=True)
    part = geopandas.read_parquet(tmp_path / file.path, bbox=(109_000, 399_000, 112_000, 402_000))
    assert list(part["name"]) == ["b"]


def test_every_column_has_a_type_and_a_meaning(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    file = publishable("squares", layer, MEANINGS, tmp_path, values=True)
    types = {column.name: column.type for column in file.columns}
    assert list(types) == ["name", "size", "geometry"]
    assert types["size"] == "double"
    assert types["geometry"] == "geometry"


def test_a_column_nobody_described_is_not_published(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    with pytest.raises(KeyError, match="secret"):
        publishable("squares", layer.assign(secret=1), MEANINGS, tmp_path, values=True)


def test_a_table_is_no_map_layer(tmp_path: Path) -> None:
    file = publishable("table", pd.DataFrame({"name": ["a"]}), MEANINGS, tmp_path, values=True)
    assert not file.geo
    assert file.bbox is None


def test_the_same_data_ends_up_in_the_same_place(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    first = publishable("squares", layer, MEANINGS, tmp_path, values=True)
    assert publishable("squares", layer, MEANINGS, tmp_path, values=True) == first


def test_other_data_leaves_the_older_file_alone(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    first = publishable("squares", layer, MEANINGS, tmp_path, values=True)
    second = publishable("squares", layer.head(2), MEANINGS, tmp_path, values=True)
    assert second.path != first.path
    assert len(geopandas.read_parquet(tmp_path / first.path)) == 4


def test_columns_are_counted_and_values_kept_only_where_they_may_be_shown(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    told = publishable("squares", layer, MEANINGS, tmp_path, values=True).columns[1].profile
    kept = publishable("squares", layer, MEANINGS, tmp_path, values=False).columns[1].profile
    assert told is not None
    assert (told.nulls, told.minimum, told.maximum) == (1, "1.0", "4.0")
    assert kept is not None
    assert (kept.nulls, kept.minimum, kept.maximum, kept.top) == (1, None, None, ())
