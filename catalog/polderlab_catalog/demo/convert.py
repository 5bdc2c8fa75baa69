"""Write a table as (Geo)Parquet and measure what was written."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas
import pandas as pd
import pyarrow.parquet

from polderlab_catalog.domain.datasets import Column, Distribution
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.ingest.engine import engine
from polderlab_catalog.ingest.profiling import profiles

MEDIA_TYPE = "application/vnd.apache.parquet"
WGS84 = "EPSG:4326"
_COVERING = "bbox"


def publishable(
    name: str, frame: pd.DataFrame, meanings: Mapping[str, Text], data: Path, *, values: bool
) -> Distribution:
    """Write ``frame`` into folder ``data`` as ``name.parquet``; return its description.

    The description counts what is in the columns, and holds values of them only if ``values``.

    The file's folder is named after its content: an older version's file is never written
    over, and the same data ends up in the same place.
    """
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data) as folder:
        draft = Path(folder) / f"{name}.parquet"
        if isinstance(frame, geopandas.GeoDataFrame):
            # The covering box lets readers with `bbox=` fetch only what they need.
            frame.to_parquet(
                draft, compression="zstd", write_covering_bbox=True, schema_version="1.1.0"
            )
        else:
            frame.to_parquet(draft, compression="zstd", index=False)
        checksum = hashlib.sha256(draft.read_bytes()).hexdigest()
        path = Path(name) / checksum[:16] / draft.name
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        draft.chmod(0o640)
        draft.replace(data / path)
    return Distribution(
        name=path.name,
        media_type=MEDIA_TYPE,
        path=path.as_posix(),
        bytes=(data / path).stat().st_size,
        sha256=checksum,
        rows=len(frame),
        columns=_columns(data / path, frame, meanings, values=values),
        crs=frame.crs.to_string() if isinstance(frame, geopandas.GeoDataFrame) else None,
        bbox=_extent(frame),
    )


def _columns(
    path: Path, frame: pd.DataFrame, meanings: Mapping[str, Text], *, values: bool
) -> tuple[Column, ...]:
    types = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(path)}
    if isinstance(frame, geopandas.GeoDataFrame):
        types.pop(_COVERING)
        types[frame.geometry.name] = "geometry"
    counted = [name for name, type_ in types.items() if type_ != "geometry"]
    with engine() as db:
        found = profiles(db, path, counted, values)
    return tuple(
        Column(name, type_, meanings[name], profile=found.get(name))
        for name, type_ in types.items()
    )


def _extent(frame: pd.DataFrame) -> tuple[float, float, float, float] | None:
    if not isinstance(frame, geopandas.GeoDataFrame):
        return None
    west, south, east, north = (round(float(x), 5) for x in frame.to_crs(WGS84).total_bounds)
    return west, south, east, north
