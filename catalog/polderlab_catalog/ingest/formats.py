"""What kind of file this is, by what is in it; the name only serves to warn."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble

_HEAD = 4096
_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (b"%PDF", b"\x89PNG", b"\x7fELF", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"GIF8")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: what people call it, the endings it goes by (the first is the usual one)."""

    label: str
    endings: tuple[str, ...]
    media_type: str


class Format(Enum):
    """The formats the lab takes in."""

    CSV = Kind("CSV", ("csv", "txt", "tsv", "tab"), "text/csv")
    XLSX = Kind(
        "Excel",
        ("xlsx", "xlsm"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    XLS = Kind("Excel", ("xls",), "application/vnd.ms-excel")
    ODS = Kind("OpenDocument", ("ods",), "application/vnd.oasis.opendocument.spreadsheet")
    PARQUET = Kind("Parquet", ("parquet", "geoparquet", "pq"), "application/vnd.apache.parquet")
    GEOPACKAGE = Kind("GeoPackage", ("gpkg",), "application/geopackage+sqlite3")
    GEOJSON = Kind("GeoJSON", ("geojson", "json"), "application/geo+json")
    ZIP = Kind("zip", ("zip",), "application/zip")
    # Inside a zip only.
    SHAPEFILE = Kind("Shapefile", ("shp",), "application/zip")
    GEODATABASE = Kind("File Geodatabase", ("gdb",), "application/zip")


def format_of(file: Path) -> Format:
    """Return the format of ``file``; raise :class:`Rejected` for what the lab cannot read."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise Rejected(Trouble.EMPTY_FILE)
    if head.startswith(_PARQUET):
        return Format.PARQUET
    if head.startswith(_SQLITE):
        # "GPKG", or what versions before 1.2 wrote.
        if head[68:72] in (b"GPKG", b"GP10", b"GP11"):
            return Format.GEOPACKAGE
        raise Rejected(Trouble.UNKNOWN_FORMAT)
    if head.startswith(_OLE):
        return Format.XLS
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(file)
    return _text(head)


def _zipped(file: Path) -> Format:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Rejected(Trouble.UNREADABLE, format="zip") from None
    if "[Content_Types].xml" in names:
        return Format.XLSX
    return Format.ODS if {"content.xml", "mimetype"} <= names else Format.ZIP


def _text(head: bytes) -> Format:
    if head.startswith(_UTF_16):
        return Format.CSV
    if head.startswith(_BINARY) or b"\0" in head:
        raise Rejected(Trouble.UNKNOWN_FORMAT)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        raise Rejected(Trouble.WEB_PAGE)
    if start.startswith((b"{", b"[")):
        if b'"Feature' in start or b'"features"' in start or b'"type"' in start:
            return Format.GEOJSON
        raise Rejected(Trouble.UNKNOWN_FORMAT)
    if not start:
        raise Rejected(Trouble.EMPTY_FILE)
    return Format.CSV


def ending_of(name: str) -> str:
    """Return the ending of a file name, in lower case and without its dot."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lstrip(".").lower()
