"""The first rows of a file, as far as they may be read, fit to be shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from io import FileIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from polderlab_catalog import scoping
from polderlab_catalog.domain.scopes import Scope

ROWS = 20
MOST_COLUMNS = 100
LONGEST = 120
"""Characters of a value."""
_AT_ONCE = 1024
_MOST_LOOKED_AT = 500_000
"""Rows looked at for what a scope lets through; a scope of few rows may show fewer than 20."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Column names, and rows of values as JSON has them; ``bytes`` is what they take."""

    columns: list[str]
    rows: list[list[Cell]]
    bytes: int


def of_parquet(stream: FileIO, scope: Scope) -> Rows:
    """Return the first rows of a Parquet file that ``scope`` lets through."""
    file = pq.ParquetFile(stream)
    batches = file.iter_batches(batch_size=_AT_ONCE)
    return of_batches(file.schema_arrow, batches, scope)


def of_batches(schema: pa.Schema, batches: Iterable[pa.RecordBatch], scope: Scope) -> Rows:
    """Return the first rows of ``batches`` (of ``schema``) that ``scope`` lets through."""
    found, count, looked_at = [], 0, 0
    for batch in batches:
        part = scoping.apply(batch, scope).slice(0, ROWS - count)
        found.append(part)
        count += part.num_rows
        looked_at += batch.num_rows
        if count >= ROWS or looked_at >= _MOST_LOOKED_AT:
            break
    table = pa.Table.from_batches(found, schema=scoping.schema(schema, scope))
    table = table.select([name for name in table.column_names if name != "bbox"][:MOST_COLUMNS])
    shapes = _geometries(table.schema)
    columns = [
        [_cell(value, shape=name in shapes) for value in table[name].to_pylist()]
        for name in table.column_names
    ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Rows(table.column_names, rows, table.nbytes)


def _geometries(schema: pa.Schema) -> set[str]:
    told = (schema.metadata or {}).get(b"geo")
    return {field.name for field in schema if told and pa.types.is_binary(field.type)}


def _cell(value: Any, *, shape: bool) -> Cell:
    if value is None or isinstance(value, bool | int):
        # JSON's numbers are doubles to a browser: what does not fit is told as text.
        return value if value is None or abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return _short(_shape(value)) if shape else f"{len(value)} bytes"
    return _short(str(value))


def _shape(value: bytes) -> str:
    geometry = shapely.from_wkb(value, on_invalid="ignore")
    if geometry is None:
        return "?"
    return str(geometry.wkt) if geometry.geom_type == "Point" else str(geometry.geom_type)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
