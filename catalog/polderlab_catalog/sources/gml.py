"""GML, for WFS servers that speak nothing else; read by GDAL, from memory, offline."""

from __future__ import annotations

import re
from typing import Any

import pyogrio
import shapely

from polderlab_catalog.sources.failures import Failed

# What a document names, a schema or a file beside it, is never fetched.
pyogrio.set_gdal_config_options(
    {"GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL", "GDAL_HTTP_MAX_RETRY": "0"}
)
_ROOT = re.compile(
    rb"\s*(<\?xml[^>]*\?>)?(\s|<!--.*?-->)*<(\w+:)?FeatureCollection[\s>]", re.DOTALL
)
_NOT_OURS = (b"<!DOCTYPE", b"<!ENTITY", b"OGRVRT", b"VRTDataset")
"""Signs of another format, or of a document that unfolds itself."""


def features(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Return a GML feature collection as GeoJSON's features (shapes as they are), and its CRS."""
    if not _ROOT.match(body) or any(sign in body for sign in _NOT_OURS):
        raise Failed
    if re.search(rb"numberReturned=\"0\"", body[:4000]):
        return [], None
    about, table = pyogrio.read_arrow(body)
    shape = about["geometry_name"] or "wkb_geometry"
    found = []
    for row in table.to_pylist():
        wkb = row.pop(shape, None)
        made = shapely.from_wkb(wkb) if wkb is not None else None
        plain = {name: _plain(value) for name, value in row.items()}
        found.append({"properties": plain, "geometry": made})
    return found, about["crs"]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
