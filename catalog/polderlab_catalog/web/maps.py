"""Where on the map of the Netherlands a dataset lies.

The map is drawn in kilometres of the Dutch grid (EPSG:28992): x is the grid's, y runs down
from 640.5 km.
"""

from __future__ import annotations

from dataclasses import dataclass

_TOP = 640.5
_LEFT, _RIGHT, _UPPER, _LOWER = 4.0, 286.0, 8.0, 340.0

# Schreutelkamp & Strang van Hees, "Benaderingsformules voor de transformatie tussen RD- en
# WGS84-kaartcoördinaten", Geodesia 2001: good to a metre, where a pixel here is a kilometre.
_X = {
    (0, 1): 190094.945, (1, 1): -11832.228, (2, 1): -114.221, (0, 3): -32.391,
    (1, 0): -0.705, (3, 1): -2.340, (1, 3): -0.608, (0, 2): -0.008, (2, 3): 0.148,
}  # fmt: skip
_Y = {
    (1, 0): 309056.544, (0, 2): 3638.893, (2, 0): 73.077, (1, 2): -157.984, (3, 0): 59.788,
    (0, 1): 0.433, (2, 2): -6.439, (1, 1): -0.032, (0, 4): 0.092, (1, 4): -0.054,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle in the map's own units."""

    x: float
    y: float
    width: float
    height: float


def grid(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the Dutch grid coordinates, in metres, of a place in WGS 84 degrees."""
    north, east = 0.36 * (latitude - 52.1551744), 0.36 * (longitude - 5.38720621)
    x = 155000 + sum(k * north**p * east**q for (p, q), k in _X.items())
    y = 463000 + sum(k * north**p * east**q for (p, q), k in _Y.items())
    return x, y


def extent(bbox: tuple[float, float, float, float] | None) -> Extent | None:
    """Return the part of the map that ``bbox`` (west, south, east, north; degrees) covers.

    None when it lies off the map, or reaches so far beyond it that the map says nothing.
    """
    if bbox is None:
        return None
    west, south, east, north = bbox
    if not (0 < west <= east < 12 and 48 < south <= north < 56):
        return None
    corners = [
        grid(longitude, latitude) for longitude in (west, east) for latitude in (south, north)
    ]
    left, right = min(x for x, _ in corners) / 1000, max(x for x, _ in corners) / 1000
    upper, lower = (
        _TOP - max(y for _, y in corners) / 1000,
        _TOP - min(y for _, y in corners) / 1000,
    )
    left, right = max(left, _LEFT), min(right, _RIGHT)
    upper, lower = max(upper, _UPPER), min(lower, _LOWER)
    if left >= right or upper >= lower:
        return None
    return Extent(round(left, 1), round(upper, 1), round(right - left, 1), round(lower - upper, 1))
