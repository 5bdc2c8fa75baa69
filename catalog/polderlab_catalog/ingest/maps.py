"""Lay a map down for GeoParquet: sound shapes, a box around each, neighbours near each other."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyproj
import shapely
from pyproj.exceptions import CRSError

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest.engine import literal
from polderlab_catalog.ingest.hilbert import places
from polderlab_catalog.ingest.layers import Layer
from polderlab_catalog.ingest.relations import Map, Relation, Tell, names_of
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding

GEOMETRY = "geometry"
_ORDER = "polderlab_order"
_TYPES = (
    "Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString",
    "MultiPolygon", "GeometryCollection",
)  # fmt: skip
_DUTCH_GRID = (-7_000.0, 289_000.0, 300_000.0, 629_000.0)
"""Where EPSG:28992 (RD) is defined, in metres: min x, min y, max x, max y."""


@dataclass
class Shapes:
    """What was seen of the geometries so far."""

    types: set[str] = field(default_factory=set)
    bounds: tuple[float, float, float, float] | None = None
    repaired: int = 0
    broken: int = 0

    def mend(self, wkb: pa.ChunkedArray) -> np.ndarray[Any, Any]:
        """Return sound geometries; count what was repaired and what cannot be."""
        given = np.asarray(wkb.to_numpy(zero_copy_only=False), dtype=object)
        shapes: np.ndarray[Any, Any] = shapely.from_wkb(given, on_invalid="ignore")
        there = np.array([each is not None for each in given], dtype=bool)
        self.broken += int((there & shapely.is_missing(shapes)).sum())
        bad = there & ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
        if bad.any():
            shapes[bad] = shapely.make_valid(shapes[bad])
            hopeless = bad & (~shapely.is_valid(shapes) | shapely.is_empty(shapes))
            self.broken += int(hopeless.sum())
            self.repaired += int((bad & ~hopeless).sum())
        self._see(shapes)
        return shapes

    def _see(self, shapes: np.ndarray[Any, Any]) -> None:
        kinds, high = shapely.get_type_id(shapes), shapely.has_z(shapes)
        seen = {(int(kind), bool(z)) for kind, z in zip(kinds, high, strict=True) if kind >= 0}
        self.types |= {_TYPES[number] + (" Z" if z else "") for number, z in seen}
        west, south, east, north = (float(each) for each in shapely.total_bounds(shapes))
        if np.isnan(west):
            return
        w, s, e, n = self.bounds or (west, south, east, north)
        self.bounds = min(w, west), min(s, south), max(e, east), max(n, north)


def lay_down(
    layer: Layer, folder: Path, tell: Tell, *, crs: str = "", findings: list[Finding]
) -> Relation:
    """Return the layer as a relation in spatial order, from a draft written into ``folder``."""
    draft = folder / "draft.parquet"
    shapes = Shapes()
    writer: pyarrow.parquet.ParquetWriter | None = None
    rows = 0
    covering = ""
    try:
        for batch in layer.batches:
            table, covering = _table(batch, layer, shapes)
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(draft, table.schema, compression="lz4")
            writer.write_table(table.cast(writer.schema))
            rows += len(table)
            tell("read", rows / max(layer.rows, rows, 1))
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise Rejected(Trouble.NO_ROWS)
    if shapes.broken:
        raise Rejected(Trouble.BROKEN_GEOMETRY, count=shapes.broken)
    known, told = reference(crs or layer.crs or "", shapes.bounds)
    if shapes.repaired:
        told.append(finding(Trouble.REPAIRED_GEOMETRY, count=shapes.repaired))
    return Relation(
        query=f"SELECT * EXCLUDE ({_ORDER}) FROM read_parquet({literal(str(draft))}) "
        f"ORDER BY {_ORDER}",
        bytes_per_row=draft.stat().st_size / rows,
        map=Map(
            column=GEOMETRY,
            covering=covering,
            crs=name_of(known),
            geo=_metadata(known, covering, shapes),
            bbox=_world(known, shapes.bounds),
        ),
        findings=[*findings, *told],
    )


def reference(
    said: str, bounds: tuple[float, float, float, float] | None
) -> tuple[pyproj.CRS, list[Finding]]:
    """Return the coordinate system, guessed from the coordinates where the file says none."""
    if said:
        try:
            return pyproj.CRS.from_user_input(said), []
        except CRSError:
            raise Rejected(Trouble.UNKNOWN_CRS, crs=said[:60]) from None
    if bounds is None:
        raise Rejected(Trouble.NO_CRS)
    if abs(bounds[0]) <= 180 and abs(bounds[2]) <= 180 and max(map(abs, bounds[1::2])) <= 90:
        guess = "EPSG:4326"
    elif (
        bounds[0] >= _DUTCH_GRID[0] and bounds[1] >= _DUTCH_GRID[1]
        and bounds[2] <= _DUTCH_GRID[2] and bounds[3] <= _DUTCH_GRID[3]
    ):  # fmt: skip
        guess = "EPSG:28992"
    else:
        raise Rejected(Trouble.NO_CRS)
    return pyproj.CRS.from_user_input(guess), [finding(Trouble.GUESSED_CRS, crs=guess)]


def name_of(crs: pyproj.CRS) -> str:
    """Return ``EPSG:28992`` and the like; what has no number, by its name."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name[:80]


def _table(batch: pa.Table, layer: Layer, shapes: Shapes) -> tuple[pa.Table, str]:
    """Return a batch with sound shapes in ``geometry`` and a box around each."""
    sound = shapes.mend(batch.column(layer.shape))
    plain = batch.drop_columns([layer.shape])
    names, _ = names_of(plain.schema.names)
    plain = plain.rename_columns(list(names))
    taken = {name.casefold() for name in names}
    if GEOMETRY in taken:
        raise Rejected(Trouble.DUPLICATE_COLUMNS, columns=GEOMETRY)
    covering = next(n for n in ("bbox", "bbox_1", "bbox_2", "geometry_bbox") if n not in taken)
    edges = shapely.bounds(sound)
    order = pa.array(places(edges, layer.bounds or shapes.bounds or (0.0, 0.0, 1.0, 1.0)))
    box = pa.StructArray.from_arrays(
        [pa.array(edges[:, i], from_pandas=True) for i in range(4)],
        names=["xmin", "ymin", "xmax", "ymax"],
    )
    table = plain.append_column(GEOMETRY, pa.array(shapely.to_wkb(sound), type=pa.binary()))
    table = table.append_column(covering, box).append_column(_ORDER, order)
    return without_dictionaries(table), covering


def without_dictionaries(table: pa.Table) -> pa.Table:
    """Return ``table`` without dictionaries: they differ from batch to batch."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)


def _metadata(crs: pyproj.CRS, covering: str, shapes: Shapes) -> str:
    """Return GeoParquet 1.1's metadata (https://geoparquet.org/releases/v1.1.0/)."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(shapes.types - {"LinearRing"}),
        "crs": crs.to_json_dict(),
        "covering": {"bbox": {edge: [covering, edge] for edge in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if shapes.bounds:
        column["bbox"] = list(shapes.bounds)
    return json.dumps(
        {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    )


def _world(
    crs: pyproj.CRS, bounds: tuple[float, float, float, float] | None
) -> tuple[float, float, float, float] | None:
    if bounds is None:
        return None
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    west, south, east, north = (
        round(float(each), 5) for each in transformer.transform_bounds(*bounds, densify_pts=21)
    )
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None
