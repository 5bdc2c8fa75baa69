"""Features as rows: GeoJSON, page by page, from OGC API Features and WFS 2.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import pyarrow as pa
import shapely

from polderlab_catalog.domain.sources import Login, Source, SourceKind
from polderlab_catalog.sources import arrow, gml
from polderlab_catalog.sources.batches import Batches
from polderlab_catalog.sources.failures import Changed, Failed, Stopped, TooSlow
from polderlab_catalog.sources.guard import Guard
from polderlab_catalog.sources.web import Web

PAGE = 1000
GEOJSON = "application/geo+json, application/json;q=0.9"
JSON = f"{GEOJSON}, */*;q=0.1"

Page = tuple[list[dict[str, Any]], str | None, str | None]
"""Features, the coordinate system where it is stated, and the address of the next page."""


class Features(Batches):
    """Pages of features, each read when it is asked for."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        self._web, self._stopped = Web(source, login, guard), Event()
        self._until = monotonic() + source.timeout_seconds
        pages = {SourceKind.OGC_FEATURES: self._ogc, SourceKind.WFS: self._wfs}
        self._pages: Iterator[Page] = pages.get(source.kind, self._document)(source)
        self._first: Page | None = None

    def peek(self) -> tuple[pa.Schema, str]:
        """Return the columns, judged by the first page, and the coordinate system."""
        self._first = next(self._pages)
        features, crs, _ = self._first
        crs = crs or arrow.WGS84
        return _schema(features, crs), crs

    def begin(self, schema: pa.Schema) -> None:
        """Give features as rows of ``schema``."""
        self.schema = schema

    def read(self) -> pa.RecordBatch | None:
        """Return the next page that has features."""
        page, self._first = self._first or next(self._pages, None), None
        if page is None:
            return None
        return batch(page[0], self.schema)

    def cancel(self) -> None:
        """Stop after the page under way."""
        self._stopped.set()
        self._web.close()

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def _get(self, url: str, accept: str = GEOJSON) -> bytes:
        if self._stopped.is_set():
            raise Stopped
        if monotonic() > self._until:
            raise TooSlow
        return self._web.get(url, accept)

    def _ogc(self, source: Source) -> Iterator[Page]:
        collection = quote(source.table, safe="")
        base = urlsplit(source.location)
        path = f"{base.path.rstrip('/')}/collections/{collection}/items"
        query = dict(parse_qsl(base.query)) | {"f": "json", "limit": str(PAGE)}
        url: str | None = urlunsplit((base.scheme, base.netloc, path, urlencode(query), ""))
        seen: set[str] = set()
        while url is not None and url not in seen:
            seen.add(url)
            told = _collection(self._get(url))
            links = [link for link in told.get("links", ()) if link.get("rel") == "next"]
            following = urljoin(url, str(links[0]["href"])) if links else None
            yield told["features"], None, following
            url = following if told["features"] else None

    def _wfs(self, source: Source) -> Iterator[Page]:
        base = urlsplit(source.location)
        stated = {name.lower(): value for name, value in parse_qsl(base.query)}
        stated |= {
            "service": "WFS",
            "version": "2.0.0",
            "request": "GetFeature",
            "typenames": source.table,
            "count": str(PAGE),
        }
        start, before = 0, None
        form: dict[str, str] = {"outputformat": "application/json"}
        while True:
            query = urlencode({**stated, **form, "startindex": str(start)})
            body = self._get(urlunsplit((base.scheme, base.netloc, base.path, query, "")))
            if form and body.lstrip()[:1] == b"<":
                form = {}  # it speaks GML only
                continue
            features, crs = gml.features(body) if not form else _with_crs(body)
            if features and features[0] == before:
                raise Failed  # a server that cannot page would give the first page for ever
            yield features, crs, None
            if len(features) < PAGE:
                return
            start, before = start + len(features), features[0]

    def _document(self, source: Source) -> Iterator[Page]:
        told = json.loads(self._get(source.location, JSON))
        if isinstance(told, dict) and told.get("type") == "FeatureCollection":
            yield told["features"], _crs_of(told), None
        else:
            yield [{"properties": record} for record in _records(told)], None, None


def batch(features: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return features as rows of ``schema``; a value that does not fit means it changed."""
    arrays = []
    for field in schema:
        try:
            if arrow.is_shape(field):
                shapes = [_shape(feature.get("geometry")) for feature in features]
                arrays.append(pa.array(shapes, pa.binary()))
            else:
                values = [_value(feature, field) for feature in features]
                arrays.append(_array(values, field.type))
        except (pa.ArrowException, TypeError, OverflowError, shapely.errors.ShapelyError):
            raise Changed([field.name]) from None
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return pa.array(values, pa.string()).cast(type_)
    return pa.array(values, type_)


def _value(feature: dict[str, Any], field: pa.Field) -> Any:
    properties = feature.get("properties") or {}
    value = feature.get("id") if field.name == "id" and "id" not in properties else None
    value = properties.get(field.name, value)
    if pa.types.is_string(field.type) and value is not None and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value


def _shape(geometry: Any) -> bytes | None:
    if geometry is None:
        return None
    made = shapely.from_geojson(json.dumps(geometry)) if isinstance(geometry, dict) else geometry
    return bytes(shapely.to_wkb(made))


def _schema(features: list[dict[str, Any]], crs: str) -> pa.Schema:
    names: dict[str, None] = {}
    if any("id" in feature for feature in features):
        names["id"] = None
    for feature in features:
        names |= dict.fromkeys(feature.get("properties") or {})
    names.pop(arrow.GEOMETRY, None)
    fields = [pa.field(name, _type([_plain(each, name) for each in features])) for name in names]
    if any("geometry" in feature for feature in features):
        fields.append(arrow.shape_field(arrow.GEOMETRY, crs))
    return arrow.with_geo(pa.schema(fields), crs)


def _plain(feature: dict[str, Any], name: str) -> Any:
    return _value(feature, pa.field(name, pa.null()))


def _type(values: list[Any]) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds and kinds <= {int, float}:
        return pa.int64() if kinds == {int} else pa.float64()
    return pa.string()


def _collection(body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    if not isinstance(told, dict) or not isinstance(told.get("features"), list):
        raise Failed
    return told


def _with_crs(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    told = _collection(body)
    return told["features"], _crs_of(told)


def _crs_of(told: dict[str, Any]) -> str | None:
    return _code(str(((told.get("crs") or {}).get("properties") or {}).get("name", "")))


def _records(told: Any) -> list[dict[str, Any]]:
    """Return the records of a JSON document: a list, or the first list an object holds."""
    if isinstance(told, dict):
        told = next((value for value in told.values() if isinstance(value, list)), None)
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise Failed
    return told


def _code(name: str) -> str | None:
    """Return ``EPSG:28992`` for the ways in which GeoJSON and WFS write it."""
    authority, _, number = name.replace("/0/", ":").rpartition(":")
    return f"EPSG:{number}" if "EPSG" in authority.upper() and number.isdigit() else None
