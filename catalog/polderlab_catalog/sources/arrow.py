"""Between Arrow's schemas and the register's columns; map layers among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.sources.failures import Changed

GEOMETRY = "geometry"
"""Name of the column that holds the shapes of features (WKB)."""
WGS84 = "OGC:CRS84"
_EXTENSION, _EXTENSION_ABOUT = b"ARROW:extension:name", b"ARROW:extension:metadata"

_TYPES = {
    str(type_): type_
    for type_ in (
        pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(),
        pa.uint32(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(),
        pa.large_string(), pa.binary(), pa.date32(), pa.time64("us"), pa.time32("s"),
        *(pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC")),
    )
}  # fmt: skip
"""Types that mean the same to every reader; what a source has beyond these is read as text."""


def simple(type_: pa.DataType) -> bool:
    """Tell whether ``type_`` is passed on as it is."""
    return str(type_) in _TYPES


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """Return the columns of ``schema``."""
    return tuple(
        Column(field.name, "geometry" if is_shape(field) else str(field.type)) for field in schema
    )


def schema_of(columns: Sequence[Column], crs: str | None) -> pa.Schema:
    """Return the schema that ``columns`` describe."""
    fields = [
        shape_field(column.name, crs)
        if column.type == "geometry"
        else pa.field(column.name, _TYPES.get(column.type, pa.string()))
        for column in columns
    ]
    return with_geo(pa.schema(fields), crs)


def compare(known: Sequence[Column], now: pa.Schema, needed: Sequence[str]) -> None:
    """Raise :class:`Changed` when one of ``needed`` is gone or of another type than ``known``."""
    types = {column.name: column.type for column in columns_of(now)}
    stated = {column.name: column.type for column in known}
    changed = [name for name in needed if name not in types or types[name] != stated[name]]
    if changed:
        raise Changed(changed)


def is_shape(field: pa.Field) -> bool:
    """Tell whether ``field`` holds shapes."""
    return bool((field.metadata or {}).get(_EXTENSION) == b"geoarrow.wkb")


def shape_field(name: str, crs: str | None) -> pa.Field:
    """Return a field of shapes as WKB, the way GeoArrow marks it."""
    about = json.dumps({"crs": crs, "crs_type": "authority_code"} if crs else {})
    return pa.field(
        name, pa.binary(), metadata={_EXTENSION: b"geoarrow.wkb", _EXTENSION_ABOUT: about.encode()}
    )


def with_geo(schema: pa.Schema, crs: str | None) -> pa.Schema:
    """Return ``schema`` with GeoParquet's ``geo`` when it holds shapes."""
    shapes = [field.name for field in schema if is_shape(field)]
    if not shapes:
        return schema
    about: dict[str, Any] = {"encoding": "WKB", "geometry_types": []}
    if crs and crs != WGS84:
        about["crs"] = _projjson(crs)
    geo = {"version": "1.1.0", "primary_column": shapes[0]}
    geo["columns"] = dict.fromkeys(shapes, about)
    return schema.with_metadata({**(schema.metadata or {}), b"geo": json.dumps(geo).encode()})


def _projjson(crs: str) -> Any:
    from pyproj import CRS  # only here: slow to import, and few sources are map layers

    return CRS.from_user_input(crs).to_json_dict()
