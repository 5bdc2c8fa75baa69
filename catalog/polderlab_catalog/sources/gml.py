"""GML, for WFS servers that speak nothing else; read by GDAL, from memory, offline."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

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
_NOT_OURS = (
    b"<!DOCTYPE",
    b"<!ENTITY",
    b"OGRVRT",
    b"VRTDataset",
    b"WFS_Capabilities",
    b"OGRWFSDataSource",
)
"""Signs of a document that unfolds itself, or of a format GDAL would take it for instead. Some of
those it reads by asking the addresses in them, past our guard."""


def features(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Return a GML feature collection as GeoJSON's features (shapes as they are), and its CRS."""
    if not _ROOT.match(body) or any(sign in body for sign in _NOT_OURS) or not _one_tree(body):
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


def _one_tree(body: bytes) -> bool:
    """Tell whether nothing follows the collection: GDAL's own parser would read that as well."""
    try:
        expat.ParserCreate().Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return False
    return True


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
