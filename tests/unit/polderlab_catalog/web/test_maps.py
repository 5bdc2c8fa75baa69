"""Where a dataset lies on the map."""

from __future__ import annotations

import pytest

from polderlab_catalog.web.maps import extent, grid


@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [(5.38720621, 52.1551744, 155000, 463000), (4.8846, 52.3745, 120774, 487521)],
)
def test_the_grid_is_that_of_the_land_registry(
    longitude: float, latitude: float, x: float, y: float
) -> None:
    assert grid(longitude, latitude) == pytest.approx((x, y), abs=5)


def test_the_whole_country_fills_the_map() -> None:
    area = extent((3.3, 50.7, 7.3, 53.6))
    assert area is not None
    assert area.width > 250
    assert area.height > 300


@pytest.mark.parametrize(
    "bbox", [None, (-180, -90, 180, 90), (20, 10, 21, 11), (7.9, 51, 7.95, 51.1)]
)
def test_what_lies_off_the_map_is_not_drawn(
    bbox: tuple[float, float, float, float] | None,
) -> None:
    assert extent(bbox) is None
