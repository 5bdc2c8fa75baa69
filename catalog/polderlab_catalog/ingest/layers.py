"""Read maps: layers of GDAL's formats, and GeoParquet, as batches of Arrow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest.formats import Format
from polderlab_catalog.ingest.relations import shown
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding

BATCH = 16_384
_CURVES = ("Curve", "Surface", "Circular", "Unknown", "Collection")
"""Geometry types that may hold arcs, which GDAL straightens only when it reads them itself."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: ``shape`` is its geometry column (WKB), ``rows`` and
    ``bounds`` how many and where it says they are."""

    name: str
    crs: str | None
    shape: str
    rows: int
    batches: Iterator[pa.Table]
    bounds: tuple[float, float, float, float] | None = None


def layer_names(file: Path) -> list[str]:
    """Return the layers of a file GDAL reads."""
    return [str(name) for name, _ in _asked(pyogrio.list_layers, file)]


def choose(names: list[str], options: Mapping[str, str]) -> tuple[str, list[Finding]]:
    """Return the layer to read: the one asked for, else the first."""
    if not names:
        raise Rejected(Trouble.NO_ROWS)
    name = options.get("layer") or names[0]
    if name not in names:
        raise Rejected(Trouble.NO_LAYER, name=name[:60], choices=shown(names))
    others = [each for each in names if each != name]
    if not others or "layer" in options:
        return name, []
    return name, [finding(Trouble.MORE_LAYERS, name=name[:60], choices=shown(others))]


@contextmanager
def open_layer(file: Path, kind: Format, name: str) -> Iterator[Layer]:
    """Yield a layer; one without geometry has no ``shape``."""
    if kind is Format.PARQUET:
        with pyarrow.parquet.ParquetFile(file) as parquet:
            yield _geoparquet(parquet)
        return
    info = _asked(pyogrio.read_info, file, layer=name)
    said = info.get("total_bounds")
    bounds = _four(said) if said is not None else None
    shape = info["geometry_type"]
    if shape is not None and any(word in shape for word in _CURVES):
        yield Layer(name, info["crs"], "geometry", info["features"], _by_gdal(file, name), bounds)
        return
    try:
        with pyogrio.open_arrow(file, layer=name, batch_size=BATCH, use_pyarrow=True) as opened:
            meta, reader = opened
            batches = (pa.Table.from_batches([batch]) for batch in reader)
            column = "" if shape is None else meta["geometry_name"] or "wkb_geometry"
            yield Layer(name, meta["crs"], column, info["features"], batches, bounds)
    except (DataSourceError, DataLayerError):
        raise Rejected(Trouble.UNREADABLE, format=kind.value.label) from None


def _geoparquet(file: pa.parquet.ParquetFile) -> Layer:
    try:
        geo = json.loads(file.metadata.metadata[b"geo"])
        shape = str(geo["primary_column"])
        column = geo["columns"][shape]
        if column["encoding"] != "WKB":
            raise Rejected(Trouble.UNREADABLE, format="GeoParquet (WKB)")
    except (KeyError, ValueError, TypeError):
        raise Rejected(Trouble.UNREADABLE, format="GeoParquet") from None
    # No crs at all means longitude and latitude; null means nobody knows.
    crs = column.get("crs", "OGC:CRS84")
    covering = column.get("covering", {}).get("bbox", {}).get("xmin", [None])[0]
    names = [name for name in file.schema_arrow.names if name != covering]
    batches = (
        pa.Table.from_batches([batch])
        for batch in file.iter_batches(batch_size=BATCH, columns=names)
    )
    said = json.dumps(crs) if isinstance(crs, dict) else crs
    return Layer(shape, said, shape, file.metadata.num_rows, batches)


def _four(said: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = (float(each) for each in said)
    return west, south, east, north


def _by_gdal(file: Path, name: str) -> Iterator[pa.Table]:
    skip = 0
    while True:
        meta, _, shapes, fields = pyogrio.raw.read(
            file, layer=name, skip_features=skip, max_features=BATCH
        )
        if len(shapes) == 0:
            return
        columns: dict[str, Any] = {
            # Said, not told from the values: one part may hold none at all.
            str(field): pa.array(
                values, pa.string() if values.dtype == object else None, from_pandas=True
            )
            for field, values in zip(meta["fields"], fields, strict=True)
        }
        yield pa.table({**columns, "geometry": pa.array(shapes, type=pa.binary())})
        skip += len(shapes)


def _asked(question: Any, file: Path, **how: Any) -> Any:
    try:
        return question(file, **how)
    except (DataSourceError, DataLayerError):
        raise Rejected(Trouble.UNREADABLE, format="GIS") from None
