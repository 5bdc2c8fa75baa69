"""Small map layers are drawn, light ones only, in whichever of two coordinate systems."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, box

from polderlab_catalog.web.shapes import MOST_POINTS, MOST_ROWS, Drawing, draw


def drawn(shapes: list[object], crs: str = "EPSG:28992", told: str = "") -> Drawing | None:
    buffer = io.BytesIO()
    gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=crs).to_parquet(buffer)
    return draw(buffer, told or crs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ([box(0, 0, 10, 20)], "areas"),
        ([MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)]), None], "areas"),
        ([LineString([(0, 0), (5, 5), (10, 0)])], "lines"),
        ([Point(0, 0), Point(10, 10)], "points"),
        ([Point(3, 3)], "points"),
    ],
)
def test_each_kind_of_shape_is_drawn_as_what_it_is(shapes: list[object], kind: str) -> None:
    found = drawn(shapes)
    assert found is not None
    assert found.kind == kind
    assert max(found.width, found.height) <= 300


def test_degrees_land_where_the_grid_has_them() -> None:
    metres = drawn([box(155000, 463000, 165000, 473000)])
    degrees = drawn([box(5.38720621, 52.1551744, 5.53, 52.245)], "EPSG:4326")
    assert metres is not None
    assert degrees is not None
    assert degrees.metres == metres.metres == 2000


def test_a_drawing_stays_light() -> None:
    corners = np.linspace(0, 2 * np.pi, 50_000)
    found = drawn([LineString(np.column_stack((np.cos(corners), np.sin(corners))) * 9000)])
    assert found is not None
    assert found.path.count(" ") <= MOST_POINTS


def test_what_is_too_large_unknown_or_empty_is_not_drawn() -> None:
    assert drawn([Point(n, n) for n in range(MOST_ROWS + 1)]) is None
    assert drawn([Point(1, 1)], told="EPSG:3035") is None
    assert drawn([None, None]) is None
