"""Small map layers, drawn: their shapes as one SVG path, simplified until it is light."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from polderlab_catalog.web.maps import grid

MOST_ROWS, MOST_BYTES, MOST_POINTS = 5_000, 10_000_000, 4_000
"""Layers larger than this are not drawn; a drawing holds at most so many points."""
_KNOWN = {"EPSG:28992": False, "EPSG:4326": True, "OGC:CRS84": True}
"""Coordinate systems that can be drawn: whether they are in degrees."""
_SIDE = 300.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A path in a box of ``width`` by ``height``; ``kind`` is areas, lines or points, ``metres``
    the length of the scale bar, which is ``bar`` wide."""

    path: str
    kind: str
    width: float
    height: float
    metres: int
    bar: float


def draw(stream: FileIO, crs: str) -> Drawing | None:
    """Return the shapes of a GeoParquet file drawn; None when it is too large or unknown."""
    if crs not in _KNOWN:
        return None
    file = pq.ParquetFile(stream)
    if file.metadata.num_rows > MOST_ROWS or stream.seek(0, 2) > MOST_BYTES:
        return None
    told = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    column = told.get("primary_column", "")
    if column not in file.schema_arrow.names or told["columns"][column]["encoding"] != "WKB":
        return None
    values = file.read(columns=[column])[column].to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(values, on_invalid="ignore")
    shapes = shapely.force_2d(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])
    if shapes.size == 0:
        return None
    if _KNOWN[crs]:
        shapes = shapely.transform(shapes, _to_grid)
    return _in_box(shapes)


def _to_grid(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    columns: Any = degrees.T  # the formula is the same for one place and for many
    x, y = grid(columns[0], columns[1])
    return np.column_stack((x, y))


def _in_box(shapes: NDArray[np.object_]) -> Drawing | None:
    left, low, right, high = shapely.total_bounds(shapes)
    side = max(right - left, high - low, 1.0)
    if not np.isfinite(side):
        return None
    scale = _SIDE / side

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(((points[:, 0] - left) * scale, (high - points[:, 1]) * scale))

    shapes, tolerance = shapely.transform(shapes, place), 0.4
    while shapely.get_num_coordinates(shapes).sum() > MOST_POINTS and tolerance < _SIDE:
        shapes = shapely.simplify(shapes, tolerance, preserve_topology=False)
        shapes = shapes[~shapely.is_empty(shapes)]
        tolerance *= 2
        if _points(shapes):
            shapes = shapes[:: -(-shapes.size // MOST_POINTS)]
    if shapes.size == 0:
        return None
    metres = _round(side / 4)
    return Drawing(
        path=" ".join(_pieces(shapes)),
        kind=_kind(shapes),
        width=round((right - left) * scale, 1),
        height=round((high - low) * scale, 1),
        metres=metres,
        bar=round(metres * scale, 1),
    )


def _points(shapes: NDArray[np.object_]) -> bool:
    return bool((shapely.get_dimensions(shapes) == 0).all())


def _kind(shapes: NDArray[np.object_]) -> str:
    return ("points", "lines", "areas")[int(shapely.get_dimensions(shapes).max())]


def _pieces(shapes: NDArray[np.object_]) -> Iterator[str]:
    parts = shapely.get_parts(shapes)
    while (shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts = shapely.get_parts(parts)
    for part in parts:
        if part.geom_type == "Point":
            yield f"M{part.x:.1f} {part.y:.1f}h0"
        elif part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                yield f"{_line(ring)}z"
        else:
            yield _line(part)


def _line(line: shapely.LineString) -> str:
    points = shapely.get_coordinates(line)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _round(metres: float) -> int:
    """Return the largest of 1, 2, 5, 10, 20, … metres that fits."""
    power = 10 ** int(np.floor(np.log10(max(metres, 1))))
    return int(max(step * power for step in (1, 2, 5) if step * power <= max(metres, 1)))
